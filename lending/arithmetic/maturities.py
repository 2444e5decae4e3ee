"""When a contract ends: stated, or found from its terms, one rule per kind of contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lending.arithmetic.cycle import LONGEST_SCHEDULE, Recurrence
from lending.arithmetic.daycount import year_fraction
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.events import EventType
from lending.arithmetic.market import Observations
from lending.arithmetic.money import Rounding, divide
from lending.arithmetic.rates import simple_interest
from lending.arithmetic.schedules import redemption_dates
from lending.arithmetic.schedules_array import first_redemptions
from lending.arithmetic.terms import ContractType, Terms

Maturity = Callable[[Terms, Observations, datetime | None], datetime]
"""From terms, observations and the end of the calculation to the end of the cycles."""


def stated(terms: Terms, _: Observations, __: datetime | None) -> datetime:
    """PAM: the maturity date is a term."""
    if terms.maturity_date is None:
        raise InvalidTerms("maturityDate", "is required")
    return terms.maturity_date


def amortized(terms: Terms, _: Observations, __: datetime | None) -> datetime:
    """LAM, NAM, ANN: as stated, or when the redemptions have repaid the loan."""
    if terms.maturity_date is not None:
        return terms.maturity_date
    if terms.amortization_date is not None:
        return terms.amortization_date
    payment = terms.next_principal_redemption_payment
    if payment is None:
        raise InvalidTerms("maturityDate", "neither it nor a redemption payment is given")
    dates = redemption_dates(terms)
    first = dates.index_from(terms.status_date)
    if terms.contract_type is not ContractType.LAM:
        payment -= _first_interest(terms, dates, first)
    if payment <= 0:
        raise InvalidTerms("nextPrincipalRedemptionPayment", "does not repay the loan")
    redemptions = divide(terms.notional_principal, payment, Rounding.CEIL)
    if redemptions > LONGEST_SCHEDULE:
        raise InvalidTerms("nextPrincipalRedemptionPayment", "repays the loan in too many payments")
    return dates.time(first + max(redemptions, 1) - 1)


def _first_interest(terms: Terms, dates: Recurrence, first: int) -> int:
    """Return the interest of one redemption period on the whole notional."""
    begin, end = dates.time(first), dates.time(first + 1)
    fraction = year_fraction(terms.day_count_convention, begin, end)
    rate = terms.nominal_interest_rate or 0
    return simple_interest(terms.notional_principal, rate, terms.scale.rate_unit, fraction)


def stepped(terms: Terms, _: Observations, __: datetime | None) -> datetime:
    """LAX: as stated, or at the step payment that leaves nothing owed."""
    if terms.maturity_date is not None:
        return terms.maturity_date
    owed = terms.notional_principal
    for time, change in first_redemptions(terms):
        owed += change
        if owed <= 0:
            return time
    raise InvalidTerms("maturityDate", "is required: the steps do not repay the loan")


def called(terms: Terms, observed: Observations, until: datetime | None) -> datetime:
    """CLM: as stated, or when it is called, or at the end of the calculation."""
    if terms.maturity_date is not None:
        return terms.maturity_date
    calls = [each.time for each in observed.events if each.kind is EventType.XD]
    return min(calls) if calls else open_ended(terms, observed, until)


def open_ended(_: Terms, __: Observations, until: datetime | None) -> datetime:
    """UMP: no maturity but the end of the calculation."""
    if until is None:
        raise InvalidTerms("to", "is required for a contract without maturity")
    return until
