"""Pages of ledgers put together are the whole, and days are found among the blocks."""

from __future__ import annotations

import pytest

from ledger.errors import Invalid
from lending.books import ledgers
from tests.scenarios.lending_world import DAY_MS, World
from tests.unit.lending.test_cost import agree


@pytest.fixture(scope="module")
def world() -> World:
    world = World()
    world.send("mint", "issue_cash", holder="alpha", asset="USD", amount=10**9, reference="a")
    world.send("mint", "issue_cash", holder="acme", asset="USD", amount=10**6, reference="b")
    agree(world, "l1")
    agree(world, "l2")
    for _ in range(6):
        world.begin(world.now_ms + 20 * DAY_MS)
        world.send("acme", "repay", loan="l1", amount=5_000)
    world.begin(world.now_ms + 1)
    return world


def test_pages_of_a_ledger_put_together_are_the_ledger(world: World) -> None:
    def read(cursor: str, limit: int) -> dict[str, object]:
        return ledgers.account_ledger(
            world.index, "alpha/cash/USD", 0, 99, cursor=cursor, limit=limit
        )

    check_pages(read)


def test_pages_of_a_statement_put_together_are_the_statement(world: World) -> None:
    def read(cursor: str, limit: int) -> dict[str, object]:
        return ledgers.party_statement(
            world.index, "alpha", "USD", 0, 99, cursor=cursor, limit=limit
        )

    check_pages(read)


def test_pages_of_a_debt_put_together_are_the_debt(world: World) -> None:
    def read(cursor: str, limit: int) -> dict[str, object]:
        return ledgers.debt_statement(
            world.index, "acme", "USD", "l1", 99, cursor=cursor, limit=limit
        )

    check_pages(read)
    assert all(row["reference"] == "l1" for row in read("", 1_000)["entries"])  # type: ignore[attr-defined]


def check_pages(read: object) -> None:
    assert callable(read)
    whole = read("", 1_000)["entries"]
    assert len(whole) > 6
    for limit in (1, 2, 3, len(whole) - 1, len(whole), len(whole) + 1):
        rows, cursor = [], ""
        while True:
            page = read(cursor, limit)
            assert len(page["entries"]) <= limit
            rows += page["entries"]
            cursor = page["cursor"]
            if not cursor:
                break
        assert rows == whole


def test_a_cursor_that_no_page_gave_is_refused(world: World) -> None:
    for cursor in ("zz", "00"):
        with pytest.raises(Invalid):
            ledgers.account_ledger(world.index, "alpha/cash/USD", 0, 99, cursor=cursor)


@pytest.mark.parametrize(("time", "height"), [(0, 0), (9, 0), (10, 1), (19, 1), (30, 4), (99, 4)])
def test_a_time_leads_to_the_last_block_not_after_it(time: int, height: int) -> None:
    times = [0, 10, 20, 30, 30]
    assert ledgers.height_at(lambda at: times[at], 4, time) == height
