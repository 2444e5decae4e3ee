"""Recovery: money that comes in on a written-off loan, paid by the borrower or by a collector.

It reduces what the borrower owes by the loan's own waterfall and is income of the lender, who may
give the collector a part of it.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending.chart import Account
from lending.commands import RecordRecovery
from lending.fields import RATE_UNIT
from lending.journal import Leg, post
from lending.parties.authority import check_signed, party_of, wrong_role
from lending.parties.cash import check_funds
from lending.products.lifecycle import check_loan_status
from lending.products.loan import close_loan, is_paid_up, loan_of, put_loan
from lending.products.template import template_of
from lending.records import Loan, LoanStatus
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.waterfall import Taken, take


def record_recovery(scope: Scope, command: RecordRecovery) -> Rejected | None:
    """The sender pays up to an amount on a loan that was written off."""
    loan = loan_of(scope, command.loan)
    if loan is None:
        return reject(Rejection.UNKNOWN_LOAN, loan=command.loan)
    if scope.sender not in (loan.borrower, command.collector):
        return wrong_role(scope, "the borrower or the collector")
    if refused := _check_collector(scope, loan, command):
        return refused
    if refused := check_loan_status(loan.status, LoanStatus.WRITTEN_OFF):
        return refused
    template = template_of(scope, loan.product, loan.version)
    taken = take(command.amount, loan.bills, template.waterfall, template.allocation)
    fee_limit = taken.total * template.collection_fee_limit // RATE_UNIT
    if command.collection_fee > fee_limit:
        return reject(
            Rejection.FEE_TOO_LARGE, collection_fee=command.collection_fee, limit=fee_limit
        )
    if refused := check_funds(scope, scope.sender, loan.asset, taken.total):
        return refused
    _post_recovery(scope, loan, command, taken)
    recovered = replace(loan, bills=taken.bills, recovered=loan.recovered + taken.total)
    scope.emit(
        "recovered", loan=loan.name, payer=scope.sender, taken=taken.total, fees=taken.fees,
        interest=taken.interest, principal=taken.principal, collector=command.collector,
        collection_fee=command.collection_fee,
    )  # fmt: skip
    if is_paid_up(recovered):
        recovered = close_loan(scope, recovered, LoanStatus.RECOVERED)
    put_loan(scope, recovered)
    return None


def _check_collector(scope: Scope, loan: Loan, command: RecordRecovery) -> Rejected | None:
    if not command.collector and not command.collection_fee:
        return None
    if party_of(scope, command.collector) is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.collector)
    if command.collector in (loan.lender, loan.borrower):
        return reject(Rejection.SAME_PARTY, party=command.collector)
    lender = party_of(scope, loan.lender)
    assert lender is not None, "parties are never removed"
    return check_signed(scope, lender) if command.collection_fee else None


def _post_recovery(scope: Scope, loan: Loan, command: RecordRecovery, taken: Taken) -> None:
    fee = command.collection_fee
    legs: list[Leg] = [
        (scope.sender, Account.CASH, -taken.total),
        (loan.lender, Account.CASH, taken.total - fee),
        (loan.lender, Account.RECOVERY_INCOME, -taken.total),
        (loan.borrower, Account.FEES_PAYABLE, taken.fees),
        (loan.borrower, Account.INTEREST_PAYABLE, taken.interest),
        (loan.borrower, Account.BORROWINGS, taken.principal),
        (loan.lender, Account.COLLECTION_FEE_EXPENSE, fee),
    ]
    if scope.sender != loan.borrower:
        legs += [
            (scope.sender, Account.TRANSFERS, taken.total),
            (loan.borrower, Account.TRANSFERS, -taken.total),
        ]
    if fee:
        legs += [
            (command.collector, Account.CASH, fee),
            (command.collector, Account.COLLECTION_FEE_INCOME, -fee),
        ]
    post(scope, loan.asset, "recovery", loan.name, legs)
