"""The records of fee schedules, their links, and the fees of a loan; bytes are in `lending.records`."""

from __future__ import annotations

from dataclasses import dataclass

from lending.records import RecordCodec, pair
from lending.terms.fees import FeeTerms, fee_values, fees_from_values


@dataclass(frozen=True, slots=True)
class FeeScheduleVersion:
    """One version of a fee schedule; what it says never changes."""

    name: str
    """The schedule."""
    version: int
    """1, 2, 3, ..."""
    proposer: str
    """The member that proposed it."""
    approvals: tuple[str, ...]
    """The members that approved, ascending."""
    is_active: bool
    """Whether a quorum approved, so that it may be linked."""
    terms: FeeTerms
    """What it says."""


@dataclass(frozen=True, slots=True)
class FeeLink:
    """Which schedule counts for a product, a facility or a pool."""

    schedule: str
    """The schedule; empty for none."""
    version: int
    """Its version."""


@dataclass(frozen=True, slots=True)
class FeeLinkVote:
    """A link that members vote on."""

    approvals: tuple[str, ...]
    """The members that approved, ascending."""


@dataclass(frozen=True, slots=True)
class LoanFees:
    """What a loan's agreement was offered with, and what its lender owes to those who serve it."""

    schedule: str
    """The schedule that its product was linked to when it was offered; empty for none."""
    version: int
    """The version of it."""
    servicer: str
    """Who gets the agreed spread; empty for nobody."""
    spread: int
    """The yearly spread, in billionths."""
    lender: str
    """Who owes the claims."""
    interest: int
    """Interest that was billed and not paid, for which the claims are."""
    claims: tuple[tuple[str, int], ...]
    """What the lender owes of it, and to whom: it pays when it is paid."""
    billed: int
    """All interest that was served."""
    earned: int
    """What all who served it have earned of it."""
    passed_on: int
    """What of that the lender has paid."""


FEE_SCHEDULE = RecordCodec(FeeScheduleVersion, terms=pair(fee_values, fees_from_values))
FEE_LINK = RecordCodec(FeeLink)
FEE_LINK_VOTE = RecordCodec(FeeLinkVote)
LOAN_FEES = RecordCodec(LoanFees)
