"""The routes of credit: a score for whoever may see it, recommendations, reports of movements."""

from __future__ import annotations

import pytest

from tests.unit.api.asking import get
from tests.unit.api.fake_node import FakeNode
from tests.unit.api.market import Market
from tests.unit.api.scenario import served_book


@pytest.fixture(scope="module")
def node() -> FakeNode:
    return Market().node


def test_a_score_is_the_sum_of_its_factors(node: FakeNode) -> None:
    found = get(node, "/v1/parties/acme/score?reader=acme").json()
    assert sum(each["points"] for each in found["factors"]) == found["score"] == 500
    assert found["grade"] == "B"


def test_it_is_shown_to_those_who_may_see_it(node: FakeNode) -> None:
    refused = get(node, "/v1/parties/acme/score?reader=gamma")
    assert (refused.status_code, refused.json()["code"]) == (403, "SCORE_NOT_SHOWN")
    products = "/v1/parties/acme/recommendations?asset=USD&reader=gamma"
    assert get(node, products).json()["code"] == "SCORE_NOT_SHOWN"
    assert get(node, "/v1/parties/nobody/score?reader=nobody").json()["code"] == "UNKNOWN_PARTY"
    assert get(node, "/v1/parties/acme/score").status_code == 422


def test_recommendations_have_terms_and_reasons(node: FakeNode) -> None:
    target = "/v1/parties/acme/recommendations?reader=acme&asset=USD&installments=12"
    first, *_ = get(node, target).json()["recommendations"]
    assert first["is_eligible"]
    assert first["reasons"]
    assert 0 < first["payment"]["minor"] < first["principal"]["minor"]
    assert get(node, target.replace("USD", "EUR")).json()["code"] == "UNKNOWN_ASSET"


def test_reports_are_listed(node: FakeNode) -> None:
    (row,) = get(node, "/v1/compliance/reports").json()["data"]
    assert (row["kind"], row["party"], row["amount"]["minor"]) == ("LARGE", "beta", 1_000_00)


def test_without_a_model_there_is_no_score() -> None:
    found = get(served_book().node, "/v1/parties/acme/score?reader=acme")
    assert found.json()["code"] == "NO_SCORE_MODEL"
