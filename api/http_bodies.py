"""Reading a request's body and media type by hand, for the routes that bypass the framework."""

from __future__ import annotations

import asyncio
from typing import Final

from api.asgi import Headers, Receive
from api.problems import Problem

JSON: Final = "application/json"
MSGPACK: Final = "application/vnd.msgpack"


async def read_body(headers: Headers, receive: Receive, maximum: int, seconds: float) -> bytes:
    """The whole body, at most `maximum` bytes within `seconds`. Raises Problem."""
    _check_declared(headers, maximum)
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, maximum)
    except TimeoutError:
        close = {"Connection": "close"}
        raise Problem("RECEIVE_TIMEOUT", f"not within {seconds:g} s", headers=close) from None


def media_type(headers: Headers) -> str:
    """JSON or MSGPACK, whichever the body claims to be. Raises Problem."""
    given = ""
    for name, value in headers:
        if name == b"content-type":
            given = value.decode("latin-1")
        elif name == b"content-encoding" and value.lower() != b"identity":
            raise Problem("UNSUPPORTED_MEDIA_TYPE", "bodies are not compressed here")
    kind, _, parameters = given.partition(";")
    kind = kind.strip().lower()
    charset = parameters.strip().lower().replace('"', "")
    if kind == JSON and charset in ("", "charset=utf-8"):
        return JSON
    if kind == MSGPACK and not charset:
        return MSGPACK
    raise Problem("UNSUPPORTED_MEDIA_TYPE", given[:100] or "no Content-Type")


def accepts_msgpack(headers: Headers) -> bool:
    """Whether the client asks for MessagePack by name; everybody else gets JSON."""
    for name, value in headers:
        if name == b"accept":
            kinds = (part.partition(b";")[0].strip().lower() for part in value.split(b","))
            return MSGPACK.encode() in kinds
    return False


def _check_declared(headers: Headers, maximum: int) -> None:
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and int(value[:20]) > maximum:
            raise Problem("BODY_TOO_LARGE", facts={"bytes_max": maximum})


async def _read(receive: Receive, maximum: int) -> bytes:
    message = await receive()
    parts: list[bytes] = []
    size = 0
    while message["type"] == "http.request":
        part = message.get("body", b"")
        assert isinstance(part, bytes), "ASGI: the body is bytes"
        size += len(part)
        if size > maximum:
            raise Problem("BODY_TOO_LARGE", facts={"bytes_max": maximum})
        if not message.get("more_body"):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)
        message = await receive()
    raise Problem("BAD_REQUEST", "the connection was closed before the body had come")
