"""What all campaigns share: a network with an open book under load, their report, and their options."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from subprocess import SubprocessError
from typing import Final

from ledger.errors import Invalid
from tests.campaigns.book import Book, genesis_application
from tests.campaigns.judge import Judge, audit
from tests.campaigns.load import Load
from tests.support.network import Network, NodeProcess

RECOVERY_SECONDS: Final = 30.0
FIRST_PORT: Final = 21_000
FAILURES: Final = (AssertionError, OSError, HTTPException, SubprocessError, Invalid)
"""How a network lets a campaign down; anything else is the campaign's own fault."""
SAMPLE: Final = 200
BALANCES: Final = 12


class Report:
    """Says what happens as it happens, and gathers the figures."""

    def __init__(self, *, as_json: bool) -> None:
        self.figures: dict[str, object] = {}
        self._as_json = as_json
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """One line for people; not in JSON mode."""
        if not self._as_json:
            write(f"{time.monotonic() - self._began:7.1f} s  {text}")

    def close(self, *, is_ok: bool) -> None:
        """The figures."""
        self.figures["is_ok"] = is_ok
        if self._as_json:
            write(json.dumps(self.figures, default=str))
            return
        for name, value in self.figures.items():
            write(f"{name:28} {value}")


def write(text: str) -> None:
    """A line to standard output, at once: a campaign is watched while it runs."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Stage:
    """Four nodes, their book, the load on it, and the judge."""

    def __init__(
        self, folder: Path, report: Report, *, seed: int, per_second: int = 200,
        ports: Sequence[int] = (), backend: str = "auto",
    ) -> None:  # fmt: skip
        self.report = report
        self.rng = random.Random(seed)
        self.network = Network(
            folder, ports=ports, backend=backend, application=genesis_application()
        )
        genesis = self.network.genesis
        book = Book(genesis.chain_id, genesis.timestamp_ms)
        self.load = Load(self.network.nodes, book, per_second=per_second)
        self.judge = Judge(self.network.nodes)

    @property
    def nodes(self) -> list[NodeProcess]:
        """The nodes."""
        return self.network.nodes

    def open(self) -> None:
        """Start everything, and wait until the load flows."""
        self.network.start()
        seconds = self.network.wait_ready()
        self.report.figures["start_seconds"] = round(seconds, 2)
        self.report.say(f"four nodes answer after {seconds:.1f} s")
        self.load.open_book()
        self.load.start()

    def top(self) -> int:
        """The highest head of all that run."""
        return max(self.network.heights())

    def finish(self) -> None:
        """Stop the load, then hold everything against everything."""
        self.load.stop()
        self.network.wait_height(self.top() + 1, self.nodes, RECOVERY_SECONDS)
        self.judge.compare()
        last = self.judge.height
        self.judge.check_acknowledged(self.load.acknowledged)
        known = sorted(self.load.acknowledged)
        sample = self.rng.sample(known, min(SAMPLE, len(known)))
        self.judge.check_status(self.load.acknowledged, sample)
        self.judge.check_balance(sorted({*self._heights(last), last}))
        exports = {each.name: each.export(1, last) for each in self.nodes}
        self.judge.check_whole(exports)
        (self.network.folder / "chain.export").write_bytes(exports[self.nodes[0].name])
        self._audit(exports[self.nodes[0].name])
        self._summarise(last)

    def _heights(self, last: int) -> list[int]:
        return self.rng.sample(range(1, last + 1), min(BALANCES, last))

    def _audit(self, data: bytes) -> None:
        began = time.monotonic()
        verdict = audit(data)
        seconds = time.monotonic() - began
        if not verdict.is_ok:
            self.judge.violations.append(f"AUDIT: {verdict.fault}")
        self.report.figures["audit"] = (
            f"{verdict.level.name} {'holds' if verdict.is_ok else 'FAILS'} to height "
            f"{verdict.height}, {verdict.transactions} transactions, {seconds:.1f} s"
        )
        self.report.figures["state_root"] = verdict.state_root

    def _summarise(self, last: int) -> None:
        acknowledged = self.load.acknowledged.values()
        self.report.figures |= {
            "heights": last,
            "acknowledged": len(acknowledged),
            "of_them_rejected": sum(each.outcome == "rejected" for each in acknowledged),
            "retried_batches": self.load.retries,
            "log_alarms": alarms(self.nodes),
            "violations": self.judge.violations + self.load.complaints,
        }


def alarms(nodes: Sequence[NodeProcess]) -> dict[str, int]:
    """How often each thing above `info` stands in the logs; what is no JSON counts as `ugly`."""
    counts: dict[str, int] = {}
    for each in nodes:
        for line in each.log.splitlines():
            try:
                event = json.loads(line)
                name = f"{event['level']} {event['event']} {event.get('code', '')}".strip()
            except (ValueError, KeyError, TypeError):
                name = "ugly"
            if not name.startswith(("info", "debug")):
                counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def percentiles(values: Sequence[float]) -> str:
    """A distribution in one line, in seconds."""
    if not values:
        return "none"
    ordered = sorted(values)
    at = {name: ordered[min(len(ordered) - 1, int(len(ordered) * share))]
          for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))}  # fmt: skip
    parts = [f"{name} {value:.2f}" for name, value in at.items()]
    return f"min {ordered[0]:.2f}, {', '.join(parts)}, max {ordered[-1]:.2f} (n={len(ordered)})"


Play = Callable[[Stage, argparse.Namespace], None]
"""What a campaign does between the opening and the finish."""


def parser(prog: str, what: str | None) -> argparse.ArgumentParser:
    """The options that every campaign has."""
    made = argparse.ArgumentParser(prog=f"python -m tests.campaigns.{prog}", description=what)
    made.add_argument("--seed", type=int, default=1, help="whom, when and for how long")
    made.add_argument("--json", action="store_true", help="one JSON object at the end")
    made.add_argument("--port", type=int, default=FIRST_PORT, help="the first of eight ports")
    made.add_argument("--load", type=int, default=200, help="transactions per second")
    made.add_argument("--backend", default="auto", help="leveldb or sqlite")
    made.add_argument("--folder", type=Path, help="keep everything here; else only failures stay")
    return made


def perform(play: Play, asked: argparse.Namespace) -> int:
    """Run a campaign from opening to report; the exit code says whether all held."""
    report = Report(as_json=asked.json)
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="hansa-campaign-"))
    report.figures |= {"seed": asked.seed, "folder": folder}
    ports = range(asked.port, asked.port + 8)
    failures: list[str] = []
    with ExitStack() as stack:
        stage = Stage(
            folder, report, seed=asked.seed, per_second=asked.load, ports=ports,
            backend=asked.backend,
        )  # fmt: skip
        stack.enter_context(stage.network)
        try:
            stage.open()
            play(stage, asked)
            stage.finish()
        except FAILURES as error:
            failures.append(f"{type(error).__name__}: {error}")
            traceback.print_exc(file=sys.stderr)
        failures += stage.judge.violations + stage.load.complaints
    report.figures["failures"] = failures
    report.close(is_ok=not failures)
    if not failures and asked.folder is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failures else 0
