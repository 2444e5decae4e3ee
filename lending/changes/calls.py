"""Call money: the lender calls a loan, and after the agreed notice all of it is due.

The borrower of such a loan needs no call: it redeems by paying early, as far as its product lets it.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.alarms import set_alarm
from lending.arithmetic import InvalidTerms
from lending.changes.replan import replan
from lending.commands.changes import CallLoan
from lending.parties.authority import wrong_role
from lending.products import timetable
from lending.products.lifecycle import RUNNING, check_loan_status
from lending.products.loan import loan_of, put_loan
from lending.products.template import template_of
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope


def call_loan(scope: Scope, command: CallLoan) -> Rejected | None:
    """The lender asks for everything that is not due yet, with interest until the notice is over."""
    loan = loan_of(scope, command.loan)
    if loan is None:
        return reject(Rejection.UNKNOWN_LOAN, loan=command.loan)
    if scope.sender != loan.lender:
        return wrong_role(scope, "the lender")
    if refused := check_loan_status(loan.status, *RUNNING):
        return refused
    template = template_of(scope, loan.product, loan.version)
    if not template.notice_days:
        return reject(Rejection.BAD_TERMS, field="notice_days", reason="the loan is not callable")
    due_ms = scope.today_ms + template.notice_days * DAY_MS
    dates = timetable.loan_timetable(template, loan)
    if not loan.balance or due_ms >= timetable.due_ms(dates, dates.count):
        return reject(Rejection.OUT_OF_TIME, until_ms=due_ms)
    try:
        called = replan(template, loan, scope.today_ms, loan.rate, 1, due_ms)
    except InvalidTerms as problem:
        # A business day before the end of the notice may be no later than today.
        return reject(Rejection.BAD_TERMS, field=problem.term, reason=problem.reason)
    called = replace(called, deferred_to=0, changes=loan.changes + 1)
    put_loan(scope, called)
    set_alarm(scope.state, called.due_ms, keys.loan(loan.name))
    scope.emit(
        "loan_called", loan=loan.name, due_ms=called.due_ms, balance=called.balance,
        carried=called.carried_interest,
    )  # fmt: skip
    return None
