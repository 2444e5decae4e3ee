"""Covenants: which function carries out which command. A table, no rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from ledger.receipt import Rejected
from lending.commands.covenants import AgreeCovenant, PayEquityCure, ReportFigure, WaiveBreach
from lending.covenants.agreeing import (
    agree_covenant,
    pay_equity_cure,
    report_figure,
    waive_breach,
)
from lending.covenants.work import catch_up_covenant
from lending.handlers.table import Handler, on
from lending.scope import Scope

C = TypeVar("C", ReportFigure, PayEquityCure, WaiveBreach)


def _on_covenant(
    command: type[C], handler: Callable[[Scope, C], Rejected | None]
) -> tuple[type, Handler]:
    """For commands about a covenant: what the clock has not got round to yet comes first."""

    def up_to_date(scope: Scope, given: C) -> Rejected | None:
        catch_up_covenant(scope, given.covenant)
        return handler(scope, given)

    return on(command, up_to_date)


COVENANTS_HANDLERS: Final = (
    on(AgreeCovenant, agree_covenant),
    _on_covenant(ReportFigure, report_figure),
    _on_covenant(PayEquityCure, pay_equity_cure),
    _on_covenant(WaiveBreach, waive_breach),
)
