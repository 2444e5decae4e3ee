"""Interest and annuities over exact rationals: rounded once, at the end, at a named site.

Source: ACTUS technical specification, section Annuity Amount Function; for equal periods it is the
textbook formula P r (1 + r)^n / ((1 + r)^n - 1).
"""

from __future__ import annotations

from collections.abc import Sequence

from lending.arithmetic.daycount import Fraction
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.money import ANNUITY, INTEREST, Rounding, divide

MOST_PERIODS = 12_000
"""The longest annuity that is computed."""


def simple_interest(
    principal: int,
    rate: int,
    rate_unit: int,
    fraction: Fraction,
    rounding: Rounding = INTEREST.rounding,
) -> int:
    """Return principal x rate x year fraction, in the unit of the principal."""
    return divide(principal * rate * fraction[0], rate_unit * fraction[1], rounding)


def level_payment(
    principal: int,
    rate: int,
    rate_unit: int,
    periods: int,
    periods_per_year: int,
    rounding: Rounding = ANNUITY.rounding,
) -> int:
    """Return the level payment that redeems `principal` in equal periods, rounded once.

    `rate` is the yearly rate in parts of `rate_unit`; a period costs rate / periods_per_year. The
    power is taken of exact integers, so the rounding sees the true value.
    """
    _check_periods(periods)
    if rate == 0:
        return divide(principal, periods, rounding)
    unit = rate_unit * periods_per_year
    if rate < 0 and -rate >= unit:
        raise InvalidTerms("nominalInterestRate", "takes more than the balance in one period")
    grown, still = (unit + rate) ** periods, unit**periods
    return divide(principal * rate * grown, unit * (grown - still), rounding)


def annuity_payment(
    principal: int,
    accrued: int,
    rate: int,
    rate_unit: int,
    fractions: Sequence[Fraction],
    accrual_unit: int = 1,
    rounding: Rounding = ANNUITY.rounding,
) -> int:
    """Return the level payment that redeems principal and accrued interest over uneven periods.

    `fractions` are the year fractions from now to the first payment and then between payments;
    `accrued`, in parts of 1/accrual_unit, was earned before now and bears no interest. Exact until
    the one rounding.
    """
    _check_periods(len(fractions))
    growth, annuities = 1, 1
    for numerator, denominator in reversed(fractions[1:]):
        unit = rate_unit * denominator
        growth *= unit + rate * numerator
        annuities = annuities * unit + growth
    numerator, denominator = fractions[0]
    unit = rate_unit * denominator
    due = principal * accrual_unit * (unit + rate * numerator) + accrued * unit
    return divide(due * growth, annuities * unit * accrual_unit, rounding)


def _check_periods(periods: int) -> None:
    if not 1 <= periods <= MOST_PERIODS:
        raise InvalidTerms("periods", f"{periods} is not between 1 and {MOST_PERIODS}")
