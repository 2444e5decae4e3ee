"""Correcting a payment that was booked wrongly, as a new entry that leaves the old ones as they are.

The loan's life is lived twice by the production code: with the payments as they were booked, which
must come out as the loan that there is, and with the payments as they should have been. What the
second life posts more than the first is the correcting entry; its loan is the loan from now on.
Where that cannot be done exactly the correction is refused, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledger import crypto
from ledger.crypto import Purpose
from ledger.receipt import Rejected
from lending import keys, records
from lending.alarms import set_alarm
from lending.books.payments import PAYMENTS_MAX, correction_policy
from lending.books.replay import Life, Payment, relive
from lending.chart import BY_NAME, Account
from lending.clock import next_step
from lending.collateral.watch import loan_changed
from lending.commands.corrections import CorrectPayment, SetCorrectionPolicy
from lending.fees.charging import loan_fees
from lending.journal import post
from lending.parties.assets import asset_of
from lending.parties.authority import check_signed, has_signed, party_of, wrong_role
from lending.parties.cash import check_funds
from lending.products.agreement import end_agreement
from lending.products.lifecycle import RUNNING, check_loan_status
from lending.products.loan import loan_of, put_loan
from lending.products.names import agreement_of
from lending.products.template import product_of, template_of
from lending.records import AgreementStatus, Loan, LoanStatus
from lending.records import corrections as stored
from lending.records.corrections import CorrectionPolicy, Payments
from lending.rejections import Rejection, reject
from lending.scope import DAY_MS, Scope
from lending.support.feeds import check_approved


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to be changed of one loan."""

    before: Loan
    """The loan as it is."""
    after: Loan
    """The loan as it should be."""
    payments: tuple[Payment, ...]
    """Its payments as they should be."""
    change: dict[str, int]
    """What must be posted, by account."""

    def of(self, owner: str, account: Account) -> int:
        """What must be posted on one account."""
        name = f"{owner}/{account.name.lower()}/{self.before.asset}"
        return self.change.get(name, 0)


def set_correction_policy(scope: Scope, command: SetCorrectionPolicy) -> Rejected | None:
    """Members let payments on loans of a product be corrected; loans drawn from then on qualify."""
    if refused := check_approved(scope):
        return refused
    if product_of(scope, command.product, command.version) is None:
        return reject(Rejection.UNKNOWN_PRODUCT, product=command.product, version=command.version)
    key = keys.correction_policy(command.product, command.version)
    stored.CORRECTION_POLICY.put(scope.state, key, CorrectionPolicy(command.days_max))
    scope.emit(
        "correction_policy_set", product=command.product, version=command.version,
        days_max=command.days_max,
    )  # fmt: skip
    return None


def correct_payment(scope: Scope, command: CorrectPayment) -> Rejected | None:
    """Correct one payment; the lender signs, and with it the borrower or the custodian."""
    loan = loan_of(scope, command.loan)
    if loan is None:
        return reject(Rejection.UNKNOWN_LOAN, loan=command.loan)
    if refused := _check_signatures(scope, loan) or _check_loan(scope, loan):
        return refused
    payments = _payments(scope, loan)
    if command.payment > len(payments):
        return reject(
            Rejection.UNKNOWN_PAYMENT, payment_number=command.payment, payments=len(payments)
        )
    payment = payments[command.payment - 1]
    if refused := _check_days(scope, loan, command, payment):
        return refused
    rest = (*payments[: command.payment - 1], *payments[command.payment :])
    if command.kind == "BACKDATE":
        rest = _with(rest, (command.effective_ms, payment[1]))
    first = _correction(scope, loan, payments, rest)
    if isinstance(first, Rejected):
        return first
    corrections = [first]
    if command.kind == "MOVE":
        second = _moved(scope, loan, command, payment)
        if isinstance(second, Rejected):
            return second
        corrections.append(second)
    if refused := _check_cash(scope, corrections):
        return refused
    for correction in corrections:
        _carry_out(scope, correction, command, payment)
    return None


