"""Changes of running loans: offered by one party, signed by the other, carried out on their day.

Both sign the digest of the loan, the change and all its terms. What is not signed in time lapses by
the clock; what cannot be done any more on its day fails, and the loan goes on as it was.
"""

from __future__ import annotations

from dataclasses import replace

from ledger import codec, crypto
from ledger.crypto import Digest, Purpose
from ledger.receipt import Rejected
from lending import keys
from lending.alarms import set_alarm
from lending.arithmetic import InvalidTerms
from lending.changes.effects import changed
from lending.chart import Account
from lending.commands.changes import ProposeChange, SignChange, WithdrawChange
from lending.journal import post
from lending.parties.authority import has_signed, party_of, wrong_role
from lending.products import timetable
from lending.products.lifecycle import RUNNING, check_loan_status
from lending.products.loan import loan_of, put_loan
from lending.products.template import template_of
from lending.records import Loan
from lending.records import changes as records
from lending.records.changes import Change, ChangeStatus
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope
from lending.terms import Template


def propose_change(scope: Scope, command: ProposeChange) -> Rejected | None:
    """Lender or borrower offers a change; if both signed it is agreed."""
    loan = loan_of(scope, command.loan)
    if loan is None:
        return reject(Rejection.UNKNOWN_LOAN, loan=command.loan)
    if scope.sender not in (loan.lender, loan.borrower):
        return wrong_role(scope, "the lender or the borrower")
    if change_of(scope, loan.name, command.change) is not None:
        return reject(Rejection.ALREADY_EXISTS, change=command.change)
    change = _offered(scope, command)
    if refused := _check_time(scope, change) or _check_loan(scope, loan, change):
        return refused
    set_alarm(scope.state, change.valid_until_ms, keys.change(loan.name, change.name))
    scope.emit(
        "change_offered", loan=loan.name, change=change.name, proposer=scope.sender,
        kind=change.kind, effective_ms=change.effective_ms, rate=change.rate,
        installments=change.installments, first_due_ms=change.first_due_ms,
        treatment=change.treatment, count=change.count, valid_until_ms=change.valid_until_ms,
        terms_digest=change.terms_digest,
    )  # fmt: skip
    if all(_signs(scope, name) for name in (loan.lender, loan.borrower)):
        change = _agreed(scope, loan, change)
    put_change(scope, change)
    return None


def sign_change(scope: Scope, command: SignChange) -> Rejected | None:
    """The party that did not propose it agrees."""
    loan = loan_of(scope, command.loan)
    if loan is None:
        return reject(Rejection.UNKNOWN_LOAN, loan=command.loan)
    change = change_of(scope, command.loan, command.change)
    if change is None:
        return reject(Rejection.UNKNOWN_CHANGE, change=command.change)
    if scope.sender not in (loan.lender, loan.borrower) or scope.sender == change.proposer:
        return wrong_role(scope, "the other party")
    if change.status is not ChangeStatus.OFFERED:
        return reject(Rejection.WRONG_STATUS, status=str(change.status), allowed=("OFFERED",))
    if command.terms_digest != change.terms_digest:
        return reject(Rejection.DIGEST_DIFFERS, terms_digest=change.terms_digest)
    if refused := _check_time(scope, change) or _check_loan(scope, loan, change):
        return refused
    put_change(scope, _agreed(scope, loan, change))
    return None


def withdraw_change(scope: Scope, command: WithdrawChange) -> Rejected | None:
    """Either party ends an offer."""
    loan = loan_of(scope, command.loan)
    if loan is None:
        return reject(Rejection.UNKNOWN_LOAN, loan=command.loan)
    change = change_of(scope, command.loan, command.change)
    if change is None:
        return reject(Rejection.UNKNOWN_CHANGE, change=command.change)
    if scope.sender not in (loan.lender, loan.borrower):
        return wrong_role(scope, "the lender or the borrower")
    if change.status is not ChangeStatus.OFFERED:
        return reject(Rejection.WRONG_STATUS, status=str(change.status), allowed=("OFFERED",))
    _end(scope, change, ChangeStatus.WITHDRAWN)
    return None


def attend_change(scope: Scope, subject: bytes, _: int) -> int:
    """What was not signed in time lapses; what was agreed on a loan that has ended fails."""
    change = records.CHANGE.get(scope.state, subject)
    assert change is not None, "changes are never removed"
    loan = loan_of(scope, change.loan)
    assert loan is not None, "loans are never removed"
    if change.status is ChangeStatus.OFFERED:
        _end(scope, change, ChangeStatus.LAPSED)
    elif change.status is ChangeStatus.AGREED and loan.status not in RUNNING:
        _end(scope, change, ChangeStatus.FAILED)
    elif change.status is ChangeStatus.AGREED:
        # The clock is behind with the loan, which does the change when it comes to it.
        set_alarm(scope.state, scope.now_ms + DAY_MS, subject)
    return 1


