"""The contract engine: schedule the events of a contract, then apply them one after another.

It knows no contract type; `contracts` describes them. The same loop quotes at a fine scale and bills
at the asset's minor unit: only the scale of the terms differs.
"""

from __future__ import annotations

from datetime import datetime

from lending.arithmetic.contracts import CONTRACTS, Contract
from lending.arithmetic.events import PRIORITY, Event, EventType, Outcome
from lending.arithmetic.first_state import first_state
from lending.arithmetic.functions import Context, accrue
from lending.arithmetic.market import NOTHING_OBSERVED, Observations
from lending.arithmetic.schedules import Life
from lending.arithmetic.state import State
from lending.arithmetic.terms import Terms


def run(
    terms: Terms, observed: Observations = NOTHING_OBSERVED, until: datetime | None = None
) -> list[Outcome]:
    """Return what happens to a contract from its status date on, at most until a time.

    An event counts by when it was scheduled or decided: a call before `until` is settled. Raises
    InvalidTerms if the terms lack what the schedule needs, or an index has no value.
    """
    contract = CONTRACTS[terms.contract_type]
    life = Life(terms, contract.maturity(terms, observed, until), observed)
    context = Context(terms, observed)
    events = scheduled(contract, life)
    state = first_state(context, life.matures, events)
    outcomes: list[Outcome] = []
    for event in _in_life(terms, events):
        if until is not None and event.scheduled > until:
            continue
        state, outcome = apply(context, contract, state, event)
        outcomes.append(outcome)
    return _since_purchase(terms, outcomes)


class Replay:
    """A contract that is asked what it stands at, at one time after another."""

    def __init__(self, terms: Terms, observed: Observations, until: datetime) -> None:
        """Schedule the contract; `until` ends one that has no maturity. Raises InvalidTerms as `run`."""
        self._contract = CONTRACTS[terms.contract_type]
        life = Life(terms, self._contract.maturity(terms, observed, until), observed)
        self._context = Context(terms, observed)
        events = scheduled(self._contract, life)
        self.ends = max(event.time for event in events)
        self._state = first_state(self._context, life.matures, events)
        self._events = _in_life(terms, events)
        self._done = 0

    def standing(self, at: datetime) -> State:
        """Return the state after all that has happened by a time, interest counted to it.

        Each event is applied once, so a time must not be before one asked for earlier.
        """
        while self._done < len(self._events) and self._events[self._done].time <= at:
            event = self._events[self._done]
            self._state, _ = apply(self._context, self._contract, self._state, event)
            self._done += 1
        until = max(at, self._state.time)
        return accrue(self._context.terms, self._state, Event(at, EventType.IP, until, at))


def scheduled(contract: Contract, life: Life) -> list[Event]:
    """Return every event of a contract, past ones too, in the order in which they are applied."""
    events = [event for part in contract.schedule for event in part(life)]
    return sorted(events, key=lambda event: event.order)


def apply(
    context: Context, contract: Contract, state: State, event: Event
) -> tuple[State, Outcome]:
    """Return the state after one event, and the event's line in the schedule."""
    accrued = accrue(context.terms, state, event)
    pay, change = contract.functions[event.kind]
    payoff = pay(context, accrued, event)
    after = change(context, accrued, event)
    return after, Outcome(
        event.time, event.kind, payoff, after.notional, after.rate, after.accrued_interest
    )


def _in_life(terms: Terms, events: list[Event]) -> list[Event]:
    """Return the events from the status date to the termination."""
    kept = []
    for event in events:
        if event.time >= terms.status_date:
            kept.append(event)
        if event.kind is EventType.TD:
            break
    return kept


def _since_purchase(terms: Terms, outcomes: list[Outcome]) -> list[Outcome]:
    """Drop what happened before the position was bought: it concerned the seller."""
    if terms.purchase_date is None:
        return outcomes
    bought = (terms.purchase_date, PRIORITY[EventType.PRD])
    return [each for each in outcomes if (each.time, PRIORITY[each.kind]) >= bought]
