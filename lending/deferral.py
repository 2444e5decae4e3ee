"""Checks that a batch may fail on its way and must pass at its end.

Alone, a command that fails one of these is refused at once. In a batch its refusal waits: the check
is noted with the step that made it, and asked again, of the state after the last command, whether
it failed on the way or not. So a drawdown may come before its collateral, and a cover that a later
command took away does not stand. It holds no rule: what is asked at the end is in `batches.ends`.
"""

from __future__ import annotations

from enum import StrEnum

from ledger.receipt import Rejected
from lending.scope import Scope


class Check(StrEnum):
    """What is asked at the end of a batch; every name has its line in the table of ends."""

    AGREEMENT_COVER = "AGREEMENT_COVER"
    """The pledge of an agreement covers what is owed on it."""
    ACCOUNT_COVER = "ACCOUNT_COVER"
    """A collateral account covers the debts that it secures, to its borrow limit."""
    COLLATERAL_CAP = "COLLATERAL_CAP"
    """All accounts together hold no more of an asset than its policy allows."""
    LINE_COVER = "LINE_COVER"
    """The collateral of a credit line covers its debt."""
    LINE_LIMITS = "LINE_LIMITS"
    """The debt of a credit line is within its limit, and that of its pool within the pool's."""
    POOL_CAPS = "POOL_CAPS"
    """The deposits of a pool are within its caps."""


def at_end(scope: Scope, check: Check, refused: Rejected | None, *subject: str) -> Rejected | None:
    """The refusal of a check made now; in a batch nothing, and the check is asked again at its end."""
    if scope.deferred is None:
        return refused
    key = (check.value, "/".join(subject))
    has_failed = refused is not None or scope.deferred.get(key, (0, False))[1]
    scope.deferred[key] = (scope.step, has_failed)
    return None


def has_failed(scope: Scope, check: Check, *subject: str) -> bool:
    """Whether a check failed on the way through a batch, so that only its end can judge."""
    if scope.deferred is None:
        return False
    return scope.deferred.get((check.value, "/".join(subject)), (0, False))[1]
