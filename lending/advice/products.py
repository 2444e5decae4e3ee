"""Recommended products for a borrower, with indicative terms: a pure reading of committed data.

For each product the newest active version is asked the same questions as an agreement would be:
identity and country, grade, room under the limits, collateral. What comes out binds nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.receipt import Rejected
from ledger.store import prefix_end
from lending import keys, records
from lending.arithmetic import InvalidTerms
from lending.chart import Account
from lending.compliance.eligibility import check_identity, eligibility_of
from lending.credit.grades import score_of
from lending.credit.policy import Band, band_of, owed_by
from lending.fields import RATE_UNIT
from lending.journal import balance_of
from lending.products.timetable import planned
from lending.records import Product
from lending.scope import Scope
from lending.support.prices import collateral_value
from lending.terms import Template
from lending.terms.credit import SCORE_MAX


@dataclass(frozen=True, slots=True)
class Advice:
    """What one product could be for a borrower."""

    product: str
    """The product."""
    version: int
    """Its newest active version."""
    is_eligible: bool
    """Whether nothing known now stands against it."""
    principal: int
    """The most that could be lent; 0 where nothing could."""
    rate: int
    """The indicative yearly rate, in billionths."""
    installments: int
    """For how many installments."""
    payment: int
    """The first payment of such a loan drawn today."""
    reasons: tuple[str, ...]
    """What speaks for and against it, in plain words."""


def advise(scope: Scope, party: str, asset: str, installments: int) -> list[Advice]:
    """The active products for a borrower: those it can have first, of these the cheapest first."""
    found = [_weigh(scope, party, asset, installments, each) for each in _products(scope)]
    return sorted(
        found, key=lambda each: (not each.is_eligible, each.rate, -each.principal, each.product)
    )


def _products(scope: Scope) -> Iterator[Product]:
    """The newest active version of each product."""
    newest: dict[str, Product] = {}
    for _, raw in scope.state.iterate(keys.PRODUCT, prefix_end(keys.PRODUCT)):
        product = records.PRODUCT.decode(raw)
        if product.is_active and not product.is_retired:
            newest[product.name] = product
    yield from newest.values()


def _weigh(scope: Scope, party: str, asset: str, installments: int, product: Product) -> Advice:
    template, against, reasons = product.template, list[str](), list[str]()
    rule = eligibility_of(scope, "PRODUCT", product.name)
    refused = None if rule is None else check_identity(scope, party, rule)
    if refused:
        against.append(_words(refused))
    elif rule is not None:
        reasons.append("identity and country satisfy the product's rule")
    band = band_of(scope, product.name, product.version, party)
    if isinstance(band, Rejected):
        against.append(_words(band))
        band = None
    elif band is not None:
        reasons.append(f"grade {band.grade} is served")
    principal = _principal(scope, party, asset, template, band, reasons)
    if principal < template.principal_min:
        against.append(f"{principal} is less than the smallest loan, {template.principal_min}")
    rate = _rate(scope, party, template, band, reasons)
    count = min(installments or template.installments_max, template.installments_max)
    payment = _payment(scope, template, principal, rate, count)
    is_eligible = not against
    return Advice(
        product.name, product.version, is_eligible, principal if is_eligible else 0, rate, count,
        payment if is_eligible else 0, (*against, *reasons),
    )  # fmt: skip


def _principal(
    scope: Scope, party: str, asset: str, template: Template, band: Band | None, reasons: list[str]
) -> int:
    """The most that product, grade and collateral allow, rounded down."""
    most = template.principal_max
    if band is not None:
        room = max(0, band.exposure_max - owed_by(scope, party, asset))
        most = min(most, band.principal_max, room)
        reasons.append(f"the grade allows {band.principal_max}, and has room for {room}")
    if template.loan_to_value_limit:
        code, value = _best_collateral(scope, party, asset)
        limit = value * template.loan_to_value_limit // RATE_UNIT
        reasons.append(f"free collateral {code or 'of none'} covers {limit}")
        most = min(most, limit)
    return most


def _best_collateral(scope: Scope, party: str, asset: str) -> tuple[str, int]:
    """The collateral asset that is worth most of what the party holds free, and its value."""
    best = ("", 0)
    prefix = keys.book(party, "")
    for key, _ in scope.state.iterate(prefix, prefix_end(prefix)):
        code = key[len(prefix) :].decode()
        held = records.ASSET.get(scope.state, keys.asset(code))
        free = balance_of(scope.state, party, Account.CASH, code)
        if held is None or held.kind != "collateral" or not free:
            continue
        value = collateral_value(scope, code, free, asset)
        if not isinstance(value, Rejected) and value > best[1]:
            best = (code, value)
    return best


def _rate(
    scope: Scope, party: str, template: Template, band: Band | None, reasons: list[str]
) -> int:
    """Between the lowest and the highest rate by the score, rounded up; the highest without one."""
    low, high = template.rate_min, template.rate_max
    if band is not None:
        low, high = max(low, band.rate_min), min(high, band.rate_max)
    low = min(low, high)
    score = score_of(scope, party)
    if score is None:
        reasons.append("there is no score: the highest rate is shown")
        return high
    reasons.append(f"the score of {score.value} gives the rate between {low} and {high}")
    return high - (high - low) * score.value // SCORE_MAX


def _payment(scope: Scope, template: Template, principal: int, rate: int, count: int) -> int:
    """The first payment, by the engine that bills; 0 where there can be no such loan."""
    if not principal:
        return 0
    try:
        return planned(template, principal, rate, scope.today_ms, count)[0].payment
    except InvalidTerms:
        return 0


def _words(refused: Rejected) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in refused.facts.items())
    return f"{refused.code.lower().replace('_', ' ')}: {facts}"
