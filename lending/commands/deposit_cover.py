"""The commands of cover for deposits and for claims on custodians, and of premiums by class of risk.

They are read like those of `lending.commands`, whose table they join. Nothing here decides anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

from lending.commands.collateral import Part, PartAboveZero, SpanMs
from lending.fields import (
    NAMES_MAX,
    RATE_MAX,
    Amount,
    AmountOrZero,
    AssetCode,
    Choice,
    Integer,
    PartyId,
    Rows,
    Slug,
    Text,
    TimeMs,
)

RISK_CLASS: Final = Text(
    re.compile(r"[A-Z][A-Z0-9+-]{0,3}|SENIOR|JUNIOR|CUSTODIAN"),
    "a grade of borrowers, or SENIOR, JUNIOR, CUSTODIAN",
)
PremiumRates = Annotated[
    tuple[tuple[str, int], ...], Rows((RISK_CLASS, Integer(0, RATE_MAX)), 1, NAMES_MAX)
]
"""Classes of risk and the yearly premium of each, in billionths."""


@dataclass(frozen=True, slots=True)
class SetCoverTerms:
    """The owner of a fund says which risks it covers from now on, and for which premium."""

    fund: Slug
    """The fund."""
    rates: PremiumRates
    """The yearly premium by grade of the borrower, and for deposits by what is covered."""
    subject_limit: PartAboveZero
    """The largest sum of its covers of one pool or custodian, as a part of the capital."""
    waiting_ms: SpanMs
    """How long after it was bought a cover of a deposit begins."""


@dataclass(frozen=True, slots=True)
class CoverDeposit:
    """A depositor covers what it has of a pool's tranche against a loss of the pool."""

    cover: Slug
    """The cover's name, never reused."""
    fund: Slug
    """The fund."""
    pool: PartyId
    """The pool."""
    tranche: Annotated[str, Choice(("SENIOR", "JUNIOR"))]
    """The tranche."""
    amount: Amount
    """The most that is paid; no more than the deposit is worth."""
    until_ms: TimeMs
    """When it expires."""
    premium_max: AmountOrZero
    """The most that the buyer pays for it."""


@dataclass(frozen=True, slots=True)
class CoverHolding:
    """A holder covers what a custodian keeps for it against a loss at the custodian."""

    cover: Slug
    """The cover's name, never reused."""
    fund: Slug
    """The fund."""
    asset: AssetCode
    """What the custodian keeps."""
    units: Amount
    """How much of it is covered; the holder must have it, now and at the event."""
    amount: Amount
    """What a total loss pays; no more than it is worth."""
    until_ms: TimeMs
    """When it expires."""
    premium_max: AmountOrZero
    """The most that the buyer pays for it."""


@dataclass(frozen=True, slots=True)
class DeclareCustodianLoss:
    """A quorum of members declares that a custodian has lost a part of an asset that it kept."""

    asset: AssetCode
    """The asset; its custodian is the one that lost it."""
    loss_rate: Part
    """The part that is lost in all, in billionths; more than was declared before."""


DepositCoverCommand = SetCoverTerms | CoverDeposit | CoverHolding | DeclareCustodianLoss

DEPOSIT_COVER_COMMANDS: Final = (SetCoverTerms, CoverDeposit, CoverHolding, DeclareCustodianLoss)
"""The commands of this part, in the order of the documentation."""
