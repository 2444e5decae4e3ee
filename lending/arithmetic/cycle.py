"""Cycles ("P1ML0": every month, long last stub) and the times that they generate.

Source: ACTUS technical specification, sections Schedule and End Of Month Shift Convention. Each
time is computed from the anchor, never from its predecessor, so that 31 January, 28 February,
31 March keeps its day; and any one of them is found without walking through the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lending.arithmetic.dates import add_days, add_months, is_month_end
from lending.arithmetic.errors import InvalidTerms

_PATTERN = re.compile(r"P?([0-9]{1,5})([DWMQHY])(?:L([01]))?")
_MONTHS = {"M": 1, "Q": 3, "H": 6, "Y": 12}
_DAYS = {"D": 1, "W": 7}
LONGEST_SCHEDULE = 12_000
"""The most times that one schedule may have: a thousand years of months."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """A period that repeats: a number of months or of days, never both."""

    months: int
    """Length in months; 0 for a cycle counted in days."""
    days: int
    """Length in days; 0 for a cycle counted in months."""
    long_stub: bool = False
    """Whether an incomplete last period is joined to the period before it (L0) or paid alone (L1)."""

    def time(self, anchor: datetime, index: int, end_of_month: bool) -> datetime:
        """Return the time `index` cycles after the anchor, in constant time.

        With the end-of-month convention, an anchor at the end of a month stays at month ends.
        """
        if self.months:
            to_end = end_of_month and is_month_end(anchor.date())
            return add_months(anchor, self.months * index, to_month_end=to_end)
        return add_days(anchor, self.days * index)

    def count_before(self, anchor: datetime, end: datetime, end_of_month: bool) -> int:
        """Return how many times, from the anchor on, are before `end`, in constant time."""
        if anchor >= end:
            return 0
        if self.months:
            distance = (end.year - anchor.year) * 12 + end.month - anchor.month
            count = distance // self.months
        else:
            count = (end - anchor).days // self.days
        while self.time(anchor, count, end_of_month) < end:
            count += 1
        return count


def parse_cycle(text: str, term: str) -> Cycle:
    """Read an ACTUS cycle or period; raises InvalidTerms naming the term."""
    match = _PATTERN.fullmatch(text.strip().upper())
    if match is None or int(match[1]) == 0:
        raise InvalidTerms(term, f"{text!r} is not a cycle like P1ML0")
    count, unit = int(match[1]), match[2]
    return Cycle(
        months=count * _MONTHS.get(unit, 0),
        days=count * _DAYS.get(unit, 0),
        long_stub=match[3] == "0",
    )


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The times of one kind of event: an anchor, a cycle, and where the counting starts."""

    anchor: datetime
    """The time from which cycles are counted."""
    cycle: Cycle | None
    """The cycle; None for a single event at the anchor."""
    first: int
    """0 if the anchor is the first event, 1 if the first comes one cycle later."""
    end_of_month: bool
    """Whether an anchor at a month's end stays at month ends."""

    def time(self, number: int) -> datetime:
        """Return the time of event `number`, counted from 0."""
        if self.cycle is None:
            return self.anchor
        return self.cycle.time(self.anchor, self.first + number, self.end_of_month)

    def index_from(self, start: datetime) -> int:
        """Return the number of the first event at or after `start`."""
        if self.cycle is None:
            return 0
        return max(self.cycle.count_before(self.anchor, start, self.end_of_month) - self.first, 0)

    def count(self, end: datetime) -> int:
        """Return how many events are before `end`, after the stub rule.

        With a long stub the last time before an end that is off the cycle is dropped, unless it
        is the only one.
        """
        if self.cycle is None:
            return int(self.anchor < end)
        count = self.cycle.count_before(self.anchor, end, self.end_of_month) - self.first
        if self.cycle.long_stub and count > 1 and self.time(count) != end:
            return count - 1
        return max(count, 0)

    def times(self, end: datetime) -> list[datetime]:
        """Return the times before `end`, in order; raises InvalidTerms if they are too many."""
        count = self.count(end)
        if count > LONGEST_SCHEDULE:
            raise InvalidTerms("cycle", f"{count} events are more than {LONGEST_SCHEDULE}")
        return [self.time(number) for number in range(count)]


def recurrence(
    anchor: datetime | None, cycle: Cycle | None, start: datetime, end_of_month: bool
) -> Recurrence | None:
    """Return the recurrence of an anchor and a cycle, either of which may be absent.

    Without an anchor the first event is one cycle after `start` (and cycles are counted from there,
    so that a loan drawn on the 31st keeps its day); without both there is none.
    """
    if anchor is not None:
        return Recurrence(anchor, cycle, 0, end_of_month)
    if cycle is not None:
        return Recurrence(start, cycle, 1, end_of_month)
    return None
