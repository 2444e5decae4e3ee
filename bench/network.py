"""The whole system under load: real nodes, real TLS links, HTTP, signed repayments, one machine.

A closed loop: a number of clients each sign a batch of repayments, hand it in over HTTP to their
node, and wait until the last of the batch stands in a block. Every repayment is a transaction of
its own with a signature of its own, checked by every node. Throughput is what the chain committed
in the measured window; latency is from before signing until the node says committed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.book import PRINCIPAL, RATE, TEMPLATE
from bench.limits import measure_limits
from cli.demo.actors import CURRENCY, CUSTODIAN
from cli.devnet.layout import Devnet, Plan, ensure
from cli.devnet.processes import Processes
from client import AsyncHansaClient, HansaClient, Signed, build
from ledger.crypto import Signer
from lending.commands import (
    Command,
    DrawDown,
    IssueCash,
    ProposeAgreement,
    ProposeProduct,
    RegisterParty,
    Repay,
)
from lending.terms import TEMPLATE_SHAPE, Template, TermSheet
from node import Composition

SETUP_SECONDS: Final = 120.0
WARM_UP_SECONDS: Final = 5.0
LIFETIME: Final = 50_000
FAR_MS: Final = 400 * 86_400_000


@dataclass(frozen=True, slots=True)
class Load:
    """How hard to press."""

    seconds: float
    """How long to measure."""
    clients: int
    """How many clients wait at once."""
    batch: int
    """How many repayments each hands in at once."""
    loans: int
    """How many running loans they repay."""


@dataclass(slots=True)
class Counts:
    """What the clients saw."""

    latencies: list[float] = field(default_factory=list)
    """Seconds from before signing to committed, one per batch."""
    sequence: int = 0
    """How many repayments were signed."""
    is_counting: bool = False
    """Whether the warm-up is over."""


class Bench:
    """One devnet, its book, and its clients."""

    def __init__(self, devnet: Devnet, load: Load) -> None:
        self.devnet = devnet
        self.load = load
        self.client = AsyncHansaClient(devnet.urls)
        self.members = [str(member.id) for member in devnet.members]
        self.borrowers = [Signer.generate() for _ in range(load.loans)]
        self.counts = Counts()
        self.expires_at = 0

    async def commit(self, orders: Sequence[tuple[str, Command, Sequence[Signer]]]) -> None:
        """Hand in transactions and wait until all of them are applied."""
        items = [self.sign(*order) for order in orders]
        await self.client.submit(items)
        for item in items:
            status = await self.client.wait(item, SETUP_SECONDS)
            assert status.outcome is not None, status
            assert hasattr(status.outcome, "events"), status

    def sign(self, sender: str, command: Command, signers: Sequence[Signer]) -> Signed:
        """A transaction that outlives the benchmark."""
        assert self.client.flows.chain_id is not None, "the node was asked"
        return build(
            self.client.flows.chain_id, sender, command, signers, expires_at=self.expires_at
        )

    async def prepare(self) -> None:
        """A product, cash, borrowers, and a running loan of each."""
        await self.client.describe()
        self.expires_at = self.client.flows.height + LIFETIME
        template = TEMPLATE_SHAPE.read({**TEMPLATE, "waterfall": tuple(TEMPLATE["waterfall"])})
        assert isinstance(template, Template), "the benchmark's own template"
        members = [self.devnet.signer(name) for name in self.members]
        custodian = self.devnet.signer(CUSTODIAN)
        each = PRINCIPAL * self.load.loans
        await self.commit(
            [(self.members[0], ProposeProduct("term", 1, template), members)]
            + [
                (CUSTODIAN, IssueCash(m, CURRENCY, each, f"to {m}"), [custodian])
                for m in self.members
            ]
        )
        await self.commit([self._registration(number) for number in range(self.load.loans)])
        await self.commit([self._agreement(number) for number in range(self.load.loans)])
        await self.commit(
            [
                (f"b-{number}", DrawDown(f"l-{number}"), [self.borrowers[number]])
                for number in range(self.load.loans)
            ]
        )

    def _lender(self, number: int) -> str:
        return self.members[number % len(self.members)]

    def _registration(self, number: int) -> tuple[str, Command, Sequence[Signer]]:
        lender = self._lender(number)
        key = self.borrowers[number].public_key
        return (
            lender,
            RegisterParty(f"b-{number}", "borrower", (key,), 1),
            [self.devnet.signer(lender)],
        )

    def _agreement(self, number: int) -> tuple[str, Command, Sequence[Signer]]:
        lender = self._lender(number)
        until_ms = time.time_ns() // 1_000_000 + FAR_MS
        sheet = TermSheet(
            "term", 1, lender, f"b-{number}", CURRENCY, PRINCIPAL, RATE, 36, "", until_ms, (), 0
        )
        signers = [self.devnet.signer(lender), self.borrowers[number]]
        return lender, ProposeAgreement(f"l-{number}", sheet), signers

    async def press(self, node: int, until: float) -> None:
        """One client: sign a batch, hand it in, wait, and again."""
        async with AsyncHansaClient(self.devnet.urls[node]) as client:
            while time.monotonic() < until:
                began = time.monotonic()
                items = [self._repayment() for _ in range(self.load.batch)]
                await client.submit(items)
                status = await client.wait(items[-1], SETUP_SECONDS)
                assert hasattr(status.outcome, "events"), status
                if self.counts.is_counting:
                    self.counts.latencies.append(time.monotonic() - began)

    def _repayment(self) -> Signed:
        self.counts.sequence += 1
        number = self.counts.sequence % self.load.loans
        return self.sign(f"b-{number}", Repay(f"l-{number}", 1), [self.borrowers[number]])

    async def measure(self) -> tuple[float, float]:
        """(transactions committed per second, seconds measured) after a warm-up."""
        until = time.monotonic() + WARM_UP_SECONDS + self.load.seconds
        nodes = len(self.devnet.urls)
        clients = [
            asyncio.create_task(self.press(number % nodes, until))
            for number in range(self.load.clients)
        ]
        await asyncio.sleep(WARM_UP_SECONDS)
        self.counts.is_counting = True
        first, began = await self._committed(), time.monotonic()
        await asyncio.sleep(self.load.seconds)
        last, ended = await self._committed(), time.monotonic()
        self.counts.is_counting = False
        await asyncio.gather(*clients)
        return (last - first) / (ended - began), ended - began

    async def _committed(self) -> int:
        head = await self.client.get("/v1/node", node=0)
        total = head["transactions"]
        assert isinstance(total, int), "the node counts its transactions"
        return total


def percentile(values: list[float], part: int) -> float:
    """The value that `part` in a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]


