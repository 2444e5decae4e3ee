"""How a client retries, waits and fails, played through without a socket or a clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

import pytest

from client.errors import ClientError, Expired, Refused, RejectedByRule, StillPending, Unreachable
from client.flows import Effect, Flows, Reply, Status
from client.pages import fetch
from client.transactions import Signed, build, derived_signer
from client.wire import Answer, Call, Failed, Pause
from ledger import codec
from ledger.receipt import Applied
from ledger.transaction import ChainId, parse_transaction
from lending.commands import Repay

T = TypeVar("T")
Server = Callable[[Call], Answer | Failed]

CHAIN = ChainId(bytes(32))


class Play:
    """Carries out a flow against a server in words, with a clock that only pauses move."""

    def __init__(self, server: Server, nodes: int = 3, patience: float = 5.0) -> None:
        self.now = 0.0
        self.server = server
        self.calls: list[Call] = []
        self.flows = Flows(nodes, patience, lambda: self.now)

    def run(self, flow: Generator[Effect, Reply, T]) -> T:
        reply: Reply = None
        while True:
            try:
                effect = flow.send(reply)
            except StopIteration as done:
                result: T = done.value
                return result
            if isinstance(effect, Pause):
                self.now += effect.seconds
                reply = None
            else:
                self.calls.append(effect)
                self.now += 0.01
                reply = self.server(effect)


def ok(document: object, height: int = 7) -> Answer:
    return Answer(200, {"ledger-height": str(height)}, json.dumps(document).encode())


def refusal(status: int, code: str, *, definite: bool) -> Answer:
    body = {"code": code, "detail": "because", "definite": definite, "facts": {"a": 1}}
    return Answer(status, {}, json.dumps(body).encode())


def signed(salt: bytes = b"salt") -> Signed:
    command = Repay("loan-1", 5)
    return build(CHAIN, "acme", command, [derived_signer("acme")], expires_at=100, salt=salt)


def status_of(item: Signed, state: str, outcome: object = None) -> dict[str, object]:
    height = 8 if state == "committed" else None
    return {
        "transaction_id": item.id.hex(),
        "state": state,
        "height": height,
        "index": 0,
        "outcome": outcome,
    }


APPLIED = {"status": "applied", "events": [{"name": "repaid", "fields": {"big": {"int": "9"}}}]}
REJECTED = {"status": "rejected", "code": "NOTHING_OWED", "facts": {"loan": "loan-1"}}


def script(answers: Iterable[Answer | Failed]) -> Server:
    remaining = iter(answers)
    return lambda _: next(remaining)


def test_a_dead_node_is_passed_over_and_not_asked_first_again() -> None:
    play = Play(lambda call: Failed("refused") if call.node == 0 else ok({"a": 1}))
    assert play.run(play.flows.get("/v1/x", {})) == {"a": 1}
    assert play.run(play.flows.get("/v1/x", {})) == {"a": 1}
    assert [call.node for call in play.calls] == [0, 1, 1]
    assert play.flows.height == 7


def test_when_no_node_answers_the_client_says_so_after_its_patience() -> None:
    play = Play(lambda _: Failed("no route"))
    with pytest.raises(Unreachable, match="no route") as caught:
        play.run(play.flows.get("/v1/x", {}))
    assert not caught.value.is_definite
    assert 5.0 <= play.now < 8.0


def test_a_busy_node_is_asked_again_and_a_refusal_is_not() -> None:
    play = Play(script([refusal(503, "OVERLOADED", definite=True), ok([])]), nodes=1)
    assert play.run(play.flows.get("/v1/x", {})) == []
    play = Play(script([refusal(422, "BAD_PARAMETER", definite=True)]))
    with pytest.raises(Refused, match="BAD_PARAMETER: because") as caught:
        play.run(play.flows.get("/v1/x", {}))
    assert caught.value.is_definite
    assert caught.value.facts == {"a": 1}


def test_an_answer_that_is_no_json_is_an_error_of_the_client_s_kind() -> None:
    play = Play(script([Answer(200, {}, b"<html>")]))
    with pytest.raises(ClientError, match="not JSON"):
        play.run(play.flows.get("/v1/x", {}))
    play = Play(script([Answer(400, {}, b"<html>")]))
    with pytest.raises(Refused, match="HTTP_400") as caught:
        play.run(play.flows.get("/v1/x", {}))
    assert not caught.value.is_definite


def test_a_batch_is_cut_to_what_a_node_takes() -> None:
    items = [signed(bytes([n >> 8, n & 255])) for n in range(1_001)]

    def server(call: Call) -> Answer:
        raws = codec.decode(call.body)
        ids = [parse_transaction(raw).id.hex() for raw in raws]
        return ok({"results": [{"transaction_id": i, "state": "pending"} for i in ids]})

    play = Play(server)
    answers = play.run(play.flows.submit(items))
    assert len(play.calls) == 2
    assert [answer.transaction_id for answer in answers] == [item.id for item in items]


def test_what_a_full_node_refused_comes_again_and_the_rest_does_not() -> None:
    one, other = signed(b"1"), signed(b"2")
    full = {"state": "refused", "code": "POOL_FULL", "detail": "", "definite": True}
    first = [
        {"transaction_id": one.id.hex(), "state": "pending"},
        {"transaction_id": other.id.hex(), **full},
    ]
    second = [{"transaction_id": other.id.hex(), "state": "pending"}]
    play = Play(script([ok({"results": first}), ok({"results": second})]))
    answers = play.run(play.flows.submit([one, other]))
    assert [answer.state for answer in answers] == ["pending", "pending"]
    assert [len(codec.decode(call.body)) for call in play.calls] == [2, 1]


def test_waiting_hands_in_again_what_a_node_lost() -> None:
    item = signed()
    states = iter(["unknown", "pending", "committed"])

    def server(call: Call) -> Answer:
        if call.method == "POST":
            return ok({"results": [{"transaction_id": item.id.hex(), "state": "pending"}]})
        state = next(states)
        return ok(status_of(item, state, APPLIED if state == "committed" else None))

    play = Play(server)
    status = play.run(play.flows.wait(item, 30.0))
    assert status.outcome == Applied((("repaid", {"big": 9}),))
    assert [call.method for call in play.calls] == ["GET", "POST", "GET", "POST", "GET"]
    assert len({call.node for call in play.calls}) > 1


def test_waiting_ends_with_the_last_height_and_with_the_time() -> None:
    item = signed()
    pending = status_of(item, "pending")
    submitted = {"results": [{"transaction_id": item.id.hex(), "state": "pending"}]}
    play = Play(lambda call: ok(pending, height=101) if call.method == "GET" else ok(submitted))
    with pytest.raises(Expired) as expired:
        play.run(play.flows.wait(item, 30.0))
    assert expired.value.is_definite
    play = Play(lambda call: ok(pending) if call.method == "GET" else ok(submitted))
    with pytest.raises(StillPending) as still:
        play.run(play.flows.wait(item, 0.5))
    assert not still.value.is_definite


def test_executing_tells_a_rule_s_no_from_a_node_s() -> None:
    item = signed()
    pending = {"results": [{"transaction_id": item.id.hex(), "state": "pending"}]}
    committed = ok(status_of(item, "committed", REJECTED))
    play = Play(lambda call: ok(pending) if call.method == "POST" else committed)
    with pytest.raises(RejectedByRule, match="NOTHING_OWED") as caught:
        play.run(play.flows.execute(item, 5.0))
    assert caught.value.facts == {"loan": "loan-1"}
    row = {"transaction_id": None, "state": "refused", "code": "BAD_SIGNATURE", "detail": "x"}
    play = Play(script([ok({"results": [{**row, "definite": True}]})]))
    with pytest.raises(Refused, match="BAD_SIGNATURE"):
        play.run(play.flows.execute(item, 5.0))


def test_an_unknown_transaction_is_a_status() -> None:
    play = Play(script([refusal(404, "UNKNOWN_TRANSACTION", definite=True)]))
    answer = play.run(play.flows.status(bytes(32)))
    assert answer == Status(bytes(32), "unknown", None, None, None)


def test_a_node_of_another_chain_is_refused() -> None:
    one = {"chain_id": "00" * 32, "height": 3}
    other = {"chain_id": "11" * 32, "height": 3}
    play = Play(script([ok(one), ok(other)]))
    assert play.run(play.flows.horizon(10)) == (CHAIN, 17)
    with pytest.raises(Refused, match="OTHER_CHAIN"):
        play.run(play.flows.describe())


def test_pages_follow_their_cursor() -> None:
    play = Play(script([ok({"data": [{"a": 1}], "has_more": True, "next": "x"})]))
    page = play.run(fetch(play.flows, "/v1/loans", {"status": "REPAID"}, "w"))
    assert page.rows == ({"a": 1},)
    assert page.cursor == "x"
    assert play.calls[0].query == {"limit": 200, "status": "REPAID", "cursor": "w"}


def test_a_client_needs_a_node() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Flows(0, 1.0, lambda: 0.0)
