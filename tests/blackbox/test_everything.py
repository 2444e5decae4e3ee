"""Everything at once on real nodes: a facility, a pool, a liquidation, a claim, a vote, two chains.

Four members on one chain and four on another, each a process of its own; every command is signed and
handed in over HTTP. At the end the chain's export is audited at the highest level in this process, and
every named property of a state is asked of what came out of the audit.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from client import HansaClient, bridge, proofs
from client.errors import RejectedByRule
from ledger import codec
from ledger.crypto import Signer
from ledger.export import read_entries, read_genesis
from ledger.proof import TransactionProof
from ledger.verify import Level, verify_chain
from lending.chart import Account
from lending.commands import command_value
from lending.records.collateral import ProtectionStatus
from lending.records.facilities import AmendmentStatus
from tests.campaigns.judge import replay_chain
from tests.campaigns.lending_complete import completed
from tests.campaigns.lending_stage import Ask
from tests.properties.named.base import STATES
from tests.properties.named.registry import GROUPS
from tests.properties.named.view import View, view_of
from tests.scenarios.facility_lines import TERMS, TRANCHE
from tests.scenarios.lending_world import DAY_MS, PARTIES, document
from tests.scenarios.pool_lines import POOL
from tests.support.network import Network, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

RATE = 43_200
"""Twelve hours of business time in a second."""
PART = 10_000_000
QUORUM = ("beta", "delta")
LENDERS = ("alpha", "beta", "delta")
PATIENCE = 20.0
LAG_DAYS = 5
"""How many business days before a period its fixing is taken."""


@dataclass
class Town:
    """One chain, its nodes, and who asks it."""

    network: Network
    """The nodes."""
    client: HansaClient
    """Who asks them."""
    epoch_ms: int
    """The time of the wall at which business time was that of the genesis."""

    @property
    def midnight_ms(self) -> int:
        """The begin of the business day, as near as the wall tells."""
        passed = (time.time_ns() // 1_000_000 - self.epoch_ms) * RATE
        now_ms = self.network.genesis.timestamp_ms + passed
        return now_ms - now_ms % DAY_MS

    def ask(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> bytes:
        """A command that must be applied; the id of its transaction. Raises RejectedByRule."""
        whole = completed(Ask(sender, name, fields, cosigners))
        signers = [key for party in dict.fromkeys((sender, *cosigners)) for key in keys_of(party)]
        signed = self.client.build(sender, (name, dict(whole.fields)), signers)
        self.client._run(self.client.flows.execute(signed, PATIENCE))
        return signed.id

    def insist(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> bytes:
        """A command that is applied once the clock has come so far."""
        found: list[bytes] = []

        def tried() -> bool:
            try:
                found.append(self.ask(sender, name, *cosigners, **fields))
            except RejectedByRule:
                return False
            return True

        until(tried, f"{name} by {sender}", PATIENCE)
        return found[0]

    def proof(self, transaction: bytes) -> TransactionProof:
        """What this chain proves of one of its transactions."""
        return self.client._run(proofs.fetch_proof(self.client.flows, transaction))


def keys_of(party: str) -> list[Signer]:
    """All keys of a party of the genesis."""
    count = next((threshold for name, _, _, threshold in PARTIES if name == party), 1)
    return [
        Signer.from_seed(hashlib.sha256(f"{party}#{number}".encode()).digest())
        for number in range(1, count + 1)
    ]


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[tuple[Town, Town]]:
    """Four nodes of one chain, four of another, on one fast clock."""
    epoch_ms = time.time_ns() // 1_000_000
    parameters: dict[str, object] = {
        "devnet": True, "clock_rate": RATE, "timeout_ms": 2_000, "idle_interval_ms": 200,
    }  # fmt: skip
    settings = f'log_level = "info"\nepoch_ms = {epoch_ms}\nverify_threads = 1\n'
    made = [
        Network(tmp_path / name, parameters=parameters, settings=settings,
                application=document(price_age_max_ms=30 * DAY_MS))
        for name in ("home", "harbor")
    ]  # fmt: skip
    with made[0], made[1]:
        for network in made:
            network.start()
        for network in made:
            network.wait_ready()
        clients = [
            HansaClient([f"http://{node.address}" for node in network.nodes]) for network in made
        ]
        with clients[0], clients[1]:
            yield Town(made[0], clients[0], epoch_ms), Town(made[1], clients[1], epoch_ms)


def test_everything_happens_on_one_network(towns: tuple[Town, Town]) -> None:
    home, harbor = towns
    for party in (*LENDERS, "gamma", "acme"):
        home.ask("mint", "issue_cash", holder=party, asset="USD", amount=10**8, reference=party)
    home.ask("mint", "issue_cash", holder="acme", asset="BOND", amount=10, reference="depot")
    begin_facility(home)
    run_pool(home)
    lock = cross_over(home, harbor)
    begin_secured_loan(home, lock)
    vote(home)
    liquidate(home)
    bring_back(home, harbor)
    serve_facility(home)
    check(*audited(home))
    view, _ = audited(harbor)
    assert view.book("beta", "BOND")[Account.CASH] == 10


def begin_facility(home: Town) -> None:
    """A floating-rate loan of three lenders, signed by all and drawn."""
    home.ask("alpha", "register_index", *QUORUM, index="ibor", sources=("alpha", "beta", "gamma"),
             quorum=2, correction_days=3)  # fmt: skip
    fix(home)
    day = home.midnight_ms
    tranche = {
        **TRANCHE, "tranche": "a", "index": "ibor", "rate": 2 * PART, "fixing_lag_days": LAG_DAYS,
        "cycle": "P1WL1", "available_until_ms": day + 60 * DAY_MS, "maturity_ms": day + 90 * DAY_MS,
        "commitments": (("alpha", 500_000_01), ("beta", 300_000_00), ("delta", 199_999_99)),
    }  # fmt: skip
    terms = {**TERMS, "tranches": (tranche,), "sign_until_ms": day + 9 * DAY_MS}
    home.ask("acme", "propose_facility", *LENDERS, facility="f1", terms=terms)
    keep_fixing(home, "draw_facility", tranche="a", amount=1_000_000_00)


def keep_fixing(home: Town, name: str, **fields: codec.Value) -> None:
    """Report fixings until the borrower's command is applied."""

    def tried() -> bool:
        fix(home)
        try:
            home.ask("acme", name, facility="f1", **fields)
        except RejectedByRule:
            return False
        return True

    until(tried, name, PATIENCE)


