"""Agreements: a term sheet that lender and borrower sign, within the bounds of an active product.

Both sign the digest of every term. One transaction that carries both signatures offers and
concludes at once. What is neither signed nor drawn in time lapses by the clock.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys, records
from lending.alarms import set_alarm
from lending.arithmetic import InvalidTerms
from lending.commands import ProposeAgreement, SignAgreement, WithdrawAgreement
from lending.parties.assets import asset_of
from lending.parties.authority import has_signed, party_of, wrong_role
from lending.products.lifecycle import agreement_step, check_agreement_status
from lending.products.template import product_of
from lending.products.timetable import timetable
from lending.records import Agreement, AgreementStatus, PartyKind
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.collateral import release_all
from lending.terms import TERM_SHEET_SHAPE, Template, TermSheet, terms_digest


def propose_agreement(scope: Scope, command: ProposeAgreement) -> Rejected | None:
    """Lender or borrower offers terms; if both signed they are agreed."""
    terms = command.terms
    if scope.sender not in (terms.lender, terms.borrower):
        return wrong_role(scope, "the lender or the borrower")
    if terms.lender == terms.borrower:
        return reject(Rejection.SAME_PARTY, party=terms.lender)
    if agreement_of(scope, command.agreement) is not None:
        return reject(Rejection.ALREADY_EXISTS, agreement=command.agreement)
    if refused := _check_parties(scope, terms) or _check_assets(scope, terms):
        return refused
    product = product_of(scope, terms.product, terms.version)
    if product is None:
        return reject(Rejection.UNKNOWN_PRODUCT, product=terms.product, version=terms.version)
    if not product.is_active:
        return reject(Rejection.WRONG_STATUS, product=terms.product, approvals=product.approvals)
    if refused := _check_terms(scope, terms, product.template):
        return refused
    digest = terms_digest(terms, product.template)
    agreement = Agreement(command.agreement, scope.sender, AgreementStatus.OFFERED, terms, digest)
    set_alarm(scope.state, terms.available_until_ms, keys.agreement(command.agreement))
    scope.emit(
        "agreement_offered", agreement=command.agreement, proposer=scope.sender,
        terms=dict(zip(TERM_SHEET_SHAPE.types, TERM_SHEET_SHAPE.values(terms), strict=True)),
        terms_digest=digest,
    )  # fmt: skip
    if _all_signed(scope, terms):
        agreement = _concluded(scope, agreement)
    put_agreement(scope, agreement)
    return None


def sign_agreement(scope: Scope, command: SignAgreement) -> Rejected | None:
    """The party that did not propose it agrees."""
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    if scope.sender != counterparty(agreement):
        return wrong_role(scope, "the other party")
    if refused := check_open(scope, agreement, AgreementStatus.OFFERED):
        return refused
    if command.terms_digest != agreement.terms_digest:
        return reject(Rejection.DIGEST_DIFFERS, terms_digest=agreement.terms_digest)
    put_agreement(scope, _concluded(scope, agreement))
    return None


def withdraw_agreement(scope: Scope, command: WithdrawAgreement) -> Rejected | None:
    """Either party ends an offer."""
    agreement = agreement_of(scope, command.agreement)
    if agreement is None:
        return reject(Rejection.UNKNOWN_AGREEMENT, agreement=command.agreement)
    if scope.sender not in (agreement.terms.lender, agreement.terms.borrower):
        return wrong_role(scope, "the lender or the borrower")
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


def counterparty(agreement: Agreement) -> str:
    """The party that did not propose it."""
    terms = agreement.terms
    return terms.borrower if agreement.proposer == terms.lender else terms.lender


def _concluded(scope: Scope, agreement: Agreement) -> Agreement:
    scope.emit(
        "agreement_concluded", agreement=agreement.name, lender=agreement.terms.lender,
        borrower=agreement.terms.borrower, terms_digest=agreement.terms_digest,
    )  # fmt: skip
    status = agreement_step(agreement.status, AgreementStatus.CONCLUDED)
    return replace(agreement, status=status)


def _all_signed(scope: Scope, terms: TermSheet) -> bool:
    parties = (party_of(scope, terms.lender), party_of(scope, terms.borrower))
    return all(party is not None and has_signed(scope, party) for party in parties)


def _check_parties(scope: Scope, terms: TermSheet) -> Rejected | None:
    allowed = {
        terms.lender: (PartyKind.MEMBER, PartyKind.DESK),
        terms.borrower: (PartyKind.BORROWER, PartyKind.MEMBER),
    }
    for name, kinds in allowed.items():
        party = party_of(scope, name)
        if party is None:
            return reject(Rejection.UNKNOWN_PARTY, party=name)
        if party.kind not in kinds:
            return reject(Rejection.WRONG_ROLE, party=name, expected=" or ".join(kinds))
    return None


def _check_assets(scope: Scope, terms: TermSheet) -> Rejected | None:
    asset = asset_of(scope, terms.asset)
    if asset is None or asset.kind != "currency":
        return reject(Rejection.UNKNOWN_ASSET, asset=terms.asset)
    if terms.collateral_asset:
        collateral = asset_of(scope, terms.collateral_asset)
        if collateral is None or collateral.kind != "collateral":
            return reject(Rejection.UNKNOWN_ASSET, asset=terms.collateral_asset)
    return None


def _check_terms(scope: Scope, terms: TermSheet, template: Template) -> Rejected | None:
    bounds = (
        ("principal", terms.principal, template.principal_min, template.principal_max),
        ("rate", terms.rate, template.rate_min, template.rate_max),
        ("installments", terms.installments, 1, template.installments_max),
    )
    for field, value, minimum, maximum in bounds:
        if not minimum <= value <= maximum:
            return reject(
                Rejection.BAD_TERMS, field=field, value=value, minimum=minimum, maximum=maximum
            )
    if bool(terms.collateral_asset) != bool(template.loan_to_value_limit):
        return reject(Rejection.BAD_TERMS, field="collateral_asset", value=terms.collateral_asset)
    if terms.available_until_ms <= scope.now_ms:
        return reject(
            Rejection.BAD_TERMS, field="available_until_ms", value=terms.available_until_ms,
            minimum=scope.now_ms + 1,
        )  # fmt: skip
    try:
        # The latest possible start gives the latest maturity.
        timetable(template, terms.rate, terms.available_until_ms, terms.installments)
    except InvalidTerms as problem:
        return reject(Rejection.BAD_TERMS, field=problem.term, reason=problem.reason)
    return None
