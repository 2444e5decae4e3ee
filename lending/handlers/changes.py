"""Changes of running loans: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.changes.calls import call_loan
from lending.changes.offers import propose_change, sign_change, withdraw_change
from lending.changes.refinancing import refinance
from lending.commands.changes import (
    AgreeFloating,
    CallLoan,
    ProposeChange,
    Refinance,
    SignChange,
    WithdrawChange,
)
from lending.handlers.table import on, on_loan
from lending.products.floating import agree_floating

CHANGES_HANDLERS: Final = (
    on_loan(ProposeChange, propose_change),
    on_loan(SignChange, sign_change),
    on_loan(WithdrawChange, withdraw_change),
    on_loan(Refinance, refinance),
    on_loan(CallLoan, call_loan),
    on(AgreeFloating, agree_floating),
)
