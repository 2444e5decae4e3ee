"""Server-sent events: everything once, in order, from wherever the client left off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from api.app import create_app
from api.asgi import Message
from api.limits import Limits
from ledger import codec
from ledger.chain import read_receipts
from ledger.receipt import Receipt
from tests.unit.api.fake_node import FakeNode
from tests.unit.api.scenario import Book, served_book

Event = dict[str, str]


class Stream:
    """One open event stream, driven without a socket."""

    def __init__(self, app: object, query: str = "", last_id: str = "") -> None:
        self.status = 0
        self.text = ""
        self._news = asyncio.Event()
        headers = [(b"last-event-id", last_id.encode())] if last_id else []
        scope = {
            "type": "http", "method": "GET", "path": "/v1/events", "raw_path": b"/v1/events",
            "query_string": query.encode(), "headers": headers, "http_version": "1.1",
            "asgi": {"version": "3.0"}, "server": ("node", 80), "scheme": "http",
        }  # fmt: skip
        assert callable(app)
        self._task = asyncio.ensure_future(app(scope, self._receive, self._send))

    async def _receive(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nothing comes")

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            status = message["status"]
            assert isinstance(status, int)
            self.status = status
        else:
            body = message["body"]
            assert isinstance(body, bytes)
            self.text += body.decode()
        self._news.set()

    async def until(self, is_enough: Callable[[str], bool]) -> str:
        """What has come when it is enough."""
        async with asyncio.timeout(5):
            while not is_enough(self.text):
                self._news.clear()
                await self._news.wait()
        return self.text

    async def close(self) -> None:
        """The client goes."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def parse(text: str) -> list[Event]:
    """The events of a stream, comments and retry left out."""
    found: list[Event] = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "data" in fields:
            found.append(fields)
    return found


def from_height(node: FakeNode, query: str, last_id: str = "") -> list[Event]:
    """All events up to the head's last one."""

    async def run() -> list[Event]:
        stream = Stream(create_app(node, limits=Limits(heartbeat_seconds=0.05)), query, last_id)
        text = await stream.until(lambda text: ": ping" in text)
        await stream.close()
        return parse(text)

    return asyncio.run(run())


def test_the_stream_holds_all_that_happened_in_order() -> None:
    node = served_book().node
    events = from_height(node, "from=1")
    heights = [json.loads(event["data"])["height"] for event in events]
    assert heights == sorted(heights)
    blocks = [json.loads(event["data"]) for event in events if event["event"] == "block"]
    assert [block["height"] for block in blocks] == list(range(1, node.chain.head.height + 1))
    happened = [json.loads(event["data"])["name"] for event in events if event["event"] == "event"]
    receipts = [
        Receipt.from_value(codec.decode(raw))
        for height in range(1, node.chain.head.height + 1)
        for raw in read_receipts(node.chain.store, height)
    ]
    assert happened == [name for receipt in receipts for name, _ in receipt.events]
    outcomes = [json.loads(e["data"])["outcome"] for e in events if e["event"] == "transaction"]
    assert [outcome["status"] for outcome in outcomes] == ["applied"] * 7 + ["rejected"]


def test_a_stream_resumes_exactly_after_any_event() -> None:
    node = served_book().node
    events = from_height(node, "from=1")
    assert len({event["id"] for event in events}) == len(events)
    for number in range(0, len(events), 3):
        assert from_height(node, "", events[number]["id"]) == events[number + 1 :]


def test_kinds_can_be_chosen() -> None:
    node = served_book().node
    everything = from_height(node, "from=1")
    chosen = from_height(node, "from=1&kinds=block,transaction")
    assert chosen == [event for event in everything if event["event"] != "event"]


def test_a_stream_follows_the_head_and_keeps_alive_between_blocks() -> None:
    async def run() -> None:
        book = Book()
        limits = Limits(heartbeat_seconds=0.02, subscribers_max=2)
        app = create_app(book.node, limits=limits)
        streams = [Stream(app), Stream(app)]
        for stream in streams:
            await stream.until(lambda text: ": ping" in text)
        refused = Stream(app)
        await refused.until(lambda text: "OVERLOADED" in text)
        assert refused.status == 503
        book.begin()
        for stream in streams:
            text = await stream.until(lambda text: "id: 3.0" in text)
            assert parse(text)[0]["id"] == "1.0"
            await stream.close()
        again = Stream(app)
        await again.until(lambda text: ": ping" in text)
        assert again.status == 200
        await again.close()

    asyncio.run(run())


def test_a_node_where_too_many_wait_is_not_asked_without_a_pause() -> None:
    node = served_book().node
    asked: list[int] = []

    async def full(height: int, timeout_seconds: float) -> int:
        assert timeout_seconds > 0
        asked.append(height)
        return node.chain.head.height

    node.wait_height = full  # type: ignore[method-assign]

    async def run() -> None:
        limits = Limits(heartbeat_seconds=0.05)
        stream = Stream(create_app(node, limits=limits), "", "")
        await stream.until(lambda text: text.count(": ping") >= 2)
        await stream.close()

    asyncio.run(run())
    assert len(asked) <= 5
