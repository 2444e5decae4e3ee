"""Impairment: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.commands.impairment import (
    FlagForbearance,
    MarkLoan,
    SetImpairmentPolicy,
    UnmarkLoan,
)
from lending.handlers.table import on, on_loan
from lending.impairment.policies import (
    flag_forbearance,
    mark_loan,
    set_impairment_policy,
    unmark_loan,
)

IMPAIRMENT_HANDLERS: Final = (
    on(SetImpairmentPolicy, set_impairment_policy),
    on_loan(MarkLoan, mark_loan),
    on_loan(UnmarkLoan, unmark_loan),
    on_loan(FlagForbearance, flag_forbearance),
)
