"""The figures of risk, kept by differences: what a subject added is taken back, what it adds now goes in.

So a figure costs the same whatever the book holds, measuring twice changes nothing, and the sums
are exact. Concentration is kept as a sum of squares, the order of the largest as an index.
"""

from __future__ import annotations

from typing import Final

from ledger import codec
from lending.alarms import set_alarm
from lending.events import EVENTS
from lending.monitoring.measures import Parts, parts_of, subjects_of
from lending.records import monitoring as stored
from lending.records import places
from lending.records.monitoring import Changed, Figure, Measure, Monitoring, Part, Spread
from lending.scope import Scope

CONCENTRATED: Final = ("lender", "borrower", "product")
"""The dimensions of which the concentration is kept."""
SUBJECTS: Final = frozenset({"loan", "agreement", "account", "facility", "pool"})
"""The fields by which an event is about something that figures count."""
_NOTHING: Final = codec.encode_array(())
_EMPTY: Final = Measure(())


def monitoring_of(scope: Scope) -> Monitoring | None:
    """What members want kept, if anything."""
    return stored.MONITORING.get(scope.state, places.MONITORING_POLICY)


def follow_risk(scope: Scope, fields: dict[str, codec.Value]) -> None:
    """Measure anew what an event is about; nothing where no member wants figures."""
    if monitoring_of(scope) is not None:
        for subject in subjects_of(scope, fields):
            measure(scope, subject)


def measure(scope: Scope, subject: bytes) -> None:
    """Let the record under a state key add to the figures what it adds now."""
    key = places.measure(subject)
    old = (stored.MEASURE.get(scope.state, key) or _EMPTY).parts
    new = parts_of(scope, subject)
    if old == new:
        return
    if new:
        stored.MEASURE.put(scope.state, key, Measure(new))
    else:
        scope.state.delete(key)
    for asset, dimension, member in _named(old, new):
        _change(scope, asset, dimension, member, (old, new))


def _named(old: Parts, new: Parts) -> tuple[tuple[str, str, str], ...]:
    """The figures that the parts are of, each once."""
    return tuple(dict.fromkeys((part.asset, part.dimension, part.member) for part in old + new))


def _change(
    scope: Scope, asset: str, dimension: str, member: str, parts: tuple[Parts, Parts]
) -> None:
    key = places.figure(asset, dimension, member)
    before = stored.FIGURE.get(scope.state, key) or Figure(0, 0, 0, 0)
    less, more = (_sum(each, asset, dimension, member) for each in parts)
    if less == more:
        return
    after = Figure(
        before.count - less.count + more.count,
        before.exposure - less.exposure + more.exposure,
        before.limit - less.limit + more.limit,
        before.loss - less.loss + more.loss,
    )
    assert min(after.count, after.exposure, after.limit, after.loss) >= 0, key
    if after.count:
        stored.FIGURE.put(scope.state, key, after)
    else:
        scope.state.delete(key)
    if dimension in CONCENTRATED and before.exposure != after.exposure:
        _spread(scope, asset, dimension, member, before.exposure, after.exposure)
    note_change(scope, asset)


def _sum(parts: Parts, asset: str, dimension: str, member: str) -> Figure:
    mine: list[Part] = [
        part for part in parts if (part.asset, part.dimension, part.member) == (asset, dimension, member)
    ]  # fmt: skip
    return Figure(
        len(mine),
        sum(part.exposure for part in mine),
        sum(part.limit for part in mine),
        sum(part.loss for part in mine),
    )


def _spread(scope: Scope, asset: str, dimension: str, member: str, old: int, new: int) -> None:
    key = places.spread(asset, dimension)
    before = stored.SPREAD.get(scope.state, key) or Spread(0, 0, 0)
    after = Spread(
        before.members - (old > 0) + (new > 0),
        before.exposure - old + new,
        before.squares - old * old + new * new,
    )
    stored.SPREAD.put(scope.state, key, after)
    if old:
        scope.state.delete(places.rank(asset, dimension, old, member))
    if new:
        scope.state.put(places.rank(asset, dimension, new, member), _NOTHING)


def note_change(scope: Scope, asset: str) -> None:
    """Have the alert rules of an asset tested in the next block."""
    changed = stored.CHANGED.get(scope.state, places.MONITORING_CHANGED)
    if changed is None:
        set_alarm(scope.state, scope.now_ms, places.MONITORING_RULES)
        changed = Changed(())
    if asset not in changed.assets:
        changed = Changed((*changed.assets, asset))
        stored.CHANGED.put(scope.state, places.MONITORING_CHANGED, changed)


RISK: Final = {
    name: follow_risk for name, kind in EVENTS.items() if SUBJECTS & frozenset(kind.fields)
}
"""Every event that is about something which figures count."""
