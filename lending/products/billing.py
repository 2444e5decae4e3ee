"""Billing: on its due date an installment's interest is earned and its principal becomes payable.

The clock asks for it; nobody sends a transaction. What is billed depends on the agreed figures and
on what was prepaid, never on when the block came or on whether earlier bills were paid. While a loan
is on holiday nothing is billed: interest becomes principal, or is carried to the first bill after.
"""

from __future__ import annotations

from lending.chart import Account
from lending.fees.servicing import serve_interest
from lending.journal import post
from lending.products import timetable
from lending.products.charges import default_interest
from lending.products.floating import corrected, reset_rate
from lending.products.loan import close_loan, is_paid_up, with_bill
from lending.records import Bill, Loan, LoanStatus
from lending.scope import Scope
from lending.terms import Template


def bill_installment(scope: Scope, loan: Loan, template: Template) -> Loan:
    """The loan after its next installment fell due."""
    if loan.reset_number:
        if loan.fixing_ms:
            loan = corrected(scope, loan, template)
        after = _bill(scope, loan, template)
        is_reset = loan.number == loan.reset_number
        return reset_rate(scope, after, template, loan.due_ms) if is_reset else after
    return _bill(scope, loan, template)


def _bill(scope: Scope, loan: Loan, template: Template) -> Loan:
    due = timetable.next_due(template, loan)
    if loan.number <= loan.deferred_to:
        return _deferred(scope, loan, template, due.interest)
    post_interest(scope, loan, due.interest)
    bills = loan.bills
    if due.interest or due.principal:
        bill = Bill(loan.number, loan.due_ms, 0, due.interest, due.principal, is_late=False)
        bills = with_bill(bills, bill)
    scope.emit(
        "installment_billed", loan=loan.name, number=loan.number, due_ms=loan.due_ms,
        interest=due.interest, principal=due.principal, balance=loan.balance - due.principal,
    )  # fmt: skip
    billed = timetable.billed(template, loan, due, bills)
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
    serve_interest(scope, loan, interest)


def charge_default_interest(scope: Scope, loan: Loan, template: Template, day_ms: int) -> Loan:
    """The loan with default interest up to a day, earned by the lender and owed as fees."""
    charged, amount = default_interest(template, loan, day_ms)
    if amount:
        legs = [
            (loan.lender, Account.FEES_RECEIVABLE, amount),
            (loan.lender, Account.FEE_INCOME, -amount),
            (loan.borrower, Account.FEE_EXPENSE, amount),
            (loan.borrower, Account.FEES_PAYABLE, -amount),
        ]
        post(scope, loan.asset, "default_interest", loan.name, legs)
        scope.emit("default_interest_charged", loan=loan.name, amount=amount, until_ms=day_ms)
    return charged


def _deferred(scope: Scope, loan: Loan, template: Template, interest: int) -> Loan:
    """Nothing is billed: the interest becomes principal, earned and lent at once, or is carried."""
    after = timetable.deferred(template, loan, interest)
    capitalised = after.capitalised - loan.capitalised
    legs = [
        (loan.lender, Account.LOANS_RECEIVABLE, capitalised),
        (loan.lender, Account.INTEREST_INCOME, -capitalised),
        (loan.borrower, Account.INTEREST_EXPENSE, capitalised),
        (loan.borrower, Account.BORROWINGS, -capitalised),
    ]
    post(scope, loan.asset, "capitalised_interest", loan.name, legs)
    scope.emit(
        "installment_deferred", loan=loan.name, number=loan.number, due_ms=loan.due_ms,
        capitalised=capitalised, carried=after.carried_interest, balance=after.balance,
        level=after.level,
    )  # fmt: skip
    return after
