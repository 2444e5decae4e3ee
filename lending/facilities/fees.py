"""Fees of a facility by the schedule it is linked to, besides those of its own terms.

What the borrower is charged falls due at once, as its other fees do; what the buyer of a
participation is charged it pays in the same transaction.
"""

from __future__ import annotations

from lending.facilities.book import claim_fees, commitments_by_lender
from lending.fees.rules import Charge, charge, payees_of, rule_of
from lending.fees.schedules import linked_terms
from lending.records.facilities import Facility
from lending.scope import Scope


def facility_charge(scope: Scope, facility: Facility, occasion: str, amount: int) -> Charge | None:
    """What an occasion costs by the linked schedule; None if it has no rule for it."""
    terms = linked_terms(scope, "FACILITY", facility.name, 0)
    rule = rule_of(terms, occasion) if terms else None
    lenders = commitments_by_lender(facility)
    if terms is None or rule is None or (not terms.sharers and not lenders):
        return None
    agreed = facility.terms
    return charge(rule, amount, payees_of(terms, agreed.platform, agreed.agent, lenders))


def claim_linked(
    scope: Scope, facility: Facility, occasion: str, amount: int, day_ms: int
) -> Facility:
    """The facility after an occasion's fee fell due, if it costs one."""
    return claim_charge(scope, facility, facility_charge(scope, facility, occasion, amount), day_ms)


def claim_charge(scope: Scope, facility: Facility, charged: Charge | None, day_ms: int) -> Facility:
    """The facility after a fee that was worked out before fell due; there may be none."""
    if charged is None:
        return facility
    reason = f"{charged.occasion.lower()}_fee"
    return claim_fees(scope, facility, reason, charged.parts, day_ms)
