"""Properties of syndicated facilities: whatever is asked, shares and books agree to the last unit.

Random commands with amounts at the boundaries, from an empty market; after each one the invariants
of tests/scenarios, M14 and M23 among them. Everything is done again in a second world, and must
give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger import codec
from ledger.receipt import Applied, Outcome, Rejected
from lending import queries as lending_queries
from lending.facilities.fixings import median
from lending.facilities.periods import year_units
from lending.fields import AMOUNT_MAX, RATE_UNIT
from lending.queries import facilities as queries
from lending.rejections import Rejection
from lending.support.distribution import distribute
from lending.support.fee_tiers import fee_of, split_fee
from lending.terms.facilities import FEE_SHAPE
from tests.scenarios import lending_invariants
from tests.scenarios.facility_lines import NO_FEE, TERMS, TRANCHE
from tests.scenarios.lending_world import DAY_MS, World

LENDERS = ("alpha", "beta", "gamma", "delta", "alpha-cars")
TOTAL = 1_000_000
BOUNDARIES = sorted(
    {0, 1, 2, 3, TOTAL - 1, TOTAL, TOTAL + 1, AMOUNT_MAX}
    | {2**k + d for k in (8, 16, 19, 32, 62) for d in (-1, 0, 1)}
    | {10**k + d for k in (2, 4, 5) for d in (-1, 0, 1)}
)
AMOUNTS = st.sampled_from(BOUNDARIES)
FACILITIES = st.sampled_from(["f1", "f1", "f1", "f2"])
TRANCHES = st.sampled_from(["a", "a", "b"])
PARTIES = st.sampled_from((*LENDERS, "acme", "bolt", "mint"))
LENDER = st.sampled_from(LENDERS)
FEES = st.sampled_from(
    [
        NO_FEE,
        {**NO_FEE, "basis": "MARGINAL", "tiers": ((0, 7, 10**7), (333_333, 0, 1)),
         "agent_parts": 2, "platform_parts": 1, "lender_parts": 3},
        {**NO_FEE, "tiers": ((0, 0, 10**7), (TOTAL, 999, 0)), "agent_parts": 1},
    ]
)  # fmt: skip


KINDS = st.lists(st.sampled_from(["TERM", "MULTI_DRAW", "REVOLVER"]), min_size=1, max_size=2)
SHARES = st.lists(st.sampled_from([1, 2, 3, 333_333, TOTAL - 1, TOTAL]), min_size=1, max_size=4)
COUNTS = st.sampled_from(["A360", "A365", "AA", "30E360", "30360US", "30E360ISDA"])


class FacilityWorld(RuleBasedStateMachine):
    """A market of two facilities to which anything may be asked, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.asked: list[Callable[[World], object]] = []
        self.ask("alpha", "register_index", "beta", "delta", index="ibor",
                 sources=("alpha", "beta", "gamma"), quorum=2, correction_days=30)  # fmt: skip

    def ask(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> Outcome:
        """Send a command now, and again in the second world; a refusal changes nothing."""
        self.asked.append(lambda world: world.send(sender, name, *cosigners, **fields))
        before = self.world.state.writes()
        outcome = self.world.send(sender, name, *cosigners, **fields)
        if isinstance(outcome, Rejected):
            assert outcome.code in set(Rejection)
            after = self.world.state.writes()
            assert {key: after[key] for key in before} == before
            assert all(after[key] is None for key in after.keys() - before.keys())
        return outcome

    @initialize(
        kinds=KINDS, shares=SHARES, is_floating=st.booleans(), count=COUNTS,
        policy=st.sampled_from(["REDUCE", "OTHERS_FUND"]), fee=FEES, is_rich=st.booleans(),
        funded=st.sampled_from([0, 1, 4]),
    )  # fmt: skip
    def begin(
        self, kinds: list[str], shares: list[int], is_floating: bool, count: str, policy: str,
        fee: dict[str, codec.Value], is_rich: bool, funded: int,
    ) -> None:  # fmt: skip
        """One facility there is from the start, in half of the markets with lenders who can trade."""
        for source in ("alpha", "beta"):
            self.fix(source, 0, 10**8, "report_fixing")
        for party in (*LENDERS, "acme") if is_rich else ("acme",):
            self.issue(party, 10**7)
        self.agree("f1", kinds, shares, count, "P1ML1", "NOS", is_floating, 0, policy, fee, funded)
        self.draw("f1", "a", sum(shares[:5]))

    @rule(hours=st.sampled_from([1, 24, 24 * 7, 24 * 31, 24 * 100]))
    def wait(self, hours: int) -> None:
        """The next block comes so much later."""
        now_ms = self.world.now_ms + hours * 3_600_000
        self.asked.append(lambda world: world.begin(now_ms))
        self.world.begin(now_ms)

    @rule(party=PARTIES, amount=AMOUNTS)
    def issue(self, party: str, amount: int) -> None:
        self.ask(
            "mint", "issue_cash", holder=party, asset="USD", amount=amount,
            reference=f"in-{len(self.asked)}",
        )  # fmt: skip

    @rule(
        name=FACILITIES,
        kinds=KINDS,
        shares=SHARES,
        count=COUNTS,
        cycle=st.sampled_from(["P1ML1", "P2WL1", "P1QL1"]),
        day=st.sampled_from(["NOS", "SCMF", "SCP"]),
        is_floating=st.booleans(),
        notice=st.sampled_from([0, 0, 5]),
        policy=st.sampled_from(["REDUCE", "OTHERS_FUND"]),
        fee=FEES,
        funded=st.sampled_from([0, 1, 4]),
    )
    def agree(
        self, name: str, kinds: list[str], shares: list[int], count: str, cycle: str, day: str,
        is_floating: bool, notice: int, policy: str, fee: dict[str, codec.Value], funded: int,
    ) -> None:  # fmt: skip
        """Everybody signs a facility; some lenders have what they commit, the others what they had."""
        lenders = tuple(zip(LENDERS, shares, strict=False))
        midnight = self.world.now_ms - self.world.now_ms % DAY_MS
        tranches = tuple(
            {
                **TRANCHE, "tranche": tranche, "kind": kind, "commitments": lenders, "cycle": cycle,
                "day_count_convention": count, "index": "ibor" if is_floating else "",
                "business_day_convention": day, "calendar": "MF", "notice_days": notice,
                "commitment_fee_rate": 5_000_001, "rate": 123_456_789,
                "redemptions": 1 if kind == "REVOLVER" else 3,
                "available_until_ms": midnight + 90 * DAY_MS, "maturity_ms": midnight + 200 * DAY_MS,
            }
            for tranche, kind in zip("ab", kinds, strict=False)
        )  # fmt: skip
        terms = {
            **TERMS, "tranches": tranches, "sign_until_ms": midnight + 2 * DAY_MS,
            "arrangement_fee": fee, "drawdown_fee": fee, "platform": "delta", "agency_fee": 11,
            "agency_fee_cycle": "P1ML1", "transfer_fee": 1, "failed_funding": policy,
        }  # fmt: skip
        signers = [lender for lender, _ in lenders]
        for lender, amount in lenders[:funded]:
            self.issue(lender, amount)
        self.ask("acme", "propose_facility", "alpha", *signers, facility=name, terms=terms)

    @rule(source=LENDER, days=st.sampled_from([0, 1, 7]), value=st.sampled_from([-1, 0, 1, 10**8]),
          name=st.sampled_from(["report_fixing", "report_fixing", "correct_fixing"]))  # fmt: skip
    def fix(self, source: str, days: int, value: int, name: str) -> None:
        day_ms = self.world.now_ms - self.world.now_ms % DAY_MS - days * DAY_MS
        self.ask(source, name, index="ibor", day_ms=day_ms, value=value)

    @rule(name=FACILITIES, tranche=TRANCHES, amount=AMOUNTS)
    def draw(self, name: str, tranche: str, amount: int) -> None:
        before = self.cash("acme")
        outcome = self.ask("acme", "draw_facility", facility=name, tranche=tranche, amount=amount)
        if isinstance(outcome, Applied):
            drawn = sum(f["amount"] for event, f in outcome.events if event == "facility_drawn")
            assert drawn <= amount
            assert self.cash("acme") == before + drawn

    @rule(name=FACILITIES, tranche=TRANCHES)
    def draw_all(self, name: str, tranche: str) -> None:
        facts = queries.facility(self.world.state, name, self.world.now_ms)
        if facts is not None:
            amount = facts["committed"]
            assert type(amount) is int
            self.draw(name, tranche, max(amount, 1))

    @rule(name=FACILITIES, tranche=st.sampled_from(["", "a", "b"]), amount=AMOUNTS)
    def repay(self, name: str, tranche: str, amount: int) -> None:
        """A payment takes no more than offered; what it says it took is what the payer lost."""
        before = self.cash("acme")
        outcome = self.ask("acme", "repay_facility", facility=name, tranche=tranche, amount=amount)
        if isinstance(outcome, Applied):
            [taken] = [f["taken"] for event, f in outcome.events if event == "facility_repaid"]
            assert 0 < taken <= amount
            assert self.cash("acme") == before - taken

    @rule(name=FACILITIES, tranche=TRANCHES, amount=AMOUNTS)
    def cancel(self, name: str, tranche: str, amount: int) -> None:
        self.ask("acme", "cancel_commitment", facility=name, tranche=tranche, amount=amount)

    @rule(name=FACILITIES, tranche=TRANCHES, seller=LENDER, buyer=PARTIES, amount=AMOUNTS,
          price=AMOUNTS)  # fmt: skip
    def transfer(
        self, name: str, tranche: str, seller: str, buyer: str, amount: int, price: int
    ) -> None:
        """M14, M23: a transfer moves what it says; to oneself it is refused."""
        before = queries.facility(self.world.state, name, self.world.now_ms)
        outcome = self.ask(
            seller, "transfer_participation", buyer, "alpha", "acme", facility=name,
            tranche=tranche, buyer=buyer, amount=amount, price=price,
        )  # fmt: skip
        if isinstance(outcome, Applied):
            assert seller != buyer
            after = queries.facility(self.world.state, name, self.world.now_ms)
            assert before is not None
            assert after is not None
            if not any(event == "facility_period_ended" for event, _ in outcome.events):
                for figure in ("committed", "outstanding", "due"):
                    assert before[figure] == after[figure]

    @rule(name=FACILITIES, tranche=st.sampled_from(["", "a", "b"]), amount=AMOUNTS,
          matter=st.sampled_from(["MARGIN", "FORGIVENESS", "HOLIDAY", "ACCELERATION", "MATURITY"]),
          voters=st.lists(LENDER, max_size=5, unique=True), by=PARTIES)  # fmt: skip
    def vote(
        self, name: str, tranche: str, amount: int, matter: str, voters: list[str], by: str
    ) -> None:
        if matter == "MATURITY":
            amount = self.world.now_ms - self.world.now_ms % DAY_MS + 300 * DAY_MS
        if matter == "HOLIDAY":
            amount = min(amount, 2)
        self.ask(
            by, "propose_amendment", "acme", *voters, facility=name,
            amendment=f"v{len(self.asked)}", matter=matter, tranche=tranche, value=amount,
        )  # fmt: skip

    @rule(
        seller=LENDER,
        buyer=LENDER,
        cut=st.sampled_from([0, 1, 2]),
        price=st.sampled_from([0, 1, 999]),
    )
    def sell(self, seller: str, buyer: str, cut: int, price: int) -> None:
        """All that a lender has, or a unit less or more."""
        for share in self.shares("f1", seller):
            self.transfer("f1", "a", seller, buyer, max(share["commitment"] + 1 - cut, 1), price)

    @rule(more=st.sampled_from([-1, 0, 1]), tranche=st.sampled_from(["", "a"]))
    def repay_what_is_due(self, more: int, tranche: str) -> None:
        facts = queries.facility(self.world.state, "f1", self.world.now_ms)
        if facts is not None:
            due = facts["due"]
            assert type(due) is int
            self.repay("f1", tranche, max(1, due + more))

    @rule(
        value=st.sampled_from([0, 1, 2, 10**8]),
        with_all=st.booleans(),
        matter=st.sampled_from(["MARGIN", "FORGIVENESS", "HOLIDAY", "ACCELERATION", "MATURITY"]),
    )
    def agree_to_amend(self, value: int, with_all: bool, matter: str) -> None:
        """Everybody, or everybody but one, votes for it."""
        voters = list(LENDERS) if with_all else list(LENDERS[1:])
        tranche = "" if matter == "ACCELERATION" else "a"
        self.vote("f1", tranche, value, matter, voters, "alpha")

    def shares(self, name: str, lender: str) -> list[dict[str, int]]:
        """What a lender has in the first tranche."""
        facts = queries.position(self.world.state, name, lender, self.world.now_ms)
        found = facts["shares"] if facts else []
        return [share for share in found if share["tranche"] == "a"]  # type: ignore[attr-defined]

    @rule(name=FACILITIES, lender=LENDER)
    def reinstate(self, name: str, lender: str) -> None:
        self.ask("alpha", "reinstate_lender", "acme", facility=name, lender=lender)

    @rule(name=FACILITIES)
    def withdraw(self, name: str) -> None:
        self.ask("alpha", "withdraw_facility", facility=name)

    def cash(self, party: str) -> int:
        """What a party holds."""
        found = lending_queries.balance(self.world.state, party, "cash", "USD")
        assert found is not None
        return found

    @invariant()
    def money_is_conserved(self) -> None:
        lending_invariants.check(self.world.state)
        for name in ("f1", "f2"):
            facts = queries.facility(self.world.state, name, self.world.now_ms)
            for tranche in facts["tranches"] if facts else ():  # type: ignore[attr-defined]
                for figure in ("committed", "outstanding", "accrued_interest", "accrued_fee"):
                    share = "commitment" if figure == "committed" else figure
                    assert tranche[figure] == sum(each[share] for each in tranche["shares"])

    def teardown(self) -> None:
        again = World()
        for ask in self.asked:
            ask(again)
        self.world.end()
        again.end()
        assert self.world.encoded == again.encoded
        assert list(self.world.store.iterate(b"", b"\xff")) == list(
            again.store.iterate(b"", b"\xff")
        )


TestFacilityWorld = FacilityWorld.TestCase
TestFacilityWorld.settings = settings(max_examples=25, stateful_step_count=40)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_parts_sum_to_the_whole_and_none_is_a_unit_off(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    total = total if whole else 0
    parts = distribute(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert not whole or abs(part - Fraction(total * weight, whole)) < 1
        assert total > whole or part <= weight


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=9), st.data())
def test_a_minority_cannot_move_the_median_outside_the_others(
    honest: list[int], data: st.DataObject
) -> None:
    """E9: fewer liars than honest sources cannot publish what no honest source brackets."""
    liars = data.draw(st.lists(st.integers(-(10**10), 10**10), max_size=len(honest) - 1))
    assert min(honest) <= median(tuple(honest + liars)) <= max(honest)


SCHEDULES = st.builds(
    lambda basis, tiers: FEE_SHAPE.read(
        {**NO_FEE, "basis": basis, "agent_parts": 1, "platform_parts": 2,
         "tiers": ((0, *tiers[0][1:]), *[t for t in tiers[1:] if t[0]])}
    ),
    st.sampled_from(["WHOLE", "MARGINAL"]),
    st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, RATE_UNIT)),
        min_size=1, max_size=4, unique_by=lambda tier: tier[0],
    ).map(sorted),
)  # fmt: skip


