"""The file that holds what this node has signed; written and synced before a vote leaves.

An append-only journal of whole records, the last one counts. A record is
`b"HSJ1" | length (4 bytes) | SHA-256 of the payload | payload`. Two kinds of damage at the end
are told apart, because they mean opposite things (reliability: a torn write was never
acknowledged, a rotten one was):

* a short or zeroed tail is a torn write: the vote never left the process, the record before counts;
* a full-length record whose checksum fails, or damage before the end, may hide a vote that left:
  the node must not vote until the chain has passed every height it could have voted at.

Any error of write or sync ends the process: a failed sync is never tried again (ATC'20).
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MAGIC: Final = b"HSJ1"
_HEAD_BYTES: Final = 4 + 4 + 32
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
    checksum = hashlib.sha256(payload).digest()
    return _MAGIC + len(payload).to_bytes(4, "big") + checksum + payload


def read_journal(path: Path) -> Recovered:
    """Read the last record. A missing file is not trustworthy: it was created with the node."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Recovered(None, is_trustworthy=False)
    last: bytes | None = None
    at = 0
    while at < len(data):
        head = data[at : at + _HEAD_BYTES]
        length = int.from_bytes(head[4:8], "big")
        payload = data[at + _HEAD_BYTES : at + _HEAD_BYTES + length]
        whole = len(head) == _HEAD_BYTES and len(payload) == length
        if whole and head[:4] == _MAGIC and hashlib.sha256(payload).digest() == head[8:]:
            last = payload
            at += _HEAD_BYTES + length
            continue
        return Recovered(last, is_trustworthy=_is_torn(data[at:], whole=whole))
    return Recovered(last, is_trustworthy=True)


def _is_torn(tail: bytes, *, whole: bool) -> bool:
    """Whether a bad tail is a write that never ended: short with a true beginning, or all zero."""
    if not any(tail):
        return True
    return not whole and tail[:4] == _MAGIC[: len(tail[:4])]


class SafetyJournal:
    """The open journal of one node."""

    def __init__(self, path: Path, last: bytes | None) -> None:
        """Open for appending, starting a fresh file that begins with `last`."""
        self._path = path
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
        os.fdatasync(self._file)
        self._size += len(frame)

    def _start(self, payload: bytes | None) -> None:
        """A new file holding one record, put in place of the old one by rename."""
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        frame = b"" if payload is None else _frame(payload)
        _write_all(descriptor, frame)
        os.fsync(descriptor)
        fresh.rename(self._path)
        sync_folder(self._path.parent)
        if self._file >= 0:
            os.close(self._file)
        self._file, self._size = descriptor, len(frame)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
