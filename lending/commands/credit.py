"""The commands of credit: score models, agencies and attestations, who may see a score.

They are read like those of `lending.commands`, whose table they join. Nothing here decides anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

from lending.fields import (
    AMOUNT_MAX,
    RATE_MAX,
    Choice,
    Integer,
    Names,
    PartyId,
    Rows,
    Slug,
    TermsDigest,
    Text,
    TimeMs,
    Version,
)
from lending.terms.credit import FACTORS, KINDS, SCORE_MAX

GRADE_TEXT: Final = Text(re.compile(r"[A-Z][A-Z0-9+-]{0,3}"), "a grade such as A or BB+")
Points = Annotated[int, Integer(0, SCORE_MAX)]
"""Points of a score."""
Weights = Annotated[
    tuple[tuple[str, int, int, int], ...],
    Rows(
        (
            Choice(FACTORS),
            Integer(1, 1_000_000),
            Integer(-SCORE_MAX, SCORE_MAX),
            Integer(0, SCORE_MAX),
        ),
        1,
        len(FACTORS),
    ),
]
"""Rows of factor, step, points for each full step of it, and the most points in all."""
Grades = Annotated[tuple[tuple[str, int], ...], Rows((GRADE_TEXT, Integer(0, SCORE_MAX)), 1, 16)]
"""Grades and the least score of each, the best first, the last from 0."""
Bands = Annotated[
    tuple[tuple[str, int, int, int, int], ...],
    Rows(
        (
            GRADE_TEXT,
            Integer(0, AMOUNT_MAX),
            Integer(0, AMOUNT_MAX),
            Integer(0, RATE_MAX),
            Integer(0, RATE_MAX),
        ),
        0,
        16,
    ),
]
"""Rows of grade, the largest loan, the most owed in all, the lowest and the highest rate."""
Kind = Annotated[str, Choice(KINDS)]
"""What is attested."""
Class = Annotated[int, Integer(0, 10)]
"""The class of what was found: 10 is best; the figures behind it stay outside."""
Jurisdiction = Annotated[
    str, Text(re.compile(r"(?:[A-Z]{2})?"), "a country of two letters, or nothing")
]
"""A country by ISO 3166, or the empty string."""


@dataclass(frozen=True, slots=True)
class ProposeCreditModel:
    """A member proposes a version of the score model; signatures of others approve it at once."""

    version: Version
    """1 for the first, else one more than the newest."""
    base: Points
    """Where everybody begins."""
    weights: Weights
    """What counts, and how much."""
    grades: Grades
    """Which score has which grade."""


@dataclass(frozen=True, slots=True)
class ApproveCreditModel:
    """Every member that signed approves; at a quorum the version is the one that counts."""

    version: Version
    """The version."""


@dataclass(frozen=True, slots=True)
class RegisterAgency:
    """A quorum of members fixes what an outside agency may attest; nothing, from then on nothing."""

    agency: PartyId
    """The agency's party."""
    kinds: Annotated[tuple[str, ...], Names(Choice(KINDS), 0, len(KINDS))]
    """What it may attest."""


@dataclass(frozen=True, slots=True)
class Attest:
    """An agency says what it found about somebody; a new word replaces its old one."""

    subject: PartyId
    """About whom."""
    kind: Kind
    """What was found out."""
    found: Class
    """The class of what was found, or the level of the identity check."""
    jurisdiction: Jurisdiction
    """Where the subject is at home, for KYC; empty for anything else."""
    until_ms: TimeMs
    """Until when it counts."""
    commitment: TermsDigest
    """The salted digest of the document; the document and the salt stay outside."""


@dataclass(frozen=True, slots=True)
class RevokeAttestation:
    """An agency takes back what it said."""

    subject: PartyId
    """About whom."""
    kind: Kind
    """What it had said."""


@dataclass(frozen=True, slots=True)
class GrantCreditAccess:
    """The sender lets somebody ask for its score; until now, or any time over, ends it."""

    reader: PartyId
    """Who may ask."""
    until_ms: TimeMs
    """Until when; 0 to end it."""


@dataclass(frozen=True, slots=True)
class SetCreditPolicy:
    """A quorum of members says what a version of a product offers each grade; no rows, no policy."""

    product: Slug
    """The product."""
    version: Version
    """The version."""
    bands: Bands
    """Which grades are served, how much, and at which rates."""


CreditCommand = (
    ProposeCreditModel
    | ApproveCreditModel
    | RegisterAgency
    | Attest
    | RevokeAttestation
    | GrantCreditAccess
    | SetCreditPolicy
)

CREDIT_COMMANDS: Final[tuple[type[CreditCommand], ...]] = (
    ProposeCreditModel, ApproveCreditModel, RegisterAgency, Attest, RevokeAttestation,
    GrantCreditAccess, SetCreditPolicy,
)  # fmt: skip
"""In the order of the documentation."""