@given(SCHEDULES, st.integers(0, 2 * 10**6))
def test_a_fee_is_split_to_the_last_unit_and_tiers_begin_where_they_say(
    schedule: object, amount: int
) -> None:
    assert type(schedule) is FEE_SHAPE.read(NO_FEE).__class__
    fee = fee_of(schedule, amount)
    split = split_fee(schedule, fee, "agent", "platform", (("a", 3), ("b", 7)))
    assert sum(part for _, part in split) == fee
    if schedule.basis == "WHOLE":
        start, flat, rate = [tier for tier in schedule.tiers if tier[0] <= amount][-1]
        assert start <= amount
        assert abs(fee - flat - Fraction(amount * rate, RATE_UNIT)) <= Fraction(1, 2)


@given(
    st.sampled_from(["AA", "A360", "A365", "30E360ISDA", "30E360", "28E336", "30360US",
                     "30360BOND"]),
    st.integers(0, 80_000), st.integers(0, 800), st.integers(0, 800),
)  # fmt: skip
def test_a_period_counted_in_two_parts_is_the_whole_period(
    convention: str, start: int, first: int, second: int
) -> None:
    """What is counted up to a day never goes back, so no day earns less than nothing."""
    begin, middle, end = (day * DAY_MS for day in (start, start + first, start + first + second))
    assert 0 <= year_units(convention, begin, middle) <= year_units(convention, begin, end)
