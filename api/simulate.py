"""POST /v1/simulate: what would happen, computed by the machine's own code, changing nothing.

It runs in a worker thread on a snapshot, within a time limit and with few others beside it, so that
the replica's loop goes on meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request

from api import strict_json
from api.asgi import headers_of
from api.facade import Node
from api.http_bodies import JSON, media_type, read_body
from api.json_values import to_json
from api.limits import Limits
from api.money import Amounts
from api.problems import Problem
from api.reading import LimitsOf, NodeOf, Snapshot, SnapshotOf
from api.receipts import event_value, outcome_value
from api.schemas import Fields
from api.simulation_json import Wanted, wanted
from api.simulation_schemas import (
    BalanceDifference,
    Difference,
    SimulatedBlockModel,
    SimulationModel,
)
from ledger.block import Header
from ledger.chain import read_block
from ledger.machine import BlockContext
from ledger.membership import Height
from ledger.overlay import StateReader
from ledger.past import past_state
from ledger.receipt import Event
from lending.queries import Facts
from lending.scope import DAY_MS
from lending.simulation.changes import describe
from lending.simulation.question import DAYS_MAX, Question
from lending.simulation.running import Simulated, SimulatedBlock, simulate

router = APIRouter(tags=["lending"])

EVENTS_MAX: Final = 2_000
"""How many events an answer shows."""
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "commands": {"type": "array", "items": {"type": "object"}, "maxItems": 32},
                        "shocks": {"type": "array", "items": {"type": "object"}, "maxItems": 16},
                        "at_height": {"type": "integer", "minimum": 0},
                        "until_ms": {"type": "integer", "minimum": 0},
                    },
                },
                "example": {
                    "commands": [
                        {
                            "sender": "acme",
                            "name": "repay",
                            "fields": {"loan": "acme-1", "amount": 106791},
                        }
                    ],
                    "shocks": [{"asset": "BOND", "currency": "USD", "change": -300_000_000}],
                    "until_ms": 1_800_000_000_000,
                },
            }
        },
    }
}


async def read_wanted(request: Request, limits: LimitsOf) -> Wanted:
    """The question in the body. Raises Problem."""
    headers = headers_of(request.scope)
    if media_type(headers) != JSON:
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "a simulation is asked in JSON")
    body = await read_body(
        headers, request.receive, limits.transaction_body_max, limits.body_seconds
    )
    return wanted(strict_json.loads(body))


@router.post(
    "/v1/simulate",
    operation_id="simulate",
    summary="What would happen",
    openapi_extra=_BODY,
)
def post_simulate(
    request: Request,
    node: NodeOf,
    limits: LimitsOf,
    snapshot: SnapshotOf,
    question: Annotated[Wanted, Depends(read_wanted)],
) -> SimulationModel:
    """The effect of commands (signed or not), of shocks to prices and indices, and of the passing of
    time, after any block. Nothing is changed, and nothing of it is kept.
    """
    counter: list[int] = request.app.state.simulations
    with _turn(counter, limits):
        deadline = time.monotonic() + limits.simulation_seconds
        header = _header(snapshot, question.at_height)
        state = _state(snapshot, node, header, deadline)
        asked = _question(snapshot, node, header, question)
        found = simulate(state, asked, lambda: _check_time(deadline, "simulating"))
        _check_time(deadline, "simulating")
        return _answer(state, header, found)


@contextmanager
def _turn(counter: list[int], limits: Limits) -> Iterator[None]:
    if counter[0] >= limits.simulations_max:
        raise Problem("OVERLOADED", "simulations under way", headers={"Retry-After": "5"})
    counter[0] += 1
    try:
        yield
    finally:
        counter[0] -= 1


def _check_time(deadline: float, doing: str, **facts: object) -> None:
    if time.monotonic() > deadline:
        raise Problem("TOO_MUCH_WORK", f"time was over while {doing}", facts)


def _header(snapshot: Snapshot, height: int | None) -> Header:
    if height is None:
        return snapshot.header
    if height > snapshot.header.height:
        facts = {"height": height, "head": snapshot.header.height}
        raise Problem("UNKNOWN_BLOCK", f"the head is at {snapshot.header.height}", facts)
    return read_block(snapshot.reader, height).header


def _state(snapshot: Snapshot, node: Node, header: Header, deadline: float) -> StateReader:
    """The state after a block: that of the head is there, an earlier one is made again."""
    if header.height == snapshot.header.height:
        return snapshot.state

    def tick(height: int) -> None:
        _check_time(
            deadline, "making the state again from genesis", reached=height - 1,
            at_height=header.height,
        )  # fmt: skip

    return past_state(snapshot.reader, node.genesis, node.chain.machine, header.height, tick)


def _question(snapshot: Snapshot, node: Node, header: Header, asked: Wanted) -> Question:
    """The first simulated block has the time of the real one where there is one."""
    next_ms = header.timestamp_ms + 1
    if header.height < snapshot.header.height:
        next_ms = read_block(snapshot.reader, header.height + 1).header.timestamp_ms
    if asked.until_ms > next_ms + DAYS_MAX * DAY_MS:
        raise Problem("BAD_SHAPE", f"until_ms is at most {DAYS_MAX} days later", {"from": next_ms})
    if asked.until_ms and asked.until_ms < next_ms:
        raise Problem("BAD_SHAPE", "until_ms is in the past of that block", {"from": next_ms})
    context = BlockContext(
        node.genesis.chain_id, Height(header.height + 1), next_ms, node.member,
        node.genesis.rules,
    )  # fmt: skip
    return Question(context, asked.transactions, asked.shocks, asked.until_ms)


def _answer(state: StateReader, header: Header, found: Simulated) -> SimulationModel:
    room = _Room(EVENTS_MAX)
    blocks = [_block(block, room) for block in found.blocks]
    shown = describe(state, header.timestamp_ms, found)
    amounts = Amounts(found.state)
    left_out = {**_counts(shown["left_out"])}
    if room.left_out:
        left_out["events"] = room.left_out
    return SimulationModel(
        at_height=header.height,
        state_root=header.state_root.hex(),
        from_ms=header.timestamp_ms,
        to_ms=found.timestamp_ms,
        blocks=blocks,
        changes=[_difference(row, row["kind"], row["name"]) for row in _rows(shown["changes"])],
        balances=[_balance(row, amounts) for row in _rows(shown["balances"])],
        health=[
            _difference(row, "collateral_account", row["account"]) for row in _rows(shown["health"])
        ],
        arrears=[_difference(row, "loan", row["loan"]) for row in _rows(shown["arrears"])],
        left_out=left_out,
    )


class _Room:
    """Counts down what an answer may still show."""

    def __init__(self, maximum: int) -> None:
        self.left = maximum
        self.left_out = 0

    def take(self, events: tuple[Event, ...]) -> list[Event]:
        """As many of the events as there is room for."""
        shown = list(events[: self.left])
        self.left -= len(shown)
        self.left_out += len(events) - len(shown)
        return shown


def _block(block: SimulatedBlock, room: _Room) -> SimulatedBlockModel:
    return SimulatedBlockModel.model_validate(
        {
            "height": block.height,
            "timestamp_ms": block.timestamp_ms,
            "clock": [event_value(event) for event in room.take(block.clock)],
            "shocks": [outcome_value(outcome) for outcome in block.shocks],
            "outcomes": [outcome_value(outcome) for outcome in block.outcomes],
        }
    )


def _difference(row: Facts, kind: object, name: object) -> Difference:
    return Difference(
        kind=str(kind),
        name=str(name),
        before=_fields(row["before"]),
        after=_fields(row["after"]),
    )


def _fields(value: object) -> Fields | None:
    if value is None:
        return None
    assert isinstance(value, dict), "a record is shown by its fields"
    return {name: to_json(item) for name, item in value.items()}


def _balance(row: Facts, amounts: Amounts) -> BalanceDifference:
    asset = str(row["asset"])
    return BalanceDifference(
        owner=str(row["owner"]),
        kind=str(row["kind"]),
        before=amounts.money(row["before"], asset),
        after=amounts.money(row["after"], asset),
    )


def _rows(value: object) -> list[Facts]:
    assert isinstance(value, list), "a section is a list"
    return value


def _counts(value: object) -> dict[str, int]:
    assert isinstance(value, dict), "what was left out is counted by section"
    return value
