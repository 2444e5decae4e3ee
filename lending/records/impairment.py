"""The records of impairment: the policy of a currency, and what stands behind each loan's allowance."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter

from ledger import codec
from lending.commands.impairment import DefaultRate
from lending.records import RecordCodec, pair


@dataclass(frozen=True, slots=True)
class ImpairmentPolicy:
    """How loans in a currency are staged, and what is expected to be lost of them."""

    asset: str
    """The currency."""
    version: int
    """How often members have set it."""
    stage_2_days: int
    """From so many days past due a loan is in stage 2."""
    stage_3_days: int
    """From so many days past due, or in default, it is in stage 3."""
    downgrade_steps: int
    """So many grades worse than at its first assessment it is in stage 2; 0 for never."""
    loss_unsecured: int
    """What is lost in default of what no collateral covers, in billionths."""
    loss_secured: int
    """What is lost in default of what collateral covers, in billionths."""
    haircut: int
    """What the value of collateral is reduced by, in billionths."""
    revalue_days: int
    """Every so many days the clock assesses all loans anew; 0 for once."""
    rates: tuple[DefaultRate, ...]
    """How probable default is, by stage, days past due and grade."""
    cursor: bytes
    """The last state key that the running walk assessed; empty when none is running."""
    alarm_ms: int
    """When the clock walks next; 0 for never."""
    complete_height: int
    """The block in which the newest walk of this version was complete; 0 before it."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a lender has set aside for a loan, and why."""

    lender: str
    """In whose books."""
    amount: int
    """The allowance."""
    exposure: int
    """What was owed when it was assessed."""
    covered: int
    """What of it collateral covered, after the haircut."""
    stage: int
    """1, 2 or 3; 0 once nothing is owed."""
    default_rate: int
    """The probability of default that was used, in billionths."""
    version: int
    """The version of the policy that was used."""
    first_grade: str
    """The borrower's grade when the loan was first assessed; empty for none."""
    grade: str
    """Its grade now."""
    is_forborne: bool
    """Whether the lender has made concessions."""
    is_marked: bool
    """Whether the lender has put a mark of its own in place of the expected loss."""
    mark: int
    """That mark."""
    reason: str
    """Why the lender last marked or flagged it."""


_RATE_VALUES = attrgetter(*(field.name for field in fields(DefaultRate)))

IMPAIRMENT = RecordCodec(
    ImpairmentPolicy,
    rates=pair(
        lambda rates: tuple(_RATE_VALUES(rate) for rate in rates),
        lambda value: tuple(DefaultRate(*item) for item in codec.items(value)),
    ),
)
ALLOWANCE = RecordCodec(Allowance)
