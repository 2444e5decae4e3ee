"""The payments of loans whose product allows corrections, noted as they come."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger import codec
from lending import keys
from lending.products.loan import loan_of
from lending.records import corrections as stored
from lending.records.corrections import CorrectionPolicy, Payments
from lending.scope import Scope

PAYMENTS_MAX: Final = 240
"""How many payments of a loan are noted; a loan with more cannot be corrected."""


def correction_policy(scope: Scope, product: str, version: int) -> CorrectionPolicy | None:
    """How far corrections reach, if the product allows any."""
    return stored.CORRECTION_POLICY.get(scope.state, keys.correction_policy(product, version))


def note_payment(scope: Scope, fields: dict[str, codec.Value]) -> None:
    """A loan was paid; nothing is noted where its product allows no corrections."""
    loan = loan_of(scope, str(fields["loan"]))
    if loan is None or correction_policy(scope, loan.product, loan.version) is None:
        return
    key = keys.payments(loan.name)
    before = stored.PAYMENTS.get(scope.state, key) or Payments((), 0)
    if len(before.payments) <= PAYMENTS_MAX:
        noted = (*before.payments, (scope.now_ms, int(fields["offered"])))
        stored.PAYMENTS.put(scope.state, key, replace(before, payments=noted))


PAID: Final = {"repaid": note_payment}
"""The event after which a payment is noted."""
