"""Properties of impairment: the allowance in the journal is the sum of what each loan requires, always."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from lending.commands.impairment import DefaultRate
from lending.impairment.assessing import default_rate, expected_loss
from lending.records.impairment import ImpairmentPolicy
from tests.properties.test_lending import AMOUNTS, LOANS, LendingWorld
from tests.scenarios import impairment_invariants, risk_invariants

UNIT = 10**9
PARTS = st.sampled_from([0, 1, 2, 10**7, UNIT // 2, UNIT - 1, UNIT])


class ImpairedWorld(LendingWorld):
    """Loans with policies, marks and flags from some moment on, and figures of risk beside them."""

    @rule(
        one=PARTS, two=PARTS, three=PARTS, secured=PARTS, days=st.sampled_from([0, 1, 30]),
        first=st.sampled_from([30, 60, 120]),
    )  # fmt: skip
    def set_policy(
        self, one: int, two: int, three: int, secured: int, days: int, first: int
    ) -> None:
        rates = tuple(
            {"stage": stage, "days": at, "grade": "", "rate": rate}
            for stage, at, rate in ((1, 0, one), (2, 0, two), (2, 60, three), (3, 0, UNIT))
        )
        self.ask(
            "alpha", "set_impairment_policy", "beta", "delta", asset="USD", stage_2_days=first,
            stage_3_days=max(first, 90), downgrade_steps=0, loss_unsecured=UNIT,
            loss_secured=secured, haircut=10**8, revalue_days=days, rates=rates,
        )  # fmt: skip

    @rule(days=st.sampled_from([0, 30]))
    def monitor(self, days: int) -> None:
        self.ask("alpha", "set_monitoring", "beta", "delta", refresh_days=days)

    @rule(name=st.sampled_from(LOANS), amount=AMOUNTS)
    def mark(self, name: str, amount: int) -> None:
        self.ask(self.parties[name][0], "mark_loan", loan=name, amount=amount, reason="judged")

    @rule(name=st.sampled_from(LOANS))
    def unmark(self, name: str) -> None:
        self.ask(self.parties[name][0], "unmark_loan", loan=name, reason="model")

    @rule(name=st.sampled_from(LOANS), word=st.sampled_from(["YES", "NO"]))
    def flag(self, name: str, word: str) -> None:
        lender = self.parties[name][0]
        self.ask(lender, "flag_forbearance", loan=name, is_forborne=word, reason="helped")

    @invariant()
    def allowances_are_those_of_the_whole_state(self) -> None:
        impairment_invariants.check(self.world.state)
        risk_invariants.check(self.world.state)


TestImpairedWorld = ImpairedWorld.TestCase
TestImpairedWorld.settings = settings(max_examples=15, stateful_step_count=40)


def policy(loss_unsecured: int, loss_secured: int) -> ImpairmentPolicy:
    return ImpairmentPolicy("USD", 1, 30, 90, 0, loss_unsecured, loss_secured, 0, 0, (), b"", 0, 0)


@given(
    exposure=st.integers(0, 2**63), covered=st.integers(0, 2**63), rate=PARTS, unsecured=PARTS,
    secured=PARTS,
)  # fmt: skip
def test_an_expected_loss_is_never_more_than_the_claim_and_falls_with_cover(
    exposure: int, covered: int, rate: int, unsecured: int, secured: int
) -> None:
    covered, secured = min(covered, exposure), min(secured, unsecured)
    found = expected_loss(exposure, covered, rate, policy(unsecured, secured))
    assert 0 <= found <= exposure
    if covered < exposure:
        assert expected_loss(exposure, covered + 1, rate, policy(unsecured, secured)) <= found


def test_a_grade_s_own_line_comes_first_and_then_the_most_days() -> None:
    rates = (
        DefaultRate(2, 0, "", 1), DefaultRate(2, 60, "", 2), DefaultRate(2, 0, "B", 3),
        DefaultRate(1, 0, "", 4),
    )  # fmt: skip
    assert default_rate(rates, 2, 30, "") == 1
    assert default_rate(rates, 2, 90, "A") == 2
    assert default_rate(rates, 2, 90, "B") == 3
    assert default_rate(rates, 1, 0, "B") == 4
