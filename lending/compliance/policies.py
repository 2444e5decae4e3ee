"""Policies by grade among the rules of compliance: that there are any, and when they are asked."""

from __future__ import annotations

from dataclasses import replace

from ledger.receipt import Rejected
from lending.commands.credit import SetCreditPolicy
from lending.compliance.deals import Deal
from lending.compliance.rules import NONE, put_rules, rules_of
from lending.credit.policy import check_policy, set_credit_policy
from lending.scope import Scope


def set_policy(scope: Scope, command: SetCreditPolicy) -> Rejected | None:
    """Set the table of a version, and have it asked from now on."""
    if refused := set_credit_policy(scope, command):
        return refused
    put_rules(scope, replace(rules_of(scope) or NONE, has_policies=True))
    return None


def check_grade(scope: Scope, deal: Deal) -> Rejected | None:
    """The rule: a product serves the borrower's grade, so much and at such rates."""
    if deal.kind != "PRODUCT":
        return None
    return check_policy(
        scope,
        deal.name,
        deal.version,
        deal.borrower,
        deal.asset,
        deal.principal,
        deal.rate,
        is_drawn=deal.is_drawn,
    )
