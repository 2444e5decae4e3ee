"""The demo's way to the chain: hears its events, lets the actors act, signs and hands in what they ask.

It makes no decision about loans. What it hears comes in order and without a gap, whichever node
tells it; what it hands in is sent again until it stands in a block.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from cli.demo.actors import Actors, Order
from cli.exits import Exit, Stop
from client import AsyncHansaClient, ChainEvent, ClientError, Signed
from client.wire import number_of, text_of
from ledger.crypto import Signer

IN_FLIGHT_MAX: Final = 800
"""Transactions on their way at once: a node takes them from about a thousand senders."""
BATCH: Final = 200
RESEND_SECONDS: Final = 5.0
BEHIND_SECONDS: Final = 3.0
STALL_SECONDS: Final = 60.0
TURN_SECONDS: Final = 0.02


@dataclass(slots=True)
class Pending:
    """A transaction on its way."""

    order: Order
    """What it asks for."""
    signed: Signed
    """Its bytes."""
    first: float
    """When it was handed in first, by the monotonic clock."""
    since: float
    """When it was handed in last."""


@dataclass(slots=True)
class Course:
    """How the demo goes."""

    height: int = 0
    """The last block heard of."""
    business_ms: int = 0
    """Its time."""
    committed: int = 0
    """Transactions that were applied."""
    rejected: list[tuple[Order, str]] = field(default_factory=list)
    """Transactions that a rule refused, and its code."""
    per_second: Counter[int] = field(default_factory=Counter)
    """Transactions in blocks, by second of the monotonic clock."""
    started: float = 0.0
    """When the first transaction was handed in."""
    ended: float = 0.0
    """When the last loan came to its end."""
    late: dict[str, int] = field(default_factory=dict)
    """The loans that were late, and how often."""
    late_fees: int = 0
    """Late fees charged."""

    @property
    def seconds(self) -> float:
        """How long the book was served."""
        return max(self.ended - self.started, 0.001)

    @property
    def per_second_on_average(self) -> float:
        """Transactions a second over the whole time."""
        return self.committed / self.seconds

    def peak(self, seconds: int = 3) -> float:
        """The most transactions a second over some seconds in a row."""
        sums = (
            sum(self.per_second[second + i] for i in range(seconds)) for second in self.per_second
        )
        return max(sums, default=0) / seconds


class Pilot:
    """Serves a book from its first transaction to its last."""

    def __init__(
        self,
        client: AsyncHansaClient,
        actors: Actors,
        signer: Callable[[str], Signer],
        tell: Callable[[Course], None],
    ) -> None:
        self.course = Course()
        self._client = client
        self._actors = actors
        self._signer = signer
        self._tell = tell
        self._orders: deque[Order] = deque(actors.begin())
        self._has_admitted = False
        self._pending: dict[str, Pending] = {}
        self._heard = time.monotonic()

    async def run(self) -> Course:
        """Serve the book. Raises Stop when the chain stands still, ClientError."""
        self.course.started = self._heard = time.monotonic()
        listening = asyncio.create_task(self._listen())
        sending = asyncio.create_task(self._send())
        try:
            done, _ = await asyncio.wait({listening, sending}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (listening, sending):
                task.cancel()
            await asyncio.gather(listening, sending, return_exceptions=True)
        return self.course

    # --- hearing -----------------------------------------------------------------------------------

    async def _listen(self) -> None:
        async for event in self._client.events(first=1):
            self._heard = time.monotonic()
            if event.kind == "event":
                self._on_event(event)
            elif event.kind == "transaction":
                self._on_transaction(event)
            else:
                self._on_block(event)
            if self._actors.is_done and not self._pending and not self._orders:
                self.course.ended = time.monotonic()
                return

    def _on_block(self, event: ChainEvent) -> None:
        course = self.course
        course.height = event.height
        self._client.flows.height = max(self._client.flows.height, event.height)
        course.business_ms = number_of(event.data, "timestamp_ms")
        course.per_second[int(time.monotonic())] += number_of(event.data, "transactions")
        if not self._is_behind():
            self._want(self._actors.on_time(course.business_ms))
        self._tell(course)

    def _is_behind(self) -> bool:
        """Whether payments wait for so long that no loan should be paid out on top of them."""
        oldest = next(iter(self._pending.values()), None)
        waits = 0.0 if oldest is None else time.monotonic() - oldest.first
        return waits > BEHIND_SECONDS or len(self._orders) > IN_FLIGHT_MAX

    def _on_transaction(self, event: ChainEvent) -> None:
        pending = self._pending.pop(event.transaction_id or "", None)
        if pending is None:
            return
        outcome = event.data["outcome"]
        if text_of(outcome, "status") == "applied":
            self.course.committed += 1
        else:
            self.course.rejected.append((pending.order, text_of(outcome, "code")))

    def _on_event(self, event: ChainEvent) -> None:
        name = event.name
        if name not in self._actors.reactions:
            return
        fields = event.fields
        if name == "grace_ended":
            loan = str(fields["loan"])
            self.course.late[loan] = self.course.late.get(loan, 0) + 1
            self.course.late_fees += fields["late_fee"]
        self._want(self._actors.on_event(name, fields))

    def _want(self, orders: Iterable[Order]) -> None:
        self._orders.extend(orders)

    # --- handing in --------------------------------------------------------------------------------

    async def _send(self) -> None:
        node = 0
        under_way: set[asyncio.Task[None]] = set()
        while True:
            self._check_heard()
            if not self._has_admitted and not self._orders and not self._pending:
                self._has_admitted = True
                self._want(self._actors.admit())
            batch = await self._next_batch()
            if not batch:
                await asyncio.sleep(TURN_SECONDS)
                continue
            task = asyncio.create_task(self._hand_in(batch, node % len(self._client.urls)))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            node += 1
            await asyncio.sleep(0)

    def _check_heard(self) -> None:
        if time.monotonic() - self._heard > STALL_SECONDS:
            raise Stop(f"the chain stands still since height {self.course.height}", Exit.FAILED)

    async def _next_batch(self) -> list[Signed]:
        """What got lost, then what is new, as much as may be on its way."""
        now = time.monotonic()
        batch: list[Signed] = []
        for pending in self._pending.values():
            if now - pending.since > RESEND_SECONDS and len(batch) < BATCH:
                pending.since = now
                batch.append(pending.signed)
        while self._orders and len(batch) < BATCH and len(self._pending) < IN_FLIGHT_MAX:
            order = self._orders.popleft()
            signers = [self._signer(name) for name in order.signers]
            signed = await self._client.build(order.sender, order.command, signers)
            self._pending[signed.id.hex()] = Pending(order, signed, now, now)
            batch.append(signed)
        return batch

    async def _hand_in(self, batch: list[Signed], node: int) -> None:
        """To one node; what a node does not take is sent again later, to another."""
        try:
            for item, answer in zip(batch, await self._client.submit(batch, node), strict=True):
                if answer.state == "refused" and answer.is_definite and answer.code == "EXPIRED":
                    self._again(item)
        except ClientError:
            return

    def _again(self, item: Signed) -> None:
        """Sign anew what can no longer be in a block."""
        pending = self._pending.pop(item.id.hex(), None)
        if pending is not None:
            self._orders.append(pending.order)
