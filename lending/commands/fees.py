"""What can be asked of fee schedules and of servicing: one frozen dataclass per command.

They are registered with all others in `lending.commands`. docs/lend/commands.md has each field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lending.fields import (
    Choice,
    Integer,
    Nested,
    OptionalSlug,
    PartyId,
    Rate,
    Slug,
    Version,
)
from lending.terms.fees import FEE_TERMS_SHAPE, FeeTerms

LINKED = ("PRODUCT", "FACILITY", "POOL")


@dataclass(frozen=True, slots=True)
class ProposeFeeSchedule:
    """A member proposes a version of a fee schedule; other members that signed approve it at once."""

    schedule: Slug
    """The schedule's name."""
    version: Version
    """1 for a new schedule, else one more than the newest."""
    fees: Annotated[FeeTerms, Nested(FEE_TERMS_SHAPE)]
    """What it says."""


@dataclass(frozen=True, slots=True)
class ApproveFeeSchedule:
    """Every member that signed approves; at a quorum of members the version may be linked."""

    schedule: Slug
    """The schedule's name."""
    version: Version
    """The version."""


@dataclass(frozen=True, slots=True)
class LinkFeeSchedule:
    """Members vote that a schedule counts for a product, a facility or a pool; at a quorum it does."""

    kind: Annotated[str, Choice(LINKED)]
    """What the schedule is for."""
    subject: Slug
    """The product, the facility or the pool."""
    subject_version: Annotated[int, Integer(0, 65_535)]
    """The version of the product; 0 for the others."""
    schedule: OptionalSlug
    """The schedule; empty to take the link away."""
    version: Annotated[int, Integer(0, 65_535)]
    """Its version; 0 to take the link away."""


@dataclass(frozen=True, slots=True)
class AgreeServicing:
    """Lender and servicer, both signing, agree on a spread of a loan's interest, or end it."""

    agreement: Slug
    """The agreement of the loan."""
    servicer: PartyId
    """Who collects the loan for the lender."""
    spread: Rate
    """What of the yearly rate is the servicer's, in billionths; 0 ends it."""


FeeCommand = ProposeFeeSchedule | ApproveFeeSchedule | LinkFeeSchedule | AgreeServicing

FEE_COMMANDS: tuple[type[FeeCommand], ...] = (
    ProposeFeeSchedule, ApproveFeeSchedule, LinkFeeSchedule, AgreeServicing,
)  # fmt: skip
"""In the order of the documentation."""
