"""What a fee schedule says: which occasion costs what, and who gets which part of it.

A schedule is data that members approve, version by version, as products are. Amounts are in the
minor unit of the asset of whatever the schedule is linked to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from ledger import codec
from lending.fields import (
    AmountOrZero,
    Choice,
    OptionalPartyId,
    Parts,
    Several,
    Shape,
    Tiers,
    Weights,
)

OCCASIONS: Final = (
    "ORIGINATION", "DRAWDOWN", "WITHDRAWAL", "SERVICING", "PREPAYMENT", "ASSIGNMENT", "SERVICE",
)  # fmt: skip
APPLIES: Final[dict[str, tuple[str, ...]]] = {
    "PRODUCT": ("ORIGINATION", "DRAWDOWN", "SERVICING", "PREPAYMENT"),
    "FACILITY": ("ORIGINATION", "DRAWDOWN", "PREPAYMENT", "ASSIGNMENT"),
    "POOL": ("WITHDRAWAL",),
    "SERVICE": ("SERVICE",),
}
"""What a schedule may be linked to, and which of its rules then count."""


@dataclass(frozen=True, slots=True)
class FeeRule:
    """What one occasion costs and who gets it."""

    occasion: Annotated[str, Choice(OCCASIONS)]
    """When it is charged."""
    basis: Annotated[str, Choice(("WHOLE", "MARGINAL"))]
    """WHOLE: the tier that the amount reaches applies to all of it; MARGINAL: each tier applies to
    what lies in it."""
    tiers: Tiers
    """From which amount on, the flat part, the part of the amount in billionths; ascending from 0."""
    minimum: AmountOrZero
    """The least fee on anything at all."""
    maximum: AmountOrZero
    """The largest fee; 0 for no limit."""
    collection: Annotated[str, Choice(("NETTED", "CHARGED"))]
    """NETTED: out of the money that the occasion pays out; CHARGED: the payer pays it besides."""
    platform_parts: Parts
    """How many parts the platform gets."""
    agent_parts: Parts
    """How many parts the agent gets: of a service, its provider."""
    arranger_parts: Parts
    """How many parts the arranger gets."""
    member_parts: Parts
    """How many parts the members get, among them by their weights."""


FEE_RULE_SHAPE = Shape(FeeRule)


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """A whole schedule."""

    platform: OptionalPartyId
    """Who gets the platform's parts; empty for nobody."""
    agent: OptionalPartyId
    """Who gets the agent's parts; empty for the facility's agent or the service's provider."""
    arranger: OptionalPartyId
    """Who gets the arranger's parts; empty for nobody."""
    sharers: Weights
    """Who gets the members' parts and with which weight; none for those who lend, by what they lend."""
    rules: Annotated[tuple[FeeRule, ...], Several(FEE_RULE_SHAPE, 1, len(OCCASIONS))]
    """The rules, at most one for each occasion."""


FEE_TERMS_SHAPE = Shape(FeeTerms)


def fee_values(terms: FeeTerms) -> tuple[codec.Value, ...]:
    """The canonical values of a schedule, in the order of its fields."""
    *first, rules = FEE_TERMS_SHAPE.values(terms)
    return (*first, tuple(FEE_RULE_SHAPE.values(rule) for rule in rules))


def fees_from_values(value: object) -> FeeTerms:
    """The schedule of `fee_values`."""
    platform, agent, arranger, sharers, rules = codec.items(value)
    read = tuple(FeeRule(*codec.items(rule)) for rule in codec.items(rules))
    return FeeTerms(platform, agent, arranger, sharers, read)
