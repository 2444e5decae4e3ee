"""Agreements: a term sheet that all its parties sign, within the bounds of an active product.

All sign the digest of every term. One transaction that carries all signatures offers and concludes
at once. What is neither signed nor drawn in time lapses by the clock.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys, records
from lending.alarms import drop_alarm, set_alarm
from lending.commands import ProposeAgreement, SignAgreement, WithdrawAgreement
from lending.parties.authority import has_signed, party_of, wrong_role
from lending.products.lifecycle import agreement_step, check_agreement_status
from lending.products.names import (
    add_rival,
    agreement_of,
    check_digest,
    check_name,
    end_rival,
    is_open,
    is_taken,
    missing_signatures,
    put_rival,
    rival_of,
    rival_with,
)
from lending.products.term_checks import check_offer, offered_product, parties_to
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
    if refused := check_name(scope, name, proposer):
        return refused
    product = check_offer(scope, terms)
    if isinstance(product, Rejected):
        return product
    digest = terms_digest(terms, product.template)
    if refused := check_digest(scope, name, digest):
        return refused
    status = AgreementStatus.OFFERED
    agreement = _signed(scope, Agreement(name, proposer, status, terms, digest, signed_before))
    holder = agreement_of(scope, name)
    if holder is not None and is_open(holder) and missing_signatures(agreement):
        add_rival(scope, agreement)
        _say_offered(scope, "rival_offered", agreement)
    else:
        _hold(scope, agreement)
        put_agreement(scope, _concluded_if_signed(scope, agreement, (proposer,)))
    return None


def sign_agreement(scope: Scope, command: SignAgreement) -> Rejected | None:
    """All parties that signed the transaction agree."""
    holder = agreement_of(scope, command.agreement)
    rival = rival_with(scope, command.agreement, command.terms_digest)
    agreement = rival or holder
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    if refused := _check_signing(scope, agreement, command):
        return refused
    if rival is not None and is_taken(holder):
        return reject(Rejection.ALREADY_EXISTS, agreement=command.agreement)
    signed = _signed(scope, agreement)
    if signed is agreement:
        return reject(Rejection.ALREADY_APPROVED, approvals=agreement.signed)
    if rival is None:
        put_agreement(scope, _concluded_if_signed(scope, signed, agreement.signed))
    elif missing_signatures(signed):
        put_rival(scope, _concluded_if_signed(scope, signed, agreement.signed))
    else:
        end_rival(scope, rival, AgreementStatus.CONCLUDED)
        _hold(scope, signed)
        put_agreement(scope, _concluded_if_signed(scope, signed, agreement.signed))
    return None


def withdraw_agreement(scope: Scope, command: WithdrawAgreement) -> Rejected | None:
    """A proposer ends its rival offer, or any party the offer that holds the name."""
    rival = rival_of(scope, command.agreement, scope.sender)
    if rival is not None:
        end_rival(scope, rival, AgreementStatus.WITHDRAWN)
        return None
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    if scope.sender not in parties_to(agreement.terms):
        return wrong_role(scope, "a party to the agreement")
    if refused := check_agreement_status(agreement.status, AgreementStatus.OFFERED):
        return refused
    end_agreement(scope, agreement, AgreementStatus.WITHDRAWN)
    return None


def attend_agreement(scope: Scope, subject: bytes, _budget: int) -> int:
    """What was not signed or drawn in time ends by itself; anything else is left alone."""
    agreement = agreement_of(scope, subject.removeprefix(keys.AGREEMENT).decode())
    assert agreement is not None, "agreements are never removed"
    if agreement.status in (AgreementStatus.OFFERED, AgreementStatus.CONCLUDED):
        end_agreement(scope, agreement, AgreementStatus.LAPSED)
    return 1


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


def put_agreement(scope: Scope, agreement: Agreement) -> None:
    """Set an agreement's record."""
    records.AGREEMENT.put(scope.state, keys.agreement(agreement.name), agreement)


def _check_signing(scope: Scope, agreement: Agreement, command: SignAgreement) -> Rejected | None:
    if scope.sender not in parties_to(agreement.terms):
        return wrong_role(scope, "a party to the agreement")
    if refused := check_open(scope, agreement, AgreementStatus.OFFERED):
        return refused
    product = offered_product(scope, agreement.terms.product, agreement.terms.version)
    if isinstance(product, Rejected):
        return product
    if command.terms_digest != agreement.terms_digest:
        return reject(Rejection.DIGEST_DIFFERS, terms_digest=agreement.terms_digest)
    return None


def _hold(scope: Scope, agreement: Agreement) -> None:
    """The agreement holds its name from now on; an offer that did lapses."""
    key = keys.agreement(agreement.name)
    holder = agreement_of(scope, agreement.name)
    if holder is not None:
        if is_open(holder):
            end_agreement(scope, holder, AgreementStatus.LAPSED)
        drop_alarm(scope.state, keys.alarm(holder.terms.available_until_ms, key))
    set_alarm(scope.state, agreement.terms.available_until_ms, key)
    _say_offered(scope, "agreement_offered", agreement)


def _say_offered(scope: Scope, event: str, agreement: Agreement) -> None:
    values = TERM_SHEET_SHAPE.values(agreement.terms)
    scope.emit(
        event, agreement=agreement.name, proposer=agreement.proposer,
        terms=dict(zip(TERM_SHEET_SHAPE.types, values, strict=True)),
        terms_digest=agreement.terms_digest,
    )  # fmt: skip


def _signed(scope: Scope, agreement: Agreement) -> Agreement:
    """The agreement with the signatures of this transaction; the same object if none is new."""
    signed = tuple(
        name
        for name in parties_to(agreement.terms)
        if name in agreement.signed
        or ((party := party_of(scope, name)) is not None and has_signed(scope, party))
    )
    return agreement if signed == agreement.signed else replace(agreement, signed=signed)


def _concluded_if_signed(scope: Scope, agreement: Agreement, known: tuple[str, ...]) -> Agreement:
    """Concluded if all have signed; `known` signed before, or are understood to by the offer."""
    if missing := missing_signatures(agreement):
        if fresh := tuple(name for name in agreement.signed if name not in known):
            scope.emit("agreement_signed", agreement=agreement.name, signed=fresh, missing=missing)
        return agreement
    scope.emit(
        "agreement_concluded", agreement=agreement.name, lender=agreement.terms.lender,
        borrower=agreement.terms.borrower, terms_digest=agreement.terms_digest,
    )  # fmt: skip
    status = agreement_step(agreement.status, AgreementStatus.CONCLUDED)
    return replace(agreement, status=status)
