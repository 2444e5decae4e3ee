"""The contract engine: a table of functions per contract type, and the loop that applies events.

A contract type is its schedule, its first state and one row per event type. A new type is a new
entry of `CONTRACTS` (and a branch where its schedule differs), nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lending.arithmetic import functions as f
from lending.arithmetic.dates import ONE_DAY
from lending.arithmetic.daycount import year_fraction
from lending.arithmetic.events import PRIORITY, Event, EventType, Outcome
from lending.arithmetic.functions import Context, Payoff, Transition
from lending.arithmetic.market import NOTHING_OBSERVED, Observations
from lending.arithmetic.money import ACCRUAL, REDEMPTION, divide
from lending.arithmetic.rates import simple_interest
from lending.arithmetic.schedules import (
    last_interest_date,
    maturity,
    redemption_count,
    redemption_dates,
    schedule_events,
)
from lending.arithmetic.state import State
from lending.arithmetic.terms import ContractType, Terms

Functions = Mapping[EventType, tuple[Payoff, Transition]]
"""Event type -> (what it pays, what it changes)."""

_PAM: Functions = {
    EventType.IED: (f.pay_initial_exchange, f.start),
    EventType.FP: (f.pay_fee, f.fee_paid),
    EventType.PP: (f.pay_prepayment, f.prepaid),
    EventType.IP: (f.pay_interest, f.interest_paid),
    EventType.IPCI: (f.pay_nothing, f.capitalized),
    EventType.RRF: (f.pay_nothing, f.rate_reset_fixed),
    EventType.RR: (f.pay_nothing, f.rate_reset),
    EventType.PRD: (f.pay_purchase, f.keep),
    EventType.TD: (f.pay_termination, f.closed),
    EventType.SC: (f.pay_nothing, f.rescaled),
    EventType.MD: (f.pay_maturity, f.closed),
}

_LAM: Functions = {
    **_PAM,
    EventType.PR: (f.pay_redemption, f.redeemed),
    EventType.IPCB: (f.pay_nothing, f.base_set),
}

_NAM: Functions = {**_LAM, EventType.PR: (f.pay_redemption_net, f.redeemed_net)}

_ANN: Functions = {**_NAM, EventType.PRF: (f.pay_nothing, f.payment_fixed)}

CONTRACTS: Mapping[ContractType, Functions] = {
    ContractType.PAM: _PAM,
    ContractType.LAM: _LAM,
    ContractType.NAM: _NAM,
    ContractType.ANN: _ANN,
}
"""Contract type -> its functions."""


def run(
    terms: Terms, observed: Observations = NOTHING_OBSERVED, until: datetime | None = None
) -> list[Outcome]:
    """Return what happens to a contract from its status date on, at most until a time.

    Raises InvalidTerms if the terms lack what the schedule needs, or an index has no value.
    """
    matures = maturity(terms)
    context = Context(terms, observed)
    table = CONTRACTS[terms.contract_type]
    state = initial_state(context, matures)
    outcomes: list[Outcome] = []
    for event in schedule_events(terms, matures, observed):
        if until is not None and event.time > until:
            break
        state, outcome = apply(context, table, state, event)
        outcomes.append(outcome)
    return _since_purchase(terms, outcomes)


def apply(context: Context, table: Functions, state: State, event: Event) -> tuple[State, Outcome]:
    """Return the state after one event, and the event's line in the schedule."""
    accrued = f.accrue(context.terms, state, event)
    pay, change = table[event.kind]
    payoff = pay(context, accrued, event)
    after = change(context, accrued, event)
    return after, Outcome(
        event.time, event.kind, payoff, after.notional, after.rate, after.accrued_interest
    )


def initial_state(context: Context, matures: datetime) -> State:
    """Return the state at the status date, before any event."""
    terms = context.terms
    unit = terms.scale.rate_unit
    state = State(
        time=terms.status_date,
        maturity=matures,
        notional=0,
        rate=0,
        accrued_interest=0,
        interest_base=0,
        payment=_first_payment(terms, matures),
        accrued_fee=terms.contract_role.sign * (terms.fee_accrued or 0) * terms.scale.accrual_unit,
        notional_scaling=_or(terms.notional_scaling_multiplier, unit),
        interest_scaling=_or(terms.interest_scaling_multiplier, unit),
    )
    if terms.initial_exchange_date < terms.status_date:
        state = _running(context, state)
    if _needs_payment(terms):
        state = _with_payment(context, state)
    return state


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _first_payment(terms: Terms, matures: datetime) -> int:
    """Return the stated redemption payment, or the equal share of a linear loan."""
    if terms.next_principal_redemption_payment is not None:
        return terms.next_principal_redemption_payment
    if terms.contract_type is not ContractType.LAM:
        return 0
    return divide(terms.notional_principal, redemption_count(terms, matures), REDEMPTION.rounding)


def _running(context: Context, state: State) -> State:
    """Return the state of a contract whose initial exchange was before the status date."""
    terms = context.terms
    begun = f.start(context, state, Event(state.time, EventType.IED, state.time, state.time))
    if terms.accrued_interest is not None or terms.nominal_interest_rate is None:
        return begun
    since = last_interest_date(terms, terms.status_date, state.maturity)
    fraction = year_fraction(terms.day_count_convention, since, state.time, state.maturity)
    base, unit = begun.interest_base * terms.scale.accrual_unit, terms.scale.rate_unit
    accrued = simple_interest(base, begun.rate, unit, fraction, ACCRUAL.rounding)
    return begun._replace(accrued_interest=accrued)


def _needs_payment(terms: Terms) -> bool:
    """Tell whether an annuity has no stated payment and its first fixing is not an event."""
    if terms.contract_type is not ContractType.ANN:
        return False
    if terms.next_principal_redemption_payment is not None:
        return False
    begins = max(terms.initial_exchange_date, terms.status_date)
    return redemption_dates(terms).time(0) - ONE_DAY < begins


def _with_payment(context: Context, state: State) -> State:
    """Return the state with the level payment fixed as of its start."""
    terms = context.terms
    begins = max(terms.initial_exchange_date, terms.status_date)
    event = Event(begins, EventType.PRF, begins, begins - ONE_DAY)
    running = state
    if terms.initial_exchange_date >= terms.status_date:
        running = f.start(context, state._replace(time=begins), event)
    return state._replace(payment=f.payment_fixed(context, running, event).payment)


def _since_purchase(terms: Terms, outcomes: list[Outcome]) -> list[Outcome]:
    """Drop what happened before the position was bought: it concerned the seller."""
    if terms.purchase_date is None:
        return outcomes
    bought = (terms.purchase_date, PRIORITY[EventType.PRD])
    return [each for each in outcomes if (each.time, PRIORITY[each.kind]) >= bought]
