"""What the outside world has said: index values by time, and events that no schedule foresees."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.events import EventType


@dataclass(frozen=True, slots=True)
class ObservedEvent:
    """An event that was not scheduled: someone decided it."""

    time: datetime
    """When it happened."""
    kind: EventType
    """What happened."""
    value: int
    """Its amount at the money scale."""


@dataclass(frozen=True, slots=True)
class Observations:
    """Every index value and event known to a calculation."""

    series: Mapping[str, Sequence[tuple[datetime, int]]] = field(default_factory=dict)
    """Index code -> (time, value at the rate scale) in order of time."""
    events: tuple[ObservedEvent, ...] = ()
    """The events, in any order."""

    def value(self, code: str, time: datetime) -> int:
        """Return the last value of an index at or before a time; raises InvalidTerms if none."""
        points = self.series.get(code, ())
        place = bisect_right(points, time, key=lambda point: point[0])
        if place == 0:
            raise InvalidTerms(
                code or "marketObjectCode", f"no observation up to {time.isoformat()}"
            )
        return points[place - 1][1]


NOTHING_OBSERVED = Observations()
"""For contracts that depend on nothing but their terms."""
