"""Payments of the borrower: first fees, then interest, then principal that are due, then prepayment.

Each part is shared among all that are owed it in proportion to what they are owed, whichever tranche
they lend in, exactly. What is prepaid bears interest until its day; that is due at the period's end.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from ledger.receipt import Rejected
from lending.chart import Account
from lending.commands.facilities import RepayFacility
from lending.facilities.book import (
    check_status,
    facility_of,
    is_idle,
    place_of,
    put_facility,
    terms_of,
    with_tranche,
)
from lending.facilities.fees import claim_charge, facility_charge
from lending.facilities.periods import accrue
from lending.journal import Leg, post
from lending.parties.authority import wrong_role
from lending.parties.cash import check_funds
from lending.records.facilities import Facility, FacilityStatus, Share, Tranche
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.distribution import distribute


@dataclass(frozen=True, slots=True)
class Paid:
    """What a payment was taken for, per payee."""

    claims: tuple[int, ...]
    """Of the arrangement, drawdown and agency fees, by claim."""
    fees: tuple[int, ...]
    """Of the commitment fees, by share, all tranches after each other."""
    interest: tuple[int, ...]
    """Of the interest, by share."""
    principal: tuple[int, ...]
    """Of the principal that was due, by share."""
    prepaid: tuple[int, ...]
    """Of the principal that was not, by share."""

    @property
    def due(self) -> int:
        """All that was taken for what was due."""
        return sum(map(sum, (self.claims, self.fees, self.interest, self.principal)))

    @property
    def total(self) -> int:
        """All that was taken."""
        return self.due + sum(self.prepaid)


def repay_facility(scope: Scope, command: RepayFacility) -> Rejected | None:
    """The borrower pays up to an amount."""
    facility = facility_of(scope, command.facility)
    if isinstance(facility, Rejected):
        return facility
    if scope.sender != facility.terms.borrower:
        return wrong_role(scope, "the borrower")
    if refused := check_status(facility, FacilityStatus.EFFECTIVE):
        return refused
    place = place_of(facility, command.tranche) if command.tranche else -1
    if isinstance(place, Rejected):
        return place
    for each in range(len(facility.tranches)):
        facility = accrue(facility, each, scope.today_ms)
    paid = _taken(facility, place, command.amount)
    if not paid.total:
        return reject(Rejection.NOTHING_OWED, facility=facility.name)
    terms = facility.terms
    if refused := check_funds(scope, terms.borrower, terms.asset, paid.total):
        return refused
    _post_payment(scope, facility, paid)
    fee = facility_charge(scope, facility, "PREPAYMENT", sum(paid.prepaid))
    facility = claim_charge(scope, _after(facility, paid), fee, scope.today_ms)
    scope.emit(
        "facility_repaid", facility=facility.name, offered=command.amount, taken=paid.total,
        fees=sum(paid.claims) + sum(paid.fees), interest=sum(paid.interest),
        principal=sum(paid.principal) + sum(paid.prepaid), prepaid_principal=sum(paid.prepaid),
    )  # fmt: skip
    put_facility(scope, close_if_over(scope, facility))
    return None


def close_if_over(scope: Scope, facility: Facility) -> Facility:
    """The facility, closed if nothing is committed and nothing owed any more."""
    if facility.claims or not all(
        is_idle(share) for tranche in facility.tranches for share in tranche.shares
    ):
        return facility
    scope.emit("facility_ended", facility=facility.name, status=str(FacilityStatus.CLOSED))
    return replace(facility, status=FacilityStatus.CLOSED, agency_due_ms=0)


def less_bills(facility: Facility, amount: int) -> Facility:
    """The facility with so much less of what fell due unpaid, the oldest first."""
    bills = []
    for due_ms, unpaid in facility.bills:
        paid = min(amount, unpaid)
        amount -= paid
        if unpaid > paid:
            bills.append((due_ms, unpaid - paid))
    assert not amount, "the bills are what is due"
    return replace(facility, bills=tuple(bills))


def _shares(facility: Facility) -> list[tuple[int, Share]]:
    return [
        (place, share)
        for place, tranche in enumerate(facility.tranches)
        for share in tranche.shares
    ]


def _taken(facility: Facility, place: int, amount: int) -> Paid:
    shares = _shares(facility)
    left = amount

    def take(owed: tuple[int, ...]) -> tuple[int, ...]:
        nonlocal left
        taken = min(left, sum(owed))
        left -= taken
        return distribute(taken, owed)

    claims_and_fees = take(
        (*(owed for _, owed in facility.claims), *(share.fees_due for _, share in shares))
    )
    split = len(facility.claims)
    interest = take(tuple(share.interest_due for _, share in shares))
    principal = take(tuple(share.principal_due for _, share in shares))
    running = tuple(
        share.outstanding - share.principal_due if each == place else 0 for each, share in shares
    )
    return Paid(
        claims_and_fees[:split], claims_and_fees[split:], interest, principal, take(running)
    )


def _after(facility: Facility, paid: Paid) -> Facility:
    claims = tuple(
        (payee, owed - taken)
        for (payee, owed), taken in zip(facility.claims, paid.claims, strict=True)
        if owed > taken
    )
    rows = iter(zip(paid.fees, paid.interest, paid.principal, paid.prepaid, strict=True))
    for place, tranche in enumerate(facility.tranches):
        is_redrawable = terms_of(facility, place).kind == "REVOLVER" and tranche.is_available
        shares = tuple(_share_after(share, *next(rows), is_redrawable) for share in tranche.shares)
        facility = with_tranche(facility, place, _kept(tranche, shares))
    return less_bills(replace(facility, claims=claims), paid.due)


def _kept(tranche: Tranche, shares: tuple[Share, ...]) -> Tranche:
    return replace(tranche, shares=tuple(share for share in shares if not is_idle(share)))


def _share_after(
    share: Share, fees: int, interest: int, principal: int, prepaid: int, is_redrawable: bool
) -> Share:
    returned = principal + prepaid
    return replace(
        share, commitment=share.commitment - (0 if is_redrawable else returned),
        outstanding=share.outstanding - returned, principal_due=share.principal_due - principal,
        interest_due=share.interest_due - interest, fees_due=share.fees_due - fees,
    )  # fmt: skip


def _post_payment(scope: Scope, facility: Facility, paid: Paid) -> None:
    got: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for (payee, _), taken in zip(facility.claims, paid.claims, strict=True):
        got[payee][0] += taken
    rows = zip(paid.fees, paid.interest, paid.principal, paid.prepaid, strict=True)
    for (_, share), (fees, interest, principal, prepaid) in zip(
        _shares(facility), rows, strict=True
    ):
        for part, taken in enumerate((fees, interest, principal + prepaid)):
            got[share.lender][part] += taken
    legs: list[Leg] = []
    for payee, (fees, interest, principal) in got.items():
        legs += [
            (payee, Account.CASH, fees + interest + principal),
            (payee, Account.FEES_RECEIVABLE, -fees),
            (payee, Account.INTEREST_RECEIVABLE, -interest),
            (payee, Account.LOANS_RECEIVABLE, -principal),
        ]
    fees, interest, principal = (sum(each[part] for each in got.values()) for part in range(3))
    borrower = facility.terms.borrower
    legs += [
        (borrower, Account.CASH, -(fees + interest + principal)),
        (borrower, Account.FEES_PAYABLE, fees),
        (borrower, Account.INTEREST_PAYABLE, interest),
        (borrower, Account.BORROWINGS, principal),
    ]
    post(scope, facility.terms.asset, "repayment", facility.name, legs)
