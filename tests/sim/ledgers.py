"""The two chains a simulated host may have: the fake one, and the real one on a store in memory."""

from __future__ import annotations

import hashlib
from functools import cache

from consensus.ports import Ledger
from ledger.certificate import CertifiedBlock
from ledger.crypto import Digest
from ledger.membership import Height, Member, MemberId, Membership
from ledger.transaction import ChainId
from tests.sim.cheap import ObservedSigner
from tests.sim.fake_ledger import FakeLedger

CHAIN_ID = ChainId(hashlib.sha256(b"a simulated chain").digest())


@cache
def new_membership(count: int) -> Membership:
    """Members m0, m1, ... with keys of their names."""
    names = [MemberId(f"m{index}") for index in range(count)]
    keys = [ObservedSigner(name, is_cheap=False).public_key for name in names]
    return Membership.of(
        Member(name, key, b"", f"{name}:1", "") for name, key in zip(names, keys, strict=True)
    )


class Book:
    """A host's chain."""

    def __init__(self, ledger: FakeLedger) -> None:
        self._fake = ledger
        self.ledger: Ledger = ledger

    @property
    def chain_id(self) -> ChainId:
        """The chain's name."""
        return self.ledger.chain_id

    @property
    def height(self) -> Height:
        """The head's height."""
        return self.ledger.head.height

    @property
    def head_id(self) -> Digest:
        """The head's id."""
        return self.ledger.head.block_id

    def append(self, certified: CertifiedBlock) -> None:
        """What the driver does with a delivered block."""
        self._fake.append(certified)

    def reopen(self) -> None:
        """What a restart does with the chain on disk."""
        self._fake.reopen()


def new_book(kind: str, membership: Membership, timestamp_ms: int) -> Book:
    """A chain at height 0."""
    return Book(FakeLedger(CHAIN_ID, membership, timestamp_ms))
