"""The work for one depositor or borrower does not depend on how many others a pool has."""

from __future__ import annotations

import pytest

from ledger.overlay import Overlay
from ledger.receipt import Applied
from tests.scenarios.lending_world import DAY_MS, World, key_of
from tests.scenarios.pool_lines import POOL
from tests.unit.lending.test_cost import Counted


def cost(others: int) -> list[tuple[int, int]]:
    """Reads and writes of each command of one depositor and one borrower, and of the clock's turn."""
    world = World()
    for name in ("alpha", "acme"):
        world.send("mint", "issue_cash", holder=name, asset="USD", amount=10**8, reference=name)
    world.send(
        "alpha", "create_pool", "beta", "delta", pool="p", template={**POOL, "reward_asset": "USD"}
    )
    world.send("alpha", "deposit", pool="p", tranche="JUNIOR", amount=1_000)
    for number in range(others):
        join(world, f"other-{number}")
    world.send(
        "alpha", "grant_credit_line", pool="p", borrower="acme", limit=10**9,
        due_ms=world.now_ms + 99 * DAY_MS, collateral_asset="", loan_to_value_limit=0,
    )  # fmt: skip
    world.send("alpha", "fund_rewards", pool="p", tranche="JUNIOR", amount=1_000, days=9)
    commands: tuple[tuple[str, str, dict[str, str | int]], ...] = (
        ("alpha", "deposit", {"tranche": "JUNIOR", "amount": 1_000}),
        ("acme", "borrow_from_pool", {"amount": 2_000 + 10 * others}),
        ("alpha", "request_withdrawal", {"tranche": "JUNIOR", "shares": 10**9}),
        ("acme", "repay_pool", {"amount": 2_000 + 10 * others}),
        ("alpha", "claim_rewards", {"tranche": "JUNIOR"}),
    )
    found = []
    for sender, name, fields in commands:
        world.begin(world.now_ms + DAY_MS)
        world.end()
        counted = Counted(world.store)
        world.state = Overlay(counted)
        assert isinstance(world.send(sender, name, pool="p", **fields), Applied), name
        found.append((counted.reads, len(world.state.writes())))
    return found


def join(world: World, name: str) -> None:
    """Register a borrower that deposits a little."""
    keys = (key_of(name),)
    world.send("alpha", "register_party", party=name, kind="borrower", keys=keys, threshold=1)
    world.signatures[name] = keys
    world.send("alpha", "transfer_cash", to=name, asset="USD", amount=10, reference="x")
    outcome = world.send(name, "deposit", pool="p", tranche="JUNIOR", amount=10)
    assert isinstance(outcome, Applied)


@pytest.fixture(scope="module")
def alone() -> list[tuple[int, int]]:
    return cost(0)


def test_one_among_many_costs_what_one_alone_costs(alone: list[tuple[int, int]]) -> None:
    assert cost(60) == alone


def test_a_command_touches_few_keys(alone: list[tuple[int, int]]) -> None:
    """Pool, position or line, rewards, two books, the total, what changed, and the queue."""
    assert max(writes for _, writes in alone) <= 9
