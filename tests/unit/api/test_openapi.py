"""The OpenAPI description: whole, of version 3.1, and with examples that the node really gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

import httpx
import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from api import (
    accounts,
    applications,
    blocks,
    chain_routes,
    collateral,
    credit,
    events,
    facilities,
    loans,
    monitoring,
    node_routes,
    parties,
    pools,
    simulate,
    transactions,
)
from api.examples import EXAMPLES, EXAMPLES_FILE
from api.json_transactions import transaction_json
from api.schemas import Accepted, BatchAnswer, ProblemModel, TransactionModel
from ledger.transaction import parse_transaction
from lending.commands import IssueCash
from tests.unit.api.asking import PACKED_TYPE, asking, get
from tests.unit.api.fake_node import FakeNode
from tests.unit.api.market import Market
from tests.unit.api.scenario import LOAN, served_book

Json = dict[str, object]

ROUTERS = (
    accounts.router, applications.router, blocks.router, chain_routes.router, events.router,
    loans.router, node_routes.router, node_routes.open_router, parties.router, simulate.router,
    transactions.router,
    collateral.router, credit.router, facilities.router, monitoring.router, pools.router,
)  # fmt: skip
BOOK = served_book()
MARKET = Market()
ISSUED = parse_transaction(BOOK.sent[0]).id.hex()
TARGETS = {
    "get_transaction": f"/v1/transactions/{ISSUED}",
    "get_transaction_proof": f"/v1/transactions/{ISSUED}/proof",
    "list_blocks": "/v1/blocks?limit=2",
    "get_block": "/v1/blocks/5",
    "list_parties": "/v1/parties?limit=2",
    "get_party": "/v1/parties/acme",
    "list_assets": "/v1/assets",
    "get_asset": "/v1/assets/USD",
    "list_products": "/v1/products",
    "get_product": "/v1/products/personal/1",
    "list_agreements": "/v1/agreements",
    "get_agreement": f"/v1/agreements/{LOAN}",
    "get_term_sheet": f"/v1/agreements/{LOAN}/term-sheet",
    "list_rivals": f"/v1/agreements/{LOAN}/rivals",
    "list_applications": "/v1/applications",
    "get_application": "/v1/applications/acme/vans",
    "list_groups": "/v1/groups",
    "get_group": "/v1/groups/mills",
    "list_loans": "/v1/loans",
    "get_loan": f"/v1/loans/{LOAN}",
    "get_statement": f"/v1/loans/{LOAN}/statement?limit=3",
    "list_accounts": "/v1/accounts?limit=2",
    "get_account": "/v1/accounts/acme/cash/USD",
    "list_entries": "/v1/accounts/acme/cash/USD/entries?limit=2",
    "get_trial_balance": "/v1/trial-balance?height=3",
    "get_risk": "/v1/monitoring",
    "list_figures": "/v1/monitoring/figures?asset=USD",
    "list_alerts": "/v1/monitoring/alerts",
    "get_genesis": "/v1/genesis",
    "list_members": "/v1/members?limit=2",
    "get_state_proof": f"/v1/state/{b'loan/'.hex()}{LOAN.encode().hex()}/proof",
    "list_evidence": "/v1/evidence",
    "get_node": "/v1/node",
    "get_health": "/healthz",
    "get_readiness": "/readyz",
    "list_problems": "/v1/problems?limit=2",
    "get_problem": "/v1/problems/BAD_SIGNATURE",
}
"""An example request for every operation that answers in JSON."""
MARKETS = {
    "list_pools": "/v1/pools",
    "get_pool": "/v1/pools/main",
    "list_positions": "/v1/pools/main/JUNIOR/positions",
    "list_withdrawals": "/v1/pools/main/SENIOR/queue",
    "list_credit_lines": "/v1/pools/main/credit-lines",
    "list_facilities": "/v1/facilities",
    "get_facility": "/v1/facilities/f1",
    "list_amendments": "/v1/facilities/f1/amendments",
    "list_indices": "/v1/indices",
    "list_fixings": "/v1/indices/hibor/fixings",
    "list_collateral_accounts": "/v1/collateral-accounts",
    "get_collateral_account": "/v1/collateral-accounts/safe",
    "list_policies": "/v1/collateral-policies",
    "list_price_feeds": "/v1/price-feeds",
    "list_protections": "/v1/protections",
    "get_protection": "/v1/protections/g1",
    "list_cover_funds": "/v1/cover-funds",
    "get_cover_fund": "/v1/cover-funds/cover",
    "get_score": "/v1/parties/acme/score?reader=acme",
    "list_recommendations": "/v1/parties/acme/recommendations?reader=acme&asset=USD",
    "list_reports": "/v1/compliance/reports",
}
"""The same on a market with more than loans."""
QUESTION = {
    "commands": [{"sender": "acme", "name": "repay", "fields": {"loan": LOAN, "amount": 1_067_91}}]
}
"""The example of a simulation."""


def document() -> Json:
    """The description as a node gives it."""
    return cast("Json", get(FakeNode(), "/openapi.json").json())


def operations(described: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method, operation."""
    for path, methods in cast("dict[str, dict[str, Json]]", described["paths"]).items():
        for method, operation in methods.items():
            yield path, method, operation


