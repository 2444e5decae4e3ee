"""Properties of exchanges: both legs or none, whatever is offered, accepted, declined, or over.

After every step each party has exactly what the exchanges that took place gave and took.
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
from lending.journal import balance_of
from lending.records import exchange as stored
from lending.records.exchange import ExchangeStatus
from tests.scenarios import lending_invariants
from tests.scenarios.lending_world import DAY_MS, World

START = 1_000
PARTIES = ("alpha", "beta", "acme")
ASSETS = ("USD", "BOND")
AMOUNTS = st.sampled_from([0, 1, 2, 3, 127, 128, START - 1, START, START + 1, 2**63 - 1])
WHO, WHAT = st.sampled_from(PARTIES), st.sampled_from(ASSETS)


class Market(RuleBasedStateMachine):
    """Three parties with a thousand of two assets each."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.has: dict[tuple[str, str], int] = defaultdict(int)
        self.names = 0
        for party in PARTIES:
            for asset in ASSETS:
                self.ask("mint", "issue_cash", holder=party, asset=asset, amount=START,
                         reference=f"{party}-{asset}")  # fmt: skip
                self.has[party, asset] = START

    def ask(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> Outcome:
        """Send a command; a refused one changes nothing, an exchange moves both legs."""
        writes = self.world.state.writes()
        outcome = self.world.send(sender, name, *cosigners, **fields)
        if isinstance(outcome, Rejected):
            after = self.world.state.writes()
            assert {key: after[key] for key in writes} == writes
        for event, facts in outcome.events if isinstance(outcome, Applied) else ():
            if event == "assets_exchanged":
                self.has[facts["giver"], facts["give_asset"]] -= facts["give_amount"]
                self.has[facts["taker"], facts["give_asset"]] += facts["give_amount"]
                self.has[facts["taker"], facts["get_asset"]] -= facts["get_amount"]
                self.has[facts["giver"], facts["get_asset"]] += facts["get_amount"]
        return outcome

    @rule(owner=WHO, to=st.sampled_from(["", *PARTIES]), give=WHAT, get=WHAT, give_amount=AMOUNTS,
          get_amount=AMOUNTS, days=st.sampled_from([0, 1, 3]))  # fmt: skip
    def offer(
        self, owner: str, to: str, give: str, get: str, give_amount: int, get_amount: int, days: int
    ) -> None:
        self.names += 1
        self.ask(owner, "offer_exchange", exchange=f"x{self.names}", to=to, give_asset=give,
                 give_amount=give_amount, get_asset=get, get_amount=get_amount,
                 until_ms=self.world.now_ms + days * DAY_MS)  # fmt: skip

    @rule(taker=WHO, back=st.integers(0, 5))
    def accept(self, taker: str, back: int) -> None:
        self.ask(taker, "accept_exchange", exchange=f"x{self.names - back}")

    @rule(who=WHO, back=st.integers(0, 5))
    def withdraw(self, who: str, back: int) -> None:
        self.ask(who, "withdraw_exchange", exchange=f"x{self.names - back}")

    @rule(one=WHO, other=WHO, give=WHAT, get=WHAT, give_amount=AMOUNTS, get_amount=AMOUNTS)
    def both_sign(
        self, one: str, other: str, give: str, get: str, give_amount: int, get_amount: int
    ) -> None:
        self.ask(one, "exchange_assets", other, counterparty=other, give_asset=give,
                 give_amount=give_amount, get_asset=get, get_amount=get_amount,
                 reference="spot")  # fmt: skip

    @rule(days=st.sampled_from([1, 2]))
    def wait(self, days: int) -> None:
        self.world.begin(self.world.now_ms + days * DAY_MS)

    @invariant()
    def both_legs_moved_or_none(self) -> None:
        for (party, asset), amount in self.has.items():
            state = self.world.state
            cash = balance_of(state, party, Account.CASH, asset)
            assert cash + balance_of(state, party, Account.PLEDGED, asset) == amount

    @invariant()
    def what_is_set_aside_is_offered(self) -> None:
        """Also: nothing that is over is still open."""
        lending_invariants.check(self.world.state)
        for number in range(1, self.names + 1):
            offer = stored.EXCHANGE.read(self.world.state, keys.exchange(f"x{number}"))
            assert (
                offer is None
                or offer.status is not ExchangeStatus.OPEN
                or self.world.now_ms < offer.until_ms
            )


TestMarket = Market.TestCase
TestMarket.settings = settings(max_examples=40, stateful_step_count=40)
