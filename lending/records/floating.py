"""The record of what a floating loan follows; how records become bytes is in `lending.records`."""

from __future__ import annotations

from dataclasses import dataclass

from lending.records import RecordCodec


@dataclass(frozen=True, slots=True)
class Floating:
    """How the rate of a loan follows an index; agreed before the loan is drawn."""

    index: str
    """The index."""
    margin: int
    """What is added to it, in billionths a year."""
    rate_floor: int
    """The lowest rate."""
    rate_cap: int
    """The highest rate."""
    fallback_rate: int
    """The rate where there is no fixing, or none that is young enough."""
    every: int
    """After how many installments the rate is reset, each time."""
    lag_days: int
    """How many days before a reset its fixing is taken."""
    age_max_days: int
    """How much older than that the newest fixing may be."""


FLOATING = RecordCodec(Floating)
