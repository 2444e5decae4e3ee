"""What a carried vote does to a facility: margin, maturity, forgiveness, payment holiday, acceleration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lending.chart import Account
from lending.facilities.book import place_of, terms_of, with_bill, with_tranche
from lending.facilities.paying import close_if_over, less_bills
from lending.facilities.periods import accrue, period_end_ms
from lending.journal import Leg, post
from lending.records.facilities import Amendment, Facility
from lending.scope import Scope
from lending.support.distribution import distribute

Change = Callable[[Scope, Facility, int, int], Facility]


def carry_out(scope: Scope, facility: Facility, amendment: Amendment) -> Facility:
    """The facility after a vote that has carried."""
    if amendment.matter == "ACCELERATION":
        return accelerate(scope, facility)
    place = place_of(facility, amendment.tranche)
    assert type(place) is int, "a vote is about a tranche of its facility"
    return CHANGES[amendment.matter](scope, facility, place, amendment.value)


def change_margin(_: Scope, facility: Facility, place: int, value: int) -> Facility:
    """The margin, or the fixed rate, from the next period on."""
    tranche = replace(facility.tranches[place], next_rate=value)
    return with_tranche(facility, place, tranche)


def extend_maturity(_: Scope, facility: Facility, place: int, value: int) -> Facility:
    """Everything falls due later; a period that the old maturity cut short runs on."""
    tranche, terms = facility.tranches[place], terms_of(facility, place)
    end_ms = tranche.period_end_ms
    if end_ms == tranche.maturity_ms:
        end_ms = period_end_ms(terms, facility.start_ms, tranche.period_start_ms, value)
    tranche = replace(tranche, maturity_ms=value, period_end_ms=end_ms)
    return with_tranche(facility, place, tranche)


def grant_holiday(_: Scope, facility: Facility, place: int, value: int) -> Facility:
    """At so many period ends nothing falls due: interest is put off, redemptions wait."""
    return with_tranche(facility, place, replace(facility.tranches[place], holiday=value))


def forgive(scope: Scope, facility: Facility, place: int, value: int) -> Facility:
    """The lenders give up principal, each in proportion to what it is owed."""
    facility = accrue(facility, place, scope.today_ms)
    tranche = facility.tranches[place]
    parts = distribute(value, tuple(share.outstanding for share in tranche.shares))
    legs: list[Leg] = []
    shares = []
    for share, part in zip(tranche.shares, parts, strict=True):
        legs += [
            (share.lender, Account.WRITE_OFF_LOSS, part),
            (share.lender, Account.LOANS_RECEIVABLE, -part),
        ]
        left = share.outstanding - part
        shares.append(
            replace(
                share, outstanding=left, commitment=share.commitment - part,
                principal_due=min(share.principal_due, left),
            )
        )  # fmt: skip
    borrower = facility.terms.borrower
    legs += [
        (borrower, Account.BORROWINGS, value),
        (borrower, Account.FORGIVENESS_INCOME, -value),
    ]
    post(scope, facility.terms.asset, "forgiveness", facility.name, legs)
    no_longer_due = sum(
        old.principal_due - new.principal_due
        for old, new in zip(tranche.shares, shares, strict=True)
    )
    facility = with_tranche(facility, place, replace(tranche, shares=tuple(shares)))
    return close_if_over(scope, less_bills(facility, no_longer_due))


def accelerate(scope: Scope, facility: Facility) -> Facility:
    """Nothing is committed any more and all principal is due, with what a holiday had put off."""
    due = 0
    for place in range(len(facility.tranches)):
        facility = accrue(facility, place, scope.today_ms)
        tranche = facility.tranches[place]
        due += sum(
            share.outstanding - share.principal_due + share.deferred for share in tranche.shares
        )
        shares = tuple(
            replace(
                share, commitment=share.outstanding, principal_due=share.outstanding,
                interest_due=share.interest_due + share.deferred, deferred=0,
            )
            for share in tranche.shares
        )  # fmt: skip
        tranche = replace(
            tranche, shares=shares, is_available=False, requested=0, requested_ms=0, holiday=0
        )
        facility = with_tranche(facility, place, tranche)
    scope.emit("facility_accelerated", facility=facility.name, due=due)
    return with_bill(facility, scope.today_ms, due)


CHANGES: Final[dict[str, Change]] = {
    "MARGIN": change_margin,
    "MATURITY": extend_maturity,
    "HOLIDAY": grant_holiday,
    "FORGIVENESS": forgive,
}
"""What each matter of a tranche does."""
