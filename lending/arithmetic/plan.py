"""The planned installments of a loan, and the terms of a common loan from a few numbers."""

from __future__ import annotations

from lending.arithmetic.calendar import NO_CALENDAR, BusinessDay, Calendar
from lending.arithmetic.cycle import Cycle
from lending.arithmetic.dates import from_epoch_ms
from lending.arithmetic.daycount import DayCount
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.money import MINOR_UNITS, Scale
from lending.arithmetic.stepping import Installment, steps
from lending.arithmetic.terms import ContractType, Terms

MONTHLY = Cycle(months=1, days=0)
"""The cycle of a loan that is paid every month."""


def loan_terms(
    contract_type: ContractType,
    principal: int,
    rate: int,
    start: int,
    periods: int,
    *,
    cycle: Cycle = MONTHLY,
    day_count: DayCount = DayCount.SIMPLE,
    scale: Scale = MINOR_UNITS,
    end_of_month: bool = False,
    business_day: BusinessDay = BusinessDay.NOS,
    calendar: Calendar = NO_CALENDAR,
) -> Terms:
    """Return the terms of a loan paid out at `start` (epoch ms) and repaid in `periods` cycles.

    Interest and principal fall due together, one cycle apart, the last at maturity. Raises
    InvalidTerms for a loan of nothing, or one that lasts no time.
    """
    if principal <= 0:
        raise InvalidTerms("notionalPrincipal", "must be positive")
    if not 1 <= periods <= 1200:
        raise InvalidTerms("periods", f"{periods} is not between 1 and 1200")
    drawn = from_epoch_ms(start)
    return Terms(
        contract_type=contract_type,
        status_date=drawn,
        scale=scale,
        notional_principal=principal,
        initial_exchange_date=drawn,
        maturity_date=cycle.time(drawn, periods, end_of_month),
        nominal_interest_rate=rate,
        day_count_convention=day_count,
        cycle_of_interest_payment=cycle,
        cycle_of_principal_redemption=cycle,
        end_of_month=end_of_month,
        business_day_convention=business_day,
        calendar=calendar,
    )


def plan(terms: Terms) -> tuple[Installment, ...]:
    """Return every installment of a loan that is paid as agreed."""
    loan = steps(terms)
    balance = terms.notional_principal
    level = terms.next_principal_redemption_payment
    if level is None:
        level = loan.level(1, balance)
    planned: list[Installment] = []
    for number in range(1, loan.count + 1):
        planned.append(loan.bill(number, balance, level))
        balance = planned[-1].balance_after
    return tuple(planned)
