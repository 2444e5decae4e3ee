"""Deposits, and requests for withdrawal: served at once if their turn has come and there is money."""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.chart import Account
from lending.commands.pools import CancelWithdrawal, Deposit, RequestWithdrawal
from lending.deferral import Check, at_end
from lending.fields import RATE_UNIT
from lending.parties.cash import check_funds
from lending.pools.books import book, check_depositor, open_pool, template_of
from lending.pools.positions import position_of, put_position, settled
from lending.pools.queue import serve
from lending.pools.shares import is_wiped_out, shares_for, tranche_of, value_of, with_tranche
from lending.records import pools as pool_records
from lending.records.pools import Pool, Request
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.terms.pools import SENIOR

SERVED_AT_ONCE: int = 8
"""How many waiting withdrawals a request may serve, those before it included."""


def deposit(scope: Scope, command: Deposit) -> Rejected | None:
    """The sender buys shares at today's price, rounded down."""
    pool = open_pool(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    caps = _check_caps(scope, pool, command.tranche, command.amount)
    if refused := check_depositor(scope) or at_end(
        scope, Check.POOL_CAPS, caps, pool.name, command.tranche
    ):
        return refused
    word, amount = command.tranche, command.amount
    tranche = tranche_of(pool, word)
    if tranche.lost or is_wiped_out(tranche):
        return reject(Rejection.TRANCHE_IMPAIRED, claim=tranche.claim, lost=tranche.lost)
    shares = shares_for(tranche, amount)
    if not shares:
        return reject(Rejection.AMOUNT_TOO_SMALL, amount=amount)
    asset = template_of(scope, pool).asset
    if refused := check_funds(scope, scope.sender, asset, amount):
        return refused
    position = settled(scope, pool, word, scope.sender)
    put_position(
        scope, pool, word, scope.sender,
        replace(position, shares=position.shares + shares, cost=position.cost + amount),
    )  # fmt: skip
    bought = replace(tranche, claim=tranche.claim + amount, shares=tranche.shares + shares)
    after = replace(with_tranche(pool, word, bought), cash=pool.cash + amount)
    legs = (
        (scope.sender, Account.CASH, -amount),
        (scope.sender, Account.POOL_DEPOSITS, amount),
    )
    book(scope, pool, after, "pool_deposit", legs)
    scope.emit(
        "deposited", pool=pool.name, tranche=word, depositor=scope.sender, amount=amount,
        shares=shares,
    )  # fmt: skip
    return None


def request_withdrawal(scope: Scope, command: RequestWithdrawal) -> Rejected | None:
    """The sender's shares go to the end of the queue; what can be served is served at once."""
    pool = open_pool(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    word, shares = command.tranche, command.shares
    position = position_of(scope, pool, word, scope.sender)
    free = 0 if position is None else position.shares - position.queued
    if position is None or free < shares:
        return reject(Rejection.INSUFFICIENT_SHARES, free_shares=free, shares=shares)
    tranche = tranche_of(pool, word)
    if not value_of(tranche, shares) and (free > shares or tranche.lost):
        return reject(Rejection.AMOUNT_TOO_SMALL, shares=shares)
    number = pool.requests + 1
    key = keys.request(pool.name, word, number)
    pool_records.REQUEST.put(scope.state, key, Request(scope.sender, shares))
    put_position(
        scope, pool, word, scope.sender, replace(position, queued=position.queued + shares)
    )
    waiting = replace(tranche, queued=tranche.queued + shares)
    after = replace(with_tranche(pool, word, waiting), requests=number)
    scope.emit(
        "withdrawal_requested", pool=pool.name, tranche=word, depositor=scope.sender,
        number=number, shares=shares,
    )  # fmt: skip
    serve(scope, book(scope, pool, after, "pool_withdrawal", ()), SERVED_AT_ONCE)
    return None


def cancel_withdrawal(scope: Scope, command: CancelWithdrawal) -> Rejected | None:
    """The sender keeps its shares."""
    pool = open_pool(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    key = keys.request(pool.name, command.tranche, command.number)
    request = pool_records.REQUEST.get(scope.state, key)
    if request is None or request.owner != scope.sender:
        return reject(Rejection.UNKNOWN_REQUEST, number=command.number)
    position = position_of(scope, pool, command.tranche, scope.sender)
    assert position is not None, "a request has a position"
    scope.state.delete(key)
    kept = replace(position, queued=position.queued - request.shares)
    put_position(scope, pool, command.tranche, scope.sender, kept)
    tranche = tranche_of(pool, command.tranche)
    waiting = replace(tranche, queued=tranche.queued - request.shares)
    book(scope, pool, with_tranche(pool, command.tranche, waiting), "pool_withdrawal", ())
    scope.emit(
        "withdrawal_cancelled", pool=pool.name, tranche=command.tranche, depositor=scope.sender,
        number=command.number, shares=request.shares,
    )  # fmt: skip
    return None


def check_caps(scope: Scope, name: str, word: str) -> Rejected | None:
    """Refuse a tranche of a pool whose deposits are above their caps now."""
    pool = open_pool(scope, name)
    assert not isinstance(pool, Rejected), "an open pool stays open"
    return _check_caps(scope, pool, word, 0)


def _check_caps(scope: Scope, pool: Pool, word: str, amount: int) -> Rejected | None:
    template = template_of(scope, pool)
    total = pool.senior.claim + pool.junior.claim + amount
    if total > template.supply_cap:
        return reject(Rejection.ABOVE_CAP, cap="supply", limit=template.supply_cap, needed=total)
    senior = pool.senior.claim + amount
    if word == SENIOR and senior * RATE_UNIT > template.senior_part_max * total:
        limit = template.senior_part_max * total // RATE_UNIT
        return reject(Rejection.ABOVE_CAP, cap="senior_part", limit=limit, needed=senior)
    return None
