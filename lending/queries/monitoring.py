"""What can be asked of the committed state about risk: figures, concentration, alert rules.

Pure functions of one version of the state, like `lending.queries`; results are plain values.
"""

from __future__ import annotations

from dataclasses import fields

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys
from lending.monitoring import values
from lending.monitoring.figures import CONCENTRATED
from lending.monitoring.measures import BUCKETS
from lending.paging import Page, read_page
from lending.queries import Facts
from lending.records import monitoring as stored
from lending.records import places
from lending.records.monitoring import AlertRule, Figure

LARGEST_MAX = 10
"""How many of the largest a summary names."""


def monitoring(state: StateReader) -> Facts | None:
    """How figures are kept; None where no member wants any."""
    found = stored.MONITORING.read(state, places.MONITORING_POLICY)
    if found is None:
        return None
    return {
        "refresh_days": found.refresh_days,
        "is_walking": bool(found.cursor) or not found.complete_height,
        "measured": found.measured,
        "complete_height": found.complete_height,
    }


def figures(
    state: StateReader, asset: str, dimension: str, *, cursor: str = "", limit: int = 100
) -> Page[Facts]:
    """The figures of a dimension by member, each with its share of all exposure in the asset."""
    whole = values.figure_of(state, asset, "all", "all").exposure

    def read(rest: bytes, raw: bytes) -> Facts:
        figure: Figure = stored.FIGURE.decode(raw)
        return {
            "member": rest.decode(),
            **{field.name: getattr(figure, field.name) for field in fields(figure)},
            "share": values.share(figure.exposure, whole),
        }

    prefix = places.figure(asset, dimension)
    return read_page(state, prefix, read, cursor=cursor, limit=limit)


def summary(state: StateReader, asset: str) -> Facts:
    """The main figures of an asset: exposure, expected loss, arrears, concentration."""
    whole = values.figure_of(state, asset, "all", "all")
    loans = sum(values.figure_of(state, asset, "bucket", name).exposure for name in BUCKETS)
    overdue = {days: values.past_due(state, asset, days) for days in BUCKETS[1:]}
    return {
        "asset": asset,
        "count": whole.count,
        "exposure": whole.exposure,
        "limit": whole.limit,
        "loss": whole.loss,
        "past_due": [
            {"days": days, "exposure": each, "share": values.share(each, loans)}
            for days, each in overdue.items()
        ],
        "concentration": [concentration(state, asset, name) for name in CONCENTRATED],
    }


def concentration(state: StateReader, asset: str, dimension: str) -> Facts:
    """How exposure is spread over a dimension: members, the index in points, the largest."""
    spread = values.spread_of(state, asset, dimension)
    top = values.largest(state, asset, dimension, LARGEST_MAX)
    return {
        "dimension": dimension,
        "members": spread.members,
        "points": values.concentration(spread),
        "largest": [
            {"member": name, "exposure": each, "share": values.share(each, spread.exposure)}
            for name, each in top
        ],
    }


def alerts(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All alert rules by asset and name, with what they last read and since when they are raised."""
    return read_page(
        state,
        places.ALERT_RULE,
        lambda _, raw: _rule(stored.ALERT_RULE.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def assets(state: StateReader) -> list[str]:
    """The currencies in which something is owed that figures count."""
    codes = (
        key.removeprefix(keys.ASSET).decode()
        for key, _ in state.iterate(keys.ASSET, prefix_end(keys.ASSET))
    )
    return [code for code in codes if values.figure_of(state, code, "all", "all").count]


def _rule(rule: AlertRule) -> Facts:
    facts: Facts = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return {**facts, "is_raised": bool(rule.raised_ms)}