def shortened(value: object) -> object:
    """An example short enough to read: two of many, and the beginning of what is long."""
    if isinstance(value, list):
        return [shortened(item) for item in value[:2]]
    if isinstance(value, dict):
        return {name: shortened(item) for name, item in value.items()}
    return value[:128] if isinstance(value, str) else value


def answers() -> dict[str, object]:
    """What the scenario's node answers to each example request."""
    fresh = BOOK.transaction("mint", IssueCash("beta", "USD", 500_00, "wire 2"))

    async def talk(client: httpx.AsyncClient) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, target in TARGETS.items():
            answer = await client.get(target)
            assert answer.status_code == 200, (name, answer.text)
            found[name] = shortened(answer.json())
        asked = await client.post("/v1/simulate", json=QUESTION)
        assert asked.status_code == 200, asked.text
        found["simulate"] = shortened(asked.json())
        raw = await client.post("/v1/transactions", content=fresh, headers=PACKED_TYPE)
        found["submit_transaction"] = raw.json()
        found["submit_transactions"] = {"results": [raw.json()]}
        named = {"X-Request-Id": "d1f0c3a2b4e59687"}
        wrong = await client.get("/v1/loans/none", headers=named)
        found["problem"] = wrong.json()
        found["transaction"] = transaction_json(parse_transaction(fresh))
        return found

    of_markets = {
        name: shortened(get(MARKET.node, target).json()) for name, target in MARKETS.items()
    }
    return {**asking(BOOK.node, talk), **of_markets}


def test_every_operation_has_its_name_once_and_says_what_it_is() -> None:
    described = document()
    assert str(described["openapi"]).startswith("3.1")
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(described):
        assert operation.get("summary"), (path, method)
        assert operation.get("description"), (path, method)
        assert operation.get("tags"), (path, method)


def test_every_operation_promises_problem_documents_and_not_the_framework_s_own() -> None:
    described = document()
    for path, _, operation in operations(described):
        responses = cast("dict[str, Json]", operation["responses"])
        assert "422" not in responses, path
        assert "application/problem+json" in cast("Json", responses["default"]["content"])
    assert "HTTPValidationError" not in json.dumps(described)


def test_every_reference_leads_somewhere() -> None:
    described = document()
    components = cast("dict[str, Json]", described["components"])["schemas"]
    text = json.dumps(described)
    named = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(components)


def test_the_hot_routes_are_described_like_the_others() -> None:
    paths = cast("dict[str, dict[str, Json]]", document()["paths"])
    assert paths["/v1/transactions"]["post"]["operationId"] == "submit_transaction"
    assert paths["/v1/transactions:batch"]["post"]["operationId"] == "submit_transactions"


def test_every_json_answer_has_an_example() -> None:
    for path, _, operation in operations(document()):
        for status, response in cast("dict[str, Json]", operation["responses"]).items():
            content = cast("dict[str, Json]", response.get("content", {}))
            if status.startswith("2") and "application/json" in content:
                assert content["application/json"].get("example"), path


def test_the_examples_are_of_the_promised_shapes(rewrite: bool) -> None:
    if rewrite:
        text = json.dumps(answers(), indent=1, ensure_ascii=False)
        EXAMPLES_FILE.write_text(text + "\n", encoding="utf-8")
        pytest.skip("rewritten: look at what changed")
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            if route.response_model is not None:
                adapter = TypeAdapter(route.response_model)
                adapter.validate_json(json.dumps(EXAMPLES[str(route.operation_id)]))
    TypeAdapter(ProblemModel).validate_json(json.dumps(EXAMPLES["problem"]))
    TypeAdapter(TransactionModel).validate_json(json.dumps(EXAMPLES["transaction"]))
    TypeAdapter(Accepted).validate_json(json.dumps(EXAMPLES["submit_transaction"]))
    TypeAdapter(BatchAnswer).validate_json(json.dumps(EXAMPLES["submit_transactions"]))


def test_the_examples_have_the_members_that_the_node_gives() -> None:
    def members(value: object) -> object:
        if isinstance(value, dict):
            return {name: members(item) for name, item in value.items() if name != "fields"}
        return [members(item) for item in value] if isinstance(value, list) else None

    for name, answer in answers().items():
        assert members(EXAMPLES[name]) == members(answer), f"{name}: run pytest with --rewrite"
