"""Links between members: TLS 1.3, both ends pinned to the member key on the chain; no protocol here.

Every node dials every other member and uses that link for sending only; what it receives comes in
on the links that others dialled. A link carries frames: four bytes of length, then the message.
The first frame is a greeting that names the protocol, the chain and the sender. Frames that do
not fit a full queue are dropped, oldest first: the protocol is level-triggered and says again
what matters, and a slow member must never hold up the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from ledger import codec
from ledger.crypto import Signer
from ledger.errors import Invalid
from ledger.identity import certificate_key, certificate_pem
from ledger.membership import Member, MemberId, Membership
from ledger.transaction import ChainId
from runtime.listener import Listener
from runtime.log import Log

PROTOCOL: Final = "hansa-peer/1"
FRAME_BYTES_MAX: Final = 12 * 1024 * 1024
GREETING_BYTES_MAX: Final = 1024
GREETING_SECONDS: Final = 5.0
QUEUE_BYTES_MAX: Final = 64 * 1024 * 1024
CONNECTIONS_PER_MEMBER_MAX: Final = 2
SILENCE_SECONDS_MAX: Final = 10
BACKOFF_FIRST_SECONDS: Final = 0.1
BACKOFF_MAX_SECONDS: Final = 3.0

OnFrame = Callable[[MemberId, bytes], Awaitable[None]]
OnConnect = Callable[[MemberId], None]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this node is on its links."""

    chain_id: ChainId
    """The chain; links of another chain are refused."""
    member: MemberId
    """This node's member."""
    signer: Signer
    """Its key."""


def tls_context(identity: Identity, membership: Membership, *, server: bool) -> ssl.SSLContext:
    """TLS 1.3 that trusts exactly the certificates of the members, and shows our own."""
    side = ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT
    context = ssl.SSLContext(side)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    pems = "".join(certificate_pem(member.certificate) for member in membership.members)
    context.load_verify_locations(cadata=pems)
    own = certificate_pem(membership.by_id[identity.member].certificate)
    with tempfile.TemporaryDirectory(prefix="hansa-tls-") as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        certificate.write_text(own)
        key.touch(mode=0o600)
        key.write_bytes(identity.signer.to_pem())
        context.load_cert_chain(certificate, key)
    return context


def peer_of(writer: asyncio.StreamWriter, membership: Membership) -> Member:
    """The member at the other end, by the key in its certificate. Raises Invalid."""
    connection = writer.get_extra_info("ssl_object")
    der = connection.getpeercert(binary_form=True) if connection is not None else None
    if not der:
        raise Invalid("NO_CERTIFICATE", "the peer showed no certificate")
    key = certificate_key(der)
    for member in membership.members:
        if member.key == key:
            return member
    raise Invalid("NOT_A_MEMBER", f"key {key.hex()[:16]}")


