"""What must hold of the fees of loans after every command, computed the slow and obvious way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys
from lending.chart import Account
from lending.records import Loan
from lending.records import fees as stored


def check(
    state: StateReader,
    balances: Mapping[tuple[str, str], list[int]],
    loans: Mapping[str, Loan],
) -> None:
    """What lenders owe to those who serve their loans is what both sides' books say, claim by claim.

    No more is owed than the interest that is unpaid, and nothing of a loan that has ended.
    """
    owed: dict[tuple[str, str], int] = defaultdict(int)
    due: dict[tuple[str, str], int] = defaultdict(int)
    for key, raw in state.iterate(keys.LOAN_FEES, prefix_end(keys.LOAN_FEES)):
        fees = stored.LOAN_FEES.decode(raw)
        assert stored.LOAN_FEES.encode(fees) == raw, key
        total = sum(amount for _, amount in fees.claims)
        assert all(amount > 0 for _, amount in fees.claims), fees
        assert 0 <= total <= fees.interest <= fees.billed, fees
        assert fees.earned == fees.passed_on + total, fees
        loan = loans.get(key.removeprefix(keys.LOAN_FEES).decode())
        assert loan is not None or not fees.billed
        if loan is None:
            continue
        owed[fees.lender, loan.asset] += total
        for payee, amount in fees.claims:
            due[payee, loan.asset] += amount
    for owner, book in balances.items():
        assert book[Account.SERVICING_PAYABLE] == -owed[owner], owner
        assert book[Account.SERVICING_RECEIVABLE] == due[owner], owner
