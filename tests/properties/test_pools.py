"""Properties of pools: from an empty market, whatever is asked, nobody gains what was not given.

Random commands with amounts at the boundaries; after each one the invariants of all lending and of
pools. Everything is done again in a second world at the end, and must give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger import codec
from ledger.receipt import Outcome, Rejected
from lending import queries
from lending.arithmetic.models.growth import RAY
from lending.fields import AMOUNT_MAX, RATE_UNIT
from lending.pools.interest import accrued, with_loss, with_recovery
from lending.pools.positions import NONE, advanced
from lending.pools.shares import shares_for, value_of
from lending.queries import pools as pool_queries
from lending.records.pools import Pool, Rewards, Tranche
from lending.rejections import Rejection
from lending.terms.pools import POOL_TEMPLATE_SHAPE, SENIOR, TRANCHES, PoolTemplate
from tests.scenarios import lending_invariants, pool_invariants
from tests.scenarios.lending_world import DAY_MS, World
from tests.scenarios.pool_lines import POOL

DEPOSITORS = ("alpha", "beta", "bolt")
BORROWERS = ("acme", "bolt", "crow")
PARTIES = ("alpha", "beta", "acme", "bolt", "crow")
START = 10**12
AMOUNTS = st.sampled_from(
    [0, 1, 2, 3, 7, 8, 9, 99, 100, 101, 1023, 1024, 1025, 10**6 - 1, 10**6, 10**6 + 1]
)
AROUND = st.sampled_from([-1, 0, 1])
PARTS = st.sampled_from([1, 2, 3])
TEMPLATES = st.sampled_from(
    [
        {},
        {"senior_rate": 60_000_000, "senior_part_max": 750_000_000, "spread": 10_000_000},
        {"base_rate": 10 * RATE_UNIT, "reserve_factor": RATE_UNIT},
        {"base_rate": 5 * RATE_UNIT, "spread": 10 * RATE_UNIT, "senior_part_max": 1},
        {"rate_model": "FIXED", "base_rate": 1, "kink": 0, "rise_below": 0, "rise_above": 0,
         "senior_rate": 10 * RATE_UNIT, "senior_part_max": RATE_UNIT - 1, "reserve_factor": 0},
        {"rate_model": "ADAPTIVE", "base_rate": 40_000_000, "kink": 900_000_000, "rise_below": 0,
         "rise_above": 0, "steepness": 4 * RATE_UNIT, "adaptation_speed": 50 * RATE_UNIT,
         "rate_least": 1_000_000, "rate_most": 10 * RATE_UNIT, "spread": 10_000_000},
    ]
)  # fmt: skip
UNLIMITED: dict[str, codec.Value] = {
    **POOL, "supply_cap": AMOUNT_MAX, "borrow_cap": AMOUNT_MAX, "reward_asset": "USD",
}  # fmt: skip


class PoolWorld(RuleBasedStateMachine):
    """A pool to which anything may be asked, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.lives = pool_invariants.PoolLives()
        self.asked: list[Callable[[World], object]] = []

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

    @initialize(changes=TEMPLATES)
    def begin(self, changes: dict[str, codec.Value]) -> None:
        for owner in PARTIES:
            for asset in ("USD", "BOND"):
                self.ask(
                    "mint", "issue_cash", holder=owner, asset=asset, amount=START,
                    reference=f"{owner}-{asset}",
                )  # fmt: skip
        template: dict[str, codec.Value] = {**UNLIMITED, **changes}
        self.ask("alpha", "create_pool", "beta", "delta", pool="p", template=template)

    def figures(self) -> Pool | None:
        return pool_queries.figures(self.world.state, "p", self.world.now_ms)

    @rule(days=st.sampled_from([0, 1, 30, 366]), seconds=st.sampled_from([0, 1, 3_600]))
    def wait(self, days: int, seconds: int) -> None:
        now_ms = self.world.now_ms + days * DAY_MS + seconds * 1000 + 1
        self.asked.append(lambda world: world.begin(now_ms))
        self.world.begin(now_ms)

    @rule(owner=st.sampled_from(DEPOSITORS), tranche=st.sampled_from(TRANCHES), amount=AMOUNTS)
    def deposit(self, owner: str, tranche: str, amount: int) -> None:
        self.ask(owner, "deposit", pool="p", tranche=tranche, amount=amount)

    @rule(
        owner=st.sampled_from(DEPOSITORS), tranche=st.sampled_from(TRANCHES), part=PARTS,
        more=AROUND,
    )  # fmt: skip
    def request(self, owner: str, tranche: str, part: int, more: int) -> None:
        found = pool_queries.position(self.world.state, "p", tranche, owner, self.world.now_ms)
        shares = 1 if found is None else int(str(found["shares"])) // part + more
        self.ask(owner, "request_withdrawal", pool="p", tranche=tranche, shares=shares)

    @rule(
        owner=st.sampled_from(DEPOSITORS), to=st.sampled_from(DEPOSITORS),
        tranche=st.sampled_from(TRANCHES), part=PARTS, more=AROUND,
    )  # fmt: skip
    def transfer(self, owner: str, to: str, tranche: str, part: int, more: int) -> None:
        found = pool_queries.position(self.world.state, "p", tranche, owner, self.world.now_ms)
        shares = 1 if found is None else int(str(found["shares"])) // part + more
        self.ask(owner, "transfer_shares", pool="p", tranche=tranche, to=to, shares=shares)

    @rule(
        owner=st.sampled_from(DEPOSITORS), tranche=st.sampled_from(TRANCHES),
        number=st.integers(1, 5),
    )  # fmt: skip
    def cancel(self, owner: str, tranche: str, number: int) -> None:
        self.ask(owner, "cancel_withdrawal", pool="p", tranche=tranche, number=number)

    @rule(
        borrower=st.sampled_from(BORROWERS),
        limit=st.sampled_from([0, 1, 10**6, AMOUNT_MAX]),
        days=st.sampled_from([0, 30, 400]),
        is_secured=st.booleans(),
    )
    def grant(self, borrower: str, limit: int, days: int, is_secured: bool) -> None:
        self.ask(
            "alpha", "grant_credit_line", pool="p", borrower=borrower, limit=limit,
            due_ms=self.world.now_ms + days * DAY_MS,
            collateral_asset="BOND" if is_secured else "",
            loan_to_value_limit=800_000_000 if is_secured else 0,
        )  # fmt: skip

    @rule(borrower=st.sampled_from(BORROWERS), amount=AMOUNTS)
    def borrow(self, borrower: str, amount: int) -> None:
        self.ask(borrower, "borrow_from_pool", pool="p", amount=amount)

    @rule(borrower=st.sampled_from(BORROWERS), part=PARTS, more=AROUND)
    def borrow_what_is_there(self, borrower: str, part: int, more: int) -> None:
        found = self.figures()
        if found is not None:
            due = self.world.now_ms + 30 * DAY_MS
            self.ask(
                "alpha", "grant_credit_line", pool="p", borrower=borrower, limit=AMOUNT_MAX,
                due_ms=due, collateral_asset="", loan_to_value_limit=0,
            )  # fmt: skip
            self.ask(borrower, "borrow_from_pool", pool="p", amount=found.cash // part + more)

    @rule(borrower=st.sampled_from(BORROWERS), amount=AMOUNTS)
    def repay(self, borrower: str, amount: int) -> None:
        self.ask(borrower, "repay_pool", pool="p", amount=amount)

    @rule(borrower=st.sampled_from(BORROWERS), part=PARTS, more=AROUND)
    def repay_what_is_owed(self, borrower: str, part: int, more: int) -> None:
        line = pool_queries.credit_line(self.world.state, "p", borrower, self.world.now_ms)
        if line is not None:
            owed = int(str(line["debt"])) + int(str(line["written_off"]))
            self.ask(borrower, "repay_pool", pool="p", amount=min(owed // part + more, AMOUNT_MAX))

    @rule(borrower=st.sampled_from(BORROWERS), amount=AMOUNTS, is_back=st.booleans())
    def move_collateral(self, borrower: str, amount: int, is_back: bool) -> None:
        name = "release_pool_collateral" if is_back else "pledge_pool_collateral"
        self.ask(borrower, name, pool="p", amount=amount)

    @rule(borrower=st.sampled_from(BORROWERS), price=AMOUNTS, amount=AMOUNTS)
    def buy_collateral(self, borrower: str, price: int, amount: int) -> None:
        self.ask("gamma", "report_price", asset="BOND", currency="USD", price=price)
        self.ask("beta", "buy_pool_collateral", pool="p", borrower=borrower, amount=amount)

    @rule(borrower=st.sampled_from(BORROWERS))
    def write_off(self, borrower: str) -> None:
        self.ask("alpha", "write_off_pool_debt", pool="p", borrower=borrower)

    @rule(name=st.sampled_from(["settle_pool_losses", "take_strays", "collect_spread"]))
    def manage(self, name: str) -> None:
        self.ask("alpha", name, pool="p")

    @rule(giver=st.sampled_from(PARTIES), amount=AMOUNTS, is_gift=st.booleans())
    def give(self, giver: str, amount: int, is_gift: bool) -> None:
        if is_gift:
            self.ask(giver, "contribute_reserve", pool="p", amount=amount)
        else:
            self.ask(giver, "transfer_cash", to="p", asset="USD", amount=amount, reference="gift")

    @rule(borrower=st.sampled_from(BORROWERS), part=PARTS)
    def default(self, borrower: str, part: int) -> None:
        """Both tranches lend, a borrower takes it, and does not come back."""
        self.deposit("beta", "JUNIOR", 10**6)
        self.deposit("bolt", "SENIOR", 10**6)
        self.borrow_what_is_there(borrower, part, 0)
        self.wait(30, 1)
        self.write_off(borrower)

    @rule(borrower=st.sampled_from(BORROWERS), price=AMOUNTS, amount=AMOUNTS)
    def fall_in_price(self, borrower: str, price: int, amount: int) -> None:
        """A secured borrower's collateral falls in price, and is bought."""
        self.grant(borrower, 10**6, 30, is_secured=True)
        self.move_collateral(borrower, 1_024, is_back=False)
        self.ask("gamma", "report_price", asset="BOND", currency="USD", price=100)
        self.borrow(borrower, amount)
        self.buy_collateral(borrower, price, 1)
        self.buy_collateral(borrower, price, amount)

    @rule(borrower=st.sampled_from(BORROWERS), part=PARTS, is_junior=st.booleans())
    def squeeze(self, borrower: str, part: int, is_junior: bool) -> None:
        """All is lent when depositors want out; then something comes back."""
        self.deposit("beta", "JUNIOR", 10**6)
        self.deposit("alpha", "SENIOR", 1_023)
        self.borrow_what_is_there(borrower, 1, 0)
        self.request("alpha", "SENIOR", part, 0)
        self.request("beta", "JUNIOR", 2, 1)
        self.request("beta", "JUNIOR", 2, 0)
        self.cancel_one("JUNIOR" if is_junior else "SENIOR", 0)
        self.repay_what_is_owed(borrower, 3, 0)
        self.borrow(borrower, 1)
        self.wait(0, 0)

    @rule(tranche=st.sampled_from(TRANCHES), place=st.sampled_from([0, 1]))
    def cancel_one(self, tranche: str, place: int) -> None:
        waiting = pool_queries.queue(self.world.state, "p", tranche).items
        for each in waiting[place : place + 1]:
            owner, number = str(each["depositor"]), int(str(each["number"]))
            self.cancel(owner, tranche, number)

    @rule(owner=st.sampled_from(DEPOSITORS), tranche=st.sampled_from(TRANCHES), amount=AMOUNTS)
    def earn(self, owner: str, tranche: str, amount: int) -> None:
        self.fund(tranche, amount, 1)
        self.deposit(owner, tranche, amount)
        self.wait(1, 0)
        self.claim(owner, tranche)

    @rule(tranche=st.sampled_from(TRANCHES), amount=AMOUNTS, days=st.sampled_from([0, 1, 366]))
    def fund(self, tranche: str, amount: int, days: int) -> None:
        self.ask("crow", "fund_rewards", pool="p", tranche=tranche, amount=amount, days=days)

    @rule(owner=st.sampled_from(DEPOSITORS), tranche=st.sampled_from(TRANCHES))
    def claim(self, owner: str, tranche: str) -> None:
        self.ask(owner, "claim_rewards", pool="p", tranche=tranche)

    @rule(
        owner=st.sampled_from(DEPOSITORS), tranche=st.sampled_from(TRANCHES), amount=AMOUNTS,
        part=PARTS,
    )  # fmt: skip
    def in_and_out(self, owner: str, tranche: str, amount: int, part: int) -> None:
        """M7, M18: coming and going in one block, in one part or several, never gains a unit."""
        if any(pool_queries.position(self.world.state, "p", t, owner, 0) for t in TRANCHES):
            return
        before = queries.balance(self.world.state, owner, "cash", "USD")
        outcome = self.ask(owner, "deposit", pool="p", tranche=tranche, amount=amount)
        found = pool_queries.position(self.world.state, "p", tranche, owner, self.world.now_ms)
        if isinstance(outcome, Rejected) or found is None:
            return
        shares = int(str(found["shares"])) // part
        for _ in range(part):
            self.ask(owner, "request_withdrawal", pool="p", tranche=tranche, shares=shares)
        assert isinstance(self.ask(owner, "claim_rewards", pool="p", tranche=tranche), Rejected)
        after = queries.balance(self.world.state, owner, "cash", "USD")
        assert before is not None
        assert after is not None
        assert after <= before

    @invariant()
    def money_is_conserved(self) -> None:
        lending_invariants.check(self.world.state)
        pool_invariants.check(self.world.state)
        self.lives.check(self.world.state)

    def teardown(self) -> None:
        self._let_everybody_out()
        again = World()
        for ask in self.asked:
            ask(again)
        self.world.end()
        again.end()
        assert self.world.encoded == again.encoded

    def _let_everybody_out(self) -> None:
        """M4: once the debts are paid or lost, every depositor gets out with what it has."""
        if self.figures() is None:
            return
        for borrower in BORROWERS:
            self.ask(borrower, "release_pool_collateral", pool="p", amount=1)
            self.ask(borrower, "repay_pool", pool="p", amount=AMOUNT_MAX)
        now = self.figures()
        assert now is not None
        if now.debt:
            return
        for tranche in TRANCHES:
            for owner in DEPOSITORS:
                found = pool_queries.position(self.world.state, "p", tranche, owner, 0)
                if found is not None:
                    free = int(str(found["shares"])) - int(str(found["queued"]))
                    self.ask(owner, "request_withdrawal", pool="p", tranche=tranche, shares=free)
        for _ in range(4):
            self.wait(0, 0)
        now = self.figures()
        assert now is not None
        assert not now.senior.shares
        assert not now.junior.shares
        assert now.cash == now.reserve + now.spread


TestPoolWorld = PoolWorld.TestCase
TestPoolWorld.settings = settings(max_examples=30, stateful_step_count=30)


TRANCHE = st.builds(
    Tranche,
    claim=st.integers(1, 10**12),
    shares=st.integers(1, 10**18),
    queued=st.just(0),
    lost=st.just(0),
)
TEMPLATE: PoolTemplate = POOL_TEMPLATE_SHAPE.read(POOL)


def pool_of(junior: Tranche, senior: Tranche, debt: int, reserve: int, spread: int) -> Pool:
    """A pool with these figures; its cash is what makes them balance."""
    cash = junior.claim + senior.claim + reserve + spread - debt
    return Pool(
        name="p", cash=cash, debt=debt, scaled_debt=debt * 10**9, index=RAY, rate=RATE_UNIT // 10,
        accrued_s=0, senior=senior, junior=junior, senior_due=0, reserve=reserve, reserve_part=0,
        spread=spread, spread_part=0, requests=0, alarm_ms=0, rate_at_target=0,
    )  # fmt: skip


@given(TRANCHE, st.integers(1, 10**12), st.integers(2, 5))
def test_nobody_gains_in_a_moment(tranche: Tranche, amount: int, parts: int) -> None:
    """M6, M7: shares of an amount are worth no more than it, and k parts no more than the whole."""
    shares = shares_for(tranche, amount)
    bought = replace(tranche, claim=tranche.claim + amount, shares=tranche.shares + shares)
    assert value_of(bought, shares) <= amount
    assert parts * shares_for(tranche, amount // parts) <= shares
    out, left = 0, bought
    for _ in range(parts):
        money = value_of(left, shares // parts)
        out += money
        left = replace(left, claim=left.claim - money, shares=left.shares - shares // parts)
    assert out <= value_of(bought, shares) <= amount


@given(TRANCHE, TRANCHE, st.integers(0, 10**9), st.integers(0, 10**9), st.data())
def test_a_loss_is_borne_in_order(
    junior: Tranche, senior: Tranche, reserve: int, spread: int, data: st.DataObject
) -> None:
    """M11: each bears as far as it goes before the next does, and together it is the loss."""
    whole = junior.claim + senior.claim + reserve + spread
    loss = data.draw(st.integers(0, whole))
    pool = pool_of(junior, senior, loss, reserve, spread)
    after, parts = with_loss(replace(pool, debt=0), loss)
    assert sum(parts) == loss
    there = (reserve, spread, junior.claim, senior.claim)
    for number, part in enumerate(parts):
        assert part == min(there[number], loss - sum(parts[:number]))
    assert after.cash == after.junior.claim + after.senior.claim + after.reserve + after.spread
    again, (to_senior, to_junior, rest) = with_recovery(after, loss)
    assert (to_senior, to_junior) == (parts[3], parts[2])
    assert rest == parts[0] + parts[1]
    assert (again.junior, again.senior) == (junior, senior)


@given(
    st.integers(1, 10**12),
    st.lists(st.integers(0, 10**7), min_size=1, max_size=8),
    st.sampled_from([0, 60_000_000]),
)
def test_interest_does_not_care_who_looks(debt: int, looks: list[int], senior_rate: int) -> None:
    """M12: looking often gives what looking once gives, within a unit; no time gives nothing."""
    template = replace(TEMPLATE, senior_rate=senior_rate, spread=10_000_000)
    tranche = Tranche(claim=debt, shares=debt * 10**6, queued=0, lost=0)
    begin = pool_of(tranche, tranche, debt, 0, 0)
    often, now_s = begin, 0
    for look in looks:
        now_s += look
        before, often = often, accrued(often, template, now_s)
        assert often.index >= before.index
        assert accrued(often, template, now_s) is often
    once = accrued(begin, template, now_s)
    assert abs(often.debt - once.debt) <= 1
    assert abs(often.reserve - once.reserve) <= 1
    assert abs(often.spread - once.spread) <= 1
    for pool in (often, once):
        claims = pool.senior.claim + pool.junior.claim + pool.reserve + pool.spread
        assert claims == pool.cash + pool.debt
        if not senior_rate:
            assert pool.senior.claim == debt


@given(
    st.integers(1, 10**12),
    st.integers(1, 10**7),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**15)), max_size=8),
)
def test_rewards_never_run_ahead_of_time(
    amount: int, length: int, looks: list[tuple[int, int]]
) -> None:
    """M18: what shares earned is at most what the time that has passed allows."""
    rewards: Rewards = replace(NONE, amount=amount, start_s=0, end_s=length)
    earned, now_s = 0, 0
    for seconds, shares in looks:
        now_s += seconds
        before, rewards = rewards, advanced(rewards, shares, now_s)
        earned += (rewards.index - before.index) * shares // 10**36
        assert earned + rewards.unearned <= rewards.emitted
        assert rewards.emitted == amount * min(now_s, length) // length


def test_the_published_rates_are_those_of_a_pool() -> None:
    """Aave's kink: at 80 % use borrowers pay 5 %, lenders earn 3.6 %; at full use 65 % and 58.5 %."""
    for use, borrow, supply in ((80, 50_000_000, 36_000_000), (100, 650_000_000, 585_000_000)):
        world = World()
        world.send("mint", "issue_cash", holder="alpha", asset="USD", amount=10**6, reference="a")
        world.send("alpha", "create_pool", "beta", "delta", pool="p", template=POOL)
        world.send("alpha", "deposit", pool="p", tranche="JUNIOR", amount=10**6)
        world.send(
            "alpha", "grant_credit_line", pool="p", borrower="acme", limit=10**6,
            due_ms=world.now_ms + DAY_MS, collateral_asset="", loan_to_value_limit=0,
        )  # fmt: skip
        world.send("acme", "borrow_from_pool", pool="p", amount=use * 10**4)
        found = pool_queries.pool(world.state, "p", world.now_ms)
        assert found is not None
        figures = found["figures"]
        assert isinstance(figures, dict)
        assert (figures["borrow_rate"], figures["supply_rate"]) == (borrow, supply)
        assert found["is_active"]
        assert SENIOR not in figures
