"""The state of a contract at its status date: not begun yet, or running already.

Source: ACTUS technical specification, the State Variables Initialization tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lending.arithmetic.dates import ONE_DAY
from lending.arithmetic.daycount import year_fraction
from lending.arithmetic.events import Event, EventType
from lending.arithmetic.functions import Context, payment_fixed, start
from lending.arithmetic.money import ACCRUAL, REDEMPTION, divide
from lending.arithmetic.rates import simple_interest
from lending.arithmetic.schedules import redemption_count, redemption_dates
from lending.arithmetic.state import State
from lending.arithmetic.terms import ContractType, Terms


def first_state(context: Context, matures: datetime, events: Sequence[Event]) -> State:
    """Return the state at the status date, before any of `events` that is not past."""
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
        exercise_amount=0,
        notional_scaling=_or(terms.notional_scaling_multiplier, unit),
        interest_scaling=_or(terms.interest_scaling_multiplier, unit),
    )
    if terms.initial_exchange_date < terms.status_date:
        state = _running(context, state, events)
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


_NOTHING_ACCRUED_BEFORE = (ContractType.CLM, ContractType.UMP)
"""Types whose interest before the status date is part of the notional unless it is stated."""


def _running(context: Context, state: State, events: Sequence[Event]) -> State:
    """Return the state of a contract whose initial exchange was before the status date."""
    terms = context.terms
    begun = start(context, state, Event(state.time, EventType.IED, state.time, state.time))
    if terms.contract_type in _NOTHING_ACCRUED_BEFORE:
        return begun
    if terms.accrued_interest is not None or terms.nominal_interest_rate is None:
        return begun
    past = [event for event in events if event.time < terms.status_date]
    paid = [event.calculated for event in past if event.kind in (EventType.IP, EventType.IPCI)]
    since = max([terms.initial_exchange_date, *paid])
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
        running = start(context, state._replace(time=begins), event)
    return state._replace(payment=payment_fixed(context, running, event).payment)
