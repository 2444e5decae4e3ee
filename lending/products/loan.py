"""A term loan's record, its drawdown and its end; billing and repayment have files of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger.receipt import Rejected
from lending import keys, records
from lending.alarms import set_alarm
from lending.chart import Account
from lending.commands import DrawDown
from lending.deferral import Check, at_end
from lending.fees.charging import charge_drawing, check_drawing
from lending.fees.servicing import give_up
from lending.journal import post
from lending.parties.authority import wrong_role
from lending.parties.cash import check_funds
from lending.products import timetable
from lending.products.agreement import check_open, end_agreement, put_agreement
from lending.products.liability import check_group
from lending.products.lifecycle import agreement_step, loan_step
from lending.products.names import agreement_of
from lending.products.template import template_of
from lending.records import Agreement, AgreementStatus, Bill, Loan, LoanStatus
from lending.records.floating import FLOATING
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope
from lending.support.collateral import check_cover, pledged

BUCKET_DAYS: Final = (30, 60, 90, 120)
"""The days past due at which a loan moves to the next bucket."""


def draw_down(scope: Scope, command: DrawDown) -> Rejected | None:
    """The borrower takes the whole amount; the loan begins on this day."""
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    terms = agreement.terms
    if scope.sender != terms.borrower:
        return wrong_role(scope, "the borrower")
    if refused := check_open(scope, agreement, AgreementStatus.CONCLUDED):
        return refused
    if refused := check_group(scope, agreement.name):
        return refused
    template = template_of(scope, terms.product, terms.version)
    collateral = pledged(scope, agreement)
    refused = check_cover(scope, agreement, template, terms.principal, collateral)
    if refused := at_end(scope, Check.AGREEMENT_COVER, refused, agreement.name):
        return refused
    if refused := check_funds(scope, terms.lender, terms.asset, terms.principal):
        return refused
    if refused := check_drawing(scope, agreement):
        return refused
    loan = _new_loan(scope, agreement)
    _post_drawdown(scope, loan)
    put_agreement(
        scope, replace(agreement, status=agreement_step(agreement.status, AgreementStatus.DRAWN))
    )
    put_loan(scope, loan)
    set_alarm(scope.state, loan.due_ms, keys.loan(loan.name))
    scope.emit(
        "loan_drawn", loan=loan.name, lender=loan.lender, borrower=loan.borrower,
        asset=loan.asset, principal=loan.principal, rate=loan.rate, start_ms=loan.start_ms,
        installments=loan.installments, level=loan.level, first_due_ms=loan.due_ms,
    )  # fmt: skip
    charge_drawing(scope, loan)
    return None


def loan_of(scope: Scope, name: str) -> Loan | None:
    """The loan of a name."""
    return records.LOAN.get(scope.state, keys.loan(name))


def put_loan(scope: Scope, loan: Loan) -> None:
    """Set a loan's record."""
    records.LOAN.put(scope.state, keys.loan(loan.name), loan)


def is_paid_up(loan: Loan) -> bool:
    """Whether nothing is owed, now or later."""
    return not loan.balance and not loan.bills and not loan.carried_interest


def close_loan(scope: Scope, loan: Loan, status: LoanStatus) -> Loan:
    """End a loan of which nothing is owed: its agreement closes, its collateral goes back."""
    agreement = agreement_of(scope, loan.name)
    assert agreement is not None, "a loan has an agreement"
    give_up(scope, loan)
    closed = replace(loan, status=loan_step(loan.status, status), due_ms=0, bucket=0)
    scope.emit("loan_closed", loan=loan.name, status=str(status))
    end_agreement(scope, agreement, AgreementStatus.CLOSED)
    return closed


def with_bill(bills: tuple[Bill, ...], bill: Bill) -> tuple[Bill, ...]:
    """The bills and one more, the oldest first.

    Arrears that were spread may fall due after it, or with it: then the two are one bill.
    """
    if not bills or bills[-1].due_ms < bill.due_ms:
        return (*bills, bill)
    for place, each in enumerate(bills):
        if each.due_ms == bill.due_ms and each.number == bill.number and not each.is_late:
            both = replace(
                each, fees=each.fees + bill.fees, interest=each.interest + bill.interest,
                principal=each.principal + bill.principal,
            )  # fmt: skip
            return (*bills[:place], both, *bills[place + 1 :])
    return tuple(sorted((*bills, bill), key=_due_of))


def days_past_due(bills: tuple[Bill, ...], now_ms: int) -> int:
    """Whole days since the oldest unpaid bill fell due."""
    return max(0, now_ms - bills[0].due_ms) // DAY_MS if bills else 0


def bucket_of(bills: tuple[Bill, ...], now_ms: int) -> int:
    """How many of BUCKET_DAYS the oldest unpaid bill has reached."""
    days = days_past_due(bills, now_ms)
    return sum(days >= limit for limit in BUCKET_DAYS)


def _due_of(bill: Bill) -> int:
    return bill.due_ms


def _new_loan(scope: Scope, agreement: Agreement) -> Loan:
    terms = agreement.terms
    template = template_of(scope, terms.product, terms.version)
    start_ms = scope.today_ms
    floating = FLOATING.get(scope.state, keys.floating(agreement.name))
    dates = timetable.timetable(template, terms.rate, start_ms, terms.installments)
    return Loan(
        name=agreement.name, lender=terms.lender, borrower=terms.borrower, asset=terms.asset,
        product=terms.product, version=terms.version, principal=terms.principal, rate=terms.rate,
        installments=terms.installments, start_ms=start_ms,
        level=dates.level(1, terms.principal), status=LoanStatus.PERFORMING,
        balance=terms.principal, number=1, due_ms=timetable.due_ms(dates, 1),
        accrued_from_ms=start_ms, carried_interest=0, bills=(), bucket=0, paid_fees=0,
        paid_interest=0, paid_principal=0, written_off=0, recovered=0, plan_start_ms=start_ms,
        plan_first_ms=0, plan_number=0, deferred_to=terms.capitalised,
        is_capitalised=bool(terms.capitalised), capitalised=0,
        change="", change_ms=0, changes=0, reaged=0, reset_number=0 if floating is None else floating.every,
        fixing_ms=0,
    )  # fmt: skip


def _post_drawdown(scope: Scope, loan: Loan) -> None:
    legs = [
        (loan.lender, Account.LOANS_RECEIVABLE, loan.principal),
        (loan.lender, Account.CASH, -loan.principal),
        (loan.borrower, Account.CASH, loan.principal),
        (loan.borrower, Account.BORROWINGS, -loan.principal),
    ]
    post(scope, loan.asset, "drawdown", loan.name, legs)
