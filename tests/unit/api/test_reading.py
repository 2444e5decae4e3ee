"""Reading over HTTP: true at a height, bounded, resumable; what is not there is a problem."""

from __future__ import annotations

import io
from typing import cast

import httpx
import pytest

from api.limits import Limits
from api.problems import KINDS
from ledger import codec
from ledger.certificate import CertifiedBlock
from ledger.export import read_entries, read_genesis
from lending.chart import NAMES
from runtime.node import Check
from tests.unit.api.asking import asking, get
from tests.unit.api.fake_node import FakeNode
from tests.unit.api.scenario import LOAN, Book, served_book

Row = dict[str, object]
LISTS = (
    "/v1/blocks", "/v1/members", "/v1/parties", "/v1/assets", "/v1/products", "/v1/agreements",
    "/v1/agreements?party=acme", "/v1/applications", "/v1/groups",
    "/v1/applications?borrower=acme", "/v1/loans", "/v1/loans?lender=alpha", "/v1/accounts",
    "/v1/accounts?owner=acme", "/v1/accounts/acme/cash/USD/entries", "/v1/problems", "/v1/evidence",
    "/v1/accounts/acme/cash/USD/entries?order=newest_first", f"/v1/loans/{LOAN}/statement",
)  # fmt: skip


@pytest.fixture(scope="module")
def node() -> FakeNode:
    return served_book().node


def rows(node: FakeNode, path: str, limit: int) -> list[Row]:
    """All rows of a list, page by page."""
    found: list[Row] = []
    mark = "&" if "?" in path else "?"
    target = f"{path}{mark}limit={limit}"

    async def talk(client: httpx.AsyncClient) -> None:
        cursor = ""
        while True:
            page = (await client.get(f"{target}&cursor={cursor}")).json()
            assert len(page["data"]) <= limit
            assert page["has_more"] == (page["next"] is not None)
            found.extend(page["data"])
            cursor = page["next"]
            if not cursor:
                return

    asking(node, talk)
    return found


@pytest.mark.parametrize("path", LISTS)
def test_pages_put_together_are_the_list(node: FakeNode, path: str) -> None:
    whole = rows(node, path, 1_000)
    assert whole, "an empty list shows nothing"
    for limit in (1, 3):
        assert rows(node, path, limit) == whole


def test_every_read_says_when_it_was_true(node: FakeNode) -> None:
    header = node.chain.head.header
    paths = [*LISTS, f"/v1/loans/{LOAN}", "/v1/node", "/v1/genesis", "/v1/trial-balance", "/"]
    for path in paths:
        if path == "/v1/problems":
            continue
        answer = get(node, path)
        assert answer.status_code == 200, path
        assert answer.headers["ledger-height"] == str(header.height), path
        assert answer.headers["ledger-state-root"] == header.state_root.hex()


def test_reading_waits_for_a_height_it_is_asked_for(node: FakeNode) -> None:
    head = node.chain.head.height
    assert get(node, f"/v1/loans?min_height={head}").status_code == 200
    answer = get(node, "/v1/loans?limit=1&min_height=0")
    assert answer.json()["data"][0]["loan"] == LOAN


def test_filters_leave_out_what_does_not_match(node: FakeNode) -> None:
    for query, count in (
        ("status=PERFORMING", 1), ("status=REPAID", 0), ("lender=alpha&borrower=acme", 1),
        ("lender=beta", 0), ("borrower=alpha", 0), ("lender=alpha&status=DEFAULTED", 0),
    ):  # fmt: skip
        assert len(rows(node, f"/v1/loans?{query}", 5)) == count, query


def test_a_loan_shows_its_schedule_and_where_it_stands(node: FakeNode) -> None:
    loan = get(node, f"/v1/loans/{LOAN}").json()
    states = [row["state"] for row in loan["schedule"]]
    assert states == ["settled", "unpaid", *["to_come"] * 10]
    unpaid = [row["unpaid"]["minor"] for row in loan["schedule"]]
    assert unpaid[1] == loan["billed"]["minor"] > 0
    assert unpaid[0] == unpaid[2] == 0
    assert loan["payoff"]["total"]["minor"] >= loan["owed"]["minor"]


def test_the_books_balance_at_every_height(node: FakeNode) -> None:
    balance = get(node, "/v1/trial-balance").json()
    for height in range(node.chain.head.height + 1):
        balance = get(node, f"/v1/trial-balance?height={height}").json()
        assert (balance["height"], balance["is_balanced"]) == (height, True)
    accounts = rows(node, "/v1/accounts", 100)
    total = {row["kind"]: row["sum"] for row in balance["assets"][0]["sums"]}
    for kind in NAMES:
        own = [cast("Row", row["balance"])["minor"] for row in accounts if row["kind"] == kind]
        assert sum(cast("list[int]", own)) == total.get(kind, {"minor": 0})["minor"]


def test_an_account_was_what_its_entries_left(node: FakeNode) -> None:
    path = "/v1/accounts/acme/cash/USD"
    for entry in rows(node, path + "/entries", 100):
        account = get(node, f"{path}?height={entry['height']}").json()
        assert account["balance"] == entry["balance"]
    assert get(node, path).json()["balance"] == entry["balance"]


def test_a_raw_block_is_what_was_certified(node: FakeNode) -> None:
    for height in range(1, node.chain.head.height + 1):
        raw = get(node, f"/v1/blocks/{height}", accept="application/vnd.msgpack").content
        certified = CertifiedBlock.from_value(node.chain.chain_id, codec.decode(raw))
        assert certified == node.chain.certified(height)
        shown = get(node, f"/v1/blocks/{height}").json()
        assert shown["id"] == certified.block.id.hex()
        assert len(shown["transactions"]) == len(certified.block.transactions)
    assert get(node, "/v1/blocks/0").json()["certificate"] is None
    assert get(node, "/v1/blocks/head").json()["header"]["height"] == node.chain.head.height


