"""The routes of monitoring show what the ledger keeps, and the metrics name no borrower."""

from __future__ import annotations

import pytest

from lending.commands.monitoring import SetAlertRule, SetMonitoring
from tests.unit.api.asking import get
from tests.unit.api.fake_node import FakeNode
from tests.unit.api.scenario import Book


@pytest.fixture(scope="module")
def node() -> FakeNode:
    book = Book()
    book.begin()
    rule = SetAlertRule("USD", "one", "SHARE", "borrower", "acme", "ABOVE", 10**8, 10**8, "WARNING")
    book.node.commit(book.transaction("alpha", SetMonitoring(0), "beta", "delta"))
    book.node.commit(book.transaction("alpha", rule, "beta", "delta"))
    book.node.commit()
    book.serve()
    return book.node


def test_the_summary_says_what_is_owed_and_how_concentrated_it_is(node: FakeNode) -> None:
    found = get(node, "/v1/monitoring").json()
    assert found["refresh_days"] == 0
    assert not found["is_walking"]
    (usd,) = found["assets"]
    assert usd["asset"] == "USD"
    assert [each["points"] for each in usd["concentration"]] == [10_000] * 3


def test_the_figures_of_a_dimension_are_a_list(node: FakeNode) -> None:
    (row,) = get(node, "/v1/monitoring/figures?asset=USD&dimension=borrower").json()["data"]
    assert (row["member"], row["count"], row["share"]) == ("acme", 1, 10**9)
    (usd,) = get(node, "/v1/monitoring").json()["assets"]
    assert row["exposure"] == usd["exposure"]
    assert get(node, "/v1/monitoring/figures?asset=EUR&dimension=borrower").status_code == 404
    assert get(node, "/v1/monitoring/figures?asset=USD&dimension=weather").status_code == 422


def test_a_raised_alert_is_shown_and_counted(node: FakeNode) -> None:
    (alert,) = get(node, "/v1/monitoring/alerts").json()["data"]
    assert (alert["is_raised"], alert["value"]) == (True, 10**9)
    text = get(node, "/metrics").text
    lines = [line for line in text.splitlines() if line.startswith("hansa_application_figure{")]
    assert any('figure="alert"' in line and line.endswith(" 1.0") for line in lines)
    assert not [line for line in lines if "acme" in line]


def test_a_node_without_monitoring_says_so() -> None:
    book = Book()
    book.begin()
    found = get(book.node, "/v1/monitoring").json()
    assert found["refresh_days"] is None
    assert found["assets"] == []
