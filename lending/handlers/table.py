"""How a line of the tables is made: the command, its handler, and what must be up to date before it.

What is brought up to date is the clock's work: the rules of compliance are asked of the rest only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from ledger.receipt import Rejected
from lending import keys
from lending.clock import catch_up
from lending.collateral.book import account_of
from lending.commands import Command
from lending.commands.collateral import SecureLoan
from lending.facilities.work import catch_up_facility
from lending.scope import Scope

C = TypeVar("C", bound=Command)
Handler = Callable[[Scope, Command], Rejected | None]


def on(command: type[C], handler: Callable[[Scope, C], Rejected | None]) -> tuple[type, Handler]:
    """A line of a table."""
    return command, cast("Handler", handler)


def on_loan(
    command: type[C], handler: Callable[[Scope, C], Rejected | None], field: str = "loan"
) -> tuple[type, Handler]:
    """For commands about a loan: what the clock has not got round to yet comes first."""

    def up_to_date(scope: Scope, given: C) -> Rejected | None:
        catch_up(scope, keys.loan(getattr(given, field)))
        scope.reviewed = len(scope.events)
        return handler(scope, given)

    return on(command, up_to_date)


def on_facility(
    command: type[C], handler: Callable[[Scope, C], Rejected | None]
) -> tuple[type, Handler]:
    """For commands about a facility: what the clock has not got round to yet comes first."""

    def up_to_date(scope: Scope, given: C) -> Rejected | None:
        catch_up_facility(scope, getattr(given, "facility"))  # noqa: B009
        scope.reviewed = len(scope.events)
        return handler(scope, given)

    return on(command, up_to_date)


def on_account(
    command: type[C], handler: Callable[[Scope, C], Rejected | None]
) -> tuple[type, Handler]:
    """For commands about a collateral account: its loans are brought up to date first."""

    def up_to_date(scope: Scope, given: C) -> Rejected | None:
        account = account_of(scope, cast("SecureLoan", given).account)
        for name in () if account is None else account.loans:
            catch_up(scope, keys.loan(name))
        scope.reviewed = len(scope.events)
        return handler(scope, given)

    return on(command, up_to_date)
