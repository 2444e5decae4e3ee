"""What a covenant says, as data: the figure, its limit, when it is tested, and what a breach does.

A limit is a fraction of two integers, so a ratio is compared exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from ledger import codec
from lending.fields import (
    AMOUNT_MAX,
    Amount,
    AmountOrZero,
    Choice,
    CycleText,
    DayMs,
    Days,
    Integer,
    OptionalPartyId,
    OptionalSlug,
    Rate,
    Shape,
    Slug,
)

SignedAmount = Annotated[int, Integer(-AMOUNT_MAX, AMOUNT_MAX)]
"""A numerator, which may be below zero."""
FIGURE: Final = "FIGURE"
CROSS_DEFAULT: Final = "CROSS_DEFAULT"


@dataclass(frozen=True, slots=True)
class CovenantTerms:
    """One covenant as it was agreed."""

    subject_kind: Annotated[str, Choice(("LOAN", "FACILITY"))]
    """What it was agreed with."""
    subject: Slug
    """The agreement or the facility."""
    kind: Annotated[str, Choice((FIGURE, CROSS_DEFAULT))]
    """FIGURE: a figure that is reported and tested; CROSS_DEFAULT: the borrower's other debts."""
    figure: OptionalSlug
    """Which figure, such as debt-to-ebitda; empty for CROSS_DEFAULT."""
    operator: Annotated[str, Choice(("AT_MOST", "AT_LEAST", "BELOW", "ABOVE"))]
    """How the figure must stand to its limit."""
    limit_numerator: SignedAmount
    """The limit, above the line."""
    limit_denominator: Amount
    """The limit, below the line."""
    first_test_ms: DayMs
    """The day of the first test."""
    cycle: CycleText
    """How long from one test to the next, such as P3ML1."""
    last_test_ms: DayMs
    """No test is after this day; then the covenant ends."""
    reporting_days: Days
    """How many days after its day a figure may still be reported."""
    cure_days: Days
    """How many days after that a breach may be cured or waived; 0 for none."""
    equity_cure: AmountOrZero
    """What somebody else may pay the borrower instead; 0 if that cures nothing."""
    auditor: OptionalPartyId
    """Who signs each report besides the borrower; empty for nobody."""
    threshold: AmountOrZero
    """CROSS_DEFAULT: from which defaulted debt on, in the asset of the subject."""
    consequence: Annotated[str, Choice(("MARGIN_STEP_UP", "DRAWSTOP", "EVENT_OF_DEFAULT"))]
    """What a breach does that was neither cured nor waived."""
    step_up: Rate
    """MARGIN_STEP_UP: by how much the yearly rate rises, in billionths."""


COVENANT_SHAPE = Shape(CovenantTerms)


def covenant_values(terms: CovenantTerms) -> tuple[codec.Value, ...]:
    """The canonical values of a covenant's terms."""
    return tuple(COVENANT_SHAPE.values(terms))


def covenant_from_values(value: object) -> CovenantTerms:
    """The terms of `covenant_values`."""
    return CovenantTerms(*codec.items(value))
