"""The events of how agreements come about; `lending.events` joins them to all others."""

from __future__ import annotations

from typing import Final

from lending.event_kinds import EventKind

ORIGINATION_EVENTS: Final[dict[str, EventKind]] = {
    "agreement_signed": EventKind(
        "Parties signed an agreement that others have yet to sign.",
        ("agreement", "signed", "missing"),
    ),
    "application_opened": EventKind(
        "A borrower asked for offers.",
        (
            "borrower", "application", "product", "version", "asset", "amount", "installments",
            "purpose", "collateral_asset", "collateral_amount", "lenders", "until_ms",
        ),
    ),
    "offer_made": EventKind(
        "A lender offered terms on an application.",
        (
            "borrower", "application", "lender", "principal", "rate", "installments",
            "terms_digest", "valid_until_ms",
        ),
    ),
    "offer_ended": EventKind(
        "An offer is ACCEPTED, OTHER_ACCEPTED, REPLACED, WITHDRAWN, EXPIRED or "
        "APPLICATION_WITHDRAWN.",
        ("borrower", "application", "lender", "reason"),
    ),
    "application_ended": EventKind(
        "An application is ACCEPTED (and what came of it), WITHDRAWN or LAPSED.",
        ("borrower", "application", "status", "agreement"),
    ),
    "rival_offered": EventKind(
        "A term sheet was proposed under a name that another offer holds.",
        ("agreement", "proposer", "terms", "terms_digest"),
    ),
    "rival_ended": EventKind(
        "It is CONCLUDED and takes the name, or is WITHDRAWN or LAPSED.",
        ("agreement", "proposer", "status"),
    ),
    "product_retirement_voted": EventKind(
        "Members want a version offered no longer.", ("product", "version", "members")
    ),
    "product_retired": EventKind(
        "A quorum wants it: nothing more is agreed on it.", ("product", "version")
    ),
    "group_formed": EventKind("Borrowers answer for each other.", ("group", "members")),
    "loan_bound": EventKind(
        "All members of a group are liable for the whole of an agreement.",
        ("group", "agreement", "members"),
    ),
    "paid_for_member": EventKind(
        "A member paid what another owed; `claim` is all that it has against it now.",
        ("group", "loan", "payer", "amount", "claim"),
    ),
    "recourse_settled": EventKind(
        "A member gave back what another had paid for it; `claim` is what is left.",
        ("group", "borrower", "payer", "asset", "amount", "claim"),
    ),
}  # fmt: skip
"""In the order of an application's life."""
