"""Money that stands behind a loan: pledged by a guarantor, or by a cover fund for a premium.

It pays on the credit event, by the machine, once, at most its amount and never more than the loss;
in the declared order. What a later payment of the borrower brings beyond the lender's claim goes
back to who paid, so that nobody is paid twice. What is not used goes back by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger.receipt import Rejected
from lending import keys
from lending.alarms import set_alarm
from lending.chart import Account
from lending.commands.collateral import GiveGuarantee
from lending.journal import balance_of, post
from lending.parties.cash import check_funds
from lending.products.lifecycle import RUNNING, check_agreement_status, check_loan_status
from lending.products.loan import loan_of
from lending.products.names import agreement_of
from lending.records import Agreement, AgreementStatus, Loan, LoanStatus
from lending.records import collateral as stored
from lending.records.collateral import Fund, Protection, ProtectionNames, ProtectionStatus
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.waterfall import owed

LOSS_ORDER: Final = ("FIRST_LOSS", "GUARANTEE", "COVER")
"""Who bears a loss first, after the collateral; what is left is the lender's."""
PER_LOAN_MAX: Final = 16
"""How many guarantees and covers one loan may have."""


def give_guarantee(scope: Scope, command: GiveGuarantee) -> Rejected | None:
    """The sender pledges money for a loan."""
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    if refused := check_new(scope, command.guarantee, scope.sender, agreement, command.until_ms):
        return refused
    if refused := check_funds(scope, scope.sender, agreement.terms.asset, command.amount):
        return refused
    guarantee = Protection(
        command.guarantee, command.kind, scope.sender, "", agreement.name, agreement.terms.asset,
        command.amount, command.until_ms, ProtectionStatus.ACTIVE, paid=0, returned=0,
    )  # fmt: skip
    lock(scope, guarantee.payer, guarantee.currency, command.amount, guarantee.name)
    add(scope, guarantee)
    scope.emit(
        "guarantee_given", guarantee=guarantee.name, kind=guarantee.kind, guarantor=scope.sender,
        agreement=agreement.name, amount=command.amount, until_ms=command.until_ms,
    )  # fmt: skip
    return None


def check_new(
    scope: Scope, name: str, payer: str, agreement: Agreement, until_ms: int
) -> Rejected | None:
    """Refuse a protection of oneself, with a taken name, of a loan in default, or in the past."""
    if payer in (agreement.terms.borrower, agreement.terms.lender):
        return reject(Rejection.SAME_PARTY, party=payer)
    if protection_of(scope, name) is not None:
        return reject(Rejection.ALREADY_EXISTS, protection=name)
    allowed = (AgreementStatus.CONCLUDED, AgreementStatus.DRAWN)
    if refused := check_agreement_status(agreement.status, *allowed):
        return refused
    loan = loan_of(scope, agreement.name)
    if loan is not None and (refused := check_loan_status(loan.status, *RUNNING)):
        return refused
    if until_ms <= scope.now_ms:
        return reject(Rejection.BAD_TERMS, field="until_ms", value=until_ms)
    count = len(names_of(scope, agreement.name))
    if count >= PER_LOAN_MAX:
        return reject(Rejection.CAP_EXCEEDED, what="protections", held=count, most=PER_LOAN_MAX)
    return None


def follow_loan(scope: Scope, loan: Loan) -> None:
    """After a loan changed: pass back what the lender has twice, and let a repaid loan's go."""
    names = names_of(scope, loan.name)
    if not names:
        return
    held = [found for name in names if (found := protection_of(scope, name)) is not None]
    _pass_back(scope, loan, held)
    if loan.status in (LoanStatus.REPAID, LoanStatus.RECOVERED):
        for each in held:
            if each.status is ProtectionStatus.ACTIVE:
                end(scope, each, ProtectionStatus.RELEASED)


def claim(scope: Scope, loan: Loan) -> int:
    """The credit event: pay the lender of a defaulted loan in the declared order; returns how much."""
    loss = owed(loan.bills)
    paid = 0
    held = [protection_of(scope, name) for name in names_of(scope, loan.name)]
    for kind in LOSS_ORDER:
        for each in held:
            if each is not None and each.kind == kind and each.status is ProtectionStatus.ACTIVE:
                paid += _pay(scope, loan, each, loss - paid)
    return paid


def attend_protection(scope: Scope, subject: bytes, _budget: int) -> int:
    """The clock: the time of a protection is over; one that has ended is left alone."""
    found = protection_of(scope, subject.removeprefix(keys.PROTECTION).decode())
    assert found is not None, "protections are never removed"
    if found.status is ProtectionStatus.ACTIVE:
        end(scope, found, ProtectionStatus.EXPIRED)
    return 1


