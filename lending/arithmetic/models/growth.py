"""Indices: what one unit of debt or deposit has grown to, linearly, by three terms, or exactly.

An index starts at its unit and only the ratio of two indices matters. Sources: Aave v3 MathUtils
(linear, three terms), Morpho Blue MathLib (three terms without the one), MakerDAO dss jug and pot
(`rpow`: compounding by the second, each squaring rounded to nearest).
"""

from __future__ import annotations

from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models.sites import (
    CLAIM,
    COMPOUND_INDEX,
    DEBT,
    EXPONENTIAL,
    LINEAR_INDEX,
)
from lending.arithmetic.money import POWERS_OF_TEN, divide, mul_div

WAD = POWERS_OF_TEN[18]
"""One, in amounts and rates of eighteen decimals."""
RAY = POWERS_OF_TEN[27]
"""One, in rates and indices of twenty-seven decimals."""
YEAR_SECONDS = 31_536_000
"""The seconds of a year of 365 days."""
LONGEST_SECONDS = 10_000 * YEAR_SECONDS
"""The longest time over which an index is grown at once."""


def power(base: int, exponent: int, unit: int) -> int:
    """Return base to the exponent, both in parts of `unit`, by repeated squaring.

    Each product is rounded to the nearest unit, so that 5 % a day is exactly 10.25 % after two. Raises
    InvalidTerms for a negative base or an exponent out of range.
    """
    if base < 0 or not 0 <= exponent <= LONGEST_SECONDS:
        raise InvalidTerms("exponent", "or the base is out of range")
    result = base if exponent & 1 else unit
    exponent >>= 1
    while exponent:
        base = mul_div(base, base, unit, COMPOUND_INDEX.rounding)
        if exponent & 1:
            result = mul_div(result, base, unit, COMPOUND_INDEX.rounding)
        exponent >>= 1
    return result


def per_second(rate: int, unit: int = RAY, year: int = YEAR_SECONDS) -> int:
    """Return the factor of one second of a yearly rate."""
    return unit + divide(rate, year, LINEAR_INDEX.rounding)


def linear(rate: int, seconds: int, unit: int = RAY, year: int = YEAR_SECONDS) -> int:
    """Return what one unit grows to without interest on interest."""
    _check(seconds)
    return unit + mul_div(rate, seconds, year, LINEAR_INDEX.rounding)


def three_terms(rate: int, seconds: int, unit: int = RAY, year: int = YEAR_SECONDS) -> int:
    """Return 1 + x + x^2/2 + x^3/6 for x = rate times time: compounding, a little undercharged.

    Over seven years at 8 % it is 0.26 % short of e^x. Kept for markets that are agreed that way;
    `power` is exact.
    """
    _check(seconds)
    x = mul_div(rate, seconds, year, LINEAR_INDEX.rounding)
    cubic = mul_div(x, divide(x, 6, EXPONENTIAL.rounding), unit, COMPOUND_INDEX.rounding)
    square = mul_div(x, divide(x, 2, EXPONENTIAL.rounding) + cubic, unit, COMPOUND_INDEX.rounding)
    return unit + x + square


def three_terms_interest(per_second_rate: int, seconds: int, unit: int = WAD) -> int:
    """Return x + x^2/2 + x^3/6 for x = a rate per second times time, each term rounded down."""
    _check(seconds)
    first = per_second_rate * seconds
    second = mul_div(first, first, 2 * unit, EXPONENTIAL.rounding)
    third = mul_div(second, first, 3 * unit, EXPONENTIAL.rounding)
    return first + second + third


def compounded(factor: int, seconds: int, unit: int = RAY) -> int:
    """Return what one unit grows to at a factor per second."""
    _check(seconds)
    return power(factor, seconds, unit)


def next_index(index: int, growth: int, unit: int = RAY) -> int:
    """Return an index after it has grown by a factor; both in parts of `unit`."""
    return mul_div(index, growth, unit, COMPOUND_INDEX.rounding)


def debt_at(scaled: int, index: int, unit: int = RAY) -> int:
    """Return what a scaled debt amounts to at an index, rounded up."""
    return mul_div(scaled, index, unit, DEBT.rounding)


def claim_at(scaled: int, index: int, unit: int = RAY) -> int:
    """Return what a scaled deposit amounts to at an index, rounded down."""
    return mul_div(scaled, index, unit, CLAIM.rounding)


def scaled_debt(amount: int, index: int, unit: int = RAY) -> int:
    """Return the scaled debt of an amount borrowed at an index, rounded up."""
    return mul_div(amount, unit, index, DEBT.rounding)


def scaled_claim(amount: int, index: int, unit: int = RAY) -> int:
    """Return the scaled deposit of an amount supplied at an index, rounded down."""
    return mul_div(amount, unit, index, CLAIM.rounding)


def _check(seconds: int) -> None:
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise InvalidTerms("seconds", f"{seconds} is not between 0 and {LONGEST_SECONDS}")
