"""Fees and servicing: any market, any order, boundary amounts; nothing is lost, quotes are true."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger import codec
from ledger.receipt import Applied, Outcome, Rejected
from lending import queries as lending_queries
from lending.fees.rules import Payees, amount_of, charge, largest_fitting
from lending.fields import AMOUNT_MAX, RATE_UNIT
from lending.queries import fees as queries
from lending.rejections import Rejection
from lending.terms.fees import FEE_RULE_SHAPE, FeeRule
from tests.scenarios import lending_invariants
from tests.scenarios.fee_lines import NO_FEES, NO_RULE
from tests.scenarios.lending_world import DAY_MS, World

PRINCIPAL = 100_000
BOUNDARIES = sorted(
    {1, 2, 3, PRINCIPAL - 1, PRINCIPAL, PRINCIPAL + 1, AMOUNT_MAX}
    | {2**k + d for k in (8, 16, 62) for d in (-1, 0, 1)}
    | {10**k + d for k in (2, 3, 4) for d in (-1, 0, 1)}
)
AMOUNTS = st.sampled_from(BOUNDARIES)
LOANS = st.sampled_from(["l1", "l1", "l2"])
PARTIES = st.sampled_from(["alpha", "beta", "delta", "crow", "acme", "mint"])
RULES = st.builds(
    lambda basis, tiers, bounds, parts, collection: {
        **NO_RULE, "basis": basis, "collection": collection,
        "tiers": ((0, *tiers[0][1:]), *[tier for tier in tiers[1:] if tier[0]]),
        "minimum": min(bounds), "maximum": max(bounds), "platform_parts": parts[0],
        "agent_parts": parts[1], "arranger_parts": parts[2], "member_parts": parts[3] + 1,
    },
    st.sampled_from(["WHOLE", "MARGINAL"]),
    st.lists(
        st.tuples(st.integers(0, 10**6), st.sampled_from([0, 1, 99]), st.integers(0, RATE_UNIT)),
        min_size=1, max_size=4, unique_by=lambda tier: tier[0],
    ).map(sorted),
    st.sampled_from([(0, 0), (1, 1), (3, 500), (0, 10**9)]),
    st.tuples(*[st.integers(0, 7)] * 4),
    st.sampled_from(["NETTED", "CHARGED"]),
)  # fmt: skip


class FeeWorld(RuleBasedStateMachine):
    """Two loans whose fees, servicers and payments come in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.versions = 0

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

    @initialize(rules=st.tuples(RULES, RULES, RULES, RULES))
    def begin(self, rules: tuple[dict[str, codec.Value], ...]) -> None:
        """The lender has money, a schedule is linked, one loan is agreed."""
        self.issue("alpha", 10**7)
        self.schedule(rules, is_short=False)
        self.offer("l1", PRINCIPAL)

    @rule(party=PARTIES, amount=AMOUNTS)
    def issue(self, party: str, amount: int) -> None:
        self.ask("mint", "issue_cash", holder=party, asset="USD", amount=amount,
                 reference=f"in-{self.world.sent}")  # fmt: skip

    @rule(rules=st.tuples(RULES, RULES, RULES, RULES), is_short=st.booleans())
    def schedule(self, rules: tuple[dict[str, codec.Value], ...], *, is_short: bool) -> None:
        """A new version is approved and linked; short of a vote it is not."""
        occasions = ("ORIGINATION", "DRAWDOWN", "SERVICING", "PREPAYMENT")
        named = tuple({**r, "occasion": o} for r, o in zip(rules, occasions, strict=True))
        fees = {**NO_FEES, "platform": "delta", "agent": "beta", "arranger": "crow", "rules": named}
        others = ("beta",) if is_short else ("beta", "delta")
        self.ask("alpha", "propose_fee_schedule", *others, schedule="s",
                 version=self.versions + 1, fees=fees)  # fmt: skip
        self.versions += 1
        outcome = self.ask(
            "alpha", "link_fee_schedule", *others, kind="PRODUCT", subject="personal",
            subject_version=1, schedule="s", version=self.versions,
        )  # fmt: skip
        assert isinstance(outcome, Rejected) == is_short

    @rule(name=LOANS, amount=st.sampled_from([10_000, PRINCIPAL, 5_000_000]))
    def offer(self, name: str, amount: int) -> None:
        terms = {
            "product": "personal", "version": 1, "lender": "alpha", "borrower": "acme",
            "asset": "USD", "principal": amount, "rate": 123_456_789, "installments": 5,
            "collateral_asset": "", "signatories": (), "available_until_ms": self.world.now_ms + 30 * DAY_MS,
        }  # fmt: skip
        self.ask("acme", "propose_agreement", "alpha", agreement=name, terms=terms)

    @rule(name=LOANS)
    def draw(self, name: str) -> None:
        """The quote is what the drawdown leaves the borrower with."""
        self.settle_block()
        quote = queries.quote_drawdown(self.world.state, name)
        before = self.cash("acme")
        outcome = self.ask("acme", "draw_down", agreement=name)
        if isinstance(outcome, Applied):
            assert quote is not None
            assert self.cash("acme") == before + quote["principal"] - quote["total"]  # type: ignore[operator]

    @rule(name=LOANS, servicer=PARTIES, spread=st.sampled_from([0, 1, 10**7, 123_456_789, 10**9]))
    def serve(self, name: str, servicer: str, spread: int) -> None:
        self.ask("alpha", "agree_servicing", servicer, agreement=name, servicer=servicer,
                 spread=spread)  # fmt: skip

    @rule(name=LOANS, amount=AMOUNTS)
    def repay(self, name: str, amount: int) -> None:
        """What the quote says is what the borrower loses, and never more than it offered."""
        self.settle_block()
        quote = queries.quote_repayment(self.world.state, name, amount, self.world.now_ms)
        before = self.cash("acme")
        outcome = self.ask("acme", "repay", loan=name, amount=amount)
        if isinstance(outcome, Applied):
            assert quote is not None
            assert before - self.cash("acme") == quote["total"]
            assert type(quote["total"]) is int
            assert 0 < quote["total"] <= amount

    @rule(name=LOANS)
    def write_off(self, name: str) -> None:
        self.ask("alpha", "write_off", loan=name)

    @rule(days=st.sampled_from([1, 31, 31, 200]))
    def wait(self, days: int) -> None:
        self.world.begin(self.world.now_ms + days * DAY_MS)

    def settle_block(self) -> None:
        """Begin a block, so that the clock is not behind what is quoted."""
        self.world.begin(self.world.now_ms + 1)

    def cash(self, party: str) -> int:
        found = lending_queries.balance(self.world.state, party, "cash", "USD")
        assert found is not None
        return found

    @invariant()
    def money_is_conserved(self) -> None:
        """Every book and every claim, of lenders on borrowers and of servicers on lenders."""
        lending_invariants.check(self.world.state)


