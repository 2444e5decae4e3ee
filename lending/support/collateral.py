"""Pledged collateral: what it must cover, and how it is locked and given back.

A pledge stays in the borrower's own books, on an account that nobody can pay from. Its value is
looked at when money is drawn and when collateral is taken back.
"""

from __future__ import annotations

from ledger.receipt import Rejected
from lending import keys, records
from lending.chart import Account
from lending.fields import RATE_UNIT
from lending.journal import post
from lending.records import Agreement, Pledge
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.prices import collateral_value
from lending.terms import Template


def pledged(scope: Scope, agreement: Agreement) -> int:
    """How much is pledged for an agreement."""
    found = records.PLEDGE.get(scope.state, keys.pledge(agreement.name))
    return 0 if found is None else found.amount


def move(scope: Scope, agreement: Agreement, amount: int) -> None:
    """Lock an amount, or with a negative one give it back."""
    terms = agreement.terms
    held = pledged(scope, agreement) + amount
    key = keys.pledge(agreement.name)
    if held:
        records.PLEDGE.put(scope.state, key, Pledge(terms.collateral_asset, held))
    else:
        scope.state.delete(key)
    legs = [(terms.borrower, Account.CASH, -amount), (terms.borrower, Account.PLEDGED, amount)]
    reason = "pledge" if amount > 0 else "release"
    post(scope, terms.collateral_asset, reason, agreement.name, legs)
    scope.emit(
        "collateral_pledged" if amount > 0 else "collateral_released", agreement=agreement.name,
        asset=terms.collateral_asset, amount=abs(amount), held=held,
    )  # fmt: skip


def release_all(scope: Scope, agreement: Agreement) -> None:
    """Give everything back: nothing is owed any more."""
    if held := pledged(scope, agreement):
        move(scope, agreement, -held)


def check_cover(
    scope: Scope, agreement: Agreement, template: Template, debt: int, amount: int
) -> Rejected | None:
    """Refuse a debt above the agreed part of the value of `amount` of collateral."""
    limit = template.loan_to_value_limit
    if not limit or not debt:
        return None
    terms = agreement.terms
    value = collateral_value(scope, terms.collateral_asset, amount, terms.asset)
    if isinstance(value, Rejected):
        return value
    if debt * RATE_UNIT <= value * limit:
        return None
    return reject(Rejection.COLLATERAL_TOO_LOW, debt=debt, value=value, loan_to_value_limit=limit)
