"""The events of services; `lending.events` has all."""

from __future__ import annotations

from typing import Final

from lending.event_kinds import EventKind

SERVICE_EVENTS: Final[dict[str, EventKind]] = {
    "service_published": EventKind(
        "A provider said what it does for others and at which price.",
        ("service", "provider", "kind", "asset", "schedule", "version", "delivery_days"),
    ),
    "service_withdrawn": EventKind("It takes no more orders.", ("service", "provider")),
    "service_ordered": EventKind(
        "A party ordered a service about `charged_on`; its price is set aside.",
        (
            "order", "service", "customer", "provider", "charged_on", "fee", "parts", "due_ms",
            "outside_reference",
        ),
    ),
    "service_delivered": EventKind(
        "The provider delivered a report and everybody was paid.",
        ("order", "service", "customer", "provider", "report_digest", "fee", "parts"),
    ),
    "service_refunded": EventKind(
        "The order is REFUSED or LATE; the price went back.",
        ("order", "service", "customer", "provider", "status", "fee"),
    ),
}  # fmt: skip
"""In the order in which they come."""
