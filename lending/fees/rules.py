"""What a rule of a fee schedule charges on an amount, and who gets what of it. Pure.

The arithmetic of tiers and of sharing out is that of all fees of the house (`lending.support`).
"""

from __future__ import annotations

from dataclasses import dataclass

from lending.support.distribution import distribute
from lending.support.fee_tiers import fee_of, tiers_problem
from lending.terms.fees import APPLIES, FeeRule, FeeTerms

Weights = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee that was worked out."""

    occasion: str
    """When it is charged."""
    amount: int
    """On how much."""
    fee: int
    """How much it is."""
    parts: Weights
    """Who gets what of it; they sum to it."""
    is_netted: bool
    """Whether it comes out of the money that is paid out."""


@dataclass(frozen=True, slots=True)
class Payees:
    """Who stands for the parts of a rule."""

    platform: str
    """Who gets the platform's parts."""
    agent: str
    """Who gets the agent's."""
    arranger: str
    """Who gets the arranger's."""
    members: Weights
    """Who shares the members', and by which weights."""


def payees_of(terms: FeeTerms, platform: str, agent: str, lenders: Weights) -> Payees:
    """Those whom the schedule names; where it names nobody, those of the deal."""
    return Payees(
        terms.platform or platform, terms.agent or agent, terms.arranger, terms.sharers or lenders
    )


def rule_of(terms: FeeTerms, occasion: str) -> FeeRule | None:
    """The rule for an occasion, if there is one."""
    return next((rule for rule in terms.rules if rule.occasion == occasion), None)


def amount_of(rule: FeeRule, amount: int) -> int:
    """The fee on an amount, between its least and its largest; nothing costs nothing."""
    if not amount:
        return 0
    fee = max(fee_of(rule, amount), rule.minimum)
    return min(fee, rule.maximum) if rule.maximum else fee


def charge(rule: FeeRule, amount: int, payees: Payees, most: int | None = None) -> Charge:
    """A fee, shared out by largest remainder: platform, agent, arranger, then member by member.

    `most` is the money that a netted fee comes out of: the fee is never more.
    """
    fee = amount_of(rule, amount)
    if most is not None:
        fee = min(fee, most)
    platform, agent, arranger, common = distribute(
        fee, (rule.platform_parts, rule.agent_parts, rule.arranger_parts, rule.member_parts)
    )
    each = distribute(common, tuple(weight for _, weight in payees.members))
    merged: dict[str, int] = {}
    for name, part in (
        (payees.platform, platform), (payees.agent, agent), (payees.arranger, arranger),
        *zip((name for name, _ in payees.members), each, strict=True),
    ):  # fmt: skip
        if part:
            merged[name] = merged.get(name, 0) + part
    return Charge(rule.occasion, amount, fee, tuple(merged.items()), rule.collection == "NETTED")


def largest_fitting(rule: FeeRule, amount: int, left: int) -> int:
    """The largest part of `amount` that fits into `left` together with its own fee.

    Found by halving: where the fee of a whole-amount tier falls at its boundary, a larger one might
    fit again, and is not looked for.
    """
    low, high = 0, min(amount, left)
    if high + amount_of(rule, high) <= left:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        if middle + amount_of(rule, middle) <= left:
            low = middle
        else:
            high = middle - 1
    return low


def terms_problem(terms: FeeTerms) -> tuple[str, str] | None:
    """The field of a schedule that makes no sense, and why."""
    occasions = [rule.occasion for rule in terms.rules]
    if len(set(occasions)) != len(occasions):
        return "rules", "are for different occasions"
    for rule in terms.rules:
        if problem := tiers_problem(rule):
            return rule.occasion, problem
        if rule.maximum and rule.minimum > rule.maximum:
            return rule.occasion, "minimum is above maximum"
        if not _parts(rule):
            return rule.occasion, "nobody gets a part"
        if rule.platform_parts and not terms.platform:
            return rule.occasion, "has parts of a platform that there is not"
        if rule.arranger_parts and not terms.arranger:
            return rule.occasion, "has parts of an arranger that there is not"
    return None


def link_problem(terms: FeeTerms, kind: str) -> str:
    """Why a schedule cannot count for something of a kind; empty if it can."""
    rules = [rule for rule in terms.rules if rule.occasion in APPLIES[kind]]
    if not rules:
        return "has no rule for it"
    if (
        kind not in ("FACILITY", "SERVICE")
        and not terms.agent
        and any(r.agent_parts for r in rules)
    ):
        return "has parts of an agent that there is not"
    if kind in ("POOL", "SERVICE") and not terms.sharers and any(r.member_parts for r in rules):
        return "has parts of members that it does not name"
    return ""


def _parts(rule: FeeRule) -> int:
    return rule.platform_parts + rule.agent_parts + rule.arranger_parts + rule.member_parts
