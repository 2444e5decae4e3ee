"""Properties of cover for deposits: whatever is bought and lost, a fund pays at most the loss, once.

A pool with two depositors that lends and loses, a custodian that loses, a fund that covers both.
"""

from __future__ import annotations

from collections import defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger import codec
from ledger.receipt import Applied, Outcome, Rejected
from lending import keys
from lending.chart import Account
from lending.fields import RATE_UNIT
from lending.journal import balance_of
from lending.records import collateral as stored
from lending.records import deposit_cover as covers
from tests.scenarios import lending_invariants
from tests.scenarios.lending_world import DAY_MS, World, keys_of
from tests.scenarios.pool_lines import POOL

PART = RATE_UNIT // 100
AMOUNTS = st.sampled_from([0, 1, 2, 3, 127, 999, 1_000, 1_001, 9_999, 10_000, 2**63 - 1])
BUYERS = ("crow", "bolt")


class CoverWorld(RuleBasedStateMachine):
    """Everybody begins with money; the manager is alpha, the fund delta's."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.names = 0
        self.paid: dict[str, int] = defaultdict(int)
        self.declared = 0
        members = ("beta", "delta")
        self.ask("alpha", "register_party", party="vault", kind="custodian",
                 keys=keys_of("vault"), threshold=1)  # fmt: skip
        self.ask("vault", "register_asset", asset="GOLD", kind="collateral", decimals=0,
                 price_sources=("beta",))  # fmt: skip
        self.ask("beta", "report_price", asset="GOLD", currency="USD", price=100)
        for owner in (*BUYERS, "delta", "acme"):
            self.ask("mint", "issue_cash", holder=owner, asset="USD", amount=10_000,
                     reference=owner)  # fmt: skip
            self.ask("vault", "issue_cash", holder=owner, asset="GOLD", amount=10,
                     reference=owner)  # fmt: skip
        self.ask("alpha", "create_pool", *members, pool="main",
                 template={**POOL, "senior_part_max": 500_000_000})  # fmt: skip
        for owner in BUYERS:
            self.ask(owner, "deposit", pool="main", tranche="JUNIOR", amount=3_000)
        self.ask("delta", "open_cover_fund", fund="shield", currency="USD", capital=4_000,
                 exposure_limit=RATE_UNIT, cover_limit=50 * PART, premium_rate=0,
                 premium_rate_secured=0)  # fmt: skip
        rates = (("SENIOR", PART), ("JUNIOR", 2 * PART), ("CUSTODIAN", PART))
        self.ask("delta", "set_cover_terms", fund="shield", rates=rates,
                 subject_limit=75 * PART, waiting_ms=DAY_MS)  # fmt: skip

    def ask(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> Outcome:
        """Send a command; what is paid on one event is at most the loss of each buyer."""
        writes = self.world.state.writes()
        outcome = self.world.send(sender, name, *cosigners, **fields)
        if isinstance(outcome, Rejected):
            after = self.world.state.writes()
            assert {key: after[key] for key in writes} == writes
        else:
            self.look(outcome)
        return outcome

    def look(self, outcome: Applied) -> None:
        got: dict[str, int] = defaultdict(int)
        lost = [f["loss"] for event, f in outcome.events if event == "pool_debt_written_off"]
        for event, facts in outcome.events:
            if event == "deposit_cover_paid":
                assert 0 < facts["amount"] <= facts["loss"]
                assert facts["cover"] not in self.paid, "a cover pays once"
                self.paid[facts["cover"]] = facts["amount"]
                got[facts["buyer"]] += facts["amount"]
        assert not lost or sum(got.values()) <= lost[0]

    @rule(days=st.sampled_from([1, 2, 30]))
    def wait(self, days: int) -> None:
        self.world.begin(self.world.now_ms + days * DAY_MS)

    @rule(buyer=st.sampled_from((*BUYERS, "alpha", "delta")), amount=AMOUNTS,
          tranche=st.sampled_from(["JUNIOR", "SENIOR"]), days=st.sampled_from([0, 1, 2, 60]))  # fmt: skip
    def cover_deposit(self, buyer: str, amount: int, tranche: str, days: int) -> None:
        self.names += 1
        self.ask(buyer, "cover_deposit", cover=f"c{self.names}", fund="shield", pool="main",
                 tranche=tranche, amount=amount, premium_max=1_000,
                 until_ms=self.world.now_ms + days * DAY_MS)  # fmt: skip

    @rule(buyer=st.sampled_from((*BUYERS, "vault")), units=st.sampled_from([1, 9, 10, 11]),
          amount=AMOUNTS, days=st.sampled_from([1, 2, 60]))  # fmt: skip
    def cover_holding(self, buyer: str, units: int, amount: int, days: int) -> None:
        self.names += 1
        self.ask(buyer, "cover_holding", cover=f"c{self.names}", fund="shield", asset="GOLD",
                 units=units, amount=amount, premium_max=1_000,
                 until_ms=self.world.now_ms + days * DAY_MS)  # fmt: skip

    @rule(buyer=st.sampled_from(BUYERS), amount=AMOUNTS,
          tranche=st.sampled_from(["JUNIOR", "SENIOR"]))  # fmt: skip
    def deposit(self, buyer: str, amount: int, tranche: str) -> None:
        self.ask(buyer, "deposit", pool="main", tranche=tranche, amount=amount)

    @rule(buyer=st.sampled_from(BUYERS), shares=st.sampled_from([10**6, 10**9, 3 * 10**9]))
    def leave(self, buyer: str, shares: int) -> None:
        self.ask(buyer, "request_withdrawal", pool="main", tranche="JUNIOR", shares=shares)

    @rule(amount=AMOUNTS, days=st.sampled_from([0, 3]))
    def lose(self, amount: int, days: int) -> None:
        """The pool lends, and its manager realises the loss when it is due."""
        due_ms = self.world.now_ms + days * DAY_MS
        self.ask("alpha", "grant_credit_line", pool="main", borrower="acme", limit=10**6,
                 due_ms=due_ms + 1, collateral_asset="", loan_to_value_limit=0)  # fmt: skip
        self.ask("acme", "borrow_from_pool", pool="main", amount=amount)
        self.world.begin(due_ms + 2)
        self.ask("alpha", "write_off_pool_debt", pool="main", borrower="acme")

    @rule(part=st.sampled_from([0, 1, 50 * PART, RATE_UNIT]))
    def custodian_loses(self, part: int) -> None:
        before = {buyer: self.income(buyer) for buyer in BUYERS}
        self.ask("alpha", "declare_custodian_loss", "beta", "delta", asset="GOLD", loss_rate=part)
        for buyer in BUYERS:
            gained = self.income(buyer) - before[buyer]
            new = max(0, part - self.declared)
            assert gained * RATE_UNIT <= 10 * 100 * new, "no more than the loss of what is held"
        self.declared = max(self.declared, part)

    @rule(units=st.sampled_from([1, 10]))
    def sell_gold(self, units: int) -> None:
        self.ask("crow", "transfer_cash", to="acme", asset="GOLD", amount=units, reference="s")

    @rule(capital=st.sampled_from([0, 1, 2_000, 4_000, 9_000]))
    def change_capital(self, capital: int) -> None:
        self.ask("delta", "change_cover_capital", fund="shield", capital=capital)

    def income(self, owner: str) -> int:
        return -balance_of(self.world.state, owner, Account.CLAIMS_INCOME, "USD")

    @invariant()
    def a_fund_covers_what_it_sold(self) -> None:
        lending_invariants.check(self.world.state)
        fund = stored.FUND.read(self.world.state, keys.fund("shield"))
        assert fund is not None
        assert fund.exposure <= fund.capital

    @invariant()
    def what_was_paid_is_noted(self) -> None:
        for name, amount in self.paid.items():
            cover = covers.DEPOSIT_COVER.read(self.world.state, covers.deposit_cover_key(name))
            assert cover is not None
            assert cover.paid == amount <= cover.amount
        assert sum(self.paid.values()) == sum(map(self.income, BUYERS))


TestCoverWorld = CoverWorld.TestCase
TestCoverWorld.settings = settings(max_examples=40, stateful_step_count=40)
