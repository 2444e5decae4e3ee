"""The records of pools: what each holds; how it becomes bytes is in `lending.records`.

The figures of `Pool` are those of the pool's books, entry for entry: cash and debts on the one side,
the claims of both tranches, the reserve and the manager's spread on the other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter

from ledger import codec
from lending.records import RecordCodec, pair
from lending.terms.pools import POOL_TEMPLATE_SHAPE, PoolTemplate


@dataclass(frozen=True, slots=True)
class PoolTerms:
    """What does not change of a pool but for its approvals."""

    manager: str
    """The member that created it and grants its credit lines."""
    approvals: tuple[str, ...]
    """The members that approved, ascending."""
    is_active: bool
    """Whether a quorum approved, so that it is open."""
    template: PoolTemplate
    """The policy."""


@dataclass(frozen=True, slots=True)
class Tranche:
    """One of the two classes of deposits."""

    claim: int
    """What all its shares together are worth."""
    shares: int
    """How many shares there are."""
    queued: int
    """How many of them wait to be turned into money."""
    lost: int
    """Losses that it bore and that no recovery has made good."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The figures of a pool."""

    name: str
    """The name, also in its books."""
    cash: int
    """The money that may be lent or withdrawn: what the pool's commands brought, less what they took."""
    debt: int
    """What all borrowers together owe, but for what was written off."""
    scaled_debt: int
    """The same in shares of debt: times the index it is the debt."""
    index: int
    """What one unit borrowed at the beginning has grown to, in 10**-27."""
    rate: int
    """The yearly rate that borrowers pay now, in billionths."""
    accrued_s: int
    """The second up to which interest is in the figures, since 1970."""
    senior: Tranche
    """The tranche that is paid first and bears losses last."""
    junior: Tranche
    """The tranche that gets the rest, and bears losses before the senior."""
    senior_due: int
    """What the senior tranche's target rate has earned it and it has not got, in 10**-27 units."""
    reserve: int
    """What bears losses first."""
    reserve_part: int
    """The part of a unit of interest that the reserve will get with the next, in billionths."""
    spread: int
    """What the manager has earned and not collected."""
    spread_part: int
    """The part of a unit of interest that the manager will get with the next, in billionths."""
    requests: int
    """How many withdrawals were ever requested."""
    alarm_ms: int
    """When the clock will look at the queue; 0 for not at all."""
    rate_at_target: int
    """ADAPTIVE: the rate at target utilisation, per second in 10**-18; 0 for the other models."""


@dataclass(frozen=True, slots=True)
class Position:
    """What one party has of one tranche."""

    shares: int
    """Its shares, waiting ones included."""
    queued: int
    """How many of them wait to be turned into money."""
    cost: int
    """What it paid for them."""
    reward_index: int
    """Up to where of the rewards' index it was rewarded."""
    rewards: int
    """Rewards earned and not claimed."""


@dataclass(frozen=True, slots=True)
class Request:
    """A withdrawal that waits."""

    owner: str
    """Whose shares."""
    shares: int
    """How many are left to be turned into money."""


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What one borrower may owe a pool, and owes."""

    limit: int
    """The most that it may owe by a borrowing."""
    due_ms: int
    """From when on all its debt is due."""
    collateral_asset: str
    """What it pledges; empty for nothing."""
    loan_to_value_limit: int
    """The largest debt as a part of the collateral's value, in billionths."""
    pledged: int
    """How much of the asset is pledged."""
    scaled_debt: int
    """Its shares of the pool's debt."""
    booked: int
    """The debt as it stands in the borrower's books: that of its last operation."""
    written_off: int
    """What was written off and is owed all the same."""


@dataclass(frozen=True, slots=True)
class Rewards:
    """The rewards of one tranche over time."""

    amount: int
    """What is given away from start to end."""
    start_s: int
    """The second from which it is earned."""
    end_s: int
    """The second at which all of it is earned."""
    emitted: int
    """How much of it the index already holds, or nobody was there to earn."""
    index: int
    """What one share has earned since the beginning, in 10**-36."""
    part: int
    """What a division of the emitted by the shares left over, in 10**-36."""
    unearned: int
    """Emitted while there were no shares: it goes into the next programme."""


_TRANCHE_VALUES = attrgetter(*(field.name for field in fields(Tranche)))
_TRANCHE = pair(_TRANCHE_VALUES, lambda value: Tranche(*codec.items(value)))
_TEMPLATE = pair(POOL_TEMPLATE_SHAPE.values, lambda value: PoolTemplate(*codec.items(value)))

POOL_TERMS = RecordCodec(PoolTerms, template=_TEMPLATE)
POOL = RecordCodec(Pool, senior=_TRANCHE, junior=_TRANCHE)
POSITION = RecordCodec(Position)
REQUEST = RecordCodec(Request)
CREDIT_LINE = RecordCodec(CreditLine)
REWARDS = RecordCodec(Rewards)
