"""Refinancing: a new agreement is drawn and an old loan paid off with it in one transaction.

The old lender gets everything that is owed it on that day, fees and interest included, whoever the
new lender is; the new agreement must be large enough for that, and what is left is the borrower's.
"""

from __future__ import annotations

from ledger.receipt import Rejected
from lending.collateral.following import draw_down_secured, repay_secured
from lending.commands import DrawDown, Repay
from lending.commands.changes import Refinance
from lending.fields import AMOUNT_MAX
from lending.parties.authority import wrong_role
from lending.products.charges import default_interest
from lending.products.lifecycle import RUNNING, check_loan_status
from lending.products.loan import loan_of
from lending.products.names import agreement_of
from lending.products.repayment import prepayment
from lending.products.template import template_of
from lending.records import LoanStatus
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.waterfall import owed


def refinance(scope: Scope, command: Refinance) -> Rejected | None:
    """The borrower exchanges an old loan for a new one."""
    loan = loan_of(scope, command.loan)
    if loan is None:
        return reject(Rejection.UNKNOWN_LOAN, loan=command.loan)
    if scope.sender != loan.borrower:
        return wrong_role(scope, "the borrower")
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    if agreement.terms.borrower != loan.borrower:
        return wrong_role(scope, "the borrower of both")
    if agreement.terms.asset != loan.asset:
        return reject(Rejection.UNKNOWN_ASSET, asset=agreement.terms.asset)
    if refused := check_loan_status(loan.status, *RUNNING):
        return refused
    template = template_of(scope, loan.product, loan.version)
    if template.default_rate:
        loan, _ = default_interest(template, loan, scope.today_ms)
    rest = prepayment(scope.today_ms, loan, template, AMOUNT_MAX)
    if rest.principal < loan.balance:
        return reject(Rejection.WRONG_STATUS, loan=loan.name, prepayment=template.prepayment)
    payoff = owed(loan.bills) + rest.total
    if agreement.terms.principal < payoff:
        return reject(
            Rejection.COMMITMENT_EXCEEDED, available=agreement.terms.principal, amount=payoff
        )
    # A refusal from here on takes back whatever was done before it, as of any command.
    refused = draw_down_secured(scope, DrawDown(agreement.name)) or repay_secured(
        scope, Repay(loan.name, agreement.terms.principal)
    )
    if refused:
        return refused
    paid = loan_of(scope, loan.name)
    if paid is None or paid.status is not LoanStatus.REPAID:
        # Fees that others are due of the prepayment did not fit in.
        return reject(
            Rejection.COMMITMENT_EXCEEDED, available=agreement.terms.principal, amount=payoff
        )
    scope.emit("refinanced", loan=loan.name, by=agreement.name, payoff=payoff)
    return None
