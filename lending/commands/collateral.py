"""The commands of price feeds, collateral accounts, auctions, guarantees and cover.

They are read like those of `lending.commands`, whose table they join. Nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from lending.fields import (
    RATE_UNIT,
    Amount,
    AmountOrZero,
    AssetCode,
    AssetCodes,
    Choice,
    Integer,
    PartyId,
    PartyIds,
    Rate,
    Slug,
    Threshold,
    TimeMs,
)

Part = Annotated[int, Integer(0, RATE_UNIT)]
"""A part of a whole in billionths, nothing and all of it included."""
PartAboveZero = Annotated[int, Integer(1, RATE_UNIT)]
"""A part of a whole in billionths, above nothing."""
SpanMs = Annotated[int, Integer(1, 10 * 366 * 86_400_000)]
"""A length of time in milliseconds, up to ten years."""
StepPart = Annotated[int, Integer(RATE_UNIT // 1_000, RATE_UNIT)]
"""A part of a whole in billionths, at least a thousandth."""


@dataclass(frozen=True, slots=True)
class RegisterPriceFeed:
    """A quorum of members fixes how an asset's price in a currency is agreed."""

    asset: AssetCode
    """What is priced."""
    currency: AssetCode
    """In what."""
    sources: PartyIds
    """Who reports."""
    quorum: Threshold
    """How many fresh reports make a price: their median."""
    age_max_ms: SpanMs
    """How old a report may be to count, and a price to decide by."""
    band: Rate
    """How far the price may move within an interval, in billionths; beyond, the breaker trips."""
    interval_ms: SpanMs
    """The length of the interval."""


@dataclass(frozen=True, slots=True)
class ResumePriceFeed:
    """A quorum of members looked at a feed whose breaker tripped, and accepts its median."""

    asset: AssetCode
    """What is priced."""
    currency: AssetCode
    """In what."""


@dataclass(frozen=True, slots=True)
class SetCollateralPolicy:
    """A quorum of members fixes how an asset counts as collateral; what is pledged keeps its terms."""

    asset: AssetCode
    """The collateral asset."""
    currency: AssetCode
    """The currency of the debts."""
    haircut: Part
    """What its value is reduced by, in billionths."""
    share_max: PartAboveZero
    """The largest part of an account's value that it may count for, in billionths."""
    supply_cap: AmountOrZero
    """The most of it that all accounts together may hold."""