def _check_signatures(scope: Scope, loan: Loan) -> Rejected | None:
    asset = asset_of(scope, loan.asset)
    assert asset is not None, "assets are never removed"
    if scope.sender not in (loan.lender, loan.borrower, asset.custodian):
        return wrong_role(scope, "the lender, the borrower or the custodian")
    parties = [party_of(scope, name) for name in (loan.lender, loan.borrower, asset.custodian)]
    lender, borrower, custodian = parties
    assert lender is not None, "parties are never removed"
    assert borrower is not None, "parties are never removed"
    assert custodian is not None, "parties are never removed"
    if refused := check_signed(scope, lender):
        return refused
    return None if has_signed(scope, custodian) else check_signed(scope, borrower)


def _check_loan(scope: Scope, loan: Loan) -> Rejected | None:
    if correction_policy(scope, loan.product, loan.version) is None:
        return reject(Rejection.NO_POLICY, product=loan.product, version=loan.version)
    return check_loan_status(loan.status, *RUNNING)


def _check_days(
    scope: Scope, loan: Loan, command: CorrectPayment, payment: Payment
) -> Rejected | None:
    """Refuse what reaches too far back, and days or loans that the kind has no use for."""
    if command.kind != "BACKDATE" and command.effective_ms:
        return reject(Rejection.BAD_TERMS, field="effective_ms", value=command.effective_ms)
    if (command.kind == "MOVE") != bool(command.to_loan):
        return reject(Rejection.BAD_TERMS, field="to_loan", value=command.to_loan)
    policy = correction_policy(scope, loan.product, loan.version)
    assert policy is not None, "it was checked"
    booked_ms = payment[0] - payment[0] % DAY_MS
    from_ms = command.effective_ms if command.kind == "BACKDATE" else booked_ms
    first_ms = max(loan.start_ms, scope.today_ms - policy.days_max * DAY_MS)
    if from_ms < first_ms:
        return reject(Rejection.OUT_OF_TIME, day_ms=from_ms, first_ms=first_ms)
    is_day = command.effective_ms % DAY_MS == 0
    if command.kind == "BACKDATE" and (not is_day or command.effective_ms >= booked_ms):
        return reject(
            Rejection.BAD_TERMS, field="effective_ms", value=command.effective_ms,
            maximum=booked_ms - DAY_MS,
        )  # fmt: skip
    return None


def _moved(
    scope: Scope, loan: Loan, command: CorrectPayment, payment: Payment
) -> Correction | Rejected:
    """The correction of the loan that the payment was meant for."""
    other = loan_of(scope, command.to_loan)
    if other is None:
        return reject(Rejection.UNKNOWN_LOAN, loan=command.to_loan)
    if other.name == loan.name:
        return reject(Rejection.BAD_TERMS, field="to_loan", value=command.to_loan)
    if (other.lender, other.borrower, other.asset) != (loan.lender, loan.borrower, loan.asset):
        return _impossible(other, "OTHER_PARTIES")
    if refused := _check_loan(scope, other):
        return refused
    if payment[0] < other.start_ms:
        return reject(Rejection.OUT_OF_TIME, day_ms=payment[0], first_ms=other.start_ms)
    payments = _payments(scope, other)
    return _correction(scope, other, payments, _with(payments, payment))


def _correction(
    scope: Scope, loan: Loan, booked: tuple[Payment, ...], meant: tuple[Payment, ...]
) -> Correction | Rejected:
    """What must change of a loan; refused where its life cannot be lived again exactly."""
    if len(booked) > PAYMENTS_MAX:
        return _impossible(loan, "TOO_MANY_PAYMENTS")
    if loan_fees(scope, loan.name) is not None:
        # Its servicers have been paid out of what was paid: their books would have to change too.
        return _impossible(loan, "OTHERS_CONCERNED")
    old = relive(scope.state, loan, booked, scope.now_ms)
    if old is None or old.loan != loan:
        return _impossible(loan, "NOT_REPRODUCED")
    new = relive(scope.state, loan, meant, scope.now_ms)
    if new is None:
        return _impossible(loan, "TOO_LONG")
    if new.loan.status not in (*RUNNING, LoanStatus.REPAID):
        return _impossible(loan, f"WOULD_BE_{new.loan.status}")
    change = _difference(old, new)
    if any(name.split("/")[0] not in (loan.lender, loan.borrower) for name in change):
        return _impossible(loan, "OTHERS_CONCERNED")
    if not change and new.loan == loan:
        return _impossible(loan, "NO_DIFFERENCE")
    return Correction(loan, new.loan, meant, change)


