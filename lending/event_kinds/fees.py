"""The events of fee schedules and of servicing; `lending.events` has all."""

from __future__ import annotations

from typing import Final

from lending.event_kinds import EventKind

FEE_EVENTS: Final[dict[str, EventKind]] = {
    "fee_schedule_proposed": EventKind(
        "A version of a fee schedule was proposed.", ("schedule", "version", "member")
    ),
    "fee_schedule_approved": EventKind(
        "A member approved a fee schedule.", ("schedule", "version", "member")
    ),
    "fee_schedule_activated": EventKind(
        "A quorum approved a fee schedule.", ("schedule", "version")
    ),
    "fee_link_approved": EventKind(
        "A member voted for a link.",
        ("kind", "subject", "subject_version", "schedule", "version", "member"),
    ),
    "fee_schedule_linked": EventKind(
        "A schedule counts from now on for a product, a facility or a pool; or none does.",
        ("kind", "subject", "subject_version", "schedule", "version"),
    ),
    "fees_bound": EventKind(
        "An agreement was offered with the fees of its product.",
        ("agreement", "schedule", "version"),
    ),
    "fee_charged": EventKind(
        "A fee was paid, on `charged_on`; `parts` says to whom.",
        ("loan", "facility", "pool", "occasion", "payer", "charged_on", "fee", "parts"),
    ),
    "servicing_agreed": EventKind(
        "Of the yearly rate so much is the servicer's from the next bill on.",
        ("agreement", "servicer", "yearly_spread"),
    ),
    "interest_served": EventKind(
        "Of billed interest `servicing` is not the lender's; `parts` says whose it is.",
        ("loan", "interest", "servicing", "parts"),
    ),
    "servicing_paid": EventKind(
        "Of interest that came in the lender passed `servicing` on.",
        ("loan", "interest", "servicing"),
    ),
}  # fmt: skip
"""In the order in which they come."""
