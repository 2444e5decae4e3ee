"""What can be asked about feeds, collateral accounts, guarantees and cover."""

from __future__ import annotations

import pytest

from ledger.store import MemoryStore
from lending.fields import RATE_UNIT
from lending.queries import collateral as collateral_queries
from tests.scenarios.lending_world import DAY_MS, World
from tests.unit.lending.test_collateral_cost import market, report, secure


@pytest.fixture(scope="module")
def world() -> World:
    world = market()
    secure(world, "first", 144)
    secure(world, "second", 200)
    world.send("mint", "issue_cash", holder="beta", asset="USD", amount=50_000, reference="b")
    world.send("beta", "open_cover_fund", fund="shield", currency="USD", capital=40_000,
               exposure_limit=RATE_UNIT // 2, cover_limit=RATE_UNIT, premium_rate=0,
               premium_rate_secured=0)  # fmt: skip
    world.send("alpha", "buy_cover", cover="c1", fund="shield", agreement="first", amount=5_000,
               until_ms=world.now_ms + DAY_MS, premium_max=0)  # fmt: skip
    report(world, 750)
    world.begin(world.now_ms + 1)
    world.end()
    return world


def test_nothing_is_known_of_an_empty_state() -> None:
    empty = MemoryStore()
    assert collateral_queries.price_feed(empty, "BOND", "USD") is None
    assert collateral_queries.collateral_account(empty, "first", 0) is None
    assert collateral_queries.protection(empty, "c1") is None
    assert collateral_queries.protections_of(empty, "first") == []
    assert collateral_queries.cover_fund(empty, "shield") is None
    assert collateral_queries.collateral_policies(empty).items == ()
    assert collateral_queries.collateral_accounts(empty, 0).items == ()


def test_a_feed_shows_its_reports(world: World) -> None:
    feed = collateral_queries.price_feed(world.store, "BOND", "USD")
    assert feed is not None
    assert feed["is_halted"] is False
    assert feed["quorum"] == 2
    assert [each["price"] for each in feed["reports"]] == [750, 750]  # type: ignore[attr-defined]


def test_a_policy_shows_how_much_accounts_hold(world: World) -> None:
    [policy] = collateral_queries.collateral_policies(world.store).items
    assert (policy["asset"], policy["currency"], policy["held"]) == ("BOND", "USD", 344)


def test_an_account_on_sale_shows_its_price_falling(world: World) -> None:
    account = collateral_queries.collateral_account(world.store, "first", world.now_ms)
    assert account is not None
    assert account["status"] == "LIQUIDATING"
    assert (account["debt"], account["value"]) == (100_000, 108_000)
    assert account["loan_to_value"] == 925_925_926
    hours = 3_600_000
    prices = []
    for passed in (0, 1, 9, 10, 99):
        later = collateral_queries.collateral_account(
            world.store, "first", world.now_ms + passed * hours
        )
        assert later is not None
        prices.append(later["lots"][0]["price"])  # type: ignore[index]
    assert prices == [750, 735, 615, 600, 600]


def test_an_account_without_a_price_to_decide_by_says_why(world: World) -> None:
    later_ms = world.now_ms + 10 * DAY_MS
    first, second = collateral_queries.collateral_accounts(world.store, later_ms).items
    assert first["name"] == "first"
    assert second["value"] is None
    assert second["reason"] == "PRICE_STALE"


def test_cover_is_shown_with_its_fund(world: World) -> None:
    [cover] = collateral_queries.protections_of(world.store, "first")
    assert cover == collateral_queries.protection(world.store, "c1")
    assert (cover["kind"], cover["status"], cover["amount"]) == ("COVER", "ACTIVE", 5_000)
    fund = collateral_queries.cover_fund(world.store, "shield")
    assert fund is not None
    assert (fund["capital"], fund["exposure"], fund["available"]) == (40_000, 5_000, 15_000)
