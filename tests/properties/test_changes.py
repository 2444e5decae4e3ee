"""Properties of changes of running loans: whatever is changed when, what is owed is kept to the unit.

The world of test_lending with changes among everything else, from an empty market; after each step
all invariants of money and lives, and at the end the same again in a second world, byte for byte.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from ledger.receipt import Applied
from lending import keys, queries, records
from lending.arithmetic import InvalidTerms
from lending.changes.replan import replan
from lending.products import timetable
from lending.records import Loan, LoanStatus
from lending.terms import TEMPLATE_SHAPE, Template
from tests.properties.test_lending import LOANS, TEMPLATES, LendingWorld
from tests.scenarios.lending_world import DAY_MS, PERSONAL, time_ms

START_MS = time_ms("2015-08-01")
KINDS = st.sampled_from(["AMENDMENT", "RESCHEDULING", "REAMORTISATION", "REAGEING", "HOLIDAY"])
COUNTS = st.sampled_from([0, 1, 2, 3, 11, 12, 13, 24, 60, 61, 600])


class ChangingWorld(LendingWorld):
    """A world in which loans are changed, too; some capitalise, can be called, cost fees."""

    def __init__(self) -> None:
        super().__init__()
        self.ask(
            "alpha", "propose_product", "beta", "delta", product="dear", version=1,
            template={
                **PERSONAL, "default_rate": 180_000_001, "prepayment_fee": ((0, 19_999_999), (2, 1)),
                "capitalised_max": 12, "notice_days": 10,
            },
        )  # fmt: skip

    @rule(
        name=st.sampled_from(LOANS),
        principal=st.sampled_from([10_000, 99_999]),
        installments=st.sampled_from([1, 2, 12]),
        capitalised=st.sampled_from([0, 0, 1, 11, 12]),
    )
    def agree_dearly(self, name: str, principal: int, installments: int, capitalised: int) -> None:
        terms = {
            "product": "dear", "version": 1, "lender": "beta", "borrower": "acme", "asset": "USD",
            "principal": principal, "rate": 122_900_000, "installments": installments,
            "collateral_asset": "", "available_until_ms": self.world.now_ms + DAY_MS,
            "signatories": (), "capitalised": capitalised,
        }  # fmt: skip
        outcome = self.ask("acme", "propose_agreement", "beta", agreement=name, terms=terms)
        if isinstance(outcome, Applied):
            self.parties[name] = "beta", "acme"
        self.ask("acme", "draw_down", agreement=name)

    @rule(name=st.sampled_from(LOANS))
    def call(self, name: str) -> None:
        self.ask(self.parties[name][0], "call_loan", loan=name)

    def pay(self, name: str, amount: int) -> None:
        """M13: never more than offered or than would pay off; the payoff pays the loan off."""
        payoff = queries.payoff(self.world.state, name, self.world.now_ms)
        borrower = self.parties[name][1]
        cash = queries.balance(self.world.state, borrower, "cash", "USD")
        outcome = self.ask(borrower, "repay", loan=name, amount=amount)
        if isinstance(outcome, Applied):
            [taken] = [fields["taken"] for event, fields in outcome.events if event == "repaid"]
            assert payoff is not None
            assert cash is not None
            total = int(str(payoff["total"]))
            assert taken <= min(amount, total)
            assert queries.balance(self.world.state, borrower, "cash", "USD") == cash - taken
            if amount >= total:
                loan = self.loan(name)
                assert taken == total
                assert loan is not None
                assert loan.status is LoanStatus.REPAID

    @rule(
        name=st.sampled_from(LOANS),
        kind=KINDS,
        days=st.sampled_from([-1, 0, 1, 20, 40, 200]),
        rate=st.sampled_from([-1, 0, 1, 60_000_000, 400_000_000, 400_000_001]),
        installments=COUNTS,
        first_days=st.sampled_from([0, 0, 1, 21, 45, 400]),
        treatment=st.sampled_from(["KEPT", "CAPITALISED", "SPREAD", "CARRIED"]),
        count=st.sampled_from([0, 0, 1, 2, 3, 12, 13, 60]),
    )
    def change(
        self, name: str, kind: str, days: int, rate: int, installments: int, first_days: int,
        treatment: str, count: int,
    ) -> None:  # fmt: skip
        """Both agree on a change; rate -1 stands for the loan's own."""
        today_ms = self.world.now_ms - self.world.now_ms % DAY_MS
        loan = self.loan(name)
        same = 0 if loan is None else loan.rate
        lender, borrower = self.parties[name]
        self.ask(
            borrower, "propose_change", lender, loan=name, change=f"c{len(self.asked)}", kind=kind,
            effective_ms=today_ms + days * DAY_MS, rate=same if rate < 0 else rate,
            installments=installments, treatment=treatment, count=count,
            first_due_ms=today_ms + first_days * DAY_MS if first_days else 0,
            valid_until_ms=self.world.now_ms + DAY_MS,
        )  # fmt: skip
        # What is asked about a loan in this very block would not know of the change yet.
        now_ms = self.world.now_ms + 1
        self.asked.append(lambda world: world.begin(now_ms))
        self.world.begin(now_ms)

    @rule(name=st.sampled_from(LOANS), count=st.sampled_from([1, 2, 12]), is_kept=st.booleans())
    def take_a_holiday(self, name: str, count: int, is_kept: bool) -> None:
        self.change(name, "HOLIDAY", 0, -1, 0, 0, "CARRIED" if is_kept else "CAPITALISED", count)

    @rule(name=st.sampled_from(LOANS), count=st.sampled_from([0, 1, 2, 3]))
    def start_anew(self, name: str, count: int) -> None:
        """Arrears become principal, or are spread."""
        treatment = "SPREAD" if count else "CAPITALISED"
        self.change(name, "REAGEING", 0, -1, 12, 0, treatment, count)

    @rule(old=st.sampled_from(LOANS), new=st.sampled_from(LOANS))
    def refinance(self, old: str, new: str) -> None:
        self.ask(self.parties[old][1], "refinance", agreement=new, loan=old)

    def loan(self, name: str) -> Loan | None:
        """The loan of a name."""
        return records.LOAN.get(self.world.state, keys.loan(name))


