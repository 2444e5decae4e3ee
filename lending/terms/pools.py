"""What a pool fixes for everybody who deposits in it or borrows from it; members approve it once.

The same part as a product's template has for loans: every figure of the policy is here, and it never
changes. Who may borrow how much is not here: that is a credit line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from lending.fields import (
    RATE_UNIT,
    Amount,
    AssetCode,
    Choice,
    Integer,
    OptionalAssetCode,
    Rate,
    Shape,
)

JUNIOR: Final = "JUNIOR"
SENIOR: Final = "SENIOR"
TRANCHES: Final = (SENIOR, JUNIOR)
"""The senior tranche is paid first and bears losses last."""

RATE_LEAST: Final = 1_000_000
"""The lowest bound of an adaptive rate: 0.1 % a year, so that no rate is ever rounded to nothing."""


@dataclass(frozen=True, slots=True)
class PoolTemplate:
    """The policy of a pool."""

    asset: AssetCode
    """The currency that is deposited and lent."""
    rate_model: Annotated[str, Choice(("FIXED", "KINKED", "ADAPTIVE"))]
    """FIXED: borrowers pay base_rate; KINKED: the rate follows utilisation; ADAPTIVE: the rate at
    the target utilisation rises while more is used, and falls while less is."""
    base_rate: Rate
    """The yearly rate of an idle pool, in billionths; of an ADAPTIVE one the first rate at target."""
    kink: Rate
    """The utilisation from which the rate rises steeply, ADAPTIVE: the target; 0 for FIXED."""
    rise_below: Rate
    """How much the rate rises from idle to the kink; 0 but for KINKED."""
    rise_above: Rate
    """How much it rises from the kink to full use; 0 but for KINKED."""
    spread: Rate
    """The part of the yearly rate that the manager keeps: lenders earn the rate less this."""
    reserve_factor: Rate
    """The part of the lenders' interest that goes to the reserve, in billionths."""
    senior_rate: Rate
    """The yearly rate that the senior tranche gets before the junior gets anything."""
    senior_part_max: Rate
    """The largest part of all deposits that may be senior, below the whole; 0 for no such tranche."""
    supply_cap: Amount
    """The most that all deposits together may come to by a deposit."""
    borrow_cap: Amount
    """The most that all debts together may come to by a borrowing."""
    reward_asset: OptionalAssetCode
    """What depositors are rewarded with beside interest; empty for nothing."""
    steepness: Rate
    """ADAPTIVE: how many times the rate at target is the rate at full use, in billionths; its
    inverse at no use. 0 for the other models."""
    adaptation_speed: Annotated[int, Integer(0, 1_000 * RATE_UNIT)]
    """ADAPTIVE: how fast the curve moves a year where use is farthest from target, in billionths."""
    rate_least: Rate
    """ADAPTIVE: the lowest yearly rate at target."""
    rate_most: Rate
    """ADAPTIVE: the highest yearly rate at target."""


POOL_TEMPLATE_SHAPE = Shape(PoolTemplate)


def pool_template_problem(template: PoolTemplate) -> str:
    """Why the parts of a template contradict each other; empty if they do not."""
    curve = (template.kink, template.rise_below, template.rise_above)
    if template.rate_model == "FIXED" and any(curve):
        return "a fixed rate has no kink and no rise"
    if template.rate_model == "ADAPTIVE" and any(curve[1:]):
        return "an adaptive rate has no rise"
    if template.rate_model != "FIXED" and not 0 < template.kink < RATE_UNIT:
        return "kink is not between 0 and 100 %"
    if problem := _adaptation_problem(template):
        return problem
    if template.reserve_factor > RATE_UNIT:
        return "reserve_factor is above the whole interest"
    if template.senior_part_max >= RATE_UNIT:
        return "senior_part_max leaves no room for the junior tranche"
    if template.senior_rate and not template.senior_part_max:
        return "senior_rate without a senior tranche"
    return ""


def _adaptation_problem(template: PoolTemplate) -> str:
    figures = (
        template.steepness, template.adaptation_speed, template.rate_least, template.rate_most,
    )  # fmt: skip
    if template.rate_model != "ADAPTIVE":
        return "only an adaptive rate has a steepness, a speed and bounds" if any(figures) else ""
    if template.steepness < RATE_UNIT:
        return "steepness is below one: the rate would fall with use"
    if not RATE_LEAST <= template.rate_least <= template.base_rate <= template.rate_most:
        return "base_rate is not between rate_least, itself 0.1 % or more, and rate_most"
    return ""
