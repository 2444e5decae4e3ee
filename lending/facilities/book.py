"""A facility's record: how it is found and kept, what is due in it, who is affected by what."""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.chart import Account
from lending.journal import Leg, post
from lending.records import facilities as records
from lending.records.facilities import Facility, FacilityStatus, Share, Tranche
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms.facilities import TrancheTerms


def facility_of(scope: Scope, name: str) -> Facility | Rejected:
    """The facility of a name, or the refusal that there is none."""
    found = records.FACILITY.get(scope.state, keys.facility(name))
    return reject(Rejection.UNKNOWN_FACILITY, facility=name) if found is None else found


def put_facility(scope: Scope, facility: Facility) -> None:
    """Set a facility's record."""
    records.FACILITY.put(scope.state, keys.facility(facility.name), facility)


def check_status(facility: Facility, allowed: FacilityStatus) -> Rejected | None:
    """Refuse a facility in another status."""
    if facility.status is allowed:
        return None
    return reject(Rejection.WRONG_STATUS, status=str(facility.status), allowed=(str(allowed),))


def place_of(facility: Facility, tranche: str) -> int | Rejected:
    """Where a tranche stands, or the refusal that there is none."""
    for place, each in enumerate(facility.tranches):
        if each.name == tranche:
            return place
    return reject(Rejection.UNKNOWN_TRANCHE, facility=facility.name, tranche=tranche)


def terms_of(facility: Facility, place: int) -> TrancheTerms:
    """What was agreed of the tranche at a place."""
    return facility.terms.tranches[place]


def with_tranche(facility: Facility, place: int, tranche: Tranche) -> Facility:
    """The facility with one tranche exchanged."""
    tranches = facility.tranches
    return replace(facility, tranches=(*tranches[:place], tranche, *tranches[place + 1 :]))


def committed(tranche: Tranche) -> int:
    """All commitments of a tranche."""
    return sum(share.commitment for share in tranche.shares)


def outstanding(tranche: Tranche) -> int:
    """All principal of a tranche."""
    return sum(share.outstanding for share in tranche.shares)


def commitments_by_lender(facility: Facility) -> tuple[tuple[str, int], ...]:
    """What each lender holds in all tranches together, in the order of their first appearance."""
    held: dict[str, int] = {}
    for tranche in facility.tranches:
        for share in tranche.shares:
            held[share.lender] = held.get(share.lender, 0) + share.commitment
    return tuple((lender, amount) for lender, amount in held.items() if amount)


def all_due(facility: Facility) -> int:
    """All that has fallen due and is unpaid."""
    shares = sum(
        share.principal_due + share.interest_due + share.fees_due
        for tranche in facility.tranches
        for share in tranche.shares
    )
    return shares + sum(amount for _, amount in facility.claims)


def with_bill(facility: Facility, due_ms: int, amount: int) -> Facility:
    """The facility after so much more fell due."""
    if not amount:
        return facility
    return replace(facility, bills=(*facility.bills, (due_ms, amount)))


def claim_fees(
    scope: Scope, facility: Facility, reason: str, split: tuple[tuple[str, int], ...], due_ms: int
) -> Facility:
    """The facility after fees fell due to agent, platform or lenders."""
    total = sum(amount for _, amount in split)
    if not total:
        return facility
    borrower = facility.terms.borrower
    legs: list[Leg] = []
    for payee, amount in split:
        legs += [(payee, Account.FEES_RECEIVABLE, amount), (payee, Account.FEE_INCOME, -amount)]
    legs += [(borrower, Account.FEE_EXPENSE, total), (borrower, Account.FEES_PAYABLE, -total)]
    post(scope, facility.terms.asset, reason, facility.name, legs)
    scope.emit("facility_fee_due", facility=facility.name, reason=reason, amount=total, split=split)
    claims = dict(facility.claims)
    for payee, amount in split:
        claims[payee] = claims.get(payee, 0) + amount
    return with_bill(replace(facility, claims=tuple(claims.items())), due_ms, total)


def is_idle(share: Share) -> bool:
    """Whether a share holds nothing any more, so that its row may go."""
    return not (
        share.commitment or share.outstanding or share.interest_due or share.fees_due
        or share.interest_base or share.undrawn_base or share.deferred
    )  # fmt: skip
