"""What a depositor has of a tranche, and how shares come and go with their rewards.

Whoever gets its first share begins at the rewards' index of that moment: it has earned nothing yet.
"""

from __future__ import annotations

from dataclasses import replace

from lending import keys
from lending.chart import Account
from lending.journal import Leg
from lending.pools.shares import tranche_of
from lending.records import pools as pool_records
from lending.records.pools import Pool, Position, Rewards
from lending.scope import Scope

REWARD_UNIT = 10**36
NONE = Rewards(amount=0, start_s=0, end_s=0, emitted=0, index=0, part=0, unearned=0)


def position_of(scope: Scope, pool: Pool, word: str, owner: str) -> Position | None:
    """What a party has of a tranche."""
    return pool_records.POSITION.get(scope.state, keys.position(pool.name, word, owner))


def settled(scope: Scope, pool: Pool, word: str, owner: str) -> Position:
    """What a party has of a tranche, its rewards up to now included."""
    rewards = advance(scope, pool, word)
    position = position_of(scope, pool, word, owner)
    if position is None:
        return Position(shares=0, queued=0, cost=0, reward_index=rewards.index, rewards=0)
    earned = (rewards.index - position.reward_index) * position.shares // REWARD_UNIT
    return replace(position, reward_index=rewards.index, rewards=position.rewards + earned)


def put_position(scope: Scope, pool: Pool, word: str, owner: str, position: Position) -> None:
    """Set what a party has of a tranche; nothing is kept of one that has nothing."""
    key = keys.position(pool.name, word, owner)
    if position.shares or position.rewards:
        pool_records.POSITION.put(scope.state, key, position)
    else:
        scope.state.delete(key)


def rewards_of(scope: Scope, pool: Pool, word: str) -> Rewards:
    """The rewards of a tranche as they were last looked at."""
    return pool_records.REWARDS.get(scope.state, keys.rewards(pool.name, word)) or NONE


def advance(scope: Scope, pool: Pool, word: str) -> Rewards:
    """Bring the rewards' index of a tranche up to now."""
    before = rewards_of(scope, pool, word)
    rewards = advanced(before, tranche_of(pool, word).shares, scope.now_ms // 1000)
    if rewards != before:
        pool_records.REWARDS.put(scope.state, keys.rewards(pool.name, word), rewards)
    return rewards


def advanced(rewards: Rewards, shares: int, now_s: int) -> Rewards:
    """The rewards up to a second: never more than the time that has passed allows."""
    length = rewards.end_s - rewards.start_s
    if not length or rewards.emitted == rewards.amount:
        return rewards
    passed = min(now_s, rewards.end_s) - rewards.start_s
    emitted = rewards.amount * passed // length
    new = emitted - rewards.emitted
    if not shares:
        return replace(rewards, emitted=emitted, unearned=rewards.unearned + new)
    more, part = divmod(new * REWARD_UNIT + rewards.part, shares)
    return replace(rewards, emitted=emitted, index=rewards.index + more, part=part)


def redeemed(position: Position, shares: int) -> tuple[Position, int]:
    """The position after waiting shares became money, and what had been paid for them."""
    cost = position.cost * shares // position.shares
    after = replace(
        position,
        shares=position.shares - shares,
        queued=position.queued - shares,
        cost=position.cost - cost,
    )
    return after, cost


def redemption_legs(owner: str, cost: int, money: int) -> tuple[Leg, ...]:
    """The depositor's side of shares that became money."""
    gain = money - cost
    return (
        (owner, Account.CASH, money),
        (owner, Account.POOL_DEPOSITS, -cost),
        (owner, Account.POOL_INCOME, -max(gain, 0)),
        (owner, Account.POOL_LOSS, max(-gain, 0)),
    )
