"""A small market on a fake node: a pool, a facility, an index, collateral on sale, guarantee, cover."""

from __future__ import annotations

from client.transactions import build
from ledger import codec
from ledger.receipt import Applied, Outcome
from tests.scenarios.facility_lines import NO_FEE, TERMS, TRANCHE
from tests.scenarios.pool_lines import POOL
from tests.unit.api.fake_node import DAY_MS, MEMBERS, START_MS, FakeNode, signer

PERCENT = 10_000_000
OTHERS = tuple(name for name in MEMBERS if name != "alpha")


class Market:
    """A fake node and what was done on it, one command a block."""

    def __init__(self) -> None:
        self.node = FakeNode()
        self.sent = 0
        self._money()
        self._pool()
        self._facility()
        self._collateral()
        self._credit()

    def send(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> Outcome:
        """Have a command carried out in a block of its own; it must be applied."""
        self.sent += 1
        signed = build(
            self.node.chain.chain_id, sender, (name, fields),
            [signer(each) for each in (sender, *cosigners)], expires_at=1_000,
            salt=self.sent.to_bytes(4, "big"),
        )  # fmt: skip
        self.node.commit(signed.raw)
        receipt = self.node.status(signed.id).receipt
        assert receipt is not None
        assert isinstance(receipt.outcome, Applied), (name, receipt.outcome)
        return receipt.outcome

    def _money(self) -> None:
        self.send("mint", "register_asset", asset="BOND", kind="collateral", decimals=0,
                  price_sources=())  # fmt: skip
        for holder in (*MEMBERS, "acme"):
            for asset, amount in (("USD", 1_000_000_00), ("BOND", 100)):
                self.send("mint", "issue_cash", holder=holder, asset=asset, amount=amount,
                          reference=f"{holder}-{asset}")  # fmt: skip

    def _credit(self) -> None:
        self.send("alpha", "propose_credit_model", *OTHERS, version=1, base=500,
                  weights=(("ON_TIME", 1, 5, 150), ("DEFAULTS", 1, -200, 600)),
                  grades=(("A", 600), ("B", 0)))  # fmt: skip
        self.send("alpha", "set_reporting", *OTHERS, asset="USD", threshold=1_000_00)
        self.send("beta", "transfer_cash", to="acme", asset="USD", amount=1_000_00,
                  reference="large")  # fmt: skip

    def _pool(self) -> None:
        template = {**POOL, "senior_part_max": 800_000_000, "reward_asset": "BOND"}
        self.send("alpha", "create_pool", *OTHERS, pool="main", template=template)
        for tranche in ("JUNIOR", "SENIOR"):
            self.send("alpha", "deposit", pool="main", tranche=tranche, amount=5_000_00)
        self.send("alpha", "grant_credit_line", pool="main", borrower="acme", limit=9_000_00,
                  due_ms=START_MS + 300 * DAY_MS, collateral_asset="BOND",
                  loan_to_value_limit=800_000_000)  # fmt: skip
        self.send("alpha", "grant_credit_line", pool="main", borrower="beta", limit=9_000_00,
                  due_ms=START_MS + 300 * DAY_MS, collateral_asset="",
                  loan_to_value_limit=0)  # fmt: skip
        self.send("beta", "borrow_from_pool", pool="main", amount=8_999_99)
        self.send("alpha", "request_withdrawal", pool="main", tranche="SENIOR", shares=3 * 10**11)

    def _facility(self) -> None:
        self.send("alpha", "register_index", *OTHERS, index="hibor", sources=("alpha", "beta"),
                  quorum=1, correction_days=3)  # fmt: skip
        day_ms = START_MS - START_MS % DAY_MS
        self.send("alpha", "report_fixing", index="hibor", day_ms=day_ms, value=20_000_000)
        self.send("beta", "correct_fixing", index="hibor", day_ms=day_ms, value=21_000_000)
        fee = {**NO_FEE, "tiers": ((0, 0, 10_000_000),)}
        tranche = {
            **TRANCHE, "index": "hibor", "commitments": (("alpha", 600_000), ("beta", 400_000)),
            "available_until_ms": day_ms + 60 * DAY_MS, "maturity_ms": day_ms + 366 * DAY_MS,
        }  # fmt: skip
        terms = {
            **TERMS, "tranches": (tranche,), "drawdown_fee": fee,
            "sign_until_ms": day_ms + 30 * DAY_MS,
        }  # fmt: skip
        self.send("acme", "propose_facility", "alpha", "beta", facility="f1", terms=terms)
        self.send("acme", "draw_facility", facility="f1", tranche="term", amount=500_000)
        self.send("alpha", "propose_amendment", facility="f1", amendment="v1", matter="MARGIN",
                  tranche="term", value=60_000_000)  # fmt: skip

    def _collateral(self) -> None:
        pair = {"asset": "BOND", "currency": "USD"}
        self.send("alpha", "register_price_feed", *OTHERS, **pair, sources=("alpha", "beta"),
                  quorum=1, age_max_ms=DAY_MS, band=100 * PERCENT, interval_ms=DAY_MS)  # fmt: skip
        self.send("alpha", "set_collateral_policy", *OTHERS, **pair, haircut=0,
                  share_max=100 * PERCENT, supply_cap=1_000)  # fmt: skip
        self.send("alpha", "report_price", **pair, price=1_000_00)
        self.send("acme", "open_collateral_account", "alpha", account="safe", agent="alpha",
                  currency="USD", borrow_limit=70 * PERCENT, margin_limit=80 * PERCENT,
                  liquidation_limit=90 * PERCENT, cure_ms=DAY_MS, close_factor=50 * PERCENT,
                  least_debt=100, cost_rate=2 * PERCENT, start_premium=10 * PERCENT,
                  step_ms=3_600_000, step_rate=2 * PERCENT, floor_rate=80 * PERCENT)  # fmt: skip
        terms = {"product": "personal", "version": 1, "lender": "alpha", "borrower": "acme",
                 "asset": "USD", "principal": 7_000_00, "rate": 10**8, "installments": 12,
                 "signatories": (), "capitalised": 0, "collateral_asset": "",
                 "available_until_ms": START_MS + 30 * DAY_MS}  # fmt: skip
        self.send("acme", "propose_agreement", "alpha", agreement="l1", terms=terms)
        self.send("acme", "secure_loan", "alpha", account="safe", agreement="l1")
        self.send("acme", "top_up_collateral", account="safe", asset="BOND", amount=10)
        self.send("acme", "draw_down", agreement="l1")
        self.send("beta", "give_guarantee", guarantee="g1", agreement="l1", kind="GUARANTEE",
                  amount=1_000_00, until_ms=START_MS + 100 * DAY_MS)  # fmt: skip
        self.send("beta", "open_cover_fund", fund="cover", currency="USD", capital=10_000_00,
                  exposure_limit=50 * PERCENT, cover_limit=20 * PERCENT,
                  premium_rate=2 * PERCENT, premium_rate_secured=PERCENT)  # fmt: skip
        self.send("alpha", "report_price", **pair, price=600_00)
        self.node.commit()
