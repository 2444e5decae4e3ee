"""Interest periods: how each lender's share of each day is counted, and what a period's end bills.

For every lender a tranche keeps a base: its principal of each day times that day's part of a year,
as an exact integer. A lender that sells out keeps its base, so at the period's end it is paid what
its days earned (the LSTA's rule). Nothing is rounded before the period ends; then the total is
rounded once and shared out by largest remainder.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lending.arithmetic import DayCount, Rounding, divide, parse_cycle, year_fraction
from lending.arithmetic.calendar import parse_business_day, parse_calendar, shift
from lending.arithmetic.dates import from_epoch_ms, to_epoch_ms
from lending.chart import Account
from lending.facilities.book import (
    committed,
    is_idle,
    outstanding,
    terms_of,
    with_bill,
    with_tranche,
)
from lending.facilities.fixings import fixing_of, latest_fixing_ms
from lending.fields import RATE_UNIT
from lending.journal import Leg, post
from lending.records.facilities import Facility, Share, Tranche
from lending.scope import DAY_MS, Scope
from lending.support.distribution import distribute
from lending.terms.facilities import TrancheTerms

YEAR_UNITS: Final = 22_443_120
"""The least common multiple of 360, 365 x 366, 336: every day count's fraction is a whole number
of these parts of a year."""


def year_units(day_count: str, start_ms: int, end_ms: int) -> int:
    """The year fraction between two days in parts of YEAR_UNITS, exactly."""
    numerator, denominator = year_fraction(
        DayCount(day_count), from_epoch_ms(start_ms), from_epoch_ms(end_ms)
    )
    units, rest = divmod(numerator * YEAR_UNITS, denominator)
    assert not rest, f"{denominator} does not divide the year's units"
    return units


def period_end_ms(terms: TrancheTerms, anchor_ms: int, start_ms: int, maturity_ms: int) -> int:
    """When the period that begins at `start_ms` ends.

    Maturity ends a period as it stands. What is owed after it goes on bearing interest, by the same
    cycle. Raises InvalidTerms if that leaves the calendar.
    """
    cycle, anchor = parse_cycle(terms.cycle, "cycle"), from_epoch_ms(anchor_ms)
    to_month_end = terms.end_of_month_convention == "EOM"
    number = cycle.count_before(anchor, from_epoch_ms(start_ms + DAY_MS), to_month_end)
    while True:
        time, _ = shift(
            cycle.time(anchor, number, to_month_end),
            parse_business_day(terms.business_day_convention),
            parse_calendar(terms.calendar),
        )
        if (end_ms := to_epoch_ms(time)) > start_ms:
            break
        number += 1
    return min(end_ms, maturity_ms) if start_ms < maturity_ms else end_ms


def accrue(facility: Facility, place: int, until_ms: int) -> Facility:
    """The facility with each lender's base of a tranche counted up to a day of the running period."""
    tranche, terms = facility.tranches[place], terms_of(facility, place)
    until_ms = min(until_ms, tranche.period_end_ms)
    if until_ms <= tranche.accrued_to_ms:
        return facility
    # Counted from the period's start, so that the days of 30/360 sum to those of the whole period.
    units = year_units(terms.day_count_convention, tranche.period_start_ms, until_ms) - year_units(
        terms.day_count_convention, tranche.period_start_ms, tranche.accrued_to_ms
    )
    shares = tuple(
        replace(
            share,
            interest_base=share.interest_base + share.outstanding * units,
            undrawn_base=share.undrawn_base + _earning_undrawn(facility, share) * units,
        )
        for share in tranche.shares
    )
    return with_tranche(facility, place, replace(tranche, shares=shares, accrued_to_ms=until_ms))


def rate_of(scope: Scope, terms: TrancheTerms, tranche: Tranche) -> int:
    """The yearly rate of the running period: fixed, or index and margin between floor and cap.

    A correction counts if it was published before the period ends.
    """
    if not terms.index:
        return min(tranche.rate, terms.rate_cap)
    fixing = fixing_of(scope, terms.index, tranche.fixing_ms) if tranche.fixing_ms else None
    value = 0 if fixing is None else fixing.value_before(tranche.period_end_ms)
    return max(0, min(max(value, terms.index_floor) + tranche.rate, terms.rate_cap))


def fix_rate(scope: Scope, facility: Facility, place: int) -> Facility:
    """The facility with the fixing of a tranche's running period chosen, if there is one yet."""
    tranche, terms = facility.tranches[place], terms_of(facility, place)
    if not terms.index or tranche.fixing_ms:
        return facility
    until_ms = tranche.period_start_ms - terms.fixing_lag_days * DAY_MS
    # Published before the period began, so that it does not matter when the clock gets round to it.
    # Only the first period, on which nothing is drawn without one, may wait for its fixing.
    is_first = tranche.period_start_ms == facility.start_ms
    before_ms = scope.now_ms + 1 if is_first else tranche.period_start_ms
    day_ms = latest_fixing_ms(scope, terms.index, max(until_ms, 0), before_ms)
    if day_ms is None:
        return facility
    tranche = replace(tranche, fixing_ms=day_ms)
    scope.emit(
        "facility_rate_fixed", facility=facility.name, tranche=tranche.name, index=terms.index,
        day_ms=day_ms, rate=rate_of(scope, terms, tranche), period_end_ms=tranche.period_end_ms,
    )  # fmt: skip
    return with_tranche(facility, place, tranche)


def interest_of(rate: int, shares: tuple[Share, ...]) -> tuple[int, ...]:
    """What the bases of all lenders come to at a rate: the total half to even, shared out exactly."""
    return _earned(rate, tuple(share.interest_base for share in shares))


