"""Bounds on a connection before there is a request: head size, head and body deadlines, one length.

uvicorn's parser bounds neither the headers nor the time that a client takes to send them, and
answers broken requests in plain text. `guarded` derives from its protocol class one that does.
It does not import uvicorn: node.py alone starts servers, and hands the class in.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TYPE_CHECKING

from api.limits import LIMITS, Limits
from api.problems import MEDIA_TYPE, Problem, problem_bytes
from api.request_id import new_request_id

_ONCE = frozenset(
    {b"content-length", b"transfer-encoding", b"host", b"content-type", b"authorization"}
)
"""Headers that must not be repeated: readers disagree about which one counts."""

if TYPE_CHECKING:

    class _Cycle:
        """What uvicorn knows of the request being answered."""

        response_started: bool
        response_complete: bool

    class _Parsed(asyncio.Protocol):
        """What uvicorn's HttpToolsProtocol offers; at run time it takes this class's place."""

        transport: asyncio.Transport
        loop: asyncio.AbstractEventLoop
        connections: set[object]
        cycle: _Cycle | None

        def on_message_begin(self) -> None: ...
        def on_url(self, url: bytes) -> None: ...
        def on_header(self, name: bytes, value: bytes) -> None: ...
        def on_headers_complete(self) -> None: ...
        def on_message_complete(self) -> None: ...
        def send_400_response(self, msg: str) -> None: ...
else:
    _Parsed = object


class _Phase(Enum):
    """Where in a request the bytes stand that come next."""

    IDLE = "between requests"
    HEAD = "the headers"
    BODY = "the body"


class Guard(_Parsed):
    """Goes before uvicorn's HttpToolsProtocol in the order of resolution.

    A request that comes whole in one piece, as nearly all do, costs no timer.
    """

    limits: Limits = LIMITS
    _deadline: asyncio.TimerHandle | None = None
    _armed: tuple[int, _Phase] | None = None
    _refusal: Problem | None = None
    _phase = _Phase.IDLE
    _messages = 0
    _unparsed_bytes = 0
    _url_bytes = 0
    _header_bytes = 0
    _names: list[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the connection, or answer 503 and close it."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections_max:
            self._refusal = Problem("OVERLOADED", headers={"Retry-After": "1"})
            self.send_400_response("")
            return
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, count what is still part of an unfinished head, and set the deadline for the rest."""
        if self.transport.is_closing():
            return
        before = self._messages
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._phase is _Phase.HEAD:
            self._unparsed_bytes += len(data)
            if self._unparsed_bytes > self.limits.header_bytes_max + self.limits.url_bytes_max:
                self._refusal = Problem("HEADERS_TOO_LARGE")
                self.send_400_response("")
                return
        if self._phase is _Phase.IDLE and self._messages > before:
            self._disarm()
        elif self._armed != (self._messages, self._phase):
            self._arm()

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._phase = _Phase.HEAD
        self._unparsed_bytes = self._url_bytes = self._header_bytes = 0
        self._names = []
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Bound the URL."""
        self._url_bytes += len(url)
        if self._url_bytes > self.limits.url_bytes_max:
            self._refuse("URL_TOO_LONG", f"more than {self.limits.url_bytes_max} bytes")
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Bound the headers and refuse those that stand twice or contradict each other."""
        name = name.lower()
        self._header_bytes += len(name) + len(value) + 4
        if self._header_bytes > self.limits.header_bytes_max:
            self._refuse("HEADERS_TOO_LARGE", f"more than {self.limits.header_bytes_max} bytes")
        if len(self._names) >= self.limits.headers_max:
            self._refuse("HEADERS_TOO_LARGE", f"more than {self.limits.headers_max} headers")
        if name in _ONCE and name in self._names:
            self._refuse("DUPLICATE_HEADER", name.decode("latin-1"))
        self._names.append(name)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Go over to the body."""
        if b"content-length" in self._names and b"transfer-encoding" in self._names:
            self._refuse("AMBIGUOUS_LENGTH", "")
        self._phase = _Phase.BODY
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is here: its answer may take its time."""
        self._phase = _Phase.IDLE
        self._messages += 1
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer a request that never became one, with a problem document, and close."""
        self._disarm()
        cycle = self.cycle
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            self.transport.abort()
            return
        problem = self._refusal or Problem("BAD_REQUEST", msg)
        self.transport.write(_response(problem))
        self.transport.close()

    def _refuse(self, code: str, detail: str) -> None:
        """Stop the parser, which then has `send_400_response` called."""
        self._refusal = Problem(code, detail)
        raise self._refusal

    def _arm(self) -> None:
        self._disarm()
        # The application answers 408 at its own deadline; this one closes what is left open.
        is_body = self._phase is _Phase.BODY
        seconds = self.limits.body_seconds + 2 if is_body else self.limits.head_seconds
        self._deadline = self.loop.call_later(seconds, self._late)
        self._armed = (self._messages, self._phase)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = self._armed = None

    def _late(self) -> None:
        self._deadline = self._armed = None
        if self.transport.is_closing():
            return
        if self._phase is _Phase.BODY:
            self.transport.abort()
        else:
            self._refusal = Problem("RECEIVE_TIMEOUT", self._phase.value)
            self.send_400_response("")


def guarded(protocol: type, limits: Limits = LIMITS) -> type[asyncio.Protocol]:
    """The protocol class of the server (uvicorn's HttpToolsProtocol), with bounds."""
    return type("GuardedConnection", (Guard, protocol), {"limits": limits})


def _response(problem: Problem) -> bytes:
    """A whole HTTP/1.1 response."""
    request_id = new_request_id()
    body = problem_bytes(problem, request_id)
    head = [
        f"HTTP/1.1 {problem.kind.status} {problem.code}",
        f"content-type: {MEDIA_TYPE}",
        f"content-length: {len(body)}",
        f"x-request-id: {request_id}",
        *(f"{name}: {value}" for name, value in problem.headers.items()),
        "connection: close",
    ]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body