def carry_out(scope: Scope, loan: Loan, template: Template) -> Loan:
    """The agreed day has come: the change is made, or fails and leaves the loan as it is."""
    change = change_of(scope, loan.name, loan.change)
    assert change is not None, "changes are never removed"
    freed = replace(loan, change="", change_ms=0)
    try:
        after = changed(template, freed, change)
    except InvalidTerms:
        _end(scope, change, ChangeStatus.FAILED)
        return freed
    _post_capitalised(scope, freed, after)
    scope.emit(
        "loan_changed", loan=loan.name, change=change.name, kind=change.kind, rate=after.rate,
        level=after.level, installments=after.installments, number=after.number,
        next_due_ms=after.due_ms, balance=after.balance, carried=after.carried_interest,
        capitalised=after.capitalised - loan.capitalised, reaged=after.reaged,
    )  # fmt: skip
    _end(scope, change, ChangeStatus.DONE)
    return after


def change_of(scope: Scope, loan: str, name: str) -> Change | None:
    """The change of a name."""
    return records.CHANGE.get(scope.state, keys.change(loan, name))


def put_change(scope: Scope, change: Change) -> None:
    """Set a change's record."""
    records.CHANGE.put(scope.state, keys.change(change.loan, change.name), change)


def change_digest(command: ProposeChange) -> Digest:
    """The digest of all that the parties agree on: what `sign_change` must name."""
    whole = (
        command.loan, command.change, command.kind, command.effective_ms, command.rate,
        command.installments, command.first_due_ms, command.treatment, command.count,
        command.valid_until_ms,
    )  # fmt: skip
    return crypto.digest(Purpose.DOCUMENT, codec.encode_array(whole))


def _offered(scope: Scope, command: ProposeChange) -> Change:
    return Change(
        command.loan, command.change, scope.sender, ChangeStatus.OFFERED, command.kind,
        command.effective_ms, command.rate, command.installments, command.first_due_ms,
        command.treatment, command.count, command.valid_until_ms, change_digest(command),
    )  # fmt: skip


def _check_time(scope: Scope, change: Change) -> Rejected | None:
    """A change begins today or later, on a midnight, and is signed before."""
    if change.effective_ms % DAY_MS or change.effective_ms < scope.today_ms:
        return reject(Rejection.OUT_OF_TIME, day_ms=change.effective_ms, from_ms=scope.today_ms)
    if change.valid_until_ms <= scope.now_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=change.valid_until_ms)
    return None


def _check_loan(scope: Scope, loan: Loan, change: Change) -> Rejected | None:
    """Whether the change could be made to the loan as it will be if it is paid until then."""
    if refused := check_loan_status(loan.status, *RUNNING):
        return refused
    if loan.change:
        return reject(Rejection.WRONG_STATUS, change=loan.change, until_ms=loan.change_ms)
    template = template_of(scope, loan.product, loan.version)
    try:
        changed(template, timetable.projected(template, loan, change.effective_ms), change)
    except InvalidTerms as problem:
        return reject(Rejection.BAD_TERMS, field=problem.term, reason=problem.reason)
    return None


def _agreed(scope: Scope, loan: Loan, change: Change) -> Change:
    """Both signed: the loan waits for the day, and is looked at then."""
    put_loan(scope, replace(loan, change=change.name, change_ms=change.effective_ms))
    set_alarm(scope.state, change.effective_ms, keys.loan(loan.name))
    set_alarm(scope.state, change.effective_ms + DAY_MS, keys.change(loan.name, change.name))
    scope.emit(
        "change_agreed", loan=loan.name, change=change.name, effective_ms=change.effective_ms,
        terms_digest=change.terms_digest,
    )  # fmt: skip
    return replace(change, status=ChangeStatus.AGREED)


def _end(scope: Scope, change: Change, status: ChangeStatus) -> None:
    put_change(scope, replace(change, status=status))
    scope.emit("change_ended", loan=change.loan, change=change.name, status=str(status))


def _post_capitalised(scope: Scope, before: Loan, after: Loan) -> None:
    """Arrears that became principal: the lender's claims and the borrower's debts change their kind."""
    if after.capitalised == before.capitalised:
        return
    fees = sum(bill.fees for bill in before.bills)
    interest = sum(bill.interest for bill in before.bills)
    legs = [
        (before.lender, Account.LOANS_RECEIVABLE, fees + interest),
        (before.lender, Account.FEES_RECEIVABLE, -fees),
        (before.lender, Account.INTEREST_RECEIVABLE, -interest),
        (before.borrower, Account.FEES_PAYABLE, fees),
        (before.borrower, Account.INTEREST_PAYABLE, interest),
        (before.borrower, Account.BORROWINGS, -fees - interest),
    ]
    post(scope, before.asset, "capitalised_arrears", before.name, legs)


def _signs(scope: Scope, name: str) -> bool:
    party = party_of(scope, name)
    return party is not None and has_signed(scope, party)
