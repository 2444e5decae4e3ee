"""The file that holds what this node has signed; written and synced before a vote leaves.

An append-only journal of whole records, the last one counts. A record is a head of 44 bytes,
`b"HSJ1" | length (4) | SHA-256 of the payload (32) | the first 4 bytes of SHA-256 of the 40 before`,
and the payload. Two kinds of damage at the end are told apart, because they mean opposite things:

* a true head with too short a payload, a short head, or zeros are a torn write: the vote never left
  the process, and the record before counts;
* anything else, or no record at all, may hide a vote that left: the node must not vote until the
  chain has passed every height it could have voted at. (That is why the head has its own check: a
  rotten length must not pass for a torn write.)

The journal also keeps a second process from running on the same folder. Any error of write or sync
ends the process: a failed sync is never tried again (ATC'20).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.errors import Invalid

_MAGIC: Final = b"HSJ1"
_CHECKED_BYTES: Final = 4 + 4 + 32
_HEAD_BYTES: Final = _CHECKED_BYTES + 4
ROTATE_BYTES: Final = 32 * 1024 * 1024
RECORD_BYTES_MAX: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Recovered:
    """What the journal says at boot."""

    payload: bytes | None
    """The last whole record, None when there is none."""
    is_trustworthy: bool
    """Whether it is sure to be the last one that was acknowledged."""


def _frame(payload: bytes) -> bytes:
    checked = _MAGIC + len(payload).to_bytes(4, "big") + hashlib.sha256(payload).digest()
    return checked + _check(checked) + payload


def _check(checked: bytes) -> bytes:
    return hashlib.sha256(checked).digest()[:4]


def read_journal(path: Path) -> Recovered:
    """Read the last record. Without any, nothing is sure: one was written with the data folder."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Recovered(None, is_trustworthy=False)
    last: bytes | None = None
    at = 0
    while at < len(data):
        head = data[at : at + _HEAD_BYTES]
        end = at + _HEAD_BYTES + int.from_bytes(head[4:8], "big")
        payload = data[at + _HEAD_BYTES : end]
        if not _is_head(head) or hashlib.sha256(payload).digest() != head[8:_CHECKED_BYTES]:
            is_torn = _is_torn(data[at:], is_whole=end <= len(data))
            return Recovered(last, is_trustworthy=is_torn and last is not None)
        last, at = payload, end
    return Recovered(last, is_trustworthy=last is not None)


def _is_head(head: bytes) -> bool:
    checked = head[:_CHECKED_BYTES]
    return head[:4] == _MAGIC and head[_CHECKED_BYTES:] == _check(checked)


def _is_torn(tail: bytes, *, is_whole: bool) -> bool:
    """Whether a bad tail is a write that never ended."""
    if not any(tail):
        return True
    if len(tail) < _HEAD_BYTES:
        return tail[:4] == _MAGIC[: len(tail)]
    return _is_head(tail[:_HEAD_BYTES]) and not is_whole


class SafetyJournal:
    """The open journal of one node."""

    def __init__(self, path: Path, last: bytes) -> None:
        """Open for appending, starting a fresh file that begins with `last`.

        Raises Invalid when another process has the folder, OSError.
        """
        self._path = path
        self._lock = _lock_folder(path.parent)
        self._file = -1
        self._size = 0
        self._start(last)

    def append(self, payload: bytes) -> None:
        """Write one record and wait until the disk has it. OSError is fatal to the process."""
        assert len(payload) <= RECORD_BYTES_MAX, "a safety record has a bounded size"
        if self._size > ROTATE_BYTES:
            self._start(payload)
            return
        frame = _frame(payload)
        _write_all(self._file, frame)
        _sync_data(self._file)
        self._size += len(frame)

    def _start(self, payload: bytes) -> None:
        """A new file holding one record, put in place of the old one by rename."""
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        frame = _frame(payload)
        _write_all(descriptor, frame)
        os.fsync(descriptor)
        fresh.rename(self._path)
        sync_folder(self._path.parent)
        if self._file >= 0:
            os.close(self._file)
        self._file, self._size = descriptor, len(frame)

    def close(self) -> None:
        """Close the file and let go of the folder."""
        os.close(self._file)
        os.close(self._lock)


def _lock_folder(folder: Path) -> int:
    """Take the folder for this process, until the descriptor is closed. Raises Invalid."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Invalid("DATA_IN_USE", f"another process runs on {folder}") from None
    return descriptor


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_data(descriptor: int) -> None:
    """Wait until the disk has what was appended. On macOS a plain sync does not wait for it."""
    if sys.platform == "darwin":
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fdatasync(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
