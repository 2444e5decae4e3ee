"""Shares of a pool that go from one party to another: the pool's own figures do not change.

Rewards are settled to both first, so nobody is rewarded for the time in which the other held the
shares. What the giver paid for them goes with them, so that a later gain or loss is the new owner's;
that a price is paid for them at the same time is for a batch to say.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending.chart import Account
from lending.commands.pools import TransferShares
from lending.journal import post
from lending.parties.authority import party_of
from lending.pools.books import open_pool, template_of
from lending.pools.positions import position_of, put_position, settled
from lending.records import PartyKind
from lending.rejections import Rejection, reject
from lending.scope import Scope

_HOLDERS = (PartyKind.MEMBER, PartyKind.DESK, PartyKind.BORROWER)


def transfer_shares(scope: Scope, command: TransferShares) -> Rejected | None:
    """The sender gives shares that do not wait."""
    pool = open_pool(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    if refused := _check_receiver(scope, command.to):
        return refused
    word, shares = command.tranche, command.shares
    found = position_of(scope, pool, word, scope.sender)
    free = 0 if found is None else found.shares - found.queued
    if free < shares:
        return reject(Rejection.INSUFFICIENT_SHARES, free_shares=free, shares=shares)
    giver = settled(scope, pool, word, scope.sender)
    taker = settled(scope, pool, word, command.to)
    # Rounded down: what is not a whole unit of the cost stays with the shares that stay.
    cost = giver.cost * shares // giver.shares
    put_position(
        scope, pool, word, scope.sender,
        replace(giver, shares=giver.shares - shares, cost=giver.cost - cost),
    )  # fmt: skip
    put_position(
        scope, pool, word, command.to,
        replace(taker, shares=taker.shares + shares, cost=taker.cost + cost),
    )  # fmt: skip
    legs = [
        (scope.sender, Account.POOL_DEPOSITS, -cost),
        (scope.sender, Account.TRANSFERS, cost),
        (command.to, Account.POOL_DEPOSITS, cost),
        (command.to, Account.TRANSFERS, -cost),
    ]
    post(scope, template_of(scope, pool).asset, "share_transfer", pool.name, legs)
    scope.emit(
        "shares_transferred", pool=pool.name, tranche=word, depositor=scope.sender,
        to=command.to, shares=shares, cost=cost,
    )  # fmt: skip
    return None


def _check_receiver(scope: Scope, name: str) -> Rejected | None:
    if name == scope.sender:
        return reject(Rejection.SAME_PARTY, party=name)
    receiver = party_of(scope, name)
    if receiver is None:
        return reject(Rejection.UNKNOWN_PARTY, party=name)
    if receiver.kind not in _HOLDERS:
        return reject(Rejection.WRONG_ROLE, party=name, expected="member, desk or borrower")
    return None
