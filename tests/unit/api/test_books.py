"""The routes of the books of the past say what the entries say, at heights and at times."""

from __future__ import annotations

import pytest

from lending.commands.corrections import SetCorrectionPolicy
from lending.commands.impairment import DefaultRate, SetImpairmentPolicy
from tests.unit.api.asking import get
from tests.unit.api.fake_node import DAY_MS, START_MS, FakeNode
from tests.unit.api.scenario import LOAN, Book, served_book


@pytest.fixture(scope="module")
def node() -> FakeNode:
    return served_book().node


def test_a_ledger_has_what_stood_before_and_after(node: FakeNode) -> None:
    whole = get(node, "/v1/accounts/alpha/cash/USD/ledger").json()
    assert whole["opening"]["minor"] == 0
    assert whole["closing"] == whole["data"][-1]["balance"]
    part = get(node, "/v1/accounts/alpha/cash/USD/ledger?first=2&last=4").json()
    assert part["opening"] == whole["data"][0]["balance"]
    assert part["data"] == whole["data"][1:2]
    late = get(node, f"/v1/accounts/alpha/cash/USD/ledger?first_ms={START_MS + 20 * DAY_MS}").json()
    assert late["data"] == whole["data"][2:]
    assert get(node, "/v1/accounts/alpha/cash/USD/ledger?last=99").status_code == 412
    assert get(node, "/v1/accounts/nobody/cash/USD/ledger").status_code == 404


def test_a_party_s_statement_sums_to_zero(node: FakeNode) -> None:
    found = get(node, "/v1/statements/parties/alpha?asset=USD").json()
    assert sum(row["closing"]["minor"] for row in found["accounts"]) == 0
    assert sum(row["amount"]["minor"] for row in found["data"]) == 0
    assert get(node, "/v1/statements/parties/nobody?asset=USD").status_code == 404
    assert get(node, "/v1/statements/parties/alpha?asset=EUR").status_code == 404


def test_a_debt_is_what_the_loan_says(node: FakeNode) -> None:
    loan = get(node, f"/v1/loans/{LOAN}").json()
    found = get(node, f"/v1/statements/debts/{LOAN}").json()
    assert found["owed"]["minor"] == loan["owed"]["minor"]
    drawn = get(node, f"/v1/statements/debts/{LOAN}?last=3").json()
    assert drawn["owed"]["minor"] == 12_000_00
    assert get(node, "/v1/statements/debts/nothing").status_code == 404


def test_accrual_of_today_of_the_past_and_of_days_to_come(node: FakeNode) -> None:
    today = get(node, f"/v1/loans/{LOAN}/accrual").json()
    assert today["billed"]["minor"] == today["received"]["minor"] + today["unpaid"]["minor"]
    past = get(node, f"/v1/loans/{LOAN}/accrual?day_ms={START_MS + 10 * DAY_MS}").json()
    assert past["billed"]["minor"] == 0
    assert past["unbilled"]["minor"] > 0
    later = get(node, f"/v1/loans/{LOAN}/accrual?day_ms={START_MS + 90 * DAY_MS}").json()
    assert later["earned"]["minor"] > today["earned"]["minor"]
    (row,) = get(node, "/v1/statements/accrual/alpha").json()["data"]
    assert row == today
    assert get(node, f"/v1/loans/{LOAN}/accrual?day_ms=1").json()["code"] == "NOT_DERIVABLE"
    assert get(node, "/v1/loans/nothing/accrual").status_code == 404
    assert get(node, "/v1/statements/accrual/nobody").status_code == 404


def test_a_trial_balance_at_a_time_is_that_of_its_block(node: FakeNode) -> None:
    at = get(node, f"/v1/trial-balance?time_ms={START_MS + 20 * DAY_MS}").json()
    assert at == get(node, f"/v1/trial-balance?height={at['height']}").json()
    assert at["height"] == 3


def test_a_loan_that_was_never_assessed_says_so(node: FakeNode) -> None:
    assert get(node, f"/v1/loans/{LOAN}/provision").json()["code"] == "NOT_ASSESSED"
    assert get(node, "/v1/loans/nothing/provision").status_code == 404


def test_a_provision_shows_what_it_comes_from() -> None:
    book = Book()
    book.begin()
    rates = tuple(DefaultRate(stage, 0, "", 10**8 * stage) for stage in (1, 2, 3))
    policy = SetImpairmentPolicy("USD", 30, 90, 0, 10**9, 0, 0, 0, rates)
    book.node.commit(book.transaction("alpha", policy, "beta", "delta"))
    book.node.commit()
    found = get(book.node, f"/v1/loans/{LOAN}/provision").json()
    assert (found["stage"], found["amount"]["minor"]) == (1, 1_200_00)


def test_payments_are_listed_where_they_may_be_corrected(node: FakeNode) -> None:
    found = get(node, f"/v1/loans/{LOAN}/payments").json()
    assert (found["days_max"], found["payments"]) == (None, [])
    assert get(node, "/v1/loans/nothing/payments").status_code == 404
    book = Book()
    policy = SetCorrectionPolicy("personal", 1, 60)
    book.node.commit(book.transaction("alpha", policy, "beta", "delta"))
    book.begin()
    book.serve()
    found = get(book.node, f"/v1/loans/{LOAN}/payments").json()
    assert found["days_max"] == 60
    assert [row["offered"]["minor"] for row in found["payments"]] == [1_067_91]
