"""The events of monitoring; `lending.events` joins them with all others."""

from __future__ import annotations

from typing import Final

from lending.event_kinds import EventKind

MONITORING_EVENTS: Final[dict[str, EventKind]] = {
    "monitoring_set": EventKind(
        "Members have figures of risk kept.", ("refresh_days",)
    ),
    "book_measured": EventKind(
        "The clock measured the whole book anew; `measured` records of it.", ("measured",)
    ),
    "alert_rule_set": EventKind(
        "Members want to be told about a figure.",
        (
            "asset", "rule", "figure", "dimension", "member", "operator", "alert_limit", "clear",
            "severity",
        ),
    ),
    "alert_rule_dropped": EventKind(
        "Members do not want a rule any more.", ("asset", "rule")
    ),
    "alert_raised": EventKind(
        "A figure is beyond its limit.",
        (
            "asset", "rule", "figure", "dimension", "member", "reading", "alert_limit",
            "severity",
        ),
    ),
    "alert_cleared": EventKind(
        "A figure is back at its clear level.",
        (
            "asset", "rule", "figure", "dimension", "member", "reading", "alert_limit",
            "severity",
        ),
    ),
}  # fmt: skip
