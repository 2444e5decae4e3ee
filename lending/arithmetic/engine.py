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


def standing(terms: Terms, observed: Observations, at: datetime) -> State:
    """Return the state of a contract at a time: after all that has happened, interest counted to it.

    Raises InvalidTerms as `run` does.
    """
    contract = CONTRACTS[terms.contract_type]
    life = Life(terms, contract.maturity(terms, observed, at), observed)
    context = Context(terms, observed)
    events = scheduled(contract, life)
    state = first_state(context, life.matures, events)
    for event in _in_life(terms, events):
        if event.time > at:
            break
        state, _ = apply(context, contract, state, event)
    return accrue(terms, state, Event(at, EventType.IP, max(at, state.time), at))


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
