"""The records of corrections: which products allow them, and the payments of their loans."""

from __future__ import annotations

from dataclasses import dataclass

from ledger import codec
from lending.records import RecordCodec, pair


@dataclass(frozen=True, slots=True)
class CorrectionPolicy:
    """That payments on loans of a product may be corrected."""

    days_max: int
    """How many days back a correction may reach."""


@dataclass(frozen=True, slots=True)
class Payments:
    """The payments of a loan as they stand, corrections included."""

    payments: tuple[tuple[int, int], ...]
    """When each came and what was offered, in order of time."""
    corrections: int
    """How many corrections there were."""


CORRECTION_POLICY = RecordCodec(CorrectionPolicy)
PAYMENTS = RecordCodec(
    Payments,
    payments=pair(
        lambda value: value,
        lambda value: tuple((item[0], item[1]) for item in map(codec.items, codec.items(value))),
    ),
)
