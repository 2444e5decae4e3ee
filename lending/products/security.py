"""Pledging collateral for an agreement and taking it back while its loan runs."""

from __future__ import annotations

from ledger.receipt import Rejected
from lending.commands import PledgeCollateral, ReleaseCollateral
from lending.deferral import Check, at_end
from lending.parties.authority import wrong_role
from lending.parties.cash import check_funds
from lending.products.lifecycle import check_agreement_status
from lending.products.loan import loan_of
from lending.products.names import agreement_of
from lending.products.template import template_of
from lending.records import Agreement, AgreementStatus
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.collateral import check_cover, move, pledged
from lending.waterfall import owed

_OPEN = (AgreementStatus.OFFERED, AgreementStatus.CONCLUDED, AgreementStatus.DRAWN)


def pledge_collateral(scope: Scope, command: PledgeCollateral) -> Rejected | None:
    """The borrower locks a part of its holding."""
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    terms = agreement.terms
    if scope.sender != terms.borrower:
        return wrong_role(scope, "the borrower")
    if refused := check_agreement_status(agreement.status, *_OPEN):
        return refused
    if not terms.collateral_asset:
        return reject(Rejection.NO_COLLATERAL_AGREED, agreement=agreement.name)
    if refused := check_funds(scope, terms.borrower, terms.collateral_asset, command.amount):
        return refused
    move(scope, agreement, command.amount)
    return None


def release_collateral(scope: Scope, command: ReleaseCollateral) -> Rejected | None:
    """The lender gives collateral back as it likes, the borrower takes it within the limit."""
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    terms = agreement.terms
    if scope.sender not in (terms.lender, terms.borrower):
        return wrong_role(scope, "the lender or the borrower")
    held = pledged(scope, agreement)
    if command.amount > held:
        return reject(
            Rejection.INSUFFICIENT_FUNDS, owner=terms.borrower, asset=terms.collateral_asset,
            available=held, needed=command.amount,
        )  # fmt: skip
    if scope.sender == terms.borrower:
        template = template_of(scope, terms.product, terms.version)
        debt = _debt(scope, agreement)
        refused = check_cover(scope, agreement, template, debt, held - command.amount)
        if refused := at_end(scope, Check.AGREEMENT_COVER, refused, agreement.name):
            return refused
    move(scope, agreement, -command.amount)
    return None


def check_pledge(scope: Scope, name: str) -> Rejected | None:
    """Refuse an agreement whose pledge does not cover what is owed on it now."""
    agreement = agreement_of(scope, name)
    assert agreement is not None, "agreements are never removed"
    template = template_of(scope, agreement.terms.product, agreement.terms.version)
    held = pledged(scope, agreement)
    return check_cover(scope, agreement, template, _debt(scope, agreement), held)


def _debt(scope: Scope, agreement: Agreement) -> int:
    """All that is billed and all principal; interest of the running period is not counted."""
    loan = loan_of(scope, agreement.name)
    return 0 if loan is None else loan.balance + loan.carried_interest + owed(loan.bills)
