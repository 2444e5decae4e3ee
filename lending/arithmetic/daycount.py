"""Day-count conventions: the fraction of a year between two times, as an exact rational number.

Sources: ISDA 2006 Definitions section 4.16; ACTUS dictionary, dayCountConvention; QuantLib's
SimpleDayCounter for `SIMPLE`. Times count by whole days (see `dates.counted_day`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import Enum

from lending.arithmetic.dates import add_months, counted_day, is_leap, is_month_end
from lending.arithmetic.errors import InvalidTerms


class DayCount(Enum):
    """The conventions that this package knows, under their ACTUS codes where there is one."""

    AA = "AA"
    """Actual/actual ISDA: days in leap years over 366, the others over 365."""
    AFB = "AFB"
    """Actual/actual AFB: whole years counted back from the end, the rest over its own year."""
    A360 = "A360"
    """Actual days over 360."""
    A365 = "A365"
    """Actual days over 365."""
    E30360ISDA = "30E360ISDA"
    """30/360 where every month end counts as the 30th, except a maturity at the end of February."""
    E30360 = "30E360"
    """Eurobond basis: the 31st counts as the 30th."""
    E28336 = "28E336"
    """Every month has 28 days, every year 336; later days count as the 28th."""
    US30360 = "30360US"
    """US (SIFMA) 30/360 with its end-of-February rules."""
    BOND30360 = "30360BOND"
    """30/360 bond basis: the second 31st counts as the 30th only after a first 30th or 31st."""
    SIMPLE = "SIMPLE"
    """Whole months are twelfths of a year whatever their length, the rest is bond basis."""


Fraction = tuple[int, int]
"""Numerator and positive denominator of a part of a year, not necessarily in lowest terms."""


def year_fraction(
    day_count: DayCount, start: datetime, end: datetime, maturity: datetime | None = None
) -> Fraction:
    """Return the year fraction from start to end; negative if end is before start.

    `maturity` matters to 30E360ISDA alone, which leaves a maturity at the end of February as it is.
    """
    return _FUNCTIONS[day_count](counted_day(start), counted_day(end), maturity)


def parse_day_count(code: str) -> DayCount:
    """Return the convention of a code; raises InvalidTerms for an unknown one."""
    found = _BY_CODE.get(code.strip().upper())
    if found is None:
        raise InvalidTerms("dayCountConvention", f"unknown convention {code!r}")
    return found


def _actual_actual(start: date, end: date, _: datetime | None) -> Fraction:
    if end < start:
        numerator, denominator = _actual_actual(end, start, None)
        return -numerator, denominator
    days = end.toordinal() - start.toordinal()
    if start.year == end.year:
        return days, 366 if is_leap(start.year) else 365
    leap_days = _leap_days_since_start(end) - _leap_days_since_start(start)
    return leap_days * 365 + (days - leap_days) * 366, 365 * 366


def _leap_days_since_start(day: date) -> int:
    """Count the days before `day`, since year 1, that lie in leap years."""
    before = day.year - 1
    whole = (before // 4 - before // 100 + before // 400) * 366
    return whole + (day.timetuple().tm_yday - 1 if is_leap(day.year) else 0)


def _actual_actual_afb(start: date, end: date, _: datetime | None) -> Fraction:
    if end < start:
        numerator, denominator = _actual_actual_afb(end, start, None)
        return -numerator, denominator
    years = 0
    rest = end
    while (earlier := _year_before(rest)) >= start:
        years, rest = years + 1, earlier
    basis = 366 if _holds_leap_day(start, rest) else 365
    return years * basis + rest.toordinal() - start.toordinal(), basis


def _year_before(day: date) -> date:
    """Return the same day a year before; the end of February stays its end."""
    year = day.year - 1
    if day.month == 2 and day.day >= 28:
        return date(year, 2, 29 if is_leap(year) else 28)
    return day.replace(year=year)


def _holds_leap_day(start: date, end: date) -> bool:
    """Tell whether a 29 February is in a period shorter than a year, its start counted, not its end."""
    year = end.year if is_leap(end.year) else start.year
    return is_leap(year) and start <= date(year, 2, 29) < end


def icma_fraction(start: datetime, end: datetime, anchor: datetime, months: int) -> Fraction:
    """Return the year fraction by ICMA rule 251: days over the days of the coupon period they are in.

    Coupon periods are `months` long and counted from an anchor; each is the same part of a year.
    Raises InvalidTerms for a period of no months.
    """
    if months <= 0:
        raise InvalidTerms("cycle", "is not a number of months")
    if end < start:
        numerator, denominator = icma_fraction(end, start, anchor, months)
        return -numerator, denominator
    ahead = (start.year - anchor.year) * 12 + start.month - anchor.month
    number = ahead // months - 1
    total: Fraction = (0, 1)
    while (begin := add_months(anchor, months * number)) < end:
        finish = add_months(anchor, months * (number + 1))
        days = (min(end, finish) - max(start, begin)).days
        if days > 0:
            whole = (finish - begin).days * 12
            total = (total[0] * whole + days * months * total[1], total[1] * whole)
        number += 1
    return total


def _actual_360(start: date, end: date, _: datetime | None) -> Fraction:
    return end.toordinal() - start.toordinal(), 360


def _actual_365(start: date, end: date, _: datetime | None) -> Fraction:
    return end.toordinal() - start.toordinal(), 365


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _thirty_e_360(start: date, end: date, _: datetime | None) -> Fraction:
    return _months(start, end) * 30 + min(end.day, 30) - min(start.day, 30), 360


def _thirty_e_360_isda(start: date, end: date, maturity: datetime | None) -> Fraction:
    ends_at_maturity = maturity is not None and counted_day(maturity) == end and end.month == 2
    first = 30 if is_month_end(start) else start.day
    last = 30 if is_month_end(end) and not ends_at_maturity else end.day
    return _months(start, end) * 30 + last - first, 360


def _twenty_eight_e_336(start: date, end: date, _: datetime | None) -> Fraction:
    return _months(start, end) * 28 + min(end.day, 28) - min(start.day, 28), 336


def _thirty_360_us(start: date, end: date, _: datetime | None) -> Fraction:
    first, last = start.day, end.day
    if start.month == 2 and is_month_end(start):
        if end.month == 2 and is_month_end(end):
            last = 30
        first = 30
    if last == 31 and first >= 30:
        last = 30
    return _months(start, end) * 30 + last - min(first, 30), 360


def _thirty_360_bond(start: date, end: date, _: datetime | None) -> Fraction:
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return _months(start, end) * 30 + last - first, 360


def _simple(start: date, end: date, _: datetime | None) -> Fraction:
    whole_months = (
        start.day == end.day
        or (start.day > end.day and is_month_end(end))
        or (start.day < end.day and is_month_end(start))
    )
    if whole_months:
        return _months(start, end), 12
    return _thirty_360_bond(start, end, None)


_FUNCTIONS: dict[DayCount, Callable[[date, date, datetime | None], Fraction]] = {
    DayCount.AA: _actual_actual,
    DayCount.AFB: _actual_actual_afb,
    DayCount.A360: _actual_360,
    DayCount.A365: _actual_365,
    DayCount.E30360ISDA: _thirty_e_360_isda,
    DayCount.E30360: _thirty_e_360,
    DayCount.E28336: _twenty_eight_e_336,
    DayCount.US30360: _thirty_360_us,
    DayCount.BOND30360: _thirty_360_bond,
    DayCount.SIMPLE: _simple,
}

_BY_CODE = {convention.value: convention for convention in DayCount}
