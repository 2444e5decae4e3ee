"""Properties of the books of the past: what the index says is what the state says, to the last unit.

The world is that of the properties of lending; at its end every statement is compared with the
records, and every loan's life is lived again from its own events.
"""

from __future__ import annotations

from hypothesis import settings

from ledger.store import prefix_end
from lending import keys, records
from lending.books import accrual, ledgers
from lending.chart import Account
from lending.journal import balance_of
from lending.records import Loan, LoanStatus
from tests.properties.test_lending import LENDERS, LendingWorld


class BookedWorld(LendingWorld):
    """The world of loans, whose books are read at its end."""

    def teardown(self) -> None:
        super().teardown()
        self.world.begin(self.world.now_ms)
        for _, raw in self.world.state.iterate(keys.LOAN, prefix_end(keys.LOAN)):
            loan = records.LOAN.decode(raw)
            self._statement_is_the_record(loan)
            self._life_comes_out_the_same(loan)
        for lender in LENDERS:
            self._interest_sums_to_the_journal(lender)
            self._ledger_runs_to_the_balance(lender)

    def _statement_is_the_record(self, loan: Loan) -> None:
        last = self.world.height - 1
        found = ledgers.debt_statement(
            self.world.index, loan.borrower, loan.asset, loan.name, last, limit=1_000
        )
        assert found["principal_owed"] == loan.balance + sum(bill.principal for bill in loan.bills)
        assert found["interest_owed"] == sum(bill.interest for bill in loan.bills)
        assert found["fees_owed"] == sum(bill.fees for bill in loan.bills)

    def _life_comes_out_the_same(self, loan: Loan) -> None:
        if not loan.recovered:
            state, reader, now_ms = self.world.state, self.world.index, self.world.now_ms
            assert accrual.loan_at(state, reader, loan, now_ms, now_ms) is not None
            drawn = accrual.loan_at(state, reader, loan, loan.start_ms, now_ms)
            assert drawn is not None
            assert (drawn.balance, drawn.status) == (loan.principal, LoanStatus.PERFORMING)

    def _interest_sums_to_the_journal(self, lender: str) -> None:
        state, reader = self.world.state, self.world.index
        rows = accrual.lender_accrual(state, reader, lender, self.world.now_ms)["loans"]
        assert isinstance(rows, list)
        income = balance_of(state, lender, Account.INTEREST_INCOME, "USD")
        receivable = balance_of(state, lender, Account.INTEREST_RECEIVABLE, "USD")
        assert sum(row["billed"] for row in rows) == -income
        assert sum(row["unpaid"] for row in rows) == receivable
        assert all(row["earned"] >= row["billed"] >= row["received"] for row in rows)

    def _ledger_runs_to_the_balance(self, owner: str) -> None:
        head = self.world.height - 1
        account = f"{owner}/cash/USD"
        whole = ledgers.account_ledger(self.world.index, account, 0, head, limit=1_000)
        assert whole["closing"] == balance_of(self.world.state, owner, Account.CASH, "USD")
        for middle in (1, head // 2):
            first = ledgers.account_ledger(self.world.index, account, 0, middle, limit=1_000)
            second = ledgers.account_ledger(
                self.world.index, account, middle + 1, head, limit=1_000
            )
            assert first["closing"] == second["opening"]
            assert [*first["entries"], *second["entries"]] == whole["entries"]  # type: ignore[misc]
        statement = ledgers.party_statement(self.world.index, owner, "USD", 0, head, limit=1_000)
        entries = statement["entries"]
        assert isinstance(entries, list)
        assert sum(row["amount"] for row in entries) == 0


TestBookedWorld = BookedWorld.TestCase
TestBookedWorld.settings = settings(max_examples=15, stateful_step_count=30)
