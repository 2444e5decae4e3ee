"""Repayment: what has fallen due by the waterfall, then, where the product allows it, prepayment.

A payment takes at most what is owed; the rest never leaves the borrower. A prepayment pays the
interest of the running period first and then principal. The level payment stays as it was, so a
partial prepayment makes the loan shorter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledger.receipt import Rejected
from lending import keys
from lending.alarms import set_alarm
from lending.chart import Account
from lending.commands import Repay
from lending.fees.charging import pay, prepayment_charge
from lending.fees.servicing import pass_on
from lending.journal import Leg, post
from lending.parties.authority import wrong_role
from lending.parties.cash import check_funds
from lending.products import timetable
from lending.products.billing import charge_default_interest
from lending.products.charges import prepayable, prepayment_fee
from lending.products.liability import advance, is_liable
from lending.products.lifecycle import PAYABLE, RUNNING, check_loan_status, loan_step
from lending.products.loan import BUCKET_DAYS, bucket_of, close_loan, is_paid_up, loan_of, put_loan
from lending.products.template import template_of
from lending.records import Loan, LoanStatus
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope
from lending.terms import Template
from lending.waterfall import Taken, take


@dataclass(frozen=True, slots=True)
class Prepaid:
    """What of a payment goes to what has not fallen due."""

    interest: int
    """Interest of the running period, earned and paid at once."""
    principal: int
    """Principal."""
    carried: int
    """Interest of the running period that is left for the next bill."""
    accrued_from_ms: int
    """The day up to which interest is settled then."""
    fee: int = 0
    """The fee on the principal."""

    @property
    def total(self) -> int:
        """All that is taken."""
        return self.interest + self.principal + self.fee


def repay(scope: Scope, command: Repay) -> Rejected | None:
    """The borrower pays up to an amount; a member of its group pays what has fallen due for it."""
    loan = loan_of(scope, command.loan)
    if loan is None:
        return reject(Rejection.UNKNOWN_LOAN, loan=command.loan)
    payer = scope.sender
    if payer != loan.borrower and not is_liable(scope, loan, payer):
        return wrong_role(scope, "the borrower")
    if refused := check_loan_status(loan.status, *PAYABLE):
        return refused
    template = template_of(scope, loan.product, loan.version)
    if template.default_rate and loan.status in RUNNING:
        # A refusal further down takes it back, as everything of a refused command.
        loan = charge_default_interest(scope, loan, template, scope.today_ms)
    taken = take(command.amount, loan.bills, template.waterfall, template.allocation)
    left = taken.left if payer == loan.borrower else 0
    prepaid = prepayment(scope.today_ms, loan, template, left)
    charged = prepayment_charge(
        scope, loan, prepaid.principal, left - prepaid.interest - prepaid.fee
    )
    if charged:
        fee = prepayment_fee(template, loan, charged.amount, scope.today_ms)
        prepaid = replace(prepaid, principal=charged.amount, fee=fee)
    amount = taken.total + prepaid.total
    if not amount:
        return reject(Rejection.NOTHING_OWED, loan=loan.name)
    needed = amount + charged.fee if charged else amount
    if refused := check_funds(scope, payer, loan.asset, needed):
        return refused
    if payer != loan.borrower:
        advance(scope, loan, payer, amount)
    settle(scope, loan, taken, prepaid, command.amount)
    pay(scope, loan.borrower, loan.asset, ("loan", loan.name), charged)
    return None


def settle(scope: Scope, loan: Loan, taken: Taken, prepaid: Prepaid, offered: int) -> Loan:
    """Take a payment that the borrower's cash was checked for; returns the loan after it."""
    _post_repayment(scope, loan, taken, prepaid)
    paid = _paid(scope, loan, taken, prepaid)
    amount = taken.total + prepaid.total
    if prepaid.fee:
        scope.emit(
            "prepayment_fee_charged", loan=loan.name, amount=prepaid.principal, fee=prepaid.fee
        )
    scope.emit(
        "repaid", loan=loan.name, offered=offered, taken=amount, fees=taken.fees + prepaid.fee,
        interest=taken.interest + prepaid.interest, principal=taken.principal + prepaid.principal,
        prepaid_interest=prepaid.interest, prepaid_principal=prepaid.principal,
        balance=paid.balance, status=str(paid.status),
    )  # fmt: skip
    if is_paid_up(paid):
        paid = close_loan(scope, paid, LoanStatus.REPAID)
    put_loan(scope, paid)
    if paid.bucket < loan.bucket and paid.bills:
        # The oldest bill is a younger one now: its next bucket may come before the loan's alarm.
        next_ms = paid.bills[0].due_ms + BUCKET_DAYS[paid.bucket] * DAY_MS
        set_alarm(scope.state, next_ms, keys.loan(loan.name))
    return paid


def prepayment(today_ms: int, loan: Loan, template: Template, amount: int) -> Prepaid:
    """How much of `amount` goes to what has not fallen due, and for what."""
    is_allowed = loan.status in RUNNING and template.prepayment != "REFUSED"
    if not amount or not loan.balance or not is_allowed:
        return Prepaid(0, 0, loan.carried_interest, loan.accrued_from_ms)
    interest, settled_ms = timetable.prepayment_interest(template, loan, today_ms)
    paid = min(amount, interest)
    principal = min(prepayable(template, loan, amount - paid, today_ms), loan.balance)
    fee = prepayment_fee(template, loan, principal, today_ms)
    return Prepaid(paid, principal, interest - paid, settled_ms, fee)


def _paid(scope: Scope, loan: Loan, taken: Taken, prepaid: Prepaid) -> Loan:
    status = loan.status
    if status is LoanStatus.DELINQUENT and not any(bill.is_late for bill in taken.bills):
        status = loan_step(status, LoanStatus.PERFORMING)
    return replace(
        loan, status=status, bills=taken.bills,
        bucket=bucket_of(taken.bills, scope.now_ms) if loan.bucket else 0,
        balance=loan.balance - prepaid.principal, carried_interest=prepaid.carried,
        accrued_from_ms=prepaid.accrued_from_ms, paid_fees=loan.paid_fees + taken.fees + prepaid.fee,
        paid_interest=loan.paid_interest + taken.interest + prepaid.interest,
        paid_principal=loan.paid_principal + taken.principal + prepaid.principal,
    )  # fmt: skip


def _post_repayment(scope: Scope, loan: Loan, taken: Taken, prepaid: Prepaid) -> None:
    lender, borrower = loan.lender, loan.borrower
    principal = taken.principal + prepaid.principal
    amount = taken.total + prepaid.total
    legs: list[Leg] = [
        (lender, Account.CASH, amount),
        (lender, Account.FEES_RECEIVABLE, -taken.fees),
        (lender, Account.INTEREST_RECEIVABLE, -taken.interest),
        (lender, Account.INTEREST_INCOME, -prepaid.interest),
        (lender, Account.FEE_INCOME, -prepaid.fee),
        (lender, Account.LOANS_RECEIVABLE, -principal),
        (borrower, Account.CASH, -amount),
        (borrower, Account.FEES_PAYABLE, taken.fees),
        (borrower, Account.INTEREST_PAYABLE, taken.interest),
        (borrower, Account.INTEREST_EXPENSE, prepaid.interest),
        (borrower, Account.FEE_EXPENSE, prepaid.fee),
        (borrower, Account.BORROWINGS, principal),
    ]
    post(scope, loan.asset, "repayment", loan.name, legs)
    pass_on(scope, loan, taken.interest, prepaid.interest)
