"""The secondary market: a lender sells a part of its commitment with what is drawn of it.

The buyer lends from the day of the transfer on. What the seller's days before it earned stays the
seller's, and reaches it when the period ends (the LSTA's rule); so does what is due to it already.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending.chart import Account
from lending.commands.facilities import TransferParticipation
from lending.facilities.book import (
    check_status,
    facility_of,
    place_of,
    put_facility,
    with_tranche,
)
from lending.facilities.fees import facility_charge
from lending.facilities.periods import accrue
from lending.fees.charging import pay
from lending.journal import Leg, post
from lending.parties.authority import check_signed, party_of, wrong_role
from lending.parties.cash import check_funds
from lending.records import PartyKind
from lending.records.facilities import Facility, FacilityStatus, Share, Tranche
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms.facilities import LENDERS_MAX, FacilityTerms


def transfer_participation(scope: Scope, command: TransferParticipation) -> Rejected | None:
    """Seller and buyer sign, and whose consent the facility asks for."""
    facility = facility_of(scope, command.facility)
    if isinstance(facility, Rejected):
        return facility
    if refused := check_status(facility, FacilityStatus.EFFECTIVE):
        return refused
    place = place_of(facility, command.tranche)
    if isinstance(place, Rejected):
        return place
    facility = accrue(facility, place, scope.today_ms)
    tranche, terms = facility.tranches[place], facility.terms
    share = share_of(tranche, scope.sender)
    if share is None:
        return wrong_role(scope, "a lender of the tranche")
    if refused := _check_buyer(scope, tranche, terms, command.buyer):
        return refused
    if command.amount > share.commitment:
        return reject(
            Rejection.COMMITMENT_EXCEEDED, available=share.commitment, amount=command.amount
        )
    if share.principal_due:
        return reject(Rejection.DUES_UNPAID, due=share.principal_due)
    fee = facility_charge(scope, facility, "ASSIGNMENT", command.amount)
    needed = command.price + terms.transfer_fee + (fee.fee if fee else 0)
    if refused := check_funds(scope, command.buyer, terms.asset, needed):
        return refused
    # Rounded down: the undrawn part of neither can come out below zero.
    moved = share.outstanding * command.amount // share.commitment
    _post_transfer(scope, facility, command, moved)
    pay(scope, command.buyer, terms.asset, ("facility", facility.name), fee)
    tranche = replace(tranche, shares=_traded(tranche, share, command, moved))
    scope.emit(
        "facility_participation_transferred", facility=facility.name, tranche=tranche.name,
        seller=scope.sender, buyer=command.buyer, amount=command.amount, principal=moved,
        price=command.price, transfer_fee=terms.transfer_fee,
    )  # fmt: skip
    put_facility(scope, with_tranche(facility, place, tranche))
    return None


def share_of(tranche: Tranche, lender: str) -> Share | None:
    """What a lender has in a tranche."""
    return next((share for share in tranche.shares if share.lender == lender), None)


def _check_buyer(
    scope: Scope, tranche: Tranche, terms: FacilityTerms, buyer: str
) -> Rejected | None:
    if buyer in (scope.sender, terms.borrower):
        return reject(Rejection.SAME_PARTY, party=buyer)
    party = party_of(scope, buyer)
    if party is None:
        return reject(Rejection.UNKNOWN_PARTY, party=buyer)
    if party.kind not in (PartyKind.MEMBER, PartyKind.DESK):
        return reject(Rejection.WRONG_ROLE, party=buyer, expected="member or desk")
    if share_of(tranche, buyer) is None and len(tranche.shares) == LENDERS_MAX:
        return reject(Rejection.TOO_MANY_LENDERS, maximum=LENDERS_MAX)
    consents: dict[str, tuple[str, ...]] = {
        "NONE": (), "AGENT": (terms.agent,), "BORROWER": (terms.borrower,),
        "BOTH": (terms.agent, terms.borrower),
    }  # fmt: skip
    for name in (buyer, *consents[terms.transfer_consent]):
        signatory = party_of(scope, name)
        assert signatory is not None, "the parties of a facility are registered"
        if refused := check_signed(scope, signatory):
            return refused
    return None


def _traded(
    tranche: Tranche, sold: Share, command: TransferParticipation, moved: int
) -> tuple[Share, ...]:
    bought = share_of(tranche, command.buyer) or Share(command.buyer, 0, 0, 0, 0, 0, 0, 0, 0)
    after = {
        sold.lender: replace(
            sold, commitment=sold.commitment - command.amount, outstanding=sold.outstanding - moved
        ),
        bought.lender: replace(
            bought,
            commitment=bought.commitment + command.amount,
            outstanding=bought.outstanding + moved,
        ),
    }
    kept = tuple(after.pop(share.lender, share) for share in tranche.shares)
    return (*kept, *after.values())


def _post_transfer(
    scope: Scope, facility: Facility, command: TransferParticipation, moved: int
) -> None:
    seller, buyer, agent = scope.sender, command.buyer, facility.terms.agent
    price, fee = command.price, facility.terms.transfer_fee
    legs: list[Leg] = [
        (buyer, Account.CASH, -price),
        (buyer, Account.LOANS_RECEIVABLE, moved),
        (buyer, Account.PARTICIPATION_RESULT, price - moved),
        (seller, Account.CASH, price),
        (seller, Account.LOANS_RECEIVABLE, -moved),
        (seller, Account.PARTICIPATION_RESULT, moved - price),
        (buyer, Account.CASH, -fee),
        (buyer, Account.FEE_EXPENSE, fee),
        (agent, Account.CASH, fee),
        (agent, Account.FEE_INCOME, -fee),
    ]
    post(scope, facility.terms.asset, "transfer_of_participation", facility.name, legs)
