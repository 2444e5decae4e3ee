"""Billing: on its due date an installment's interest is earned and its principal becomes payable.

The clock asks for it; nobody sends a transaction. What is billed depends on the agreed figures and
on what was prepaid, never on when the block came or on whether earlier bills were paid.
"""

from __future__ import annotations

from dataclasses import replace

from lending.chart import Account
from lending.journal import post
from lending.products import timetable
from lending.products.loan import close_loan, is_paid_up
from lending.records import Bill, Loan, LoanStatus
from lending.scope import Scope
from lending.terms import Template


def bill_installment(scope: Scope, loan: Loan, template: Template) -> Loan:
    """The loan after its next installment fell due."""
    due = timetable.next_due(template, loan)
    post_interest(scope, loan, due.interest)
    bills = loan.bills
    if due.interest or due.principal:
        bills = (
            *bills,
            Bill(loan.number, loan.due_ms, 0, due.interest, due.principal, is_late=False),
        )
    balance = loan.balance - due.principal
    scope.emit(
        "installment_billed", loan=loan.name, number=loan.number, due_ms=loan.due_ms,
        interest=due.interest, principal=due.principal, balance=balance,
    )  # fmt: skip
    dates = timetable.loan_timetable(template, loan)
    billed = replace(
        loan, balance=balance, bills=bills, carried_interest=0, number=loan.number + 1,
        due_ms=timetable.due_ms(dates, loan.number + 1) if balance else 0,
        accrued_from_ms=max(
            loan.accrued_from_ms, timetable.interest_end_ms(dates, loan.number)
        ),
    )  # fmt: skip
    if is_paid_up(billed):
        return close_loan(scope, billed, LoanStatus.REPAID)
    return billed


def post_interest(scope: Scope, loan: Loan, interest: int) -> None:
    """Interest is earned by the lender and owed by the borrower."""
    legs = [
        (loan.lender, Account.INTEREST_RECEIVABLE, interest),
        (loan.lender, Account.INTEREST_INCOME, -interest),
        (loan.borrower, Account.INTEREST_EXPENSE, interest),
        (loan.borrower, Account.INTEREST_PAYABLE, -interest),
    ]
    post(scope, loan.asset, "interest", loan.name, legs)
