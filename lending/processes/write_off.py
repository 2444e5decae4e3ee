"""Write-off: the lender takes a defaulted loan off its books; the claim on the borrower stays."""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending.chart import Account
from lending.commands import WriteOff
from lending.fees.servicing import give_up
from lending.journal import post
from lending.parties.authority import wrong_role
from lending.products.lifecycle import check_loan_status, loan_step
from lending.products.loan import loan_of, put_loan
from lending.records import Loan, LoanStatus
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.waterfall import owed


def write_off(scope: Scope, command: WriteOff) -> Rejected | None:
    """The lender books the loss of all that is owed."""
    loan = loan_of(scope, command.loan)
    if loan is None:
        return reject(Rejection.UNKNOWN_LOAN, loan=command.loan)
    if scope.sender != loan.lender:
        return wrong_role(scope, "the lender")
    if refused := check_loan_status(loan.status, LoanStatus.DEFAULTED):
        return refused
    book_loss(scope, loan)
    return None


def book_loss(scope: Scope, loan: Loan) -> Loan:
    """Take all that is owed on a defaulted loan off the lender's books."""
    fees = sum(bill.fees for bill in loan.bills)
    interest = sum(bill.interest for bill in loan.bills)
    principal = sum(bill.principal for bill in loan.bills)
    total = owed(loan.bills)
    legs = [
        (loan.lender, Account.WRITE_OFF_LOSS, total),
        (loan.lender, Account.FEES_RECEIVABLE, -fees),
        (loan.lender, Account.INTEREST_RECEIVABLE, -interest),
        (loan.lender, Account.LOANS_RECEIVABLE, -principal),
    ]
    post(scope, loan.asset, "write_off", loan.name, legs)
    give_up(scope, loan)
    status = loan_step(loan.status, LoanStatus.WRITTEN_OFF)
    lost = replace(loan, status=status, written_off=total)
    put_loan(scope, lost)
    scope.emit(
        "written_off", loan=loan.name, fees=fees, interest=interest, principal=principal,
        total=total,
    )  # fmt: skip
    return lost
