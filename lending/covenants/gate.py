"""The gate before drawdowns: nothing is drawn of what a covenant has stopped."""

from __future__ import annotations

from ledger.receipt import Rejected
from lending.commands import Command, DrawDown
from lending.commands.facilities import DrawFacility
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.drawstops import stopping


def check_drawstop(scope: Scope, command: Command) -> Rejected | None:
    """Refuse a drawdown that a covenant has stopped."""
    if isinstance(command, DrawDown):
        covenant = stopping(scope.state, "LOAN", command.agreement)
    elif isinstance(command, DrawFacility):
        covenant = stopping(scope.state, "FACILITY", command.facility)
    else:
        return None
    return reject(Rejection.DRAWING_STOPPED, covenant=covenant) if covenant else None
