"""Single values out of ACTUS JSON: numbers, times, cycles and codes, read exactly or refused.

It knows no contract; `terms_json` and `enhancement_json` say which term holds which kind of value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum

from lending.arithmetic.calendar import BusinessDay, Calendar, parse_business_day, parse_calendar
from lending.arithmetic.cycle import Cycle, parse_cycle
from lending.arithmetic.dates import parse_time
from lending.arithmetic.daycount import DayCount, parse_day_count
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.money import Scale, parse_decimal

Parser = Callable[[str, str, Scale], object]
"""From the text of a value, the name of its term and the scale to the value."""

Rows = Sequence[Mapping[str, object]]
"""A JSON list of objects."""

Row = tuple[str, str, Parser]
"""The field of a dataclass, the term's name in ACTUS JSON, and how to read it."""


def money(text: str, term: str, scale: Scale) -> int:
    """Read an amount at the money scale."""
    return parse_decimal(text, scale.money, term)


def rate(text: str, term: str, scale: Scale) -> int:
    """Read a rate, a multiplier or an index value at the rate scale."""
    return parse_decimal(text, scale.rate, term)


def moment(text: str, term: str, _: Scale) -> datetime:
    """Read a time."""
    return parse_time(text, term)


def cycle(text: str, term: str, _: Scale) -> Cycle:
    """Read a cycle."""
    return parse_cycle(text, term)


def period(text: str, term: str, _: Scale) -> Cycle | None:
    """Read a period; a period of no days is none."""
    return None if text.strip().upper().startswith("P0D") else parse_cycle(text, term)


def plain(text: str, _term: str, _scale: Scale) -> str:
    """Read a name as it is."""
    return text.strip()


def day_count(text: str, _term: str, _scale: Scale) -> DayCount:
    """Read a day-count convention."""
    return parse_day_count(text)


def calendar(text: str, calendars: Mapping[str, Calendar] | None) -> Calendar:
    """Read the name of a calendar: one that the caller gave, or an ACTUS code."""
    given = (calendars or {}).get(text.strip())
    return parse_calendar(text) if given is None else given


def business_day(text: str, _term: str, _scale: Scale) -> BusinessDay:
    """Read a business-day convention."""
    return parse_business_day(text)


def choice(kinds: type[Enum]) -> Parser:
    """Return a parser of the codes of an enumeration."""
    by_code = {str(member.value): member for member in kinds}

    def parse(text: str, term: str, _: Scale) -> object:
        found = by_code.get(text.strip().upper())
        if found is None:
            raise InvalidTerms(term, f"{text!r} is not one of {', '.join(by_code)}")
        return found

    return parse


def end_of_month(text: str, term: str, _: Scale) -> bool:
    """Read EOM (True) or SD (False)."""
    if text.strip().upper() not in ("", "SD", "EOM"):
        raise InvalidTerms(term, f"{text!r} is neither SD nor EOM")
    return text.strip().upper() == "EOM"


def as_text(value: object) -> str:
    """Return a JSON value as the text that was written, '' for an absent one."""
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else repr(value)


def as_object(value: object, term: str) -> Mapping[str, object]:
    """Return a JSON object, an empty one for an absent one; raises InvalidTerms for anything else."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidTerms(term, "is not an object")
    return value


def as_rows(value: object, term: str) -> Rows:
    """Return a JSON list of objects; raises InvalidTerms for anything else."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise InvalidTerms(term, "is not a list")
    return [as_object(row, term) for row in value]
