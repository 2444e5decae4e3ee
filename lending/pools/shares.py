"""Shares of a tranche: what they cost and what they are worth, always rounded for those who stay.

To every tranche belong a unit of money and a million shares that nobody has (virtual shares, as in
OpenZeppelin's ERC4626). So the first shares have a price, and to raise it for the next depositor
costs whoever tries as much as it moves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lending.arithmetic import Rounding, mul_div
from lending.records.pools import Pool, Tranche
from lending.terms.pools import SENIOR

VIRTUAL_SHARES: Final = 1_000_000
VIRTUAL_CLAIM: Final = 1
WIPED_OUT: Final = 1_000_000
"""A tranche whose shares are worth less than such a part of their first price sells no more."""


def shares_for(tranche: Tranche, amount: int) -> int:
    """The shares that an amount buys or takes, rounded down."""
    return mul_div(
        amount, tranche.shares + VIRTUAL_SHARES, tranche.claim + VIRTUAL_CLAIM, Rounding.FLOOR
    )


def value_of(tranche: Tranche, shares: int) -> int:
    """What some of the tranche's shares are worth, rounded down; never more than its claim."""
    return mul_div(
        shares, tranche.claim + VIRTUAL_CLAIM, tranche.shares + VIRTUAL_SHARES, Rounding.FLOOR
    )


def is_wiped_out(tranche: Tranche) -> bool:
    """Whether losses left so little that a new share would be given away."""
    first = (tranche.claim + VIRTUAL_CLAIM) * VIRTUAL_SHARES
    return tranche.shares + VIRTUAL_SHARES > first * WIPED_OUT


def tranche_of(pool: Pool, word: str) -> Tranche:
    """The tranche of a word."""
    return pool.senior if word == SENIOR else pool.junior


def with_tranche(pool: Pool, word: str, tranche: Tranche) -> Pool:
    """The pool with another tranche.

    When its last share goes, what is left is the reserve's. Senior shares that go leave their part of
    what the target rate has not brought yet.
    """
    left = 0
    if not tranche.shares:
        left, tranche = tranche.claim, replace(tranche, claim=0, lost=0)
    pool = replace(pool, reserve=pool.reserve + left)
    if word != SENIOR:
        return replace(pool, junior=tranche)
    due = pool.senior_due
    if tranche.shares < pool.senior.shares:
        due = due * tranche.shares // pool.senior.shares
    return replace(pool, senior=tranche, senior_due=due)
