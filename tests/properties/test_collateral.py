"""Properties of collateral: whatever is asked, money is conserved and nobody's act harms an account.

Random commands with amounts at the boundaries, from a market without collateral; after each one
the invariants of the scenarios, and M8: no command makes a healthy account unhealthy. Everything is
done again in a second world at the end, and must give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger import codec
from ledger.receipt import Applied, Outcome, Rejected
from lending import keys, records
from lending.collateral.auction import split
from lending.collateral.health import SCALE, Limit, Worth
from lending.fields import AMOUNT_MAX, RATE_UNIT
from lending.records import collateral as stored
from lending.records.collateral import CollateralAccount
from tests.scenarios import lending_invariants
from tests.scenarios.collateral_invariants import all_of, health
from tests.scenarios.lending_world import DAY_MS, World

MEMBERS = ("alpha", "beta", "delta")
ASSETS = ("BOND", "GOLD")
LOANS = {"l1": "alpha", "l2": "beta"}
AMOUNTS = st.sampled_from(
    [1, 2, 3, 7, 8, 9, 99, 100, 101, 999, 1_000, 1_001, 10**6 - 1, 10**6, AMOUNT_MAX]
)
PRICES = st.sampled_from([1, 2, 700, 800, 900, 999, 1_000, 1_001, 1_100, 1_290, 2_000, AMOUNT_MAX])
HOURS = st.sampled_from([1, 2, 24, 49, 24 * 31])
PART = RATE_UNIT // 100


class CollateralWorld(RuleBasedStateMachine):
    """Two assets, one account, two loans of two lenders, bidders, a guarantor, a cover fund."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.lives = lending_invariants.Lives()
        self.asked: list[Callable[[World], object]] = []
        self.names = 0
        self.ask(
            "mint", "register_asset", asset="GOLD", kind="collateral", decimals=3, price_sources=()
        )
        for owner in ("alpha", "beta", "delta", "acme", "crow"):
            for asset in ("USD", *ASSETS):
                self.ask("mint", "issue_cash", holder=owner, asset=asset, amount=10**6,
                         reference=f"{owner}-{asset}")  # fmt: skip
        for asset, share in (("BOND", 100), ("GOLD", 60)):
            self.ask("alpha", "register_price_feed", "beta", "delta", asset=asset, currency="USD",
                     sources=("beta", "gamma", "delta"), quorum=2, age_max_ms=2 * DAY_MS,
                     band=30 * PART, interval_ms=DAY_MS)  # fmt: skip
            self.ask("alpha", "set_collateral_policy", "beta", "delta", asset=asset,
                     currency="USD", haircut=10 * PART, share_max=share * PART,
                     supply_cap=10**6 - 1)  # fmt: skip
            self.report(asset, 1_000)
        self.ask("acme", "open_collateral_account", "alpha", account="safe", agent="alpha",
                 currency="USD", borrow_limit=70 * PART, margin_limit=80 * PART,
                 liquidation_limit=90 * PART, cure_ms=3 * DAY_MS, close_factor=50 * PART,
                 least_debt=500, cost_rate=2 * PART, start_premium=10 * PART,
                 step_ms=3_600_000, step_rate=2 * PART, floor_rate=80 * PART)  # fmt: skip
        for name, lender in LOANS.items():
            terms = {
                "product": "personal", "version": 1, "lender": lender, "borrower": "acme",
                "asset": "USD", "principal": 100_000, "rate": 60_000_000, "installments": 12,
                "collateral_asset": "", "available_until_ms": self.world.now_ms + 20 * DAY_MS,
                "signatories": (),
                "capitalised": 0,
            }  # fmt: skip
            self.ask("acme", "propose_agreement", lender, agreement=name, terms=terms)
            self.ask("acme", "secure_loan", lender, "alpha", account="safe", agreement=name)
        self.ask("beta", "open_cover_fund", fund="shield", currency="USD", capital=100_000,
                 exposure_limit=RATE_UNIT, cover_limit=50 * PART, premium_rate=4 * PART,
                 premium_rate_secured=PART)  # fmt: skip
        self.ask("alpha", "register_mode", "beta", "delta", mode="metals", currency="USD",
                 assets=("GOLD",), borrow_limit=85 * PART, margin_limit=90 * PART,
                 liquidation_limit=95 * PART)  # fmt: skip
        self.wait(1)
        self.ask("acme", "top_up_collateral", account="safe", asset="BOND", amount=200)
        self.ask("acme", "draw_down", agreement="l1")

    def ask(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> Outcome:
        """Send a command now, and again in the second world; a healthy account stays healthy."""
        self.asked.append(lambda world: world.send(sender, name, *cosigners, **fields))
        before = self.unhealthy()
        writes = self.world.state.writes()
        outcome = self.world.send(sender, name, *cosigners, **fields)
        if isinstance(outcome, Rejected):
            after = self.world.state.writes()
            assert {key: after[key] for key in writes} == writes
        assert self.unhealthy() <= before, (name, fields)
        return outcome

    def unhealthy(self) -> frozenset[str]:
        """The accounts above their margin limit at the agreed prices, by the slow path."""
        found = []
        for name, account in all_of(self.world.state, keys.ACCOUNT, stored.ACCOUNT):
            debt, value = health(self.world.state, account)
            if debt > value * Fraction(account.terms.margin_limit, RATE_UNIT):
                found.append(name)
        return frozenset(found)

    def account(self) -> CollateralAccount:
        found = stored.ACCOUNT.read(self.world.state, keys.account("safe"))
        assert found is not None
        return found

    @rule(hours=HOURS)
    def wait(self, hours: int) -> None:
        """The next block comes so much later."""
        now_ms = self.world.now_ms + hours * 3_600_000
        self.asked.append(lambda world: world.begin(now_ms))
        self.world.begin(now_ms)

    @rule(asset=st.sampled_from(ASSETS), price=PRICES)
    def report(self, asset: str, price: int) -> None:
        for source in ("beta", "gamma"):
            self.ask(source, "report_price", asset=asset, currency="USD", price=price)

    @rule(asset=st.sampled_from(ASSETS), source=st.sampled_from(["delta", "acme"]), price=PRICES)
    def lie(self, asset: str, source: str, price: int) -> None:
        self.ask(source, "report_price", asset=asset, currency="USD", price=price)

    @rule(percent=st.sampled_from([71, 75, 80, 90, 100, 120]), hours=st.sampled_from([1, 25]))
    def market_moves(self, percent: int, hours: int) -> None:
        """All prices move by what the band allows in a day, and the block after strikes them."""
        self.wait(25)
        for asset in ASSETS:
            price = records.PRICE.read(self.world.state, keys.price(asset, "USD"))
            self.report(asset, 1_000 if price is None else max(1, price.price * percent // 100))
        self.wait(hours)

    @rule(asset=st.sampled_from(ASSETS))
    def resume(self, asset: str) -> None:
        self.ask("alpha", "resume_price_feed", "beta", "delta", asset=asset, currency="USD")

    @rule(asset=st.sampled_from(ASSETS), haircut=st.sampled_from([0, 50, 100]))
    def change_policy(self, asset: str, haircut: int) -> None:
        self.ask("alpha", "set_collateral_policy", "beta", "delta", asset=asset, currency="USD",
                 haircut=haircut * PART, share_max=RATE_UNIT, supply_cap=10**6)  # fmt: skip

    @rule(asset=st.sampled_from(ASSETS), amount=AMOUNTS)
    def top_up(self, asset: str, amount: int) -> None:
        self.ask("acme", "top_up_collateral", account="safe", asset=asset, amount=amount)

    @rule(asset=st.sampled_from(ASSETS), amount=AMOUNTS)
    def withdraw(self, asset: str, amount: int) -> None:
        self.ask("acme", "withdraw_collateral", account="safe", asset=asset, amount=amount)

    @rule(assets=st.permutations(ASSETS), amount_in=AMOUNTS, amount_out=AMOUNTS)
    def substitute(self, assets: list[str], amount_in: int, amount_out: int) -> None:
        self.ask("acme", "substitute_collateral", account="safe", asset_in=assets[0],
                 amount_in=amount_in, asset_out=assets[1], amount_out=amount_out)  # fmt: skip

    @rule(signers=st.sampled_from([("alpha", "beta"), ("alpha",)]))
    def enter_mode(self, signers: tuple[str, ...]) -> None:
        """Also: whatever is then done, no account gets above what its own mode allows."""
        self.ask("acme", "enter_mode", *signers, account="safe", mode="metals")

    @rule()
    def leave_mode(self) -> None:
        self.ask("acme", "leave_mode", account="safe")

    @rule(name=st.sampled_from(sorted(LOANS)))
    def draw_down(self, name: str) -> None:
        self.ask("acme", "draw_down", agreement=name)

    @rule(name=st.sampled_from(sorted(LOANS)), amount=AMOUNTS)
    def repay(self, name: str, amount: int) -> None:
        self.ask("acme", "repay", loan=name, amount=amount)

    @rule(name=st.sampled_from(sorted(LOANS)), amount=AMOUNTS)
    def recover(self, name: str, amount: int) -> None:
        self.ask("acme", "record_recovery", loan=name, amount=amount, collector="",
                 collection_fee=0)  # fmt: skip

    @rule(bidder=st.sampled_from(["beta", "delta", "acme", "alpha"]),
          asset=st.sampled_from(ASSETS), amount=AMOUNTS, price_max=PRICES)  # fmt: skip
    def bid(self, bidder: str, asset: str, amount: int, price_max: int) -> None:
        """M10: nobody pays less than the floor, and no more is sold than there is."""
        lots = {lot.asset: lot for lot in self.account().lots}
        outcome = self.ask(
            bidder, "bid", account="safe", asset=asset, amount=amount, price_max=price_max
        )
        if isinstance(outcome, Applied):
            [sold] = [facts for name, facts in outcome.events if name == "collateral_sold"]
            unit = {"BOND": 1, "GOLD": 1_000}[asset]
            assert sold["payment"] * unit >= sold["amount"] * lots[asset].floor
            assert sold["payment"] == sold["cost"] + sold["paid"] + sold["surplus"]

    @rule(amount=st.sampled_from([1, 50, 10**6]), hours=st.sampled_from([1, 9]))
    def buy(self, amount: int, hours: int) -> None:
        self.wait(hours)
        for asset in ASSETS:
            self.bid("delta", asset, amount, 2_000)

    @rule(name=st.sampled_from(sorted(LOANS)), kind=st.sampled_from(["FIRST_LOSS", "GUARANTEE"]),
          amount=AMOUNTS, days=st.sampled_from([1, 60, 400]))  # fmt: skip
    def guarantee(self, name: str, kind: str, amount: int, days: int) -> None:
        self.names += 1
        self.ask("crow", "give_guarantee", guarantee=f"g{self.names}", agreement=name, kind=kind,
                 amount=amount, until_ms=self.world.now_ms + days * DAY_MS)  # fmt: skip

    @rule(amount=AMOUNTS, days=st.sampled_from([1, 60, 400]))
    def cover(self, amount: int, days: int) -> None:
        self.names += 1
        self.ask("alpha", "buy_cover", cover=f"g{self.names}", fund="shield", agreement="l1",
                 amount=amount, until_ms=self.world.now_ms + days * DAY_MS,
                 premium_max=10_000)  # fmt: skip

    @rule(capital=st.sampled_from([0, 1, 50_000, 100_000, 10**7]))
    def change_capital(self, capital: int) -> None:
        self.ask("beta", "change_cover_capital", fund="shield", capital=capital)

    @rule(name=st.sampled_from(sorted(LOANS)))
    def write_off(self, name: str) -> None:
        self.ask(LOANS[name], "write_off", loan=name)

    @invariant()
    def money_is_conserved(self) -> None:
        lending_invariants.check(self.world.state)
        self.lives.check(self.world.state)

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


TestCollateralWorld = CollateralWorld.TestCase
TestCollateralWorld.settings = settings(max_examples=30, stateful_step_count=40)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=16), st.data())
def test_a_split_is_exact_and_gives_nobody_more_than_its_weight(
    weights: list[int], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    parts = split(amount, weights)
    assert sum(parts) == amount
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(
    st.lists(st.tuples(st.integers(1, 10**12), st.integers(1, 10**12)), min_size=1, max_size=6),
    st.integers(1, 10**15),
    st.builds(Limit, st.integers(1, RATE_UNIT), st.integers(1, RATE_UNIT)),
    st.data(),
)
def test_no_price_at_its_trigger_or_above_uncovers_a_debt(
    holdings: list[tuple[int, int]], debt: int, limit: Limit, data: st.DataObject
) -> None:
    """The index of trigger prices misses no account: the reason why no account is scanned."""

    def value(prices: list[int]) -> Worth:
        values = [amount * price for (amount, _), price in zip(holdings, prices, strict=True)]
        return Worth(sum(values) * SCALE, tuple(prices), sum(values[::2]) * SCALE)

    now = value([price for _, price in holdings])
    if not now.covers(debt, limit):
        return
    triggers = now.trigger_prices(debt, limit)
    assert all(trigger <= price for trigger, price in zip(triggers, now.prices, strict=True))
    later = [data.draw(st.integers(trigger, trigger + 5)) for trigger in triggers]
    assert value(later).covers(debt, limit)
