"""Agreements: a term sheet that all its parties sign, within the bounds of an active product.

All sign the digest of every term. One transaction that carries all signatures offers and concludes
at once. What is neither signed nor drawn in time lapses by the clock.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys, records
from lending.alarms import set_alarm
from lending.commands import ProposeAgreement, SignAgreement, WithdrawAgreement
from lending.parties.authority import has_signed, party_of, wrong_role
from lending.products.lifecycle import agreement_step, check_agreement_status
from lending.products.term_checks import check_offer, parties_to
from lending.records import Agreement, AgreementStatus
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.collateral import release_all
from lending.terms import TERM_SHEET_SHAPE, TermSheet, terms_digest


def propose_agreement(scope: Scope, command: ProposeAgreement) -> Rejected | None:
    """Lender or borrower offers terms; if all have signed they are agreed."""
    if scope.sender not in (command.terms.lender, command.terms.borrower):
        return wrong_role(scope, "the lender or the borrower")
    return make_agreement(scope, command.agreement, command.terms, scope.sender)


def make_agreement(
    scope: Scope, name: str, terms: TermSheet, proposer: str, signed_before: tuple[str, ...] = ()
) -> Rejected | None:
    """The one way to an agreement: offer terms, signed by all who sign now or have before."""
    if terms.lender == terms.borrower:
        return reject(Rejection.SAME_PARTY, party=terms.lender)
    if agreement_of(scope, name) is not None:
        return reject(Rejection.ALREADY_EXISTS, agreement=name)
    product = check_offer(scope, terms)
    if isinstance(product, Rejected):
        return product
    digest = terms_digest(terms, product.template)
    agreement = Agreement(name, proposer, AgreementStatus.OFFERED, terms, digest, signed_before)
    set_alarm(scope.state, terms.available_until_ms, keys.agreement(name))
    scope.emit(
        "agreement_offered", agreement=name, proposer=proposer,
        terms=dict(zip(TERM_SHEET_SHAPE.types, TERM_SHEET_SHAPE.values(terms), strict=True)),
        terms_digest=digest,
    )  # fmt: skip
    put_agreement(scope, _signed(scope, agreement))
    return None


def sign_agreement(scope: Scope, command: SignAgreement) -> Rejected | None:
    """All parties that signed the transaction agree."""
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    if scope.sender not in parties_to(agreement.terms):
        return wrong_role(scope, "a party to the agreement")
    if refused := check_open(scope, agreement, AgreementStatus.OFFERED):
        return refused
    if command.terms_digest != agreement.terms_digest:
        return reject(Rejection.DIGEST_DIFFERS, terms_digest=agreement.terms_digest)
    signed = _signed(scope, agreement)
    if signed is agreement:
        return reject(Rejection.ALREADY_APPROVED, approvals=agreement.signed)
    put_agreement(scope, signed)
    return None


def withdraw_agreement(scope: Scope, command: WithdrawAgreement) -> Rejected | None:
    """Any party ends an offer."""
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    if scope.sender not in parties_to(agreement.terms):
        return wrong_role(scope, "a party to the agreement")
    if refused := check_agreement_status(agreement.status, AgreementStatus.OFFERED):
        return refused
    end_agreement(scope, agreement, AgreementStatus.WITHDRAWN)
    return None


def lapse(scope: Scope, name: str) -> None:
    """What was not signed or drawn in time ends by itself; anything else is left alone."""
    agreement = agreement_of(scope, name)
    assert agreement is not None, "agreements are never removed"
    if agreement.status in (AgreementStatus.OFFERED, AgreementStatus.CONCLUDED):
        end_agreement(scope, agreement, AgreementStatus.LAPSED)


def end_agreement(scope: Scope, agreement: Agreement, status: AgreementStatus) -> None:
    """Give an agreement its last status and its collateral back."""
    put_agreement(scope, replace(agreement, status=agreement_step(agreement.status, status)))
    release_all(scope, agreement)
    scope.emit("agreement_ended", agreement=agreement.name, status=str(status))


def check_open(scope: Scope, agreement: Agreement, status: AgreementStatus) -> Rejected | None:
    """Refuse an agreement in another status, or one whose time is over."""
    if refused := check_agreement_status(agreement.status, status):
        return refused
    available_until_ms = agreement.terms.available_until_ms
    if scope.now_ms < available_until_ms:
        return None
    return reject(
        Rejection.WRONG_STATUS, status=str(AgreementStatus.LAPSED),
        available_until_ms=available_until_ms,
    )  # fmt: skip


def agreement_of(scope: Scope, name: str) -> Agreement | None:
    """The agreement of a name."""
    return records.AGREEMENT.get(scope.state, keys.agreement(name))


def put_agreement(scope: Scope, agreement: Agreement) -> None:
    """Set an agreement's record."""
    records.AGREEMENT.put(scope.state, keys.agreement(agreement.name), agreement)


def missing_signatures(agreement: Agreement) -> tuple[str, ...]:
    """The parties that have yet to sign."""
    return tuple(name for name in parties_to(agreement.terms) if name not in agreement.signed)


def _signed(scope: Scope, agreement: Agreement) -> Agreement:
    """The agreement with the signatures of this transaction; the same object if none is new."""
    signed = tuple(
        name
        for name in parties_to(agreement.terms)
        if name in agreement.signed
        or ((party := party_of(scope, name)) is not None and has_signed(scope, party))
    )
    if signed == agreement.signed:
        return agreement
    fresh = tuple(name for name in signed if name not in agreement.signed)
    agreement = replace(agreement, signed=signed)
    missing = missing_signatures(agreement)
    if not missing:
        return _concluded(scope, agreement)
    if fresh != (agreement.proposer,):
        scope.emit("agreement_signed", agreement=agreement.name, signed=fresh, missing=missing)
    return agreement


def _concluded(scope: Scope, agreement: Agreement) -> Agreement:
    scope.emit(
        "agreement_concluded", agreement=agreement.name, lender=agreement.terms.lender,
        borrower=agreement.terms.borrower, terms_digest=agreement.terms_digest,
    )  # fmt: skip
    status = agreement_step(agreement.status, AgreementStatus.CONCLUDED)
    return replace(agreement, status=status)
