"""Assets: what a custodian holds for others, and how it came to be known here."""

from __future__ import annotations

from ledger.receipt import Rejected
from lending import keys, records
from lending.commands import RegisterAsset
from lending.parties.authority import check_kind, party_of
from lending.records import Asset, PartyKind
from lending.rejections import Rejection, reject
from lending.scope import Scope


def register_asset(scope: Scope, command: RegisterAsset) -> Rejected | None:
    """A custodian makes an asset known; it alone issues and redeems it."""
    if refused := check_kind(scope, PartyKind.CUSTODIAN):
        return refused
    for source in command.price_sources:
        if party_of(scope, source) is None:
            return reject(Rejection.UNKNOWN_PARTY, party=source)
    if asset_of(scope, command.asset) is not None:
        return reject(Rejection.ALREADY_EXISTS, asset=command.asset)
    asset = Asset(
        command.asset, command.kind, command.decimals, scope.sender, command.price_sources
    )
    records.ASSET.put(scope.state, keys.asset(asset.code), asset)
    scope.emit(
        "asset_registered", asset=asset.code, kind=asset.kind, decimals=asset.decimals,
        custodian=asset.custodian, price_sources=asset.price_sources,
    )  # fmt: skip
    return None


def asset_of(scope: Scope, code: str) -> Asset | None:
    """The asset of a code."""
    return records.ASSET.get(scope.state, keys.asset(code))
