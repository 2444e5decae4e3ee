"""Questions about the state and the past: pages, cursors, and balances at every height."""

from __future__ import annotations

import pytest

from ledger.errors import Invalid
from ledger.receipt import Applied
from lending import queries, statements
from tests.scenarios.lending_world import DAY_MS, World


@pytest.fixture(scope="module")
def world() -> World:
    """Two loans over five months, one of which is paid."""
    world = World()
    world.send("mint", "issue_cash", holder="alpha", asset="USD", amount=10**9, reference="a")
    world.send("mint", "issue_cash", holder="acme", asset="USD", amount=10**6, reference="b")
    world.send("mint", "issue_cash", holder="acme", asset="BOND", amount=7, reference="c")
    for name in ("l1", "l2"):
        terms = {
            "product": "personal", "version": 1, "lender": "alpha", "borrower": "acme",
            "asset": "USD", "principal": 100_000, "rate": 122_900_000, "installments": 12,
            "collateral_asset": "", "available_until_ms": world.now_ms + DAY_MS,
            "signatories": (),
            "capitalised": 0,
        }  # fmt: skip
        world.send("acme", "propose_agreement", "alpha", agreement=name, terms=terms)
        world.send("acme", "draw_down", agreement=name)
    for _ in range(5):
        world.begin(world.now_ms + 31 * DAY_MS)
        assert isinstance(world.send("acme", "repay", loan="l1", amount=8_900), Applied)
        world.begin(world.now_ms + 1)
    world.end()
    return world


def test_a_page_goes_on_where_the_one_before_ended(world: World) -> None:
    whole = queries.parties(world.state)
    names = [str(fact["party"]) for fact in whole.items]
    assert names == sorted(names)
    assert whole.cursor == ""
    collected: list[object] = []
    cursor = ""
    while True:
        page = queries.parties(world.state, cursor=cursor, limit=2)
        assert len(page.items) <= 2
        collected += page.items
        cursor = page.cursor
        if not cursor:
            break
    assert collected == list(whole.items)


def test_pages_backwards_are_pages_forwards_reversed(world: World) -> None:
    forwards = statements.entries(world.index, "acme/cash/USD").items
    backwards: list[object] = []
    cursor = ""
    while True:
        page = statements.entries(
            world.index, "acme/cash/USD", cursor=cursor, limit=3, newest_first=True
        )
        backwards += page.items
        cursor = page.cursor
        if not cursor:
            break
    assert backwards == list(reversed(forwards))


def test_a_cursor_that_no_page_gave_is_invalid(world: World) -> None:
    with pytest.raises(Invalid, match="BAD_CURSOR"):
        queries.loans(world.state, cursor="next")


def test_entries_add_up_to_their_balances(world: World) -> None:
    balance = 0
    for entry in statements.entries(world.index, "acme/cash/USD").items:
        amount = entry["amount"]
        assert type(amount) is int
        balance += amount
        assert entry["balance"] == balance
        height = entry["height"]
        assert type(height) is int
        assert statements.balance_at(world.index, "acme/cash/USD", height - 1) != balance
    assert queries.balance(world.state, "acme", "cash", "USD") == balance
    assert statements.balance_at(world.index, "acme/cash/USD", world.height) == balance


def test_the_trial_balance_is_zero_and_right_at_every_height(world: World) -> None:
    for height in range(1, world.height + 1):
        trial = statements.trial_balance(world.state, world.index, height, world.height)
        assert sum(trial["USD"].values()) == 0
        for kind, sum_ in trial["USD"].items():
            owners = ("alpha", "acme", "mint")
            balances = [
                statements.balance_at(world.index, f"{o}/{kind}/USD", height) for o in owners
            ]
            assert sum(balances) == sum_, (height, kind)


def test_an_owner_s_books_balance_at_every_height(world: World) -> None:
    for height in range(1, world.height + 1):
        assert sum(statements.balances_at(world.index, "alpha", "USD", height).values()) == 0


def test_balances_cover_all_assets_of_an_owner(world: World) -> None:
    accounts = {fact["account"] for fact in queries.balances(world.state, "acme")}
    assert {"acme/cash/BOND", "acme/cash/USD", "acme/borrowings/USD"} <= accounts


def test_a_statement_tells_the_loan_s_story(world: World) -> None:
    facts = statements.statement(world.state, world.index, "l1")
    assert facts is not None
    events = facts["events"]
    assert isinstance(events, list)
    names = [event["event"] for event in events]
    assert names[:4] == [
        "agreement_offered",
        "agreement_concluded",
        "loan_drawn",
        "installment_billed",
    ]
    assert names.count("repaid") == 5
    loan = queries.loan(world.state, "l1")
    assert facts["loan"] == loan


def test_a_payoff_is_what_closes_the_loan(world: World) -> None:
    facts = queries.payoff(world.state, "l1", world.now_ms)
    assert facts is not None
    total = facts["total"]
    assert type(total) is int
    world.state.begin()
    outcome = world.send("acme", "repay", loan="l1", amount=total)
    loan = queries.loan(world.state, "l1")
    world.state.rollback()
    world.receipts.pop()
    assert isinstance(outcome, Applied)
    assert loan is not None
    assert loan["status"] == "REPAID"


def test_a_schedule_adds_up_to_the_principal(world: World) -> None:
    rows = queries.schedule(world.state, "l2")
    assert rows is not None
    principals = [row["principal"] for row in rows]
    assert sum(each for each in principals if type(each) is int) == 100_000


def test_agreements_are_found_by_party(world: World) -> None:
    page = statements.agreements_of(world.index, "alpha")
    assert page.items == (
        {"agreement": "l1", "role": "lender"},
        {"agreement": "l2", "role": "lender"},
    )
    assert statements.agreements_of(world.index, "bolt").items == ()
    assert [fact["agreement"] for fact in queries.agreements(world.state).items] == ["l1", "l2"]
    facts = queries.agreement(world.state, "l1")
    assert facts is not None
    assert facts["status"] == "DRAWN"


@pytest.mark.parametrize(
    "answer",
    [
        lambda state: queries.party(state, "nobody"),
        lambda state: queries.asset(state, "EUR"),
        lambda state: queries.price(state, "BOND", "USD"),
        lambda state: queries.product(state, "personal", 2),
        lambda state: queries.agreement(state, "l9"),
        lambda state: queries.loan(state, "l9"),
        lambda state: queries.schedule(state, "l9"),
        lambda state: queries.payoff(state, "l9", 0),
        lambda state: queries.balance(state, "acme", "gold", "USD"),
    ],
)
def test_what_there_is_not_is_none(world: World, answer: object) -> None:
    assert callable(answer)
    assert answer(world.state) is None
