"""Arrears: the end of grace, the late fee, the past-due buckets, default. The clock asks for each.

At default everything becomes due, interest stops, and what accrued since the last bill is not
earned. Nothing falls due after it; the lender decides when to write off.
"""

from __future__ import annotations

from dataclasses import replace

from lending.chart import Account
from lending.journal import post
from lending.products.lifecycle import loan_step
from lending.products.loan import BUCKET_DAYS, with_bill
from lending.records import Bill, Loan, LoanStatus
from lending.scope import DAY_MS, Scope
from lending.support.fees import late_fee
from lending.terms import Template


def grace_end_ms(template: Template, bill: Bill) -> int:
    """The first moment at which a bill is late: its grace is whole days."""
    return bill.due_ms + (template.grace_days + 1) * DAY_MS


def next_bucket_ms(loan: Loan) -> int | None:
    """When the oldest bill reaches its next bucket."""
    if loan.bucket == len(BUCKET_DAYS):
        return None
    return loan.bills[0].due_ms + BUCKET_DAYS[loan.bucket] * DAY_MS


def default_ms(template: Template, loan: Loan) -> int:
    """When the loan is in default if its oldest bill is still unpaid."""
    return loan.bills[0].due_ms + template.default_after_days * DAY_MS


def charge_late_fee(scope: Scope, loan: Loan, template: Template) -> Loan:
    """The grace of the oldest bill that is not late yet is over: its fee, once."""
    position = next(index for index, bill in enumerate(loan.bills) if not bill.is_late)
    bill = loan.bills[position]
    fee = late_fee(template, bill)
    legs = [
        (loan.lender, Account.FEES_RECEIVABLE, fee),
        (loan.lender, Account.FEE_INCOME, -fee),
        (loan.borrower, Account.FEE_EXPENSE, fee),
        (loan.borrower, Account.FEES_PAYABLE, -fee),
    ]
    post(scope, loan.asset, "late_fee", loan.name, legs)
    scope.emit("grace_ended", loan=loan.name, number=bill.number, late_fee=fee)
    late = replace(
        bill, fees=bill.fees + fee, is_late=True, charged_to_ms=grace_end_ms(template, bill)
    )
    bills = (*loan.bills[:position], late, *loan.bills[position + 1 :])
    return replace(loan, bills=bills, status=loan_step(loan.status, LoanStatus.DELINQUENT))


def move_bucket(scope: Scope, loan: Loan, _: Template) -> Loan:
    """The oldest bill has been unpaid for one bucket more."""
    scope.emit("past_due", loan=loan.name, days=BUCKET_DAYS[loan.bucket])
    return replace(loan, bucket=loan.bucket + 1)


def declare_default(scope: Scope, loan: Loan, template: Template) -> Loan:
    """The oldest bill has been unpaid for too long."""
    return accelerate(scope, loan, default_ms(template, loan))


def accelerate(scope: Scope, loan: Loan, due_ms: int) -> Loan:
    """Everything is due and interest stops."""
    bills = loan.bills
    if loan.balance:
        bills = with_bill(bills, Bill(loan.number, due_ms, 0, 0, loan.balance, is_late=True))
    scope.emit(
        "defaulted", loan=loan.name, accelerated=loan.balance,
        fees=sum(bill.fees for bill in bills), interest=sum(bill.interest for bill in bills),
        principal=sum(bill.principal for bill in bills),
    )  # fmt: skip
    status = loan_step(loan.status, LoanStatus.DEFAULTED)
    return replace(loan, status=status, bills=bills, balance=0, carried_interest=0, due_ms=0)
