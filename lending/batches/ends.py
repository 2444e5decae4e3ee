"""What must hold at the end of a batch: one line per check that its commands may fail on the way.

A table, no rule: each function asks of the state as it is what its command asked of what was to be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ledger.receipt import Rejected
from lending.collateral.accounts import check_account, check_supply
from lending.deferral import Check
from lending.pools.collateral import check_line
from lending.pools.credit import check_limits
from lending.pools.deposits import check_caps
from lending.products.security import check_pledge
from lending.scope import Scope

End = Callable[[Scope, tuple[str, ...]], Rejected | None]

ENDS: Final[dict[Check, End]] = {
    Check.AGREEMENT_COVER: lambda scope, subject: check_pledge(scope, *subject),
    Check.ACCOUNT_COVER: lambda scope, subject: check_account(scope, *subject),
    Check.COLLATERAL_CAP: lambda scope, subject: check_supply(scope, subject[0], subject[1]),
    Check.LINE_COVER: lambda scope, subject: check_line(scope, *subject),
    Check.LINE_LIMITS: lambda scope, subject: check_limits(scope, *subject),
    Check.POOL_CAPS: lambda scope, subject: check_caps(scope, *subject),
}
"""By what each check is asked again; it takes what the check was about."""


def check_ends(scope: Scope) -> tuple[int, Rejected] | None:
    """The first check, in the order in which they were made, that the state now fails.

    With the step that made it last.
    """
    for (check, subject), (step, _) in (scope.deferred or {}).items():
        if refused := ENDS[Check(check)](scope, tuple(subject.split("/"))):
            return step, refused
    return None
