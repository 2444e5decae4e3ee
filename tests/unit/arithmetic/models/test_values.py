"""Liquidations, values, tranches and waterfalls: nothing is made, and rounding is the liquidator's."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models import liquidation, valuation
from lending.arithmetic.models.growth import RAY
from lending.arithmetic.models.liquidation import CloseRule, leaves_dust, most_repayable, seize

BPS = 10_000
RULE = CloseRule(
    unit=BPS, close_factor=5_000, full_close_health=9_500, small_position=2_000, least_left=1_000
)
AMOUNTS = st.integers(0, 10**15)


@pytest.mark.parametrize(
    ("debt_value", "collateral_value", "health", "most"),
    [
        (9_000, 9_500, 10_000, 0),
        (9_000, 9_500, 9_999, 450),
        (9_000, 9_500, 9_501, 450),
        (9_000, 9_500, 9_500, 900),
        (1_999, 9_500, 9_999, 900),
        (9_000, 1_999, 9_999, 900),
        (2_000, 2_000, 9_999, 450),
    ],
)
def test_half_may_be_closed_unless_it_is_small_or_very_unhealthy(
    debt_value: int, collateral_value: int, health: int, most: int
) -> None:
    assert most_repayable(RULE, 900, debt_value, collateral_value, health) == most


@pytest.mark.parametrize(
    ("debt_left", "collateral_left", "dust"),
    [(0, 5, False), (5, 0, False), (1_000, 1_000, False), (999, 9_000, True), (9_000, 999, True)],
)
def test_a_remainder_is_nothing_or_worth_coming_back_for(
    debt_left: int, collateral_left: int, dust: bool
) -> None:
    assert leaves_dust(RULE, debt_left, collateral_left) is dust


@given(
    AMOUNTS,
    AMOUNTS,
    st.integers(1, 10**6),
    st.integers(1, 10**6),
    st.integers(0, 2_000),
    st.integers(0, BPS),
)
def test_a_liquidator_never_gets_more_than_the_bonus(
    repay: int, held: int, debt_price: int, collateral_price: int, bonus: int, part: int
) -> None:
    done = seize(
        repay,
        held,
        debt_price=debt_price,
        collateral_price=collateral_price,
        bonus=bonus,
        fee_part=part,
        unit=BPS,
    )
    assert 0 <= done.repaid <= repay
    assert 0 <= done.fee <= done.seized <= held
    assert done.to_liquidator + done.fee == done.seized
    worth = done.seized * collateral_price * BPS
    assert worth <= done.repaid * debt_price * (BPS + bonus)


def test_seizing_with_a_fee_on_the_bonus() -> None:
    terms = {"debt_price": 1, "collateral_price": 2, "bonus": 1_000, "fee_part": 2_000, "unit": BPS}
    assert seize(1_000, 10_000, **terms) == liquidation.Seizure(1_000, 550, 10)
    assert seize(1_000, 110, **terms) == liquidation.Seizure(200, 110, 2)


@given(st.integers(0, BPS))
def test_the_incentive_falls_as_loans_may_come_closer_to_their_collateral(threshold: int) -> None:
    factor = liquidation.incentive_factor(threshold, BPS, cursor=3_000, most=11_500)
    assert BPS <= factor <= 11_500
    assert factor >= liquidation.incentive_factor(min(threshold + 100, BPS), BPS, 3_000, 11_500)


@given(AMOUNTS, AMOUNTS, st.integers(0, 10**12), st.integers(0, 10**12))
def test_tranches_divide_all_of_the_value_and_junior_bears_first(
    value: int, due: int, senior_supply: int, junior_supply: int
) -> None:
    found = valuation.tranches(value, due, senior_supply, junior_supply)
    assert found.senior_value + found.junior_value == value
    assert found.senior_value <= due
    assert found.junior_value == 0 or found.senior_value == due
    assert senior_supply > 0 or found.senior_price == RAY


@given(AMOUNTS, st.lists(st.integers(0, 10**14), max_size=5))
def test_a_waterfall_loses_exactly_the_loss(loss: int, layers: list[int]) -> None:
    *borne, left = valuation.waterfall(loss, layers)
    assert sum(borne) + left == loss
    assert all(taken <= layer for taken, layer in zip(borne, layers, strict=True))
    assert left == 0 or borne == layers
    for place, taken in enumerate(borne):
        assert taken == 0 or borne[:place] == layers[:place]


def test_pile_of_66_at_12_percent_a_year_grows_to_73_92() -> None:
    factor = 1_000_000_003_593_629_043_335_673_583
    assert valuation.tranche_debt(66 * 10**18, factor, 31_536_000) == pytest.approx(
        7392 * 10**16, abs=10
    )


def test_value_overdue_is_what_is_owed_and_write_offs_take_a_part() -> None:
    loan = valuation.Expected(1_000, -5, RAY, RAY // 2)
    assert valuation.net_asset_value([loan, loan], RAY) == 1_000
    assert valuation.written_down(1_000, RAY // 4) == 750


@given(AMOUNTS, st.integers(1, 400), st.integers(RAY, RAY + 10**19), st.integers(0, RAY))
def test_a_discounted_value_is_never_more_than_the_future_one(
    debt: int, days: int, discount: int, recovery: int
) -> None:
    loan = valuation.Expected(debt, days * 86_400, RAY + 10**18, recovery)
    future = valuation.future_value(loan)
    assert 0 <= valuation.present_value(loan, discount) <= future
    assert valuation.present_value(loan, RAY) == future


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: valuation.present_value(valuation.Expected(1, 1, RAY), RAY - 1),
        lambda: valuation.written_down(1, RAY + 1),
        lambda: liquidation.incentive_factor(BPS + 1, BPS, 3_000, BPS),
        lambda: seize(1, 1, debt_price=0, collateral_price=1, bonus=0, fee_part=0, unit=1),
    ],
)
def test_what_has_no_value_is_refused(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(InvalidTerms):
        wrong()


def test_a_storefront_price_keeps_part_of_the_penalty() -> None:
    price = liquidation.discounted_price(200, 60, 50, 100)
    assert Fraction(price, 200) == Fraction(8, 10)
