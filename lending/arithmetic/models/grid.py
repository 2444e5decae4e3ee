"""Contractual rates: an index with spread, cap and floor, and margins by grade or by ratio.

Source: LMA and LSTA facility agreements, margin ratchets and benchmark provisions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models.sites import MARGIN
from lending.arithmetic.money import mul_div


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRate:
    """A rate that follows an index. Rates are in parts of `unit`."""

    unit: int
    """The number that means 1."""
    multiplier: int
    """The index is multiplied by this."""
    spread: int = 0
    """Added to it."""
    index_floor: int | None = None
    """The least value of the index itself that counts."""
    cap: int | None = None
    """The highest rate."""
    floor: int | None = None
    """The lowest rate."""
    most_rise: int | None = None
    """The most by which one reset may raise the rate."""
    most_fall: int | None = None
    """The most by which one reset may lower it."""

    def __post_init__(self) -> None:
        """Refuse a cap below the floor; raises InvalidTerms."""
        if self.cap is not None and self.floor is not None and self.cap < self.floor:
            raise InvalidTerms("cap", "is below the floor")

    def reset(self, index: int, margin: int = 0, before: int | None = None) -> int:
        """Return the rate at an index value, with a margin from a grid, after the rate `before`."""
        if self.index_floor is not None:
            index = max(index, self.index_floor)
        rate = mul_div(index, self.multiplier, self.unit, MARGIN.rounding) + self.spread + margin
        if before is not None:
            rate = _between(
                rate,
                None if self.most_fall is None else before - self.most_fall,
                None if self.most_rise is None else before + self.most_rise,
            )
        return _between(rate, self.floor, self.cap)


def _between(value: int, least: int | None, most: int | None) -> int:
    if least is not None:
        value = max(value, least)
    return value if most is None else min(value, most)


@dataclass(frozen=True, slots=True)
class Grid:
    """Margins by level of a figure: a credit score, a leverage ratio."""

    steps: tuple[tuple[int, int], ...]
    """(from this value of the figure on, this margin), ascending; the first is for everything below."""

    def __post_init__(self) -> None:
        """Refuse an empty or unordered grid; raises InvalidTerms."""
        values = [value for value, _ in self.steps]
        if not values or values != sorted(set(values)):
            raise InvalidTerms("grid", "is empty or does not ascend")

    def margin(self, figure: int) -> int:
        """Return the margin at a value of the figure, which belongs to the step that it reaches."""
        place = bisect_right(self.steps, figure, key=lambda step: step[0])
        return self.steps[max(place - 1, 0)][1]


def tiered(amount: int, tiers: Sequence[tuple[int, int]], unit: int) -> int:
    """Return a charge by tiers: each part of an amount at the rate of its tier, rounded once.

    `tiers` are (lower bound, rate in parts of `unit`), ascending from 0; an amount at a bound is still
    wholly below it.
    """
    bounds = [bound for bound, _ in tiers]
    if not bounds or bounds[0] != 0 or bounds != sorted(set(bounds)):
        raise InvalidTerms("tiers", "do not ascend from 0")
    total = 0
    for number, (bound, rate) in enumerate(tiers):
        upper = amount if number + 1 == len(tiers) else min(amount, tiers[number + 1][0])
        total += max(upper - bound, 0) * rate
    return mul_div(total, 1, unit, MARGIN.rounding)
