"""Annuities repay exactly, are rounded once, and agree with published payments."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.arithmetic import installment
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.money import Rounding
from lending.arithmetic.rates import annuity_payment, level_payment, simple_interest

UNIT = 10**9
FRACTIONS = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([360, 365, 366, 133590])),
    min_size=1,
    max_size=24,
)


@pytest.mark.parametrize(
    ("principal", "rate", "months", "payment"),
    [
        (30_000_00, 189_400_000, 60, 777_23),  # LendingClub
        (5_000_00, 179_700_000, 36, 180_69),  # LendingClub
        (15_000_00, 122_900_000, 36, 500_30),  # LendingClub
        (100_000_00, 70_000_000, 120, 1_161_09),  # ACTUS 1161.08479218624, rounded up
        (1_200_00, 0, 12, 100_00),
        (1_000_00, 120_000_000, 1, 1_010_00),
    ],
)
def test_published_installments(principal: int, rate: int, months: int, payment: int) -> None:
    assert installment(principal, rate, months) == payment


@given(
    st.integers(1, 10**12),
    st.integers(0, UNIT),
    st.integers(1, 60),
    st.sampled_from([1, 2, 4, 12]),
)
def test_a_level_payment_rounded_up_repays_and_one_unit_less_does_not(
    principal: int, rate: int, periods: int, per_year: int
) -> None:
    payment = level_payment(principal, rate, UNIT, periods, per_year)
    factor = 1 + Fraction(rate, UNIT * per_year)
    assert _left(principal, payment, [factor] * periods) <= 0
    assert _left(principal, payment - 1, [factor] * periods) > 0


@given(st.integers(1, 10**12), st.integers(0, 10**8), st.integers(0, UNIT), FRACTIONS)
def test_an_uneven_annuity_rounded_up_repays_and_one_unit_less_does_not(
    principal: int, accrued: int, rate: int, fractions: list[tuple[int, int]]
) -> None:
    payment = annuity_payment(principal, accrued, rate, UNIT, fractions)
    factors = [1 + Fraction(rate * days, UNIT * basis) for days, basis in fractions]
    first = principal * factors[0] + accrued - payment
    less = principal * factors[0] + accrued - (payment - 1)
    assert _left(first, payment, factors[1:]) <= 0
    assert _left(less, payment - 1, factors[1:]) > 0


def _left(balance: Fraction | int, payment: int, factors: list[Fraction]) -> Fraction:
    """Walk the loan with exact fractions: what is owed after the last payment."""
    owed = Fraction(balance)
    for factor in factors:
        owed = owed * factor - payment
    return owed


@given(st.integers(1, 10**10), st.integers(1, UNIT), st.integers(1, 60))
def test_equal_periods_are_a_special_case_of_uneven_ones(
    principal: int, rate: int, periods: int
) -> None:
    uneven = annuity_payment(principal, 0, rate, UNIT, [(1, 12)] * periods)
    assert uneven == level_payment(principal, rate, UNIT, periods, 12)


def test_the_nearest_unit_is_the_progressive_installment_of_fineract() -> None:
    assert level_payment(100_00, 94_822_000, UNIT, 6, 12, Rounding.HALF_EVEN) == 17_13


def test_a_negative_rate_gives_a_smaller_payment() -> None:
    assert level_payment(12_000, -12_000_000, UNIT, 12, 12) == 994


@pytest.mark.parametrize("periods", [0, -1, 12_001])
def test_a_loan_of_no_or_of_absurdly_many_periods_is_refused(periods: int) -> None:
    with pytest.raises(InvalidTerms, match="periods"):
        level_payment(1, 1, UNIT, periods, 12)


def test_a_rate_that_eats_the_balance_in_a_period_is_refused() -> None:
    with pytest.raises(InvalidTerms, match="nominalInterestRate"):
        level_payment(100, -12 * UNIT, UNIT, 2, 12)


def test_simple_interest_rounds_where_it_is_told_to() -> None:
    # 100.00 at 5 % for 9 days of 360 is 12.5 cents.
    assert simple_interest(10_000, 50_000_000, UNIT, (9, 360)) == 12
    assert simple_interest(10_000, 50_000_000, UNIT, (9, 360), Rounding.HALF_UP) == 13
    assert simple_interest(-10_000, 50_000_000, UNIT, (9, 360), Rounding.HALF_UP) == -13
