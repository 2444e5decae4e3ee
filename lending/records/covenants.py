"""The record of a covenant; how records become bytes is in `lending.records`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lending.records import RecordCodec, pair, word
from lending.terms.covenants import CovenantTerms, covenant_from_values, covenant_values


class CovenantStatus(StrEnum):
    """Where a covenant is in its life."""

    WATCHED = "WATCHED"
    """The next test is awaited."""
    BREACHED = "BREACHED"
    """A breach is open: it may be cured or waived until its time is over."""
    ENDED = "ENDED"
    """There are no more tests, or what it was agreed with has ended."""


@dataclass(frozen=True, slots=True)
class Covenant:
    """A covenant as it stands."""

    name: str
    """The unique name."""
    status: CovenantStatus
    """Where it is in its life."""
    terms: CovenantTerms
    """What was agreed."""
    borrower: str
    """Who reports and keeps it."""
    test_ms: int
    """The day of the test that is awaited, or whose breach is open."""
    report: tuple[int, ...]
    """What was reported for it: numerator and denominator; nothing yet."""
    cause: str
    """MISSING, FAILED, or the defaulted loan or facility; empty where no breach is open or in force."""
    until_ms: int
    """When the time to cure the open breach is over; 0 for none."""
    waivers: tuple[str, ...]
    """The lenders that waived it."""
    is_in_force: bool
    """Whether the consequence of a breach was executed and is not lifted."""
    stepped: int
    """By how much the yearly rate was raised and not lowered again, in billionths."""
    held: int
    """What was paid as equity cure and is held aside until a test is passed."""


COVENANT = RecordCodec(
    Covenant,
    status=word(CovenantStatus),
    terms=pair(covenant_values, covenant_from_values),
)
