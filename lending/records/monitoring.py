"""The records of monitoring: figures of risk, what each subject adds to them, alert rules.

All of them are derived from other records and could be made again from these; none moves money.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter

from ledger import codec
from lending.records import RecordCodec, pair


@dataclass(frozen=True, slots=True)
class Monitoring:
    """That members want figures of risk kept, and how far the clock's walk over the book is."""

    refresh_days: int
    """Every so many days the clock measures the whole book anew; 0 for once."""
    cursor: bytes
    """The last state key that the running walk measured; empty when none is running."""
    measured: int
    """How many subjects the newest walk has measured."""
    complete_height: int
    """The block in which the newest walk was complete; 0 before the first."""
    alarm_ms: int
    """When the clock walks next; 0 for never."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a subject adds to one figure."""

    asset: str
    """The currency."""
    dimension: str
    """By what the figure is counted, such as lender."""
    member: str
    """Of which of them, such as a lender's name."""
    exposure: int
    """What is owed."""
    limit: int
    """What it may become; 0 where that means nothing."""
    loss: int
    """What of it is expected to be lost."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a subject adds to all figures, as it was last measured."""

    parts: tuple[Part, ...]
    """One for each figure, in a fixed order."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The sums of one figure."""

    count: int
    """How many subjects add to it."""
    exposure: int
    """What is owed."""
    limit: int
    """What it may become."""
    loss: int
    """What is expected to be lost."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the exposure in an asset is spread over the members of a dimension."""

    members: int
    """How many have any."""
    exposure: int
    """The sum."""
    squares: int
    """The sum of the squares."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The assets whose figures or rules changed since the clock last tested the rules."""

    assets: tuple[str, ...]
    """In the order of their first change."""


@dataclass(frozen=True, slots=True)
class AlertRule:
    """When members want to be told about a figure."""

    asset: str
    """The currency."""
    name: str
    """The rule's name, unique in the asset."""
    figure: str
    """Which figure."""
    dimension: str
    """By what it is counted."""
    member: str
    """Of which of them; empty where the figure is of all."""
    operator: str
    """ABOVE or BELOW."""
    limit: int
    """Beyond this the alert is raised."""
    clear: int
    """Back at this, or better, it is cleared."""
    severity: str
    """INFO, WARNING or CRITICAL."""
    value: int
    """The figure when the rule was last tested."""
    raised_ms: int
    """Since when the alert is raised; 0 when it is not."""


_PART_VALUES = attrgetter(*(field.name for field in fields(Part)))

MONITORING = RecordCodec(Monitoring)
MEASURE = RecordCodec(
    Measure,
    parts=pair(
        lambda parts: tuple(_PART_VALUES(part) for part in parts),
        lambda value: tuple(Part(*item) for item in codec.items(value)),
    ),
)
FIGURE = RecordCodec(Figure)
SPREAD = RecordCodec(Spread)
CHANGED = RecordCodec(Changed)
ALERT_RULE = RecordCodec(AlertRule)
