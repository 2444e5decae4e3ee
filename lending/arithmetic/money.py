"""Exact integer money: scales, rounding modes, and the one table of the places where we round.

Amounts are integers of 10**-scale.money of a currency, rates of 10**-scale.rate. Nothing here is a
float or a `decimal.Decimal`; a division names how it rounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from lending.arithmetic.errors import InvalidTerms


class Rounding(Enum):
    """How a division that is not exact becomes an integer."""

    FLOOR = "floor"
    """Towards minus infinity."""
    CEIL = "ceil"
    """Towards plus infinity."""
    HALF_EVEN = "half_even"
    """To the nearest; a tie goes to the even neighbour, so that ties favour nobody in the long run."""
    HALF_UP = "half_up"
    """To the nearest; a tie goes away from zero."""
    TO_ZERO = "to_zero"
    """Towards zero, whatever the sign."""


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Divide two integers and round; raises ZeroDivisionError for a zero denominator."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    quotient, remainder = divmod(numerator, denominator)
    if remainder == 0 or rounding is Rounding.FLOOR:
        return quotient
    if rounding is Rounding.CEIL:
        return quotient + 1
    if rounding is Rounding.TO_ZERO:
        return quotient + (numerator < 0)
    twice = 2 * remainder
    if twice != denominator:
        return quotient + (twice > denominator)
    if rounding is Rounding.HALF_EVEN:
        return quotient + (quotient & 1)
    return quotient + (numerator > 0)


def mul_div(a: int, b: int, c: int, rounding: Rounding) -> int:
    """Return a * b / c rounded once, the product being exact."""
    return divide(a * b, c, rounding)


@dataclass(frozen=True, slots=True)
class Scale:
    """How fine the integers are: the number of decimal places of money and of rates."""

    money: int
    """Decimal places of every amount: 2 bills cents, 20 compares with published vectors."""
    rate: int
    """Decimal places of every rate, multiplier and index value."""
    accrual: int = 20
    """Decimal places of interest and fees that accrue and are not settled yet; at least `money`."""

    @property
    def accrual_unit(self) -> int:
        """One unit of money in units of accrual."""
        return POWERS_OF_TEN[self.accrual - self.money]

    @property
    def rate_unit(self) -> int:
        """The rate 1 (100 % a year) as an integer rate."""
        return POWERS_OF_TEN[self.rate]


POWERS_OF_TEN: tuple[int, ...] = tuple(10**exponent for exponent in range(61))
"""10**0 to 10**60, so that hot paths need no exponentiation."""

RATE_DECIMALS = 9
"""Rates on the chain are parts per billion a year: 12.29 % is 122_900_000."""

FINE = Scale(money=20, rate=24)
"""The scale at which schedules are quoted against published numbers (twelve digits below 1e-8)."""

MINOR_UNITS = Scale(money=2, rate=RATE_DECIMALS)
"""The scale at which a loan in a currency with cents is billed."""


@dataclass(frozen=True, slots=True)
class RoundingSite:
    """One place in the lending arithmetic where a result is rounded."""

    name: str
    """The site's name in documents and statements."""
    rounding: Rounding
    """The direction."""
    favours: str
    """Whom the direction favours by at most one unit; never the party that chose the moment."""
    reason: str
    """Why this direction and no other."""


ACCRUAL = RoundingSite(
    "accrual",
    Rounding.HALF_EVEN,
    "nobody",
    "Interest and fees accrue at 20 decimal places, far below any unit that is ever paid.",
)
INTEREST = RoundingSite(
    "interest",
    Rounding.HALF_EVEN,
    "nobody",
    "Settled interest is the nearest unit; ties to even, so that many periods do not drift.",
)
ANNUITY = RoundingSite(
    "annuity",
    Rounding.CEIL,
    "lender",
    "The level payment is rounded up, so that paying it every time always repays the loan.",
)
REDEMPTION = RoundingSite(
    "redemption",
    Rounding.CEIL,
    "lender",
    "An equal share of principal is rounded up; the last redemption clears what is left.",
)
RATE = RoundingSite(
    "rate",
    Rounding.HALF_EVEN,
    "nobody",
    "A reset rate (index times multiplier) is the nearest rate unit.",
)
SCALED = RoundingSite(
    "scaled",
    Rounding.HALF_EVEN,
    "nobody",
    "A payment multiplied by an index or a scaling factor is the nearest unit.",
)
FEE = RoundingSite(
    "fee",
    Rounding.HALF_EVEN,
    "nobody",
    "A settled fee is the nearest unit.",
)
COVER = RoundingSite(
    "cover",
    Rounding.FLOOR,
    "guarantor",
    "Cover is never more than the agreed part of what is at risk.",
)

ROUNDING_SITES: tuple[RoundingSite, ...] = (
    ACCRUAL,
    INTEREST,
    ANNUITY,
    REDEMPTION,
    RATE,
    SCALED,
    FEE,
    COVER,
)
"""Every site of this package, in the order of the documentation."""


def parse_decimal(text: str, decimals: int, term: str) -> int:
    """Read a decimal number exactly as an integer of 10**-decimals.

    Blanks around the number are allowed, an exponent too. Raises InvalidTerms if the text is not a
    finite decimal number or has more decimal places than the scale can hold.
    """
    mantissa, mark, exponent_text = text.strip().lower().partition("e")
    sign = -1 if mantissa.startswith("-") else 1
    whole, _, fraction = mantissa.lstrip("+-").partition(".")
    digits = whole + fraction
    exponent = _parse_exponent(exponent_text, term) if mark else 0
    if not (digits.isascii() and digits.isdigit()) or mantissa.count("-") + mantissa.count("+") > 1:
        raise InvalidTerms(term, f"{text!r} is not a decimal number")
    shift = decimals - len(fraction) + exponent
    if not -60 <= shift <= 60:
        raise InvalidTerms(term, f"{text!r} is out of range")
    if shift >= 0:
        return sign * int(digits) * POWERS_OF_TEN[shift]
    value, lost = divmod(int(digits), POWERS_OF_TEN[-shift])
    if lost:
        raise InvalidTerms(term, f"{text!r} has more than {decimals} decimal places")
    return sign * value


def _parse_exponent(text: str, term: str) -> int:
    digits = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 3:
        raise InvalidTerms(term, f"exponent {text!r} is not a small integer")
    return -int(digits) if text.startswith("-") else int(digits)


def format_decimal(value: int, decimals: int) -> str:
    """Write an integer of 10**-decimals as the shortest decimal string, without an exponent."""
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), POWERS_OF_TEN[decimals])
    tail = str(fraction).rjust(decimals, "0").rstrip("0") if fraction else ""
    return f"{sign}{whole}.{tail}" if tail else f"{sign}{whole}"
