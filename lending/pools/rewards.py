"""Rewards over time: funded once, earned by the second in proportion to shares, claimed at will.

One programme at a time for each tranche. What was emitted while nobody held a share goes into the
next programme; nothing is given twice, and nothing before it was earned.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending import keys
from lending.chart import Account
from lending.commands.pools import ClaimRewards, FundRewards
from lending.journal import post
from lending.parties.cash import check_funds
from lending.pools.books import check_depositor, open_pool, template_of
from lending.pools.positions import advance, put_position, settled
from lending.records import pools as pool_records
from lending.rejections import Rejection, reject
from lending.scope import Scope

DAY_SECONDS = 86_400


def fund_rewards(scope: Scope, command: FundRewards) -> Rejected | None:
    """The sender starts a programme for a tranche."""
    pool = open_pool(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    asset = template_of(scope, pool).reward_asset
    if not asset:
        return reject(Rejection.UNKNOWN_ASSET, asset=asset)
    if not command.days:
        return reject(Rejection.BAD_TERMS, field="days", value=command.days, minimum=1)
    now_s = scope.now_ms // 1000
    rewards = advance(scope, pool, command.tranche)
    if now_s < rewards.end_s:
        return reject(Rejection.WRONG_STATUS, end_ms=rewards.end_s * 1000)
    if refused := check_depositor(scope) or check_funds(scope, scope.sender, asset, command.amount):
        return refused
    programme = replace(
        rewards,
        amount=command.amount + rewards.unearned,
        start_s=now_s,
        end_s=now_s + command.days * DAY_SECONDS,
        emitted=0,
        unearned=0,
    )
    key = keys.rewards(pool.name, command.tranche)
    pool_records.REWARDS.put(scope.state, key, programme)
    legs = [
        (scope.sender, Account.CASH, -command.amount),
        (scope.sender, Account.REWARD_EXPENSE, command.amount),
        (pool.name, Account.CASH, command.amount),
        (pool.name, Account.REWARDS_PAYABLE, -command.amount),
    ]
    post(scope, asset, "reward_funding", pool.name, legs)
    scope.emit(
        "rewards_funded", pool=pool.name, tranche=command.tranche, funder=scope.sender,
        amount=command.amount, total=programme.amount, end_ms=programme.end_s * 1000,
    )  # fmt: skip
    return None


def claim_rewards(scope: Scope, command: ClaimRewards) -> Rejected | None:
    """The sender takes what it has earned, rounded down."""
    pool = open_pool(scope, command.pool)
    if isinstance(pool, Rejected):
        return pool
    word = command.tranche
    position = settled(scope, pool, word, scope.sender)
    amount = position.rewards
    if not amount:
        return reject(Rejection.NOTHING_TO_TAKE, pool=pool.name)
    put_position(scope, pool, word, scope.sender, replace(position, rewards=0))
    legs = [
        (pool.name, Account.CASH, -amount),
        (pool.name, Account.REWARDS_PAYABLE, amount),
        (scope.sender, Account.CASH, amount),
        (scope.sender, Account.REWARD_INCOME, -amount),
    ]
    post(scope, template_of(scope, pool).reward_asset, "reward_claim", pool.name, legs)
    scope.emit(
        "rewards_claimed", pool=pool.name, tranche=word, depositor=scope.sender, amount=amount
    )
    return None
