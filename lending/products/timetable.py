"""From a template and a loan to the arithmetic: due dates, level payment, the next installment.

Everything here is a pure function of agreed figures, so its results are kept in a bounded cache;
a loan with thousands of installments costs no more per installment than one with twelve.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from lending.arithmetic.dates import from_epoch_ms, to_epoch_ms
from lending.arithmetic.daycount import year_fraction
from lending.arithmetic.rates import annuity_payment
from lending.arithmetic.stepping import Steps, steps
from lending.records import Bill, Loan
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
    calendar: str, rate: int, start_ms: int, installments: int, first_ms: int,
) -> Steps:  # fmt: skip
    period = parse_cycle(cycle, "cycle")
    terms = loan_terms(
        ContractType(contract_type), 1, rate, start_ms, installments,
        cycle=period, day_count=DayCount(day_count),
        end_of_month=end_of_month == "EOM", business_day=BusinessDay(business_day),
        calendar=parse_calendar(calendar),
    )  # fmt: skip
    if first_ms:
        first = from_epoch_ms(first_ms)
        terms = replace(
            terms, cycle_anchor_date_of_principal_redemption=first,
            cycle_anchor_date_of_interest_payment=first,
            maturity_date=period.time(first, installments - 1, terms.end_of_month),
        )  # fmt: skip
    found = steps(terms)
    assert found.count == installments, "maturity is on the cycle"
    if to_epoch_ms(found.maturity) > _LAST_DUE_MS:
        raise InvalidTerms("maturityDate", "is beyond the calendar")
    return found


def timetable(
    template: Template, rate: int, start_ms: int, installments: int, first_ms: int = 0
) -> Steps:
    """The payment dates of a plan; the first is one cycle after its start, or `first_ms`.

    Raises InvalidTerms if it ends beyond the calendar.
    """
    return _steps(
        template.contract_type, template.day_count_convention, template.cycle,
        template.end_of_month_convention, template.business_day_convention, template.calendar,
        rate, start_ms, installments, first_ms,
    )  # fmt: skip


def due_ms(dates: Steps, number: int) -> int:
    """When an installment falls due; 0 after the last."""
    return to_epoch_ms(dates.times(number)[0]) if number <= dates.count else 0


def interest_end_ms(dates: Steps, number: int) -> int:
    """The day up to which an installment counts interest; the start of the plan for number 0."""
    return to_epoch_ms(dates.times(number)[1])


def loan_timetable(template: Template, loan: Loan) -> Steps:
    """The payment dates of a loan's running plan, whose numbers begin after `plan_number`."""
    return timetable(
        template, loan.rate, loan.plan_start_ms, loan.installments - loan.plan_number,
        loan.plan_first_ms,
    )  # fmt: skip


def next_due(template: Template, loan: Loan) -> Due:
    """What falls due as the next installment, on the balance there is.

    Interest is counted from the day up to which it is settled, plus what was carried.
    """
    dates = loan_timetable(template, loan)
    place = loan.number - loan.plan_number
    is_regular = loan.accrued_from_ms == interest_end_ms(dates, place - 1)
    if is_regular and not loan.carried_interest:
        return _regular_due(dates, place, loan.balance, loan.level)
    accrued = _interest(template, loan, interest_end_ms(dates, place))
    interest = loan.carried_interest + accrued
    return Due(interest, _principal(dates, place, loan.balance, loan.level, interest))


def billed(template: Template, loan: Loan, due: Due, bills: tuple[Bill, ...]) -> Loan:
    """The loan after its next installment was billed; `bills` are all that are then unpaid."""
    dates = loan_timetable(template, loan)
    place = loan.number - loan.plan_number
    balance = loan.balance - due.principal
    return replace(
        loan, balance=balance, bills=bills, carried_interest=0, number=loan.number + 1,
        due_ms=due_ms(dates, place + 1) if balance else 0,
        accrued_from_ms=max(loan.accrued_from_ms, interest_end_ms(dates, place)),
    )  # fmt: skip


