"""The sync and the async client against nodes in words: both carry out the same flows in the same way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest

from client import AsyncHansaClient, HansaClient, Refused, Unreachable
from client.transactions import derived_signer
from ledger import codec
from ledger.errors import Invalid
from ledger.transaction import parse_transaction
from lending.commands import Repay

URLS = ["http://one:1/", "http://two:2"]
Handler = Callable[[httpx.Request], httpx.Response]
ACME = derived_signer("acme")


def node(request: httpx.Request) -> httpx.Response:
    """A node that commits whatever it is given; the first of the two is down."""
    if request.url.host == "one":
        raise httpx.ConnectError("refused")
    headers = {"Ledger-Height": "41"}
    path = request.url.path
    if path == "/v1/node":
        answer: object = {"chain_id": "00" * 32, "height": 41, "member": "two"}
    elif path == "/v1/transactions:batch":
        assert request.headers["content-type"] == "application/vnd.msgpack"
        ids = [parse_transaction(raw).id.hex() for raw in codec.decode(request.content)]
        answer = {"results": [{"transaction_id": i, "state": "pending"} for i in ids]}
    elif path.startswith("/v1/transactions/"):
        outcome = {"status": "applied", "events": []}
        answer = {"transaction_id": path[-64:], "state": "committed", "height": 42, "index": 0}
        answer |= {"outcome": outcome}
    elif path == "/v1/loans":
        is_last = "cursor" in request.url.params
        row = {"loan": "b" if is_last else "a"}
        answer = {"data": [row], "has_more": not is_last, "next": None if is_last else "a"}
    elif path == "/v1/events":
        return stream(request)
    else:
        problem = {"code": "NOT_FOUND", "detail": "nothing", "definite": True}
        return httpx.Response(404, json=problem)
    return httpx.Response(200, headers=headers, json=answer)


def stream(request: httpx.Request) -> httpx.Response:
    """Events 1 to 3, cut after two of them."""
    last = request.headers.get("last-event-id")
    numbers = [3] if last else [1, 2]
    lines = [
        f"event: block\nid: {number}.0\ndata: {json.dumps({'height': number})}\n\n"
        for number in numbers
    ]
    return httpx.Response(200, text="".join(lines) + "event: block\nid: 9.0\n")


@pytest.fixture
def sync() -> HansaClient:
    return HansaClient(URLS, patience=1.0, transport=httpx.MockTransport(node))


def asynchronous() -> AsyncHansaClient:
    return AsyncHansaClient(URLS, patience=1.0, transport=httpx.MockTransport(node))


def test_a_command_is_executed_by_whichever_node_answers(sync: HansaClient) -> None:
    with sync:
        status = sync.execute("acme", Repay("loan-1", 5), [ACME])
        assert (status.state, status.height) == ("committed", 42)
        item = sync.build("acme", Repay("loan-1", 5), [ACME], lifetime=9)
        assert item.expires_at == 50


def test_rows_come_page_after_page(sync: HansaClient) -> None:
    with sync:
        assert [row["loan"] for row in sync.loans(lender="x")] == ["a", "b"]


def test_a_cut_stream_of_events_goes_on(sync: HansaClient) -> None:
    with sync:
        events = sync.events(first=1)
        assert [next(events).height for _ in range(3)] == [1, 2, 3]


def test_what_a_node_refuses_is_raised(sync: HansaClient) -> None:
    with sync:
        with pytest.raises(Refused, match="NOT_FOUND"):
            sync.get("/v1/nothing")
        sync.flows.preferred = 1
        with pytest.raises(Refused, match="NOT_FOUND"):
            next(iter(sync.export()))
        assert not sync.is_ready(0)


def test_nobody_answers(sync: HansaClient) -> None:
    def down(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with HansaClient(URLS, patience=0.0, transport=httpx.MockTransport(down)) as client:
        with pytest.raises(Unreachable, match="refused"):
            client.describe()
        with pytest.raises(Unreachable):
            next(iter(client.export()))


@pytest.mark.parametrize("wrong", ["one:1", [], ["ftp://one"]])
def test_an_address_must_be_one(wrong: str | list[str]) -> None:
    with pytest.raises(Invalid, match="BAD_ADDRESS"):
        HansaClient(wrong)


def test_the_async_client_does_the_same() -> None:
    async def play() -> None:
        async with asynchronous() as client:
            status = await client.execute("acme", Repay("loan-1", 5), [ACME])
            assert (status.state, status.height) == ("committed", 42)
            assert (await client.status(status.transaction_id)).state == "committed"
            assert (await client.describe())["member"] == "two"
            assert [row["loan"] async for row in client.rows("/v1/loans")] == ["a", "b"]
            item = await client.build("acme", Repay("loan-1", 5), [ACME])
            assert (await client.submit([item], node=1))[0].transaction_id == item.id
            assert (await client.wait(item)).height == 42
            heights = []
            async for event in client.events(first=1):
                heights.append(event.height)
                if len(heights) == 3:
                    break
            assert heights == [1, 2, 3]
            with pytest.raises(Refused, match="NOT_FOUND"):
                await client.get("/v1/nothing")

    asyncio.run(play())
