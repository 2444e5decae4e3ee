"""The commands of the core that concern collateral: the same, with what stands behind the loan.

Borrowing asks for cover first; after whatever changed a loan its account, its guarantees and its
cover follow in the same transaction.
"""

from __future__ import annotations

from ledger.receipt import Rejected
from lending.collateral.accounts import check_borrow
from lending.collateral.book import securing
from lending.collateral.watch import loan_changed
from lending.commands import DrawDown, RecordRecovery, Repay, WriteOff
from lending.processes.recovery import record_recovery
from lending.processes.write_off import write_off
from lending.products.loan import draw_down, loan_of
from lending.products.repayment import repay
from lending.records import LoanStatus
from lending.rejections import Rejection, reject
from lending.scope import Scope


def draw_down_secured(scope: Scope, command: DrawDown) -> Rejected | None:
    """Draw a loan, if its collateral account covers it."""
    refused = check_borrow(scope, command.agreement) or draw_down(scope, command)
    return refused or _followed(scope, command.agreement)


def repay_secured(scope: Scope, command: Repay) -> Rejected | None:
    """Repay; the collateral account and the guarantees follow."""
    return repay(scope, command) or _followed(scope, command.loan)


def recover_secured(scope: Scope, command: RecordRecovery) -> Rejected | None:
    """Record a recovery; guarantors who paid get back what the lender has twice."""
    return record_recovery(scope, command) or _followed(scope, command.loan)


def write_off_secured(scope: Scope, command: WriteOff) -> Rejected | None:
    """Write a loan off, once its collateral account holds nothing any more."""
    account = securing(scope, command.loan)
    loan = loan_of(scope, command.loan)
    if account is not None and loan is not None and loan.status is LoanStatus.DEFAULTED:
        return reject(Rejection.WRONG_STATUS, account=account.name, status=str(account.status),
                      allowed=("sold out",))  # fmt: skip
    return write_off(scope, command)


def _followed(scope: Scope, loan: str) -> Rejected | None:
    loan_changed(scope, loan)
    return None
