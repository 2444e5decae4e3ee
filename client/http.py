"""What the sync and the async client share about HTTP: addresses, headers, how failures look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import httpx

from client.wire import Answer, Call, Failed
from ledger.errors import Invalid

LIMITS: Final = httpx.Limits(max_connections=64, max_keepalive_connections=32)
FAILURES: Final = (httpx.TransportError, httpx.InvalidURL)
"""What httpx raises when no answer came."""


def addresses(base_urls: str | Sequence[str]) -> tuple[str, ...]:
    """The base URLs without a slash at the end. Raises Invalid for none or a wrong one."""
    given = (base_urls,) if isinstance(base_urls, str) else tuple(base_urls)
    for url in given:
        if not url.startswith(("http://", "https://")):
            raise Invalid("BAD_ADDRESS", f"{url!r} is no http:// or https:// address")
    if not given:
        raise Invalid("BAD_ADDRESS", "a client needs the address of at least one node")
    return tuple(url.rstrip("/") for url in given)


def headers(call: Call, token: str) -> dict[str, str]:
    """The headers of a request."""
    made = {"Accept": call.accept}
    if call.body:
        made["Content-Type"] = call.media
    if token:
        made["Authorization"] = f"Bearer {token}"
    return made


def parameters(call: Call) -> Mapping[str, str | int] | None:
    """The query, None where there is none."""
    return call.query or None


def answer(response: httpx.Response) -> Answer:
    """An answer as a plain value."""
    return Answer(response.status_code, dict(response.headers), response.content)


def failed(error: Exception) -> Failed:
    """A failure in the words of httpx."""
    return Failed(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