def run(load: Load, folder: Path) -> dict[str, object]:
    """Start a devnet, load it, measure, stop it."""
    limits = measure_limits()
    devnet, _ = ensure(folder, Plan(name="bench", log_level="warning"), Composition())
    with Processes(devnet, restart=False) as processes, HansaClient(devnet.urls) as client:
        processes.wait_ready(client)
        rate, seconds, bench = asyncio.run(_drive(devnet, load))
        roots = {str(client.describe(index)["state_root"]) for index in range(len(devnet.urls))}
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "transactions_per_second": round(rate, 1),
        "seconds": round(seconds, 1),
        "latency_p50_ms": round(percentile(bench.counts.latencies, 50) * 1e3, 1),
        "latency_p90_ms": round(percentile(bench.counts.latencies, 90) * 1e3, 1),
        "latency_p99_ms": round(percentile(bench.counts.latencies, 99) * 1e3, 1),
        "latency_max_ms": round(max(bench.counts.latencies) * 1e3, 1),
        "nodes": len(devnet.urls),
        "clients": load.clients,
        "batch": load.batch,
        "state_roots": len(roots),
        "nodes_cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "signature_limit_per_second": round(limits.network(len(devnet.urls)), 1),
        "part_of_signature_limit": round(rate / limits.network(len(devnet.urls)), 3),
    }


async def _drive(devnet: Devnet, load: Load) -> tuple[float, float, Bench]:
    bench = Bench(devnet, load)
    await bench.prepare()
    rate, seconds = await bench.measure()
    await bench.client.close()
    return rate, seconds, bench


def main(arguments: list[str]) -> int:
    """`hansa bench network [--seconds N] [--clients N] [--batch N] [--json]`."""
    parser = argparse.ArgumentParser(prog="hansa bench network", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--loans", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    load = Load(options.seconds, options.clients, options.batch, options.loans)
    with tempfile.TemporaryDirectory(prefix="hansa-bench-") as folder:
        result = run(load, Path(folder, "net"))
    if options.json:
        print(json.dumps(result))
        return 0
    print(f"four nodes and {load.clients} clients on {os.cpu_count()} cores")
    for name, value in result.items():
        print(f"  {name:28} {value}")
    return 0
