"""Integer division rounds as its mode says, decimals are read exactly, every site is described."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.arithmetic.daycount import DayCount
from lending.arithmetic.enhancement_terms import EnhancementType
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.events import EventType
from lending.arithmetic.money import (
    FINE,
    ROUNDING_SITES,
    Rounding,
    divide,
    format_decimal,
    mul_div,
    parse_decimal,
)
from lending.arithmetic.terms import ContractType

MODES = [
    (Rounding.FLOOR, ROUND_FLOOR),
    (Rounding.CEIL, ROUND_CEILING),
    (Rounding.HALF_EVEN, ROUND_HALF_EVEN),
    (Rounding.HALF_UP, ROUND_HALF_UP),
    (Rounding.TO_ZERO, ROUND_DOWN),
]


@pytest.mark.parametrize(("ours", "theirs"), MODES)
@given(numerator=st.integers(-(10**9), 10**9), power=st.integers(0, 6))
def test_divide_agrees_with_decimal_quantize(
    ours: Rounding, theirs: str, numerator: int, power: int
) -> None:
    exact = Decimal(numerator).scaleb(-power)
    assert divide(numerator, 10**power, ours) == int(exact.quantize(Decimal(1), rounding=theirs))


@given(
    st.integers(-(10**30), 10**30),
    st.integers(-(10**30), 10**30),
    st.integers(1, 10**30),
    st.sampled_from(Rounding),
)
def test_mul_div_is_within_one_unit_on_the_side_it_promises(
    a: int, b: int, c: int, rounding: Rounding
) -> None:
    error = mul_div(a, b, c, rounding) * c - a * b
    bounds = {
        Rounding.FLOOR: -c < error <= 0,
        Rounding.CEIL: 0 <= error < c,
        Rounding.HALF_EVEN: 2 * abs(error) <= c,
        Rounding.HALF_UP: 2 * abs(error) <= c,
        Rounding.TO_ZERO: abs(error) < c and error * a * b <= 0,
    }
    assert bounds[rounding]


def test_a_negative_denominator_means_the_negated_numerator() -> None:
    assert divide(7, -2, Rounding.FLOOR) == -4
    assert divide(7, -2, Rounding.CEIL) == -3


def test_a_zero_denominator_is_an_error_of_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        divide(1, 0, Rounding.FLOOR)


@pytest.mark.parametrize(
    ("text", "decimals", "value"),
    [
        ("  5000", 2, 500000),
        ("-200", 0, -200),
        ("+.5", 1, 5),
        ("7.", 2, 700),
        ("0.0100", 2, 1),
        ("1e-05", 6, 10),
        ("2.5E+3", 0, 2500),
        ("400.071084163282", 20, 40007108416328200000000),
    ],
)
def test_decimals_are_read_exactly(text: str, decimals: int, value: int) -> None:
    assert parse_decimal(text, decimals, "term") == value


@pytest.mark.parametrize(
    "text", ["", " ", ".", "-", "--1", "+-1", "1,0", "nan", "inf", "0x1", "1e"]
)
@pytest.mark.parametrize("suffix", ["", "_", "e1.5"])
def test_what_is_no_decimal_is_refused_with_the_term(text: str, suffix: str) -> None:
    with pytest.raises(InvalidTerms) as refusal:
        parse_decimal(text + suffix, 2, "notionalPrincipal")
    assert refusal.value.term == "notionalPrincipal"


@pytest.mark.parametrize("text", ["0.001", "1e-3", "1e9999", "1e-999"])
def test_digits_that_the_scale_cannot_hold_are_refused_not_dropped(text: str) -> None:
    with pytest.raises(InvalidTerms):
        parse_decimal(text, 2, "rate")


@given(st.integers(-(10**40), 10**40), st.integers(0, 24))
def test_formatting_and_reading_are_inverse(value: int, decimals: int) -> None:
    assert parse_decimal(format_decimal(value, decimals), decimals, "amount") == value


def test_every_rounding_site_says_its_direction_and_whom_it_favours() -> None:
    assert len({site.name for site in ROUNDING_SITES}) == len(ROUNDING_SITES)
    for site in ROUNDING_SITES:
        assert site.reason.endswith(".")
        towards_nearest = site.rounding in (Rounding.HALF_EVEN, Rounding.HALF_UP)
        assert (site.favours == "nobody") == towards_nearest


def test_the_fine_scale_accrues_and_pays_in_the_same_unit() -> None:
    assert FINE.accrual_unit == 1


def test_the_documented_rounding_table_is_the_one_in_use(root: Path) -> None:
    page = (root / "docs" / "lend" / "schedules.md").read_text(encoding="utf-8")
    rows = [
        f"| {site.name} | {site.rounding.value} | {site.favours} | {site.reason} |"
        for site in ROUNDING_SITES
    ]
    assert "\n".join(rows) in page


def test_the_documented_order_of_events_is_the_one_in_use(root: Path) -> None:
    page = (root / "docs" / "lend" / "schedules.md").read_text(encoding="utf-8")
    assert "\n" + ", ".join(kind.value for kind in EventType) + "\n" in page


def test_every_day_count_and_contract_type_is_documented(root: Path) -> None:
    page = (root / "docs" / "lend" / "schedules.md").read_text(encoding="utf-8")
    for code in [*DayCount, *ContractType, *EnhancementType]:
        assert f"\n| {code.value} |" in page
