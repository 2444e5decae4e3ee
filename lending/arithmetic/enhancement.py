"""Guarantees and collateral (CEG, CEC): what covers other contracts, and what a credit event calls.

The covered contracts are run by the engine of every other contract; this module only asks it what
they stand at. Source: ACTUS technical specification, sections CEG and CEC; where its text contradicts
the published results (the exercise amount has coverage once, not twice) the results hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from lending.arithmetic.calendar import shift
from lending.arithmetic.cover import Cover, Observed
from lending.arithmetic.cycle import Recurrence, recurrence
from lending.arithmetic.daycount import year_fraction
from lending.arithmetic.enhancement_terms import EnhancementTerms, EnhancementType
from lending.arithmetic.events import Event, EventType
from lending.arithmetic.money import ACCRUAL, FEE, divide
from lending.arithmetic.rates import simple_interest
from lending.arithmetic.terms import FeeBasis


@dataclass(frozen=True, slots=True)
class Called:
    """One event of an enhancement that has happened: the line of its schedule."""

    time: datetime
    """When it happened."""
    kind: EventType
    """What happened."""
    payoff: int
    """What was paid to (+) or by (-) the party whose side it is, at the money scale."""
    notional_principal: int
    """The signed cover afterwards."""
    exercise_amount: int
    """The signed amount called so far."""
    exercise_date: datetime | None
    """When it was called; None before."""


class _State(NamedTuple):
    """What an enhancement knows of itself, signed; the fee at the accrual scale."""

    time: datetime
    notional: int
    fee: int
    exercise_amount: int
    exercise_date: datetime | None


@dataclass(frozen=True, slots=True)
class _Life:
    """An enhancement with what follows from its terms and observations once."""

    terms: EnhancementTerms
    cover: Cover
    matures: datetime
    exercise: datetime | None
    fee_dates: Recurrence | None


def run_enhancement(
    terms: EnhancementTerms, observed: Observed, until: datetime | None = None
) -> list[Called]:
    """Return what happens to a guarantee or collateral contract, at most until a time.

    As with calls of loans, a settlement counts by when it was called. Raises InvalidTerms if the
    terms lack what the schedule needs, or a price has no observation.
    """
    life = _life(terms, observed, until)
    state = _first_state(life)
    outcomes: list[Called] = []
    for event in sorted(_events(life), key=lambda each: each.order):
        if event.time < terms.status_date or (until is not None and event.scheduled > until):
            continue
        pay, change = _FUNCTIONS[event.kind]
        accrued = _accrue(life, state, event)
        state = change(life, accrued, event)
        outcomes.append(
            Called(
                time=event.time,
                kind=event.kind,
                payoff=pay(terms, accrued),
                notional_principal=state.notional,
                exercise_amount=state.exercise_amount,
                exercise_date=state.exercise_date,
            )
        )
        if event.kind is EventType.TD:
            break
    if terms.purchase_date is None or terms.contract_type is EnhancementType.CEC:
        return outcomes
    return [each for each in outcomes if each.time >= terms.purchase_date]


# When things happen.


def _life(terms: EnhancementTerms, observed: Observed, until: datetime | None) -> _Life:
    ends = until or terms.maturity_date or terms.status_date
    cover = Cover(terms, observed, ends)
    matures = terms.maturity_date or cover.last_event()
    called = [
        each.time
        for each in observed.credit_events
        if each.performance in terms.credit_events
        and each.time <= matures
        and any(each.identifier == one.identifier for one in terms.covered)
    ]
    begins = terms.purchase_date or terms.status_date
    fees = recurrence(
        terms.cycle_anchor_date_of_fee, terms.cycle_of_fee, begins, terms.end_of_month
    )
    return _Life(terms, cover, matures, min(called, default=None), fees)


def _events(life: _Life) -> list[Event]:
    """PRD, TD, FP, and either MD or XD and STD."""
    terms = life.terms
    events = [Event(time, kind, time, time) for time, kind in _agreed(terms) if time is not None]
    events += [_shifted(terms, time, EventType.FP) for time in _fee_times(life)]
    if life.exercise is None:
        return [*events, Event(life.matures, EventType.MD, life.matures, life.matures)]
    called = life.exercise
    due = called
    if terms.settlement_period is not None:
        due = terms.settlement_period.time(called, 1, end_of_month=False)
    settled, _ = shift(due, terms.business_day_convention, terms.calendar)
    events.append(Event(called, EventType.XD, called, called))
    events.append(Event(settled, EventType.STD, called, called))
    return [event for event in events if event.kind is not EventType.TD or event.time < called]


def _agreed(terms: EnhancementTerms) -> tuple[tuple[datetime | None, EventType], ...]:
    """Return when cover changes hands; collateral is pledged, not bought."""
    if terms.contract_type is EnhancementType.CEC:
        return ()
    return (terms.purchase_date, EventType.PRD), (terms.termination_date, EventType.TD)


def _fee_times(life: _Life) -> list[datetime]:
    """Return the fee dates; the fee of a period that a call cuts short is settled with it."""
    terms = life.terms
    if not terms.fee_rate or life.fee_dates is None:
        return []
    if life.exercise is not None:
        before = life.fee_dates.index_from(life.exercise)
        return [life.fee_dates.time(number) for number in range(before)]
    return [*life.fee_dates.times(life.matures), life.matures]


def _shifted(terms: EnhancementTerms, time: datetime, kind: EventType) -> Event:
    happens, counted = shift(time, terms.business_day_convention, terms.calendar)
    return Event(happens, kind, counted, time)


# What an event pays and changes.


def _first_state(life: _Life) -> _State:
    terms = life.terms
    sign = terms.contract_role.sign
    begun = terms.status_date < life.matures
    covered = life.cover.amount(terms.status_date) if begun and _running(terms) else 0
    fee = sign * (terms.fee_accrued or 0) * terms.scale.accrual_unit
    return _State(terms.status_date, sign * covered, fee, 0, None)


def _running(terms: EnhancementTerms) -> bool:
    """Tell whether what is covered before the first event matters: a fee accrues on it."""
    return bool(terms.fee_rate) and terms.fee_basis is FeeBasis.N


def _accrue(life: _Life, state: _State, event: Event) -> _State:
    """Return the state with the fee counted up to an event; the notice after a call bears none."""
    terms = life.terms
    if not terms.fee_rate or event.calculated <= state.time:
        return state._replace(time=event.time)
    if terms.fee_basis is FeeBasis.N:
        fraction = year_fraction(terms.day_count_convention, state.time, event.calculated)
        base = state.notional * terms.scale.accrual_unit
        fee = simple_interest(
            base, terms.fee_rate, terms.scale.rate_unit, fraction, ACCRUAL.rounding
        )
        return state._replace(time=event.calculated, fee=state.fee + fee)
    return state._replace(time=event.calculated, fee=_part_of_fee(life, event))


def _part_of_fee(life: _Life, event: Event) -> int:
    """Return the part of an absolute fee that its period has earned: days over days."""
    terms, dates = life.terms, life.fee_dates
    if dates is None or terms.fee_rate is None:
        return 0
    number = dates.index_from(event.scheduled)
    if number == 0:
        return 0
    begin = _shifted(terms, dates.time(number - 1), EventType.FP).calculated
    end = _shifted(terms, dates.time(number), EventType.FP).calculated
    earned = year_fraction(terms.day_count_convention, begin, event.calculated)
    whole = year_fraction(terms.day_count_convention, begin, end)
    fee = terms.contract_role.sign * terms.fee_rate * terms.scale.accrual_unit
    return divide(fee * earned[0] * whole[1], earned[1] * whole[0], ACCRUAL.rounding)


def _settled_fee(terms: EnhancementTerms, state: _State) -> int:
    return divide(state.fee, terms.scale.accrual_unit, FEE.rounding)


def _pay_nothing(_: EnhancementTerms, __: _State) -> int:
    return 0


def _pay_purchase(terms: EnhancementTerms, _: _State) -> int:
    return -terms.contract_role.sign * terms.price_at_purchase_date


def _pay_termination(terms: EnhancementTerms, _: _State) -> int:
    return terms.contract_role.sign * terms.price_at_termination_date


def _pay_fee(terms: EnhancementTerms, state: _State) -> int:
    if terms.fee_basis is FeeBasis.A:
        return terms.contract_role.sign * (terms.fee_rate or 0)
    return _settled_fee(terms, state)


def _pay_settlement(terms: EnhancementTerms, state: _State) -> int:
    return state.exercise_amount + _settled_fee(terms, state)


def _covered(life: _Life, state: _State, event: Event) -> _State:
    """PRD, FP and XD look anew at what is covered."""
    amount = life.cover.amount(event.time)
    return state._replace(notional=life.terms.contract_role.sign * amount)


def _fee_paid(life: _Life, state: _State, event: Event) -> _State:
    return _covered(life, state, event)._replace(fee=0)


def _exercised(life: _Life, state: _State, event: Event) -> _State:
    called = _covered(life, state, event)
    return called._replace(exercise_amount=called.notional, exercise_date=event.time)


def _ended(_: _Life, state: _State, __: Event) -> _State:
    return state._replace(notional=0, fee=0)


_FUNCTIONS: Mapping[
    EventType,
    tuple[Callable[[EnhancementTerms, _State], int], Callable[[_Life, _State, Event], _State]],
] = {
    EventType.PRD: (_pay_purchase, _covered),
    EventType.FP: (_pay_fee, _fee_paid),
    EventType.TD: (_pay_termination, _ended),
    EventType.MD: (_pay_nothing, _ended),
    EventType.XD: (_pay_nothing, _exercised),
    EventType.STD: (_pay_settlement, _ended),
}
"""Event type -> (what it pays, what it changes)."""
