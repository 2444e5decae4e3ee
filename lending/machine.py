"""The lending machine: the order in which everything happens, and nothing else.

A transaction is read, its sender's signatures are counted, the gates ask whether the rules of the
consortium allow it, its handler makes its checks and then its effects, the followers keep what is
derived from events, and the review asks the rules of compliance of what happened. A batch goes this
way with each of its commands. The clock's work comes before the first transaction of every block.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger import codec
from ledger.machine import BlockContext
from ledger.overlay import Overlay
from ledger.receipt import Applied, Event, Outcome, Receipt, Rejected
from ledger.transaction import Transaction
from lending import genesis, index, keys
from lending.batches.running import run_batch
from lending.clock import run_clock
from lending.commands import Command, parse_command
from lending.commands.batches import Batch
from lending.compliance.review import review
from lending.followers import follow
from lending.gates import check_gates
from lending.handlers import HANDLERS
from lending.parties.authority import check_sender
from lending.scope import Scope


def carry_out(scope: Scope, command: Command) -> Rejected | None:
    """One command in the name of the scope's sender; whoever calls undoes what is refused."""
    refused = check_sender(scope) or check_gates(scope, command) or _handle(scope, command)
    if refused:
        return refused
    follow(scope)
    return review(scope)


def _handle(scope: Scope, command: Command) -> Rejected | None:
    if isinstance(command, Batch):
        return run_batch(scope, command, carry_out)
    return HANDLERS[type(command)](scope, command)


class LendingMachine:
    """Implements ledger.machine.StateMachine; it keeps nothing between calls."""

    rules = 1

    def genesis(self, state: Overlay, context: BlockContext, document: codec.Value) -> None:
        """See StateMachine; `lending.genesis` has the document's fields. Raises Invalid."""
        genesis.write(state, document)
        state.put(keys.OWN_CHAIN, codec.encode(context.chain_id))

    def begin_block(self, state: Overlay, context: BlockContext) -> tuple[Event, ...]:
        """See StateMachine."""
        scope = Scope(state, context.timestamp_ms, context.height)
        run_clock(scope)
        follow(scope)
        return tuple(scope.events)

    def apply(self, state: Overlay, context: BlockContext, transaction: Transaction) -> Outcome:
        """See StateMachine."""
        command = parse_command(*transaction.command)
        if isinstance(command, Rejected):
            return command
        scope = Scope(
            state, context.timestamp_ms, context.height, transaction.sender, transaction.signers
        )
        return carry_out(scope, command) or Applied(tuple(scope.events))

    def index(
        self, context: BlockContext, receipts: Sequence[Receipt]
    ) -> Iterable[tuple[bytes, bytes]]:
        """See StateMachine; `lending.index` has the records."""
        return index.entries(context, receipts)
