"""Prices of collateral: who may report them, and how old one may be to decide by.

Where members registered a feed a report is one of several and `support.feeds` agrees on the price;
where they did not, the asset's own sources set it.
"""

from __future__ import annotations

from ledger.receipt import Rejected
from lending import keys, records
from lending.commands import ReportPrice
from lending.parties.assets import asset_of
from lending.parties.authority import wrong_role
from lending.parties.consortium import parameters
from lending.records import Price
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.feeds import feed_of, take_report


def report_price(scope: Scope, command: ReportPrice) -> Rejected | None:
    """A registered source reports a price."""
    asset = asset_of(scope, command.asset)
    if asset is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    currency = asset_of(scope, command.currency)
    if currency is None or currency.kind != "currency":
        return reject(Rejection.UNKNOWN_ASSET, asset=command.currency)
    feed = feed_of(scope, command.asset, command.currency)
    if feed is not None:
        if refused := take_report(scope, feed, command.price):
            return refused
    elif scope.sender not in asset.price_sources:
        return wrong_role(scope, "a price source of the asset")
    else:
        price = Price(command.price, scope.now_ms, scope.sender)
        records.PRICE.put(scope.state, keys.price(command.asset, command.currency), price)
    scope.emit(
        "price_reported", asset=command.asset, currency=command.currency, price=command.price,
        source=scope.sender,
    )  # fmt: skip
    return None


def agreed_price(scope: Scope, asset_code: str, currency: str) -> int | Rejected:
    """The price to decide by, of one whole unit; refused when it is missing, frozen or too old."""
    feed = feed_of(scope, asset_code, currency)
    if feed is not None and feed.refused:
        return reject(
            Rejection.PRICE_FROZEN, asset=asset_code, currency=currency, price=feed.refused,
            anchor=feed.anchor,
        )  # fmt: skip
    price = records.PRICE.get(scope.state, keys.price(asset_code, currency))
    if price is None:
        return reject(Rejection.NO_PRICE, asset=asset_code, currency=currency)
    age_ms = scope.now_ms - price.reported_ms
    age_max_ms = parameters(scope).price_age_max_ms if feed is None else feed.age_max_ms
    if age_ms > age_max_ms:
        return reject(Rejection.PRICE_STALE, age_ms=age_ms, age_max_ms=age_max_ms)
    return price.price


def collateral_value(scope: Scope, asset_code: str, amount: int, currency: str) -> int | Rejected:
    """What an amount of an asset is worth, in the currency's minor unit, rounded down."""
    price = agreed_price(scope, asset_code, currency)
    if isinstance(price, Rejected):
        return price
    asset = asset_of(scope, asset_code)
    assert asset is not None, "a priced asset is registered"
    return int(amount * price // 10**asset.decimals)
