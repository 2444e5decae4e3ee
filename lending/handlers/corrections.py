"""Corrections of payments: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from ledger.receipt import Rejected
from lending import keys
from lending.books.correcting import correct_payment, set_correction_policy
from lending.clock import catch_up
from lending.commands.corrections import CorrectPayment, SetCorrectionPolicy
from lending.handlers.table import on, on_loan
from lending.scope import Scope


def correct_up_to_date(scope: Scope, command: CorrectPayment) -> Rejected | None:
    """The loan that a payment is moved to is brought up to date as well."""
    catch_up(scope, keys.loan(command.to_loan))
    return correct_payment(scope, command)


CORRECTION_HANDLERS: Final = (
    on(SetCorrectionPolicy, set_correction_policy),
    on_loan(CorrectPayment, correct_up_to_date),
)