def fix(home: Town) -> None:
    """What two sources say of the days that a period may need now, as far as it is not known yet."""
    for ago in (LAG_DAYS, LAG_DAYS - 1):
        for source in ("alpha", "beta"):
            try:
                home.ask(source, "report_fixing", index="ibor", value=3 * PART,
                         day_ms=home.midnight_ms - ago * DAY_MS)  # fmt: skip
            except RejectedByRule as known:
                if known.code not in ("WRONG_STATUS", "ALREADY_APPROVED"):
                    raise


def run_pool(home: Town) -> None:
    """Two depositors, a borrower, a repayment."""
    home.ask("alpha", "create_pool", *QUORUM, pool="main", template=POOL)
    home.ask("beta", "deposit", pool="main", tranche="JUNIOR", amount=60_000_00)
    home.ask("gamma", "deposit", pool="main", tranche="JUNIOR", amount=30_000_00)
    home.ask("alpha", "grant_credit_line", pool="main", borrower="acme", limit=50_000_00,
             due_ms=home.midnight_ms + 300 * DAY_MS)  # fmt: skip
    home.ask("acme", "borrow_from_pool", pool="main", amount=40_000_00)
    home.ask("acme", "repay_pool", pool="main", amount=15_000_00)
    home.ask("gamma", "request_withdrawal", pool="main", tranche="JUNIOR", shares=10**12)


def cross_over(home: Town, harbor: Town) -> TransactionProof:
    """Both chains know each other; ten bonds are locked on the other one for an account here."""
    for town, other, name in ((home, harbor, "harbor"), (harbor, home, "home")):
        command = bridge.registration(name, other.network.genesis, 300 * DAY_MS)
        town.ask("alpha", "register_chain", *QUORUM, **command_value(command)[1])
    home.ask("alpha", "register_wrapped_asset", *QUORUM, asset="HBOND", chain="harbor",
             origin="BOND", decimals=0, use_until_ms=home.midnight_ms + 100 * DAY_MS,
             settle_ms=30 * DAY_MS)  # fmt: skip
    harbor.ask("mint", "issue_cash", holder="acme", asset="BOND", amount=10, reference="depot")
    locked = harbor.ask("acme", "lock_for_chain", lock="k1", asset="BOND", amount=10, chain="home",
                        beneficiary="acme", account="safe",
                        until_ms=home.midnight_ms + 250 * DAY_MS)  # fmt: skip
    return harbor.proof(locked)


