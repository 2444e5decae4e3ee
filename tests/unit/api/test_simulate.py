"""Simulations over HTTP: what really happened is foretold exactly, and asking changes nothing."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import httpx
import pytest

import api.simulate
from api.limits import LIMITS, Limits
from client import HansaClient
from client.simulation import question
from ledger.overlay import StateReader
from ledger.transaction import parse_transaction
from lending.commands import Repay, TransferCash
from lending.commands.batches import Batch, BatchStep
from lending.simulation.question import Question
from lending.simulation.running import Simulated, simulate
from tests.unit.api.asking import JSON_TYPE, asking, get
from tests.unit.api.fake_node import DAY_MS, START_MS, FakeNode
from tests.unit.api.scenario import LOAN, Book, served_book

Json = dict[str, object]


def ask(
    node: FakeNode, body: object, limits: Limits = LIMITS, status: int = 200
) -> dict[str, object]:
    """The answer to one question."""

    async def talk(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/v1/simulate", content=json.dumps(body), headers=JSON_TYPE)

    answer = asking(node, talk, limits=limits)
    assert answer.status_code == status, answer.text
    return cast("Json", answer.json())


def command(sender: str, name: str, **fields: object) -> Json:
    return {"sender": sender, "name": name, "fields": fields}


def outcomes(answer: Json) -> list[Json]:
    blocks = cast("list[Json]", answer["blocks"])
    return [each for block in blocks for each in cast("list[Json]", block["outcomes"])]


@pytest.fixture(scope="module")
def book() -> Book:
    return served_book()


def test_what_was_applied_is_foretold_at_every_height(book: Book) -> None:
    node = book.node
    root = node.chain.tree.root
    for raw in book.sent:
        transaction = parse_transaction(raw)
        status = node.status(transaction.id)
        if status.height is None or status.index:
            continue
        answer = ask(
            node, {"at_height": status.height - 1, "commands": [{"transaction": raw.hex()}]}
        )
        assert status.receipt is not None
        real = get(node, f"/v1/transactions/{transaction.id.hex()}")
        assert outcomes(answer) == [real.json()["outcome"]]
        (block,) = cast("list[Json]", answer["blocks"])
        header = node.chain.certified(status.height)
        assert header is not None
        assert block["timestamp_ms"] == header.block.header.timestamp_ms
    assert node.chain.tree.root == root


def test_the_same_is_foretold_of_a_command_that_nobody_signed(book: Book) -> None:
    node = book.node
    fields = {"loan": LOAN, "amount": 1_067_91}
    answer = ask(node, {"at_height": 4, "commands": [command("acme", "repay", **fields)]})
    pay = next(raw for raw in book.sent if parse_transaction(raw).command[0] == "repay")
    real = get(node, f"/v1/transactions/{parse_transaction(pay).id.hex()}")
    assert outcomes(answer) == [real.json()["outcome"]]
    (row,) = cast("list[Json]", answer["arrears"])
    assert (row["kind"], row["name"]) == ("loan", LOAN)


def test_a_refusal_is_an_answer(book: Book) -> None:
    answer = ask(book.node, {"commands": [command("acme", "repay", loan="none", amount=1)]})
    assert [each["code"] for each in outcomes(answer)] == ["UNKNOWN_LOAN"]
    assert answer["balances"] == answer["changes"] == answer["arrears"] == []


def test_signed_by_nobody_else(book: Book) -> None:
    step = {"sender": "acme", "name": "repay", "fields": {"loan": LOAN, "amount": 1}}
    batch = {**command("mint", "batch", commands=[step])}
    assert outcomes(ask(book.node, {"commands": [batch]}))[0]["status"] == "applied"
    unsigned = {**batch, "signed_by": ["mint"]}
    (outcome,) = outcomes(ask(book.node, {"commands": [unsigned]}))
    assert outcome["code"] == "BATCH_REFUSED"
    assert cast("Json", outcome["facts"])["code"] == "NOT_SIGNED"


def test_time_passes(book: Book) -> None:
    node = book.node
    head = node.chain.head.header
    until = head.timestamp_ms + 200 * DAY_MS
    answer = ask(node, {"until_ms": until})
    assert answer["to_ms"] == until
    blocks = cast("list[Json]", answer["blocks"])
    happened = {event["name"] for block in blocks for event in cast("list[Json]", block["clock"])}
    assert {"installment_billed", "defaulted"} <= happened
    (row,) = cast("list[Json]", answer["arrears"])
    assert cast("Json", row["before"])["status"] == "PERFORMING"
    assert cast("Json", row["after"])["status"] == "DEFAULTED"
    assert node.chain.head.header == head
    assert len(blocks) < 30, "days on which nothing happens are not shown"


def test_later_commands_see_earlier_ones(book: Book) -> None:
    give = {"to": "beta", "asset": "USD", "amount": 5, "reference": "a"}
    back = {"to": "acme", "asset": "USD", "amount": 5, "reference": "b"}
    commands = [command("beta", "transfer_cash", **back), command("acme", "transfer_cash", **give)]
    first, second = outcomes(ask(book.node, {"commands": commands}))
    assert (first["status"], second["status"]) == ("rejected", "applied")
    commands.reverse()
    answer = ask(book.node, {"commands": commands})
    assert [each["status"] for each in outcomes(answer)] == ["applied", "applied"]
    assert answer["balances"] == []


def test_the_sdk_asks_the_same(book: Book) -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        assert request.headers["content-type"] == "application/json"
        return httpx.Response(200, json=ask(book.node, json.loads(request.content)))

    pay = TransferCash("beta", "USD", 5, "ref")
    step = BatchStep("acme", "repay", {"loan": LOAN, "amount": 1})
    asked = question([("acme", pay), ("acme", Batch((step,)))], at_height=5, until_ms=START_MS * 2)
    with HansaClient("http://node", transport=httpx.MockTransport(answer)) as hansa:
        found = hansa.simulate({**asked, "until_ms": 0})
    assert [each["status"] for each in outcomes(dict(found))] == ["applied", "applied"]
    assert len(seen) == 1


WRONG = [
    ([], "BAD_SHAPE"),
    ({"at": 1}, "BAD_SHAPE"),
    ({"at_height": 99}, "UNKNOWN_BLOCK"),
    ({"at_height": -1}, "BAD_SHAPE"),
    ({"at_height": True}, "BAD_SHAPE"),
    ({"until_ms": 1}, "BAD_SHAPE"),
    ({"until_ms": 2**52}, "BAD_SHAPE"),
    ({"commands": {}}, "BAD_SHAPE"),
    ({"commands": [{"sender": "acme", "name": "repay"}]}, "BAD_SHAPE"),
    ({"commands": [{"sender": "", "name": "repay", "fields": {}}]}, "BAD_SHAPE"),
    ({"commands": [command("acme", "repay")] * 33}, "BAD_SHAPE"),
    ({"commands": [{"transaction": "00"}]}, "BAD_VALUE"),
    ({"commands": [{"transaction": "zz"}]}, "BAD_VALUE"),
    ({"commands": [{"transaction": "00", "sender": "acme"}]}, "BAD_SHAPE"),
    ({"commands": [{**command("acme", "repay"), "signed_by": "acme"}]}, "BAD_SHAPE"),
    ({"shocks": [{"asset": "BOND", "currency": "USD"}]}, "BAD_SHAPE"),
    ({"shocks": [{"asset": "BOND", "currency": "USD", "price": 1, "change": 1}]}, "BAD_SHAPE"),
    ({"shocks": [{"asset": "BOND", "currency": "USD", "price": 0}]}, "BAD_SHAPE"),
    ({"shocks": [{"index": "sofr", "price": 1}]}, "BAD_SHAPE"),
    ({"shocks": [{"index": "sofr", "value": 10**11}]}, "BAD_SHAPE"),
]


@pytest.mark.parametrize(("body", "code"), WRONG)
def test_a_wrong_question_is_refused(book: Book, body: object, code: str) -> None:
    status = 404 if code == "UNKNOWN_BLOCK" else 422
    found = ask(book.node, body, status=status) if code != "BAD_VALUE" else _any(book.node, body)
    assert found["code"] == code or code == "BAD_VALUE"


def _any(node: FakeNode, body: object) -> Json:
    async def talk(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/v1/simulate", content=json.dumps(body), headers=JSON_TYPE)

    answer = asking(node, talk)
    assert 400 <= answer.status_code < 500
    return cast("Json", answer.json())


def test_a_shock_to_what_there_is_not_is_refused_and_the_rest_goes_on(book: Book) -> None:
    shocks = [{"asset": "BOND", "currency": "USD", "price": 5}, {"index": "sofr", "value": 5}]
    answer = ask(
        book.node, {"shocks": shocks, "commands": [command("acme", "repay", loan=LOAN, amount=1)]}
    )
    first = cast("list[Json]", answer["blocks"])[0]
    codes = [each["code"] for each in cast("list[Json]", first["shocks"])]
    assert codes == ["UNKNOWN_FEED", "UNKNOWN_INDEX"]
    assert outcomes(answer)[0]["status"] == "applied"


def test_a_node_bounds_the_time_and_the_number(book: Book) -> None:
    short = replace(LIMITS, simulation_seconds=0.0)
    found = ask(book.node, {"at_height": 3}, limits=short, status=422)
    assert (found["code"], found["facts"]) == ("TOO_MUCH_WORK", {"reached": 0, "at_height": 3})
    none = replace(LIMITS, simulations_max=0)
    assert ask(book.node, {}, limits=none, status=503)["code"] == "OVERLOADED"


def test_the_loop_is_not_held_up(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work waits for a word of the loop: a loop that waited for the work could not give it."""
    has_begun, may_go_on = threading.Event(), threading.Event()

    def held(state: StateReader, asked: Question, check: Callable[[], None]) -> Simulated:
        has_begun.set()
        assert may_go_on.wait(30), "the loop is held up"
        return simulate(state, asked, check)

    monkeypatch.setattr(api.simulate, "simulate", held)
    body = json.dumps(question([("acme", Repay(LOAN, 5))], until_ms=None))

    async def talk(client: httpx.AsyncClient) -> int:
        asked = asyncio.create_task(client.post("/v1/simulate", content=body, headers=JSON_TYPE))
        assert await asyncio.to_thread(has_begun.wait, 30), "the work has not begun"
        may_go_on.set()
        return (await asked).status_code

    assert asking(book.node, talk) == 200


def test_an_unsigned_repayment_changes_nothing(book: Book) -> None:
    before = dict(book.node.chain.store.iterate(b"", b"\xff" * 64))
    ask(book.node, question([("acme", Repay(LOAN, 5))], until_ms=None))
    assert dict(book.node.chain.store.iterate(b"", b"\xff" * 64)) == before
