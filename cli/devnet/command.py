"""`hansa devnet`: N members as N processes on this machine, until Ctrl-C."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from cli.devnet.layout import Devnet, Plan, ensure, key_files
from cli.devnet.processes import WATCH_SECONDS, Processes
from cli.genesis import moment
from cli.output import print_json, say, table, warn
from client import HansaClient


def devnet(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("--dir", help="Where it lives; used again as it is if it is there.")
    ] = Path("devnet"),
    members: Annotated[int, typer.Option(help="How many members.")] = 4,
    clock_rate: Annotated[
        int, typer.Option(min=1, help="Business seconds per second of the wall.")
    ] = 1,
    start: Annotated[
        str, typer.Option(help="Business time at the start (ISO 8601); else now.")
    ] = "",
    base_port: Annotated[int, typer.Option(help="The first port; 0 looks for free ones.")] = 0,
    backend: Annotated[str, typer.Option(help="leveldb, sqlite or auto.")] = "auto",
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
    restart: Annotated[bool, typer.Option(help="Start a node again when it dies.")] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what there is as JSON, once it is ready.")
    ] = False,
) -> None:
    """Start a devnet, print its URLs and key files, and run it until Ctrl-C.

    Each node is a process of its own with its own folder below DIR: stop one with kill, read
    DIR/MEMBER/node.log. On a clock rate above 1 business time stands still while the devnet does.
    """
    plan = Plan(
        members,
        clock_rate,
        moment(start) if start else 0,
        base_port,
        backend=backend,
        log_level=log_level,
    )
    made, is_new = ensure(folder, plan, context.obj)
    stop_on_terminate()
    with Processes(made, restart, warn) as processes, HansaClient(made.urls) as client:
        processes.wait_ready(client)
        if as_json:
            print_json(description(made, processes))
        else:
            _show(made, is_new=is_new)
        while True:
            processes.watch()
            time.sleep(WATCH_SECONDS)


def stop_on_terminate() -> None:
    """Let SIGTERM end this process as Ctrl-C does, so that the nodes are stopped as well."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def description(made: Devnet, processes: Processes) -> dict[str, object]:
    """A running devnet in plain values."""
    return {
        "folder": str(made.folder),
        "genesis": str(made.folder / "genesis.json"),
        "genesis_hash": made.hash,
        "clock_rate": made.genesis.parameters.clock_rate,
        "members": [
            {
                "member": member.id,
                "url": member.api_address,
                "peers_at": member.peer_address,
                "pid": processes.running[member.id].pid,
                "folder": str(made.home(member.id)),
            }
            for member in made.members
        ],
        "keys": {party: str(file) for party, file in key_files(made).items()},
    }


def _show(made: Devnet, *, is_new: bool) -> None:
    say(f"{'A new devnet' if is_new else 'The devnet'} runs in {made.folder}. Ctrl-C stops it.")
    say(f"genesis hash  {made.hash}\n")
    rows = ([m.id, m.api_address, m.peer_address, str(made.home(m.id))] for m in made.members)
    table(("member", "HTTP API", "peers at", "folder"), rows)
    table(("party", "key file"), ([party, str(file)] for party, file in key_files(made).items()))
    say(f"\nhansa status {' '.join(made.urls)}")
