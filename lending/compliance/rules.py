"""Which rules of compliance there are at all, and the vote that sets them."""

from __future__ import annotations

from typing import Final

from lending import credit_keys
from lending.records import compliance as stored
from lending.records.compliance import Rules
from lending.scope import Scope

NONE: Final = Rules(
    0, has_limits=False, has_eligibility=False, has_exposures=False, has_policies=False,
    thresholds=(), reports=0,
)  # fmt: skip
"""Nothing was ever asked for."""


def rules_of(scope: Scope) -> Rules | None:
    """Which rules there are; None where compliance was never configured."""
    return stored.RULES.get(scope.state, credit_keys.RULES)


def put_rules(scope: Scope, rules: Rules) -> None:
    """Set which rules there are."""
    stored.RULES.put(scope.state, credit_keys.RULES, rules)
