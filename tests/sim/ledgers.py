"""The two chains a simulated host may have: the fake one, and the real one on a store in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Protocol

from consensus.ports import Ledger
from ledger import codec
from ledger.certificate import CertifiedBlock
from ledger.chain import Chain
from ledger.genesis import Genesis, member_document
from ledger.identity import issue_certificate
from ledger.machine import BlockContext
from ledger.membership import Height, Member, MemberId, Membership
from ledger.overlay import Overlay
from ledger.receipt import Applied, Event, Outcome, Receipt, Rejected
from ledger.store import MemoryStore
from ledger.transaction import ChainId, Transaction
from tests.sim.cheap import real_signer
from tests.sim.fake_ledger import FakeLedger

EPOCH_MS = 1_700_000_000_000
_FAKE_CHAIN = ChainId(hashlib.sha256(b"a simulated chain").digest())


class CounterMachine:
    """The smallest machine worth a chain: one counter per party; odd amounts are refused."""

    rules = 1

    def genesis(self, state: Overlay, context: BlockContext, document: codec.Value) -> None:
        """Nothing to write."""

    def begin_block(self, state: Overlay, context: BlockContext) -> tuple[Event, ...]:
        """Count the blocks, so that an empty one changes the state too."""
        self._add(state, b"blocks", 1)
        return ()

    def apply(self, state: Overlay, context: BlockContext, transaction: Transaction) -> Outcome:
        """Add to the sender's counter."""
        amount = transaction.command[1]["amount"]
        self._add(state, b"party/" + transaction.sender.encode(), amount)
        if amount % 2:
            return Rejected("ODD", {"amount": amount})
        return Applied((("added", {"amount": amount}),))

    def index(
        self, context: BlockContext, receipts: Sequence[Receipt]
    ) -> Iterable[tuple[bytes, bytes]]:
        """Nothing to look up."""
        return ()

    @staticmethod
    def _add(state: Overlay, key: bytes, amount: int) -> None:
        stored = state.get(key)
        total = amount if stored is None else codec.decode(stored) + amount
        state.put(key, codec.encode(total))


@cache
def genesis_of(count: int) -> Genesis:
    """The genesis of members m0, m1, ... with keys of their names."""
    members = []
    for index in range(count):
        signer = real_signer(f"m{index}")
        certificate = issue_certificate(signer, f"m{index}")
        member = Member(MemberId(f"m{index}"), signer.public_key, certificate, f"m{index}:1", "")
        members.append(member_document(member))
    return Genesis.from_document({
        "format": "hansa-genesis/1", "name": "simulated", "timestamp_ms": EPOCH_MS, "rules": 1,
        "members": members, "parameters": {}, "application": {},
    })  # fmt: skip


class Book(Protocol):
    """A host's chain."""

    @property
    def ledger(self) -> Ledger:
        """The port for the replica."""

    @property
    def chain_id(self) -> ChainId:
        """The chain's name."""

    @property
    def membership(self) -> Membership:
        """The members."""

    @property
    def height(self) -> Height:
        """The head's height."""

    def append(self, certified: CertifiedBlock) -> None:
        """What the driver does with a delivered block."""

    def reopen(self) -> None:
        """What a restart does with the chain on disk."""

    def lose(self, count: int) -> None:
        """The disk forgets the last blocks, and its node does not notice."""


class FakeBook:
    """A `FakeLedger`."""

    def __init__(self, membership: Membership) -> None:
        self.ledger: FakeLedger = FakeLedger(_FAKE_CHAIN, membership, EPOCH_MS)
        self.chain_id = _FAKE_CHAIN
        self.membership = membership

    @property
    def height(self) -> Height:
        """See Book."""
        return self.ledger.head.height

    def append(self, certified: CertifiedBlock) -> None:
        """See Book."""
        self.ledger.append(certified)

    def reopen(self) -> None:
        """See Book."""
        self.ledger.reopen()

    def lose(self, count: int) -> None:
        """See Book."""
        self.ledger.lose(count)


class ChainBook:
    """A `Chain` over a `MemoryStore` that outlives it."""

    def __init__(self, genesis: Genesis) -> None:
        self._genesis = genesis
        self._store = MemoryStore()
        Chain.create(self._store, genesis, CounterMachine())
        self.ledger: Chain = Chain(self._store, genesis, CounterMachine())
        self.chain_id = genesis.chain_id
        self.membership = genesis.membership

    @property
    def height(self) -> Height:
        """See Book."""
        return self.ledger.head.height

    def append(self, certified: CertifiedBlock) -> None:
        """See Book."""
        self.ledger.append(certified)

    def reopen(self) -> None:
        """See Book: the chain re-checks what the store holds."""
        self.ledger = Chain(self._store, self._genesis, CounterMachine())

    def lose(self, count: int) -> None:
        """See Book: a store in memory loses all or nothing, so here it is all."""
        self._store = MemoryStore()
        Chain.create(self._store, self._genesis, CounterMachine())
        self.reopen()


def new_book(kind: str, members: int) -> Book:
    """A chain at height 0."""
    genesis = genesis_of(members)
    return ChainBook(genesis) if kind == "chain" else FakeBook(genesis.membership)
