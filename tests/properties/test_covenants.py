"""Covenants and services: any market, any order; what is set aside is explained, alarms are never late."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger import codec
from ledger.receipt import Applied, Outcome, Rejected
from lending import queries as lending_queries
from lending.covenants.book import is_kept
from lending.fields import AMOUNT_MAX
from lending.queries import covenants as queries
from lending.rejections import Rejection
from lending.terms.covenants import COVENANT_SHAPE, CovenantTerms
from tests.scenarios import lending_invariants
from tests.scenarios.covenant_lines import LEVERAGE
from tests.scenarios.facility_lines import TERMS
from tests.scenarios.fee_lines import NO_FEES, NO_RULE
from tests.scenarios.lending_world import DAY_MS, World

COVENANTS = st.sampled_from(["c1", "c1", "c2", "c3"])
PARTIES = st.sampled_from(["alpha", "beta", "delta", "acme", "bolt"])
NUMBERS = st.sampled_from([-AMOUNT_MAX, -1, 0, 1, 2, 3, 7, 8, AMOUNT_MAX])
POSITIVE = st.sampled_from([1, 2, 3, AMOUNT_MAX])
SUBJECTS = st.sampled_from([("LOAN", "l1"), ("LOAN", "l1"), ("LOAN", "l2"), ("FACILITY", "f1")])
CONSEQUENCES = st.sampled_from(["MARGIN_STEP_UP", "DRAWSTOP", "EVENT_OF_DEFAULT"])


class CovenantWorld(RuleBasedStateMachine):
    """Two loans and a facility of one borrower, with covenants, and services that are ordered."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    def ask(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> Outcome:
        """Send a command; a refusal changes nothing."""
        before = self.world.state.writes()
        outcome = self.world.send(sender, name, *cosigners, **fields)
        if isinstance(outcome, Rejected):
            assert outcome.code in set(Rejection)
            after = self.world.state.writes()
            assert {key: after[key] for key in before} == before
            assert all(after[key] is None for key in after.keys() - before.keys())
        return outcome

    @initialize()
    def begin(self) -> None:
        """Everybody has money; one loan is drawn, one is agreed, the facility is signed."""
        for party in ("alpha", "beta", "delta", "bolt"):
            self.issue(party, 10**8)
        for name in ("l1", "l2"):
            terms = {
                "product": "personal", "version": 1, "lender": "alpha", "borrower": "acme",
                "asset": "USD", "principal": 100_000, "rate": 123_456_789, "installments": 12,
                "collateral_asset": "", "signatories": (), "available_until_ms": self.world.now_ms + 300 * DAY_MS,
            }  # fmt: skip
            self.ask("acme", "propose_agreement", "alpha", agreement=name, terms=terms)
        self.ask("acme", "draw_down", agreement="l1")
        self.ask("acme", "propose_facility", "alpha", "beta", "delta", facility="f1", terms=TERMS)
        service = {**NO_RULE, "occasion": "SERVICE", "tiers": ((0, 1, 10**7),), "agent_parts": 2,
                   "platform_parts": 1}  # fmt: skip
        fees = {**NO_FEES, "platform": "delta", "rules": (service,)}
        self.ask("alpha", "propose_fee_schedule", "beta", "delta", schedule="s", version=1,
                 fees=fees)  # fmt: skip
        self.ask("beta", "publish_service", service="v", kind="VALUATION", asset="USD",
                 schedule="s", version=1, delivery_days=3)  # fmt: skip

    @initialize(consequence=CONSEQUENCES, equity=st.sampled_from([0, 999]))
    def agree_first(self, consequence: str, equity: int) -> None:
        """One covenant there is from the start."""
        self.agree("c1", ("LOAN", "l1"), consequence, False, 1, 40, equity, "alpha", "AT_MOST")  # noqa: FBT003

    @rule(party=PARTIES, amount=st.sampled_from([1, 2, 999, 10**6]))
    def issue(self, party: str, amount: int) -> None:
        self.ask("mint", "issue_cash", holder=party, asset="USD", amount=amount,
                 reference=f"in-{self.world.sent}")  # fmt: skip

    @rule(
        name=COVENANTS, subject=SUBJECTS, consequence=CONSEQUENCES, is_cross=st.booleans(),
        days=st.sampled_from([0, 1, 20]), cure=st.sampled_from([0, 1, 40]),
        equity=st.sampled_from([0, 1, 999]), by=st.sampled_from(["alpha", "alpha", "alpha", "beta"]), operator=st.sampled_from(["AT_MOST", "ABOVE"]),
    )  # fmt: skip
    def agree(
        self, name: str, subject: tuple[str, str], consequence: str, is_cross: bool, days: int,
        cure: int, equity: int, by: str, operator: str,
    ) -> None:  # fmt: skip
        day_ms = self.world.now_ms - self.world.now_ms % DAY_MS
        agreed = {
            **LEVERAGE, "subject_kind": subject[0], "subject": subject[1], "operator": operator,
            "consequence": consequence, "reporting_days": days, "cure_days": cure, "cycle": "P1ML1",
            "step_up": 10**7 if consequence == "MARGIN_STEP_UP" else 0, "equity_cure": equity,
            "first_test_ms": day_ms + DAY_MS, "last_test_ms": day_ms + 200 * DAY_MS,
        }  # fmt: skip
        if is_cross:
            agreed |= {"kind": "CROSS_DEFAULT", "figure": "", "threshold": 1, "equity_cure": 0}
        self.ask("acme", "agree_covenant", by, covenant=name, agreed=agreed)

    @rule(name=COVENANTS, numerator=NUMBERS, denominator=POSITIVE, by=PARTIES)
    def report(self, name: str, numerator: int, denominator: int, by: str) -> None:
        self.ask(by, "report_figure", "acme", covenant=name, test_ms=self.test_ms(name),
                 numerator=numerator, denominator=denominator)  # fmt: skip

    @rule(name=COVENANTS, by=PARTIES)
    def cure(self, name: str, by: str) -> None:
        facts = queries.covenant(self.world.state, name)
        terms = facts["terms"] if facts else {}
        assert isinstance(terms, dict)
        amount = terms.get("equity_cure") or 1
        before = self.cash(by)
        outcome = self.ask(by, "pay_equity_cure", covenant=name, amount=amount)
        if isinstance(outcome, Applied):
            assert by != "acme"
            assert self.cash(by) == before - amount

    @rule(name=COVENANTS, voters=st.lists(PARTIES, min_size=1, max_size=3, unique=True))
    def waive(self, name: str, voters: list[str]) -> None:
        self.ask(voters[0], "waive_breach", *voters[1:], covenant=name, test_ms=self.test_ms(name))

    @rule(amount=st.sampled_from([1, 100_000, AMOUNT_MAX]))
    def draw(self, amount: int) -> None:
        """Whatever stops drawing is refused with its covenant's name, which is in force."""
        for command, fields in (
            ("draw_down", {"agreement": "l2"}),
            ("draw_facility", {"facility": "f1", "tranche": "term", "amount": amount}),
        ):
            outcome = self.ask("acme", command, **fields)
            if isinstance(outcome, Rejected) and outcome.code == "DRAWING_STOPPED":
                facts = queries.covenant(self.world.state, str(outcome.facts["covenant"]))
                assert facts is not None
                assert facts["is_in_force"]

    @rule(loan=st.sampled_from(["l1", "l2"]), amount=st.sampled_from([1, 9_000, 10**6]))
    def repay(self, loan: str, amount: int) -> None:
        self.ask("acme", "repay", loan=loan, amount=amount)

    @rule(amount=st.sampled_from([1, 49, 50, 51, 10**6]), by=PARTIES)
    def order(self, amount: int, by: str) -> None:
        self.ask(by, "order_service", order=f"o{self.world.sent % 5}", service="v", amount=amount,
                 price_max=AMOUNT_MAX, subject="house")  # fmt: skip

    @rule(number=st.integers(0, 4), report=st.sampled_from([b"1" * 32, b"2" * 32]), by=PARTIES)
    def deliver(self, number: int, report: bytes, by: str) -> None:
        self.ask(by, "deliver_service", order=f"o{number}", report_digest=report)

    @rule(number=st.integers(0, 4))
    def refuse(self, number: int) -> None:
        self.ask("beta", "refuse_service", order=f"o{number}")

    @rule(days=st.sampled_from([1, 1, 2, 3, 31]))
    def wait(self, days: int) -> None:
        self.world.begin(self.world.now_ms + days * DAY_MS)

    def test_ms(self, name: str) -> int:
        """The test that a covenant awaits."""
        facts = queries.covenant(self.world.state, name)
        found = facts["test_ms"] if facts else 0
        assert type(found) is int
        return found

    def cash(self, party: str) -> int:
        found = lending_queries.balance(self.world.state, party, "cash", "USD")
        assert found is not None
        return found

    @invariant()
    def money_is_conserved(self) -> None:
        """Every book; what is set aside is that of open orders and equity cures; no alarm is late."""
        lending_invariants.check(self.world.state)


TestCovenantWorld = CovenantWorld.TestCase
TestCovenantWorld.settings = settings(max_examples=25, stateful_step_count=35)

INTEGERS = st.integers(-(10**18), 10**18)


@given(INTEGERS, st.integers(1, 10**18), INTEGERS, st.integers(1, 10**18),
       st.sampled_from(["AT_MOST", "AT_LEAST", "BELOW", "ABOVE"]))  # fmt: skip
def test_ratios_are_compared_exactly(
    numerator: int, denominator: int, above: int, below: int, operator: str
) -> None:
    fields = {
        **LEVERAGE,
        "limit_numerator": above,
        "limit_denominator": below,
        "operator": operator,
    }
    terms: CovenantTerms = COVENANT_SHAPE.read(fields)
    figure, limit = Fraction(numerator, denominator), Fraction(above, below)
    expected = {"AT_MOST": figure <= limit, "AT_LEAST": figure >= limit, "BELOW": figure < limit,
                "ABOVE": figure > limit}  # fmt: skip
    assert is_kept(terms, (numerator, denominator)) == expected[operator]
