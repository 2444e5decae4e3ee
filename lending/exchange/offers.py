"""Offers to exchange, and exchanges that both parties sign: both legs move, or neither does.

What is offered is set aside when the offer is made, so an offer that can be seen can be accepted. It
goes back when the offer is withdrawn, declined, or over by the clock. Terms never change: a name is
used once, so what is accepted is what was seen.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.alarms import set_alarm
from lending.chart import Account
from lending.commands.exchange import (
    AcceptExchange,
    ExchangeAssets,
    OfferExchange,
    WithdrawExchange,
)
from lending.journal import post
from lending.parties.assets import asset_of
from lending.parties.authority import check_signed, party_of, wrong_role
from lending.parties.cash import check_funds
from lending.records import exchange as stored
from lending.records.exchange import Exchange, ExchangeStatus
from lending.rejections import Rejection, reject
from lending.scope import Scope


def offer_exchange(scope: Scope, command: OfferExchange) -> Rejected | None:
    """The sender sets aside what it gives and says what it wants for it."""
    if command.to and party_of(scope, command.to) is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.to)
    if command.to == scope.sender:
        return reject(Rejection.SAME_PARTY, party=command.to)
    if refused := _check_assets(scope, command.give_asset, command.get_asset):
        return refused
    if exchange_of(scope, command.exchange) is not None:
        return reject(Rejection.ALREADY_EXISTS, exchange=command.exchange)
    if command.until_ms <= scope.now_ms:
        return reject(
            Rejection.BAD_TERMS, field="until_ms", value=command.until_ms,
            minimum=scope.now_ms + 1,
        )  # fmt: skip
    if refused := check_funds(scope, scope.sender, command.give_asset, command.give_amount):
        return refused
    offer = Exchange(
        command.exchange, scope.sender, command.to, command.give_asset, command.give_amount,
        command.get_asset, command.get_amount, command.until_ms, ExchangeStatus.OPEN,
    )  # fmt: skip
    _put(scope, offer)
    set_alarm(scope.state, offer.until_ms, keys.exchange(offer.name))
    _set_aside(scope, offer, offer.give_amount)
    scope.emit(
        "exchange_offered", exchange=offer.name, owner=offer.owner, to=offer.to,
        give_asset=offer.give_asset, give_amount=offer.give_amount, get_asset=offer.get_asset,
        get_amount=offer.get_amount, until_ms=offer.until_ms,
    )  # fmt: skip
    return None


def accept_exchange(scope: Scope, command: AcceptExchange) -> Rejected | None:
    """The sender pays and gets, at once."""
    offer = exchange_of(scope, command.exchange)
    if offer is None:
        return reject(Rejection.UNKNOWN_EXCHANGE, exchange=command.exchange)
    if offer.to and scope.sender != offer.to:
        return wrong_role(scope, "the party that the offer was made to")
    if scope.sender == offer.owner:
        return reject(Rejection.SAME_PARTY, party=scope.sender)
    if refused := _check_open(offer):
        return refused
    if scope.now_ms >= offer.until_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=offer.until_ms)
    if refused := check_funds(scope, scope.sender, offer.get_asset, offer.get_amount):
        return refused
    _put(scope, replace(offer, status=ExchangeStatus.ACCEPTED))
    _set_aside(scope, offer, -offer.give_amount)
    _pay(scope, offer.give_asset, offer.give_amount, offer.owner, scope.sender, offer.name)
    _pay(scope, offer.get_asset, offer.get_amount, scope.sender, offer.owner, offer.name)
    scope.emit(
        "assets_exchanged", exchange=offer.name, giver=offer.owner, taker=scope.sender,
        give_asset=offer.give_asset, give_amount=offer.give_amount, get_asset=offer.get_asset,
        get_amount=offer.get_amount,
    )  # fmt: skip
    return None


def withdraw_exchange(scope: Scope, command: WithdrawExchange) -> Rejected | None:
    """The offer is taken back or declined; what was set aside is free again."""
    offer = exchange_of(scope, command.exchange)
    if offer is None:
        return reject(Rejection.UNKNOWN_EXCHANGE, exchange=command.exchange)
    if scope.sender not in (offer.owner, offer.to):
        return wrong_role(scope, "one of the two parties")
    if refused := _check_open(offer):
        return refused
    _end(scope, offer, ExchangeStatus.WITHDRAWN)
    return None


def exchange_assets(scope: Scope, command: ExchangeAssets) -> Rejected | None:
    """Two parties exchange in one transaction that both have signed."""
    other = party_of(scope, command.counterparty)
    if other is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.counterparty)
    if other.name == scope.sender:
        return reject(Rejection.SAME_PARTY, party=other.name)
    if refused := check_signed(scope, other):
        return refused
    if refused := _check_assets(scope, command.give_asset, command.get_asset):
        return refused
    give, get = command.give_amount, command.get_amount
    if refused := (
        check_funds(scope, scope.sender, command.give_asset, give)
        or check_funds(scope, other.name, command.get_asset, get)
    ):
        return refused
    _pay(scope, command.give_asset, give, scope.sender, other.name, command.reference)
    _pay(scope, command.get_asset, get, other.name, scope.sender, command.reference)
    scope.emit(
        "assets_exchanged", exchange="", giver=scope.sender, taker=other.name,
        give_asset=command.give_asset, give_amount=give, get_asset=command.get_asset,
        get_amount=get,
    )  # fmt: skip
    return None


def attend_exchange(scope: Scope, subject: bytes, _budget: int) -> int:
    """The clock: the time of an offer is over; one that has ended is left alone."""
    offer = stored.EXCHANGE.get(scope.state, subject)
    assert offer is not None, "offers are never removed"
    if offer.status is ExchangeStatus.OPEN:
        _end(scope, offer, ExchangeStatus.EXPIRED)
    return 1


def exchange_of(scope: Scope, name: str) -> Exchange | None:
    """The offer of a name."""
    return stored.EXCHANGE.get(scope.state, keys.exchange(name))


def _check_assets(scope: Scope, give: str, get: str) -> Rejected | None:
    for code in (give, get):
        if asset_of(scope, code) is None:
            return reject(Rejection.UNKNOWN_ASSET, asset=code)
    return reject(Rejection.BAD_TERMS, field="get_asset", value=get) if give == get else None


def _check_open(offer: Exchange) -> Rejected | None:
    if offer.status is ExchangeStatus.OPEN:
        return None
    return reject(
        Rejection.WRONG_STATUS, exchange=offer.name, status=str(offer.status), allowed=("OPEN",)
    )


def _end(scope: Scope, offer: Exchange, status: ExchangeStatus) -> None:
    _put(scope, replace(offer, status=status))
    _set_aside(scope, offer, -offer.give_amount)
    scope.emit("exchange_ended", exchange=offer.name, status=str(status))


def _put(scope: Scope, offer: Exchange) -> None:
    stored.EXCHANGE.put(scope.state, keys.exchange(offer.name), offer)


def _set_aside(scope: Scope, offer: Exchange, amount: int) -> None:
    legs = [(offer.owner, Account.CASH, -amount), (offer.owner, Account.PLEDGED, amount)]
    post(scope, offer.give_asset, "pledge" if amount > 0 else "release", offer.name, legs)


def _pay(scope: Scope, asset: str, amount: int, payer: str, payee: str, reference: str) -> None:
    legs = [
        (payer, Account.CASH, -amount),
        (payer, Account.TRANSFERS, amount),
        (payee, Account.CASH, amount),
        (payee, Account.TRANSFERS, -amount),
    ]
    post(scope, asset, "exchange", reference, legs)
