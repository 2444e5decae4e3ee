"""From a template and a loan to the arithmetic: due dates, level payment, the next installment.

Everything here is a pure function of agreed figures, so its results are kept in a bounded cache;
a loan with thousands of installments costs no more per installment than one with twelve.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lending.arithmetic import (
    BusinessDay,
    ContractType,
    DayCount,
    Installment,
    InvalidTerms,
    Rounding,
    interest_for_period,
    loan_terms,
    parse_cycle,
)
from lending.arithmetic.calendar import parse_calendar
from lending.arithmetic.dates import to_epoch_ms
from lending.arithmetic.stepping import Steps, steps
from lending.records import Loan
from lending.terms import Template

_CACHED_TIMETABLES: Final = 8_192
_LAST_DUE_MS: Final = 250_000_000_000_000
"""In the year 9892: due dates stay within the calendar, whatever is added to them."""


@dataclass(frozen=True, slots=True)
class Due:
    """What falls due next."""

    interest: int
    """Interest of the period, with what was carried into it."""
    principal: int
    """Principal that falls due."""


@lru_cache(maxsize=_CACHED_TIMETABLES)
def _steps(
    contract_type: str, day_count: str, cycle: str, end_of_month: str, business_day: str,
    calendar: str, rate: int, start_ms: int, installments: int,
) -> Steps:  # fmt: skip
    terms = loan_terms(
        ContractType(contract_type), 1, rate, start_ms, installments,
        cycle=parse_cycle(cycle, "cycle"), day_count=DayCount(day_count),
        end_of_month=end_of_month == "EOM", business_day=BusinessDay(business_day),
        calendar=parse_calendar(calendar),
    )  # fmt: skip
    found = steps(terms)
    assert found.count == installments, "maturity is on the cycle"
    if to_epoch_ms(found.maturity) > _LAST_DUE_MS:
        raise InvalidTerms("maturityDate", "is beyond the calendar")
    return found


def timetable(template: Template, rate: int, start_ms: int, installments: int) -> Steps:
    """The payment dates of a loan. Raises InvalidTerms if it ends beyond the calendar."""
    return _steps(
        template.contract_type, template.day_count_convention, template.cycle,
        template.end_of_month_convention, template.business_day_convention, template.calendar,
        rate, start_ms, installments,
    )  # fmt: skip


def due_ms(dates: Steps, number: int) -> int:
    """When an installment falls due; 0 after the last."""
    return to_epoch_ms(dates.times(number)[0]) if number <= dates.count else 0


def interest_end_ms(dates: Steps, number: int) -> int:
    """The day up to which an installment counts interest; the start of the loan for number 0."""
    return to_epoch_ms(dates.times(number)[1])


def loan_timetable(template: Template, loan: Loan) -> Steps:
    """The payment dates of a loan."""
    return timetable(template, loan.rate, loan.start_ms, loan.installments)


def next_due(template: Template, loan: Loan) -> Due:
    """What falls due as the next installment, on the balance there is.

    Interest is counted from the day up to which it is settled, plus what was carried.
    """
    dates = loan_timetable(template, loan)
    is_regular = loan.accrued_from_ms == interest_end_ms(dates, loan.number - 1)
    if is_regular and not loan.carried_interest:
        return _regular_due(dates, loan.number, loan.balance, loan.level)
    accrued = _interest(template, loan, interest_end_ms(dates, loan.number))
    interest = loan.carried_interest + accrued
    return Due(interest, _principal(dates, loan.number, loan.balance, loan.level, interest))


def prepayment_interest(template: Template, loan: Loan, today_ms: int) -> tuple[int, int]:
    """The interest that a prepayment today pays first, and the day up to which it then is settled.

    By the rule of the template: to date, of the full running period, or none on what is prepaid
    (WAIVED; what is not prepaid bears interest for the whole period). No interest runs on the first
    day of a period. Rounded up: it is the payer who chose the day.
    """
    if today_ms <= loan.accrued_from_ms or template.prepayment == "WAIVED":
        return loan.carried_interest, loan.accrued_from_ms
    period_end_ms = interest_end_ms(loan_timetable(template, loan), loan.number)
    until_ms = min(today_ms, period_end_ms)
    if template.prepayment == "FULL_PERIOD":
        until_ms = period_end_ms
    interest = _interest(template, loan, until_ms, Rounding.CEIL)
    return loan.carried_interest + interest, until_ms


def planned(
    template: Template, principal: int, rate: int, start_ms: int, installments: int
) -> tuple[Installment, ...]:
    """Every installment of a loan that is paid as agreed. Raises InvalidTerms."""
    dates = timetable(template, rate, start_ms, installments)
    balance, level = principal, dates.level(1, principal)
    result: list[Installment] = []
    for number in range(1, installments + 1):
        due = _regular_due(dates, number, balance, level)
        balance -= due.principal
        payment = due.principal + due.interest
        result.append(
            Installment(
                number, due_ms(dates, number), due.principal, due.interest, payment, balance
            )
        )
    return tuple(result)


def _regular_due(dates: Steps, number: int, balance: int, level: int) -> Due:
    interest = dates.bill(number, balance, level).interest
    return Due(interest, _principal(dates, number, balance, level, interest))


def _principal(dates: Steps, number: int, balance: int, level: int, interest: int) -> int:
    """The last installment takes the whole balance, an earlier one never more than it.

    A level payment takes its interest first. Where a long period earns more than the level payment
    (a high rate, many installments, days counted as they are), the interest alone is due: a bill
    never adds to the principal.
    """
    if number == dates.count:
        return balance
    is_level_payment = dates.terms.contract_type is ContractType.ANN
    return min(balance, max(0, level - interest) if is_level_payment else level)


def _interest(
    template: Template, loan: Loan, until_ms: int, rounding: Rounding = Rounding.HALF_EVEN
) -> int:
    if until_ms <= loan.accrued_from_ms:
        return 0
    return interest_for_period(
        loan.balance, loan.rate, loan.accrued_from_ms, until_ms,
        DayCount(template.day_count_convention), rounding=rounding,
    )  # fmt: skip
