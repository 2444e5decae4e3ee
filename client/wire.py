"""What a client says to a node and hears from it, as plain values: requests, answers, problems.

No socket and no clock here: flows decide what to ask next, and a sync or an async client carries
it there. docs/operate/http-api.md has the other side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from client.errors import ClientError, Refused
from ledger import codec

MSGPACK: Final = "application/vnd.msgpack"
JSON: Final = "application/json"
HEIGHT_HEADER: Final = "ledger-height"
BATCH_MAX: Final = 1_000
"""Transactions in one request."""
RETRIABLE: Final = frozenset({408, 425, 429, 502, 503, 504})
"""Answers after which the same request may be sent again, here or to another node."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, to any node or to one of them."""

    method: str
    """GET or POST."""
    path: str
    """The path, from /v1 on."""
    query: Mapping[str, str | int] = field(default_factory=dict)
    """The query parameters."""
    body: bytes = b""
    """The body of a POST."""
    media: str = MSGPACK
    """The body's media type."""
    accept: str = JSON
    """The media type asked for."""
    seconds: float = 10.0
    """How long to wait for the answer."""
    node: int | None = None
    """Which of the client's nodes to ask; None: whichever answers."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is asked for a while."""

    seconds: float
    """How long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a node sent back."""

    status: int
    """The HTTP status."""
    headers: Mapping[str, str]
    """The headers, with names in lower case."""
    body: bytes
    """The body, whole."""

    def json(self) -> object:
        """The body as JSON. Raises ClientError."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise ClientError(f"the node's answer is not JSON: {error}") from None


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer came: refused, reset, timed out."""

    reason: str
    """Why, in the words of the HTTP library."""


def problem(answer: Answer) -> Refused:
    """The error of an answer that is none of success."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        text = answer.body[:200].decode("utf-8", "replace")
        return Refused(answer.status, f"HTTP_{answer.status}", text, definite=False)
    document = cast("dict[str, object]", found)
    return Refused(
        answer.status,
        str(document.get("code", f"HTTP_{answer.status}")),
        str(document.get("detail", "")),
        definite=document.get("definite") is True,
        facts=document.get("facts"),
    )


def submit_call(raws: Sequence[bytes], node: int | None = None) -> Call:
    """Hand in transactions, at most BATCH_MAX at once."""
    body = codec.encode_array(tuple(raws))
    return Call("POST", "/v1/transactions:batch", {}, body, node=node)


def member_of(value: object, name: str) -> object:
    """A member of a JSON object. Raises ClientError."""
    if not isinstance(value, dict) or name not in value:
        raise ClientError(f"the node's answer lacks {name!r}")
    return cast("dict[str, object]", value)[name]


def text_of(value: object, name: str) -> str:
    """A member that is a string. Raises ClientError."""
    found = member_of(value, name)
    if not isinstance(found, str):
        raise ClientError(f"{name!r} in the node's answer is no text")
    return found


def number_of(value: object, name: str) -> int:
    """A member that is an integer. Raises ClientError."""
    found = member_of(value, name)
    if type(found) is not int:
        raise ClientError(f"{name!r} in the node's answer is no integer")
    return found
