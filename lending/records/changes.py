"""The record of a change of a running loan; how records become bytes is in `lending.records`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lending.records import RecordCodec, word


class ChangeStatus(StrEnum):
    """Where a change is in its life."""

    OFFERED = "OFFERED"
    """One party signed."""
    AGREED = "AGREED"
    """Both signed; it waits for its day."""
    DONE = "DONE"
    """It is in force."""
    FAILED = "FAILED"
    """On its day the loan was no longer one that it could be made to."""
    WITHDRAWN = "WITHDRAWN"
    """One party did not want it."""
    LAPSED = "LAPSED"
    """Its time was over before both had signed."""


@dataclass(frozen=True, slots=True)
class Change:
    """What lender and borrower agree to change; its terms never change."""

    loan: str
    """The loan."""
    name: str
    """Its name, once for each loan."""
    proposer: str
    """Who offered it: the lender or the borrower."""
    status: ChangeStatus
    """Where it is in its life."""
    kind: str
    """What kind of change it is."""
    effective_ms: int
    """The day on which it comes into force."""
    rate: int
    """The yearly rate from then on, in billionths."""
    installments: int
    """How many installments are then left; 0 for as many as are."""
    first_due_ms: int
    """When the first of them falls due; 0 if dates stay."""
    treatment: str
    """What becomes of arrears or of a holiday's interest."""
    count: int
    """Over how many installments arrears are spread, or how many are skipped."""
    valid_until_ms: int
    """The last moment to sign."""
    terms_digest: bytes
    """The digest that both sign."""


CHANGE = RecordCodec(Change, status=word(ChangeStatus))
