"""The listening side under load: what strangers can cost is bounded, and members get through."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from runtime import listener, transport
from tests.support.peer_network import (
    ONE,
    SIGNERS,
    THREE,
    TWO,
    Network,
    context_of,
    frame,
    greeting,
    is_closed,
    run,
    running,
    until,
)


def test_a_flood_of_strangers_is_bounded_and_members_get_through() -> None:
    async def main() -> None:
        async with running(Network.of(2), ONE) as network:
            node = network.nodes[ONE]
            flood = [
                await asyncio.open_connection("127.0.0.1", network.port(ONE)) for _ in range(300)
            ]
            await until(lambda: node.listener.strangers == listener.STRANGERS_MAX)
            await network.start(TWO)
            await until(lambda: network.nodes[TWO].connected)
            network.nodes[TWO].send(ONE, b"through")
            await until(lambda: network.heard[ONE] == [(TWO, b"through")])
            assert node.listener.strangers <= listener.STRANGERS_MAX
            dropped = [await is_closed(reader) for reader, _ in flood[:200]]
            assert all(dropped), "those that came first were dropped"
            for _, writer in flood:
                writer.transport.abort()
            await until(lambda: node.listener.strangers == 0)

    run(main())


def test_strangers_are_hung_up_on_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HANDSHAKE_SECONDS", 0.2)

    async def main() -> None:
        async with running(Network.of(2), ONE) as network:
            reader, writer = await asyncio.open_connection("127.0.0.1", network.port(ONE))
            await until(lambda: network.nodes[ONE].listener.strangers == 1)
            assert await is_closed(reader)
            await until(lambda: network.nodes[ONE].listener.strangers == 0)
            writer.transport.abort()

    run(main())


def test_a_member_that_dials_anew_replaces_its_oldest_connection() -> None:
    """After a power failure at the other end nobody tells us that the old connection is dead."""

    async def main() -> None:
        async with running(Network.of(3), ONE) as network:
            context = context_of(SIGNERS[TWO], TWO, network.membership)
            readers: list[asyncio.StreamReader] = []
            writers: list[asyncio.StreamWriter] = []
            for number in range(5):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", network.port(ONE), ssl=context
                )
                writer.write(greeting(network, TWO) + frame(b"%d" % number))
                said = (TWO, b"%d" % number)
                await until(partial(network.heard[ONE].__contains__, said))
                readers.append(reader)
                writers.append(writer)
            for reader in readers[: 5 - transport.CONNECTIONS_PER_MEMBER_MAX]:
                assert await is_closed(reader)
            writers[-1].write(frame(b"alive"))
            await until(lambda: network.heard[ONE][-1] == (TWO, b"alive"))
            for writer in writers:
                writer.transport.abort()

    run(main())


def test_nothing_is_left_after_stopping() -> None:
    async def main() -> None:
        network = Network.of(3)
        await network.start(ONE, TWO, THREE)
        await until(lambda: all(len(node.connected) == 2 for node in network.nodes.values()))
        stranger = await asyncio.open_connection("127.0.0.1", network.port(ONE))
        await until(lambda: network.nodes[ONE].listener.strangers == 1)
        await network.stop()
        assert await is_closed(stranger[0])
        stranger[1].transport.abort()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        for name in network.addresses:
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", network.port(name))

    run(main())
