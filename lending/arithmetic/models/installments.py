"""Level payments: to a remaining balance, and to the cent with an uneven last one.

Sources: Maple MapleLoanLogic getInstallment (a level payment down to an ending principal), Apache
Fineract progressive loan schedules (equal monthly installments, interest by the days of each period).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lending.arithmetic.daycount import Fraction
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models.sites import EMI, LEVEL, SERVICE
from lending.arithmetic.money import divide
from lending.arithmetic.rates import MOST_PERIODS, annuity_payment, simple_interest


def payment_to_balance(
    principal: int,
    ending: int,
    rate: int,
    rate_unit: int,
    period: Fraction,
    periods: int,
) -> int:
    """Return the level payment that brings a principal down to `ending` in equal periods.

    A = (P (1 + R)^N - E) R / ((1 + R)^N - 1), exact but for its one rounding. `period` is the part of
    a year.
    """
    if not 1 <= periods <= MOST_PERIODS or rate < 0 or not 0 <= ending <= principal:
        raise InvalidTerms("installment", "its periods, rate or ending balance are out of range")
    one = rate_unit * period[1]
    interest = rate * period[0]
    if interest == 0:
        return divide(principal - ending, periods, LEVEL.rounding)
    grown, still = (one + interest) ** periods, one**periods
    return divide(
        (principal * grown - ending * still) * interest, (grown - still) * one, LEVEL.rounding
    )


def balance_split(
    principal: int, ending: int, rate: int, rate_unit: int, period: Fraction, periods: int
) -> tuple[int, int]:
    """Return (principal, interest) of the next level payment; the last one pays what remains but `ending`."""
    interest = simple_interest(principal, rate, rate_unit, period, SERVICE.rounding)
    if periods == 1:
        return principal - ending, interest
    level = payment_to_balance(principal, ending, rate, rate_unit, period, periods)
    return max(level - interest, 0), interest


def annuity_factors(
    rate: int, rate_unit: int, fractions: Sequence[Fraction], digits: int
) -> tuple[int, ...]:
    """Return f(1) = 1 and f(n) = 1 + f(n - 1) times the growth of period n, in parts of `digits`.

    The level payment is the principal, grown over all periods, by the last of them. Every step is
    rounded, as published; the payments of this package come from the exact fraction instead.
    """
    factors: list[int] = []
    factor = 0
    for part, whole in fractions:
        interest = divide(rate * part * digits, rate_unit * whole, EMI.rounding)
        factor = digits + divide(factor * (digits + interest), digits, EMI.rounding)
        factors.append(factor)
    return tuple(factors)


@dataclass(frozen=True, slots=True)
class Share:
    """One installment."""

    principal: int
    """The part that reduces the balance."""
    interest: int
    """The interest of the period."""

    @property
    def due(self) -> int:
        """Both together."""
        return self.principal + self.interest


def progressive(
    principal: int, rate: int, rate_unit: int, fractions: Sequence[Fraction]
) -> tuple[Share, ...]:
    """Return a schedule of equal installments to the nearest cent; the last one clears the rest."""
    level = annuity_payment(principal, 0, rate, rate_unit, fractions, rounding=EMI.rounding)
    shares: list[Share] = []
    left = principal
    for number, fraction in enumerate(fractions, 1):
        interest = simple_interest(left, rate, rate_unit, fraction, EMI.rounding)
        part = left if number == len(fractions) else min(left, max(level - interest, 0))
        shares.append(Share(part, interest))
        left -= part
    return tuple(shares)


def payoff_interest(
    balance: int, rate: int, rate_unit: int, period: Fraction, days: int, of_days: int
) -> int:
    """Return the interest of a period that is broken off after some of its days, to the nearest cent."""
    if not 0 <= days <= of_days or of_days == 0:
        raise InvalidTerms("days", f"{days} of {of_days} days are no part of a period")
    part = (period[0] * days, period[1] * of_days)
    return simple_interest(balance, rate, rate_unit, part, EMI.rounding)