def fees_of(rate: int, shares: tuple[Share, ...]) -> tuple[int, ...]:
    """The same of what was not drawn."""
    return _earned(rate, tuple(share.undrawn_base for share in shares))


def end_period(scope: Scope, facility: Facility, place: int) -> Facility:
    """The facility after a tranche's interest period ended: billed, and the next one begun."""
    end_ms = facility.tranches[place].period_end_ms
    facility = fix_rate(scope, accrue(facility, place, end_ms), place)
    tranche, terms = facility.tranches[place], terms_of(facility, place)
    rate = rate_of(scope, terms, tranche)
    interest = interest_of(rate, tranche.shares)
    fees = fees_of(terms.commitment_fee_rate, tranche.shares)
    principal = _redemption(facility, place)
    _post_period(scope, facility, place, interest, fees)
    is_deferred = tranche.holiday > 0 and end_ms < tranche.maturity_ms
    shares = tuple(
        _billed(share, earned, fee, redeemed, is_deferred)
        for share, earned, fee, redeemed in zip(
            tranche.shares, interest, fees, principal, strict=True
        )
    )
    due = sum(_due(share) for share in shares) - sum(_due(share) for share in tranche.shares)
    scope.emit(
        "facility_period_ended", facility=facility.name, tranche=tranche.name, period_end_ms=end_ms,
        rate=rate, interest=sum(interest), fees=sum(fees), principal=sum(principal),
        shares=tuple(
            (share.lender, *parts)
            for share, *parts in zip(shares, interest, fees, principal, strict=True)
        ),
        is_deferred=is_deferred,
    )  # fmt: skip
    facility = with_bill(facility, end_ms, due)
    return _begin_period(scope, facility, place, replace(tranche, shares=shares))


def _begin_period(scope: Scope, facility: Facility, place: int, tranche: Tranche) -> Facility:
    terms, start_ms = terms_of(facility, place), tranche.period_end_ms
    is_over = start_ms >= tranche.maturity_ms
    if is_over:
        shares = tuple(replace(each, commitment=each.outstanding) for each in tranche.shares)
        tranche = replace(tranche, shares=shares, is_available=False, requested=0, requested_ms=0)
    tranche = replace(tranche, shares=tuple(each for each in tranche.shares if not is_idle(each)))
    goes_on = outstanding(tranche) or (committed(tranche) and not is_over)
    tranche = replace(
        tranche, period_start_ms=start_ms, accrued_to_ms=start_ms, fixing_ms=0,
        rate=tranche.next_rate, holiday=max(0, tranche.holiday - 1),
        period_end_ms=period_end_ms(terms, facility.start_ms, start_ms, tranche.maturity_ms)
        if goes_on else 0,
    )  # fmt: skip
    facility = with_tranche(facility, place, tranche)
    return fix_rate(scope, facility, place) if goes_on else facility


def _redemption(facility: Facility, place: int) -> tuple[int, ...]:
    """What of each lender's principal falls due at the end of the running period."""
    tranche, terms = facility.tranches[place], terms_of(facility, place)
    running = tuple(share.outstanding - share.principal_due for share in tranche.shares)
    if tranche.period_end_ms >= tranche.maturity_ms:
        return running
    if tranche.holiday or terms.redemptions == 1:
        return (0,) * len(running)
    left, end_ms = 1, tranche.period_end_ms
    while end_ms < tranche.maturity_ms and left <= terms.redemptions:
        end_ms = period_end_ms(terms, facility.start_ms, end_ms, tranche.maturity_ms)
        left += 1
    if left > terms.redemptions:
        return (0,) * len(running)
    return distribute(divide(sum(running), left, Rounding.CEIL), running)


def _billed(share: Share, interest: int, fees: int, principal: int, is_deferred: bool) -> Share:
    """A share after a period: in a holiday the interest is put off, after it what was put off falls due."""
    earned = share.deferred + interest
    return replace(
        share, interest_base=0, undrawn_base=0,
        principal_due=share.principal_due + principal,
        fees_due=share.fees_due + fees,
        interest_due=share.interest_due + (0 if is_deferred else earned),
        deferred=earned if is_deferred else 0,
    )  # fmt: skip


def _post_period(
    scope: Scope,
    facility: Facility,
    place: int,
    interest: tuple[int, ...],
    fees: tuple[int, ...],
) -> None:
    borrower = facility.terms.borrower
    for reason, parts, accounts in (
        ("interest", interest, (Account.INTEREST_RECEIVABLE, Account.INTEREST_INCOME,
                                Account.INTEREST_EXPENSE, Account.INTEREST_PAYABLE)),
        ("commitment_fee", fees, (Account.FEES_RECEIVABLE, Account.FEE_INCOME,
                                  Account.FEE_EXPENSE, Account.FEES_PAYABLE)),
    ):  # fmt: skip
        receivable, income, expense, payable = accounts
        legs: list[Leg] = []
        for share, part in zip(facility.tranches[place].shares, parts, strict=True):
            legs += [(share.lender, receivable, part), (share.lender, income, -part)]
        legs += [(borrower, expense, sum(parts)), (borrower, payable, -sum(parts))]
        post(scope, facility.terms.asset, reason, facility.name, legs)


def _earned(rate: int, bases: tuple[int, ...]) -> tuple[int, ...]:
    total = divide(sum(bases) * rate, YEAR_UNITS * RATE_UNIT, Rounding.HALF_EVEN)
    return distribute(total, bases)


def _due(share: Share) -> int:
    return share.principal_due + share.interest_due + share.fees_due


def _earning_undrawn(facility: Facility, share: Share) -> int:
    """A defaulting lender gets no commitment fee."""
    return 0 if share.lender in facility.defaulting else share.commitment - share.outstanding
