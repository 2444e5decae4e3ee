"""Overnight rates in arrears: SOFR, SONIA and their kin, compounded over an interest period.

Each business day counts for the calendar days until the next one. With a lookback, the rate of a day
is the one of some business days before; with an observation shift, its weight too. A lockout holds the
rates of the last days. Sources: ARRC, User's Guide to SOFR and its conventions for syndicated loans;
QuantLib OvernightIndexedCoupon. The growth of all days is an exact fraction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from lending.arithmetic.calendar import Calendar
from lending.arithmetic.dates import ONE_DAY
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models.sites import OVERNIGHT
from lending.arithmetic.money import INTEREST, divide

FIVE_DECIMALS = 10_000_000
"""The unit of a rate in percent with five decimals, to which SOFR in arrears is rounded (ISDA 2006, 8.1)."""
LONGEST_PERIOD = 3_660
"""The most days of one interest period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrears:
    """The conventions of a rate in arrears."""

    calendar: Calendar
    """On which days the rate is published."""
    unit: int
    """The number that means 1, for every rate."""
    year_days: int = 360
    """The days of a year: 360 for SOFR, 365 for SONIA."""
    lookback: int = 0
    """How many business days before an interest day its rate is observed."""
    observation_shift: bool = False
    """Whether the weights are those of the observed days, and not of the interest days."""
    lockout: int = 0
    """For how many business days at the end the rate is held."""
    floor: int | None = None
    """The least rate of any day."""
    spread: int = 0
    """Added to the compounded rate."""
    spread_compounds: bool = False
    """Whether the spread is added to each day's rate instead."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One business day of an interest period."""

    interest_day: datetime
    """The day on which interest is earned."""
    fixing_day: datetime
    """The day whose rate it earns."""
    days: int
    """For how many calendar days."""
    rate: int
    """The rate, after the floor, with a spread that compounds."""


def observations(
    terms: Arrears, fixings: Mapping[datetime, int], start: datetime, end: datetime
) -> tuple[Observation, ...]:
    """Return what each business day from start to end contributes.

    Raises InvalidTerms if a rate is missing, the period is empty, or the lockout holds all of it.
    """
    if (
        not ONE_DAY <= end - start <= LONGEST_PERIOD * ONE_DAY
        or min(terms.lookback, terms.lockout) < 0
    ):
        raise InvalidTerms("interestPeriod", "or its lookback or lockout is out of range")
    days = _interest_days(terms.calendar, start, end)
    if terms.lockout >= len(days) - 1:
        raise InvalidTerms("lockout", "holds the whole period")
    observed = [_back(terms.calendar, day, terms.lookback) for day in days]
    weights = observed if terms.observation_shift else days
    held = observed[: len(days) - 1 - terms.lockout]
    rows = []
    for number, (begin, finish) in enumerate(pairwise(weights)):
        fixing_day = held[min(number, len(held) - 1)]
        rows.append(
            Observation(
                days[number], fixing_day, (finish - begin).days, _rate(terms, fixings, fixing_day)
            )
        )
    return tuple(rows)


def compounded_rate(
    terms: Arrears,
    fixings: Mapping[datetime, int],
    start: datetime,
    end: datetime,
    result_unit: int | None = None,
) -> int:
    """Return the yearly rate of a period, in parts of `result_unit` (`FIVE_DECIMALS`, say).

    The growth factors are multiplied exactly and rounded once.
    """
    grown, still, days = _growth(terms, observations(terms, fixings, start, end))
    numerator = (grown - still) * terms.year_days
    unit = terms.unit if result_unit is None else result_unit
    if terms.spread_compounds:
        return divide(numerator * unit, still * days, OVERNIGHT.rounding)
    whole = numerator * terms.unit + terms.spread * still * days
    return divide(whole * unit, still * days * terms.unit, OVERNIGHT.rounding)


def interest_in_arrears(
    principal: int,
    terms: Arrears,
    fixings: Mapping[datetime, int],
    start: datetime,
    end: datetime,
    result_unit: int | None = None,
) -> int:
    """Return the interest of a period: the rounded rate on the principal, for the days of the period."""
    unit = terms.unit if result_unit is None else result_unit
    rate = compounded_rate(terms, fixings, start, end, unit)
    return divide(principal * rate * (end - start).days, unit * terms.year_days, INTEREST.rounding)


def simple_average(
    terms: Arrears, fixings: Mapping[datetime, int], start: datetime, end: datetime
) -> int:
    """Return the average of the daily rates, weighted by days and not compounded (daily simple)."""
    rows = observations(terms, fixings, start, end)
    days = sum(row.days for row in rows)
    total = sum(row.rate * row.days for row in rows)
    extra = 0 if terms.spread_compounds else terms.spread
    return divide(total + extra * days, days, OVERNIGHT.rounding)


def _growth(terms: Arrears, rows: tuple[Observation, ...]) -> tuple[int, int, int]:
    """Return (grown, still, days): what `still` has grown to, exactly, in so many days."""
    one = terms.unit * terms.year_days
    grown, still = 1, 1
    for row in rows:
        grown *= one + row.rate * row.days
        still *= one
    return grown, still, sum(row.days for row in rows)


def _interest_days(calendar: Calendar, start: datetime, end: datetime) -> list[datetime]:
    """Return the start, the business days after it and the end."""
    days = [start]
    day = start + ONE_DAY
    while day < end:
        if calendar.is_business_day(day):
            days.append(day)
        day += ONE_DAY
    return [*days, end]


def _back(calendar: Calendar, day: datetime, count: int) -> datetime:
    """Return the day itself, or the business day before it, and then so many business days before."""
    day = _preceding(calendar, day)
    for _ in range(count):
        day = _preceding(calendar, day - ONE_DAY)
    return day


def _preceding(calendar: Calendar, day: datetime) -> datetime:
    for _ in range(60):
        if calendar.is_business_day(day):
            return day
        day -= ONE_DAY
    raise InvalidTerms("calendar", f"{calendar.name} has no business day near {day:%Y-%m-%d}")


def _rate(terms: Arrears, fixings: Mapping[datetime, int], day: datetime) -> int:
    rate = fixings.get(day)
    if rate is None:
        raise InvalidTerms("fixings", f"no rate of {day:%Y-%m-%d}")
    if terms.floor is not None:
        rate = max(rate, terms.floor)
    return rate + terms.spread if terms.spread_compounds else rate
