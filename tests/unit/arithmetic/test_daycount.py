"""Year fractions are exact; the facts are from ISDA, QuantLib's tests and the ACTUS specification."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.arithmetic.daycount import DayCount, parse_day_count, year_fraction
from lending.arithmetic.errors import InvalidTerms

TIMES = st.datetimes(
    datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2199-12-31")
).map(lambda time: time.replace(hour=0, minute=0, second=0, microsecond=0))


def fraction(code: str, start: str, end: str, maturity: str | None = None) -> Fraction:
    matures = datetime.fromisoformat(maturity) if maturity else None
    begin, finish = datetime.fromisoformat(start), datetime.fromisoformat(end)
    return Fraction(*year_fraction(parse_day_count(code), begin, finish, matures))


@pytest.mark.parametrize(
    ("code", "start", "end", "expected"),
    [
        ("AA", "2003-11-01", "2004-05-01", Fraction(61, 365) + Fraction(121, 366)),
        ("AA", "1999-07-01", "2000-07-01", Fraction(184, 365) + Fraction(182, 366)),
        ("AA", "2012-02-29", "2013-02-28", Fraction(307, 366) + Fraction(58, 365)),
        ("AA", "2013-01-01", "2013-02-01", Fraction(31, 365)),
        ("A360", "2012-02-29", "2013-02-28", Fraction(365, 360)),
        ("A365", "2012-02-29", "2013-02-28", Fraction(1)),
        ("30E360", "2012-02-29", "2013-02-28", Fraction(359, 360)),
        ("30360BOND", "2007-02-28", "2007-08-31", Fraction(183, 360)),
        ("30E360", "2007-02-28", "2007-08-31", Fraction(182, 360)),
        ("30E360ISDA", "2007-02-28", "2007-08-31", Fraction(180, 360)),
        ("30360BOND", "2006-02-28", "2006-03-03", Fraction(5, 360)),
        ("30E360", "2006-02-28", "2006-03-03", Fraction(5, 360)),
        ("30E360ISDA", "2006-02-28", "2006-03-03", Fraction(3, 360)),
        ("30360US", "2006-02-28", "2006-03-03", Fraction(3, 360)),
        ("30360US", "2007-02-28", "2008-02-29", Fraction(1)),
        ("30360US", "2007-01-31", "2007-03-31", Fraction(60, 360)),
        ("30360US", "2007-01-29", "2007-03-31", Fraction(62, 360)),
        ("28E336", "2013-01-01", "2013-02-01", Fraction(1, 12)),
        ("28E336", "2013-01-31", "2013-03-28", Fraction(2, 12)),
        ("SIMPLE", "2015-01-31", "2015-02-28", Fraction(1, 12)),
        ("SIMPLE", "2015-02-28", "2015-03-31", Fraction(1, 12)),
        ("SIMPLE", "2015-01-15", "2016-01-15", Fraction(1)),
        ("SIMPLE", "2015-01-15", "2015-01-25", Fraction(10, 360)),
    ],
)
def test_published_fractions(code: str, start: str, end: str, expected: Fraction) -> None:
    assert fraction(code, start, end) == expected


def test_isda_keeps_a_maturity_at_the_end_of_february() -> None:
    assert fraction("30E360ISDA", "2012-01-31", "2013-02-28", "2013-02-28") == Fraction(388, 360)
    assert fraction("30E360ISDA", "2012-01-31", "2013-02-28") == Fraction(390, 360)


@pytest.mark.parametrize("convention", DayCount)
def test_the_last_second_of_a_day_counts_as_the_next_day(convention: DayCount) -> None:
    start, midnight = datetime.fromisoformat("2013-11-01"), datetime.fromisoformat("2014-01-01")
    last_second = datetime.fromisoformat("2013-12-31T23:59:59")
    assert year_fraction(convention, start, last_second) == year_fraction(
        convention, start, midnight
    )


@pytest.mark.parametrize("convention", [DayCount.AA, DayCount.A360, DayCount.A365])
@given(first=TIMES, second=TIMES, third=TIMES)
def test_actual_conventions_add_up_over_parts(
    convention: DayCount, first: datetime, second: datetime, third: datetime
) -> None:
    parts = [(first, second), (second, third), (third, first)]
    assert sum(Fraction(*year_fraction(convention, start, end)) for start, end in parts) == 0


@given(TIMES, st.integers(0, 4000))
def test_actual_actual_counts_each_day_in_its_own_year(start: datetime, days: int) -> None:
    slow = sum(
        (
            Fraction(1, 366 if _has_29_february((start + timedelta(days=day)).year) else 365)
            for day in range(days % 800)
        ),
        Fraction(0),
    )
    end = start + timedelta(days=days % 800)
    assert Fraction(*year_fraction(DayCount.AA, start, end)) == slow


def _has_29_february(year: int) -> bool:
    return calendar.isleap(year)


def test_an_unknown_convention_is_refused() -> None:
    with pytest.raises(InvalidTerms, match="dayCountConvention"):
        parse_day_count("B252")