TestChangingWorld = ChangingWorld.TestCase
TestChangingWorld.settings = settings(max_examples=25, stateful_step_count=40)


@settings(max_examples=150)
@given(
    TEMPLATES,
    st.integers(1, 10**9),
    st.integers(0, 10**9),
    st.integers(1, 60),
    st.integers(0, 400),
    st.integers(0, 10**9),
    st.integers(1, 60),
    st.integers(0, 100),
)
def test_a_new_plan_keeps_what_is_owed_and_repays_it(
    changes: dict[str, str], principal: int, rate: int, count: int, days: int, new_rate: int,
    new_count: int, first_days: int,
) -> None:  # fmt: skip
    """Balance and bills stay, interest is counted to the day once, and the new plan ends at nothing."""
    template = TEMPLATE_SHAPE.read({**PERSONAL, **changes})
    day_ms = START_MS + days * DAY_MS
    loan = timetable.projected(template, drawn(template, principal, rate, count), day_ms)
    if not loan.due_ms:
        return
    first_ms = day_ms + first_days * DAY_MS if first_days else 0
    try:
        after = replan(template, loan, day_ms, new_rate, new_count, first_ms)
    except InvalidTerms:
        return
    assert (after.balance, after.bills) == (loan.balance, loan.bills)
    accrued, _ = timetable.prepayment_interest(template, loan, day_ms)
    assert accrued - 1 <= after.carried_interest <= accrued
    left = timetable.remaining(template, after)
    assert len(left) <= new_count
    assert left[0].due > day_ms
    assert sum(each.principal for each in left) == loan.balance
    assert left[-1].balance_after == 0
    again = replan(template, after, day_ms, new_rate, new_count, first_ms)
    assert replace(again, plan_number=after.plan_number) == after


def drawn(template: Template, principal: int, rate: int, count: int) -> Loan:
    """A loan of the first day."""
    dates = timetable.timetable(template, rate, START_MS, count)
    return Loan(
        name="l1", lender="alpha", borrower="acme", asset="USD", product="p", version=1,
        principal=principal, rate=rate, installments=count, start_ms=START_MS,
        level=dates.level(1, principal), status=LoanStatus.PERFORMING, balance=principal, number=1,
        due_ms=timetable.due_ms(dates, 1), accrued_from_ms=START_MS, carried_interest=0, bills=(),
        bucket=0, paid_fees=0, paid_interest=0, paid_principal=0, written_off=0, recovered=0,
        plan_start_ms=START_MS, plan_first_ms=0, plan_number=0, deferred_to=0,
        is_capitalised=False, capitalised=0, change="", change_ms=0, changes=0, reaged=0, reset_number=0,
        fixing_ms=0,
    )  # fmt: skip
