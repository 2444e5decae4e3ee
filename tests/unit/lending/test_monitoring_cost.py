"""What figures of risk cost: the same at every size of the book, and nothing where none are kept."""

from __future__ import annotations

import pytest

from ledger.overlay import Overlay
from ledger.receipt import Applied
from lending import followers
from lending.monitoring.figures import RISK
from tests.scenarios.lending_world import DAY_MS, World
from tests.unit.lending.test_cost import Counted, agree


def cost(others: int, *, is_monitored: bool) -> tuple[int, int, int]:
    """Reads and writes of a repayment among other loans, and the writes of the block after it."""
    world = World()
    world.send("mint", "issue_cash", holder="alpha", asset="USD", amount=10**12, reference="a")
    world.send("mint", "issue_cash", holder="acme", asset="USD", amount=10**6, reference="b")
    if is_monitored:
        outcome = world.send("alpha", "set_monitoring", "beta", "delta", refresh_days=0)
        assert isinstance(outcome, Applied)
    world.begin(world.now_ms + 1)
    agree(world, "first")
    for number in range(others):
        agree(world, f"other-{number}")
    world.begin(world.now_ms + DAY_MS)
    world.begin(world.now_ms + DAY_MS)
    world.end()
    counted = Counted(world.store)
    world.state = Overlay(counted)
    assert isinstance(world.send("acme", "repay", loan="first", amount=8_885), Applied)
    repayment = counted.reads, len(world.state.writes())
    world.begin(world.now_ms + 1)
    return *repayment, len(world.state.writes())


def test_a_figure_costs_the_same_whatever_the_book_holds() -> None:
    assert cost(60, is_monitored=True) == cost(2, is_monitored=True)


def test_without_monitoring_a_repayment_reads_one_key_more_and_writes_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(followers, "FOLLOWERS", {})
    reads, *writes = cost(2, is_monitored=False)
    monkeypatch.setattr(followers, "FOLLOWERS", {name: (each,) for name, each in RISK.items()})
    assert cost(2, is_monitored=False) == (reads + 1, *writes)
