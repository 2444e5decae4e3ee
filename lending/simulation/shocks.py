"""Shocks: what sources would report, reported through the handlers of their own commands.

So a price that leaps trips the breaker here as it would there, unless the question says that the
members accept it. Nothing is set that no party could have caused.
"""

from __future__ import annotations

from ledger.receipt import Rejected
from lending import keys, records
from lending.commands import Command, ReportPrice
from lending.commands.collateral import ResumePriceFeed
from lending.commands.facilities import CorrectFixing, ReportFixing
from lending.facilities.fixings import fixing_of, index_of, latest_fixing_ms
from lending.fields import AMOUNT_MAX, RATE_MAX, RATE_UNIT, TIME_MS_MAX
from lending.handlers import HANDLERS
from lending.parties.assets import asset_of
from lending.parties.authority import party_of
from lending.parties.consortium import parameters
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.simulation.question import PriceShock, RateShock, Shock
from lending.support.feeds import feed_of


def fixed(scope: Scope, shock: Shock) -> Shock | Rejected:
    """The shock with the figure that it comes to now, or why it cannot be."""
    if isinstance(shock, RateShock):
        return _fixed_rate(scope, shock)
    return _fixed_price(scope, shock)


def report(scope: Scope, shock: Shock) -> Rejected | None:
    """Have the sources report what the shock says, for this block's day."""
    if isinstance(shock, RateShock):
        return _report_rate(scope, shock)
    assert shock.price is not None, "the shock was fixed"
    given = ReportPrice(shock.asset, shock.currency, shock.price)
    for source in _price_sources(scope, shock):
        if refused := _as_party(scope, source, given):
            return refused
    return None


def resume(scope: Scope, shock: Shock) -> Rejected | None:
    """Have all members accept a price that tripped its breaker."""
    if isinstance(shock, RateShock) or not shock.is_resumed:
        return None
    feed = feed_of(scope, shock.asset, shock.currency)
    if feed is None or not feed.refused:
        return None
    members = parameters(scope).members
    found = (party_of(scope, name) for name in members)
    scope.signers = tuple(key for party in found if party is not None for key in party.keys)
    return _as_party(scope, members[0], ResumePriceFeed(shock.asset, shock.currency))


def _fixed_price(scope: Scope, shock: PriceShock) -> Shock | Rejected:
    if not _price_sources(scope, shock):
        return reject(Rejection.UNKNOWN_FEED, asset=shock.asset, currency=shock.currency)
    price = shock.price
    if price is None:
        last = records.PRICE.get(scope.state, keys.price(shock.asset, shock.currency))
        if last is None:
            return reject(Rejection.NO_PRICE, asset=shock.asset, currency=shock.currency)
        # Rounded down; a price is never nothing.
        price = max(1, last.price * (RATE_UNIT + shock.change) // RATE_UNIT)
    price = min(price, AMOUNT_MAX)
    return PriceShock(shock.asset, shock.currency, price, 0, shock.is_resumed)


def _fixed_rate(scope: Scope, shock: RateShock) -> Shock | Rejected:
    if index_of(scope, shock.index) is None:
        return reject(Rejection.UNKNOWN_INDEX, index=shock.index)
    value = shock.value
    if value is None:
        day_ms = latest_fixing_ms(scope, shock.index, scope.today_ms, TIME_MS_MAX)
        last = None if day_ms is None else fixing_of(scope, shock.index, day_ms)
        if last is None:
            return reject(Rejection.NO_FIXING, index=shock.index, day_ms=scope.today_ms)
        value = last.value + shock.change
    return RateShock(shock.index, max(-RATE_MAX, min(value, RATE_MAX)), 0)


def _price_sources(scope: Scope, shock: PriceShock) -> tuple[str, ...]:
    feed = feed_of(scope, shock.asset, shock.currency)
    if feed is not None:
        return feed.sources
    asset = asset_of(scope, shock.asset)
    return () if asset is None else asset.price_sources[:1]


def _report_rate(scope: Scope, shock: RateShock) -> Rejected | None:
    """As many sources as the quorum asks for report today's fixing, or correct it."""
    index = index_of(scope, shock.index)
    assert index is not None, "the shock was fixed"
    assert shock.value is not None, "the shock was fixed"
    name, day_ms, value = index.name, scope.today_ms, shock.value
    published = fixing_of(scope, name, day_ms)
    if published is not None and published.value == value:
        return None
    # A round that was begun by real reports is dropped: in this world all say the same.
    scope.state.delete(keys.reports(name, day_ms))
    for source in index.sources[: index.quorum]:
        given: Command = ReportFixing(name, day_ms, value)
        if published is not None:
            given = CorrectFixing(name, day_ms, value)
        if refused := _as_party(scope, source, given):
            return refused
    return None


def _as_party(scope: Scope, sender: str, command: Command) -> Rejected | None:
    scope.sender = sender
    return HANDLERS[type(command)](scope, command)
