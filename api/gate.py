"""The outermost layer: admits requests within bounds, routes the hot path, and answers every error.

Whatever goes wrong behind it becomes a problem document; nothing of the cause leaks. What it finds
suspicious in a request (two lengths, repeated headers, a body where there can be none) it refuses
before anything else looks at it. connection.py does the same where the server lets it; the checks
here hold under any server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from api.asgi import Application, Headers, Message, Receive, Scope, Send, headers_of, respond
from api.facade import Node
from api.limits import Limits
from api.problems import MEDIA_TYPE, Problem, problem_bytes
from api.query import parse_query
from api.request_id import request_id_of

REQUEST_ID: Final = "hansa.request_id"
"""Scope key: the request's id."""
ANSWER_HEADERS: Final = "hansa.answer_headers"
"""Scope key: headers that a route adds to its answer, whatever kind of answer it becomes."""

_ONCE: Final = frozenset(
    {b"content-length", b"transfer-encoding", b"host", b"content-type", b"authorization"}
)
_COMMON_HEADERS: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]
_BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})

Routes = Mapping[tuple[str, str], Application]


class Gate:
    """An ASGI application around the framework's."""

    def __init__(self, inner: Application, hot: Routes, node: Node, limits: Limits) -> None:
        self._inner = inner
        self._hot = hot
        self._node = node
        self._limits = limits
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, _Answer(scope, send))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        self._under_way += 1
        try:
            self._check(scope)
            application = self._hot.get((str(scope["method"]), str(scope["path"])), self._inner)
            await application(scope, receive, answer.send)
        except Problem as problem:
            await answer.problem(problem)
        except asyncio.CancelledError:
            raise
        except Exception:
            path = str(scope["path"])[:200]
            self._node.log.exception("request_failed", request_id=answer.request_id, path=path)
            await answer.problem(Problem("INTERNAL", definite=False))
        finally:
            self._under_way -= 1

    def _check(self, scope: Scope) -> None:
        if self._under_way > self._limits.requests_max:
            raise Problem("OVERLOADED", headers={"Retry-After": "1"})
        raw_path, query = scope.get("raw_path") or b"", scope["query_string"]
        assert isinstance(raw_path, bytes), "ASGI: the raw path is bytes"
        assert isinstance(query, bytes), "ASGI: the query is bytes"
        if len(raw_path) + len(query) > self._limits.url_bytes_max:
            raise Problem("URL_TOO_LONG")
        self._check_headers(headers_of(scope), has_body=scope["method"] in _BODY_METHODS)
        parse_query(scope)

    def _check_headers(self, headers: Headers, *, has_body: bool) -> None:
        names = [name for name, _ in headers]
        size = sum(len(name) + len(value) + 4 for name, value in headers)
        if size > self._limits.header_bytes_max or len(names) > self._limits.headers_max:
            raise Problem("HEADERS_TOO_LARGE")
        close = {"Connection": "close"}
        if b"content-length" in names and b"transfer-encoding" in names:
            raise Problem("AMBIGUOUS_LENGTH", headers=close)
        for name in _ONCE:
            if names.count(name) > 1:
                raise Problem("DUPLICATE_HEADER", name.decode(), headers=close)
        if not has_body:
            for name, value in headers:
                if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
                    raise Problem("BODY_NOT_ALLOWED", headers=close)


class _Answer:
    """Sends one answer, with the headers that all answers have."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.request_id = request_id_of(headers_of(scope))
        self._extra: Headers = []
        self._send = send
        self._is_started = False
        self._is_complete = False
        scope[REQUEST_ID] = self.request_id
        scope[ANSWER_HEADERS] = self._extra

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.body":
            self._is_complete = not message.get("more_body")
        if message["type"] == "http.response.start":
            self._is_started = True
            headers = message["headers"]
            assert isinstance(headers, list), "ASGI: headers are a list"
            message["headers"] = [
                *headers,
                *_COMMON_HEADERS,
                *self._extra,
                (b"x-request-id", self.request_id.encode()),
            ]
        await self._send(message)

    async def problem(self, problem: Problem) -> None:
        """Send a problem document; an answer that has begun can only be cut short."""
        if self._is_complete:
            return
        if self._is_started:
            raise ConnectionAbortedError(problem.code)
        body = problem_bytes(problem, self.request_id)
        self._extra.clear()
        await respond(
            self.send, problem.kind.status, MEDIA_TYPE, body, tuple(problem.headers.items())
        )
