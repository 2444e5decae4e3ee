"""A due price change finds the accounts that it concerns without looking at the others."""

from __future__ import annotations

from ledger.overlay import Overlay
from ledger.receipt import Applied, Event
from lending.fields import RATE_UNIT
from tests.scenarios import lending_invariants
from tests.scenarios.lending_world import DAY_MS, World
from tests.unit.lending.test_cost import Counted

PART = RATE_UNIT // 100


def market(work_per_block: int = 1_000) -> World:
    """A feed, a policy, lenders and borrowers with bonds."""
    world = World(parameters={"work_per_block": work_per_block})
    for holder, asset in (("alpha", "USD"), ("acme", "BOND")):
        world.send("mint", "issue_cash", holder=holder, asset=asset, amount=10**9, reference=holder)
    world.send("alpha", "register_price_feed", "beta", "delta", asset="BOND", currency="USD",
               sources=("beta", "delta"), quorum=2, age_max_ms=9 * DAY_MS, band=30 * PART,
               interval_ms=DAY_MS)  # fmt: skip
    world.send("alpha", "set_collateral_policy", "beta", "delta", asset="BOND", currency="USD",
               haircut=0, share_max=RATE_UNIT, supply_cap=10**9)  # fmt: skip
    report(world, 1_000)
    world.begin(world.now_ms + 1)
    return world


def report(world: World, price: int) -> None:
    for source in ("beta", "delta"):
        world.send(source, "report_price", asset="BOND", currency="USD", price=price)


def secure(world: World, name: str, bonds: int) -> None:
    """A loan of 100,000 on an account of its own."""
    world.send("acme", "open_collateral_account", "alpha", account=name, agent="alpha",
               currency="USD", borrow_limit=70 * PART, margin_limit=80 * PART,
               liquidation_limit=90 * PART, cure_ms=3 * DAY_MS, close_factor=50 * PART,
               least_debt=500, cost_rate=0, start_premium=0, step_ms=3_600_000,
               step_rate=2 * PART, floor_rate=80 * PART)  # fmt: skip
    terms = {
        "product": "personal", "version": 1, "lender": "alpha", "borrower": "acme",
        "asset": "USD", "principal": 100_000, "rate": 0, "installments": 12,
        "collateral_asset": "", "available_until_ms": world.now_ms + DAY_MS,
        "signatories": (),
        "capitalised": 0,
    }  # fmt: skip
    world.send("acme", "propose_agreement", "alpha", agreement=name, terms=terms)
    world.send("acme", "secure_loan", "alpha", account=name, agreement=name)
    world.send("acme", "top_up_collateral", account=name, asset="BOND", amount=bonds)
    assert isinstance(world.send("acme", "draw_down", agreement=name), Applied)


def called(events: tuple[Event, ...]) -> list[str]:
    return [str(facts["account"]) for name, facts in events if name == "margin_called"]


def cost(others: int) -> tuple[int, int]:
    """Reads and writes of a block in which a price calls one account, among others it does not."""
    world = market()
    secure(world, "first", 144)
    for number in range(others):
        secure(world, f"other-{number}", 200)
    report(world, 860)
    world.end()
    counted = Counted(world.store)
    world.state = Overlay(counted)
    world.now_ms += 1
    world.height += 1
    events = world.machine.begin_block(world.state, world.context())
    assert called(events) == ["first"]
    return counted.reads, len(world.state.writes())


def test_a_price_that_calls_one_account_costs_the_same_among_many() -> None:
    assert cost(60) == cost(0)


def test_a_fall_of_price_is_worked_off_in_blocks_the_weakest_first() -> None:
    """Half of a block's work may go to prices; what is left goes first in the next block."""
    world = market(work_per_block=6)
    for number in (3, 1, 4, 0, 2, 6, 5):
        secure(world, f"safe-{number}", 143 + number)
    secure(world, "strong", 500)
    report(world, 830)
    found = []
    for _ in range(4):
        found.append(called(world.begin(world.now_ms + 1)))
        lending_invariants.check(world.state)
    assert found == [
        ["safe-0", "safe-1", "safe-2"],
        ["safe-3", "safe-4", "safe-5"],
        ["safe-6"],
        [],
    ]
