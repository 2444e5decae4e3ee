"""Links with real TLS on loopback: members are heard, nobody else is, and nobody is in the way."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from ledger import codec
from ledger.crypto import Digest, Signer
from ledger.errors import Invalid
from ledger.genesis import Genesis
from ledger.membership import MemberId
from runtime import listener, transport
from runtime.transport import (
    FRAME_BYTES_MAX,
    PROTOCOL,
)
from tests.support.chain_factory import genesis_document
from tests.support.peer_network import (
    ONE,
    SIGNERS,
    THREE,
    TWO,
    Network,
    context_of,
    frame,
    greeting,
    knock,
    run,
    running,
    until,
)

# Being heard


def test_every_member_hears_every_other_and_knows_who_spoke() -> None:
    async def main() -> None:
        names = (ONE, TWO, THREE)
        async with running(Network.of(3), *names) as network:
            await until(lambda: all(len(n.connected) == 2 for n in network.nodes.values()))
            for name in names:
                network.nodes[name].send(None, b"all from " + name.encode())
            network.nodes[ONE].send(TWO, b"to two alone")
            await until(lambda: sum(map(len, network.heard.values())) == 7)
            assert sorted(network.heard[ONE]) == [
                (n, b"all from " + n.encode()) for n in (TWO, THREE)
            ]
            assert sorted(network.heard[TWO]) == [
                (ONE, b"all from bank-01"), (ONE, b"to two alone"), (THREE, b"all from bank-03"),
            ]  # fmt: skip
            assert sorted(network.connected) == [(a, b) for a in names for b in names if a != b]

    run(main())


def test_frames_of_any_size_arrive_whole_and_in_order() -> None:
    async def main() -> None:
        sizes = [0, 1, 65_535, 2**20, 3 * 2**20, 7]
        frames = [bytes([number]) * size for number, size in enumerate(sizes)]
        async with running(Network.of(2), ONE, TWO) as network:
            await until(lambda: network.nodes[ONE].connected)
            for item in frames:
                network.nodes[ONE].send(TWO, item)
            await until(lambda: len(network.heard[TWO]) == len(frames))
            assert network.heard[TWO] == [(ONE, item) for item in frames]

    run(main())


def test_nobody_speaks_to_himself_or_to_strangers() -> None:
    async def main() -> None:
        async with running(Network.of(2), ONE, TWO) as network:
            await until(lambda: network.nodes[ONE].connected)
            network.nodes[ONE].send(ONE, b"hello me")
            network.nodes[ONE].send(MemberId("nobody"), b"hello")
            network.nodes[ONE].send(None, b"end")
            await until(lambda: network.heard[TWO])
            assert network.heard == {ONE: [], TWO: [(ONE, b"end")]}

    run(main())


def test_a_member_that_restarts_is_found_again() -> None:
    async def main() -> None:
        async with running(Network.of(2), ONE, TWO) as network:
            await until(lambda: network.nodes[ONE].connected and network.nodes[TWO].connected)
            await network.nodes[TWO].stop()
            await until(lambda: not network.nodes[ONE].connected)
            network.nodes[ONE].send(TWO, b"nobody there")
            await network.start(TWO)
            await until(lambda: network.nodes[ONE].connected and network.nodes[TWO].connected)
            network.nodes[ONE].send(TWO, b"again")
            network.nodes[TWO].send(ONE, b"back")
            await until(lambda: network.heard[ONE] and network.heard[TWO])
            assert network.heard == {ONE: [(TWO, b"back")], TWO: [(ONE, b"again")]}
            assert network.connected.count((ONE, TWO)) == 2

    run(main())


def test_one_member_that_does_not_read_holds_up_nobody() -> None:
    async def main() -> None:
        network = Network.of(3)
        stuck = asyncio.Event()

        async def ignore(sender: MemberId, data: bytes) -> None:
            await stuck.wait()

        await network.build(TWO, ignore).start(network.addresses[TWO])
        async with running(network, ONE, THREE):
            await until(lambda: len(network.nodes[ONE].connected) == 2)
            for number in range(40):
                network.nodes[ONE].send(None, bytes([number]) * 2**18)
            await until(lambda: len(network.heard[THREE]) == 40)
            assert network.nodes[ONE].links[TWO].is_up
            stuck.set()

    run(main())


def test_the_same_on_the_loop_that_nodes_run_on() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> None:
        async with running(Network.of(2), ONE, TWO) as network:
            await until(lambda: network.nodes[ONE].connected)
            network.nodes[ONE].send(TWO, b"hello")
            await until(lambda: network.heard[TWO] == [(ONE, b"hello")])
            plain = [
                await asyncio.open_connection("127.0.0.1", network.port(TWO)) for _ in range(80)
            ]
            await until(lambda: network.nodes[TWO].listener.strangers == listener.STRANGERS_MAX)
            for _, writer in plain:
                writer.close()
            await network.nodes[TWO].stop()
            await network.start(TWO)
            await until(lambda: network.connected.count((ONE, TWO)) == 2)

    with asyncio.Runner(loop_factory=uvloop.Loop) as runner:
        runner.run(main())


# Not being heard


def test_a_stranger_with_a_members_name_is_refused() -> None:
    async def main() -> None:
        async with running(Network.of(2), ONE) as network:
            stranger = Signer.from_seed(b"\x50" * 32)
            context = context_of(stranger, TWO, network.membership)
            with pytest.raises(OSError):
                await knock(network, context, greeting(network, TWO) + frame(b"hello"))
            assert network.heard[ONE] == []

    run(main())


def test_a_certificate_that_a_member_issued_for_another_key_is_refused() -> None:
    """The certificates are their own authorities to the TLS library; the key decides, not they."""

    async def main() -> None:
        async with running(Network.of(2), ONE) as network:
            stranger = Signer.from_seed(b"\x51" * 32)
            issuer = x509.load_der_x509_certificate(network.membership.by_id[TWO].certificate)
            name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, TWO)])
            leaf = (
                x509.CertificateBuilder()
                .subject_name(name)
                .issuer_name(issuer.subject)
                .public_key(stranger.private_key().public_key())
                .serial_number(7)
                .not_valid_before(issuer.not_valid_before_utc)
                .not_valid_after(issuer.not_valid_after_utc)
                .sign(SIGNERS[TWO].private_key(), None)
            )
            context = context_of(stranger, TWO, network.membership)
            pem = leaf.public_bytes(serialization.Encoding.PEM)
            load_chain(context, pem, stranger)
            with pytest.raises(OSError):
                await knock(network, context, greeting(network, TWO) + frame(b"hello"))
            assert network.heard[ONE] == []

    run(main())


def load_chain(context: ssl.SSLContext, certificate: bytes, signer: Signer) -> None:
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "c.pem"), Path(folder, "k.pem")
        chain.write_bytes(certificate)
        key.write_bytes(signer.to_pem())
        context.load_cert_chain(chain, key)


def test_who_shows_no_certificate_or_speaks_no_tls_is_refused() -> None:
    async def main() -> None:
        async with running(Network.of(2), ONE) as network:
            bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            bare.check_hostname = False
            bare.verify_mode = ssl.CERT_NONE
            old = context_of(SIGNERS[TWO], TWO, network.membership)
            old.minimum_version = ssl.TLSVersion.TLSv1_2
            old.maximum_version = ssl.TLSVersion.TLSv1_2
            for context in (bare, old, None):
                with pytest.raises(OSError):
                    await knock(network, context, greeting(network, TWO) + frame(b"hello"))
            assert network.heard[ONE] == []

    run(main())


GREETINGS: dict[str, Callable[[Network], bytes]] = {
    "another member's name": lambda n: greeting(n, THREE),
    "our own name": lambda n: greeting(n, ONE),
    "no name": lambda n: greeting(n, ""),
    "another chain": lambda n: greeting(n, TWO, chain_id=bytes(32)),
    "another protocol": lambda n: greeting(n, TWO, protocol="hansa-peer/2"),
    "another shape": lambda n: frame(codec.encode((PROTOCOL, n.genesis.chain_id))),
    "not canonical": lambda n: frame(b"\x93" + b"\xd9\x0c" + PROTOCOL.encode() + b"\xc0\xc0"),
    "noise": lambda n: frame(b"\xc1"),
    "nothing": lambda n: frame(b""),
    "too long": lambda n: (1_025).to_bytes(4, "big") + bytes(1_025),
    "endless": lambda n: b"\xff" * 4,
}


@pytest.mark.parametrize("words", GREETINGS.values(), ids=GREETINGS.keys())
def test_a_greeting_must_be_true(words: Callable[[Network], bytes]) -> None:
    async def main() -> None:
        async with running(Network.of(3), ONE) as network:
            context = context_of(SIGNERS[TWO], TWO, network.membership)
            with pytest.raises(OSError):
                await knock(network, context, words(network) + frame(b"hello"))
            assert network.heard[ONE] == []

    run(main())


def test_a_true_greeting_is_heard() -> None:
    async def main() -> None:
        async with running(Network.of(3), ONE) as network:
            context = context_of(SIGNERS[TWO], TWO, network.membership)
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", network.port(ONE), ssl=context
            )
            writer.write(greeting(network, TWO) + frame(b"hello"))
            await until(lambda: network.heard[ONE] == [(TWO, b"hello")])
            assert network.nodes[ONE].listener.strangers == 0
            writer.transport.abort()
            del reader

    run(main())


def test_who_does_not_greet_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "GREETING_SECONDS", 0.2)

    async def main() -> None:
        async with running(Network.of(2), ONE) as network:
            context = context_of(SIGNERS[TWO], TWO, network.membership)
            for words in (b"", greeting(network, TWO)[:-1]):
                with pytest.raises(OSError):
                    await knock(network, context, words)

    run(main())


def test_a_frame_beyond_the_bound_ends_the_connection_and_no_other() -> None:
    async def main() -> None:
        async with running(Network.of(3), ONE, THREE) as network:
            await until(lambda: network.nodes[THREE].connected)
            context = context_of(SIGNERS[TWO], TWO, network.membership)
            too_long = (FRAME_BYTES_MAX + 1).to_bytes(4, "big")
            with pytest.raises(OSError):
                await knock(network, context, greeting(network, TWO) + frame(b"ok") + too_long)
            network.nodes[THREE].send(ONE, b"still here")
            await until(lambda: len(network.heard[ONE]) == 2)
            assert network.heard[ONE] == [(TWO, b"ok"), (THREE, b"still here")]

    run(main())


def test_a_message_that_is_found_invalid_ends_the_connection() -> None:
    async def main() -> None:
        network = Network.of(2)
        seen: list[bytes] = []

        async def strict(sender: MemberId, data: bytes) -> None:
            seen.append(data)
            raise Invalid("UNKNOWN_MESSAGE", "test")

        await network.build(ONE, strict).start(network.addresses[ONE])
        async with running(network):
            context = context_of(SIGNERS[TWO], TWO, network.membership)
            with pytest.raises(OSError):
                await knock(network, context, greeting(network, TWO) + frame(b"a") + frame(b"b"))
            assert seen == [b"a"]

    run(main())


def test_another_member_at_the_address_is_not_spoken_to() -> None:
    async def main() -> None:
        network = Network.of(3)
        addresses = {**network.addresses, TWO: network.addresses[THREE]}
        signers = {name: SIGNERS[name] for name in addresses}
        confused = Network(addresses, Genesis.from_document(genesis_document(signers, addresses)))
        async with running(network, THREE), running(confused, ONE):
            confused.nodes[ONE].send(TWO, b"for two alone")
            await asyncio.sleep(0.5)
            assert confused.nodes[ONE].connected == (THREE,)
            assert (ONE, TWO) not in confused.connected
            assert network.heard[THREE] == []

    run(main())


def test_nodes_of_two_chains_with_the_same_keys_do_not_talk() -> None:
    async def main() -> None:
        network = Network.of(2)
        other = Network(network.addresses, replace(network.genesis, digest=Digest(bytes(32))))
        async with running(network, ONE), running(other, TWO):
            await until(lambda: other.connected == [(TWO, ONE)])
            other.nodes[TWO].send(ONE, b"hello")
            await until(lambda: not other.nodes[TWO].connected)
            assert network.heard[ONE] == []

    run(main())