@pytest.mark.parametrize(
    ("query", "heights"), [("", [1, 2, 3, 4, 5, 6]), ("?from=2&to=4", [2, 3, 4])]
)
def test_the_export_is_the_file_that_an_audit_reads(
    node: FakeNode, query: str, heights: list[int]
) -> None:
    answer = get(node, "/v1/export" + query)
    stream = io.BytesIO(answer.content)
    assert read_genesis(stream).digest == node.genesis.digest
    entries = list(read_entries(stream, node.chain.chain_id, heights[0]))
    assert [entry.block.height for entry in entries] == heights
    assert "attachment" in answer.headers["content-disposition"]


def test_every_problem_code_leads_to_its_explanation(node: FakeNode) -> None:
    for code, kind in KINDS.items():
        shown = get(node, f"/v1/problems/{code}").json()
        assert shown == {
            "code": code, "status": kind.status, "title": kind.title, "advice": kind.advice,
        }  # fmt: skip


def test_a_problem_says_what_the_request_is_called(node: FakeNode) -> None:
    answer = get(node, "/v1/loans/none", **{"x-request-id": "mine-1"})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "mine-1"
    assert answer.json()["facts"] == {"loan": "none"}
    parameter = get(node, "/v1/loans?limit=0").json()
    assert parameter["code"] == "BAD_PARAMETER"
    assert parameter["facts"]["errors"][0]["name"] == "limit"


def test_health_tells_the_vital_from_the_rest() -> None:
    node = FakeNode()
    node.checks = [
        Check("replica", is_ok=True, reason="running"),
        Check("peers", is_ok=False, reason="1 of 4 members reachable, 3 needed"),
    ]
    assert get(node, "/healthz").status_code == 200
    ready = get(node, "/readyz")
    assert ready.status_code == 503
    assert ready.json()["failed_checks"] == [
        {"component": "peers", "reason": "1 of 4 members reachable, 3 needed"}
    ]
    lines = get(node, "/readyz?verbose").text.splitlines()
    assert lines == [
        "[+]replica ok: running",
        "[-]peers failed: 1 of 4 members reachable, 3 needed",
        "check failed",
    ]
    assert get(node, "/readyz?exclude=peers").status_code == 200
    assert get(node, "/readyz?exclude=peers&min_peers=3").status_code == 200
    assert get(node, "/readyz?exclude=peers&min_peers=4").status_code == 503
    node.checks = [Check("replica", is_ok=False, reason="OSError: disk")]
    assert get(node, "/healthz").status_code == 503


def test_metrics_are_prometheus_text(node: FakeNode) -> None:
    answer = get(node, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE hansa_chain_height gauge" in answer.text


def test_the_index_page_runs_nothing_and_names_nothing_unescaped(node: FakeNode) -> None:
    answer = get(node, "/")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "test &lt;chain&gt;" in answer.text
    assert "<chain>" not in answer.text
    for path in [part.partition('"')[0] for part in answer.text.split('href="')[1:]]:
        assert get(node, path).status_code == 200, path


def test_a_token_is_asked_of_readers_and_not_of_probes_or_writers(node: FakeNode) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for path in ("/v1/loans", "/v1/node", "/metrics", "/", "/v1/export", "/v1/events"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED"), path
            assert answer.headers["www-authenticate"] == "Bearer"
        for wrong in ("Bearer no", "Basic secret", "Bearer", "secret"):
            denied = await client.get("/v1/loans", headers={"Authorization": wrong})
            assert denied.status_code == 401
        good = {"Authorization": "Bearer secret"}
        assert (await client.get("/v1/loans", headers=good)).status_code == 200
        for path in ("/healthz", "/readyz", "/v1/problems/EXPIRED"):
            assert (await client.get(path)).status_code == 200
        assert (await client.post("/v1/transactions", content=b"")).status_code == 415

    asking(node, talk, token="secret")


def test_overload_is_answered_and_not_queued(node: FakeNode) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/node")
        assert (answer.status_code, answer.json()["code"]) == (503, "OVERLOADED")
        assert answer.headers["retry-after"] == "1"

    asking(node, talk, limits=Limits(requests_max=0))


def test_a_failure_of_the_node_is_logged_and_leaks_nothing() -> None:
    node = Book().node

    def fail() -> dict[str, object]:
        raise RuntimeError("the password is swordfish")

    node.describe = fail  # type: ignore[method-assign]
    answer = get(node, "/v1/node")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
    assert answer.json()["definite"] is False
    assert "swordfish" not in answer.text
    ((event, fields),) = node.log.events
    assert event == "request_failed"
    assert fields["request_id"] == answer.json()["request_id"]


def test_the_gate_refuses_what_a_lax_server_lets_through(node: FakeNode) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for name, headers, code in (
            ("/v1/node", [("host", "a"), ("host", "b")], "DUPLICATE_HEADER"),
            ("/v1/node", [("content-length", "5")], "BODY_NOT_ALLOWED"),
            ("/v1/node", [("a", "b" * 20_000)], "HEADERS_TOO_LARGE"),
            ("/v1/node", [(f"a{i}", "b") for i in range(80)], "HEADERS_TOO_LARGE"),
            ("/v1/node?a=" + "b" * 5_000, [], "URL_TOO_LONG"),
            (
                "/v1/node", [("content-length", "1"), ("transfer-encoding", "chunked")],
                "AMBIGUOUS_LENGTH",
            ),
        ):  # fmt: skip
            answer = await client.get(name, headers=headers)
            assert answer.json()["code"] == code

    asking(node, talk)
