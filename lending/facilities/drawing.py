"""Drawdowns: requested by the borrower, funded by the lenders in proportion to what is undrawn.

A lender whose cash does not cover its part is defaulting from then on: it gets no commitment fee and
has no vote. By the facility's terms the others fund its part, as far as they committed, or the draw
is that much smaller.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.alarms import set_alarm
from lending.chart import Account
from lending.commands.facilities import CancelCommitment, DrawFacility, ReinstateLender
from lending.compliance.freezes import is_frozen
from lending.facilities.book import (
    check_status,
    claim_fees,
    committed,
    facility_of,
    outstanding,
    place_of,
    put_facility,
    terms_of,
    with_tranche,
)
from lending.facilities.fees import claim_linked
from lending.facilities.periods import accrue, fix_rate
from lending.journal import Leg, balance_of, post
from lending.parties.authority import check_signed, party_of, wrong_role
from lending.records.facilities import Facility, FacilityStatus, Tranche
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope
from lending.support.distribution import distribute
from lending.support.drawstops import stopping
from lending.support.fee_tiers import fee_of, split_fee


def draw_facility(scope: Scope, command: DrawFacility) -> Rejected | None:
    """The borrower requests a drawdown."""
    found = _borrowers(scope, command.facility, command.tranche)
    if isinstance(found, Rejected):
        return found
    facility, place = found
    facility = fix_rate(scope, facility, place)
    tranche, terms = facility.tranches[place], terms_of(facility, place)
    fund_ms = scope.today_ms + terms.notice_days * DAY_MS
    if not tranche.is_available or tranche.requested:
        return reject(
            Rejection.WRONG_STATUS, is_available=tranche.is_available, requested=tranche.requested
        )
    if fund_ms >= terms.available_until_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=terms.available_until_ms)
    if is_in_arrears(scope, facility):
        return reject(Rejection.DUES_UNPAID, due_ms=facility.bills[0][0])
    if terms.index and not tranche.fixing_ms:
        return reject(Rejection.NO_FIXING, index=terms.index, day_ms=tranche.period_start_ms)
    available = sum(
        share.commitment - share.outstanding
        for share in tranche.shares
        if share.lender not in facility.defaulting
    )
    if command.amount > available:
        return reject(Rejection.COMMITMENT_EXCEEDED, available=available, amount=command.amount)
    if terms.notice_days:
        tranche = replace(tranche, requested=command.amount, requested_ms=fund_ms)
        facility = with_tranche(facility, place, tranche)
        set_alarm(scope.state, fund_ms, keys.facility(facility.name))
        scope.emit(
            "facility_draw_requested", facility=facility.name, tranche=tranche.name,
            amount=command.amount, fund_ms=fund_ms,
        )  # fmt: skip
    else:
        facility = fund(scope, facility, place, command.amount, scope.today_ms)
    put_facility(scope, facility)
    return None


def fund_requested(scope: Scope, facility: Facility, place: int) -> Facility:
    """The facility after the notice of a requested drawdown is over."""
    tranche = facility.tranches[place]
    amount, day_ms = tranche.requested, tranche.requested_ms
    facility = with_tranche(facility, place, replace(tranche, requested=0, requested_ms=0))
    return fund(scope, facility, place, amount, day_ms)


def fund(scope: Scope, facility: Facility, place: int, amount: int, day_ms: int) -> Facility:
    """The facility after the lenders paid out what they could of a drawdown."""
    facility = fix_rate(scope, accrue(facility, place, day_ms), place)
    is_stopped = bool(stopping(scope.state, "FACILITY", facility.name))
    parts, failed = _funding(scope, facility, place, 0 if is_stopped else amount)
    tranche, terms = facility.tranches[place], facility.terms
    total = sum(parts)
    legs: list[Leg] = []
    for share, part in zip(tranche.shares, parts, strict=True):
        legs += [
            (share.lender, Account.LOANS_RECEIVABLE, part),
            (share.lender, Account.CASH, -part),
        ]
    legs += [(terms.borrower, Account.CASH, total), (terms.borrower, Account.BORROWINGS, -total)]
    post(scope, terms.asset, "drawdown", facility.name, legs)
    shares = tuple(
        replace(share, outstanding=share.outstanding + part)
        for share, part in zip(tranche.shares, parts, strict=True)
    )
    tranche = replace(tranche, shares=shares)
    for lender in failed:
        scope.emit("facility_lender_defaulted", facility=facility.name, lender=lender)
    scope.emit(
        "facility_drawn", facility=facility.name, tranche=tranche.name, requested=amount,
        amount=total, shares=_named(tranche, parts), outstanding=outstanding(tranche),
    )  # fmt: skip
    facility = replace(
        with_tranche(facility, place, tranche), defaulting=(*facility.defaulting, *failed)
    )
    fee = fee_of(terms.drawdown_fee, total) if total else 0
    split = split_fee(
        terms.drawdown_fee, fee, terms.agent, terms.platform,
        tuple((each.lender, each.commitment) for each in tranche.shares),
    )  # fmt: skip
    facility = claim_fees(scope, facility, "drawdown_fee", split, day_ms)
    facility = claim_linked(scope, facility, "DRAWDOWN", total, day_ms)
    is_once = terms_of(facility, place).kind == "TERM" and total
    return end_availability(scope, facility, place, day_ms) if is_once else facility


def end_availability(scope: Scope, facility: Facility, place: int, day_ms: int) -> Facility:
    """The facility after what was not drawn of a tranche is committed no more."""
    facility = accrue(facility, place, day_ms)
    tranche = facility.tranches[place]
    cancelled = committed(tranche) - outstanding(tranche)
    shares = tuple(replace(share, commitment=share.outstanding) for share in tranche.shares)
    scope.emit(
        "facility_commitment_ended", facility=facility.name, tranche=tranche.name,
        amount=cancelled, committed=outstanding(tranche),
    )  # fmt: skip
    tranche = replace(tranche, shares=shares, is_available=False, requested=0, requested_ms=0)
    return with_tranche(facility, place, tranche)


def cancel_commitment(scope: Scope, command: CancelCommitment) -> Rejected | None:
    """The borrower gives up a part of what is undrawn."""
    found = _borrowers(scope, command.facility, command.tranche)
    if isinstance(found, Rejected):
        return found
    facility, place = found
    facility = accrue(facility, place, scope.today_ms)
    tranche = facility.tranches[place]
    undrawn = tuple(share.commitment - share.outstanding for share in tranche.shares)
    available = sum(undrawn) - tranche.requested
    if command.amount > available:
        return reject(Rejection.COMMITMENT_EXCEEDED, available=available, amount=command.amount)
    parts = distribute(command.amount, undrawn)
    shares = tuple(
        replace(share, commitment=share.commitment - part)
        for share, part in zip(tranche.shares, parts, strict=True)
    )
    tranche = replace(tranche, shares=shares)
    scope.emit(
        "facility_commitment_ended", facility=facility.name, tranche=tranche.name,
        amount=command.amount, committed=committed(tranche),
    )  # fmt: skip
    put_facility(scope, with_tranche(facility, place, tranche))
    return None


def reinstate_lender(scope: Scope, command: ReinstateLender) -> Rejected | None:
    """Agent and borrower, both signing, take a lender back."""
    facility = facility_of(scope, command.facility)
    if isinstance(facility, Rejected):
        return facility
    terms = facility.terms
    if scope.sender not in (terms.agent, terms.borrower):
        return wrong_role(scope, "the agent or the borrower")
    for name in (terms.agent, terms.borrower):
        party = party_of(scope, name)
        assert party is not None, "the parties of a facility are registered"
        if refused := check_signed(scope, party):
            return refused
    if command.lender not in facility.defaulting:
        return reject(Rejection.WRONG_STATUS, lender=command.lender, defaulting=facility.defaulting)
    for place in range(len(facility.tranches)):
        facility = accrue(facility, place, scope.today_ms)
    left = tuple(name for name in facility.defaulting if name != command.lender)
    scope.emit("facility_lender_reinstated", facility=facility.name, lender=command.lender)
    put_facility(scope, replace(facility, defaulting=left))
    return None


def is_in_arrears(scope: Scope, facility: Facility) -> bool:
    """Whether something is unpaid beyond its grace."""
    if not facility.bills:
        return False
    grace_ms = (facility.terms.grace_days + 1) * DAY_MS
    return scope.now_ms >= facility.bills[0][0] + grace_ms


def _borrowers(scope: Scope, name: str, tranche: str) -> tuple[Facility, int] | Rejected:
    """The facility and the tranche's place for a command of the borrower."""
    facility = facility_of(scope, name)
    if isinstance(facility, Rejected):
        return facility
    if scope.sender != facility.terms.borrower:
        return wrong_role(scope, "the borrower")
    if refused := check_status(facility, FacilityStatus.EFFECTIVE):
        return refused
    place = place_of(facility, tranche)
    return place if isinstance(place, Rejected) else (facility, place)


