"""The commands of impairment: how loans are staged and provided for, and a lender's own judgement.

They are read like those of `lending.commands`, whose table they join. Nothing here decides anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

from lending.fields import (
    RATE_UNIT,
    AmountOrZero,
    AssetCode,
    Choice,
    Days,
    Integer,
    Reference,
    Several,
    Shape,
    Slug,
    Text,
)

Part = Annotated[int, Integer(0, RATE_UNIT)]
"""A part of a whole in billionths, nothing and all of it included."""
DaysPastDue = Annotated[int, Integer(0, 120)]
"""Days past due; loans are counted at 0, 30, 60, 90 and 120."""
GradeName = Annotated[
    str, Text(re.compile(r"[A-Za-z0-9+-]{0,16}"), "a grade, or nothing for every grade")
]
"""A grade of the credit model, or nothing."""


@dataclass(frozen=True, slots=True)
class DefaultRate:
    """A line of the table of default: how probable it is for loans of a stage."""

    stage: Annotated[int, Integer(1, 3)]
    """Of loans in this stage."""
    days: DaysPastDue
    """At least so many days past due."""
    grade: GradeName
    """Of borrowers of this grade; empty for all."""
    rate: Part
    """How probable default is, in billionths: within a year in stage 1, ever in stages 2 and 3."""


@dataclass(frozen=True, slots=True)
class SetImpairmentPolicy:
    """A quorum of members fixes how loans in a currency are staged and provided for."""

    asset: AssetCode
    """The currency."""
    stage_2_days: Annotated[int, Integer(30, 120)]
    """From so many days past due a loan is in stage 2."""
    stage_3_days: Annotated[int, Integer(30, 120)]
    """From so many days past due, or in default, it is in stage 3."""
    downgrade_steps: Annotated[int, Integer(0, 16)]
    """So many grades worse than at first it is in stage 2; 0 for never."""
    loss_unsecured: Part
    """What is lost in default of what no collateral covers, in billionths."""
    loss_secured: Part
    """What is lost in default of what collateral covers, in billionths."""
    haircut: Part
    """What the value of collateral is reduced by, in billionths."""
    revalue_days: Days
    """Every so many days the clock assesses all loans anew, at the prices of then; 0 for once."""
    rates: Annotated[tuple[DefaultRate, ...], Several(Shape(DefaultRate), 3, 64)]
    """The table of default; of the lines that fit, a grade's own comes first, then the most days."""


@dataclass(frozen=True, slots=True)
class MarkLoan:
    """The lender puts its own judgement in place of the expected loss of a loan, up or down."""

    loan: Slug
    """The loan."""
    amount: AmountOrZero
    """What of the claim is written down, at most all of it."""
    reason: Reference
    """Why."""


@dataclass(frozen=True, slots=True)
class UnmarkLoan:
    """The lender takes its mark back: the expected loss counts again."""

    loan: Slug
    """The loan."""
    reason: Reference
    """Why."""


@dataclass(frozen=True, slots=True)
class FlagForbearance:
    """The lender says that it has made concessions to a borrower in difficulty, or no longer does."""

    loan: Slug
    """The loan."""
    is_forborne: Annotated[str, Choice(("YES", "NO"))]
    """Whether it has."""
    reason: Reference
    """Why."""


ImpairmentCommand = SetImpairmentPolicy | MarkLoan | UnmarkLoan | FlagForbearance
IMPAIRMENT_COMMANDS: Final = (SetImpairmentPolicy, MarkLoan, UnmarkLoan, FlagForbearance)
