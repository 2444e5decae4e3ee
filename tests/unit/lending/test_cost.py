"""The work for one loan does not depend on how many there are: counted in reads and writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.overlay import Overlay, Pair
from ledger.receipt import Applied
from ledger.store import MemoryStore
from tests.scenarios.lending_world import DAY_MS, World


class Counted:
    """A state that counts what is read of it."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.reads = 0

    def get(self, key: bytes) -> bytes | None:
        self.reads += 1
        return self.store.get(key)

    def iterate(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[Pair]:
        for pair in self.store.iterate(start, stop, reverse=reverse):
            self.reads += 1
            yield pair


def cost(others: int) -> tuple[int, int, int, int]:
    """Reads and writes of billing one loan, and of a repayment, among others that are not due."""
    world = World()
    world.send("mint", "issue_cash", holder="alpha", asset="USD", amount=10**12, reference="a")
    world.send("mint", "issue_cash", holder="acme", asset="USD", amount=10**6, reference="b")
    agree(world, "first")
    world.begin(world.now_ms + 20 * DAY_MS)
    for number in range(others):
        agree(world, f"other-{number}")
    world.begin(world.now_ms + 2 * DAY_MS)
    world.end()
    counted = Counted(world.store)
    world.state = Overlay(counted)
    world.now_ms += 10 * DAY_MS
    events = world.machine.begin_block(world.state, world.context())
    assert [name for name, _ in events].count("installment_billed") == 1
    billing = counted.reads, len(world.state.writes())
    world.store.write(world.state.writes().items(), sync=False)
    counted.reads = 0
    world.state = Overlay(counted)
    assert isinstance(world.send("acme", "repay", loan="first", amount=8_885), Applied)
    return *billing, counted.reads, len(world.state.writes())


def agree(world: World, name: str) -> None:
    terms = {
        "product": "personal", "version": 1, "lender": "alpha", "borrower": "acme",
        "asset": "USD", "principal": 100_000, "rate": 120_000_000, "installments": 12,
        "collateral_asset": "", "available_until_ms": world.now_ms + DAY_MS,
        "signatories": (),
        "capitalised": 0,
    }  # fmt: skip
    world.send("acme", "propose_agreement", "alpha", agreement=name, terms=terms)
    assert isinstance(world.send("acme", "draw_down", agreement=name), Applied)


@pytest.fixture(scope="module")
def alone() -> tuple[int, int, int, int]:
    return cost(0)


def test_one_among_many_costs_what_one_alone_costs(alone: tuple[int, int, int, int]) -> None:
    assert cost(60) == alone


def test_a_repayment_touches_few_keys(alone: tuple[int, int, int, int]) -> None:
    """The loan, the two parties' books, the asset's total."""
    assert alone[3] == 4
