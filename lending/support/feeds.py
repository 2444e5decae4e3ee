"""Price feeds: how several sources agree on a price, and the breaker that stops a price that leaps.

Sources report in transactions; the clock strikes the price at the begin of the next block, so there
is one price per block and nobody reports and borrows in one. The price is the median of the fresh
reports (the lower of two middle ones). It counts as reported when its quorum's oldest report was.
"""

from __future__ import annotations

from dataclasses import replace

from ledger import codec
from ledger.receipt import Rejected
from lending import keys, records
from lending.commands.collateral import RegisterPriceFeed, ResumePriceFeed
from lending.fields import RATE_UNIT
from lending.parties.assets import asset_of
from lending.parties.authority import party_of, wrong_role
from lending.parties.consortium import parameters, signing_members
from lending.records import Price
from lending.records import collateral as stored
from lending.records.collateral import Feed, Report
from lending.rejections import Rejection, reject
from lending.scope import Scope

_NOTHING = codec.encode_array(())


def register_price_feed(scope: Scope, command: RegisterPriceFeed) -> Rejected | None:
    """Members fix who reports a price and what makes it an agreed one."""
    if refused := check_approved(scope) or check_pair(scope, command.asset, command.currency):
        return refused
    for source in command.sources:
        if party_of(scope, source) is None:
            return reject(Rejection.UNKNOWN_PARTY, party=source)
    if command.quorum > len(command.sources):
        return reject(
            Rejection.BAD_THRESHOLD, threshold=command.quorum, sources=len(command.sources)
        )
    if feed_of(scope, command.asset, command.currency) is not None:
        return reject(Rejection.ALREADY_EXISTS, asset=command.asset, currency=command.currency)
    feed = Feed(
        command.asset, command.currency, command.sources, command.quorum, command.age_max_ms,
        command.band, command.interval_ms, anchor=0, anchor_ms=0, refused=0,
    )  # fmt: skip
    put_feed(scope, feed)
    # From here on only what the feed agrees on counts.
    scope.state.delete(keys.price(feed.asset, feed.currency))
    scope.emit(
        "price_feed_registered", asset=feed.asset, currency=feed.currency, sources=feed.sources,
        quorum=feed.quorum, age_max_ms=feed.age_max_ms, band=feed.band,
        interval_ms=feed.interval_ms,
    )  # fmt: skip
    return None


def resume_price_feed(scope: Scope, command: ResumePriceFeed) -> Rejected | None:
    """Members accept the median that tripped the breaker; the next block strikes the price."""
    if refused := check_approved(scope):
        return refused
    feed = feed_of(scope, command.asset, command.currency)
    if feed is None:
        return reject(Rejection.UNKNOWN_FEED, asset=command.asset, currency=command.currency)
    if not feed.refused or not feed.anchor_ms:
        return reject(Rejection.WRONG_STATUS, status="RUNNING", allowed=("HALTED",))
    fresh = fresh_reports(scope, feed)
    if len(fresh) < feed.quorum:
        return reject(Rejection.BELOW_QUORUM, fresh=len(fresh), quorum=feed.quorum)
    accepted = median(fresh)
    put_feed(scope, replace(feed, anchor=accepted, anchor_ms=0))
    note_work(scope, feed.asset, feed.currency)
    scope.emit("price_feed_resumed", asset=feed.asset, currency=feed.currency, price=accepted)
    return None


def take_report(scope: Scope, feed: Feed, price: int) -> Rejected | None:
    """A source of the feed reports; the price is struck at the begin of the next block."""
    if scope.sender not in feed.sources:
        return wrong_role(scope, "a price source of the asset")
    key = keys.report(feed.asset, feed.currency, scope.sender)
    stored.REPORT.put(scope.state, key, Report(price, scope.now_ms))
    note_work(scope, feed.asset, feed.currency)
    return None


def strike(scope: Scope, asset_code: str, currency: str) -> None:
    """Agree on a price, or trip the breaker; nothing happens below the quorum or when tripped."""
    feed = feed_of(scope, asset_code, currency)
    assert feed is not None, "a feed is never removed"
    fresh = fresh_reports(scope, feed)
    if len(fresh) < feed.quorum or (feed.refused and feed.anchor_ms):
        return
    key = keys.price(asset_code, currency)
    last = records.PRICE.get(scope.state, key)
    new = median(fresh)
    anchor, anchor_ms = feed.anchor or new, feed.anchor_ms or scope.now_ms
    if last is not None and scope.now_ms - anchor_ms >= feed.interval_ms:
        anchor, anchor_ms = last.price, scope.now_ms
    if abs(new - anchor) * RATE_UNIT > feed.band * anchor:
        put_feed(scope, replace(feed, anchor=anchor, anchor_ms=anchor_ms, refused=new))
        scope.emit(
            "price_feed_halted", asset=asset_code, currency=currency, price=new, anchor=anchor
        )
        return
    put_feed(scope, replace(feed, anchor=anchor, anchor_ms=anchor_ms, refused=0))
    reported_ms = sorted((report.reported_ms for report in fresh), reverse=True)[feed.quorum - 1]
    if last is None or (last.price, last.reported_ms) != (new, reported_ms):
        records.PRICE.put(scope.state, key, Price(new, reported_ms, ""))
        scope.emit(
            "price_agreed", asset=asset_code, currency=currency, price=new, reports=len(fresh)
        )


def fresh_reports(scope: Scope, feed: Feed) -> list[Report]:
    """The newest report of each source, if it is not too old."""
    found = []
    for source in feed.sources:
        report = stored.REPORT.get(scope.state, keys.report(feed.asset, feed.currency, source))
        if report is not None and scope.now_ms - report.reported_ms <= feed.age_max_ms:
            found.append(report)
    return found


def median(reports: list[Report]) -> int:
    """The middle price; of two middle ones the lower."""
    return sorted(report.price for report in reports)[(len(reports) - 1) // 2]


def feed_of(scope: Scope, asset_code: str, currency: str) -> Feed | None:
    """The feed of an asset in a currency."""
    return stored.FEED.get(scope.state, keys.feed(asset_code, currency))


def put_feed(scope: Scope, feed: Feed) -> None:
    """Set a feed's record."""
    stored.FEED.put(scope.state, keys.feed(feed.asset, feed.currency), feed)


def note_work(scope: Scope, asset_code: str, currency: str) -> None:
    """Have the clock strike the price at the begin of the next block."""
    scope.state.put(keys.feed_work(asset_code, currency), _NOTHING)


def check_approved(scope: Scope) -> Rejected | None:
    """Refuse what fewer members signed than the consortium's quorum."""
    members, quorum = parameters(scope), parameters(scope).approval_quorum
    if scope.sender not in members.members:
        return wrong_role(scope, "a member of the genesis")
    signed = len(signing_members(scope))
    return (
        None if signed >= quorum else reject(Rejection.NOT_APPROVED, signed=signed, quorum=quorum)
    )


def check_pair(scope: Scope, asset_code: str, currency: str) -> Rejected | None:
    """Refuse a pair that is not a collateral asset, or another currency, and a currency."""
    if asset_code == currency:
        return reject(Rejection.UNKNOWN_ASSET, asset=asset_code)
    for code, kinds in (
        (asset_code, ("collateral", "wrapped", "currency")),
        (currency, ("currency",)),
    ):
        asset = asset_of(scope, code)
        if asset is None or asset.kind not in kinds:
            return reject(Rejection.UNKNOWN_ASSET, asset=code)
    return None
