"""Liquidation in numbers: how much may be closed, for how much collateral, and what may be left over.

Sources: Aave v3.7 LiquidationLogic (close factor, dust rule, bonus, protocol fee), Morpho Blue
(incentive factor), Compound III quoteCollateral (sale of seized collateral at a discount).
"""

from __future__ import annotations

from dataclasses import dataclass

from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models.sites import DEBT, INCENTIVE, LIQUIDATION_FEE, SEIZED, SLOPE
from lending.arithmetic.money import divide, mul_div


def incentive_factor(threshold: int, unit: int, cursor: int, most: int) -> int:
    """Return by how much collateral seized exceeds the debt repaid: 1 / (1 - cursor (1 - threshold)).

    The closer a loan may come to the worth of its collateral, the less room there is for a reward. All
    are in parts of `unit`; the result is never more than `most`.
    """
    if not 0 <= threshold <= unit or not 0 <= cursor < unit:
        raise InvalidTerms("liquidationThreshold", "or its cursor is not between 0 and 100 %")
    discount = mul_div(cursor, unit - threshold, unit, SLOPE.rounding)
    return min(most, mul_div(unit, unit, unit - discount, INCENTIVE.rounding))


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRule:
    """How much of a loan one liquidation may close. Values are in a common base currency."""

    unit: int
    """The number that means 1, for health and the close factor."""
    close_factor: int
    """The part of the debt that may be repaid of a loan that is a little under water."""
    full_close_health: int
    """At or below this health the whole debt may be repaid."""
    small_position: int
    """Debt or collateral worth less than this may be closed in full at any health below 1."""
    least_left: int
    """What is left of debt and of collateral is nothing, or worth at least this."""


def most_repayable(
    rule: CloseRule, debt: int, debt_value: int, collateral_value: int, health: int
) -> int:
    """Return the most of a debt that may be repaid by a liquidator; 0 if the loan is healthy."""
    if health >= rule.unit:
        return 0
    small = min(debt_value, collateral_value) < rule.small_position
    if health <= rule.full_close_health or small:
        return debt
    return mul_div(debt, rule.close_factor, rule.unit, SEIZED.rounding)


def leaves_dust(rule: CloseRule, debt_value_left: int, collateral_value_left: int) -> bool:
    """Tell whether a liquidation would leave a remainder that nobody will come back for."""
    if debt_value_left == 0 or collateral_value_left == 0:
        return False
    return min(debt_value_left, collateral_value_left) < rule.least_left


@dataclass(frozen=True, slots=True)
class Seizure:
    """What one liquidation moves."""

    repaid: int
    """The debt that the liquidator repays."""
    seized: int
    """The collateral that leaves the borrower, the fee included."""
    fee: int
    """The part of it that the pool keeps."""

    @property
    def to_liquidator(self) -> int:
        """The collateral that the liquidator receives."""
        return self.seized - self.fee


def seize(
    repay: int,
    collateral: int,
    *,
    debt_price: int,
    collateral_price: int,
    bonus: int,
    fee_part: int,
    unit: int,
) -> Seizure:
    """Return what is seized for a repayment: its worth in collateral and a bonus, as far as there is.

    `bonus` and `fee_part` (of the bonus) are in parts of `unit`; prices are per smallest unit of each
    asset, in one currency. If the collateral does not suffice all of it is seized, and the repayment
    is what it covers, rounded up. Every unit lost by rounding is the liquidator's.
    """
    if min(debt_price, collateral_price) <= 0:
        raise InvalidTerms("price", "is not positive")
    base = mul_div(repay, debt_price, collateral_price, SEIZED.rounding)
    seized = mul_div(base, unit + bonus, unit, SEIZED.rounding)
    if seized > collateral:
        seized = collateral
        whole = collateral_price * unit
        repay = min(repay, divide(collateral * whole, debt_price * (unit + bonus), DEBT.rounding))
        base = mul_div(collateral, unit, unit + bonus, DEBT.rounding)
    fee = mul_div(seized - base, fee_part, unit, LIQUIDATION_FEE.rounding)
    return Seizure(repay, seized, fee)


def discounted_price(
    price: int, liquidation_factor: int, store_front_factor: int, unit: int
) -> int:
    """Return the price at which seized collateral is sold: part of the penalty is the discount.

    Each product is rounded down, as published: the order of the divisions matters.
    """
    discount = mul_div(store_front_factor, unit - liquidation_factor, unit, SLOPE.rounding)
    return mul_div(price, unit - discount, unit, SLOPE.rounding)


def quote_collateral(
    paid: int, paid_price: int, paid_unit: int, asset_price: int, asset_unit: int
) -> int:
    """Return how much collateral an amount of the base asset buys, rounded down once."""
    return divide(paid_price * paid * asset_unit, asset_price * paid_unit, SEIZED.rounding)
