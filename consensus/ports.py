"""What consensus asks of the ledger: the `Ledger` Protocol; `ledger.chain.Chain` fulfils it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ledger.block import Block
from ledger.certificate import CertifiedBlock, QuorumCertificate
from ledger.crypto import Digest
from ledger.membership import Height, MemberId, Membership
from ledger.transaction import ChainId, Transaction

Lookup = Callable[[bytes], Transaction | None]
"""Finds the transaction of wire bytes whose signatures this node has verified already."""

ROOTS_DIFFER = "ROOTS_DIFFER"
"""The code with which `Ledger.check` says that only the outcome of execution differs."""


class Head(Protocol):
    """The last block of the chain."""

    @property
    def height(self) -> Height:
        """Its height; 0 is the genesis."""

    @property
    def block_id(self) -> Digest:
        """Its id."""

    @property
    def timestamp_ms(self) -> int:
        """Its business time."""

    @property
    def certificate(self) -> QuorumCertificate | None:
        """A commit certificate for it; None at the genesis."""


class Ledger(Protocol):
    """The chain as a replica sees it. The replica never appends: it delivers, the driver appends."""

    @property
    def chain_id(self) -> ChainId:
        """The chain's name in every signature."""

    @property
    def head(self) -> Head:
        """The last block appended."""

    @property
    def membership(self) -> Membership:
        """The members whose votes count at `head.height + 1`."""

    @property
    def primaries(self) -> tuple[MemberId, ...]:
        """The order of primaries at `head.height + 1`: view v belongs to `primaries[v % n]`."""

    def build(
        self, proposer: MemberId, timestamp_ms: int, transactions: Sequence[Transaction]
    ) -> Block:
        """Execute the transactions on the head and make the block of them."""

    def check(
        self, block: Block, parent_certificate: QuorumCertificate | None, lookup: Lookup
    ) -> None:
        """Check a block against the head and re-execute it. Raises Invalid."""

    def certified(self, height: Height) -> CertifiedBlock | None:
        """A block of the chain with its certificates, to serve to others."""

    def is_includable(self, transaction: Transaction) -> bool:
        """Whether a block at `head.height + 1` may hold it: right chain, not seen, not expired."""
