"""New terms for a running loan from a day on: the one primitive behind every change. Pure.

What is owed is kept to the unit: the balance, the unpaid bills, and the interest that has accrued up
to the day, which is counted at the old rate and carried to the next bill. Only what comes after the
day follows the new terms.
"""

from __future__ import annotations

from dataclasses import replace

from lending.arithmetic import InvalidTerms
from lending.products import timetable
from lending.records import Loan
from lending.terms import Template

PLAN_MAX = 1_200
"""The most installments that one plan counts, those before a change included."""


def replan(
    template: Template, loan: Loan, day_ms: int, rate: int, installments: int, first_ms: int = 0
) -> Loan:
    """The loan with so many installments left from a day on, at a rate, its level worked out anew.

    Due dates go on as they were; with `first_ms` they are counted from that day on. Raises
    InvalidTerms where the first of them is not after the day, or the last beyond the calendar.
    """
    settled = timetable.settled(template, loan, day_ms)
    last = loan.number - 1 + installments
    planned = replace(settled, rate=rate, installments=last)
    if first_ms:
        planned = replace(
            planned, plan_start_ms=day_ms, plan_first_ms=first_ms, plan_number=loan.number - 1
        )
    if last - planned.plan_number > PLAN_MAX:
        raise InvalidTerms("installments", "are more than a plan can have")
    dates = timetable.loan_timetable(template, planned)
    due_ms = timetable.due_ms(dates, loan.number - planned.plan_number)
    if due_ms <= day_ms:
        raise InvalidTerms("first_due_ms", "is not after the day of the change")
    planned = replace(planned, due_ms=due_ms)
    return replace(planned, level=timetable.level_of(template, planned))
