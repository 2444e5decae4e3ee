"""What a node has signed outlives every way in which it can die, or is known to be lost."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.errors import Invalid
from runtime import safety_journal
from runtime.safety_journal import Recovered, SafetyJournal, read_journal

HEAD_BYTES = 44


def record(payload: bytes) -> bytes:
    """Make a record from the page alone (docs/develop/data-folder.md)."""
    head = b"HSJ1" + len(payload).to_bytes(4, "big") + hashlib.sha256(payload).digest()
    return head + hashlib.sha256(head).digest()[:4] + payload


def sure(payload: bytes) -> Recovered:
    return Recovered(payload, is_trustworthy=True)


def doubtful(payload: bytes | None) -> Recovered:
    return Recovered(payload, is_trustworthy=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "safety.journal"


def test_the_last_record_counts(path: Path) -> None:
    journal = SafetyJournal(path, b"zero")
    assert read_journal(path) == sure(b"zero")
    for number in range(5):
        journal.append(b"vote %d" % number)
        assert read_journal(path) == sure(b"vote %d" % number)
    journal.close()
    assert path.read_bytes() == record(b"zero") + b"".join(
        record(b"vote %d" % number) for number in range(5)
    )


def test_opened_again_it_begins_with_what_counted(path: Path) -> None:
    journal = SafetyJournal(path, b"zero")
    journal.append(b"one")
    journal.close()
    SafetyJournal(path, b"one").close()
    assert path.read_bytes() == record(b"one")
    assert [item.name for item in path.parent.iterdir()] == ["safety.journal"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_missing_file_is_not_trusted(path: Path) -> None:
    assert read_journal(path) == doubtful(None)


def test_an_empty_file_is_not_trusted(path: Path) -> None:
    """The first record is on disk before the file has its name, so an empty file has lost it."""
    path.write_bytes(b"")
    assert read_journal(path) == doubtful(None)


@pytest.mark.parametrize("length", range(len(record(b"second"))))
def test_a_torn_write_is_as_if_it_had_never_been(path: Path, length: int) -> None:
    path.write_bytes(record(b"first") + record(b"second")[:length])
    assert read_journal(path) == sure(b"first")


@pytest.mark.parametrize("zeros", [1, 43, 44, 45, 4_096])
def test_a_tail_of_zeros_is_a_write_that_never_came(path: Path, zeros: int) -> None:
    path.write_bytes(record(b"first") + bytes(zeros))
    assert read_journal(path) == sure(b"first")


@pytest.mark.parametrize("place", range(len(record(b"second"))))
def test_a_rotten_last_record_is_not_taken_for_a_torn_one(path: Path, place: int) -> None:
    """Every byte of it, the length too: it was whole when its vote left."""
    for bit in (0, 7):
        rotten = bytearray(record(b"second"))
        rotten[place] ^= 1 << bit
        path.write_bytes(record(b"first") + bytes(rotten))
        assert read_journal(path) == doubtful(b"first")


@pytest.mark.parametrize("place", range(len(record(b"first"))))
def test_damage_before_the_end_is_not_trusted(path: Path, place: int) -> None:
    rotten = bytearray(record(b"first"))
    rotten[place] ^= 16
    path.write_bytes(record(b"zero") + bytes(rotten) + record(b"second"))
    assert read_journal(path) == doubtful(b"zero")


@pytest.mark.parametrize(
    "tail",
    [
        b"x",
        b"garbage of any length, longer than a head of a record would be",
        bytes(44) + b"x",
        bytes(4) + record(b"second")[4:],
        record(b"second")[:-2] + b"\x00\x00",
        b"HSJ2" + record(b"second")[4:20],
    ],
    ids=[
        "one byte",
        "garbage",
        "zeros, then not",
        "a head of zeros",
        "a payload half zero",
        "other",
    ],
)
def test_what_may_hide_a_vote_is_not_trusted(path: Path, tail: bytes) -> None:
    path.write_bytes(record(b"first") + tail)
    assert read_journal(path) == doubtful(b"first")


@pytest.mark.parametrize("whole", [b"", b"HSJ1", record(b"first")[:-1], bytes(100), b"noise" * 50])
def test_without_a_whole_record_nothing_is_trusted(path: Path, whole: bytes) -> None:
    path.write_bytes(whole)
    assert read_journal(path) == doubtful(None)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=90), min_size=1, max_size=5), st.data())
def test_cut_anywhere_it_gives_a_record_that_was_written(
    tmp_path: Path, payloads: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path / "cut.journal"
    whole = b"".join(record(payload) for payload in payloads)
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    found = read_journal(path)
    ends = [len(b"".join(map(record, payloads[: n + 1]))) for n in range(len(payloads))]
    complete = [payload for payload, end in zip(payloads, ends, strict=True) if end <= cut]
    assert found == (sure(complete[-1]) if complete else doubtful(None))


class Disk:
    """Records what is asked of the system, in order, and can fail."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.failing = ""
        for name in ("write", "fdatasync", "fsync", "rename", "close"):
            owner = Path if name == "rename" else os
            patch.setattr(owner, name, self._watched(name, getattr(owner, name)))

    def _watched(self, name: str, real: object) -> object:
        assert callable(real)

        def call(*given: object) -> object:
            self.calls.append(name)
            if name == self.failing:
                raise OSError(5, "Input/output error")
            return real(*given)

        return call

    def take(self) -> list[str]:
        taken, self.calls = self.calls, []
        return taken


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_a_record_is_on_disk_when_append_returns(path: Path, disk: Disk) -> None:
    journal = SafetyJournal(path, b"zero")
    assert disk.take() == ["write", "fsync", "rename", "fsync", "close"], (
        "content before name, then the name itself (the last close is the folder's)"
    )
    journal.append(b"one")
    assert disk.take() == ["write", "fdatasync"]
    journal.close()


