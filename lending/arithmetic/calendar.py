"""Business days: calendars and the conventions that move an event off a holiday.

Source: ACTUS technical specification, sections Business Day Shift Convention and Calendar.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from lending.arithmetic.dates import ONE_DAY
from lending.arithmetic.errors import InvalidTerms


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are business days."""

    name: str
    """The ACTUS code, or the name of a published holiday calendar."""
    weekend: tuple[int, ...]
    """The weekdays without business, Monday being 0."""
    holidays: frozenset[int] = frozenset()
    """The other days without business, as proleptic Gregorian ordinals."""

    def is_business_day(self, time: datetime) -> bool:
        """Tell whether business is done on the day of `time`."""
        return time.weekday() not in self.weekend and time.toordinal() not in self.holidays


NO_CALENDAR = Calendar("NC", ())
"""Every day is a business day."""

MONDAY_TO_FRIDAY = Calendar("MF", (5, 6))
"""Monday to Friday are business days."""


def listed_calendar(name: str, weekend: Iterable[int], holidays: Iterable[date]) -> Calendar:
    """Return a calendar from lists that the caller keeps: weekdays (Monday is 0) and holidays.

    Raises InvalidTerms for a weekday that is none, or a week without business.
    """
    days = tuple(sorted(set(weekend)))
    if any(not 0 <= day <= 6 for day in days):
        raise InvalidTerms("weekend", f"{days} are not weekdays from 0 (Monday) to 6")
    if len(days) == 7:
        raise InvalidTerms("weekend", "leaves no business day")
    return Calendar(name, days, frozenset(day.toordinal() for day in holidays))


class BusinessDay(Enum):
    """How an event that falls on a holiday moves, and whether interest follows it.

    S/C (shift, then calculate) counts interest to the moved date; C/S (calculate, then shift) to the
    date as scheduled. F is following, P preceding; M turns round at a month's border.
    """

    NOS = "NOS"
    SCF = "SCF"
    SCMF = "SCMF"
    CSF = "CSF"
    CSMF = "CSMF"
    SCP = "SCP"
    SCMP = "SCMP"
    CSP = "CSP"
    CSMP = "CSMP"


_RULES: dict[BusinessDay, tuple[bool, int, bool]] = {
    BusinessDay.SCF: (True, 1, False),
    BusinessDay.SCMF: (True, 1, True),
    BusinessDay.CSF: (False, 1, False),
    BusinessDay.CSMF: (False, 1, True),
    BusinessDay.SCP: (True, -1, False),
    BusinessDay.SCMP: (True, -1, True),
    BusinessDay.CSP: (False, -1, False),
    BusinessDay.CSMP: (False, -1, True),
}
"""Convention -> (calculate on the shifted date, direction in days, stay within the month)."""

_LONGEST_CLOSURE = 60


def shift(time: datetime, convention: BusinessDay, calendar: Calendar) -> tuple[datetime, datetime]:
    """Return (when the event happens, the time that its calculation uses)."""
    if convention is BusinessDay.NOS or calendar.is_business_day(time):
        return time, time
    calculate_on_shifted, direction, within_month = _RULES[convention]
    moved = _nearest(time, direction, calendar)
    if within_month and moved.month != time.month:
        moved = _nearest(time, -direction, calendar)
    return moved, moved if calculate_on_shifted else time


def _nearest(time: datetime, direction: int, calendar: Calendar) -> datetime:
    for _ in range(_LONGEST_CLOSURE):
        time += direction * ONE_DAY
        if calendar.is_business_day(time):
            return time
    raise InvalidTerms("calendar", f"{calendar.name} has no business day near {time:%Y-%m-%d}")


_CALENDARS = {
    "": NO_CALENDAR,
    "NC": NO_CALENDAR,
    "NOCALENDAR": NO_CALENDAR,
    "NOHOLIDAY": NO_CALENDAR,
    "MF": MONDAY_TO_FRIDAY,
    "MONDAYTOFRIDAY": MONDAY_TO_FRIDAY,
}

_CONVENTIONS = {convention.value: convention for convention in BusinessDay} | {
    "": BusinessDay.NOS,
    "NULL": BusinessDay.NOS,
}


def parse_calendar(code: str) -> Calendar:
    """Return the calendar of an ACTUS code; raises InvalidTerms for an unknown one."""
    found = _CALENDARS.get(code.strip().upper())
    if found is None:
        raise InvalidTerms("calendar", f"unknown calendar {code!r}")
    return found


def parse_business_day(code: str) -> BusinessDay:
    """Return the convention of an ACTUS code; raises InvalidTerms for an unknown one."""
    found = _CONVENTIONS.get(code.strip().upper())
    if found is None:
        raise InvalidTerms("businessDayConvention", f"unknown convention {code!r}")
    return found
