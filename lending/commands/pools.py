"""What can be asked of a pool: the commands of `lending.pools`, read by `lending.commands`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lending.fields import (
    Amount,
    AmountOrZero,
    Choice,
    Days,
    Integer,
    Nested,
    OptionalAssetCode,
    PartyId,
    Rate,
    TimeMs,
)
from lending.terms.pools import POOL_TEMPLATE_SHAPE, TRANCHES, PoolTemplate

Tranche = Annotated[str, Choice(TRANCHES)]
"""SENIOR or JUNIOR."""
Shares = Annotated[int, Integer(1, 2**127 - 1)]
"""A number of shares; a unit of money buys a million of them at first."""
RequestNumber = Annotated[int, Integer(1, 2**63 - 1)]
"""The number of a request in its pool."""


@dataclass(frozen=True, slots=True)
class CreatePool:
    """A member proposes a pool that it manages; signatures of other members approve it at once."""

    pool: PartyId
    """The pool's name, which is also that of the owner of its books; it is never reused."""
    template: Annotated[PoolTemplate, Nested(POOL_TEMPLATE_SHAPE)]
    """The policy."""


@dataclass(frozen=True, slots=True)
class ApprovePool:
    """Every member that signed approves; at a quorum of members the pool opens."""

    pool: PartyId
    """The pool."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """The sender lends to the pool and gets shares of a tranche."""

    pool: PartyId
    """The pool."""
    tranche: Tranche
    """Which tranche."""
    amount: Amount
    """How much."""


@dataclass(frozen=True, slots=True)
class RequestWithdrawal:
    """The sender wants its shares turned into money: now if there is some, else in its turn."""

    pool: PartyId
    """The pool."""
    tranche: Tranche
    """Which tranche."""
    shares: Shares
    """How many shares."""


@dataclass(frozen=True, slots=True)
class CancelWithdrawal:
    """The sender keeps the shares that its request still waits with."""

    pool: PartyId
    """The pool."""
    tranche: Tranche
    """Which tranche."""
    number: RequestNumber
    """The number of the request."""


@dataclass(frozen=True, slots=True)
class GrantCreditLine:
    """The manager lets a borrower borrow, or changes how much; a limit of 0 ends it."""

    pool: PartyId
    """The pool."""
    borrower: PartyId
    """Who may borrow."""
    limit: AmountOrZero
    """The most that it may owe by a borrowing."""
    due_ms: TimeMs
    """From this moment on all of its debt is due and nothing more is lent."""
    collateral_asset: OptionalAssetCode
    """What it pledges; empty for a line without collateral."""
    loan_to_value_limit: Rate
    """The largest debt as a part of the collateral's value, in billionths; 0 without collateral."""


@dataclass(frozen=True, slots=True)
class BorrowFromPool:
    """The sender borrows under its credit line."""

    pool: PartyId
    """The pool."""
    amount: Amount
    """How much."""


@dataclass(frozen=True, slots=True)
class RepayPool:
    """The sender repays what it owes a pool; what is not owed stays with it."""

    pool: PartyId
    """The pool."""
    amount: Amount
    """The most that is to be taken."""


@dataclass(frozen=True, slots=True)
class PledgePoolCollateral:
    """The sender locks some of its holding for its credit line."""

    pool: PartyId
    """The pool."""
    amount: Amount
    """How much of the agreed asset."""


@dataclass(frozen=True, slots=True)
class ReleasePoolCollateral:
    """The sender takes collateral back, within the limit."""

    pool: PartyId
    """The pool."""
    amount: Amount
    """How much."""


@dataclass(frozen=True, slots=True)
class BuyPoolCollateral:
    """A member buys collateral of a debt that is due, or above its limit, at the agreed price."""

    pool: PartyId
    """The pool."""
    borrower: PartyId
    """Whose collateral."""
    amount: Amount
    """How much of the asset."""


@dataclass(frozen=True, slots=True)
class WriteOffPoolDebt:
    """The manager realises the loss of a debt that is past due; the borrower owes it all the same."""

    pool: PartyId
    """The pool."""
    borrower: PartyId
    """Whose debt."""


@dataclass(frozen=True, slots=True)
class SettlePoolLosses:
    """The manager declares the losses final: recoveries go to the reserve, deposits are open again."""

    pool: PartyId
    """The pool."""


@dataclass(frozen=True, slots=True)
class ContributeReserve:
    """The sender gives money to the reserve, which bears losses first; no share is bought."""

    pool: PartyId
    """The pool."""
    amount: Amount
    """How much."""


@dataclass(frozen=True, slots=True)
class ReleaseReserve:
    """A quorum of members, all signing, gives money of the reserve to somebody."""

    pool: PartyId
    """The pool."""
    to: PartyId
    """Who gets it."""
    amount: Amount
    """How much."""


@dataclass(frozen=True, slots=True)
class TakeStrays:
    """The manager adds to the reserve what came to the pool's account by transfers."""

    pool: PartyId
    """The pool."""


@dataclass(frozen=True, slots=True)
class CollectSpread:
    """The manager takes the spread that it has earned, as far as there is money."""

    pool: PartyId
    """The pool."""


@dataclass(frozen=True, slots=True)
class FundRewards:
    """The sender gives rewards that the holders of a tranche earn evenly over time."""

    pool: PartyId
    """The pool."""
    tranche: Tranche
    """Whose holders are rewarded."""
    amount: Amount
    """How much of the pool's reward asset."""
    days: Days
    """Over how many days from now; at least one."""


@dataclass(frozen=True, slots=True)
class ClaimRewards:
    """The sender takes the rewards that it has earned."""

    pool: PartyId
    """The pool."""
    tranche: Tranche
    """Of which tranche."""


@dataclass(frozen=True, slots=True)
class TransferShares:
    """The sender gives shares of a tranche to somebody else; both keep the rewards earned so far."""

    pool: PartyId
    """The pool."""
    tranche: Tranche
    """Which tranche."""
    to: PartyId
    """Who gets them."""
    shares: Shares
    """How many; none that wait to be turned into money."""


PoolCommand = (
    CreatePool
    | ApprovePool
    | Deposit
    | RequestWithdrawal
    | CancelWithdrawal
    | GrantCreditLine
    | BorrowFromPool
    | RepayPool
    | PledgePoolCollateral
    | ReleasePoolCollateral
    | BuyPoolCollateral
    | WriteOffPoolDebt
    | SettlePoolLosses
    | ContributeReserve
    | ReleaseReserve
    | TakeStrays
    | CollectSpread
    | FundRewards
    | ClaimRewards
    | TransferShares
)

POOL_COMMANDS: tuple[type[PoolCommand], ...] = (
    CreatePool, ApprovePool, Deposit, RequestWithdrawal, CancelWithdrawal, GrantCreditLine,
    BorrowFromPool, RepayPool, PledgePoolCollateral, ReleasePoolCollateral, BuyPoolCollateral,
    WriteOffPoolDebt, SettlePoolLosses, ContributeReserve, ReleaseReserve, TakeStrays,
    CollectSpread, FundRewards, ClaimRewards, TransferShares,
)  # fmt: skip
"""In the order of the documentation."""
