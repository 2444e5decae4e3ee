"""Prices of collateral: who may report them, and how old one may be to decide by."""

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


def report_price(scope: Scope, command: ReportPrice) -> Rejected | None:
    """A registered source reports a price."""
    asset = asset_of(scope, command.asset)
    if asset is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    currency = asset_of(scope, command.currency)
    if currency is None or currency.kind != "currency":
        return reject(Rejection.UNKNOWN_ASSET, asset=command.currency)
    if scope.sender not in asset.price_sources:
        return wrong_role(scope, "a price source of the asset")
    price = Price(command.price, scope.now_ms, scope.sender)
    records.PRICE.put(scope.state, keys.price(command.asset, command.currency), price)
    scope.emit(
        "price_reported", asset=command.asset, currency=command.currency, price=command.price,
        source=scope.sender,
    )  # fmt: skip
    return None


def collateral_value(scope: Scope, asset_code: str, amount: int, currency: str) -> int | Rejected:
    """What an amount of an asset is worth, in the currency's minor unit, rounded down."""
    price = records.PRICE.get(scope.state, keys.price(asset_code, currency))
    if price is None:
        return reject(Rejection.NO_PRICE, asset=asset_code, currency=currency)
    age_ms, age_max_ms = scope.now_ms - price.reported_ms, parameters(scope).price_age_max_ms
    if age_ms > age_max_ms:
        return reject(Rejection.PRICE_STALE, age_ms=age_ms, age_max_ms=age_max_ms)
    asset = asset_of(scope, asset_code)
    assert asset is not None, "a priced asset is registered"
    return int(amount * price.price // 10**asset.decimals)