def _difference(old: Life, new: Life) -> dict[str, int]:
    names = sorted(old.postings.keys() | new.postings.keys())
    changes = {name: new.postings[name] - old.postings[name] for name in names}
    return {name: amount for name, amount in changes.items() if amount}


def _check_cash(scope: Scope, corrections: list[Correction]) -> Rejected | None:
    """Refuse what the lender or the borrower cannot pay, or the borrower pays without signing."""
    loan = corrections[0].before
    for owner in (loan.lender, loan.borrower):
        paid = most = 0
        for each in corrections:
            # They are posted one after the other: what the second gives back cannot pay the first.
            paid -= each.of(owner, Account.CASH)
            most = max(most, paid)
        if most and (refused := check_funds(scope, owner, loan.asset, most)):
            return refused
    borrower = party_of(scope, loan.borrower)
    assert borrower is not None, "parties are never removed"
    # The custodian's signature stands in for the borrower's as long as it does not cost it money.
    gained = sum(each.of(loan.borrower, Account.CASH) for each in corrections)
    return check_signed(scope, borrower) if gained < 0 else None


def _carry_out(
    scope: Scope, correction: Correction, command: CorrectPayment, payment: Payment
) -> None:
    before, after = correction.before, correction.after
    legs = []
    for name, amount in correction.change.items():
        owner, kind, _ = name.split("/")
        legs.append((owner, BY_NAME[kind], amount))
    post(scope, before.asset, "correction", before.name, legs)
    key = keys.payments(before.name)
    noted = stored.PAYMENTS.get(scope.state, key) or Payments((), 0)
    stored.PAYMENTS.put(
        scope.state, key,
        replace(noted, payments=correction.payments, corrections=noted.corrections + 1),
    )  # fmt: skip
    put_loan(scope, after)
    _announce(scope, correction, command, payment)
    if after.status is LoanStatus.REPAID:
        agreement = agreement_of(scope, before.name)
        assert agreement is not None, "a loan has an agreement"
        scope.emit("loan_closed", loan=before.name, status=str(after.status))
        end_agreement(scope, agreement, AgreementStatus.CLOSED)
    else:
        template = template_of(scope, after.product, after.version)
        set_alarm(scope.state, next_step(after, template)[0], keys.loan(after.name))
    loan_changed(scope, before.name)


def _announce(
    scope: Scope, correction: Correction, command: CorrectPayment, payment: Payment
) -> None:
    loan = correction.before
    owed = {
        part: -correction.of(loan.borrower, account)
        for part, account in (
            ("principal", Account.BORROWINGS), ("interest", Account.INTEREST_PAYABLE),
            ("fees", Account.FEES_PAYABLE),
        )
    }  # fmt: skip
    scope.emit(
        "payment_corrected", loan=loan.name, kind=command.kind, payment_number=command.payment,
        offered=payment[1], booked_ms=payment[0],
        effective_ms=command.effective_ms or payment[0], reason=command.reason,
        cash=correction.of(loan.borrower, Account.CASH), more_principal=owed["principal"],
        more_interest=owed["interest"], more_fees=owed["fees"],
        digest_before=_digest(loan), digest_after=_digest(correction.after),
    )  # fmt: skip


def _digest(loan: Loan) -> bytes:
    return crypto.digest(Purpose.DOCUMENT, records.LOAN.encode(loan))


def _payments(scope: Scope, loan: Loan) -> tuple[Payment, ...]:
    found = stored.PAYMENTS.get(scope.state, keys.payments(loan.name))
    return () if found is None else found.payments


def _with(payments: tuple[Payment, ...], payment: Payment) -> tuple[Payment, ...]:
    return tuple(sorted((*payments, payment), key=_time_ms))


def _time_ms(payment: Payment) -> int:
    return payment[0]


def _impossible(loan: Loan, reason: str) -> Rejected:
    return reject(Rejection.CORRECTION_IMPOSSIBLE, loan=loan.name, reason=reason)
