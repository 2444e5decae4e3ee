"""Members on loopback with real TLS, for tests of the links: who hears what from whom."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ledger import codec
from ledger.crypto import Signer
from ledger.genesis import Genesis
from ledger.identity import issue_certificate
from ledger.membership import Member, MemberId, Membership
from ledger.transaction import ChainId
from runtime.log import get_log
from runtime.transport import PROTOCOL, Identity, Transport, split_address, tls_context
from tests.support.chain_factory import genesis_document, member_signers

SIGNERS = member_signers(4)
ONE, TWO, THREE, FOUR = SIGNERS
PATIENCE_SECONDS = 8.0


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [item.getsockname()[1] for item in held]
    for item in held:
        item.close()
    return ports


@dataclass
class Network:
    """Members, their addresses, and what each has heard."""

    addresses: dict[MemberId, str]
    """Where each listens."""
    genesis: Genesis
    """What they agreed on."""
    heard: dict[MemberId, list[tuple[MemberId, bytes]]] = field(default_factory=dict)
    """(sender, frame) by who heard it."""
    connected: list[tuple[MemberId, MemberId]] = field(default_factory=list)
    """(who dialled, whom)."""
    nodes: dict[MemberId, Transport] = field(default_factory=dict)
    """Those that run."""

    @classmethod
    def of(cls, count: int = 2) -> Network:
        """A network of the first members."""
        names = list(SIGNERS)[:count]
        ports = free_ports(count)
        addresses = {name: f"127.0.0.1:{port}" for name, port in zip(names, ports, strict=True)}
        signers = {name: SIGNERS[name] for name in names}
        return cls(addresses, Genesis.from_document(genesis_document(signers, addresses)))

    @property
    def membership(self) -> Membership:
        """The members."""
        return self.genesis.membership

    def build(
        self, name: MemberId, on_frame: Callable[[MemberId, bytes], Awaitable[None]] | None = None
    ) -> Transport:
        """A node that writes down what it hears."""
        heard = self.heard.setdefault(name, [])

        async def listen(sender: MemberId, frame: bytes) -> None:
            heard.append((sender, frame))

        made = Transport(
            Identity(self.genesis.chain_id, name, SIGNERS[name]),
            lambda: self.membership,
            get_log(member=name),
            on_frame or listen,
            lambda peer: self.connected.append((name, peer)),
        )
        self.nodes[name] = made
        return made

    async def start(self, *names: MemberId) -> None:
        """Build and start nodes."""
        for name in names:
            await self.build(name).start(self.addresses[name])

    async def stop(self) -> None:
        """Stop all that run."""
        await asyncio.gather(*(node.stop() for node in self.nodes.values()))

    def port(self, name: MemberId) -> int:
        """Where a member listens."""
        return split_address(self.addresses[name])[1]


@asynccontextmanager
async def running(network: Network, *names: MemberId) -> AsyncIterator[Network]:
    await network.start(*names)
    try:
        yield network
    finally:
        await network.stop()


async def until(condition: Callable[[], object]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110  (a condition of any kind has no event)
            await asyncio.sleep(0.01)


def run(main: Coroutine[object, object, None]) -> None:
    asyncio.run(main)


def context_of(
    signer: Signer, name: str, trusted: Membership, *, server: bool = False
) -> ssl.SSLContext:
    """Make the TLS context of somebody who shows a certificate of any key."""
    certificate = issue_certificate(signer, name)
    member = Member(MemberId(name), signer.public_key, certificate, "", "")
    shown = Membership.of([member, *(m for m in trusted.members if m.id != name)][:64])
    identity = Identity(ChainId(bytes(32)), MemberId(name), signer)
    return tls_context(identity, shown, server=server)


def greeting(network: Network, name: str, **changes: object) -> bytes:
    parts: dict[str, object] = {
        "protocol": PROTOCOL, "chain_id": network.genesis.chain_id, "member": name,
    }  # fmt: skip
    return frame(codec.encode(tuple((parts | changes).values())))


def frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


async def is_closed(reader: asyncio.StreamReader) -> bool:
    """Wait for the other end to close."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        try:
            return await reader.read(1) == b""
        except OSError:
            return True


async def knock(network: Network, context: ssl.SSLContext | None, data: bytes) -> None:
    """Connect to member ONE, say something, and wait for it to hang up. Raises OSError if it did."""
    reader, writer = await asyncio.open_connection("127.0.0.1", network.port(ONE), ssl=context)
    try:
        writer.write(data)
        await writer.drain()
        if await is_closed(reader):
            raise ConnectionResetError
    finally:
        writer.transport.abort()
