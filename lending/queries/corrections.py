"""What can be asked of the committed state about corrections: a loan's payments as they stand.

Pure functions of one version of the state, like `lending.queries`; results are plain values.
"""

from __future__ import annotations

from ledger.overlay import StateReader
from lending import keys, records
from lending.queries import Facts
from lending.records import corrections as stored


def payments(state: StateReader, loan: str) -> Facts | None:
    """The payments of a loan, numbered as correct_payment asks for; None for an unknown loan.

    `days_max` is None where the loan's product allows no corrections; then none are noted.
    """
    record = records.LOAN.read(state, keys.loan(loan))
    if record is None:
        return None
    policy = stored.CORRECTION_POLICY.read(
        state, keys.correction_policy(record.product, record.version)
    )
    found = stored.PAYMENTS.read(state, keys.payments(loan))
    listed = () if found is None else found.payments
    return {
        "loan": loan,
        "asset": record.asset,
        "days_max": None if policy is None else policy.days_max,
        "corrections": 0 if found is None else found.corrections,
        "payments": [
            {"number": number, "time_ms": time_ms, "offered": offered}
            for number, (time_ms, offered) in enumerate(listed, 1)
        ],
    }
