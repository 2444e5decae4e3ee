"""How an audit runs: it goes on where it was interrupted, works ahead, tells, and holds little."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ledger.export import Entry, read_entries, read_genesis
from ledger.verify import (
    Examine,
    Fault,
    Job,
    Level,
    one_by_one,
    verify_chain,
)
from tests.support.audited_chain import (
    CHAIN,
    ENDS,
    ENTRIES,
    FILE,
    FOUR,
    HEIGHTS,
    LEVELS,
    changed,
)


@pytest.mark.parametrize("stopped_at", [1, 4, HEIGHTS])
def test_an_interrupted_audit_goes_on_where_its_replay_stands(stopped_at: int) -> None:
    replay = FOUR.create()
    verify_chain(iter(ENTRIES[:stopped_at]), FOUR.genesis, Level.EXECUTION, replay)
    again = FOUR.open(replay.store)
    verdict = verify_chain(iter(ENTRIES[stopped_at:]), FOUR.genesis, Level.EXECUTION, again)
    assert verdict.is_ok
    assert verdict.height == HEIGHTS
    assert again.head == CHAIN.head


def test_a_replay_does_not_go_on_from_another_height() -> None:
    replay = FOUR.create()
    verify_chain(iter(ENTRIES[:3]), FOUR.genesis, Level.EXECUTION, replay)
    fault = verify_chain(iter(ENTRIES[4:]), FOUR.genesis, Level.EXECUTION, replay).fault
    assert fault is not None
    assert (fault.height, fault.code) == (5, "BAD_HEADER")


def test_execution_needs_somewhere_to_replay() -> None:
    with pytest.raises(AssertionError):
        verify_chain(iter(ENTRIES), FOUR.genesis, Level.EXECUTION, None)


class Window:
    """Examines some jobs ahead of their turn, in threads, as the command line does in processes."""

    def __init__(self, ahead: int) -> None:
        self.ahead = ahead
        self.taken = 0
        self.given = 0
        self.most = 0

    def __call__(
        self, function: Examine, jobs: Iterable[Job]
    ) -> Iterator[tuple[Job, Fault | None]]:
        waiting: deque[tuple[Job, Callable[[], Fault | None]]] = deque()
        with ThreadPoolExecutor(2) as pool:
            for job in jobs:
                waiting.append((job, pool.submit(function, job).result))
                self.taken += 1
                self.most = max(self.most, self.taken - self.given)
                if len(waiting) > self.ahead:
                    yield self._next(waiting)
            while waiting:
                yield self._next(waiting)

    def _next(
        self, waiting: deque[tuple[Job, Callable[[], Fault | None]]]
    ) -> tuple[Job, Fault | None]:
        job, result = waiting.popleft()
        self.given += 1
        return job, result()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("ahead", [0, 3, 50])
def test_working_ahead_finds_the_same(level: Level, ahead: int) -> None:
    window = Window(ahead)
    damaged = bytearray(FILE)
    damaged[ENDS[5] + 1] ^= 1
    for data in (FILE, bytes(damaged)):
        verdicts = []
        for parallel in (one_by_one, window):
            stream = io.BytesIO(data)
            read_genesis(stream)
            replay = FOUR.create() if level is Level.EXECUTION else None
            entries = read_entries(stream, CHAIN.chain_id)
            verdicts.append(verify_chain(entries, FOUR.genesis, level, replay, parallel=parallel))
        assert verdicts[0] == verdicts[1]
        assert (verdicts[0].fault is None) == (data == FILE)
    assert window.most <= ahead + 1


def test_an_earlier_fault_is_told_though_a_later_height_cannot_be_read() -> None:
    """The jobs of later heights are taken ahead; what is found must not depend on how far."""

    def broken() -> Iterator[Entry]:
        again = io.BytesIO(FILE[: ENDS[7] + 9])
        read_genesis(again)
        for entry in read_entries(again, CHAIN.chain_id):
            bad = entry.height == 3
            yield replace(entry, certificate=ENTRIES[0].certificate) if bad else entry

    verdict = verify_chain(broken(), FOUR.genesis, Level.CERTIFICATES, None, parallel=Window(50))
    assert verdict.fault is not None
    assert (verdict.fault.height, verdict.height) == (3, 2)


def test_progress_is_told_after_each_height_that_held() -> None:
    told: list[tuple[int, int]] = []
    entries = changed(6, certificate=ENTRIES[0].certificate)
    verify_chain(
        iter(entries), FOUR.genesis, Level.CERTIFICATES, None,
        progress=lambda height, transactions: told.append((height, transactions)),
    )  # fmt: skip
    assert told == [(height, 3 * height) for height in range(1, 6)]


def test_an_audit_holds_one_height_at_a_time() -> None:
    held = 0

    def watched() -> Iterator[Entry]:
        nonlocal held
        for entry in ENTRIES:
            held += 1
            yield entry

    told: list[int] = []
    verify_chain(
        watched(), FOUR.genesis, Level.CERTIFICATES, None,
        progress=lambda height, _: told.append(held - height),
    )  # fmt: skip
    assert told == [0] * HEIGHTS
