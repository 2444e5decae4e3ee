"""The Protocol through which a block gets its meaning; lending implements it, tests have a small one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger import codec
from ledger.membership import Height, MemberId
from ledger.overlay import Overlay
from ledger.receipt import Event, Outcome, Receipt
from ledger.transaction import ChainId, Transaction

SYSTEM_PREFIX = b"sys/"
"""Keys of the ledger's own records; a machine never touches them."""


@dataclass(frozen=True, slots=True)
class BlockContext:
    """What a machine may know about the block it works in; nothing else, and never a wall clock."""

    chain_id: ChainId
    """The chain."""
    height: Height
    """The block's height."""
    timestamp_ms: int
    """The block's agreed business time."""
    proposer: MemberId
    """Who proposed it."""
    rules: int
    """The version of the rules in force."""


class StateMachine(Protocol):
    """A deterministic machine: equal inputs give equal bytes on every node, for ever.

    All methods read and write the overlay only. They raise nothing but AssertionError.
    """

    rules: int
    """The newest version of the rules it knows."""

    def genesis(self, state: Overlay, context: BlockContext, document: codec.Value) -> None:
        """Write the first state from the application's part of the genesis. Raises Invalid."""

    def begin_block(self, state: Overlay, context: BlockContext) -> tuple[Event, ...]:
        """Do what fell due at the block's time, bounded; what is left over goes first next time."""

    def apply(self, state: Overlay, context: BlockContext, transaction: Transaction) -> Outcome:
        """Carry out one transaction whose signatures are verified. The caller drops the writes of
        a Rejected one.
        """

    def index(
        self, context: BlockContext, receipts: Sequence[Receipt]
    ) -> Iterable[tuple[bytes, bytes]]:
        """Records for reading (account entries, statements), derived from the receipts alone.

        They are stored beside the block and are no part of the state root. Keys are unique.
        """
