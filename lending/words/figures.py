"""Figures in plain words: money, percentages, days, counts. Exact: nothing is rounded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from lending.scope import DAY_MS

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_UNITS: Final = {
    "D": "day",
    "W": "week",
    "M": "month",
    "Q": "quarter",
    "H": "half-year",
    "Y": "year",
}
_BILLION_PER_CENT: Final = 10_000_000


def money(minor: int, asset: str, decimals: int) -> str:
    """An amount in whole units with all its decimals: 1,234.50 USD."""
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(minor), 10**decimals)
    fraction = f".{part:0{decimals}}" if decimals else ""
    return f"{sign}{whole:,}{fraction} {asset}"


def percent(billionths: int) -> str:
    """Billionths as a percentage without trailing zeros: 12.29 %."""
    sign = "-" if billionths < 0 else ""
    whole, part = divmod(abs(billionths), _BILLION_PER_CENT)
    fraction = f".{part:07}".rstrip("0").rstrip(".")
    return f"{sign}{whole:,}{fraction} %"


def day(time_ms: int) -> str:
    """A day, and where it is not midnight the time of day: 1 September 2015, 09:30:00 UTC."""
    if time_ms >= _CALENDAR_END_MS:
        return f"millisecond {time_ms:,} after the beginning of 1970"
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    text = f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    rest = time_ms % DAY_MS
    if not rest:
        return text
    thousandths = f".{rest % 1000:03}" if rest % 1000 else ""
    return f"{text}, {moment:%H:%M:%S}{thousandths} UTC"


def count(number: int, noun: str) -> str:
    """A number of things: 1 day, 30 days."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def span(duration_ms: int) -> str:
    """A length of time in its largest whole unit: 5 days, 36 hours, 90 milliseconds."""
    for unit, noun in (
        (DAY_MS, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"),
    ):  # fmt: skip
        if duration_ms and duration_ms % unit == 0:
            return count(duration_ms // unit, noun)
    return count(duration_ms, "millisecond")


def every(cycle: str) -> str:
    """An ACTUS cycle: P1ML1 is every month; its last sign says what a short last period does."""
    period, _, stub = cycle.partition("L")
    number, unit = int(period[1:-1]), _UNITS[period[-1]]
    often = f"every {unit}" if number == 1 else f"every {number} {unit}s"
    return often if stub == "1" else f"{often} (a short last period is joined to the one before)"


def listed(names: tuple[str, ...]) -> str:
    """Names with commas and a last `and`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


_CALENDAR_END_MS: Final = 253_402_300_800_000
"""The year 10,000."""
