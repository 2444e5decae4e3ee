"""Where the rate models round: the continuation of the table of `money.ROUNDING_SITES`."""

from __future__ import annotations

from lending.arithmetic.money import Rounding, RoundingSite

UTILISATION = RoundingSite(
    "utilisation",
    Rounding.FLOOR,
    "borrowers",
    "A curve never starts to climb before the kink is passed in full.",
)
CURVE = RoundingSite(
    "curve",
    Rounding.HALF_UP,
    "nobody",
    "A rate read off a curve is the nearest unit.",
)
SLOPE = RoundingSite(
    "slope",
    Rounding.FLOOR,
    "borrowers",
    "A rate by slopes is rounded down at each term, as published.",
)
SUPPLY_RATE = RoundingSite(
    "supply rate",
    Rounding.FLOOR,
    "pool",
    "Suppliers are never promised more than borrowers pay.",
)
LINEAR_INDEX = RoundingSite(
    "linear index",
    Rounding.FLOOR,
    "pool",
    "What suppliers earn grows by whole units of the index.",
)
COMPOUND_INDEX = RoundingSite(
    "compound index",
    Rounding.HALF_UP,
    "nobody",
    "Each squaring of the index is the nearest unit, so that errors do not drift.",
)
CLAIM = RoundingSite(
    "claim",
    Rounding.FLOOR,
    "pool",
    "What a supplier may take, and the shares that a deposit buys, are rounded down.",
)
DEBT = RoundingSite(
    "debt",
    Rounding.CEIL,
    "pool",
    "What a borrower owes is rounded up.",
)
ADAPTATION = RoundingSite(
    "adaptation",
    Rounding.TO_ZERO,
    "whoever the curve moves against",
    "A step of an adaptive curve is rounded towards no step.",
)
EXPONENTIAL = RoundingSite(
    "exponential",
    Rounding.TO_ZERO,
    "borrowers",
    "Each term of an approximated e to the x is cut off.",
)
INCENTIVE = RoundingSite(
    "incentive",
    Rounding.FLOOR,
    "borrower",
    "The factor by which a liquidator is rewarded is rounded down.",
)
SEIZED = RoundingSite(
    "seized",
    Rounding.FLOOR,
    "borrower",
    "Collateral for a repayment is rounded down: the liquidator absorbs every unit.",
)
LIQUIDATION_FEE = RoundingSite(
    "liquidation fee",
    Rounding.CEIL,
    "pool",
    "The pool's part of the bonus is rounded up, at the liquidator's expense.",
)
PRESENT_VALUE = RoundingSite(
    "present value",
    Rounding.HALF_UP,
    "nobody",
    "A future or discounted value is the nearest unit.",
)
TRANCHE = RoundingSite(
    "tranche",
    Rounding.HALF_UP,
    "nobody",
    "A tranche's debt and price are the nearest unit; the junior tranche holds the rest.",
)
LEVEL = RoundingSite(
    "level",
    Rounding.FLOOR,
    "borrower",
    "A level payment to a remaining balance is rounded down; the last payment clears the rest.",
)
EMI = RoundingSite(
    "emi",
    Rounding.HALF_EVEN,
    "nobody",
    "An equal installment and each interest is the nearest cent; the last one clears the rest.",
)
SERVICE = RoundingSite(
    "service",
    Rounding.FLOOR,
    "borrower",
    "Interest, late charges and fees by the second are rounded down.",
)
OVERNIGHT = RoundingSite(
    "overnight",
    Rounding.HALF_UP,
    "nobody",
    "A compounded rate is the nearest unit of its agreed decimals (five for SOFR).",
)
MARGIN = RoundingSite(
    "margin",
    Rounding.HALF_EVEN,
    "nobody",
    "An index times its multiplier is the nearest rate unit.",
)

MODEL_SITES: tuple[RoundingSite, ...] = (
    UTILISATION,
    CURVE,
    SLOPE,
    SUPPLY_RATE,
    LINEAR_INDEX,
    COMPOUND_INDEX,
    CLAIM,
    DEBT,
    ADAPTATION,
    EXPONENTIAL,
    INCENTIVE,
    SEIZED,
    LIQUIDATION_FEE,
    PRESENT_VALUE,
    TRANCHE,
    LEVEL,
    EMI,
    SERVICE,
    OVERNIGHT,
    MARGIN,
)
"""Every site of this package, in the order of the documentation."""
