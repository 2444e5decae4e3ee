"""Properties of corrections: a corrected loan is the loan that would have been, and money is conserved.

Two worlds: in one a payment is booked late, twice, or on the wrong loan, and corrected; in the other
it is booked as it should have been. Loans and books are the same in the end, to the last unit.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from ledger.receipt import Applied, Rejected
from lending import keys, queries, records
from lending.records import Loan
from tests.properties.test_lending import LOANS, LendingWorld
from tests.scenarios import impairment_invariants, lending_invariants, risk_invariants
from tests.scenarios.lending_world import DAY_MS, World
from tests.unit.lending.test_cost import agree

AMOUNTS = st.sampled_from([1, 2, 8_884, 8_885, 8_886, 17_770, 50_000, 99_999, 10**6])


def market() -> World:
    """Two loans of one borrower, with figures of risk, and corrections allowed."""
    world = World()
    world.send("mint", "issue_cash", holder="alpha", asset="USD", amount=10**9, reference="a")
    world.send("mint", "issue_cash", holder="acme", asset="USD", amount=10**7, reference="b")
    outcome = world.send(
        "alpha", "set_correction_policy", "beta", "delta", product="personal", version=1,
        days_max=366,
    )  # fmt: skip
    assert isinstance(outcome, Applied)
    world.send("alpha", "set_monitoring", "beta", "delta", refresh_days=0)
    agree(world, "l1")
    agree(world, "l2")
    return world


def wait(world: World, days: int) -> None:
    """Begin a block at midnight, so many days later."""
    world.begin(world.now_ms - world.now_ms % DAY_MS + days * DAY_MS)


def loan_in(world: World, name: str) -> Loan:
    found = records.LOAN.get(world.state, keys.loan(name))
    assert found is not None
    return found


def correct(world: World, **fields: int | str) -> object:
    usual = {"effective_ms": 0, "to_loan": "", "reason": "test", "payment": 1}
    return world.send("alpha", "correct_payment", "acme", **{**usual, **fields})


def same_books(first: World, second: World) -> None:
    for owner in ("alpha", "acme"):
        assert queries.balances(first.state, owner) == queries.balances(second.state, owner)
    for world in (first, second):
        lending_invariants.check(world.state)
        risk_invariants.check(world.state)
    assert loan_in(first, "l1") == loan_in(second, "l1")
    assert loan_in(first, "l2") == loan_in(second, "l2")


@settings(max_examples=25)
@given(amount=AMOUNTS, paid=st.integers(1, 60), late=st.integers(1, 50), more=st.integers(0, 20))
def test_a_backdated_payment_leaves_what_it_would_have_left(
    amount: int, paid: int, late: int, more: int
) -> None:
    right, wrong = market(), market()
    wait(right, paid)
    wait(wrong, paid)
    day_ms = right.now_ms
    assert isinstance(right.send("acme", "repay", loan="l1", amount=amount), Applied)
    wait(wrong, late)
    assert isinstance(wrong.send("acme", "repay", loan="l1", amount=amount), Applied)
    wait(wrong, more)
    wait(right, late)
    wait(right, more)
    outcome = correct(wrong, loan="l1", kind="BACKDATE", effective_ms=day_ms)
    if isinstance(outcome, Applied):
        same_books(wrong, right)
    else:
        assert isinstance(outcome, Rejected)
        assert outcome.code in ("CORRECTION_IMPOSSIBLE", "WRONG_STATUS")
        is_over = loan_in(wrong, "l1").status == "REPAID"
        assert is_over or outcome.facts["reason"] == "NO_DIFFERENCE"


@settings(max_examples=15)
@given(amount=AMOUNTS, paid=st.integers(1, 60), more=st.integers(0, 70))
def test_a_reversed_payment_never_was_and_a_moved_one_is_where_it_belongs(
    amount: int, paid: int, more: int
) -> None:
    bounced, moved, never, right = market(), market(), market(), market()
    worlds = (bounced, moved, never, right)
    for world in worlds:
        wait(world, paid)
    bounced.send("acme", "repay", loan="l1", amount=amount)
    moved.send("acme", "repay", loan="l1", amount=amount)
    right.send("acme", "repay", loan="l2", amount=amount)
    for world in worlds:
        wait(world, more)
    if loan_in(moved, "l1").status == "REPAID":
        assert isinstance(correct(moved, loan="l1", kind="REVERSE"), Rejected)
        return
    assert isinstance(correct(bounced, loan="l1", kind="REVERSE"), Applied)
    same_books(bounced, never)
    assert isinstance(correct(moved, loan="l1", kind="MOVE", to_loan="l2"), Applied)
    same_books(moved, right)


class CorrectedWorld(LendingWorld):
    """The world of loans in which payments are corrected at random."""

    def __init__(self) -> None:
        super().__init__()
        for product in ("personal", "secured"):
            self.ask(
                "alpha", "set_correction_policy", "beta", "delta", product=product, version=1,
                days_max=366,
            )  # fmt: skip
        self.ask("alpha", "set_monitoring", "beta", "delta", refresh_days=0)
        rates = tuple(
            {"stage": stage, "days": 0, "grade": "", "rate": 3 * 10**8 * stage}
            for stage in (1, 2, 3)
        )
        self.ask(
            "alpha", "set_impairment_policy", "beta", "delta", asset="USD", stage_2_days=30,
            stage_3_days=90, downgrade_steps=0, loss_unsecured=10**9, loss_secured=0, haircut=0,
            revalue_days=0, rates=rates,
        )  # fmt: skip

    @rule(
        name=st.sampled_from(LOANS), other=st.sampled_from(("", *LOANS)),
        kind=st.sampled_from(["BACKDATE", "REVERSE", "MOVE"]), payment=st.integers(1, 4),
        days=st.sampled_from([0, 1, 16, 31, 62]),
    )  # fmt: skip
    def correct(self, name: str, other: str, kind: str, payment: int, days: int) -> None:
        lender, borrower = self.parties[name]
        today_ms = self.world.now_ms - self.world.now_ms % DAY_MS
        self.ask(
            lender, "correct_payment", borrower, loan=name, payment=payment, kind=kind,
            effective_ms=today_ms - days * DAY_MS if kind == "BACKDATE" else 0,
            to_loan=other if kind == "MOVE" else "", reason="random",
        )  # fmt: skip

    @invariant()
    def derived_records_follow(self) -> None:
        risk_invariants.check(self.world.state)
        impairment_invariants.check(self.world.state)


TestCorrectedWorld = CorrectedWorld.TestCase
TestCorrectedWorld.settings = settings(max_examples=15, stateful_step_count=40)
