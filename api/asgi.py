"""The few ASGI types that the API speaks, without the framework; and how a response is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping

Scope = MutableMapping[str, object]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def headers_of(scope: Scope) -> Headers:
    """The request's headers, names in lower case."""
    headers = scope["headers"]
    assert isinstance(headers, list), "ASGI: headers are a list"
    return headers


async def respond(
    send: Send, status: int, media_type: str, body: bytes, headers: Iterable[tuple[str, str]] = ()
) -> None:
    """Send a whole response."""
    fields = [
        (b"content-type", media_type.encode("latin-1")),
        (b"content-length", str(len(body)).encode()),
        *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers),
    ]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
