"""Events leave holidays by their convention, and interest follows them or not."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from lending.arithmetic.calendar import (
    MONDAY_TO_FRIDAY,
    NO_CALENDAR,
    BusinessDay,
    Calendar,
    parse_business_day,
    parse_calendar,
    shift,
)
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.schedule import run_case

SUNDAY = datetime.fromisoformat("2013-03-31")
"""A month's end: following leaves the month, preceding does not."""
SATURDAY = datetime.fromisoformat("2013-06-01")
"""A month's start: preceding leaves the month, following does not."""


@pytest.mark.parametrize(
    ("code", "time", "happens", "calculated"),
    [
        ("SCF", SUNDAY, "2013-04-01", "2013-04-01"),
        ("CSF", SUNDAY, "2013-04-01", "2013-03-31"),
        ("SCMF", SUNDAY, "2013-03-29", "2013-03-29"),
        ("CSMF", SUNDAY, "2013-03-29", "2013-03-31"),
        ("SCP", SUNDAY, "2013-03-29", "2013-03-29"),
        ("CSP", SATURDAY, "2013-05-31", "2013-06-01"),
        ("SCMP", SATURDAY, "2013-06-03", "2013-06-03"),
        ("CSMP", SATURDAY, "2013-06-03", "2013-06-01"),
        ("SCMF", SATURDAY, "2013-06-03", "2013-06-03"),
        ("NULL", SUNDAY, "2013-03-31", "2013-03-31"),
        ("NOS", SUNDAY, "2013-03-31", "2013-03-31"),
    ],
)
def test_each_convention(code: str, time: datetime, happens: str, calculated: str) -> None:
    moved = shift(time, parse_business_day(code), MONDAY_TO_FRIDAY)
    assert moved == (datetime.fromisoformat(happens), datetime.fromisoformat(calculated))


def test_without_a_calendar_nothing_moves() -> None:
    assert shift(SUNDAY, BusinessDay.SCF, NO_CALENDAR) == (SUNDAY, SUNDAY)


def test_holidays_are_skipped_like_weekends() -> None:
    easter_monday = date(2013, 4, 1).toordinal()
    calendar = Calendar("TARGET", (5, 6), frozenset({easter_monday}))
    assert shift(SUNDAY, BusinessDay.SCF, calendar)[0] == datetime.fromisoformat("2013-04-02")


def test_a_calendar_without_business_days_is_refused() -> None:
    with pytest.raises(InvalidTerms, match="calendar"):
        shift(SUNDAY, BusinessDay.SCF, Calendar("NEVER", (0, 1, 2, 3, 4, 5, 6)))


def test_codes_are_read_as_actus_writes_them() -> None:
    assert parse_calendar("NC") is parse_calendar("NOCALENDAR") is NO_CALENDAR
    assert parse_calendar(" mf ") is MONDAY_TO_FRIDAY
    for code in ("MARS", "M-F"):
        with pytest.raises(InvalidTerms):
            parse_calendar(code)
    with pytest.raises(InvalidTerms):
        parse_business_day("SCX")


def test_a_case_may_bring_its_own_calendar() -> None:
    case = {
        "terms": {
            "contractType": "PAM",
            "statusDate": "2025-01-01",
            "initialExchangeDate": "2025-01-02",
            "maturityDate": "2025-12-25",
            "notionalPrincipal": "1000",
            "calendar": "HOME",
            "businessDayConvention": "SCF",
        },
        "calendars": {"HOME": {"weekend": [4, 5], "holidays": ["2025-12-25"]}},
    }
    assert run_case(case)[-1]["eventDate"] == "2025-12-28T00:00"  # after holiday, Friday, Saturday
    case["calendars"] = {"HOME": {"weekend": [0, 1, 2, 3, 4, 5, 6]}}
    with pytest.raises(InvalidTerms, match="no business day"):
        run_case(case)


@pytest.mark.parametrize("weekend", [[7], [-1], "56"])
def test_a_weekend_that_is_none_is_refused(weekend: object) -> None:
    case = {"terms": {"contractType": "PAM"}, "calendars": {"HOME": {"weekend": weekend}}}
    with pytest.raises(InvalidTerms, match="weekend"):
        run_case(case)
