"""One link and its parts: queue, pauses, addresses, the TLS context."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import Invalid
from ledger.membership import Membership
from runtime import transport
from runtime.log import get_log
from runtime.transport import (
    Identity,
    Link,
    split_address,
    tls_context,
)
from tests.support.peer_network import (
    ONE,
    SIGNERS,
    TWO,
    Network,
    run,
    running,
    until,
)


def link(network: Network) -> Link:
    identity = Identity(network.genesis.chain_id, ONE, SIGNERS[ONE])
    context = tls_context(identity, network.membership, server=False)
    return Link(identity, network.membership.by_id[TWO], context, get_log())


def test_who_takes_every_call_and_hangs_up_is_called_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def rest(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            await asyncio.Event().wait()

    async def main() -> None:
        made = link(Network.of(2))
        monkeypatch.setattr(made, "_dial", dial)
        monkeypatch.setattr(made, "_use", hang_up)
        monkeypatch.setattr("runtime.transport.asyncio.sleep", rest)
        task = asyncio.create_task(made.run(lambda: Network.of(2).membership, lambda peer: None))
        async with asyncio.timeout(5):
            while len(pauses) < 8:
                await asyncio.wait([task], timeout=0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def dial(membership: Membership) -> None:
        return None

    async def hang_up(*given: object) -> None:
        return None

    run(main())
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.0, 3.0, 3.0]


def test_a_queue_drops_its_oldest_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "QUEUE_BYTES_MAX", 100)
    made = link(Network.of(2))
    made.is_up = True
    for number in range(10):
        made.send(bytes([number]) * 30)
    assert [item[0] for item in made._queue] == [7, 8, 9]
    assert made.dropped == 7
    made.send(bytes(101))
    assert len(made._queue) == 0


def test_nothing_is_kept_for_a_member_out_of_reach() -> None:
    made = link(Network.of(2))
    made.send(b"x" * 1_000)
    assert len(made._queue) == 0


def test_a_link_outlives_an_address_that_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BACKOFF_FIRST_SECONDS", 0.01)

    async def main() -> None:
        for address in (
            "",
            "nowhere",
            "127.0.0.1:0",
            "a..b:9000",
            "a" * 70 + ".test:9000",
            "\x00:1",
        ):
            made = link(Network.of(2))
            made.peer = replace(made.peer, peer_address=address)
            task = asyncio.create_task(
                made.run(lambda: Network.of(2).membership, lambda peer: None)
            )
            await asyncio.sleep(0.05)
            assert not task.done(), address
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    run(main())


@pytest.mark.skipif(sys.platform != "linux", reason="a socket option of Linux")
def test_a_cut_cable_is_noticed_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = transport._limit_silence

    def watched(writer: asyncio.StreamWriter) -> None:
        real(writer)
        found = writer.get_extra_info("socket")
        seen.append(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))

    monkeypatch.setattr(transport, "_limit_silence", watched)

    async def main() -> None:
        async with running(Network.of(2), ONE, TWO) as network:
            await until(lambda: network.nodes[ONE].connected)

    run(main())
    assert seen[0] == 10_000


def test_a_taken_port_is_an_error() -> None:
    async def main() -> None:
        network = Network.of(2)
        async with running(network, ONE):
            with pytest.raises(OSError, match="in use"):
                await network.build(TWO).start(network.addresses[ONE])
            await network.nodes[TWO].stop()

    run(main())


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("127.0.0.1:1", ("127.0.0.1", 1)),
        ("bank.example:65535", ("bank.example", 65_535)),
        ("[::1]:9000", ("::1", 9_000)),
    ],
)
def test_addresses(address: str, parts: tuple[str, int]) -> None:
    assert split_address(address) == parts


@pytest.mark.parametrize(
    "address",
    ["", ":", "host", "host:", ":1", "host:0", "host:65536", "host:-1", "host:1x", "h: 1"],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(Invalid, match="BAD_ADDRESS"):
        split_address(address)


def test_the_key_is_on_disk_only_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, bool]] = []
    real = ssl.SSLContext.load_cert_chain

    def watched(self: ssl.SSLContext, certfile: object, keyfile: object) -> None:
        path = Path(str(keyfile))
        seen.append((path.stat().st_mode & 0o777, path.parent.exists()))
        paths.append(path)
        real(self, str(certfile), str(keyfile))

    paths: list[Path] = []
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watched)
    link(Network.of(2))
    assert seen == [(0o600, True)]
    assert not paths[0].parent.exists()
