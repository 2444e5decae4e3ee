"""What an agreed change does on its day: which kinds there are, what each may set, what comes of it.

The same function says at the offer whether a change could be made to the loan as it stands, and makes
it on its day. Nothing is forgiven and nothing invented: what is owed before is owed after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lending.arithmetic import InvalidTerms
from lending.changes.replan import replan
from lending.products import timetable
from lending.products.lifecycle import RUNNING, loan_step
from lending.products.loan import with_bill
from lending.records import Bill, Loan, LoanStatus
from lending.records.changes import Change
from lending.support.distribution import distribute
from lending.terms import Template
from lending.waterfall import owed

HOLIDAY_MAX: Final = 12
"""The most installments that one holiday skips."""


def changed(template: Template, loan: Loan, change: Change) -> Loan:
    """The loan with a change in force. Raises InvalidTerms naming the field that forbids it."""
    if loan.status not in RUNNING:
        raise InvalidTerms("loan", f"is {loan.status}")
    if loan.reset_number:
        # The rate of a floating loan is the index's; a change leaves it alone.
        change = replace(change, rate=loan.rate)
    if not template.rate_min <= change.rate <= template.rate_max:
        raise InvalidTerms("rate", "is outside the product's bounds")
    after = _KINDS[change.kind](template, loan, change)
    if after.number <= after.deferred_to and after.installments <= after.deferred_to:
        raise InvalidTerms("installments", "leave none after the holiday")
    if after.installments - loan.number + 1 > template.installments_max:
        raise InvalidTerms("installments", "are more than the product's")
    return replace(after, changes=loan.changes + 1)


def _amended(template: Template, loan: Loan, change: Change) -> Loan:
    """New rate, or more or fewer installments, or both; due dates stay."""
    _refuse_set(change, "first_due_ms", "count")
    _expect(change, "KEPT")
    if change.rate == loan.rate and not change.installments:
        raise InvalidTerms("rate", "and installments stay as they are")
    return _replanned(template, loan, change)


def _rescheduled(template: Template, loan: Loan, change: Change) -> Loan:
    """New dates, or a new maturity, or both; the rate stays."""
    _refuse_set(change, "count")
    _expect(change, "KEPT")
    _keep_rate(loan, change)
    if not change.first_due_ms and not change.installments:
        raise InvalidTerms("first_due_ms", "and installments stay as they are")
    return _replanned(template, loan, change)


def _reamortised(template: Template, loan: Loan, change: Change) -> Loan:
    """A new level for what is owed, after prepayments; everything else stays."""
    _refuse_set(change, "first_due_ms", "count", "installments")
    _expect(change, "KEPT")
    _keep_rate(loan, change)
    return _replanned(template, loan, change)


def _reaged(template: Template, loan: Loan, change: Change) -> Loan:
    """The loan is no longer in arrears: what was due becomes principal, or due in parts later."""
    _expect(change, "CAPITALISED", "SPREAD")
    if not loan.bills:
        raise InvalidTerms("loan", "has no arrears")
    is_spread = change.treatment == "SPREAD"
    if bool(change.count) != is_spread:
        raise InvalidTerms("count", "says over how many installments arrears are spread")
    late, total = loan.bills, owed(loan.bills)
    status = LoanStatus.PERFORMING
    cured = replace(
        loan, bills=(), bucket=0, reaged=loan.reaged + 1, status=loan_step(loan.status, status)
    )
    if is_spread:
        if not loan.due_ms:
            raise InvalidTerms("treatment", "nothing falls due any more that arrears could join")
        return _with_spread(template, _replanned(template, cured, change), late, change.count)
    principal = sum(bill.principal for bill in late)
    grown = replace(
        cured, balance=cured.balance + total, capitalised=cured.capitalised + total - principal
    )
    return _replanned(template, grown, change)


def _on_holiday(template: Template, loan: Loan, change: Change) -> Loan:
    """So many installments are skipped and the loan ends so much later; interest goes on."""
    _refuse_set(change, "first_due_ms", "installments")
    _expect(change, "CAPITALISED", "CARRIED")
    _keep_rate(loan, change)
    if not 1 <= change.count <= HOLIDAY_MAX:
        raise InvalidTerms("count", f"is not between 1 and {HOLIDAY_MAX}")
    if loan.number <= loan.deferred_to:
        raise InvalidTerms("loan", "is on holiday")
    left = loan.installments - loan.number + 1 + change.count
    after = replan(template, loan, change.effective_ms, change.rate, left)
    return replace(
        after, level=loan.level, deferred_to=loan.number - 1 + change.count,
        is_capitalised=change.treatment == "CAPITALISED",
    )  # fmt: skip


Kind = Callable[[Template, Loan, Change], Loan]
_KINDS: Final[dict[str, Kind]] = {
    "AMENDMENT": _amended,
    "RESCHEDULING": _rescheduled,
    "REAMORTISATION": _reamortised,
    "REAGEING": _reaged,
    "HOLIDAY": _on_holiday,
}
"""What each kind of change does to a loan."""


def _replanned(template: Template, loan: Loan, change: Change) -> Loan:
    if not loan.balance:
        raise InvalidTerms("loan", "has nothing that is not due yet")
    left = change.installments or loan.installments - loan.number + 1
    if left < 1:
        raise InvalidTerms("installments", "none is left")
    return replan(template, loan, change.effective_ms, change.rate, left, change.first_due_ms)


def _with_spread(template: Template, loan: Loan, late: tuple[Bill, ...], count: int) -> Loan:
    """The arrears in equal parts, exact to the unit, due with the next installments."""
    dates = timetable.loan_timetable(template, loan)
    place = loan.number - loan.plan_number
    if count > dates.count - place + 1:
        raise InvalidTerms("count", "is more than there are installments left")
    weights = (1,) * count
    parts = zip(
        distribute(sum(bill.fees for bill in late), weights),
        distribute(sum(bill.interest for bill in late), weights),
        distribute(sum(bill.principal for bill in late), weights),
        strict=True,
    )
    bills: tuple[Bill, ...] = ()
    for step, part in enumerate(parts):
        if any(part):
            due_ms = timetable.due_ms(dates, place + step)
            bills = with_bill(bills, Bill(loan.number + step, due_ms, *part, is_late=False))
    return replace(loan, bills=bills)


def _refuse_set(change: Change, *fields: str) -> None:
    for field in fields:
        if getattr(change, field):
            raise InvalidTerms(field, f"is not part of a change of kind {change.kind}")


def _expect(change: Change, *treatments: str) -> None:
    if change.treatment not in treatments:
        raise InvalidTerms("treatment", "is " + " or ".join(treatments))


def _keep_rate(loan: Loan, change: Change) -> None:
    if change.rate != loan.rate:
        raise InvalidTerms("rate", f"stays at {loan.rate}")
