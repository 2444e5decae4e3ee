"""What can be asked of a facility and of an index: one frozen dataclass per command.

They are registered with all others in `lending.commands`. docs/lend/commands.md has each field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lending.fields import (
    Amount,
    AmountOrZero,
    Choice,
    DayMs,
    Days,
    Integer,
    Nested,
    OptionalSlug,
    PartyId,
    PartyIds,
    SignedRate,
    Slug,
    TermsDigest,
    Threshold,
)
from lending.terms.facilities import FACILITY_SHAPE, FacilityTerms

MATTERS = ("MARGIN", "MATURITY", "FORGIVENESS", "HOLIDAY", "ACCELERATION")


@dataclass(frozen=True, slots=True)
class RegisterIndex:
    """A quorum of members makes an index known, and who reports its fixings."""

    index: Slug
    """The name of the index."""
    sources: PartyIds
    """Who may report a fixing."""
    quorum: Threshold
    """How many reports publish it."""
    correction_days: Days
    """How many days after its day a published fixing may be corrected."""


@dataclass(frozen=True, slots=True)
class ReportFixing:
    """A source says where an index stood on a day; a quorum publishes the median."""

    index: Slug
    """The index."""
    day_ms: DayMs
    """The day."""
    value: SignedRate
    """The index, in billionths a year."""


@dataclass(frozen=True, slots=True)
class CorrectFixing:
    """A source says that a published fixing was wrong; a quorum replaces it by their median."""

    index: Slug
    """The index."""
    day_ms: DayMs
    """The day of the published fixing."""
    value: SignedRate
    """What it should have been."""


@dataclass(frozen=True, slots=True)
class ProposeFacility:
    """A party of a facility proposes it; whoever signed with it has signed."""

    facility: Slug
    """The name of the facility."""
    terms: Annotated[FacilityTerms, Nested(FACILITY_SHAPE)]
    """What is agreed."""


@dataclass(frozen=True, slots=True)
class SignFacility:
    """Every party that signed agrees; with the last one the facility is effective."""

    facility: Slug
    """The facility."""
    terms_digest: TermsDigest
    """The digest of its terms."""


@dataclass(frozen=True, slots=True)
class WithdrawFacility:
    """A party ends the offer of a facility."""

    facility: Slug
    """The facility."""


@dataclass(frozen=True, slots=True)
class DrawFacility:
    """The borrower requests a drawdown: funded at once, or by the clock after the notice."""

    facility: Slug
    """The facility."""
    tranche: Slug
    """The tranche."""
    amount: Amount
    """How much."""


@dataclass(frozen=True, slots=True)
class RepayFacility:
    """The borrower pays what is due, and prepays a tranche with the rest."""

    facility: Slug
    """The facility."""
    tranche: OptionalSlug
    """What is prepaid with more than is due; empty to pay what is due only."""
    amount: Amount
    """The most that is to be taken."""


@dataclass(frozen=True, slots=True)
class CancelCommitment:
    """The borrower gives up undrawn commitments, of all lenders in proportion."""

    facility: Slug
    """The facility."""
    tranche: Slug
    """The tranche."""
    amount: Amount
    """How much."""


@dataclass(frozen=True, slots=True)
class TransferParticipation:
    """A lender sells a part of its commitment, with what is drawn of it, at a price."""

    facility: Slug
    """The facility."""
    tranche: Slug
    """The tranche."""
    buyer: PartyId
    """Who buys; it must sign."""
    amount: Amount
    """How much of the seller's commitment."""
    price: AmountOrZero
    """What the buyer pays the seller."""


@dataclass(frozen=True, slots=True)
class ReinstateLender:
    """Agent and borrower agree that a defaulting lender is none any more."""

    facility: Slug
    """The facility."""
    lender: PartyId
    """The lender."""


@dataclass(frozen=True, slots=True)
class ProposeAmendment:
    """A party of a facility calls a vote; whoever signed with it has voted for it."""

    facility: Slug
    """The facility."""
    amendment: Slug
    """The name of the vote."""
    matter: Annotated[str, Choice(MATTERS)]
    """MARGIN, MATURITY and FORGIVENESS need every lender of the tranche, the others a majority."""
    tranche: OptionalSlug
    """The tranche; empty for ACCELERATION, which is about all."""
    value: Annotated[int, Integer(0, 2**63 - 1)]
    """The new margin, the new maturity, the principal forgiven, the periods of a holiday; or 0."""


@dataclass(frozen=True, slots=True)
class VoteAmendment:
    """Every lender that signed votes; the borrower's signature is its consent."""

    facility: Slug
    """The facility."""
    amendment: Slug
    """The vote."""
    choice: Annotated[str, Choice(("FOR", "AGAINST"))]
    """For or against it."""


FacilityCommand = (
    RegisterIndex
    | ReportFixing
    | CorrectFixing
    | ProposeFacility
    | SignFacility
    | WithdrawFacility
    | DrawFacility
    | RepayFacility
    | CancelCommitment
    | TransferParticipation
    | ReinstateLender
    | ProposeAmendment
    | VoteAmendment
)

FACILITY_COMMANDS: tuple[type[FacilityCommand], ...] = (
    RegisterIndex, ReportFixing, CorrectFixing, ProposeFacility, SignFacility, WithdrawFacility,
    DrawFacility, RepayFacility, CancelCommitment, TransferParticipation, ReinstateLender,
    ProposeAmendment, VoteAmendment,
)  # fmt: skip
"""In the order of the documentation."""
