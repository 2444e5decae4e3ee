"""The records of price feeds, collateral accounts, guarantees and cover, next to `lending.records`.

What may happen to them is not written here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import TypeVar, cast

from ledger import codec
from lending.records import Pair, RecordCodec

T = TypeVar("T")


class AccountStatus(StrEnum):
    """Where a collateral account is."""

    OPEN = "OPEN"
    """Its debts are within the margin limit."""
    CALLED = "CALLED"
    """The borrower is called to cure."""
    LIQUIDATING = "LIQUIDATING"
    """Its collateral is on sale."""


class ProtectionStatus(StrEnum):
    """Where a guarantee or cover is in its life."""

    ACTIVE = "ACTIVE"
    """It stands behind the loan."""
    CLAIMED = "CLAIMED"
    """It paid, once; the rest went back."""
    RELEASED = "RELEASED"
    """The loan was repaid."""
    EXPIRED = "EXPIRED"
    """Its time was over."""


@dataclass(frozen=True, slots=True)
class Feed:
    """How a price is agreed, and where the agreement stands."""

    asset: str
    """What is priced."""
    currency: str
    """In what."""
    sources: tuple[str, ...]
    """Who reports."""
    quorum: int
    """How many fresh reports make a price."""
    age_max_ms: int
    """How old a report or a price may be."""
    band: int
    """How far the price may move within an interval, in billionths."""
    interval_ms: int
    """The length of the interval."""
    anchor: int
    """The price at the interval's begin; 0 before the first."""
    anchor_ms: int
    """When the interval began."""
    refused: int
    """The median at which the breaker tripped; 0 if it did not."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one source said last."""

    price: int
    """Minor units of the currency for one whole unit of the asset."""
    reported_ms: int
    """The time of its block."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How an asset counts as collateral for debts in a currency."""

    haircut: int
    """What its value is reduced by, in billionths."""
    share_max: int
    """The largest part of an account's value that it counts for, in billionths."""
    supply_cap: int
    """The most that all accounts together may hold."""
    held: int
    """What they hold."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One asset in an account, with the terms of the day it came in."""

    asset: str
    """What."""
    amount: int
    """How much."""
    haircut: int
    """What its value is reduced by, in billionths."""
    share_max: int
    """The largest part of the account's value that it counts for, in billionths."""
    limit: int
    """Its trigger price: below it the account is looked at; 0 for none."""


@dataclass(frozen=True, slots=True)
class Lot:
    """One asset on sale."""

    asset: str
    """What."""
    start: int
    """The price of a whole unit at the begin."""
    step: int
    """What it falls by in each step."""
    floor: int
    """The lowest price."""


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """What borrower and agent agreed; each figure is that of `open_collateral_account`."""

    borrow_limit: int
    """The largest debt as a part of the value when one borrows or takes back."""
    margin_limit: int
    """Above this part the borrower is called to cure."""
    liquidation_limit: int
    """Above this part the collateral is auctioned at once."""
    cure_ms: int
    """How long the borrower has to cure."""
    close_factor: int
    """The part of the debt that one auction may raise."""
    least_debt: int
    """A debt that would be left below this is closed in full."""
    cost_rate: int
    """The part of the proceeds that the agent keeps."""
    start_premium: int
    """How far above the agreed price an auction begins."""
    step_ms: int
    """After how long the price falls a step."""
    step_rate: int
    """How much it falls, as a part of the agreed price."""
    floor_rate: int
    """The lowest price, as a part of the agreed price."""


