"""The driver performs an output in its one order, and ends for good where it must not go on."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from consensus.inputs import Delivered, Tick
from consensus.messages import Status
from consensus.output import Output, Send
from consensus.replica import Replica
from consensus.safety import SafetyData
from ledger.certificate import CertifiedBlock
from ledger.chain import Chain
from ledger.membership import Height, View
from runtime.clock import Clock
from runtime.driver import Driver, ReplicaHalted
from runtime.log import Log
from runtime.metrics import Metrics
from runtime.safety_journal import SafetyJournal
from runtime.transport import Transport

QUIET = Output(
    persist=None, sends=(), deliver=(), deadline_ms=10**9, evidence=(), notices=()
)  # fmt: skip
FULL = Output(
    persist=SafetyData.initial(),
    sends=(Send(None, Status(Height(1), View(0), holds_proposal=False)),),
    deliver=(cast("CertifiedBlock", SimpleNamespace()),),
    deadline_ms=10**9,
    evidence=(),
    notices=(),
)


class Scripted:
    """Stands for replica, journal, transport and chain, and writes down what is asked of them."""

    def __init__(self, *outputs: Output) -> None:
        self.said: list[str] = []
        self._outputs = [*outputs]
        self.disk_error: OSError | None = None

    def step(self, item: object, now: object) -> Output:
        self.said.append(type(item).__name__)
        return self._outputs.pop(0) if self._outputs else QUIET

    def persist(self, payload: bytes) -> None:
        if self.disk_error is not None:
            raise self.disk_error
        self.said.append("persist")

    def send(self, to: object, frame: bytes) -> None:
        self.said.append("send")

    def append(self, certified: object) -> None:
        self.said.append("append")


def driver_of(parts: Scripted) -> Driver:
    journal = SimpleNamespace(append=parts.persist, close=lambda: None)
    clock = SimpleNamespace(now=lambda: SimpleNamespace(monotonic_ms=0, business_ms=0))
    log = SimpleNamespace(error=lambda *_, **__: None)
    driver = Driver(
        cast("Replica", parts), cast("Chain", parts), cast("SafetyJournal", journal),
        cast("Clock", clock), cast("Log", log), Metrics(),
        lambda *_: None, lambda *_: None, lambda *_: None,
    )  # fmt: skip
    driver.transport = cast("Transport", parts)
    return driver


def test_persist_then_send_then_deliver_then_tell_the_replica() -> None:
    parts = Scripted(FULL)
    driver_of(parts)._step(Tick())
    assert parts.said == ["Tick", "persist", "send", "append", Delivered.__name__]


def test_what_the_disk_refuses_is_never_sent() -> None:
    parts = Scripted(FULL)
    parts.disk_error = OSError(28, "No space left on device")
    driver = driver_of(parts)
    with pytest.raises(OSError, match="No space left"):
        asyncio.run(driver.run())
    assert parts.said == ["Tick"]
    assert "No space left" in driver.failure


def test_who_asks_a_replica_that_halts_is_told_so() -> None:
    parts = Scripted(QUIET, FULL)
    parts.disk_error = OSError(28, "No space left on device")
    driver = driver_of(parts)

    async def run() -> None:
        loop = asyncio.create_task(driver.run())
        with pytest.raises(ReplicaHalted, match="No space left"):
            async with asyncio.timeout(5):
                await driver.ask(Tick())
        with pytest.raises(ReplicaHalted, match="has halted"):
            await driver.ask(Tick())
        await driver.put(Tick())
        await asyncio.gather(loop, return_exceptions=True)

    asyncio.run(run())


def test_who_asks_a_node_that_stops_is_told_so() -> None:
    driver = driver_of(Scripted())

    async def run() -> None:
        loop = asyncio.create_task(driver.run())
        await asyncio.sleep(0)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        with pytest.raises(ReplicaHalted, match="stopping"):
            await driver.ask(Tick())

    asyncio.run(run())
