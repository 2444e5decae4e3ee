"""Applications: a borrower asks, lenders offer, the borrower accepts one.

An offer is signed by its lender when it is made and binds it until it ends. Accepting makes an
ordinary agreement, by the code by which all agreements are made; the other offers end by themselves.
"""

from __future__ import annotations

from typing import Final

from ledger.receipt import Rejected
from lending import keys
from lending.alarms import set_alarm
from lending.commands.origination import (
    AcceptOffer,
    OfferOnApplication,
    OpenApplication,
    WithdrawApplication,
    WithdrawOffer,
)
from lending.origination.book import (
    add_offer,
    application_of,
    end_application,
    end_offer,
    offer_of,
    put_application,
)
from lending.parties.authority import check_kind, wrong_role
from lending.products.agreement import make_agreement
from lending.products.term_checks import (
    BORROWERS,
    LENDERS,
    check_assets,
    check_bounds,
    check_offer,
    check_party,
    offered_product,
)
from lending.records.origination import Application, ApplicationStatus, Offer, OfferEnd
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms import TermSheet, terms_digest

OFFERS_MAX: Final = 16
"""How many open offers an application may have, so that ending it is bounded work."""


def open_application(scope: Scope, command: OpenApplication) -> Rejected | None:
    """A borrower asks for offers."""
    if refused := check_kind(scope, *BORROWERS):
        return refused
    if application_of(scope, scope.sender, command.application) is not None:
        return reject(Rejection.ALREADY_EXISTS, application=command.application)
    if refused := _check_lenders(scope, command.lenders) or check_assets(
        scope, command.asset, command.collateral_asset
    ):
        return refused
    if refused := _check_wish(scope, command):
        return refused
    application = Application(
        scope.sender, command.application, ApplicationStatus.OPEN, command.product,
        command.version, command.asset, command.amount, command.installments, command.purpose,
        command.collateral_asset, command.collateral_amount, command.lenders, command.until_ms,
        (), "",
    )  # fmt: skip
    put_application(scope, application)
    set_alarm(scope.state, command.until_ms, keys.application(scope.sender, command.application))
    scope.emit(
        "application_opened", borrower=scope.sender, application=command.application,
        product=command.product, version=command.version, asset=command.asset,
        amount=command.amount, installments=command.installments, purpose=command.purpose,
        collateral_asset=command.collateral_asset, collateral_amount=command.collateral_amount,
        lenders=command.lenders, until_ms=command.until_ms,
    )  # fmt: skip
    return None


def offer_on_application(scope: Scope, command: OfferOnApplication) -> Rejected | None:
    """A lender offers terms; its older offer on the application ends."""
    terms = command.terms
    if scope.sender != terms.lender:
        return wrong_role(scope, "the lender of the terms")
    if terms.lender == terms.borrower:
        return reject(Rejection.SAME_PARTY, party=terms.lender)
    application = application_of(scope, terms.borrower, command.application)
    if application is None:
        return _unknown(terms.borrower, command.application)
    if refused := _check_open(scope, application):
        return refused
    if application.lenders and scope.sender not in application.lenders:
        return wrong_role(scope, "a lender that the application names")
    product = check_offer(scope, terms)
    if isinstance(product, Rejected):
        return product
    if refused := _check_answer(scope, application, terms, command.valid_until_ms):
        return refused
    is_newer = terms.lender in application.offers
    if not is_newer and len(application.offers) >= OFFERS_MAX:
        held = len(application.offers)
        return reject(Rejection.CAP_EXCEEDED, what="offers", held=held, most=OFFERS_MAX)
    if is_newer:
        application = end_offer(scope, application, terms.lender, OfferEnd.REPLACED)
    digest = terms_digest(terms, product.template)
    offer = Offer(application.name, terms, digest, command.valid_until_ms, scope.now_ms)
    put_application(scope, add_offer(scope, application, offer))
    scope.emit(
        "offer_made", borrower=terms.borrower, application=application.name, lender=terms.lender,
        principal=terms.principal, rate=terms.rate, installments=terms.installments,
        terms_digest=digest, valid_until_ms=command.valid_until_ms,
    )  # fmt: skip
    return None


