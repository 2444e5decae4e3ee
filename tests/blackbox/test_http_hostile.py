"""Hostile input over real sockets: every one gets a problem document of 4xx, and the node lives on.

A real HTTP server with the guarded protocol, on loopback, over a fake node (a real chain and the
real lending machine in memory). Nothing here uses an HTTP client library: what it would refuse to
send is what is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.app import create_app
from api.connection import guarded
from api.limits import Limits
from api.problems import KINDS
from client.transactions import build
from ledger import codec
from lending.commands import IssueCash
from tests.unit.api.fake_node import FakeNode, signer

LIMITS = Limits(head_seconds=0.4, body_seconds=0.4, connections_max=40)
PATIENCE_SECONDS = 4.0


@dataclass(frozen=True)
class Answer:
    """A response as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(json.loads(self.body)["code"])


class Server:
    """uvicorn in a thread of its own."""

    def __init__(self) -> None:
        self.node = FakeNode()
        self.node.commit()
        # With the protocol named, the event loop turns Nagle's algorithm off on what it accepts.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        self.port: int = listener.getsockname()[1]
        config = uvicorn.Config(
            create_app(self.node, limits=LIMITS), http=guarded(HttpToolsProtocol, LIMITS),
            ws="none", lifespan="off", log_config=None, access_log=False, loop="asyncio",
            timeout_graceful_shutdown=1, server_header=False,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, args=(listener,), daemon=True)
        self._thread.start()

    def _run(self, listener: socket.socket) -> None:
        factory = None
        with contextlib.suppress(ImportError):  # the loop of production, where it is installed
            import uvloop  # noqa: PLC0415

            factory = uvloop.new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(self._server.serve(sockets=[listener]))
        listener.close()

    def stop(self) -> None:
        """Stop it and wait."""
        self._server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()

    def connect(self) -> socket.socket:
        """A fresh connection."""
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)

    def say(self, data: bytes) -> Answer | None:
        """Send bytes on a fresh connection and read one answer; None if it is just closed."""
        with closing(self.connect()) as connection:
            return say(connection, data)


def say(connection: socket.socket, data: bytes) -> Answer | None:
    """Send bytes and read one answer."""
    # The answer may come, and the connection be closed, before everything is sent.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(data)
    return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer | None:
    """Read one whole answer; None if the connection ends before."""
    received = b""
    try:
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65_536)
            if not piece:
                return None
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        while len(body) < int(headers.get("content-length", "0")):
            body += connection.recv(65_536)
    except ConnectionResetError:
        return None
    return Answer(int(first.split(" ")[1]), headers, body)


