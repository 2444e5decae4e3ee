"""/v1/events: what the chain does, as server-sent events that resume; each stream reads by itself.

For every block, in order: one `block`, then for every transaction one `transaction` and its
`event`s; the clock's events come first and have no transaction. The id of a message is
`height.number`, numbers counting from 0 within the block, so `Last-Event-ID` says exactly what
comes next, on any node. A slow reader holds up nobody: nothing is queued for it.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from api.facade import Node
from api.limits import Limits
from api.problems import Problem
from api.reading import HEIGHT_MAX, AnyHeight, LimitsOf, NodeOf, add_height_headers
from api.receipts import event_value, outcome_value
from ledger import codec
from ledger.chain import read_block, read_receipts
from ledger.receipt import Receipt
from ledger.store import Reader

router = APIRouter(tags=["events"])

KINDS: Final = ("block", "transaction", "event")
_LAST_ID: Final = re.compile(r"(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,8})")
_RETRY_MS: Final = 1_000
_PAUSE_SECONDS: Final = 1.0
"""The least time between two looks at a height that has not come."""

Rendered = tuple[int, str, dict[str, object]]
"""Number in the block, kind, data."""


@router.get(
    "/v1/events",
    operation_id="stream_events",
    summary="What the chain does, as it does it",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-sent events."}},
)
async def stream_events(
    request: Request,
    node: NodeOf,
    limits: LimitsOf,
    first: Annotated[
        AnyHeight | None,
        Query(alias="from", description="The first height; without it, the next block's."),
    ] = None,
    kinds: Annotated[
        str, Query(max_length=64, description="Which kinds, by comma: block, transaction, event.")
    ] = ",".join(KINDS),
    last_event_id: Annotated[
        str | None, Header(description="The id of the last message seen: resume after it.")
    ] = None,
) -> StreamingResponse:
    """A stream that ends when the client goes; comments keep it alive between blocks."""
    wanted = _wanted(kinds)
    height, number = _start(node, first, last_event_id)
    counter: list[int] = request.app.state.subscribers
    if counter[0] >= limits.subscribers_max:
        raise Problem("OVERLOADED", "event streams open", headers={"Retry-After": "10"})
    add_height_headers(request, node.chain.head.header)
    return StreamingResponse(
        _stream(node, limits, counter, wanted, height, number),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _stream(
    node: Node, limits: Limits, counter: list[int], wanted: frozenset[str], height: int, number: int
) -> AsyncIterator[bytes]:
    counter[0] += 1
    try:
        yield f"retry: {_RETRY_MS}\n\n".encode()
        while not node.is_stopping:
            begun = time.monotonic()
            if await node.wait_height(height, limits.heartbeat_seconds) < height:
                # A node where too many wait answers at once: then this is not asked again at once.
                left = min(limits.heartbeat_seconds, _PAUSE_SECONDS) - (time.monotonic() - begun)
                await asyncio.sleep(max(left, 0))
                yield KEEPALIVE_COMMENT
                continue
            with node.read() as view:
                messages = await run_in_threadpool(_messages, view.reader, height, number, wanted)
            if messages:
                yield messages
            height, number = height + 1, 0
    finally:
        counter[0] -= 1


def _messages(reader: Reader, height: int, number: int, wanted: frozenset[str]) -> bytes:
    """The messages of a block from a number on, as they go over the wire."""
    return b"".join(
        format_sse_event(
            data_str=json.dumps(data, separators=(",", ":"), ensure_ascii=False),
            event=kind,
            id=f"{height}.{at}",
        )
        for at, kind, data in block_messages(reader, height)
        if at >= number and kind in wanted
    )


def block_messages(reader: Reader, height: int) -> Iterator[Rendered]:
    """All messages of a block, numbered from 0."""
    block = read_block(reader, height)
    receipts = [Receipt.from_value(codec.decode(raw)) for raw in read_receipts(reader, height)]
    header = block.header
    yield (
        0,
        "block",
        {
            "height": height,
            "id": block.id.hex(),
            "timestamp_ms": header.timestamp_ms,
            "proposer": header.proposer,
            "state_root": header.state_root.hex(),
            "transactions": len(block.transactions),
        },
    )
    at = 1
    for index, receipt in enumerate(receipts):
        place: dict[str, object] = {"height": height, "transaction_id": None, "index": None}
        if not receipt.is_clock:
            place |= {"transaction_id": receipt.transaction_id.hex(), "index": index - 1}
            outcome = outcome_value(receipt.outcome)
            outcome.pop("events", None)
            yield at, "transaction", {**place, "outcome": outcome}
            at += 1
        for event in receipt.events:
            yield at, "event", {**place, **event_value(event)}
            at += 1


def _wanted(kinds: str) -> frozenset[str]:
    wanted = frozenset(kinds.split(","))
    if not wanted <= frozenset(KINDS):
        raise Problem("BAD_PARAMETER", f"kinds: some of {', '.join(KINDS)} were expected")
    return wanted


def _start(node: Node, first: int | None, last_event_id: str | None) -> tuple[int, int]:
    """The height and number of the first message to send. Raises Problem."""
    if last_event_id is not None:
        match = _LAST_ID.fullmatch(last_event_id)
        if match is None:
            raise Problem("BAD_PARAMETER", "Last-Event-ID: height.number was expected")
        return int(match[1]), int(match[2]) + 1
    height = node.chain.head.height + 1 if first is None else first
    return min(height, HEIGHT_MAX), 0