def begin_secured_loan(home: Town, lock: TransactionProof) -> None:
    """A loan on bonds of both chains, covered by a fund."""
    for asset in ("BOND", "HBOND"):
        home.ask("alpha", "register_price_feed", *QUORUM, asset=asset, currency="USD",
                 sources=("beta", "delta"), quorum=2, age_max_ms=90 * DAY_MS, band=90 * PART,
                 interval_ms=DAY_MS)  # fmt: skip
        home.ask("alpha", "set_collateral_policy", *QUORUM, asset=asset, currency="USD",
                 haircut=10 * PART, share_max=100 * PART, supply_cap=100)  # fmt: skip
        report(home, asset, 1_000_00)
    home.ask("acme", "open_collateral_account", "alpha", account="safe", agent="alpha",
             currency="USD", borrow_limit=70 * PART, margin_limit=80 * PART,
             liquidation_limit=90 * PART, cure_ms=DAY_MS, close_factor=100 * PART, least_debt=500,
             cost_rate=PART, start_premium=0, step_ms=3_600_000, step_rate=2 * PART,
             floor_rate=80 * PART)  # fmt: skip
    terms = {
        "product": "personal", "version": 1, "lender": "alpha", "borrower": "acme", "asset": "USD",
        "principal": 10_000_00, "rate": 6 * PART, "installments": 12, "collateral_asset": "",
        "available_until_ms": home.midnight_ms + 60 * DAY_MS,
    }  # fmt: skip
    home.ask("acme", "propose_agreement", "alpha", agreement="l1", terms=terms)
    home.ask("acme", "secure_loan", "alpha", account="safe", agreement="l1")
    home.ask("delta", "open_cover_fund", fund="shield", currency="USD", capital=50_000_00,
             exposure_limit=100 * PART, cover_limit=100 * PART, premium_rate=4 * PART,
             premium_rate_secured=PART)  # fmt: skip
    home.ask("alpha", "buy_cover", cover="c1", fund="shield", agreement="l1", amount=3_000_00,
             until_ms=home.midnight_ms + 200 * DAY_MS, premium_max=1_000_00)  # fmt: skip
    home.ask("acme", "top_up_collateral", account="safe", asset="BOND", amount=10)
    claimed = bridge.claim("HBOND", "k1", "safe", lock)
    home.ask("acme", "claim_lock", **command_value(claimed)[1])
    home.insist("acme", "draw_down", agreement="l1")


def report(home: Town, asset: str, price: int) -> None:
    """What both sources say."""
    for source in ("beta", "delta"):
        home.ask(source, "report_price", asset=asset, currency="USD", price=price)


def vote(home: Town) -> None:
    """All lenders and the borrower agree on a lower margin; the clock puts it in force."""
    home.ask("acme", "propose_amendment", *LENDERS, facility="f1", amendment="v1", matter="MARGIN",
             tranche="a", value=PART)  # fmt: skip


def liquidate(home: Town) -> None:
    """Prices fall to a fifth: beta buys all, the debt is not raised, the cover pays."""
    for asset in ("BOND", "HBOND"):
        report(home, asset, 200_00)
    for asset in ("BOND", "HBOND"):
        home.insist("beta", "bid", account="safe", asset=asset, amount=10, price_max=300_00)


def bring_back(home: Town, harbor: Town) -> None:
    """Who bought the bonds of the other chain gets them there, by proof."""
    released = home.ask("beta", "release_lock", asset="HBOND", lock="k1", amount=10, to="beta")
    unlocking = bridge.unlocking("k1", 1, home.proof(released))
    harbor.ask("delta", "unlock_with_proof", **command_value(unlocking)[1])


def serve_facility(home: Town) -> None:
    """The first interest of the facility falls due by the clock, and the borrower pays."""
    keep_fixing(home, "repay_facility", amount=10**9)


def audited(town: Town) -> tuple[View, int]:
    """The state that the town's export gives when it is audited at the highest level, and its height."""
    heights = [
        int(str(town.client.get("/v1/node", node=n)["height"]))
        for n in range(len(town.network.nodes))
    ]
    town.network.wait_height(max(heights), town.network.nodes, PATIENCE)
    roots = {
        str(town.client.get(f"/v1/blocks/{max(heights)}", node=n)["header"])
        for n in range(len(heights))
    }
    assert len(roots) == 1
    stream = io.BytesIO(town.network.nodes[-1].export(last=max(heights)))
    genesis = read_genesis(stream)
    assert genesis.digest == town.network.genesis.digest
    replay = replay_chain(genesis, town.network.folder / "audit")
    try:
        entries = read_entries(stream, genesis.chain_id)
        verdict = verify_chain(entries, genesis, Level.EXECUTION, replay=replay)
        assert verdict.is_ok, verdict
        return view_of(replay.overlay(), replay.head.timestamp_ms), max(heights)
    finally:
        replay.store.close()


def check(view: View, height: int) -> None:
    """Everything has happened, every property holds, and the trial balance is zero."""
    assert GROUPS
    for each in STATES:
        each.check(view)
    assert view.totals.keys() >= {"USD", "BOND", "HBOND"}
    assert all(sum(total) == 0 for total in view.totals.values())
    assert view.amendments["f1/v1"].status is AmendmentStatus.EXECUTED
    assert view.facilities["f1"].tranches[0].fixing_ms
    assert view.protections["c1"].status is ProtectionStatus.CLAIMED
    assert view.protections["c1"].paid > 0
    assert not view.accounts["safe"].holdings
    assert view.pools["main"].debt > 0
    assert view.book("acme", "USD")[Account.INTEREST_EXPENSE] > 0
    assert view.book("beta", "HBOND")[Account.CASH] == 0
    assert height > 0
