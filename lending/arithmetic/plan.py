"""The planned installments of a loan, and the terms of a common loan from a few numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from lending.arithmetic.calendar import NO_CALENDAR, BusinessDay, Calendar
from lending.arithmetic.cycle import Cycle
from lending.arithmetic.dates import from_epoch_ms, to_epoch_ms
from lending.arithmetic.daycount import DayCount
from lending.arithmetic.engine import run
from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.events import EventType, Outcome
from lending.arithmetic.market import NOTHING_OBSERVED, Observations
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


def plan(terms: Terms, observed: Observations = NOTHING_OBSERVED) -> tuple[Installment, ...]:
    """Return every installment of a loan that is paid as agreed, from the contract engine.

    An annuity without a stated payment gets it here, from the exact formula over all its periods.
    """
    planned: list[Installment] = []
    drawn = terms.initial_exchange_date
    for time, outcomes in groupby(run(_with_level(terms), observed), key=attrgetter("time")):
        paid = _installment(terms, len(planned) + 1, time, list(outcomes))
        if paid is not None and (paid.payment or time > drawn):
            planned.append(paid)
    return tuple(planned)


_REDEMPTIONS = (EventType.PR, EventType.MD)


def _installment(
    terms: Terms, number: int, time: datetime, outcomes: list[Outcome]
) -> Installment | None:
    """Return what the events of one moment ask of the borrower; None if they are no payments."""
    sign = terms.contract_role.sign
    interest = [sign * each.payoff for each in outcomes if each.kind is EventType.IP]
    principal = [sign * each.payoff for each in outcomes if each.kind in _REDEMPTIONS]
    if not interest and not principal:
        return None
    return Installment(
        number=number,
        due=to_epoch_ms(time),
        principal=sum(principal),
        interest=sum(interest),
        payment=sum(principal) + sum(interest),
        balance_after=sign * outcomes[-1].notional_principal,
    )


def _with_level(terms: Terms) -> Terms:
    """Return the terms with the level payment stated, for an annuity that can be stepped."""
    if terms.contract_type is not ContractType.ANN or terms.maturity_date is None:
        return terms
    if terms.next_principal_redemption_payment is not None or terms.amortization_date is not None:
        return terms
    interest = (terms.cycle_anchor_date_of_interest_payment, terms.cycle_of_interest_payment)
    if interest != (
        terms.cycle_anchor_date_of_principal_redemption,
        terms.cycle_of_principal_redemption,
    ):
        return terms
    level = steps(terms).level(1, terms.notional_principal)
    return replace(terms, next_principal_redemption_payment=level)
