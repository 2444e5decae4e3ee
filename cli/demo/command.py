"""`hansa demo`: a real loan book from the first signature to the auditor's verdict, on one machine."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.composition import ENTRY_POINT, Composition
from cli.demo import report
from cli.demo.actors import Actors, day_ms
from cli.demo.book import Record, choose, read_book
from cli.demo.figures import Check, checks, collect
from cli.demo.pace import month_seconds, signature_checks
from cli.demo.pilot import Course, Pilot
from cli.demo.plan import plan_life
from cli.demo.watch import Watch
from cli.devnet.command import stop_on_terminate
from cli.devnet.layout import Devnet, Plan, check_ports, ensure
from cli.devnet.processes import WATCH_SECONDS, Processes
from cli.exits import Exit, Stop
from cli.export import write_export
from cli.files import write_new
from cli.genesis import read_genesis
from cli.init import GENESIS_FILE
from cli.output import is_terminal, print_json, say, warn
from client import AsyncHansaClient, HansaClient
from ledger.crypto import Signer

NAME: Final = "demo"
MEMBERS: Final = 4
LOANS: Final = 300
FIRST_PAYOUT: Final = date(2015, 4, 1)
"""The month of issue of the oldest loans."""
HEAD_START_SECONDS: Final = 6.0
"""The nodes start while business time runs already, and the parties have to be brought in."""
LAST_DRAWDOWN: Final = date(2016, 6, 1)
MONTH_SECONDS: Final = 365.25 * 86_400 / 12
EXPORT_FILE: Final = "chain.export"
REPORT_FILE: Final = "report.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo came to."""

    document: dict[str, object]
    """The report in plain values."""
    is_ok: bool
    """Whether every check holds."""


def demo(
    context: typer.Context,
    loans: Annotated[str, typer.Option(help="How many loans of the record, or all.")] = str(LOANS),
    folder: Annotated[
        Path, typer.Option("--dir", help="Where it lives; the last demo there makes room.")
    ] = Path("demo"),
    base_port: Annotated[int, typer.Option(help="The first port; 0 looks for free ones.")] = 0,
    month: Annotated[
        float, typer.Option(help="Seconds of the wall per month of business time; 0 chooses.")
    ] = 0.0,
    stay: Annotated[
        bool | None, typer.Option(help="Stay up afterwards; else only where there is a terminal.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON, and nothing else.")
    ] = False,
) -> None:
    """Serve real loans on four nodes, print the report, and audit the chain.

    Each loan of LendingClub's record is signed, drawn, billed every month and then goes as its row
    says: paid, paid early, or charged off. Exit code 0 when every check holds, 1 when one does not.
    """
    book = read_book()
    chosen = choose(book, _count(loans, len(book)))
    stop_on_terminate()
    pace = month or month_seconds(len(chosen), signature_checks())
    made = _prepare(folder, base_port, pace, context.obj)
    tell = not as_json
    if tell:
        say(
            f"{len(chosen)} of {len(book)} loans of LendingClub's record, {MEMBERS} members, one chain; "
            f"a month of business time takes {pace:.1f} s."
        )
    with Processes(made, report=warn) as processes, HansaClient(made.urls) as client:
        outcome = _perform(made, processes, client, chosen, tell=tell)
        write_new(folder / REPORT_FILE, json.dumps(outcome.document, indent=2).encode() + b"\n")
        if as_json:
            print_json(outcome.document)
        else:
            _say_where(made)
        if is_terminal() if stay is None else stay:
            _stay(made, processes)
    if not outcome.is_ok:
        raise typer.Exit(Exit.FAILED)


def opening_ms(month: float) -> int:
    """Business time of the genesis: a month, and the head start, before the first payout."""
    months = 1 + HEAD_START_SECONDS / month
    return day_ms(FIRST_PAYOUT) - round(months * MONTH_SECONDS * 1_000)


def _count(text: str, available: int) -> int:
    if text == "all":
        return available
    if not text.isdecimal() or not 1 <= int(text) <= available:
        raise Stop(f"--loans {text}: a number from 1 to {available}, or all")
    return int(text)


