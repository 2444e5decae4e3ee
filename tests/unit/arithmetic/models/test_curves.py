"""Curves over utilisation and indices: monotone, bounded, and never generous to whoever chose the moment."""

from __future__ import annotations

from fractions import Fraction
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models import growth
from lending.arithmetic.models.adaptive import AdaptiveCurve, exponential
from lending.arithmetic.models.growth import RAY, WAD, YEAR_SECONDS
from lending.arithmetic.models.utilisation import (
    KinkedCurve,
    SlopedCurve,
    supply_rate,
    utilisation,
)

UNIT = 10**9
CURVE = KinkedCurve(
    unit=UNIT,
    kink=8 * UNIT // 10,
    base=UNIT // 100,
    rise_below=UNIT // 25,
    rise_above=6 * UNIT // 10,
)
PARTS = st.integers(0, UNIT)
AMOUNTS = st.integers(0, 10**24)


@given(PARTS, PARTS)
def test_a_kinked_rate_never_falls_with_utilisation(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert CURVE.rate(0) <= CURVE.rate(low) <= CURVE.rate(high) <= CURVE.rate(UNIT)


@given(PARTS)
def test_a_kinked_rate_is_the_nearest_unit_of_the_exact_line(used: int) -> None:
    kink, unit = CURVE.kink, CURVE.unit
    exact = CURVE.base + Fraction(CURVE.rise_below * min(used, kink), kink)
    exact += Fraction(CURVE.rise_above * max(used - kink, 0), unit - kink)
    assert abs(CURVE.rate(used) - exact) <= Fraction(1, 2)


@given(PARTS, PARTS, st.integers(0, UNIT // 10))
def test_suppliers_never_earn_more_than_borrowers_pay(used: int, reserve: int, spread: int) -> None:
    rate = CURVE.rate(used)
    earned = supply_rate(rate, used, reserve, UNIT, spread)
    assert 0 <= earned * UNIT <= rate * used
    assert supply_rate(rate, used, reserve, UNIT) >= earned


@given(AMOUNTS, AMOUNTS)
def test_utilisation_is_a_part_of_the_whole(borrowed: int, available: int) -> None:
    used = utilisation(borrowed, available, UNIT)
    assert 0 <= used <= UNIT
    assert (used == UNIT) <= (borrowed * UNIT >= (UNIT - 1) * (borrowed + available))


@given(st.integers(0, 2 * WAD), st.integers(0, 2 * WAD))
def test_a_sloped_rate_never_falls_with_utilisation(one: int, other: int) -> None:
    curve = SlopedCurve(unit=WAD, kink=8 * WAD // 10, base=5, low=10**10, high=10**11)
    low, high = sorted((one, other))
    assert 5 <= curve.rate(low) <= curve.rate(high)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: KinkedCurve(unit=UNIT, kink=0, base=0, rise_below=0, rise_above=0),
        lambda: KinkedCurve(unit=UNIT, kink=UNIT, base=0, rise_below=0, rise_above=0),
        lambda: KinkedCurve(unit=UNIT, kink=1, base=0, rise_below=-1, rise_above=0),
        lambda: CURVE.rate(UNIT + 1),
        lambda: CURVE.rate(-1),
        lambda: utilisation(-1, 5, UNIT),
        lambda: supply_rate(1, 1, UNIT + 1, UNIT),
        lambda: supply_rate(1, 1, 0, UNIT, -1),
        lambda: SlopedCurve(unit=1, kink=1, base=0, low=1, high=1).rate(-1),
        lambda: growth.linear(1, -1),
        lambda: growth.power(1, growth.LONGEST_SECONDS + 1, RAY),
        lambda: growth.power(-1, 1, RAY),
        lambda: AdaptiveCurve().error(WAD + 1),
        lambda: AdaptiveCurve().rates(0, None, -1),
    ],
)
def test_what_is_no_rate_or_time_is_refused(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(InvalidTerms):
        wrong()


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_powers_multiply_within_a_unit_per_squaring(one: int, other: int) -> None:
    base = RAY + 3 * 10**18
    together = growth.power(base, one + other, RAY)
    apart = growth.next_index(growth.power(base, one, RAY), growth.power(base, other, RAY))
    assert abs(together - apart) < 10**4


@given(st.integers(0, 3 * RAY), st.integers(0, 10 * YEAR_SECONDS))
def test_linear_is_least_and_exact_compounding_is_most(rate: int, seconds: int) -> None:
    linear, terms = growth.linear(rate, seconds), growth.three_terms(rate, seconds)
    exact = growth.compounded(growth.per_second(rate), seconds)
    slack = 10**9 + exact // 10**8  # per_second loses a second's fraction of a unit
    assert RAY <= linear <= terms + 3
    assert terms <= exact + slack or rate * seconds < RAY


@given(AMOUNTS, st.integers(RAY, 10 * RAY))
def test_a_round_trip_through_an_index_gains_nobody_a_unit(amount: int, index: int) -> None:
    assert growth.debt_at(growth.scaled_debt(amount, index), index) >= amount
    assert growth.claim_at(growth.scaled_claim(amount, index), index) <= amount


@given(st.integers(-41 * WAD, 90 * WAD))
def test_the_exponential_is_within_one_percent_of_e_to_the_x(x: int) -> None:
    assert exponential(x) == pytest.approx(exp(x / WAD) * WAD, rel=0.01, abs=1)


def test_the_exponential_ends_where_it_says() -> None:
    assert exponential(-42 * WAD) == 0
    assert exponential(94 * WAD) == exponential(1000 * WAD)


@given(st.integers(0, WAD), st.integers(0, 400))
def test_an_adaptive_curve_moves_towards_its_target_within_its_bounds(used: int, days: int) -> None:
    curve = AdaptiveCurve()
    rate, after = curve.rates(used, curve.initial, days * 86_400)
    assert curve.least <= after <= curve.most
    assert (after >= curve.initial) if used >= curve.target else (after <= curve.initial)
    assert curve.least // 4 <= rate <= 4 * curve.most


def test_45_days_of_half_the_error_bring_4_to_87_percent() -> None:
    curve = AdaptiveCurve()
    half = curve.target + (WAD - curve.target) // 2
    _, after = curve.rates(half, curve.initial, 45 * 86_400)
    assert after * YEAR_SECONDS / WAD == pytest.approx(0.8722, rel=0.005)
