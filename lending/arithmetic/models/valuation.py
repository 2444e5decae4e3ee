"""What a pool of loans is worth, and who owns it: discounted value, tranche debts and tranche prices.

Sources: Tinlake NAVFeed and Assessor (value by due date, senior before junior), Centrifuge chain tranches
(debt compounded by the second). Numbers in RAY where a factor is meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models.growth import RAY, compounded
from lending.arithmetic.models.sites import PRESENT_VALUE, TRANCHE
from lending.arithmetic.money import mul_div


@dataclass(frozen=True, slots=True)
class Expected:
    """One loan as a valuer sees it."""

    debt: int
    """What is owed now."""
    seconds: int
    """The time to maturity; negative once it is overdue."""
    factor: int
    """What a unit of its debt grows to in a second, in RAY."""
    recovery: int = RAY
    """The part that is expected to be paid, after default and recovery, in RAY."""


def future_value(loan: Expected) -> int:
    """Return what a loan is expected to pay at maturity."""
    owed = mul_div(loan.debt, compounded(loan.factor, loan.seconds), RAY, PRESENT_VALUE.rounding)
    return mul_div(owed, loan.recovery, RAY, PRESENT_VALUE.rounding)


def present_value(loan: Expected, discount: int) -> int:
    """Return the future value discounted at a factor per second; what is overdue counts as it is owed."""
    if discount < RAY:
        raise InvalidTerms("discount", "is less than nothing")
    if loan.seconds <= 0:
        return mul_div(loan.debt, loan.recovery, RAY, PRESENT_VALUE.rounding)
    divisor = compounded(discount, loan.seconds)
    return mul_div(future_value(loan), RAY, divisor, PRESENT_VALUE.rounding)


def net_asset_value(loans: Iterable[Expected], discount: int) -> int:
    """Return the sum of the present values of loans."""
    return sum(present_value(loan, discount) for loan in loans)


def written_down(value: int, percentage: int) -> int:
    """Return what is left of a value after a write-off of a part of it, in RAY."""
    if not 0 <= percentage <= RAY:
        raise InvalidTerms("writeOff", "is not between 0 and 100 %")
    return mul_div(value, RAY - percentage, RAY, PRESENT_VALUE.rounding)


def tranche_debt(debt: int, factor: int, seconds: int) -> int:
    """Return what a tranche is due after its return has compounded for a time."""
    return mul_div(debt, compounded(factor, seconds), RAY, TRANCHE.rounding)


@dataclass(frozen=True, slots=True)
class Tranches:
    """How a pool's value is divided."""

    senior_value: int
    """What belongs to the senior tranche: what it is due, as far as there is."""
    junior_value: int
    """The rest."""
    senior_price: int
    """The price of a senior share, in RAY."""
    junior_price: int
    """The price of a junior share, in RAY."""


def tranches(value: int, senior_due: int, senior_supply: int, junior_supply: int) -> Tranches:
    """Divide a pool's value (loans and cash): senior first, junior bears the first loss.

    A share of a tranche that has none yet costs one.
    """
    senior = min(value, senior_due)
    junior = value - senior
    return Tranches(senior, junior, _price(senior, senior_supply), _price(junior, junior_supply))


def _price(value: int, supply: int) -> int:
    return RAY if supply == 0 else mul_div(value, RAY, supply, TRANCHE.rounding)


def waterfall(loss: int, layers: Iterable[int]) -> tuple[int, ...]:
    """Return what each layer bears of a loss, first loss first, and at the end what nobody bears."""
    borne = []
    for layer in layers:
        taken = min(loss, layer)
        borne.append(taken)
        loss -= taken
    return (*borne, loss)