def _prepare(folder: Path, base_port: int, month: float, composition: Composition) -> Devnet:
    if (folder / GENESIS_FILE).exists():
        old = Devnet(folder, read_genesis(folder / GENESIS_FILE))
        if old.genesis.name != NAME:
            raise Stop(f"{folder}: holds a chain that is no demo; name another folder with --dir")
        check_ports(old)
        shutil.rmtree(folder)
    plan = Plan(
        members=MEMBERS,
        clock_rate=round(MONTH_SECONDS / month),
        start_ms=opening_ms(month),
        base_port=base_port,
        name=NAME,
        log_level="warning",
    )
    made, _ = ensure(folder, plan, composition)
    return made


def _perform(
    made: Devnet,
    processes: Processes,
    client: HansaClient,
    chosen: tuple[Record, ...],
    *,
    tell: bool,
) -> Outcome:
    keys: dict[str, Signer] = {}

    def signer(party: str) -> Signer:
        if party not in keys:
            # Borrowers keep their keys to themselves: nothing of them is left after the demo.
            is_known = made.key_file(party).exists()
            keys[party] = made.signer(party) if is_known else Signer.generate()
        return keys[party]

    actors = Actors(
        [plan_life(record) for record in chosen],
        [str(member.id) for member in made.members],
        lambda party: signer(party).public_key,
        day_ms(LAST_DRAWDOWN),
    )
    processes.wait_ready(client)
    course = asyncio.run(_serve(made, actors, signer, Watch(actors, processes, shown=tell)))
    if tell:
        say("The book is served. Asking the nodes for the figures.\n")
    figures = collect(client, actors, course)
    found = [*checks(figures, course, len(chosen)), _audited(made, client)]
    if tell:
        report.show(figures, course)
        report.show_checks(found)
    document = {
        "genesis_hash": made.hash,
        "loans": len(chosen),
        **report.document(figures, course, found),
    }
    return Outcome(document, all(check.is_ok for check in found))


async def _serve(
    made: Devnet, actors: Actors, signer: Callable[[str], Signer], watch: Watch
) -> Course:
    async with AsyncHansaClient(made.urls) as client:
        with watch:
            return await Pilot(client, actors, signer, watch.tell).run()


def _audited(made: Devnet, client: HansaClient) -> Check:
    """Export the chain, and let a process of its own audit it from another folder."""
    file = (made.folder / EXPORT_FILE).resolve()
    write_export(client.export(), file)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hansa-auditor-") as elsewhere:
        # Its progress and its failures go straight to the error stream.
        done = subprocess.run(  # noqa: S603 (this same installation)
            [sys.executable, str(ENTRY_POINT), "audit", str(file), "--genesis-hash", made.hash, "--json"],
            cwd=elsewhere, stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    seconds = time.monotonic() - started
    shown = done.stdout.strip()[-400:]
    if done.returncode == 0:
        count = json.loads(done.stdout)["transactions"]
        shown = f"{count:,} transactions in {seconds:.0f} s, {file.stat().st_size:,} bytes"
    return Check(
        name="an auditor replays the export with the genesis hash alone",
        is_ok=done.returncode == 0,
        shown=shown,
    )


def _say_where(made: Devnet) -> None:
    file = made.folder / EXPORT_FILE
    say(f"\nAudit it yourself:  hansa audit {file} --genesis-hash {made.hash}")
    say(
        f"All of it is in {made.folder}: chain, keys, logs, {REPORT_FILE}. Delete it when you like."
    )


def _stay(made: Devnet, processes: Processes) -> None:
    say("\nThe nodes stay up until Ctrl-C. Look around:")
    for url in made.urls:
        say(f"  {url}/")
    say(
        f"  {made.urls[0]}/v1/loans   {made.urls[0]}/v1/trial-balance   hansa status {' '.join(made.urls)}"
    )
    try:
        while True:
            processes.watch()
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        say("\nStopping the nodes.")
