"""Installments, open-term loans, overnight rates and grids beyond the published numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.arithmetic.calendar import MONDAY_TO_FRIDAY, NO_CALENDAR
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models import installments, open_term
from lending.arithmetic.models.grid import Grid, IndexRate, tiered
from lending.arithmetic.models.open_term import OpenTermLoan, OpenTermTerms, PoolBook
from lending.arithmetic.models.overnight import (
    FIVE_DECIMALS,
    Arrears,
    compounded_rate,
    interest_in_arrears,
    observations,
    simple_average,
)

UNIT = 10**9
MONTH = (1, 12)
DAY = timedelta(days=1)
MONDAY = datetime.fromisoformat("2025-03-03")


# Installments.


@given(st.integers(1, 10**12), st.integers(0, UNIT), st.integers(1, 360), st.data())
def test_level_payments_come_down_to_the_ending_balance(
    principal: int, rate: int, periods: int, data: st.DataObject
) -> None:
    ending = data.draw(st.integers(0, principal))
    left = principal
    for number in range(periods, 0, -1):
        part, interest = installments.balance_split(left, ending, rate, UNIT, MONTH, number)
        assert part >= 0
        assert interest * 12 * UNIT <= left * rate
        left -= part
    assert left == ending


def test_a_level_payment_to_the_whole_principal_is_the_interest() -> None:
    assert installments.payment_to_balance(1_200, 1_200, UNIT // 10, UNIT, MONTH, 5) == 10
    assert installments.payment_to_balance(1_200, 0, 0, UNIT, MONTH, 5) == 240


@given(st.integers(1, 10**10), st.integers(0, UNIT), st.integers(1, 120))
def test_a_progressive_schedule_repays_the_principal(principal: int, rate: int, count: int) -> None:
    shares = installments.progressive(principal, rate, UNIT, [MONTH] * count)
    assert sum(share.principal for share in shares) == principal
    assert all(share.principal >= 0 for share in shares)
    levels = {
        share.due for share in shares[:-1] if share.principal > 0 and share.interest < share.due
    }
    assert len(levels) <= 2  # the level, and less of it once a loan of cents is repaid


def test_interest_of_a_broken_period_grows_with_its_days() -> None:
    whole = installments.payoff_interest(100_000, UNIT // 10, UNIT, MONTH, 30, 30)
    parts = [
        installments.payoff_interest(100_000, UNIT // 10, UNIT, MONTH, day, 30) for day in range(31)
    ]
    assert parts == sorted(parts)
    assert parts[0] == 0
    assert parts[30] == whole == 833


# Open-term loans.


TERMS = OpenTermTerms(
    unit=10_000,
    interest_rate=1_000,
    late_premium=500,
    late_fee=100,
    delegate_service_fee=20,
    platform_service_fee=50,
    interval=30 * 86_400,
    notice=5 * 86_400,
)
LOAN = OpenTermLoan(365 * 10**8, 0)


def test_a_payment_is_late_one_second_after_it_is_due() -> None:
    due = LOAN.due(TERMS)
    on_time = open_term.payment_at(TERMS, LOAN, due)
    assert on_time.interest == 30 * 10**7
    late = open_term.payment_at(TERMS, LOAN, due + 1)
    assert late.interest - on_time.interest >= 365 * 10**6  # the fee
    assert late.delegate_service_fee >= on_time.delegate_service_fee


def test_a_call_brings_the_due_date_forward_and_never_back() -> None:
    assert OpenTermLoan(1, 0, called_at=0).due(TERMS) == 5 * 86_400
    assert OpenTermLoan(1, 0, called_at=29 * 86_400).due(TERMS) == 30 * 86_400


@given(st.integers(1, 10**15), st.integers(1, 10**15), st.integers(0, 10**7))
def test_a_pool_keeps_what_it_does_not_hand_out(cash: int, later: int, seconds: int) -> None:
    book = PoolBook(10_000, 1_000, 50).deposited(cash, 0)
    lent = book.funded(cash)
    loan = OpenTermLoan(cash, 0)
    earned = book.accrued(TERMS, loan, seconds)
    paid = lent.paid(cash, open_term.payment_at(TERMS, loan, seconds).interest)
    assert paid.cash >= cash + earned - 1
    joined = paid.deposited(later, paid.cash)
    assert joined.shares - paid.shares <= later  # a share is worth at least what it cost
    assert open_term.loss(book, TERMS, loan, seconds) >= cash
    with pytest.raises(InvalidTerms):
        paid.funded(paid.cash + 1)


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(InvalidTerms):
        open_term.payment_at(TERMS, OpenTermLoan(1, 10), 9)


# Overnight rates.


def fixings(rate: int = 500, days: int = 60) -> dict[datetime, int]:
    return {MONDAY + number * DAY: rate for number in range(-days, days)}


def test_a_weekend_counts_for_three_days_at_friday_s_rate() -> None:
    terms = Arrears(calendar=MONDAY_TO_FRIDAY, unit=10_000)
    rows = observations(terms, fixings(), MONDAY, MONDAY + 7 * DAY)
    assert [row.days for row in rows] == [1, 1, 1, 1, 3]


def test_a_lookback_moves_the_rate_and_a_shift_its_weight_too() -> None:
    plain = Arrears(calendar=MONDAY_TO_FRIDAY, unit=10_000, lookback=1)
    shifted = Arrears(calendar=MONDAY_TO_FRIDAY, unit=10_000, lookback=1, observation_shift=True)
    friday = MONDAY - 3 * DAY
    for terms, weight in ((plain, 1), (shifted, 3)):
        first = observations(terms, fixings(), MONDAY, MONDAY + 7 * DAY)[0]
        assert (first.interest_day, first.fixing_day, first.days) == (MONDAY, friday, weight)


def test_a_lockout_holds_the_last_rates() -> None:
    rates = {MONDAY + number * DAY: 100 * number for number in range(7)}
    terms = Arrears(calendar=NO_CALENDAR, unit=10_000, lockout=2)
    rows = observations(terms, rates, MONDAY, MONDAY + 6 * DAY)
    assert [row.rate for row in rows] == [0, 100, 200, 300, 300, 300]


def test_the_floor_is_daily_and_the_spread_may_compound() -> None:
    rates = {MONDAY + number * DAY: (-50, 150)[number % 2] for number in range(10)}
    plain = Arrears(calendar=NO_CALENDAR, unit=10_000)
    floored = replace(plain, floor=0)
    assert simple_average(floored, rates, MONDAY, MONDAY + 10 * DAY) == 75
    assert simple_average(plain, rates, MONDAY, MONDAY + 10 * DAY) == 50
    apart = replace(floored, spread=200)
    inside = replace(apart, spread_compounds=True)
    digits = 10**9
    whole = [
        compounded_rate(terms, rates, MONDAY, MONDAY + 10 * DAY, digits)
        for terms in (apart, inside)
    ]
    assert whole[0] < whole[1]
    assert simple_average(inside, rates, MONDAY, MONDAY + 10 * DAY) == 275


def test_five_decimals_round_the_rate_before_the_interest() -> None:
    terms = Arrears(calendar=MONDAY_TO_FRIDAY, unit=10_000)
    end = MONDAY + 28 * DAY
    rate = compounded_rate(terms, fixings(), MONDAY, end, FIVE_DECIMALS)
    grown = (1 + Fraction(5, 100 * 360)) ** 16 * (1 + Fraction(5 * 3, 100 * 360)) ** 4
    assert rate == round((grown - 1) * 360 / 28 * FIVE_DECIMALS) == 500_909
    interest = interest_in_arrears(10**9, terms, fixings(), MONDAY, end, FIVE_DECIMALS)
    assert interest == round(Fraction(10**9 * rate * 28, FIVE_DECIMALS * 360))


@given(st.lists(st.integers(-300, 2_000), min_size=6, max_size=30), st.integers(0, 3))
def test_compounding_pays_at_least_the_average_of_rates_that_are_not_negative(
    rates: list[int], lockout: int
) -> None:
    known = {MONDAY + number * DAY: rate for number, rate in enumerate(rates)}
    end = MONDAY + len(rates) * DAY
    terms = Arrears(calendar=NO_CALENDAR, unit=10_000, lockout=lockout, floor=0)
    rows = observations(terms, known, MONDAY, end)
    assert all(
        later.interest_day - earlier.interest_day == DAY for earlier, later in pairwise(rows)
    )
    average = Fraction(sum(row.rate for row in rows), len(rows))
    assert (
        compounded_rate(terms, known, MONDAY, end, 10**12) * 10_000
        >= int(average * 10**12) - 10_000
    )


@pytest.mark.parametrize(
    ("lockout", "lookback", "days"), [(5, 0, 5), (0, -1, 5), (0, 0, 0), (0, 0, 4_000), (0, 0, 90)]
)
def test_a_period_without_rates_is_refused(lockout: int, lookback: int, days: int) -> None:
    terms = Arrears(calendar=NO_CALENDAR, unit=10_000, lockout=lockout, lookback=lookback)
    with pytest.raises(InvalidTerms):
        compounded_rate(terms, fixings(), MONDAY, MONDAY + days * DAY)


# Grids and tiers.


def test_an_index_rate_stays_between_its_limits() -> None:
    rate = IndexRate(
        unit=UNIT,
        multiplier=UNIT,
        spread=10,
        index_floor=0,
        cap=500,
        floor=20,
        most_rise=50,
        most_fall=30,
    )
    assert rate.reset(-400) == 20
    assert rate.reset(300) == 310
    assert rate.reset(300, margin=25) == 335
    assert rate.reset(9_000) == 500
    assert rate.reset(300, before=100) == 150
    assert rate.reset(10, before=100) == 70
    with pytest.raises(InvalidTerms):
        IndexRate(unit=1, multiplier=1, cap=1, floor=2)


def test_a_margin_belongs_to_the_step_that_the_figure_reaches() -> None:
    grid = Grid(((0, 400), (600, 300), (700, 200)))
    assert [grid.margin(figure) for figure in (-5, 0, 599, 600, 699, 700, 10**6)] == [
        400,
        400,
        400,
        300,
        300,
        200,
        200,
    ]
    for wrong in ((), ((1, 1), (1, 2)), ((2, 1), (1, 2))):
        with pytest.raises(InvalidTerms):
            Grid(wrong)


@given(st.integers(0, 10**12))
def test_tiers_charge_each_part_at_its_rate(amount: int) -> None:
    tiers = ((0, 300), (1_000, 200), (50_000, 100))
    exact = Fraction(min(amount, 1_000) * 300, 10_000)
    exact += Fraction(max(min(amount, 50_000) - 1_000, 0) * 200, 10_000)
    exact += Fraction(max(amount - 50_000, 0) * 100, 10_000)
    assert abs(tiered(amount, tiers, 10_000) - exact) <= Fraction(1, 2)
    with pytest.raises(InvalidTerms):
        tiered(1, ((5, 1),), 10)
