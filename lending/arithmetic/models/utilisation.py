"""Rates that follow utilisation: the kinked curve, the curve by slopes, and what suppliers earn.

Sources: Aave v3 DefaultReserveInterestRateStrategyV2 (kink by two rises), Compound III getBorrowRate and
getSupplyRate, Euler IRMLinearKink (both by slopes).
"""

from __future__ import annotations

from dataclasses import dataclass

from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models.sites import CURVE, SLOPE, SUPPLY_RATE, UTILISATION
from lending.arithmetic.money import divide, mul_div


def utilisation(borrowed: int, available: int, unit: int) -> int:
    """Return the lent part of a pool, in parts of `unit`; 0 of an empty pool."""
    if borrowed < 0 or available < 0:
        raise InvalidTerms("utilisation", "amounts are not negative")
    if borrowed == 0:
        return 0
    return mul_div(borrowed, unit, borrowed + available, UTILISATION.rounding)


@dataclass(frozen=True, slots=True, kw_only=True)
class KinkedCurve:
    """A borrow rate that rises slowly up to a kink and steeply behind it."""

    unit: int
    """The number that means 1 (100 %), for rates and utilisation alike."""
    kink: int
    """The utilisation at which the slope changes, between 0 and `unit`, not either of them."""
    base: int
    """The rate of an idle pool."""
    rise_below: int
    """How much the rate rises from idle to the kink."""
    rise_above: int
    """How much it rises from the kink to full use."""

    def __post_init__(self) -> None:
        """Refuse a curve that falls, or a kink at either end; raises InvalidTerms."""
        if not 0 < self.kink < self.unit:
            raise InvalidTerms("kink", "is not between 0 and 100 %")
        if min(self.base, self.rise_below, self.rise_above) < 0:
            raise InvalidTerms("curve", "has a negative base or rise")

    def rate(self, used: int) -> int:
        """Return the borrow rate at a utilisation in parts of the unit."""
        _check_used(used, self.unit)
        if used <= self.kink:
            return self.base + mul_div(self.rise_below, used, self.kink, CURVE.rounding)
        above = mul_div(self.rise_above, used - self.kink, self.unit - self.kink, CURVE.rounding)
        return self.base + self.rise_below + above


@dataclass(frozen=True, slots=True, kw_only=True)
class SlopedCurve:
    """A rate given by its slope below and above a kink; used for borrowers or, by itself, suppliers."""

    unit: int
    """The number by which slope times utilisation is divided."""
    kink: int
    """The utilisation at which the slope changes."""
    base: int
    """The rate of an idle pool."""
    low: int
    """The slope up to the kink: rate for each unit of utilisation."""
    high: int
    """The slope behind it."""

    def rate(self, used: int) -> int:
        """Return the rate at a utilisation; each term is rounded down."""
        if used < 0:
            raise InvalidTerms("utilisation", "is negative")
        below = mul_div(self.low, min(used, self.kink), self.unit, SLOPE.rounding)
        above = mul_div(self.high, max(used - self.kink, 0), self.unit, SLOPE.rounding)
        return self.base + below + above


def supply_rate(
    borrow_rate: int, used: int, reserve_factor: int, unit: int, spread: int = 0
) -> int:
    """Return what suppliers earn: the borrow rate less a spread, on the lent part, less the reserve.

    All four are in parts of `unit`. Raises InvalidTerms for parts above the whole.
    """
    _check_used(used, unit)
    if not 0 <= reserve_factor <= unit or spread < 0:
        raise InvalidTerms("reserveFactor", "is not between 0 and 100 %, or the spread is negative")
    earned = max(borrow_rate - spread, 0) * used * (unit - reserve_factor)
    return divide(earned, unit * unit, SUPPLY_RATE.rounding)


def _check_used(used: int, unit: int) -> None:
    if not 0 <= used <= unit:
        raise InvalidTerms("utilisation", f"{used} is not between 0 and {unit}")