def end(scope: Scope, protection: Protection, status: ProtectionStatus) -> None:
    """Give a protection its last status; the money it did not pay is free again."""
    put(scope, replace(protection, status=status))
    rest = protection.amount - protection.paid
    if protection.fund:
        fund = fund_of(scope, protection.fund)
        assert fund is not None, "funds are never removed"
        put_fund(
            scope,
            replace(
                fund, exposure=fund.exposure - protection.amount,
                capital=fund.capital - protection.paid,
            ),
        )  # fmt: skip
    else:
        lock(scope, protection.payer, protection.currency, -rest, protection.name)
    scope.emit(
        "protection_ended", protection=protection.name, agreement=protection.loan,
        status=str(status), paid=protection.paid, freed=rest,
    )  # fmt: skip


def add(scope: Scope, protection: Protection) -> None:
    """Set a new protection and its alarm, and note it at its agreement."""
    put(scope, protection)
    names = ProtectionNames((*names_of(scope, protection.loan), protection.name))
    stored.PROTECTION_NAMES.put(scope.state, keys.protections(protection.loan), names)
    set_alarm(scope.state, protection.until_ms, keys.protection(protection.name))


def lock(scope: Scope, payer: str, currency: str, amount: int, reference: str) -> None:
    """Set money aside, or with a negative amount free it."""
    legs = [(payer, Account.CASH, -amount), (payer, Account.PLEDGED, amount)]
    post(scope, currency, "pledge" if amount > 0 else "release", reference, legs)


def put(scope: Scope, protection: Protection) -> None:
    """Set a protection's record."""
    stored.PROTECTION.put(scope.state, keys.protection(protection.name), protection)


def protection_of(scope: Scope, name: str) -> Protection | None:
    """The guarantee or cover of a name."""
    return stored.PROTECTION.get(scope.state, keys.protection(name))


def names_of(scope: Scope, agreement: str) -> tuple[str, ...]:
    """The guarantees and covers of an agreement, in the order in which they were given."""
    found = stored.PROTECTION_NAMES.get(scope.state, keys.protections(agreement))
    return () if found is None else found.names


def fund_of(scope: Scope, name: str) -> Fund | None:
    """The cover fund of a name."""
    return stored.FUND.get(scope.state, keys.fund(name))


def put_fund(scope: Scope, fund: Fund) -> None:
    """Set a fund's record."""
    stored.FUND.put(scope.state, keys.fund(fund.name), fund)


def _pay(scope: Scope, loan: Loan, protection: Protection, loss: int) -> int:
    paid = min(protection.amount, loss)
    if protection.fund:
        fund = fund_of(scope, protection.fund)
        assert fund is not None, "funds are never removed"
        paid = min(paid, fund.capital)
    legs = [
        (protection.payer, Account.PLEDGED, -paid),
        (protection.payer, Account.CLAIMS_EXPENSE, paid),
        (loan.lender, Account.CASH, paid),
        (loan.lender, Account.CLAIMS_INCOME, -paid),
    ]
    post(scope, loan.asset, "claim", loan.name, legs)
    scope.emit(
        "protection_claimed", protection=protection.name, kind=protection.kind, loan=loan.name,
        payer=protection.payer, amount=paid, loss=loss,
    )  # fmt: skip
    end(scope, replace(protection, paid=paid), ProtectionStatus.CLAIMED)
    return paid


def _pass_back(scope: Scope, loan: Loan, held: list[Protection]) -> None:
    """Claims paid and not returned are never more than the borrower owes; who paid last is first."""
    excess = sum(each.paid - each.returned for each in held) - owed(loan.bills) - loan.balance
    excess = min(excess, balance_of(scope.state, loan.lender, Account.CASH, loan.asset))
    for each in sorted(held, key=lambda one: -LOSS_ORDER.index(one.kind)):
        amount = min(excess, each.paid - each.returned)
        if amount <= 0:
            continue
        excess -= amount
        legs = [
            (loan.lender, Account.CASH, -amount),
            (loan.lender, Account.CLAIMS_INCOME, amount),
            (each.payer, Account.CASH, amount),
            (each.payer, Account.CLAIMS_EXPENSE, -amount),
        ]
        post(scope, loan.asset, "claim_return", loan.name, legs)
        put(scope, replace(each, returned=each.returned + amount))
        scope.emit(
            "claim_returned", protection=each.name, loan=loan.name, payer=each.payer, amount=amount
        )