def test_rotation_puts_a_whole_file_in_place(
    path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety_journal, "ROTATE_BYTES", 200)
    journal = SafetyJournal(path, b"zero")
    sizes = []
    for number in range(20):
        disk.take()
        journal.append(b"vote %02d" % number)
        if "rename" in disk.calls:
            assert disk.take() == ["write", "fsync", "rename", "fsync", "close", "close"]
            assert path.read_bytes() == record(b"vote %02d" % number)
        sizes.append(path.stat().st_size)
        assert read_journal(path) == sure(b"vote %02d" % number)
    journal.close()
    assert max(sizes) <= 200 + len(record(b"vote 00"))
    assert sizes.count(len(record(b"vote 00"))) == 5


@pytest.mark.parametrize("failing", ["write", "fdatasync"])
def test_an_error_of_the_disk_is_not_survived(path: Path, disk: Disk, failing: str) -> None:
    journal = SafetyJournal(path, b"zero")
    disk.take()
    disk.failing = failing
    with pytest.raises(OSError, match="Input/output"):
        journal.append(b"one")
    assert disk.take().count(failing) == 1, "it is not tried again"
    disk.failing = ""
    journal.close()


@pytest.mark.parametrize("failing", ["write", "fsync", "rename"])
def test_a_rotation_that_fails_leaves_the_old_file(
    path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    monkeypatch.setattr(safety_journal, "ROTATE_BYTES", 10)
    journal = SafetyJournal(path, b"zero")
    disk.failing = failing
    with pytest.raises(OSError, match="Input/output"):
        journal.append(b"one")
    disk.failing = ""
    assert read_journal(path) == sure(b"zero")
    journal.close()


def test_short_writes_are_completed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, bytes(data[:7])))
    journal = SafetyJournal(path, b"a payload of some length")
    journal.append(b"another payload of some length")
    journal.close()
    assert read_journal(path) == sure(b"another payload of some length")


def test_one_process_at_a_time_signs(path: Path) -> None:
    journal = SafetyJournal(path, b"zero")
    journal.append(b"one")
    with pytest.raises(Invalid, match="DATA_IN_USE"):
        SafetyJournal(path, b"other")
    assert read_journal(path) == sure(b"one"), "and the other one has touched nothing"
    journal.close()
    SafetyJournal(path, b"two").close()


def test_a_record_has_a_bounded_size(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety_journal, "RECORD_BYTES_MAX", 8)
    journal = SafetyJournal(path, b"zero")
    journal.append(b"x" * 8)
    with pytest.raises(AssertionError):
        journal.append(b"x" * 9)
    journal.close()
