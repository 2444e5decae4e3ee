"""Transactions that wait for a block: bounded, fair between senders, every loss with a reason.

Not a judge of transactions: their signatures are verified before they come here, and whether the
chain may still hold one is asked of the ledger by the caller. It also answers which wire bytes
are a transaction known already, so that a signature is verified once per node.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from consensus.settings import (
    TRANSACTIONS_MESSAGE_BYTES_MAX,
    TRANSACTIONS_PER_MESSAGE_MAX,
    ConsensusSettings,
)
from ledger import codec
from ledger.crypto import Digest
from ledger.membership import Height
from ledger.transaction import Transaction, transaction_id

POOL_FULL = "POOL_FULL"
"""There is no room, and its sender is not the one with the least waiting."""
TOO_MANY_SENDERS = "TOO_MANY_SENDERS"
"""There is no room for one more sender."""
MADE_ROOM = "MADE_ROOM"
"""It was the newest of the sender with the most waiting, and another sender needed room."""
EXPIRED = "EXPIRED"
"""The chain grew past the last height at which a block may hold it."""
NOT_INCLUDABLE = "NOT_INCLUDABLE"
"""It is for another chain, stands in a block already, or lives too long."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A transaction that will not be proposed by this node."""

    transaction_id: Digest
    """Which."""
    code: str
    """Why: one of the codes above."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    transaction: Transaction
    """What waits."""
    since_ms: int
    """When it came, by the monotonic clock."""
    is_relayed: bool
    """Whether a peer passed it on; if not, this node is the one that sees to its spreading."""


class Mempool:
    """The pool of one replica."""

    def __init__(self, settings: ConsensusSettings) -> None:
        self._settings = settings
        self._waiting: dict[Digest, _Waiting] = {}
        self._by_raw: dict[bytes, Transaction] = {}
        self._queues: dict[str, dict[Digest, Transaction]] = {}
        self._expiries: list[tuple[int, bytes]] = []
        self._bytes = 0
        self._oldest: _Waiting | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, identifier: Digest) -> bool:
        return identifier in self._waiting

    def lookup(self, raw: bytes) -> Transaction | None:
        """The verified transaction of these wire bytes, if it waits here."""
        return self._by_raw.get(raw)

    def oldest(self) -> tuple[Transaction, int] | None:
        """The transaction that waits longest, and since when."""
        if self._oldest is None:
            self._oldest = next(iter(self._waiting.values()), None)
        if self._oldest is None:
            return None
        return self._oldest.transaction, self._oldest.since_ms

    def own(self) -> tuple[Transaction, ...]:
        """Of the transactions handed in here the oldest, as many as one message passes on."""
        return _bounded(
            (item.transaction for item in self._waiting.values() if not item.is_relayed),
            TRANSACTIONS_PER_MESSAGE_MAX,
            TRANSACTIONS_MESSAGE_BYTES_MAX,
        )

    def rejuvenate(self, identifier: Digest, now_ms: int) -> None:
        """Count the waiting of one transaction from now on."""
        waiting = self._waiting.pop(identifier)
        self._oldest = None
        self._waiting[identifier] = replace(waiting, since_ms=now_ms)

    def admit(
        self, transaction: Transaction, now_ms: int, *, is_relayed: bool = False
    ) -> list[Dropped]:
        """Let a transaction in; what had to go instead, or itself, comes back with the reason."""
        queue = self._queues.get(transaction.sender)
        if queue is None and len(self._queues) >= self._settings.pool_senders_max:
            return [Dropped(transaction.id, TOO_MANY_SENDERS)]
        dropped: list[Dropped] = []
        while self._is_full(len(transaction.raw)):
            greedy = max(self._queues.values(), key=len)
            if len(greedy) <= (0 if queue is None else len(queue)) + 1:
                return [*dropped, Dropped(transaction.id, POOL_FULL)]
            victim = next(reversed(greedy))
            self.discard(victim)
            dropped.append(Dropped(victim, MADE_ROOM))
        self._put(_Waiting(transaction, now_ms, is_relayed))
        return dropped

    def discard(self, identifier: Digest) -> None:
        """Forget one transaction."""
        waiting = self._waiting.pop(identifier, None)
        if waiting is None:
            return
        if waiting is self._oldest:
            self._oldest = None
        transaction = waiting.transaction
        del self._by_raw[transaction.raw]
        self._bytes -= len(transaction.raw)
        queue = self._queues[transaction.sender]
        del queue[identifier]
        if not queue:
            del self._queues[transaction.sender]

    def remove(self, raws: Iterable[bytes]) -> None:
        """Forget what a block now holds, also where it waits here under other signatures."""
        for raw in raws:
            if not self._waiting:
                return
            known = self._by_raw.get(raw)
            self.discard(_id_of(raw) if known is None else known.id)

    def expire(self, next_height: Height) -> list[Dropped]:
        """Forget what no block at `next_height` or later may hold."""
        dropped: list[Dropped] = []
        while self._expiries and self._expiries[0][0] < next_height:
            identifier = Digest(heappop(self._expiries)[1])
            waiting = self._waiting.get(identifier)
            if waiting is not None and waiting.transaction.expires_at < next_height:
                self.discard(identifier)
                dropped.append(Dropped(identifier, EXPIRED))
        return dropped

    def select(self, turn: int) -> tuple[Transaction, ...]:
        """What to propose: one of each sender in turn, each sender's in order of arrival.

        `turn` says which sender begins; a caller that counts it up is fair at the margin too.
        """
        settings = self._settings
        return _bounded(
            self._round_robin(turn), settings.block_transactions_max, settings.block_bytes_max
        )

    def _round_robin(self, turn: int) -> Iterable[Transaction]:
        queues = deque(iter(queue.values()) for queue in self._queues.values())
        queues.rotate(-(turn % len(queues)) if queues else 0)
        while queues:
            queue = queues.popleft()
            transaction = next(queue, None)
            if transaction is not None:
                yield transaction
                queues.append(queue)

    def _is_full(self, size: int) -> bool:
        settings = self._settings
        return bool(self._waiting) and (
            len(self._waiting) >= settings.pool_transactions_max
            or self._bytes + size > settings.pool_bytes_max
        )

    def _put(self, waiting: _Waiting) -> None:
        transaction = waiting.transaction
        self._waiting[transaction.id] = waiting
        self._by_raw[transaction.raw] = transaction
        self._queues.setdefault(transaction.sender, {})[transaction.id] = transaction
        self._bytes += len(transaction.raw)
        heappush(self._expiries, (transaction.expires_at, transaction.id))
        if len(self._expiries) > 2 * len(self._waiting) + 1_000:
            self._expiries = sorted(
                (item.transaction.expires_at, bytes(key)) for key, item in self._waiting.items()
            )


def _id_of(raw: bytes) -> Digest:
    """The id of a transaction that a block holds, without reading the rest of it."""
    payload, signatures = codec.fields(codec.decode(raw), bytes, tuple)
    return transaction_id(payload, [key for key, _ in signatures])


def pages(transactions: Sequence[Transaction]) -> Iterator[tuple[bytes, ...]]:
    """The wire bytes of transactions in portions that fit one message each."""
    sent = 0
    while sent < len(transactions):
        portion = _bounded(
            transactions[sent:], TRANSACTIONS_PER_MESSAGE_MAX, TRANSACTIONS_MESSAGE_BYTES_MAX
        )
        yield tuple(transaction.raw for transaction in portion)
        sent += len(portion)


def _bounded(source: Iterable[Transaction], count: int, size: int) -> tuple[Transaction, ...]:
    chosen: list[Transaction] = []
    total = 0
    for transaction in source:
        total += len(transaction.raw)
        if chosen and (len(chosen) >= count or total > size):
            break
        chosen.append(transaction)
    return tuple(chosen)
