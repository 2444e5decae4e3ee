"""The queue of withdrawals: first come, first served within a tranche, the senior tranche first.

Shares in the queue earn and bear losses until they are served, at the price of that moment. Whoever
brings money leaves the rest to the clock, which does a bounded part in every block.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lending import keys
from lending.fees.charging import pay, withdrawal_charge
from lending.pools.books import accrue, book, next_served, put_pool, template_of
from lending.pools.positions import put_position, redeemed, redemption_legs, settled
from lending.pools.shares import tranche_of, with_tranche
from lending.records import pools as pool_records
from lending.records.pools import Pool, Request
from lending.scope import Scope

SERVED_AT_ALARM: Final = 64
"""How many withdrawals of one pool the clock serves in a block."""


def attend_pool(scope: Scope, subject: bytes, budget: int) -> int:
    """Serve what can be served for a pool whose alarm rang; returns what it cost of the budget."""
    pool = accrue(scope, subject.removeprefix(keys.POOL).decode())
    pool = replace(pool, alarm_ms=0)
    put_pool(scope, pool)
    return max(1, serve(scope, pool, min(budget, SERVED_AT_ALARM)))


def serve(scope: Scope, pool: Pool, steps_max: int) -> int:
    """Serve at most so many withdrawals; returns how many. What is left waits for the clock."""
    template = template_of(scope, pool)
    for step in range(steps_max):
        found = next_served(scope, pool, template)
        if found is None:
            return step
        word, key, request, shares, money = found
        pool = _serve(scope, pool, (word, key, request), shares, money)
    return steps_max


def _serve(
    scope: Scope, pool: Pool, place: tuple[str, bytes, Request], shares: int, money: int
) -> Pool:
    word, key, request = place
    left = request.shares - shares
    if left:
        pool_records.REQUEST.put(scope.state, key, Request(request.owner, left))
    else:
        scope.state.delete(key)
    position, cost = redeemed(settled(scope, pool, word, request.owner), shares)
    put_position(scope, pool, word, request.owner, position)
    tranche = tranche_of(pool, word)
    sold = replace(
        tranche,
        claim=tranche.claim - money,
        shares=tranche.shares - shares,
        queued=tranche.queued - shares,
    )
    after = replace(with_tranche(pool, word, sold), cash=pool.cash - money)
    after = book(scope, pool, after, "pool_withdrawal", redemption_legs(request.owner, cost, money))
    scope.emit(
        "withdrawn", pool=pool.name, tranche=word, depositor=request.owner,
        number=int.from_bytes(key[-8:], "big"), shares=shares, amount=money, shares_left=left,
    )  # fmt: skip
    fee = withdrawal_charge(scope, pool.name, money)
    pay(scope, request.owner, template_of(scope, pool).asset, ("pool", pool.name), fee)
    return after
