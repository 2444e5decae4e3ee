"""The reserve and the manager's spread: what comes to them beside interest, and what goes.

Giving money to a pool never changes what a share is worth: it goes to the reserve.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending.chart import Account
from lending.commands.pools import CollectSpread, ContributeReserve, ReleaseReserve, TakeStrays
from lending.journal import balance_of
from lending.parties.authority import party_of
from lending.parties.cash import check_funds
from lending.parties.consortium import parameters, signing_members
from lending.pools.books import book, check_depositor, managed, open_pool, template_of
from lending.records import PartyKind
from lending.records.pools import Pool
from lending.rejections import Rejection, reject
from lending.scope import Scope


def contribute_reserve(scope: Scope, command: ContributeReserve) -> Rejected | None:
    """The sender gives money to the reserve."""
    pool = open_pool(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    asset = template_of(scope, pool).asset
    if refused := check_depositor(scope) or check_funds(scope, scope.sender, asset, command.amount):
        return refused
    legs = (
        (scope.sender, Account.CASH, -command.amount),
        (scope.sender, Account.CONTRIBUTIONS, command.amount),
    )
    _book_reserve(scope, pool, command.amount, legs)
    return None


def release_reserve(scope: Scope, command: ReleaseReserve) -> Rejected | None:
    """A quorum of members gives money of the reserve away that no withdrawal waits for."""
    pool = open_pool(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    signed, quorum = len(signing_members(scope)), parameters(scope).approval_quorum
    if signed < quorum:
        return reject(Rejection.NOT_SIGNED, party="members", signed=signed, threshold=quorum)
    taker = party_of(scope, command.to)
    if taker is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.to)
    if taker.kind is PartyKind.POOL:
        return reject(Rejection.SAME_PARTY, party=command.to)
    free = min(pool.reserve, _free_cash(pool))
    if free < command.amount:
        return reject(
            Rejection.INSUFFICIENT_FUNDS, owner=pool.name, asset=template_of(scope, pool).asset,
            available=free, needed=command.amount,
        )  # fmt: skip
    left = pool.reserve - command.amount
    after = replace(pool, reserve=left, cash=pool.cash - command.amount)
    legs = (
        (command.to, Account.CASH, command.amount),
        (command.to, Account.RESERVE_INCOME, -command.amount),
    )
    book(scope, pool, after, "pool_reserve_release", legs)
    scope.emit(
        "reserve_released", pool=pool.name, to=command.to, amount=command.amount, reserve=left
    )
    return None


def take_strays(scope: Scope, command: TakeStrays) -> Rejected | None:
    """The manager adds to the reserve what lies in the pool's account beside its figures."""
    pool = managed(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    amount = strays(scope, pool)
    if not amount:
        return reject(Rejection.NOTHING_TO_TAKE, pool=pool.name)
    legs = ((pool.name, Account.CASH, -amount), (pool.name, Account.STRAYS_TAKEN, amount))
    _book_reserve(scope, pool, amount, legs)
    return None


def collect_spread(scope: Scope, command: CollectSpread) -> Rejected | None:
    """The manager takes its spread, as far as there is money that no withdrawal waits for."""
    pool = managed(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    amount = min(pool.spread, _free_cash(pool))
    if not amount:
        return reject(Rejection.NOTHING_TO_TAKE, pool=pool.name)
    after = replace(pool, spread=pool.spread - amount, cash=pool.cash - amount)
    legs = ((scope.sender, Account.CASH, amount), (scope.sender, Account.SPREAD_INCOME, -amount))
    book(scope, pool, after, "pool_spread", legs)
    scope.emit("spread_collected", pool=pool.name, manager=scope.sender, amount=amount)
    return None


def strays(scope: Scope, pool: Pool) -> int:
    """What lies in the pool's account and belongs neither to the pool's figures nor to rewards."""
    template = template_of(scope, pool)
    held = balance_of(scope.state, pool.name, Account.CASH, template.asset)
    rewards = -balance_of(scope.state, pool.name, Account.REWARDS_PAYABLE, template.asset)
    return held - pool.cash - rewards


def _free_cash(pool: Pool) -> int:
    return 0 if pool.senior.queued or pool.junior.queued else pool.cash


def _book_reserve(
    scope: Scope, pool: Pool, amount: int, legs: tuple[tuple[str, Account, int], ...]
) -> None:
    after = replace(pool, reserve=pool.reserve + amount, cash=pool.cash + amount)
    book(scope, pool, after, "pool_contribution", legs)
    scope.emit(
        "reserve_contributed", pool=pool.name, contributor=scope.sender, amount=amount,
        reserve=after.reserve,
    )  # fmt: skip
