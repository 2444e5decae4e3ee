"""What a term sheet must be to be offered: its parties, its assets, its product, its figures.

Pure checks of the state; nothing is written. Every way to an agreement passes here.
"""

from __future__ import annotations

from ledger.receipt import Rejected
from lending.arithmetic import InvalidTerms
from lending.parties.assets import asset_of
from lending.parties.authority import party_of
from lending.products.template import check_offered, product_of
from lending.products.timetable import timetable
from lending.records import PartyKind, Product
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms import Template, TermSheet

LENDERS = (PartyKind.MEMBER, PartyKind.DESK)
BORROWERS = (PartyKind.BORROWER, PartyKind.MEMBER)


def parties_to(terms: TermSheet) -> tuple[str, ...]:
    """Everybody who must sign, each once: lender, borrower, then the signatories."""
    others = (party for _, party in terms.signatories)
    return tuple(dict.fromkeys((terms.lender, terms.borrower, *others)))


def check_offer(scope: Scope, terms: TermSheet) -> Product | Rejected:
    """The product of a term sheet that may be offered now, or why it may not."""
    if refused := _check_parties(scope, terms) or check_assets(
        scope, terms.asset, terms.collateral_asset
    ):
        return refused
    product = offered_product(scope, terms.product, terms.version)
    if isinstance(product, Rejected):
        return product
    return _check_terms(scope, terms, product.template) or product


def offered_product(scope: Scope, name: str, version: int) -> Product | Rejected:
    """A version of a product that members approved and have not retired, or the refusal."""
    product = product_of(scope, name, version)
    if product is None:
        return reject(Rejection.UNKNOWN_PRODUCT, product=name, version=version)
    return check_offered(product) or product


def check_assets(scope: Scope, currency: str, collateral: str) -> Rejected | None:
    """Refuse a currency that is none, and collateral that is neither named empty nor known."""
    asset = asset_of(scope, currency)
    if asset is None or asset.kind != "currency":
        return reject(Rejection.UNKNOWN_ASSET, asset=currency)
    if collateral:
        asset = asset_of(scope, collateral)
        if asset is None or asset.kind != "collateral":
            return reject(Rejection.UNKNOWN_ASSET, asset=collateral)
    return None


def check_bounds(
    bounds: tuple[tuple[str, int, int, int], ...],
) -> Rejected | None:
    """Refuse the first of `(field, value, minimum, maximum)` that is outside its bounds."""
    for field, value, minimum, maximum in bounds:
        if not minimum <= value <= maximum:
            return reject(
                Rejection.BAD_TERMS, field=field, value=value, minimum=minimum, maximum=maximum
            )
    return None


def check_party(scope: Scope, name: str, kinds: tuple[PartyKind, ...]) -> Rejected | None:
    """Refuse a party that is not there, or is of another kind."""
    party = party_of(scope, name)
    if party is None:
        return reject(Rejection.UNKNOWN_PARTY, party=name)
    if party.kind not in kinds:
        return reject(Rejection.WRONG_ROLE, party=name, expected=" or ".join(kinds))
    return None


def _check_parties(scope: Scope, terms: TermSheet) -> Rejected | None:
    if refused := check_party(scope, terms.lender, LENDERS) or check_party(
        scope, terms.borrower, BORROWERS
    ):
        return refused
    signing = tuple(kind for kind in PartyKind if kind is not PartyKind.POOL)
    for _, name in terms.signatories:
        if name in (terms.lender, terms.borrower):
            return reject(Rejection.SAME_PARTY, party=name)
        if refused := check_party(scope, name, signing):
            return refused
    return None


def _check_terms(scope: Scope, terms: TermSheet, template: Template) -> Rejected | None:
    bounds = (
        ("principal", terms.principal, template.principal_min, template.principal_max),
        ("rate", terms.rate, template.rate_min, template.rate_max),
        ("installments", terms.installments, 1, template.installments_max),
        (
            "capitalised",
            terms.capitalised,
            0,
            min(template.capitalised_max, terms.installments - 1),
        ),
    )
    if refused := check_bounds(bounds):
        return refused
    if bool(terms.collateral_asset) != bool(template.loan_to_value_limit):
        return reject(Rejection.BAD_TERMS, field="collateral_asset", value=terms.collateral_asset)
    roles = tuple(role for role, _ in terms.signatories)
    if roles != template.signatories:
        return reject(
            Rejection.BAD_TERMS, field="signatories", value=roles, expected=template.signatories
        )
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
