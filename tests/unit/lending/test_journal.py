"""The journal posts what balances and halts on anything else; the totals follow."""

from __future__ import annotations

import pytest

from ledger.overlay import Overlay
from ledger.store import MemoryStore
from lending import keys, records
from lending.chart import NAMES, SIDES, SIGNS, Account, Side, account_name
from lending.journal import Leg, balance_of, changed_assets, forget_changes, post
from lending.scope import Scope


@pytest.fixture
def scope() -> Scope:
    return Scope(Overlay(MemoryStore()), 0, 1)


ISSUE: list[Leg] = [
    ("mint", Account.CUSTODY, 5),
    ("mint", Account.ISSUED, -5),
    ("acme", Account.CASH, 5),
    ("acme", Account.FUNDING, -5),
]


def test_a_posting_changes_balances_totals_and_the_receipt(scope: Scope) -> None:
    post(scope, "USD", "issue", "wire", ISSUE)
    assert balance_of(scope.state, "acme", Account.CASH, "USD") == 5
    assert balance_of(scope.state, "acme", Account.CASH, "EUR") == 0
    total = records.TOTAL.get(scope.state, keys.total("USD"))
    assert total is not None
    assert sum(total.sums) == 0
    assert total.sums[Account.CUSTODY] == 5
    [(name, fields)] = scope.events
    assert name == "posting"
    assert fields["entries"][2] == ("acme/cash/USD", 5, 5)
    assert changed_assets(scope.state) == ("USD",)
    forget_changes(scope.state)
    assert changed_assets(scope.state) == ()


def test_legs_of_nothing_leave_no_trace(scope: Scope) -> None:
    post(scope, "USD", "issue", "wire", [("acme", Account.CASH, 0)])
    assert scope.events == []
    assert scope.state.writes() == {}


@pytest.mark.parametrize(
    "legs",
    [
        [("acme", Account.CASH, 5)],
        [("acme", Account.CASH, 5), ("bolt", Account.FUNDING, -5)],
        [("acme", Account.CASH, 5), ("acme", Account.FUNDING, -4)],
    ],
    ids=["one leg", "two owners", "a cent short"],
)
def test_what_does_not_balance_halts(scope: Scope, legs: list[Leg]) -> None:
    with pytest.raises(AssertionError, match="does not balance"):
        post(scope, "USD", "issue", "wire", legs)


@pytest.mark.parametrize("account", [each for each in Account if SIDES[each] is not Side.EITHER])
def test_no_balance_crosses_to_the_wrong_side(scope: Scope, account: Account) -> None:
    wrong = -SIGNS[account]
    legs = [("acme", account, wrong), ("acme", Account.FUNDING, -wrong)]
    with pytest.raises(AssertionError, match=NAMES[account]):
        post(scope, "USD", "issue", "wire", legs)


def test_one_owner_may_have_an_account_twice_in_a_posting(scope: Scope) -> None:
    post(scope, "USD", "issue", "wire", [*ISSUE, *ISSUE])
    assert balance_of(scope.state, "acme", Account.CASH, "USD") == 10
    assert account_name("acme", Account.CASH, "USD") == "acme/cash/USD"
