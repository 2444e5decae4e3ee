"""Points in time of a contract: ISO 8601 local times to the second, and epoch milliseconds.

A contract's times are naive `datetime` values (ACTUS has no time zones; on the chain they are UTC).
The last second of a day, 23:59:59, means the midnight that ends the day (ACTUS technical
specification, section Date/Time): it counts as the next day wherever days are counted, and stays
as written wherever times are compared or printed.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from lending.arithmetic.errors import InvalidTerms

ONE_DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 2, 9998
"""The years of a contract: what `datetime` knows, less room to move by a few days."""
_FIRST_DAY = date(FIRST_YEAR, 1, 1).toordinal()
_LAST_DAY = date(LAST_YEAR, 12, 31).toordinal()
_EPOCH = datetime(1970, 1, 1)
_MS = timedelta(milliseconds=1)


def parse_time(text: str, term: str) -> datetime:
    """Read YYYY-MM-DD, or with Thh:mm or Thh:mm:ss; raises InvalidTerms naming the term."""
    cleaned = text.strip()
    if len(cleaned) not in (10, 16, 19) or not cleaned.isascii():
        raise InvalidTerms(term, f"{text!r} is not a time like 2013-01-01T00:00:00")
    day_ends = cleaned[10:] in ("T24:00", "T24:00:00")
    try:
        time = datetime.fromisoformat(cleaned[:10] if day_ends else cleaned)
    except ValueError as error:
        raise InvalidTerms(term, f"{text!r} is not a time like 2013-01-01T00:00:00") from error
    if time.tzinfo is not None or not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise InvalidTerms(term, f"{text!r} is outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return time + ONE_DAY if day_ends else time


def format_time(time: datetime) -> str:
    """Write a time to the minute, or to the second where there are seconds (as ACTUS results do)."""
    return time.isoformat(timespec="seconds" if time.second else "minutes")


def from_epoch_ms(milliseconds: int) -> datetime:
    """Return the UTC time of a chain timestamp; raises InvalidTerms outside the years 1 to 9999."""
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError as error:
        raise InvalidTerms("time", f"{milliseconds} ms is outside the calendar") from error


def to_epoch_ms(time: datetime) -> int:
    """Return a time as a chain timestamp in milliseconds."""
    return (time - _EPOCH) // _MS


def add_days(time: datetime, days: int) -> datetime:
    """Move a time by whole days; raises InvalidTerms if that leaves the calendar."""
    ordinal = time.toordinal() + days
    if not _FIRST_DAY <= ordinal <= _LAST_DAY:
        raise InvalidTerms("cycle", f"leads outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return time + timedelta(days=days)


def counted_day(time: datetime) -> date:
    """Return the calendar day that a time counts as; 23:59:59 counts as the next day."""
    if time.second == 59 and time.minute == 59 and time.hour == 23:
        return date.fromordinal(time.toordinal() + 1)
    return time.date()


def is_leap(year: int) -> bool:
    """Tell whether a Gregorian year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_in_month(year: int, month: int) -> int:
    """Return the number of days of a month."""
    return 29 if month == 2 and is_leap(year) else _MONTH_DAYS[month - 1]


def is_month_end(day: date) -> bool:
    """Tell whether a day is the last of its month."""
    return day.day == days_in_month(day.year, day.month)


def add_months(time: datetime, months: int, *, to_month_end: bool = False) -> datetime:
    """Move a time by whole months; a day that the month lacks, or any if asked, becomes its last."""
    year, month = divmod(time.year * 12 + time.month - 1 + months, 12)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidTerms("cycle", f"leads outside the years {FIRST_YEAR} to {LAST_YEAR}")
    last = days_in_month(year, month + 1)
    day = last if to_month_end or time.day > last else time.day
    return time.replace(year=year, month=month + 1, day=day)