def _funding(
    scope: Scope, facility: Facility, place: int, amount: int
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """What each lender pays of a drawdown, and which lenders fail to."""
    shares, asset = facility.tranches[place].shares, facility.terms.asset
    # A freeze that came after the request: who is frozen neither pays out nor is paid to, and does
    # not default for it.
    if is_frozen(scope, facility.terms.borrower, asset):
        return (0,) * len(shares), ()
    stopped = tuple(share.lender for share in shares if is_frozen(scope, share.lender, asset))
    others_fund = facility.terms.failed_funding == "OTHERS_FUND"
    failed: list[str] = []
    while True:
        out = (*facility.defaulting, *stopped, *failed)
        undrawn = tuple(
            0 if others_fund and share.lender in out else share.commitment - share.outstanding
            for share in shares
        )
        parts = distribute(min(amount, sum(undrawn)), undrawn)
        short = [
            share.lender
            for share, part in zip(shares, parts, strict=True)
            if share.lender not in out
            and balance_of(scope.state, share.lender, Account.CASH, asset) < part
        ]
        failed += short
        if not short or not others_fund:
            break
    out = (*facility.defaulting, *stopped, *failed)
    funded = tuple(
        0 if share.lender in out else part for share, part in zip(shares, parts, strict=True)
    )
    return funded, tuple(failed)


def _named(tranche: Tranche, parts: tuple[int, ...]) -> tuple[tuple[str, int], ...]:
    pairs = zip(tranche.shares, parts, strict=True)
    return tuple((share.lender, part) for share, part in pairs if part)
