"""The events of impairment; `lending.events` joins them with all others."""

from __future__ import annotations

from typing import Final

from lending.event_kinds import EventKind

IMPAIRMENT_EVENTS: Final[dict[str, EventKind]] = {
    "impairment_policy_set": EventKind(
        "Members fixed how loans in a currency are staged and provided for.",
        ("asset", "policy_version"),
    ),
    "book_assessed": EventKind(
        "The clock assessed all loans in a currency anew.", ("asset", "policy_version")
    ),
    "provision_changed": EventKind(
        "A loan's allowance or stage changed; `moved` was added to the allowance.",
        (
            "loan", "lender", "stage", "exposure", "covered", "default_rate", "allowance",
            "moved",
        ),
    ),
    "allowance_used": EventKind(
        "What was set aside bore the loss of a write-off.", ("loan", "lender", "amount")
    ),
    "loan_marked": EventKind(
        "The lender put its own judgement in place of the expected loss.",
        ("loan", "amount", "exposure", "reason"),
    ),
    "loan_unmarked": EventKind(
        "The lender took its mark back.", ("loan", "allowance", "reason")
    ),
    "forbearance_flagged": EventKind(
        "The lender said whether it has made concessions.",
        ("loan", "is_forborne", "stage", "reason"),
    ),
}  # fmt: skip