TestFeeWorld = FeeWorld.TestCase
TestFeeWorld.settings = settings(max_examples=25, stateful_step_count=30)

PAYEES = Payees("p", "a", "r", (("m", 1), ("n", 2), ("p", 3)))


@given(RULES, st.integers(0, 10**9))
def test_the_parts_of_a_fee_sum_to_it(fields: dict[str, codec.Value], amount: int) -> None:
    rule_read: FeeRule = FEE_RULE_SHAPE.read(fields)
    charged = charge(rule_read, amount, PAYEES)
    assert sum(part for _, part in charged.parts) == charged.fee
    assert len({name for name, _ in charged.parts}) == len(charged.parts)
    if amount:
        assert charged.fee >= rule_read.minimum
    assert charged.fee <= rule_read.maximum or not rule_read.maximum
    assert charge(rule_read, amount, PAYEES, most=amount).fee == min(charged.fee, amount)


@given(RULES, st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_prepayment_and_its_fee_fit(
    fields: dict[str, codec.Value], amount: int, left: int
) -> None:
    rule_read: FeeRule = FEE_RULE_SHAPE.read(fields)
    found = largest_fitting(rule_read, amount, left)
    assert 0 <= found <= amount
    assert found + amount_of(rule_read, found) <= left
    if found < amount and rule_read.basis == "MARGINAL":
        assert found + 1 + amount_of(rule_read, found + 1) > left
