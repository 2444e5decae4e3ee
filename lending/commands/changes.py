"""What can be asked about changing a running loan: one frozen dataclass per command.

They are registered with all others in `lending.commands`. docs/lend/commands.md has each field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lending.fields import (
    Choice,
    Count,
    DayMs,
    Days,
    Integer,
    Rate,
    SignedRate,
    Slug,
    TermsDigest,
    TimeMs,
)

KINDS = ("AMENDMENT", "RESCHEDULING", "REAMORTISATION", "REAGEING", "HOLIDAY")
TREATMENTS = ("KEPT", "CAPITALISED", "SPREAD", "CARRIED")


@dataclass(frozen=True, slots=True)
class ProposeChange:
    """Lender or borrower offers to change a running loan; signed by both it is agreed at once."""

    loan: Slug
    """The loan."""
    change: Slug
    """The name of the change, once for each loan."""
    kind: Annotated[str, Choice(KINDS)]
    """What kind of change it is; docs/lend/changes.md says what each may set."""
    effective_ms: DayMs
    """The day on which it comes into force, after what falls due on that day."""
    rate: Rate
    """The yearly rate from that day on, in billionths."""
    installments: Annotated[int, Integer(0, 600)]
    """How many installments are then left to pay; 0 for as many as are."""
    first_due_ms: Annotated[int, Integer(0, 7_258_118_400_000)]
    """When the first of them falls due, the others following by the cycle; 0 for no new dates."""
    treatment: Annotated[str, Choice(TREATMENTS)]
    """What becomes of arrears (REAGEING) or of a holiday's interest (HOLIDAY); else KEPT."""
    count: Annotated[int, Integer(0, 60)]
    """Over how many installments arrears are SPREAD, or how many a HOLIDAY skips; else 0."""
    valid_until_ms: TimeMs
    """The last moment to sign; then the offer lapses by itself."""


@dataclass(frozen=True, slots=True)
class SignChange:
    """The other party agrees."""

    loan: Slug
    """The loan."""
    change: Slug
    """The change."""
    terms_digest: TermsDigest
    """The digest of the loan, the change and all its terms."""


@dataclass(frozen=True, slots=True)
class WithdrawChange:
    """The proposer takes its offer back, or the other party declines it."""

    loan: Slug
    """The loan."""
    change: Slug
    """The change."""


@dataclass(frozen=True, slots=True)
class Refinance:
    """The borrower draws a concluded agreement and pays an old loan off with it, both or neither."""

    agreement: Slug
    """The new agreement."""
    loan: Slug
    """The loan that is paid off, with its interest and fees."""


@dataclass(frozen=True, slots=True)
class CallLoan:
    """The lender of a callable loan asks for all of it; after the notice it is due."""

    loan: Slug
    """The loan."""


@dataclass(frozen=True, slots=True)
class AgreeFloating:
    """Lender and borrower, both signing, let the rate of a concluded agreement follow an index."""

    agreement: Slug
    """The agreement; its own rate holds until the first reset."""
    index: Slug
    """The index."""
    margin: SignedRate
    """What is added to it, in billionths a year."""
    rate_floor: Rate
    """The lowest rate."""
    rate_cap: Rate
    """The highest rate."""
    fallback_rate: Rate
    """The rate where no fixing can be used."""
    every: Count
    """After how many installments the rate is reset, each time."""
    lag_days: Days
    """How many days before a reset its fixing is taken."""
    age_max_days: Days
    """How much older than that the newest fixing may be."""


ChangeCommand = ProposeChange | SignChange | WithdrawChange | Refinance | CallLoan | AgreeFloating

CHANGE_COMMANDS: tuple[type[ChangeCommand], ...] = (
    ProposeChange,
    SignChange,
    WithdrawChange,
    Refinance,
    CallLoan,
    AgreeFloating,
)
"""In the order of the documentation."""
