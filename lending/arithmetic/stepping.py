"""A loan one installment at a time: what the chain needs when a loan no longer follows its plan.

Every function here costs the same whatever the length of the loan (an uneven annuity costs its
remaining periods). It covers loans whose interest and principal fall on the same dates, with a rate
that does not change; `plan` in `schedule` runs the whole engine and agrees with it to the unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from lending.arithmetic.calendar import shift
from lending.arithmetic.cycle import Recurrence, recurrence
from lending.arithmetic.dates import from_epoch_ms, to_epoch_ms
from lending.arithmetic.daycount import DayCount, Fraction, year_fraction
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.money import (
    INTEREST,
    POWERS_OF_TEN,
    RATE_DECIMALS,
    REDEMPTION,
    Rounding,
    divide,
)
from lending.arithmetic.rates import annuity_payment, level_payment, simple_interest
from lending.arithmetic.terms import ContractType, Terms


@dataclass(frozen=True, slots=True)
class Installment:
    """One payment that a borrower owes."""

    number: int
    """1 for the first payment after the loan is drawn."""
    due: int
    """When it is due, in epoch milliseconds."""
    principal: int
    """The part that reduces the balance, in the asset's minor unit."""
    interest: int
    """The interest of the period, in the asset's minor unit."""
    payment: int
    """Principal and interest together."""
    balance_after: int
    """The principal still owed afterwards."""


def installment(
    principal: int,
    rate: int,
    periods: int,
    *,
    periods_per_year: int = 12,
    rate_decimals: int = RATE_DECIMALS,
) -> int:
    """Return the level payment of a loan over equal periods, rounded up to the minor unit.

    `rate` is the yearly rate in parts of 10**rate_decimals; a period costs rate / periods_per_year.
    """
    return level_payment(principal, rate, POWERS_OF_TEN[rate_decimals], periods, periods_per_year)


def interest_for_period(
    principal: int,
    rate: int,
    start: int,
    end: int,
    day_count: DayCount,
    *,
    rate_decimals: int = RATE_DECIMALS,
    extra_decimals: int = 0,
    rounding: Rounding = INTEREST.rounding,
) -> int:
    """Return simple interest from start to end (epoch ms) in the unit of the principal.

    `extra_decimals` asks for a finer unit (10**-extra_decimals of it), for accruals that are
    rounded at settlement.
    """
    fraction = year_fraction(day_count, from_epoch_ms(start), from_epoch_ms(end))
    amount = principal * POWERS_OF_TEN[extra_decimals]
    return simple_interest(amount, rate, POWERS_OF_TEN[rate_decimals], fraction, rounding)


@dataclass(frozen=True, slots=True)
class Steps:
    """The payment dates of a loan, worked out once for several questions about it."""

    terms: Terms
    """The loan."""
    dates: Recurrence
    """Its payment dates before maturity."""
    maturity: datetime
    """Its last payment date."""
    count: int
    """The number of its payments, the one at maturity included."""

    def times(self, number: int) -> tuple[datetime, datetime]:
        """Return when payment `number` happens and until when it counts interest; 0 is the start."""
        if number == 0:
            return self.terms.initial_exchange_date, self.terms.initial_exchange_date
        if not 0 < number <= self.count:
            raise InvalidTerms("number", f"the loan has no installment {number}")
        time = self.maturity if number == self.count else self.dates.time(number - 1)
        return shift(time, self.terms.business_day_convention, self.terms.calendar)

    def fraction(self, number: int) -> Fraction:
        """Return the year fraction for which payment `number` bears interest."""
        start, end = self.times(number - 1)[1], self.times(number)[1]
        return year_fraction(self.terms.day_count_convention, start, end, self.maturity)

    def level(self, number: int, balance: int) -> int:
        """Return the level amount that redeems `balance` from payment `number` to the last."""
        if not 0 < number <= self.count:
            raise InvalidTerms("number", f"the loan has no installment {number}")
        if self.terms.contract_type is ContractType.PAM:
            return 0
        if self.terms.contract_type is ContractType.LAM:
            return divide(balance, self.count - number + 1, REDEMPTION.rounding)
        convention = self.terms.day_count_convention
        times = [self.times(each)[1] for each in range(number - 1, self.count + 1)]
        fractions = [
            year_fraction(convention, start, end, self.maturity) for start, end in pairwise(times)
        ]
        rate = self.terms.nominal_interest_rate or 0
        return annuity_payment(balance, 0, rate, self.terms.scale.rate_unit, fractions)

    def bill(self, number: int, balance: int, level: int) -> Installment:
        """Return what falls due as payment `number` of a loan that owes `balance`."""
        rate, unit = self.terms.nominal_interest_rate or 0, self.terms.scale.rate_unit
        interest = simple_interest(balance, rate, unit, self.fraction(number))
        principal = level
        if self.terms.contract_type in (ContractType.ANN, ContractType.NAM):
            principal -= interest
        principal = balance if number == self.count else min(balance, principal)
        due = to_epoch_ms(self.times(number)[0])
        after = balance - principal
        return Installment(number, due, principal, interest, principal + interest, after)


def steps(terms: Terms) -> Steps:
    """Return the payment dates of a loan; raises InvalidTerms if it has no cycle or no maturity."""
    if terms.contract_type is ContractType.PAM:
        anchor, cycle = (
            terms.cycle_anchor_date_of_interest_payment,
            terms.cycle_of_interest_payment,
        )
    else:
        anchor, cycle = (
            terms.cycle_anchor_date_of_principal_redemption,
            terms.cycle_of_principal_redemption,
        )
    dates = recurrence(anchor, cycle, terms.initial_exchange_date, terms.end_of_month)
    if dates is None or terms.maturity_date is None:
        raise InvalidTerms(
            "cycleOfPrincipalRedemption", "a stepped loan has a cycle and a maturity"
        )
    return Steps(terms, dates, terms.maturity_date, dates.count(terms.maturity_date) + 1)


def installment_count(terms: Terms) -> int:
    """Return the number of installments, the one at maturity included."""
    return steps(terms).count


def next_due(terms: Terms, number: int) -> int:
    """Return when installment `number` (from 1) is due, in epoch milliseconds.

    Raises InvalidTerms if the loan has no such installment.
    """
    return to_epoch_ms(steps(terms).times(number)[0])


def installment_amount(terms: Terms, number: int, balance: int) -> int:
    """Return the level amount that redeems `balance` from installment `number` to the last.

    For an annuity it is the payment including interest, for a linear loan the principal alone, for
    a bullet loan 0 (nothing but interest is due before maturity). Rounded up to the minor unit.
    """
    return steps(terms).level(number, balance)


def bill(terms: Terms, number: int, balance: int, level: int) -> Installment:
    """Return what falls due as installment `number` of a loan that owes `balance`.

    `level` is what `installment_amount` returned when the payment was last fixed (or the stated
    next principal redemption payment). The last installment clears the balance whatever it is; an
    earlier one never takes more than the balance.
    """
    return steps(terms).bill(number, balance, level)