def deferred(template: Template, loan: Loan, interest: int) -> Loan:
    """The loan after an installment of which nothing is billed: its interest stays owed.

    Capitalised it becomes principal, else it is carried. With the last such installment the level
    is worked out anew from what is then owed.
    """
    dates = loan_timetable(template, loan)
    place = loan.number - loan.plan_number
    capitalised = interest if loan.is_capitalised else 0
    after = replace(
        loan, balance=loan.balance + capitalised, capitalised=loan.capitalised + capitalised,
        carried_interest=interest - capitalised, number=loan.number + 1,
        due_ms=due_ms(dates, place + 1),
        accrued_from_ms=max(loan.accrued_from_ms, interest_end_ms(dates, place)),
    )  # fmt: skip
    if loan.number < loan.deferred_to:
        return after
    return replace(after, level=level_of(template, after))


def level_of(template: Template, loan: Loan) -> int:
    """The level payment or redemption that repays what is owed from the next installment on.

    Interest that is carried, and days of the running period that are settled, are counted in.
    """
    dates = loan_timetable(template, loan)
    place = loan.number - loan.plan_number
    starts_ms = interest_end_ms(dates, place - 1)
    is_regular = loan.accrued_from_ms == starts_ms and not loan.carried_interest
    if is_regular or dates.terms.contract_type is not ContractType.ANN:
        return dates.level(place, loan.balance)
    convention = dates.terms.day_count_convention
    first_ends = dates.times(place)[1]
    starts = min(from_epoch_ms(loan.accrued_from_ms), first_ends)
    fractions = [
        year_fraction(convention, starts, first_ends, dates.maturity),
        *(dates.fraction(number) for number in range(place + 1, dates.count + 1)),
    ]
    unit = dates.terms.scale.rate_unit
    return annuity_payment(loan.balance, loan.carried_interest, loan.rate, unit, fractions)


def prepayment_interest(template: Template, loan: Loan, today_ms: int) -> tuple[int, int]:
    """The interest that a prepayment today pays first, and the day up to which it then is settled.

    By the rule of the template: to date, of the full running period, or none on what is prepaid
    (WAIVED; what is not prepaid bears interest for the whole period). No interest runs on the first
    day of a period. Rounded up: it is the payer who chose the day.
    """
    if today_ms <= loan.accrued_from_ms or template.prepayment == "WAIVED":
        return loan.carried_interest, loan.accrued_from_ms
    place = loan.number - loan.plan_number
    period_end_ms = interest_end_ms(loan_timetable(template, loan), place)
    until_ms = min(today_ms, period_end_ms)
    if template.prepayment == "FULL_PERIOD":
        until_ms = period_end_ms
    interest = _interest(template, loan, until_ms, Rounding.CEIL)
    return loan.carried_interest + interest, until_ms


def settled(template: Template, loan: Loan, day_ms: int) -> Loan:
    """The loan with what has accrued up to a day counted and carried (half to even).

    What is owed is the same before and after; from that day other terms may apply.
    """
    if day_ms <= loan.accrued_from_ms:
        return loan
    carried = loan.carried_interest + _interest(template, loan, day_ms)
    return replace(loan, carried_interest=carried, accrued_from_ms=day_ms)


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


def projected(template: Template, loan: Loan, day_ms: int) -> Loan:
    """The loan as it would be after a day if it were paid as agreed until then."""
    while loan.due_ms and loan.due_ms <= day_ms:
        due = next_due(template, loan)
        if loan.number <= loan.deferred_to:
            loan = deferred(template, loan, due.interest)
        else:
            loan = billed(template, loan, due, loan.bills)
    return loan


def remaining(template: Template, loan: Loan) -> tuple[Installment, ...]:
    """What will fall due of a loan as it stands, if nothing changes; deferred ones ask for nothing."""
    result: list[Installment] = []
    while loan.due_ms:
        due, due_at, number = next_due(template, loan), loan.due_ms, loan.number
        if number <= loan.deferred_to:
            loan, due = deferred(template, loan, due.interest), Due(0, 0)
        else:
            loan = billed(template, loan, due, ())
        payment = due.interest + due.principal
        result.append(
            Installment(number, due_at, due.principal, due.interest, payment, loan.balance)
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