def split_address(address: str) -> tuple[str, int]:
    """host:port, also [v6]:port. Raises Invalid."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise Invalid("BAD_ADDRESS", address[:80])
    return host.strip("[]"), int(port)


class Link:
    """The sending side towards one member: a bounded queue and a connection kept alive."""

    def __init__(self, identity: Identity, peer: Member, context: ssl.SSLContext, log: Log) -> None:
        self.peer = peer
        self.is_up = False
        self.dropped = 0
        self._identity = identity
        self._context = context
        self._log = log
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()

    def send(self, frame: bytes) -> None:
        """Queue a frame; the oldest ones make room. Nothing is kept for a member out of reach."""
        if not self.is_up:
            return
        self._queue.append(frame)
        self._queued_bytes += len(frame)
        while self._queued_bytes > QUEUE_BYTES_MAX:
            self._queued_bytes -= len(self._queue.popleft())
            self.dropped += 1
        self._wake.set()

    async def run(self, membership: Callable[[], Membership], on_connect: OnConnect) -> None:
        """Dial, send, and dial again after a pause, for ever.

        The pause grows until a link has held: who takes every call and hangs up is called seldom.
        """
        pause = BACKOFF_FIRST_SECONDS
        while True:
            began = time.monotonic()
            try:
                writer = await self._dial(membership())
            except (OSError, Invalid, ValueError) as error:
                self._log.debug("peer_unreachable", peer=self.peer.id, reason=str(error)[:200])
            else:
                await self._use(writer, on_connect)
                if time.monotonic() - began > BACKOFF_MAX_SECONDS:
                    pause = BACKOFF_FIRST_SECONDS
            await asyncio.sleep(pause)
            pause = min(pause * 2, BACKOFF_MAX_SECONDS)

    async def _use(self, writer: asyncio.StreamWriter, on_connect: OnConnect) -> None:
        """Send over a new connection until it ends."""
        self._queue.clear()
        self._queued_bytes = 0
        self.is_up = True
        self._log.info("peer_connected", peer=self.peer.id)
        on_connect(self.peer.id)
        try:
            await self._pump(writer)
        except OSError as error:
            self._log.info("peer_lost", peer=self.peer.id, reason=str(error)[:200])
        finally:
            self.is_up = False
            writer.transport.abort()

    async def _dial(self, membership: Membership) -> asyncio.StreamWriter:
        host, port = split_address(self.peer.peer_address)
        async with asyncio.timeout(GREETING_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=self._context)
        try:
            self._must_be_peer(writer, membership)
            _limit_silence(writer)
        except (OSError, Invalid):
            writer.transport.abort()
            raise
        greeting = codec.encode((PROTOCOL, self._identity.chain_id, self._identity.member))
        writer.write(len(greeting).to_bytes(4, "big") + greeting)
        return writer

    def _must_be_peer(self, writer: asyncio.StreamWriter, membership: Membership) -> None:
        if peer_of(writer, membership).id != self.peer.id:
            raise Invalid("OTHER_MEMBER", f"{self.peer.peer_address} is not {self.peer.id}")

    async def _pump(self, writer: asyncio.StreamWriter) -> None:
        while True:
            self._wake.clear()
            while self._queue:
                frame = self._queue.popleft()
                self._queued_bytes -= len(frame)
                writer.write(len(frame).to_bytes(4, "big"))
                writer.write(frame)
                await writer.drain()
            if writer.is_closing():
                raise ConnectionResetError("closed by the peer")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._wake.wait()


class Transport:
    """All links of a node."""

    def __init__(
        self, identity: Identity, membership: Callable[[], Membership], log: Log,
        on_frame: OnFrame, on_connect: OnConnect,
    ) -> None:  # fmt: skip
        self._identity = identity
        self._membership = membership
        self._log = log
        self._on_frame = on_frame
        self._on_connect = on_connect
        self._inbound: dict[MemberId, deque[asyncio.Task[None]]] = {}
        client = tls_context(identity, membership(), server=False)
        peers = [m for m in membership().members if m.id != identity.member]
        self.links = {peer.id: Link(identity, peer, client, log) for peer in peers}
        self._tasks: list[asyncio.Task[None]] = []
        server = tls_context(identity, membership(), server=True)
        self.listener = Listener(server, self._accept)

    async def start(self, listen: str) -> None:
        """Listen at host:port and begin to dial. Raises OSError when the port is taken."""
        host, port = split_address(listen)
        await self.listener.start(host, port)
        for link in self.links.values():
            task = asyncio.create_task(link.run(self._membership, self._on_connect))
            self._tasks.append(task)

    async def stop(self) -> None:
        """Close every link, those that others dialled too."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.listener.stop()

    def send(self, to: MemberId | None, frame: bytes) -> None:
        """Queue a frame for one member, or for everybody else."""
        if to is not None:
            if to in self.links:
                self.links[to].send(frame)
            return
        for link in self.links.values():
            link.send(frame)

    @property
    def connected(self) -> tuple[MemberId, ...]:
        """The members that our own links reach now."""
        return tuple(peer for peer, link in self.links.items() if link.is_up)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection that somebody dialled."""
        peer: MemberId | None = None
        try:
            peer = await self._greet(reader, writer)
            self._replace_oldest(peer)
            while True:
                await self._on_frame(peer, await read_frame(reader, FRAME_BYTES_MAX))
        except (asyncio.IncompleteReadError, OSError) as error:
            self._log.debug("peer_gone", peer=peer, reason=str(error)[:200])
        except Invalid as error:
            self._log.warning("peer_refused", peer=peer, reason=str(error)[:200])

    def _replace_oldest(self, peer: MemberId) -> None:
        """A member that dials anew has lost its old connection, whether or not we noticed."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self.listener.known(task)
        theirs = self._inbound.setdefault(peer, deque())
        theirs.append(task)
        task.add_done_callback(theirs.remove)
        if len(theirs) > CONNECTIONS_PER_MEMBER_MAX:
            theirs[0].cancel()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> MemberId:
        member = peer_of(writer, self._membership())
        async with asyncio.timeout(GREETING_SECONDS):
            greeting = codec.decode(await read_frame(reader, GREETING_BYTES_MAX))
        protocol, chain_id, name = codec.fields(greeting, str, bytes, str)
        if (protocol, chain_id, name) != (PROTOCOL, self._identity.chain_id, member.id):
            raise Invalid("BAD_GREETING", f"{protocol[:20]} {chain_id.hex()[:16]} {name[:32]}")
        return member.id


def _limit_silence(writer: asyncio.StreamWriter) -> None:
    """End a connection whose bytes nobody acknowledges, as after a cut cable or a power failure.

    Left to itself, TCP would notice after minutes, and after a long cut not resume for minutes.
    """
    if sys.platform == "linux":
        descriptor = writer.get_extra_info("socket").fileno()
        with socket.socket(fileno=os.dup(descriptor)) as same:
            same.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENCE_SECONDS_MAX * 1_000
            )


async def read_frame(reader: asyncio.StreamReader, maximum: int) -> bytes:
    """One frame. Raises Invalid when it says it is larger than `maximum`."""
    length = int.from_bytes(await reader.readexactly(4), "big")
    if length > maximum:
        raise Invalid("FRAME_TOO_LARGE", f"{length} bytes, {maximum} allowed")
    return await reader.readexactly(length)
