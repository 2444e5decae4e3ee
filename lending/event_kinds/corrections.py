"""The events of corrections; `lending.events` joins them with all others."""

from __future__ import annotations

from typing import Final

from lending.event_kinds import EventKind

CORRECTION_EVENTS: Final[dict[str, EventKind]] = {
    "correction_policy_set": EventKind(
        "Members let payments on loans of a product be corrected.",
        ("product", "version", "days_max"),
    ),
    "payment_corrected": EventKind(
        "A payment was corrected: `cash` went back to the borrower, so much more is owed; the "
        "digests are those of the loan's record before and after.",
        (
            "loan", "kind", "payment_number", "offered", "booked_ms", "effective_ms", "reason", "cash",
            "more_principal", "more_interest", "more_fees", "digest_before", "digest_after",
        ),
    ),
}  # fmt: skip
"""Both."""
