"""Running a simulation: blocks that nobody signs, on an overlay that is thrown away.

The blocks are carried out by the machine's own `begin_block` and `apply`; a transaction that was
really applied on a state gives here, on the same state at the same time, the same receipt.

    shocks reported -> (members resume tripped feeds) -> transactions -> a block a day until the end
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from ledger.crypto import ZERO_DIGEST
from ledger.machine import BlockContext
from ledger.membership import Height
from ledger.overlay import Overlay, StateReader
from ledger.receipt import Applied, Event, Outcome, Rejected
from ledger.transaction import OPEN_SIGNATURE, Transaction
from lending.followers import follow
from lending.machine import LendingMachine
from lending.parties.authority import party_of
from lending.scope import DAY_MS, Scope
from lending.simulation.question import Question, Shock, Tick, Unsigned
from lending.simulation.shocks import fixed, report, resume


@dataclass(slots=True)
class SimulatedBlock:
    """What a block that will never be did."""

    height: int
    """The height that it would have."""
    timestamp_ms: int
    """Its time."""
    clock: tuple[Event, ...]
    """What fell due by itself."""
    shocks: list[Outcome] = field(default_factory=list)
    """What came of the shocks, in their order, where this block holds them."""
    outcomes: list[Outcome] = field(default_factory=list)
    """What came of the transactions, in their order, where this block holds them."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of a simulation."""

    state: Overlay
    """The state after it, above the one that it began from."""
    blocks: tuple[SimulatedBlock, ...]
    """Every block in which something happened, and the first and the last."""
    shocks: tuple[Shock, ...]
    """The shocks with their figures."""
    timestamp_ms: int
    """The time of the last block."""


_Step = Callable[[Scope, Shock], Rejected | None]
_MACHINE: Final = LendingMachine()


def simulate(state: StateReader, question: Question, tick: Tick) -> Simulated:
    """What a question comes to on a state, which is left as it is; `tick` may raise."""
    return _Simulation(state, question, tick).run()


class _Simulation:
    """The state and the blocks of one simulation under way."""

    def __init__(self, state: StateReader, question: Question, tick: Tick) -> None:
        self._state = Overlay(state)
        self._question = question
        self._tick = tick
        self._context = replace(
            question.next_block,
            height=Height(question.next_block.height - 1),
            timestamp_ms=question.next_block.timestamp_ms - 1,
        )
        self._blocks: list[SimulatedBlock] = []
        self._shocks: list[Shock] = []

    def run(self) -> Simulated:
        question = self._question
        if question.shocks:
            self._begin(question.next_block.timestamp_ms)
            self._blocks[-1].shocks = [self._shock(shock) for shock in question.shocks]
            self._resume()
        self._begin(max(question.next_block.timestamp_ms, self._context.timestamp_ms + 1))
        for asked in question.transactions:
            self._blocks[-1].outcomes.append(self._apply(asked))
        self._pass_time(question.until_ms)
        kept = [each for each in self._blocks[:-1] if _is_eventful(each)]
        return Simulated(
            self._state, (*kept, self._blocks[-1]), tuple(self._shocks), self._context.timestamp_ms
        )

    def _begin(self, timestamp_ms: int) -> None:
        self._tick()
        self._context = BlockContext(
            self._context.chain_id, Height(self._context.height + 1), timestamp_ms,
            self._context.proposer, self._context.rules,
        )  # fmt: skip
        clock = _MACHINE.begin_block(self._state, self._context)
        self._blocks.append(SimulatedBlock(self._context.height, timestamp_ms, clock))

    def _pass_time(self, until_ms: int) -> None:
        while self._context.timestamp_ms < until_ms:
            now_ms = self._context.timestamp_ms
            midnight_ms = now_ms - now_ms % DAY_MS + DAY_MS
            self._begin(min(midnight_ms, until_ms))
            for shock in self._shocks:
                self._carry_out(report, shock)
            self._resume()

    def _shock(self, shock: Shock) -> Outcome:
        found = fixed(self._scope(), shock)
        if isinstance(found, Rejected):
            return found
        outcome = self._carry_out(report, found)
        if isinstance(outcome, Applied):
            self._shocks.append(found)
        return outcome

    def _resume(self) -> None:
        """The clock of the next block trips the breakers; members resume, if it was asked for."""
        if not any(getattr(shock, "is_resumed", False) for shock in self._shocks):
            return
        self._begin(self._context.timestamp_ms + 1)
        for shock in self._shocks:
            self._carry_out(resume, shock)

    def _carry_out(self, step: _Step, shock: Shock) -> Outcome:
        scope = self._scope()
        self._state.begin()
        if refused := step(scope, shock):
            self._state.rollback()
            return refused
        follow(scope)
        self._state.commit()
        return Applied(tuple(scope.events))

    def _apply(self, asked: Transaction | Unsigned) -> Outcome:
        transaction = asked if isinstance(asked, Transaction) else self._signed(asked)
        self._state.begin()
        outcome = _MACHINE.apply(self._state, self._context, transaction)
        if isinstance(outcome, Rejected):
            self._state.rollback()
        else:
            self._state.commit()
        return outcome

    def _signed(self, asked: Unsigned) -> Transaction:
        """As the parties would hand it in: named with all their keys."""
        found = (party_of(self._scope(), name) for name in (asked.sender, *asked.signed_by))
        keys = sorted({key for party in found if party is not None for key in party.keys})
        return Transaction(
            self._context.chain_id, asked.sender, (asked.name, asked.fields), b"",
            self._context.height, tuple((key, OPEN_SIGNATURE) for key in keys),  # type: ignore[misc]
            ZERO_DIGEST, b"",
        )  # fmt: skip

    def _scope(self) -> Scope:
        return Scope(self._state, self._context.timestamp_ms, self._context.height)


def _is_eventful(block: SimulatedBlock) -> bool:
    return bool(block.clock or block.shocks or block.outcomes)
