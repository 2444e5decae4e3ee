"""The events of credit and compliance."""

from __future__ import annotations

from typing import Final

from lending.event_kinds import EventKind

CREDIT_EVENTS: Final[dict[str, EventKind]] = {
    "credit_model_proposed": EventKind(
        "A version of the score model was proposed.", ("version", "member")
    ),
    "credit_model_approved": EventKind("A member approved it.", ("version", "member")),
    "credit_model_activated": EventKind("A quorum approved it.", ("version",)),
    "agency_registered": EventKind(
        "Members fixed what an agency may attest; nothing ends it.",
        ("agency", "kinds"),
    ),
    "attested": EventKind(
        "An agency said what it found.",
        ("subject", "kind", "agency", "found", "jurisdiction", "until_ms", "commitment"),
    ),
    "attestation_revoked": EventKind(
        "An agency took its word back.", ("subject", "kind", "agency")
    ),
    "credit_access_granted": EventKind(
        "A party let somebody ask for its score, or ended it.",
        ("party", "reader", "until_ms"),
    ),
    "credit_policy_set": EventKind(
        "Members said what a version of a product offers each grade.",
        ("product", "version", "bands"),
    ),
    "officer_appointed": EventKind(
        "Members let somebody freeze until then, or dismissed it.",
        ("officer", "until_ms"),
    ),
    "frozen": EventKind(
        "A party, an asset of it or an amount of that may not be paid out.",
        ("party", "asset", "amount", "reference", "is_by_vote"),
    ),
    "unfrozen": EventKind("A freeze ended.", ("party", "asset", "reference")),
    "party_limits_set": EventKind(
        "It was said what a party may do; `limits` are asset, payment, day.",
        ("party", "may_lend", "may_borrow", "limits", "is_by_vote"),
    ),
    "eligibility_set": EventKind(
        "Members said who may take a product, a facility or a pool's money.",
        ("kind", "subject", "kyc_level", "jurisdictions"),
    ),
    "group_set": EventKind("Members said which parties are one risk.", ("group", "parties")),
    "exposure_limit_set": EventKind(
        "Members bounded what is lent.",
        ("kind", "subject", "asset", "limit", "share"),
    ),
    "reporting_set": EventKind(
        "Members fixed from which amount on a movement is reported.",
        ("asset", "threshold"),
    ),
    "movement_reported": EventKind(
        "A payment, or a receipt from outside, was LARGE, or the day's payments STRUCTURED.",
        ("report", "kind", "party", "asset", "amount", "reason", "reference"),
    ),
}
