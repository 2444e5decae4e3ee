"""The commands of corrections: which products allow them, and what was wrong with a payment.

They are read like those of `lending.commands`, whose table they join. Nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from lending.fields import Choice, DayMs, Integer, OptionalSlug, Reference, Slug, Version


@dataclass(frozen=True, slots=True)
class SetCorrectionPolicy:
    """A quorum of members lets payments on loans of a product be corrected, for so many days."""

    product: Slug
    """The product."""
    version: Version
    """Its version."""
    days_max: Annotated[int, Integer(1, 366)]
    """How many days back a correction may reach."""


@dataclass(frozen=True, slots=True)
class CorrectPayment:
    """A payment was booked wrongly: it came earlier, was not one, or was meant for another loan."""

    loan: Slug
    """The loan on which it was booked."""
    payment: Annotated[int, Integer(1, 600)]
    """Which of the loan's payments, from 1, as they are now in order of time."""
    kind: Annotated[str, Choice(("BACKDATE", "REVERSE", "MOVE"))]
    """BACKDATE: it came on an earlier day. REVERSE: it bounced. MOVE: it was for another loan."""
    effective_ms: DayMs
    """With BACKDATE the midnight of the day on which it came; 0 with the others."""
    to_loan: OptionalSlug
    """With MOVE the loan that it was meant for; empty with the others."""
    reason: Reference
    """Why, in the words of the parties."""


CorrectionCommand = SetCorrectionPolicy | CorrectPayment
CORRECTION_COMMANDS: Final = (SetCorrectionPolicy, CorrectPayment)
