"""Fees by amount: flat, proportional and tiered, and whose part of a fee is what. Pure."""

from __future__ import annotations

from typing import Protocol

from lending.arithmetic import Rounding, divide
from lending.fields import RATE_UNIT
from lending.support.distribution import distribute
from lending.terms.facilities import FeeSchedule


class Tiered(Protocol):
    """Whatever costs a fee by amount: a fee of a facility's terms, or a rule of a fee schedule."""

    @property
    def basis(self) -> str:
        """WHOLE or MARGINAL."""

    @property
    def tiers(self) -> tuple[tuple[int, int, int], ...]:
        """From which amount, the flat part, the part of the amount in billionths."""


def tiers_problem(tiered: Tiered) -> str:
    """What is wrong with tiers; empty if nothing is."""
    starts = [start for start, _, _ in tiered.tiers]
    return "" if starts[0] == 0 and starts == sorted(starts) else "tiers begin at 0 and ascend"


def schedule_problem(schedule: FeeSchedule) -> str:
    """What is wrong with a schedule; empty if nothing is."""
    if problem := tiers_problem(schedule):
        return problem
    if not schedule.agent_parts + schedule.platform_parts + schedule.lender_parts:
        return "nobody gets a part"
    return ""


def fee_of(schedule: Tiered, amount: int) -> int:
    """The fee on an amount; an amount that equals the start of a tier is in that tier.

    WHOLE charges all of it by the tier it reaches. MARGINAL charges what lies in each tier by that
    tier, the flat parts of the tiers reached included. Rounded once, half to even.
    """
    reached = [tier for tier in schedule.tiers if tier[0] <= amount]
    if schedule.basis == "WHOLE":
        _, flat, rate = reached[-1]
        return flat + divide(amount * rate, RATE_UNIT, Rounding.HALF_EVEN)
    ends = [start for start, _, _ in reached[1:]] + [amount]
    product = sum((end - tier[0]) * tier[2] for tier, end in zip(reached, ends, strict=True))
    flats = sum(flat for _, flat, _ in reached)
    return flats + divide(product, RATE_UNIT, Rounding.HALF_EVEN)


def split_fee(
    schedule: FeeSchedule,
    fee: int,
    agent: str,
    platform: str,
    lenders: tuple[tuple[str, int], ...],
) -> tuple[tuple[str, int], ...]:
    """Who gets what of a fee, exactly: agent, platform, then each lender by its weight."""
    parts = (schedule.agent_parts, schedule.platform_parts, schedule.lender_parts)
    agents, platforms, common = distribute(fee, parts)
    each = distribute(common, tuple(weight for _, weight in lenders))
    named = (
        (agent, agents),
        (platform, platforms),
        *zip((n for n, _ in lenders), each, strict=True),
    )
    return tuple((name, amount) for name, amount in named if amount)