@dataclass(frozen=True, slots=True)
class OpenCollateralAccount:
    """A borrower and its security agent, both signing, agree on how collateral is kept."""

    account: Slug
    """The account's name, never reused."""
    agent: PartyId
    """The member or desk that keeps the security for the lenders."""
    currency: AssetCode
    """The currency of all debts that it secures."""
    borrow_limit: PartAboveZero
    """The largest debt as a part of the value when one borrows or takes back."""
    margin_limit: PartAboveZero
    """Above this part the borrower is called to cure."""
    liquidation_limit: PartAboveZero
    """Above this part the collateral is auctioned at once."""
    cure_ms: SpanMs
    """How long the borrower has to cure."""
    close_factor: PartAboveZero
    """The part of the debt that one auction may raise."""
    least_debt: AmountOrZero
    """A debt that would be left below this is closed in full."""
    cost_rate: Annotated[int, Integer(0, RATE_UNIT // 2)]
    """The part of the proceeds that the agent keeps for its costs."""
    start_premium: Part
    """How far above the agreed price an auction begins."""
    step_ms: SpanMs
    """After how long the price falls a step."""
    step_rate: StepPart
    """How much it falls, as a part of the agreed price."""
    floor_rate: PartAboveZero
    """The lowest price, as a part of the agreed price."""


@dataclass(frozen=True, slots=True)
class SecureLoan:
    """An agreement, and so its loan, is secured by an account: borrower, lender and agent sign."""

    account: Slug
    """The account."""
    agreement: Slug
    """The agreement."""


@dataclass(frozen=True, slots=True)
class TopUpCollateral:
    """The borrower adds collateral, at any time."""

    account: Slug
    """The account."""
    asset: AssetCode
    """What."""
    amount: Amount
    """How much."""


@dataclass(frozen=True, slots=True)
class WithdrawCollateral:
    """The borrower takes collateral back within the limit."""

    account: Slug
    """The account."""
    asset: AssetCode
    """What."""
    amount: Amount
    """How much."""


@dataclass(frozen=True, slots=True)
class SubstituteCollateral:
    """The borrower puts one collateral in the place of another, at once."""

    account: Slug
    """The account."""
    asset_in: AssetCode
    """What is added."""
    amount_in: Amount
    """How much of it."""
    asset_out: AssetCode
    """What is taken back."""
    amount_out: Amount
    """How much of it."""


@dataclass(frozen=True, slots=True)
class Bid:
    """A member or desk buys collateral in an auction at the price of the moment."""

    account: Slug
    """The account whose collateral is sold."""
    asset: AssetCode
    """What."""
    amount: Amount
    """The most that is bought; the auction sells no more than it needs."""
    price_max: Amount
    """The most that is paid for one whole unit."""


@dataclass(frozen=True, slots=True)
class GiveGuarantee:
    """The sender pledges money that pays the lender when the loan defaults."""

    guarantee: Slug
    """The guarantee's name, never reused."""
    agreement: Slug
    """Whose loan is guaranteed."""
    kind: Annotated[str, Choice(("FIRST_LOSS", "GUARANTEE"))]
    """FIRST_LOSS pays first, GUARANTEE after it; both before cover."""
    amount: Amount
    """The most that is paid, in the loan's currency."""
    until_ms: TimeMs
    """When it expires; then the rest goes back by itself."""


@dataclass(frozen=True, slots=True)
class OpenCoverFund:
    """A member or desk sells cover out of capital of its own."""

    fund: Slug
    """The fund's name, never reused."""
    currency: AssetCode
    """In what it covers."""
    capital: Amount
    """What is set aside for claims."""
    exposure_limit: PartAboveZero
    """The largest sum of all covers as a part of the capital."""
    cover_limit: PartAboveZero
    """The largest single cover as a part of the capital."""
    premium_rate: Rate
    """The yearly premium where no account secures the loan, in billionths of the cover."""
    premium_rate_secured: Rate
    """The yearly premium where a collateral account does."""


@dataclass(frozen=True, slots=True)
class ChangeCoverCapital:
    """The fund's owner adds capital, or takes back what no cover needs."""

    fund: Slug
    """The fund."""
    capital: AmountOrZero
    """What is set aside from now on."""


@dataclass(frozen=True, slots=True)
class BuyCover:
    """A lender covers its loan against default and pays the premium."""

    cover: Slug
    """The cover's name; guarantees and covers share their names."""
    fund: Slug
    """The fund."""
    agreement: Slug
    """Whose loan is covered."""
    amount: Amount
    """The most that is paid."""
    until_ms: TimeMs
    """When it expires."""
    premium_max: AmountOrZero
    """The most that the buyer pays for it."""


@dataclass(frozen=True, slots=True)
class RegisterMode:
    """A quorum of members fixes how much more may be borrowed on assets that move with a currency."""

    mode: Slug
    """The mode's name, never reused; its terms never change."""
    currency: AssetCode
    """The currency of the debts."""
    assets: AssetCodes
    """The collateral that its limits are for."""
    borrow_limit: PartAboveZero
    """The largest debt as a part of their value when one borrows or takes back."""
    margin_limit: PartAboveZero
    """Above this part the borrower is called to cure."""
    liquidation_limit: PartAboveZero
    """Above this part the collateral is auctioned at once."""


@dataclass(frozen=True, slots=True)
class CloseMode:
    """A quorum of members lets no more accounts into a mode; those that are in it stay."""

    mode: Slug
    """The mode."""


@dataclass(frozen=True, slots=True)
class EnterMode:
    """Borrower, agent and the lenders of all its loans agree that an account enters a mode."""

    account: Slug
    """The account."""
    mode: Slug
    """The mode."""


@dataclass(frozen=True, slots=True)
class LeaveMode:
    """The borrower's account leaves its mode, if its own limits cover its debts."""

    account: Slug
    """The account."""


CollateralCommand = (
    RegisterPriceFeed
    | ResumePriceFeed
    | SetCollateralPolicy
    | OpenCollateralAccount
    | SecureLoan
    | TopUpCollateral
    | WithdrawCollateral
    | SubstituteCollateral
    | Bid
    | GiveGuarantee
    | OpenCoverFund
    | ChangeCoverCapital
    | BuyCover
    | RegisterMode
    | CloseMode
    | EnterMode
    | LeaveMode
)

COLLATERAL_COMMANDS: Final[tuple[type[CollateralCommand], ...]] = (
    RegisterPriceFeed, ResumePriceFeed, SetCollateralPolicy, OpenCollateralAccount, SecureLoan,
    TopUpCollateral, WithdrawCollateral, SubstituteCollateral, Bid, GiveGuarantee, OpenCoverFund,
    ChangeCoverCapital, BuyCover, RegisterMode, CloseMode, EnterMode, LeaveMode,
)  # fmt: skip
