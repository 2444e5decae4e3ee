"""What can be asked of covenants: one frozen dataclass per command.

They are registered with all others in `lending.commands`. docs/lend/commands.md has each field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lending.fields import Amount, DayMs, Nested, Slug
from lending.terms.covenants import COVENANT_SHAPE, CovenantTerms, SignedAmount


@dataclass(frozen=True, slots=True)
class AgreeCovenant:
    """Borrower and lender (of a facility its agent), both signing, agree on a covenant."""

    covenant: Slug
    """Its name."""
    agreed: Annotated[CovenantTerms, Nested(COVENANT_SHAPE)]
    """What is agreed."""


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """The borrower says where a figure stood on a test day; the auditor signs too, if one is agreed."""

    covenant: Slug
    """The covenant."""
    test_ms: DayMs
    """The test day."""
    numerator: SignedAmount
    """The figure, above the line."""
    denominator: Amount
    """The figure, below the line."""


@dataclass(frozen=True, slots=True)
class PayEquityCure:
    """Somebody else than the borrower pays the agreed amount, and the open breach is cured."""

    covenant: Slug
    """The covenant."""
    amount: Amount
    """What is paid: exactly what was agreed."""


@dataclass(frozen=True, slots=True)
class WaiveBreach:
    """The lender, or every lender of a facility that signed, waives a breach."""

    covenant: Slug
    """The covenant."""
    test_ms: DayMs
    """The test day of the breach; of a cross default the day on which it was opened."""


CovenantCommand = AgreeCovenant | ReportFigure | PayEquityCure | WaiveBreach

COVENANT_COMMANDS: tuple[type[CovenantCommand], ...] = (
    AgreeCovenant, ReportFigure, PayEquityCure, WaiveBreach,
)  # fmt: skip
"""In the order of the documentation."""