def accept_offer(scope: Scope, command: AcceptOffer) -> Rejected | None:
    """The borrower signs the digest of an offer: an agreement like any other."""
    application = application_of(scope, scope.sender, command.application)
    if application is None:
        return _unknown(scope.sender, command.application)
    if refused := _check_open(scope, application):
        return refused
    offer = offer_of(scope, application, command.lender)
    if offer is None:
        return reject(Rejection.UNKNOWN_OFFER, lender=command.lender)
    if scope.now_ms >= offer.valid_until_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=offer.valid_until_ms)
    if command.terms_digest != offer.terms_digest:
        return reject(Rejection.DIGEST_DIFFERS, terms_digest=offer.terms_digest)
    lender = offer.terms.lender
    if refused := make_agreement(scope, command.agreement, offer.terms, lender, (lender,)):
        return refused
    application = end_offer(scope, application, lender, OfferEnd.ACCEPTED)
    end_application(
        scope, application, ApplicationStatus.ACCEPTED, OfferEnd.OTHER_ACCEPTED, command.agreement
    )
    return None


def withdraw_offer(scope: Scope, command: WithdrawOffer) -> Rejected | None:
    """A lender takes its offer back."""
    application = application_of(scope, command.borrower, command.application)
    if application is None:
        return _unknown(command.borrower, command.application)
    if scope.sender not in application.offers:
        return reject(Rejection.UNKNOWN_OFFER, lender=scope.sender)
    put_application(scope, end_offer(scope, application, scope.sender, OfferEnd.WITHDRAWN))
    return None


def withdraw_application(scope: Scope, command: WithdrawApplication) -> Rejected | None:
    """The borrower ends its application."""
    application = application_of(scope, scope.sender, command.application)
    if application is None:
        return _unknown(scope.sender, command.application)
    if refused := _check_open(scope, application):
        return refused
    status, reason = ApplicationStatus.WITHDRAWN, OfferEnd.APPLICATION_WITHDRAWN
    end_application(scope, application, status, reason)
    return None


def _unknown(borrower: str, name: str) -> Rejected:
    return reject(Rejection.UNKNOWN_APPLICATION, borrower=borrower, application=name)


def _check_open(scope: Scope, application: Application) -> Rejected | None:
    if application.status is not ApplicationStatus.OPEN:
        return reject(
            Rejection.WRONG_STATUS, status=str(application.status),
            allowed=(str(ApplicationStatus.OPEN),),
        )  # fmt: skip
    if scope.now_ms >= application.until_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=application.until_ms)
    return None


def _check_lenders(scope: Scope, lenders: tuple[str, ...]) -> Rejected | None:
    for name in lenders:
        if name == scope.sender:
            return reject(Rejection.SAME_PARTY, party=name)
        if refused := check_party(scope, name, LENDERS):
            return refused
    return None


def _check_wish(scope: Scope, command: OpenApplication) -> Rejected | None:
    """What is asked for must be something that the product could give."""
    product = offered_product(scope, command.product, command.version)
    if isinstance(product, Rejected):
        return product
    template = product.template
    bounds = (
        ("amount", command.amount, template.principal_min, template.principal_max),
        ("installments", command.installments, 1, template.installments_max),
    )
    if refused := check_bounds(bounds):
        return refused
    asks_for_collateral = bool(template.loan_to_value_limit)
    if bool(command.collateral_asset) != asks_for_collateral:
        return reject(Rejection.BAD_TERMS, field="collateral_asset", value=command.collateral_asset)
    if bool(command.collateral_amount) != asks_for_collateral:
        return reject(
            Rejection.BAD_TERMS, field="collateral_amount", value=command.collateral_amount
        )
    if command.until_ms <= scope.now_ms:
        return reject(
            Rejection.BAD_TERMS, field="until_ms", value=command.until_ms, minimum=scope.now_ms + 1
        )
    return None


def _check_answer(
    scope: Scope, application: Application, terms: TermSheet, valid_until_ms: int
) -> Rejected | None:
    """An offer answers what was asked: the same product, currency and collateral, no more money."""
    for field in ("product", "version", "asset", "collateral_asset"):
        value, asked = getattr(terms, field), getattr(application, field)
        if value != asked:
            return reject(Rejection.BAD_TERMS, field=field, value=value, expected=asked)
    last_ms = min(application.until_ms, terms.available_until_ms)
    return check_bounds(
        (
            ("principal", terms.principal, 1, application.amount),
            ("valid_until_ms", valid_until_ms, scope.now_ms + 1, last_ms),
        )
    )
