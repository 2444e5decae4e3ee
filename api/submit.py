"""Handing in transactions: the hot path, so plain ASGI; same strictness and problems as the rest.

One signed transaction costs its signature check and little else here: no framework, no model.
The OpenAPI page describes both routes all the same (see openapi).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from api import strict_json
from api.asgi import Receive, Scope, Send, headers_of, respond
from api.facade import Node
from api.http_bodies import JSON, media_type, read_body
from api.json_transactions import transaction_bytes
from api.limits import Limits
from api.problems import KINDS, Problem, from_invalid
from api.query import bounded, check_known, parse_query
from api.receipts import status_value
from ledger import codec
from ledger.errors import Invalid
from ledger.transaction import TRANSACTION_BYTES_MAX
from runtime.driver import ReplicaHalted
from runtime.node import Submission

SINGLE_PATH: Final = "/v1/transactions"
BATCH_PATH: Final = "/v1/transactions:batch"
_KNOWN: Final = ("wait", "timeout")
_DEFAULT_WAIT_SECONDS: Final = 10
_LARGE_BYTES: Final = 32 * 1024
"""A body above this is read in a thread, so that it does not hold up the replica's loop."""
_BATCH_ITEMS_MAX: Final = 10_000
"""Bounds the work for a batch before its transactions are counted."""

Parsed = TypeVar("Parsed")


class Submit:
    """The two routes that write."""

    def __init__(self, node: Node, limits: Limits) -> None:
        self._node = node
        self._limits = limits

    async def one(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST /v1/transactions: one transaction, as JSON or as wire bytes."""
        wait = self._wait_seconds(scope)
        headers = headers_of(scope)
        kind = media_type(headers)
        limits = self._limits
        body = await read_body(headers, receive, limits.transaction_body_max, limits.body_seconds)
        raw = await _read(_json_one, body) if kind == JSON else body
        (submission,) = await self._submit([raw])
        if submission.transaction_id is None or submission.state == "refused":
            raise refusal(submission)
        identifier = submission.transaction_id
        if wait is None and submission.state == "pending":
            answer = {"transaction_id": identifier.hex(), "state": "pending"}
            location = (("Location", f"{SINGLE_PATH}/{identifier.hex()}"),)
            await respond(send, 202, JSON, _dump(answer), location)
            return
        status = await self._node.wait(identifier, wait or 0)
        code = 202 if status.state == "pending" else 200
        await respond(send, code, JSON, _dump(status_value(identifier, status)))

    async def batch(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST /v1/transactions:batch: up to 1,000; each gets its own answer, in order."""
        wait = self._wait_seconds(scope)
        headers = headers_of(scope)
        kind = media_type(headers)
        limits = self._limits
        body = await read_body(headers, receive, limits.batch_body_max, limits.body_seconds)
        raws = await _read(self._json_batch if kind == JSON else self._packed_batch, body)
        submissions = await self._submit(raws)
        answers = await self._answers(submissions, wait)
        await respond(send, 200, JSON, _dump({"results": answers}))

    async def _submit(self, raws: Sequence[bytes]) -> list[Submission]:
        """Hand in; what a block holds by now was not refused, whatever was in its way before."""
        try:
            answers = await self._node.submit(raws) if raws else ()
        except ReplicaHalted as error:
            raise Problem("NOT_READY", str(error), definite=False) from None
        return [self._committed(answer) or answer for answer in answers]

    def _committed(self, answer: Submission) -> Submission | None:
        identifier = answer.transaction_id
        if answer.state != "refused" or identifier is None:
            return None
        is_committed = self._node.status(identifier).state == "committed"
        return Submission(identifier, "committed") if is_committed else None

    async def _answers(
        self, submissions: Sequence[Submission], wait: int | None
    ) -> list[dict[str, object]]:
        deadline = time.monotonic() + (wait or 0)
        answers: list[dict[str, object]] = []
        for submission in submissions:
            identifier = submission.transaction_id
            if identifier is None or submission.state == "refused":
                answers.append(refused_value(submission))
            elif wait is None:
                answers.append({"transaction_id": identifier.hex(), "state": submission.state})
            else:
                left = max(0.0, deadline - time.monotonic())
                answers.append(status_value(identifier, await self._node.wait(identifier, left)))
        return answers

    def _wait_seconds(self, scope: Scope) -> int | None:
        query = parse_query(scope)
        check_known(query, _KNOWN)
        if query.get("wait", "commit") != "commit":
            raise Problem("BAD_PARAMETER", "wait: commit is the only value", {"name": "wait"})
        maximum = self._limits.wait_seconds_max
        timeout = bounded(query, "timeout", _DEFAULT_WAIT_SECONDS, maximum)
        return timeout if "wait" in query else None

    def _json_batch(self, body: bytes) -> list[bytes]:
        value = strict_json.loads(body)
        if not isinstance(value, list):
            raise Problem("BAD_SHAPE", "a list of transactions was expected")
        self._check_count(len(value))
        return [_numbered(index, item) for index, item in enumerate(value)]

    def _packed_batch(self, body: bytes) -> list[bytes]:
        try:
            codec.scan(body, max_depth=1, max_items=_BATCH_ITEMS_MAX)
            value = codec.decode(body)
            items = codec.items(value)
        except Invalid as error:
            raise from_invalid(error) from None
        self._check_count(len(items))
        for item in items:
            if type(item) is not bytes or len(item) > TRANSACTION_BYTES_MAX:
                raise Problem("BAD_SHAPE", "an array of transactions' wire bytes was expected")
        return list(items)

    def _check_count(self, count: int) -> None:
        maximum = self._limits.batch_transactions_max
        if count > maximum:
            facts = {"count": count, "maximum": maximum}
            raise Problem("TOO_MANY_TRANSACTIONS", f"{count} transactions", facts)


async def _read(parse: Callable[[bytes], Parsed], body: bytes) -> Parsed:
    """What `parse` makes of a body. Raises Problem."""
    if len(body) <= _LARGE_BYTES:
        return parse(body)
    return await asyncio.to_thread(parse, body)


def _json_one(body: bytes) -> bytes:
    return transaction_bytes(strict_json.loads(body))


def _numbered(index: int, item: object) -> bytes:
    """The wire bytes of one item; a problem says which item it was."""
    try:
        return transaction_bytes(item)
    except Problem as problem:
        problem.facts = {**problem.facts, "index": index}
        raise


def refusal(submission: Submission) -> Problem:
    """A refused submission as a problem."""
    code, detail = submission.code, submission.detail
    if code not in KINDS:
        code, detail = "BAD_VALUE", f"{code}: {detail}"
    identifier = submission.transaction_id
    facts = {} if identifier is None else {"transaction_id": identifier.hex()}
    headers = {"Retry-After": "1"} if KINDS[code].status == 503 else {}
    return Problem(code, detail, facts, submission.is_definite, headers)


def refused_value(submission: Submission) -> dict[str, object]:
    """A refused submission as a row of a batch's answer."""
    problem = refusal(submission)
    identifier = submission.transaction_id
    return {
        "transaction_id": None if identifier is None else identifier.hex(),
        "state": "refused",
        "code": problem.code,
        "detail": problem.detail,
        "definite": problem.definite,
    }


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
