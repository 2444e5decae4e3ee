"""Clients that never stop: they sign, send, wait for the commit, and remember what they were told.

A client talks to one node; when that fails it goes to the next and sends the very same bytes again,
as a careful client does. What a node acknowledged as committed is kept for the judge.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass
from typing import Final

from client.transactions import Signed
from ledger import codec
from tests.campaigns.book import Book
from tests.support.network import NodeProcess

WAIT_SECONDS: Final = 10
ANSWER_SECONDS: Final = 15.0
OPENING_SECONDS: Final = 60.0
GIVE_UP_SECONDS: Final = 90.0
RETRY_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What a node said of a transaction that it called committed."""

    height: int
    """The block."""
    index: int
    """The place in it."""
    outcome: str
    """`applied` or `rejected`."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a batch was acknowledged; all times are monotonic seconds."""

    first_sent: float
    """When it was sent for the first time."""
    at: float
    """When all of it was acknowledged."""
    count: int
    """How many transactions it held."""


class Load:
    """Some clients in threads, paced so that together they send about `per_second`."""

    def __init__(
        self, nodes: list[NodeProcess], book: Book, *, per_second: int, clients: int = 4,
        batch: int = 10,
    ) -> None:  # fmt: skip
        self.acknowledged: dict[bytes, Acknowledged] = {}
        self.moments: list[Moment] = []
        self.complaints: list[str] = []
        self.retries = 0
        self._nodes = nodes
        self._book = book
        self._batch = batch
        self._pause = clients * batch / per_second
        self._height = 0
        self._next = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(number,), daemon=True)
            for number in range(clients)
        ]

    def open_book(self) -> None:
        """Bring the book to life before the load begins."""
        for batch in self._book.opening():
            self._deliver(batch, 0, OPENING_SECONDS)
        wrong = [a for a in self.acknowledged.values() if a.outcome != "applied"]
        assert not wrong, f"the opening was refused: {wrong[:3]}"

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = GIVE_UP_SECONDS) -> None:
        """Send nothing new, and wait until everything sent has a definite answer."""
        self._stop.set()
        for thread in self._threads:
            thread.join(seconds)
        if any(thread.is_alive() for thread in self._threads):
            self._complain("transactions without a definite answer at the end")

    def count(self) -> int:
        """How many transactions were acknowledged until now."""
        return len(self.acknowledged)

    def per_second(self, begin: float, end: float) -> float:
        """Acknowledged transactions per second between two moments."""
        inside = sum(each.count for each in self.moments if begin <= each.at < end)
        return inside / (end - begin)

    def pauses(self, begin: float, end: float, longest: float) -> list[float]:
        """How long the pauses between two moments were in which nobody was served."""
        times = sorted(each.at for each in self.moments if begin <= each.at < end)
        gaps = (b - a for a, b in zip([begin, *times], [*times, end], strict=True))
        return [round(gap, 2) for gap in gaps if gap > longest]

    def first_after(self, moment: float) -> float | None:
        """When the first batch was acknowledged that was sent after a moment."""
        times = [each.at for each in self.moments[-500:] if each.first_sent >= moment]
        return min(times, default=None)

    def _work(self, number: int) -> None:
        due, at = time.monotonic(), number
        while not self._stop.is_set():
            with self._lock:
                first, self._next = self._next, self._next + self._batch
            numbers = range(first, first + self._batch)
            at = self._deliver([self._book.payment(each, self._height) for each in numbers], at)
            due = max(due + self._pause, time.monotonic())
            self._stop.wait(due - time.monotonic())

    def _deliver(self, batch: list[Signed], at: int, seconds: float = GIVE_UP_SECONDS) -> int:
        """Send a batch to one node after the other until all has a definite answer; the last node."""
        first_sent, count, patience = time.monotonic(), len(batch), 0
        while batch:
            if time.monotonic() - first_sent > seconds:
                self._complain(f"{len(batch)} transactions without an answer for {seconds:.0f} s")
                break
            try:
                batch = self._send(self._nodes[at % len(self._nodes)], batch)
            except (OSError, http.client.HTTPException, ValueError):
                at += 1
                time.sleep(RETRY_SECONDS)
            patience += bool(batch)
        else:
            self.moments.append(Moment(first_sent, time.monotonic(), count))
        self.retries += patience
        return at

    def _send(self, node: NodeProcess, batch: list[Signed]) -> list[Signed]:
        """Hand a batch to a node; what has no definite answer comes back."""
        connection = http.client.HTTPConnection(node.address, timeout=ANSWER_SECONDS)
        try:
            body = codec.encode_array(tuple(item.raw for item in batch))
            path = f"/v1/transactions:batch?wait=commit&timeout={WAIT_SECONDS}"
            connection.request("POST", path, body, {"Content-Type": "application/vnd.msgpack"})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise OSError(f"{response.status} {answer[:200]!r}")
        results = json.loads(answer)["results"]
        return [
            item
            for item, result in zip(batch, results, strict=True)
            if not self._note(node, item, result)
        ]

    def _note(self, node: NodeProcess, item: Signed, result: dict[str, object]) -> bool:
        """Keep what a node said; whether that was definite."""
        if result["state"] == "committed":
            outcome = result["outcome"]
            height, index = result["height"], result["index"]
            assert isinstance(outcome, dict), "a committed transaction has an outcome"
            assert isinstance(height, int), "a height is a number"
            assert isinstance(index, int), "an index is a number"
            told = Acknowledged(height, index, outcome["status"])
            earlier = self.acknowledged.setdefault(item.id, told)
            if earlier != told:
                self._complain(f"{node.name} says {told} of {item.id.hex()}, before {earlier}")
            self._height = max(self._height, height)
            return True
        if result["state"] == "refused" and result.get("definite"):
            self._complain(f"{node.name} refused {item.id.hex()}: {result}")
            return True
        return False

    def _complain(self, what: str) -> None:
        self.complaints.append(what)
