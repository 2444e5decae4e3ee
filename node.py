"""Composition root and entry point: builds the object graph with plain constructor calls.

Everything is put together here and nowhere else, so that each part can be read, tested and
replaced on its own. Nothing of the product imports this file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.app import create_app
from api.connection import guarded
from api.limits import LIMITS
from cli.app import run as run_command_line
from consensus.replica import Replica
from consensus.safety import UNKNOWN, SafetyData
from consensus.settings import ConsensusSettings
from ledger import codec
from ledger.chain import Chain
from ledger.crypto import Signer
from ledger.errors import Invalid
from ledger.genesis import Genesis, Parameters
from ledger.machine import StateMachine
from ledger.membership import Height, MemberId
from lending.machine import LendingMachine
from runtime.clock import Clock, wall_clock
from runtime.log import configure, get_log
from runtime.metrics import Metrics
from runtime.node import Node, Parts
from runtime.safety_journal import Recovered, SafetyJournal, read_journal
from runtime.settings import Settings
from runtime.stores import create_store, open_store
from runtime.transport import split_address

JOURNAL_FILE = "safety.journal"


class Composition:
    """What the command line is given: every way to build a part of the graph."""

    def machine(self) -> StateMachine:
        """The state machine of this chain."""
        return LendingMachine()

    def create_data(self, data: Path, genesis: Genesis, backend: str) -> str:
        """Make a node's data folder at height 0; returns the backend's name. Raises Invalid."""
        data.mkdir(parents=True, exist_ok=True)
        store = create_store(data, backend)
        try:
            Chain.create(store, genesis, self.machine())
        finally:
            store.close()
        initial = codec.encode_array(SafetyData.initial(UNKNOWN).to_value())
        SafetyJournal(data / JOURNAL_FILE, initial).close()
        return store.name

    def open_chain(self, data: Path, genesis: Genesis) -> Chain:
        """Open a data folder's chain, re-checked. Raises Invalid, StoreDamaged."""
        return Chain(open_store(data), genesis, self.machine())

    def serve(self, settings: Settings) -> int:
        """Run a node until a signal or a failure; returns the exit code."""
        configure(settings.log_level, as_json=settings.log_json)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_serve(settings, self))


def build_node(settings: Settings, composition: Composition) -> Node:
    """The object graph of one node. Raises Invalid, StoreDamaged, OSError."""
    genesis = Genesis.from_json(settings.genesis.read_bytes())
    signer = Signer.from_pem(settings.key.read_bytes())
    member = genesis.membership.by_id.get(MemberId(settings.member))
    if member is None or member.key != signer.public_key:
        raise Invalid("NOT_A_MEMBER", f"{settings.member} with this key is not in the genesis")
    chain = composition.open_chain(settings.data, genesis)
    clock = build_clock(settings, genesis)
    journal_path = settings.data / JOURNAL_FILE
    recovered = read_journal(journal_path)
    safety = recover_safety(genesis, chain, recovered)
    replica = Replica(
        member.id, signer, chain, consensus_settings(settings, genesis.parameters), safety,
        clock.now(),
    )  # fmt: skip
    journal = SafetyJournal(journal_path, codec.encode_array(safety.to_value()))
    log = get_log(member=member.id)
    log.info("store_opened", backend=chain.store.name, height=chain.head.height)
    return Node(Parts(settings, genesis, chain, replica, journal, signer, clock, log, Metrics()))


def build_clock(settings: Settings, genesis: Genesis) -> Clock:
    """Wall time, or a devnet's faster business time."""
    if not genesis.parameters.devnet or settings.epoch_ms == 0:
        return wall_clock()
    return Clock(genesis.timestamp_ms, settings.epoch_ms, genesis.parameters.clock_rate)


def recover_safety(genesis: Genesis, chain: Chain, recovered: Recovered) -> SafetyData:
    """What this node has signed; after a loss, a record that keeps it from voting too early."""
    if recovered.payload is None:
        data = SafetyData.initial(Height(0) if chain.head.height else UNKNOWN)
    else:
        data = SafetyData.from_value(genesis.chain_id, codec.decode(recovered.payload))
    if recovered.is_trustworthy:
        return data
    # A vote may have left that the record does not show: at most one height above both.
    beyond = Height(max(data.height, chain.head.height) + 2)
    return SafetyData.initial(max(beyond, data.voting_from_height))


def consensus_settings(settings: Settings, parameters: Parameters) -> ConsensusSettings:
    """The replica's numbers from the genesis' parameters and the node's settings."""
    return ConsensusSettings(
        base_timeout_ms=parameters.timeout_ms,
        timeout_cap_ms=parameters.timeout_max_ms,
        idle_interval_ms=parameters.idle_interval_ms,
        clock_bound_ms=parameters.clock_bound_ms * parameters.clock_rate,
        block_transactions_max=parameters.block_transactions_max,
        pool_transactions_max=settings.mempool_transactions_max,
    )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The faster loop where it is installed."""
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415  (not on every platform)

        return uvloop.new_event_loop
    return None


class _Server(uvicorn.Server):
    """uvicorn without a hand of its own on the signals: when to stop is decided in `_serve`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _serve(settings: Settings, composition: Composition) -> int:
    """Run the links, the replica and the HTTP server until told to stop."""
    node = build_node(settings, composition)
    with _named("api_listen", settings.api_listen):
        listening = _bind(settings.api_listen)
    config = uvicorn.Config(
        create_app(node, reader_token=node.settings.reader_token), http=guarded(HttpToolsProtocol, LIMITS), ws="none", log_config=None,
        access_log=False, lifespan="off", timeout_keep_alive=30, timeout_graceful_shutdown=1,
        proxy_headers=False, server_header=False, date_header=False,
    )  # fmt: skip
    server = _Server(config)
    with _named("peer_listen", settings.peer_listen or node.me.peer_address):
        await node.start()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    serving = asyncio.create_task(server.serve([listening]))
    failing = asyncio.create_task(node.failed())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, failing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    has_failed = failing.done()
    node.interrupt()
    server.should_exit = True
    await asyncio.gather(serving, return_exceptions=True)
    for task in (failing, stopping):
        task.cancel()
    await node.stop()
    return 70 if has_failed else 0


def _bind(address: str) -> socket.socket:
    """Take a port before anything is started that would have to be stopped. Raises OSError."""
    host, port = split_address(address)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    family, kind, protocol, _, target = found[0]
    # The loop turns Nagle's delay off only for sockets that say that they are TCP.
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(target)
    except OSError:
        bound.close()
        raise
    return bound


@contextlib.contextmanager
def _named(setting: str, address: str) -> Iterator[None]:
    """An OSError inside says which setting it is about."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OSError(error.errno, f"{reason}: {setting} {address}") from error


def main() -> None:
    """The `hansa` command."""
    sys.exit(run_command_line(sys.argv[1:], Composition()))


if __name__ == "__main__":
    main()
