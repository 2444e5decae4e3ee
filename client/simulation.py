"""Asking what would happen: the question as JSON, and the request that asks it. No I/O.

    hansa.simulate(question([("acme", Repay("loan-7", 500_30))], until_ms=...))

docs/lend/simulate.md has the members of the question and of the answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from client.flows import Flow, Flows
from client.transactions import Signed
from client.values import to_json
from client.wire import JSON, Call
from ledger import codec
from lending.commands import Command, command_value

SECONDS: Final = 30.0
"""How long to wait for the answer; a node takes less."""

Asked = Signed | tuple[str, Command | tuple[str, dict[str, codec.Value]]]
"""A transaction, or who would ask for what."""


def question(
    commands: Sequence[Asked] = (),
    *,
    shocks: Sequence[Mapping[str, object]] = (),
    at_height: int | None = None,
    until_ms: int | None = None,
) -> dict[str, object]:
    """The question as a node takes it; commands that nobody signed count as signed."""
    asked: dict[str, object] = {
        "commands": [_command(each) for each in commands],
        "shocks": [dict(shock) for shock in shocks],
    }
    if at_height is not None:
        asked["at_height"] = at_height
    if until_ms is not None:
        asked["until_ms"] = until_ms
    return asked


def fetch(flows: Flows, asked: Mapping[str, object]) -> Flow[object]:
    """What would happen, from whichever node answers. Raises as asking does."""
    body = json.dumps(asked).encode()
    call = Call("POST", "/v1/simulate", {}, body, media=JSON, seconds=SECONDS)
    answer = yield from flows.ask(call)
    return answer.json()


def _command(asked: Asked) -> dict[str, object]:
    if isinstance(asked, Signed):
        return {"transaction": asked.raw.hex()}
    sender, command = asked
    name, fields = command if isinstance(command, tuple) else command_value(command)
    shown = {field: to_json(value) for field, value in fields.items()}
    return {"sender": sender, "name": name, "fields": shown}