def post(body: bytes, kind: str = "application/json", path: str = "/v1/transactions") -> bytes:
    """A well-formed POST of any body."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def get(path: bytes) -> bytes:
    """A GET of any path."""
    return b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    started = Server()
    yield started
    check_alive(started)
    assert started.node.log.events == []
    started.stop()


def check_alive(server: Server) -> None:
    """A good transaction is still taken."""
    answer = server.say(post(good_transaction(server.node), "application/vnd.msgpack"))
    assert answer is not None
    assert answer.status == 202


def good_transaction(node: FakeNode) -> bytes:
    """Something that the node takes."""
    command = IssueCash("alpha", "USD", 1_00, "wire")
    return build(node.chain.chain_id, "mint", command, [signer("mint")], expires_at=100).raw


def good_json(node: FakeNode) -> dict[str, object]:
    """The same in JSON."""
    from api.json_transactions import transaction_json  # noqa: PLC0415
    from ledger.transaction import parse_transaction  # noqa: PLC0415

    return transaction_json(parse_transaction(good_transaction(node)))


def check_problem(answer: Answer | None) -> Answer:
    """It is a problem document of a 4xx, whole and true to its status."""
    assert answer is not None, "closed without an answer"
    assert 400 <= answer.status < 500, answer
    assert answer.headers["content-type"] == "application/problem+json"
    document = json.loads(answer.body)
    assert document["status"] == answer.status
    assert KINDS[document["code"]].status == answer.status
    assert document["definite"] is True
    assert document["type"] == "/v1/problems/" + document["code"]
    return answer


# Bodies in the spirit of the public JSON parsing test suites: all refused, whatever a lax reader says.
JSON_BODIES: tuple[bytes, ...] = (
    b"", b" ", b"\x00", b"\xef\xbb\xbf{}", b"{", b"}", b"[", b"]", b"[1,", b"[1,]", b"[,1]", b"[1 2]",
    b"[1,,2]", b'{"a":1,}', b'{"a" 1}', b'{"a":}', b"{a:1}", b"{'a':1}", b'{"a":1 "b":2}', b"{1:1}",
    b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}', b'[{"b":{"c":1,"c":2}}]', b"NaN", b"Infinity",
    b"-Infinity", b"[NaN]", b"[-NaN]", b"[Infinity]", b"[1.0]", b"[1e3]", b"[1E400]", b"[-0.0]",
    b"[1.5e-3]", b"[01]", b"[-01]", b"[+1]", b"[.5]", b"[1.]", b"[1e]", b"[0x10]", b"[1_000]", b"[--1]",
    b"[" + b"9" * 81 + b"]", b"[" + b"9" * 5_000 + b"]", b"-" + b"1" * 100_000, b'["\\x41"]', b'["\\"]',
    b'["\\u12"]', b'["\\uD800"]', b'["\\uDC00\\uD800"]', b'{"\\ud800":1}', b'["\xed\xa0\x80"]',
    b'["\xff"]', b'["\xc0\xaf"]', b'["\xf4\x90\x80\x80"]', b'["\xe2\x82"]', b"\xff\xfe{\x00}\x00",
    b"\x00{\x00}", b"[1]\x00", b"[1]x", b"[][]", b"{}{}", b"[1]//", b"/* */[1]", b"[1]#", b"nul", b"tru",
    b"True", b"None", b"undefined", b"[true false]", b'["\n"]', b'["\t"]', b'["\x00"]', b'["\x1f"]',
    b"['a']", b'["a', b'"', b'"a', b"[\x0b1]", b"[\xc2\xa01]", b"[" * 25 + b"]" * 25,
    b"[" * 990 + b"]" * 990, b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 5_000,
    b'[{"a":' * 30 + b"1" + b"}]" * 30, b"null", b"true", b"false", b"0", b"-1", b'""', b'"text"',
    b"[]", b"{}", b"[{}]", b'{"":""}', b"[1]", b'{"chain_id":1}',
)  # fmt: skip


def test_no_body_that_is_no_transaction_gets_further(server: Server) -> None:
    with closing(server.connect()) as connection:
        for body in JSON_BODIES:
            check_problem(say(connection, post(body)))
            answer = say(connection, post(body, path="/v1/transactions:batch"))
            if body == b"[]":
                assert answer is not None
                assert answer.status == 200
            else:
                check_problem(answer)


HOSTILE_VALUES: tuple[object, ...] = (
    None, True, 0, -1, 2**53, 2**70, "", "x", "00", "AA", "0", "\x00", "a" * 70, [], [[]], {}, {"hex": "0"},
    {"int": "01"}, {"int": "1e3"}, {"int": 1}, {"map": 1}, {"hex": "ZZ"}, {"int": str(2**300)},
)  # fmt: skip


def test_no_field_of_a_transaction_takes_another_type(server: Server) -> None:
    good = good_json(server.node)
    with closing(server.connect()) as connection:
        for name in good:
            without = {key: value for key, value in good.items() if key != name}
            check_problem(say(connection, post(json.dumps(without).encode())))
            for value in HOSTILE_VALUES:
                document = json.dumps({**good, name: value}).encode()
                check_problem(say(connection, post(document)))
        for extra in ("id", "computed", "Sender", "\x00"):
            document = json.dumps({**good, extra: 1}).encode()
            assert check_problem(say(connection, post(document))).code == "BAD_SHAPE"


def test_no_value_in_a_command_breaks_the_machine(server: Server) -> None:
    good = good_json(server.node)
    with closing(server.connect()) as connection:
        for value in HOSTILE_VALUES:
            for command in (
                {"name": "issue_cash", "fields": {"amount": value}},
                {"name": "issue_cash", "fields": {"amount": [value], "": value}},
                {"name": value, "fields": {}},
                value,
            ):
                document = json.dumps({**good, "command": command}).encode()
                # The payload is another one, so at best its signature is wrong.
                check_problem(say(connection, post(document)))


def test_noise_in_place_of_msgpack_is_refused(server: Server) -> None:
    good = good_transaction(server.node)
    noise = random.Random(1)
    packed = "application/vnd.msgpack"
    bodies = [noise.randbytes(noise.randrange(300)) for _ in range(60)]
    bodies += [good[:cut] for cut in range(0, len(good), 7)]
    bodies += [good + b"\x00", b"\x91" * 5_000, b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"]
    bodies += [b"\xcb" + bytes(8), b"\xc1", b"\xd4\x05\x00", b"\xde\xff\xff", b"\x81\xa1a\xa1a" * 9]
    for position in range(0, len(good), 5):
        changed = bytearray(good)
        changed[position] ^= 1 << noise.randrange(8)
        bodies.append(bytes(changed))
    with closing(server.connect()) as connection:
        for body in bodies:
            check_problem(say(connection, post(body, packed)))
            answer = say(connection, post(body, packed, "/v1/transactions:batch"))
            if body != b"\x90":
                check_problem(answer)
        items = codec.encode_array((good[:-1], b"", good + b"x"))
        answer = say(connection, post(items, packed, "/v1/transactions:batch"))
    assert answer is not None
    assert answer.status == 200
    assert [row["state"] for row in json.loads(answer.body)["results"]] == ["refused"] * 3


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/json; charset=utf-16", "application/x-www-form-urlencoded",
     "multipart/form-data; boundary=x", "application/json, text/html", "application/msgpack"],
)  # fmt: skip
def test_other_media_types_are_refused(server: Server, kind: str) -> None:
    assert check_problem(server.say(post(b"{}", kind))).status == 415


def test_compressed_bodies_are_refused(server: Server) -> None:
    request = post(b"{}").replace(b"Host: x", b"Host: x\r\nContent-Encoding: gzip")
    assert check_problem(server.say(request)).status == 415


HEAD = b"POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BROKEN_REQUESTS: dict[str, tuple[bytes, str]] = {
    "two lengths, the shorter meant": (
        HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", ""
    ),
    "two lengths, other order": (
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n2\r\n{}\r\n0\r\n\r\n", ""
    ),
    "length twice": (HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", ""),
    "length twice, different": (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", ""),
    "a list of lengths": (HEAD + b"Content-Length: 2, 2\r\n\r\n{}", ""),
    "a signed length": (HEAD + b"Content-Length: +2\r\n\r\n{}", ""),
    "a negative length": (HEAD + b"Content-Length: -2\r\n\r\n{}", ""),
    "a huge length": (HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n{}", ""),
    "a coding that is not chunked": (HEAD + b"Transfer-Encoding: gzip\r\n\r\n{}", ""),
    "chunked twice": (HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", ""),
    "a bad chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", ""),
    "a negative chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n", ""),
    "two hosts": (HEAD + b"Host: y\r\nContent-Length: 2\r\n\r\n{}", "DUPLICATE_HEADER"),
    "two media types": (
        HEAD + b"Content-Type: text/html\r\nContent-Length: 2\r\n\r\n{}", "DUPLICATE_HEADER"
    ),
    "no request at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "BAD_REQUEST"),
    "text": (b"hello\r\n\r\n", "BAD_REQUEST"),
    "another protocol": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
    "no such version": (b"GET / HTTP/9.9\r\n\r\n", ""),
    "a method that is none": (b"GE\x00T / HTTP/1.1\r\nHost: x\r\n\r\n", "BAD_REQUEST"),
    "a tunnel": (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", ""),
    "a star": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", ""),
    "no path": (b"GET http://x HTTP/1.1\r\nHost: x\r\n\r\n", ""),
    "bytes in the path": (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", ""),
    "a space before the colon": (b"GET /v1/node HTTP/1.1\r\nHost : x\r\n\r\n", ""),
    "a folded header": (b"GET /v1/node HTTP/1.1\r\nHost: x\r\n y: z\r\n\r\n", ""),
    "NUL in a header": (b"GET /v1/node HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n", ""),
    "a bare line feed": (b"GET /v1/node HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n", ""),
    "a body on a GET": (
        b"GET /v1/node HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", "BODY_NOT_ALLOWED"
    ),
    "a chunked GET": (
        b"GET /v1/node HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "BODY_NOT_ALLOWED",
    ),
    "a long URL": (get(b"/v1/node?a=" + b"b" * 5_000), "URL_TOO_LONG"),
    "a huge header": (
        b"GET /v1/node HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
        "HEADERS_TOO_LARGE",
    ),
    "many headers": (
        b"GET /v1/node HTTP/1.1\r\nHost: x\r\n" + b"A: a\r\n" * 5_000 + b"\r\n", "HEADERS_TOO_LARGE"
    ),
    "a header without end": (
        b"GET /v1/node HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 400_000, "HEADERS_TOO_LARGE"
    ),
    "a body too large, declared": (HEAD + b"Content-Length: 900000000\r\n\r\n", "BODY_TOO_LARGE"),
    "a body too large, chunked": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + (b"8000\r\n" + b"[" * 0x8000 + b"\r\n") * 20,
        "BODY_TOO_LARGE",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_REQUESTS)
def test_broken_requests_are_refused(server: Server, name: str) -> None:
    data, code = BROKEN_REQUESTS[name]
    answer = check_problem(server.say(data))
    assert not code or answer.code == code


TARGETS: tuple[bytes, ...] = (
    b"/nothing", b"/v1", b"/v1/", b"//", b"/v1/loans/", b"/%00", b"/%ff%fe", b"/v1/%2e%2e/etc/passwd",
    b"/../../etc/passwd", b"/v1/loans/%00", b"/v1/loans/%ff", b"/v1/loans/" + b"a" * 300,
    b"/v1/loans/..", b"/v1/loans?limit=0", b"/v1/loans?limit=1001", b"/v1/loans?limit=-1",
    b"/v1/loans?limit=1_0", b"/v1/loans?limit=1.0", b"/v1/loans?limit=%201", b"/v1/loans?limit=0x1",
    b"/v1/loans?limit=9" + b"9" * 400, b"/v1/loans?limit=true", b"/v1/loans?limit=1&limit=2",
    b"/v1/loans?unknown=1", b"/v1/loans?Limit=1", b"/v1/loans?cursor=zz", b"/v1/loans?cursor=0",
    b"/v1/loans?%ff=1", b"/v1/loans?limit=%ff", b"/v1/loans?status=WRONG", b"/v1/loans?lender=%00",
    b"/v1/loans?" + b"&".join(b"a%d=1" % i for i in range(40)), b"/v1/blocks/-1", b"/v1/blocks/01",
    b"/v1/blocks/1e3", b"/v1/blocks/99999999999999999999", b"/v1/blocks/999", b"/v1/blocks/Head",
    b"/v1/blocks?cursor=x", b"/v1/blocks?cursor=-1", b"/v1/transactions/00", b"/v1/transactions/zz",
    b"/v1/transactions/" + b"AA" * 32, b"/v1/transactions/" + b"00" * 32 + b"/proof",
    b"/v1/transactions/" + b"00" * 32 + b"?wait=forever",
    b"/v1/transactions/" + b"00" * 32 + b"?wait=commit&timeout=61",
    b"/v1/transactions/" + b"00" * 32 + b"?timeout=-1", b"/v1/state/zz/proof", b"/v1/state//proof",
    b"/v1/state/" + b"00" * 400 + b"/proof", b"/v1/trial-balance?height=-1",
    b"/v1/trial-balance?height=99999", b"/v1/trial-balance?height=" + b"9" * 30,
    b"/v1/accounts?cursor=zz", b"/v1/accounts?cursor=a/b/c",
    b"/v1/accounts/alpha/gold/USD", b"/v1/accounts/nobody/cash/USD", b"/v1/accounts/alpha/cash/NONE",
    b"/v1/accounts/alpha/cash/USD/entries?order=none", b"/v1/accounts/alpha/cash/USD?height=999",
    b"/v1/products/personal/0", b"/v1/products/personal/99999", b"/v1/products/personal/x",
    b"/v1/parties/nobody", b"/v1/agreements/none", b"/v1/agreements?party=" + b"a" * 100,
    b"/v1/export?from=x", b"/v1/export?to=-1", b"/v1/events?kinds=none", b"/v1/events?from=-1",
    b"/v1/events?from=" + b"9" * 30, b"/v1/problems/NONE", b"/v1/node?min_height=1", b"/readyz?min_peers=x",
    b"/v1/evidence?limit=0", b"/v1/members?limit=0", b"/v1/loans?min_height=99999999999999999999",
    b"/v1/transactions",
)  # fmt: skip


def test_hostile_targets_are_refused(server: Server) -> None:
    with closing(server.connect()) as connection:
        for target in TARGETS:
            check_problem(say(connection, get(target)))


def test_hostile_headers_of_good_requests(server: Server) -> None:
    with closing(server.connect()) as connection:
        for line in (b"Last-Event-ID: x", b"Last-Event-ID: 1.1.1", b"Last-Event-ID: 01.0"):
            request = b"GET /v1/events HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n\r\n"
            assert check_problem(say(connection, request)).code == "BAD_PARAMETER"
        for line in (b"X-Request-Id: a b", b"X-Request-Id: " + b"a" * 65, b"X-Request-Id: \xff"):
            request = b"GET /v1/node HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n\r\n"
            answer = say(connection, request)
            assert answer is not None
            assert len(answer.headers["x-request-id"]) == 16


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
def test_other_methods_are_problems(server: Server, method: str) -> None:
    request = f"{method} /v1/loans HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with closing(server.connect()) as connection:
        connection.sendall(request)
        head = connection.recv(65_536)
    assert head.startswith(b"HTTP/1.1 405 ")
    assert b"application/problem+json" in head
    assert b"allow: " in head.lower()


def test_a_websocket_is_not_spoken(server: Server) -> None:
    request = (
        b"GET /v1/events2 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    check_problem(server.say(request))


def drip(server: Server, first: bytes, then: bytes) -> tuple[Answer | None, float]:
    """Send something, then a byte now and again; what comes of it, and after how long."""
    began = time.monotonic()
    with closing(server.connect()) as connection:
        connection.sendall(first)
        connection.settimeout(0.1)
        while time.monotonic() - began < PATIENCE_SECONDS:
            try:
                connection.sendall(then)
                if connection.recv(1, socket.MSG_PEEK):
                    connection.settimeout(PATIENCE_SECONDS)
                    return read_answer(connection), time.monotonic() - began
                return None, time.monotonic() - began
            except TimeoutError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                return None, time.monotonic() - began
    return None, PATIENCE_SECONDS


SLOW: dict[str, tuple[bytes, bytes, str]] = {
    "nothing at all": (b"", b"", "RECEIVE_TIMEOUT"),
    "empty lines": (b"\r\n", b"\r\n", "RECEIVE_TIMEOUT"),
    "a slow head": (b"GET /v1/node HTTP/1.1\r\nHost: x\r\nA: ", b"a", "RECEIVE_TIMEOUT"),
    "a slow body": (HEAD + b"Content-Length: 9999\r\n\r\n", b"[", "RECEIVE_TIMEOUT"),
    "a body that never comes": (HEAD + b"Content-Length: 9999\r\n\r\n", b"", "RECEIVE_TIMEOUT"),
    "slow chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n[\r\n", "RECEIVE_TIMEOUT"),
}


@pytest.mark.parametrize("name", SLOW)
def test_slow_senders_are_cut_off(server: Server, name: str) -> None:
    first, then, code = SLOW[name]
    answer, seconds = drip(server, first, then)
    assert check_problem(answer).code == code
    assert seconds < 2


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(server: Server) -> None:
    for first in (
        b"",
        b"GET /v1",
        HEAD + b"Content-Length: 10\r\n\r\n[",
        get(b"/v1/events?from=0"),
    ):
        with closing(server.connect()) as connection:
            connection.sendall(first)
    check_alive(server)


def test_too_many_connections_are_turned_away(server: Server) -> None:
    connections = [server.connect() for _ in range(LIMITS.connections_max + 5)]
    try:
        answer = read_answer(connections[-1])
        assert answer is not None
        assert answer.status == 503
        assert answer.code == "OVERLOADED"
        assert answer.headers["retry-after"] == "1"
    finally:
        for connection in connections:
            connection.close()
    time.sleep(0.1)
    check_alive(server)


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    with closing(server.connect()) as connection:
        connection.sendall(get(b"/v1/problems/EXPIRED") + get(b"/nothing") + get(b"/healthz"))
        received = b""
        while received.count(b"HTTP/1.1 ") < 3 or not received.endswith(b"}"):
            received += connection.recv(65_536)
    order = [received.index(word) for word in (b"HTTP/1.1 200", b"HTTP/1.1 404", b'"status":"OK"')]
    assert order == sorted(order)