@dataclass(frozen=True, slots=True)
class CollateralAccount:
    """Several assets that secure several loans of one borrower."""

    name: str
    """The unique name."""
    owner: str
    """The borrower."""
    agent: str
    """Who keeps the security for the lenders."""
    currency: str
    """The currency of its debts."""
    terms: AccountTerms
    """What was agreed."""
    status: AccountStatus
    """Where it is."""
    holdings: tuple[Holding, ...]
    """What is pledged, in the order of its first pledge."""
    loans: tuple[str, ...]
    """The agreements that it secures, in the order in which they came."""
    alarm_ms: int
    """When the clock looks at it by itself; 0 for never."""
    deadline_ms: int
    """When the cure window or the auction ends; 0 if there is none."""
    auction_ms: int
    """When the auction began; 0 if there is none."""
    lots: tuple[Lot, ...]
    """What is on sale, and at which prices."""
    target: int
    """What the auction has still to raise for the debts."""
    mode: str
    """The correlated-asset mode that it is in; empty for none."""


@dataclass(frozen=True, slots=True)
class Mode:
    """Assets that move with a currency, and how much of their value may be borrowed; never changed."""

    currency: str
    """The currency of the debts."""
    assets: tuple[str, ...]
    """The assets that the limits are for."""
    borrow_limit: int
    """The largest part of their value to borrow, in billionths."""
    margin_limit: int
    """Above this part of it the borrower is called."""
    liquidation_limit: int
    """Above this part of it they are auctioned at once."""
    is_open: bool
    """Whether accounts may enter; those that are in it stay."""


@dataclass(frozen=True, slots=True)
class Protection:
    """Money that stands behind a loan: first-loss capital, a guarantee, or cover by a fund."""

    name: str
    """The unique name."""
    kind: str
    """FIRST_LOSS, GUARANTEE or COVER."""
    payer: str
    """In whose books the money is pledged."""
    fund: str
    """The cover fund; empty for a guarantee."""
    loan: str
    """The agreement whose loan is protected."""
    currency: str
    """In what."""
    amount: int
    """The most that is paid."""
    until_ms: int
    """When it expires."""
    status: ProtectionStatus
    """Where it is in its life."""
    paid: int
    """What it paid."""
    returned: int
    """What of that came back from the borrower's later payments."""


@dataclass(frozen=True, slots=True)
class ProtectionNames:
    """The guarantees and covers of one agreement."""

    names: tuple[str, ...]
    """In the order in which they were given."""


@dataclass(frozen=True, slots=True)
class Fund:
    """A cover fund."""

    name: str
    """The unique name."""
    owner: str
    """In whose books its capital is pledged."""
    currency: str
    """In what it covers."""
    capital: int
    """What is set aside for claims."""
    exposure: int
    """The sum of all covers that are active."""
    exposure_limit: int
    """The largest exposure as a part of the capital, in billionths."""
    cover_limit: int
    """The largest single cover as a part of the capital, in billionths."""
    premium_rate: int
    """The yearly premium where no account secures the loan, in billionths."""
    premium_rate_secured: int
    """The yearly premium where one does, in billionths."""


def _word(words: type[StrEnum]) -> Pair:
    return cast("Pair", (lambda word: word, {str(word): word for word in words}.__getitem__))


def _rows(make: type[T]) -> Pair:
    values = attrgetter(*(field.name for field in fields(make)))  # type: ignore[arg-type]

    def outward(rows: tuple[T, ...]) -> object:
        return tuple(values(row) for row in rows)

    def inward(value: object) -> tuple[T, ...]:
        return tuple(make(*codec.items(item)) for item in codec.items(value))

    return cast("Pair", (outward, inward))


def _row(make: type[T]) -> Pair:
    values = attrgetter(*(field.name for field in fields(make)))  # type: ignore[arg-type]
    return cast("Pair", (values, lambda value: make(*codec.items(value))))


FEED = RecordCodec(Feed)
MODE = RecordCodec(Mode)
REPORT = RecordCodec(Report)
POLICY = RecordCodec(Policy)
ACCOUNT = RecordCodec(
    CollateralAccount,
    terms=_row(AccountTerms),
    status=_word(AccountStatus),
    holdings=_rows(Holding),
    lots=_rows(Lot),
)
PROTECTION = RecordCodec(Protection, status=_word(ProtectionStatus))
PROTECTION_NAMES = RecordCodec(ProtectionNames)
FUND = RecordCodec(Fund)
