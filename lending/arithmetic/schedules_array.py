"""Schedules in steps (LAX): each step has its own anchor, cycle and amount, until the next begins.

Source: ACTUS technical specification, sections Array Schedule and Exotic Linear Amortizer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lending.arithmetic.cycle import LONGEST_SCHEDULE, Cycle, Recurrence
from lending.arithmetic.events import Event, EventType
from lending.arithmetic.schedules import Life, events_at
from lending.arithmetic.terms import RateStep, Step, Terms

_REDEMPTION_KINDS = {Step.INC: EventType.PI, Step.DEC: EventType.PR}
_RATE_KINDS = {RateStep.FIX: EventType.RRF, RateStep.VAR: EventType.RR}


def step_redemptions(life: Life) -> list[Event]:
    """PR and PI: the amounts of the steps."""
    terms = life.terms
    events: list[Event] = []
    for index, step in enumerate(_redemption_steps(terms)):
        kind = _REDEMPTION_KINDS[terms.array_increase_decrease[index]]
        amount = terms.array_next_principal_redemption_payment[index]
        events += events_at(terms, _times(step, life.matures), kind, amount)
    return events


def step_interest(life: Life) -> list[Event]:
    """IP: at the times of the steps and at maturity."""
    terms = life.terms
    if terms.nominal_interest_rate is None:
        return []
    steps = _steps(
        terms,
        terms.array_cycle_anchor_date_of_interest_payment,
        terms.array_cycle_of_interest_payment,
    )
    times = [time for step in steps for time in _times(step, life.matures)]
    return events_at(terms, [*times, life.matures], EventType.IP)


def step_rates(life: Life) -> list[Event]:
    """RRF and RR: the rates of the fixed steps, the spreads of the variable ones."""
    terms = life.terms
    steps = _steps(
        terms, terms.array_cycle_anchor_date_of_rate_reset, terms.array_cycle_of_rate_reset
    )
    events: list[Event] = []
    for index, step in enumerate(steps):
        kind = _RATE_KINDS[terms.array_fixed_variable[index]]
        events += events_at(terms, _times(step, life.matures), kind, terms.array_rate[index])
    return events


def first_redemptions(terms: Terms) -> Iterator[tuple[datetime, int]]:
    """Yield when the steps change the principal and by how much, at most a long schedule of them."""
    for index, (dates, until) in enumerate(_redemption_steps(terms)):
        amount = terms.array_next_principal_redemption_payment[index]
        change = amount if terms.array_increase_decrease[index] is Step.INC else -amount
        for number in range(1 if dates.cycle is None else LONGEST_SCHEDULE):
            time = dates.time(number)
            if until is not None and time >= until:
                break
            yield time, change


_Step = tuple[Recurrence, datetime | None]
"""The dates of a step, and where the next step begins."""


def _redemption_steps(terms: Terms) -> list[_Step]:
    return _steps(
        terms,
        terms.array_cycle_anchor_date_of_principal_redemption,
        terms.array_cycle_of_principal_redemption,
    )


def _steps(terms: Terms, anchors: tuple[datetime, ...], cycles: tuple[Cycle, ...]) -> list[_Step]:
    """Pair each anchor with its cycle (one cycle serves all) and with the anchor after it."""
    if not anchors:
        return []
    shared = cycles[0] if cycles else None
    every = cycles if len(cycles) == len(anchors) else (shared,) * len(anchors)
    following = (*anchors[1:], None)
    return [
        (Recurrence(anchor, cycle, 0, terms.end_of_month), until)
        for anchor, cycle, until in zip(anchors, every, following, strict=True)
    ]


def _times(step: _Step, matures: datetime) -> list[datetime]:
    dates, until = step
    return dates.times(matures if until is None else min(until, matures))
