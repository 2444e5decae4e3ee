"""A client whose requests go through the whole application, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from api.app import create_app
from api.facade import Node
from api.limits import LIMITS, Limits

JSON_TYPE = {"content-type": "application/json"}
PACKED_TYPE = {"content-type": "application/vnd.msgpack"}
Result = TypeVar("Result")


def asking(
    node: Node,
    talk: Callable[[httpx.AsyncClient], Awaitable[Result]],
    *,
    limits: Limits = LIMITS,
    token: str = "",
) -> Result:
    """Run a conversation with a fresh application that shows `node`."""

    async def run() -> Result:
        app = create_app(node, limits=limits, reader_token=token)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            return await talk(client)

    return asyncio.run(run())


def get(node: Node, path: str, **headers: str) -> httpx.Response:
    """One GET."""
    return asking(node, lambda client: client.get(path, headers=headers))
