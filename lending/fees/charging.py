"""Fees of a loan at its drawdown and its prepayment, and the payment of any fee in cash.

What counts for a loan is the schedule that its product was linked to when the agreement was offered:
a later link changes nothing for it. Where nothing was ever linked, nothing is looked up.
"""

from __future__ import annotations

from ledger import codec
from ledger.receipt import Rejected
from lending import keys
from lending.chart import Account
from lending.fees.rules import Charge, charge, largest_fitting, payees_of, rule_of
from lending.fees.schedules import link_of, linked_terms, terms_of
from lending.journal import Leg, balance_of, post
from lending.records import Agreement, Loan
from lending.records import fees as stored
from lending.records.fees import LoanFees
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms.fees import FeeTerms

_NOTHING = codec.encode_array(())
DRAWING = ("ORIGINATION", "DRAWDOWN")


def bind_fees(scope: Scope, fields: dict[str, codec.Value]) -> None:
    """An agreement was offered: the schedule that its product is linked to now is its own."""
    terms = fields["terms"]
    link = link_of(scope, "PRODUCT", terms["product"], terms["version"])
    if link is None or not link.schedule:
        return
    put_loan_fees(scope, fields["agreement"], empty_fees(link.schedule, link.version))
    scope.emit(
        "fees_bound", agreement=fields["agreement"], schedule=link.schedule, version=link.version
    )


def empty_fees(schedule: str = "", version: int = 0) -> LoanFees:
    """The fees of a loan on which no interest has been billed."""
    return LoanFees(schedule, version, "", 0, "", 0, (), 0, 0, 0)


def loan_fees(scope: Scope, name: str) -> LoanFees | None:
    """The fees of a loan; one look for the whole block where no loan has any."""
    if scope.state.get(keys.FEES_USED) is None:
        return None
    return stored.LOAN_FEES.get(scope.state, keys.loan_fees(name))


def put_loan_fees(scope: Scope, name: str, fees: LoanFees) -> None:
    """Set the fees of a loan."""
    if scope.state.get(keys.FEES_USED) is None:
        scope.state.put(keys.FEES_USED, _NOTHING)
    stored.LOAN_FEES.put(scope.state, keys.loan_fees(name), fees)


def bound_terms(scope: Scope, name: str) -> FeeTerms | None:
    """What the schedule of a loan says; None if it has none."""
    found = loan_fees(scope, name)
    return terms_of(scope, found.schedule, found.version) if found and found.schedule else None


def drawing_charges(scope: Scope, name: str, lender: str, principal: int) -> tuple[Charge, ...]:
    """What the drawdown of a loan costs."""
    terms = bound_terms(scope, name)
    if terms is None:
        return ()
    payees = payees_of(terms, "", "", ((lender, 1),))
    rules = [rule for occasion in DRAWING if (rule := rule_of(terms, occasion)) is not None]
    return tuple(charge(rule, principal, payees) for rule in rules)


def check_drawing(scope: Scope, agreement: Agreement) -> Rejected | None:
    """Refuse a drawdown that would not pay its fees: out of the loan, or of what is there before."""
    terms = agreement.terms
    charges = drawing_charges(scope, agreement.name, terms.lender, terms.principal)
    if not charges:
        return None
    netted = sum(each.fee for each in charges if each.is_netted)
    if netted > terms.principal:
        return reject(Rejection.FEE_TOO_LARGE, fee=netted, limit=terms.principal)
    besides = sum(each.fee for each in charges if not each.is_netted)
    available = balance_of(scope.state, terms.borrower, Account.CASH, terms.asset)
    if besides > available:
        return reject(
            Rejection.INSUFFICIENT_FUNDS, owner=terms.borrower, asset=terms.asset,
            available=available, needed=besides,
        )  # fmt: skip
    return None


def charge_drawing(scope: Scope, loan: Loan) -> None:
    """The borrower, who was just paid out, pays the fees of the drawdown."""
    for each in drawing_charges(scope, loan.name, loan.lender, loan.principal):
        pay(scope, loan.borrower, loan.asset, ("loan", loan.name), each)


def prepayment_charge(scope: Scope, loan: Loan, principal: int, left: int) -> Charge | None:
    """The fee of a prepayment of which `left` is for principal and fee together, and its principal."""
    terms = bound_terms(scope, loan.name) if principal else None
    rule = rule_of(terms, "PREPAYMENT") if terms else None
    if terms is None or rule is None:
        return None
    prepaid = largest_fitting(rule, principal, left)
    return charge(rule, prepaid, payees_of(terms, "", "", ((loan.lender, 1),)))


def pay(
    scope: Scope, payer: str, asset: str, subject: tuple[str, str], charged: Charge | None
) -> None:
    """Move a fee, for which the payer's cash was checked, to its payees; nothing if there is none.

    The subject is the word loan, facility or pool, and the name of it.
    """
    if charged is None or not charged.fee:
        return
    legs: list[Leg] = [
        (payer, Account.CASH, -charged.fee),
        (payer, Account.FEE_EXPENSE, charged.fee),
    ]
    for payee, part in charged.parts:
        legs += [(payee, Account.CASH, part), (payee, Account.FEE_INCOME, -part)]
    reason = f"{charged.occasion.lower()}_fee"
    post(scope, asset, reason, subject[1], legs)
    named = {"loan": "", "facility": "", "pool": "", subject[0]: subject[1]}
    scope.emit(
        "fee_charged", **named, occasion=charged.occasion, payer=payer, charged_on=charged.amount,
        fee=charged.fee, parts=charged.parts,
    )  # fmt: skip


def withdrawal_charge(scope: Scope, pool: str, money: int) -> Charge | None:
    """What a withdrawal from a pool costs: never more than the money that it pays out."""
    terms = linked_terms(scope, "POOL", pool, 0)
    rule = rule_of(terms, "WITHDRAWAL") if terms else None
    if terms is None or rule is None:
        return None
    return charge(rule, money, payees_of(terms, "", "", ()), most=money)
