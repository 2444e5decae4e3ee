"""The loop that owns the replica: feeds it inputs, performs its outputs in their written order.

One task, one replica, no locks. Persist, then send, then deliver: the order is stated on
`consensus.output.Output` and kept here, in `_perform`, and nowhere else. An error of the disk or
an AssertionError ends the loop for good: the node stops voting and says why; nothing is retried.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from consensus.evidence import Evidence
from consensus.inputs import Delivered, Input, Tick
from consensus.messages import encode_message
from consensus.output import Notice, NoticeKind, Output
from consensus.replica import Replica
from ledger import codec
from ledger.certificate import CertifiedBlock
from ledger.chain import Chain
from ledger.execution import Executed
from runtime.clock import Clock
from runtime.log import Log
from runtime.metrics import Metrics
from runtime.safety_journal import SafetyJournal
from runtime.transport import Transport

INBOX_MAX: Final = 4_096
INPUTS_PER_TURN_MAX: Final = 64

_ALARMS: Final = frozenset(
    {
        NoticeKind.MESSAGE_REFUSED, NoticeKind.PRIMARY_SUSPECTED, NoticeKind.ROOTS_DIFFER,
        NoticeKind.DIVERGED, NoticeKind.EQUIVOCATION, NoticeKind.NOT_VOTING,
    }
)  # fmt: skip

OnAppend = Callable[[Executed, CertifiedBlock], None]
OnEvidence = Callable[[Evidence], None]
OnNotice = Callable[[Notice], None]
Answer = asyncio.Future[tuple[Notice, ...]]


class ReplicaHalted(Exception):
    """The replica takes no inputs any more; the text says why."""


class Driver:
    """Runs one replica against disk, network and clock."""

    def __init__(
        self, replica: Replica, chain: Chain, journal: SafetyJournal, clock: Clock, log: Log,
        metrics: Metrics, on_append: OnAppend, on_evidence: OnEvidence,
        on_notice: OnNotice,
    ) -> None:  # fmt: skip
        self.replica = replica
        self.transport: Transport | None = None
        self.failure: str = ""
        self._chain = chain
        self._journal = journal
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._on_append = on_append
        self._on_evidence = on_evidence
        self._on_notice = on_notice
        self._inbox: asyncio.Queue[tuple[Input, Answer | None]] = asyncio.Queue(INBOX_MAX)
        self._answers: set[Answer] = set()
        self._ended: str = ""
        self._deadline_ms: int | None = None
        self._last_append = time.monotonic()

    async def put(self, item: Input) -> None:
        """Hand an input in; waits while the inbox is full, which slows its sender down.

        After the loop has ended inputs are dropped: nobody is there to take them.
        """
        if not self._ended:
            await self._inbox.put((item, None))

    async def ask(self, item: Input) -> tuple[Notice, ...]:
        """Hand an input in and wait for the notices that it caused. Raises ReplicaHalted."""
        if self._ended:
            raise ReplicaHalted(self._ended)
        answer: Answer = asyncio.get_running_loop().create_future()
        self._answers.add(answer)
        try:
            await self._inbox.put((item, answer))
            return await answer
        finally:
            self._answers.discard(answer)

    def offer(self, item: Input) -> None:
        """Hand an input in unless the inbox is full."""
        with contextlib.suppress(asyncio.QueueFull):
            self._inbox.put_nowait((item, None))

    async def run(self) -> None:
        """Feed and perform until cancelled, or until something fails that must not be survived."""
        try:
            self._step(Tick())
            while True:
                await self._turn()
        except asyncio.CancelledError:
            self._end("the node is stopping")
            raise
        except BaseException as error:
            self.failure = f"{type(error).__name__}: {error}"
            self._log.error("replica_halted", reason=self.failure, exc_info=True)
            self._end(f"the replica has halted: {self.failure}")
            raise

    def _end(self, reason: str) -> None:
        """Tell those who wait that no answer will come, and let those in who wait at a full inbox."""
        self._ended = reason
        for answer in tuple(self._answers):
            if not answer.done():
                answer.set_exception(ReplicaHalted(reason))
        while not self._inbox.empty():
            self._inbox.get_nowait()

    async def _turn(self) -> None:
        """Wait for an input or the deadline, then work off what is there, up to a bound."""
        batch: list[tuple[Input, Answer | None]] = []
        try:
            async with asyncio.timeout(self._seconds_left()):
                batch.append(await self._inbox.get())
        except TimeoutError:
            self._step(Tick())
            return
        while len(batch) < INPUTS_PER_TURN_MAX and not self._inbox.empty():
            batch.append(self._inbox.get_nowait())
        for item, answer in batch:
            notices = self._step(item)
            if answer is not None and not answer.done():
                answer.set_result(notices)
        if self._seconds_left() == 0:
            self._step(Tick())
        await asyncio.sleep(0)

    def _seconds_left(self) -> float | None:
        if self._deadline_ms is None:
            return None
        return max(0, self._deadline_ms - self._clock.now().monotonic_ms) / 1_000

    def _step(self, item: Input) -> tuple[Notice, ...]:
        """One input and everything that follows from it at once."""
        todo: deque[Input] = deque([item])
        notices: list[Notice] = []
        while todo:
            output = self.replica.step(todo.popleft(), self._clock.now())
            if self._perform(output):
                todo.append(Delivered())
            notices.extend(output.notices)
        return tuple(notices)

    def _perform(self, output: Output) -> bool:
        """Persist, then send, then deliver. Returns whether anything was delivered."""
        if output.persist is not None:
            with self._metrics.persist_seconds.time():
                self._journal.append(codec.encode_array(output.persist.to_value()))
        if self.transport is not None:
            for send in output.sends:
                self.transport.send(send.to, encode_message(send.message))
        for evidence in output.evidence:
            self._on_evidence(evidence)
        for notice in output.notices:
            self._note(notice)
        for certified in output.deliver:
            self._append(certified)
        self._deadline_ms = output.deadline_ms
        return bool(output.deliver)

    def _append(self, certified: CertifiedBlock) -> None:
        with self._metrics.append_seconds.time():
            executed = self._chain.append(certified)
        if executed is None:
            return
        now = time.monotonic()
        self._metrics.block_interval.observe(now - self._last_append)
        self._last_append = now
        self._on_append(executed, certified)

    def _note(self, notice: Notice) -> None:
        self._metrics.notices.labels(kind=notice.kind.value).inc()
        emit = self._log.warning if notice.kind in _ALARMS else self._log.debug
        emit(
            notice.kind.value.replace("-", "_"), height=notice.height, view=notice.view,
            about=notice.member, code=notice.code, detail=notice.detail,
        )  # fmt: skip
        self._on_notice(notice)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()
