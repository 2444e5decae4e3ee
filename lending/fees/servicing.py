"""Servicing: the part of a loan's interest that is not its lender's, and when it is passed on.

With every bill the agreed spread of the interest is the servicer's, by largest remainder against
the rest of the rate; then the schedule's SERVICING rule takes its fee of what is left. The lender
owes both from then on and pays them as it is paid: of every interest that comes in the same part.
The borrower pays what it would pay without. Interest that is never paid serves nobody.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys, records
from lending.chart import Account
from lending.commands.fees import AgreeServicing
from lending.fees.charging import bound_terms, empty_fees, loan_fees, put_loan_fees
from lending.fees.rules import charge, payees_of, rule_of
from lending.journal import Leg, post
from lending.parties.authority import check_signed, party_of, wrong_role
from lending.records import AgreementStatus, Loan
from lending.records.fees import LoanFees
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.distribution import distribute

Claims = tuple[tuple[str, int], ...]
OPEN = (AgreementStatus.OFFERED, AgreementStatus.CONCLUDED, AgreementStatus.DRAWN)


def agree_servicing(scope: Scope, command: AgreeServicing) -> Rejected | None:
    """Lender and servicer agree on the spread of the bills from now on."""
    agreement = records.AGREEMENT.get(scope.state, keys.agreement(command.agreement))
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    loan = records.LOAN.get(scope.state, keys.loan(command.agreement))
    lender = agreement.terms.lender if loan is None else loan.lender
    if scope.sender not in (lender, command.servicer):
        return wrong_role(scope, "the lender or the servicer")
    if command.servicer in (lender, agreement.terms.borrower):
        return reject(Rejection.SAME_PARTY, party=command.servicer)
    for name in (lender, command.servicer):
        party = party_of(scope, name)
        if party is None:
            return reject(Rejection.UNKNOWN_PARTY, party=name)
        if refused := check_signed(scope, party):
            return refused
    if agreement.status not in OPEN:
        return reject(
            Rejection.WRONG_STATUS, status=str(agreement.status), allowed=tuple(map(str, OPEN))
        )
    rate = agreement.terms.rate if loan is None else loan.rate
    if command.spread > rate:
        return reject(
            Rejection.BAD_TERMS, field="spread", value=command.spread, minimum=0, maximum=rate
        )
    fees = loan_fees(scope, agreement.name) or empty_fees()
    servicer = command.servicer if command.spread else ""
    put_loan_fees(scope, agreement.name, replace(fees, servicer=servicer, spread=command.spread))
    scope.emit(
        "servicing_agreed", agreement=agreement.name, servicer=command.servicer,
        yearly_spread=command.spread,
    )  # fmt: skip
    return None


def serve_interest(scope: Scope, loan: Loan, interest: int) -> None:
    """Interest was billed: those who serve the loan have earned their parts, the lender owes them."""
    fees = _held(scope, loan)
    if fees is None or not interest:
        return
    earned = shares_of(scope, fees, loan, interest)
    total = sum(part for _, part in earned)
    if not total:
        return
    legs: list[Leg] = [
        (loan.lender, Account.SERVICING_EXPENSE, total),
        (loan.lender, Account.SERVICING_PAYABLE, -total),
    ]
    for payee, part in earned:
        legs += [
            (payee, Account.SERVICING_RECEIVABLE, part),
            (payee, Account.SERVICING_INCOME, -part),
        ]
    post(scope, loan.asset, "servicing", loan.name, legs)
    scope.emit("interest_served", loan=loan.name, interest=interest, servicing=total, parts=earned)
    fees = replace(
        fees, interest=fees.interest + interest, claims=_added(fees.claims, earned),
        billed=fees.billed + interest, earned=fees.earned + total,
    )  # fmt: skip
    put_loan_fees(scope, loan.name, fees)


def pass_on(scope: Scope, loan: Loan, paid: int, prepaid: int) -> None:
    """Interest came in, `prepaid` of it never billed: the lender pays its part on, rounded down.

    The last interest that is unpaid brings all that is left.
    """
    serve_interest(scope, loan, prepaid)
    fees = _held(scope, loan)
    if fees is None or not fees.interest:
        return
    came = min(paid + prepaid, fees.interest)
    owed = tuple(amount for _, amount in fees.claims)
    parts = distribute(sum(owed) * came // fees.interest, owed)
    legs: list[Leg] = []
    for (payee, _), part in zip(fees.claims, parts, strict=True):
        legs += [
            (loan.lender, Account.CASH, -part),
            (loan.lender, Account.SERVICING_PAYABLE, part),
            (payee, Account.CASH, part),
            (payee, Account.SERVICING_RECEIVABLE, -part),
        ]
    post(scope, loan.asset, "servicing_payment", loan.name, legs)
    left = tuple(
        (payee, amount - part)
        for (payee, amount), part in zip(fees.claims, parts, strict=True)
        if amount > part
    )
    total = sum(parts)
    if total:
        scope.emit("servicing_paid", loan=loan.name, interest=came, servicing=total)
    fees = replace(
        fees, interest=fees.interest - came, claims=left, passed_on=fees.passed_on + total
    )
    put_loan_fees(scope, loan.name, fees)


def give_up(scope: Scope, loan: Loan) -> None:
    """Interest that is unpaid will not be interest any more: nobody has earned a part of it."""
    fees = _held(scope, loan)
    if fees is None or not fees.interest:
        return
    legs: list[Leg] = []
    for payee, amount in fees.claims:
        legs += [
            (loan.lender, Account.SERVICING_PAYABLE, amount),
            (loan.lender, Account.SERVICING_EXPENSE, -amount),
            (payee, Account.SERVICING_INCOME, amount),
            (payee, Account.SERVICING_RECEIVABLE, -amount),
        ]
    post(scope, loan.asset, "servicing_given_up", loan.name, legs)
    total = sum(amount for _, amount in fees.claims)
    fees = replace(
        fees, interest=0, claims=(), billed=fees.billed - fees.interest, earned=fees.earned - total
    )
    put_loan_fees(scope, loan.name, fees)


def shares_of(scope: Scope, fees: LoanFees, loan: Loan, interest: int) -> Claims:
    """Who earns what of a loan's interest, besides its lender: what it serves itself is its own."""
    earned: Claims = ()
    left = interest
    if fees.spread and loan.rate:
        spread = min(fees.spread, loan.rate)
        left, part = distribute(interest, (loan.rate - spread, spread))
        earned = ((fees.servicer, part),)
    terms = bound_terms(scope, loan.name)
    rule = rule_of(terms, "SERVICING") if terms else None
    if terms is not None and rule is not None:
        payees = payees_of(terms, "", "", ((loan.lender, 1),))
        earned = _added(earned, charge(rule, interest, payees, most=left).parts)
    return tuple((payee, part) for payee, part in earned if part and payee != loan.lender)


def _held(scope: Scope, loan: Loan) -> LoanFees | None:
    """The fees of a loan; if it was sold, what its lender owed is its buyer's to pay."""
    fees = loan_fees(scope, loan.name)
    if fees is None or fees.lender == loan.lender:
        return fees
    total = sum(amount for _, amount in fees.claims)
    legs: list[Leg] = [
        (fees.lender, Account.SERVICING_PAYABLE, total),
        (fees.lender, Account.SERVICING_EXPENSE, -total),
        (loan.lender, Account.SERVICING_EXPENSE, total),
        (loan.lender, Account.SERVICING_PAYABLE, -total),
    ]
    post(scope, loan.asset, "servicing_taken_over", loan.name, legs)
    return replace(fees, lender=loan.lender)


def _added(claims: Claims, more: Claims) -> Claims:
    merged = dict(claims)
    for payee, amount in more:
        merged[payee] = merged.get(payee, 0) + amount
    return tuple(merged.items())
