"""Who waits for a transaction or a height and hangs up leaves nothing behind on the node."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import cast

import pytest

from ledger.chain import Chain
from runtime.node import Node, Status


def _idle_node(monkeypatch: pytest.MonkeyPatch) -> Node:
    """As much of a node as waiting needs: a head, and no transaction known."""
    node = Node.__new__(Node)
    node.chain = cast("Chain", SimpleNamespace(head=SimpleNamespace(height=0)))
    node.is_stopping = False
    node._waiters, node._height_waiters = {}, []
    monkeypatch.setattr(Node, "status", lambda *_: Status("pending"))
    return node


async def _hang_up(waits: Coroutine[object, object, object]) -> None:
    waiting = asyncio.ensure_future(waits)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_a_stream_that_hangs_up_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each stream from a far height would take one place among the waiters for good."""
    node = _idle_node(monkeypatch)
    asyncio.run(_hang_up(node.wait_height(2**40, 60)))
    assert node._height_waiters == []


def test_a_request_that_hangs_up_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for those who wait for one transaction."""
    node = _idle_node(monkeypatch)
    asyncio.run(_hang_up(node.wait(b"x" * 32, 60)))
    assert node._waiters == {}
