"""`hansa run`: one member's node, from its settings, until it is told to stop."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from cli.composition import Composition
from cli.exits import Exit, Stop
from runtime.settings import load_settings


def run(
    context: typer.Context,
    config: Annotated[Path, typer.Option("--config", "-c", help="The node's settings.")] = Path(
        "node.toml"
    ),
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Overrides a setting; may be repeated."),
    ] = None,
    stop_with_stdin: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Run a node until SIGTERM or Ctrl-C.

    Settings: flags, then environment (HANSA_NODE_NAME), then the file, then the defaults.
    """
    composition: Composition = context.obj
    settings = load_settings(config, dict(_split(item) for item in setting or []))
    if stop_with_stdin:
        threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    try:
        code = composition.serve(settings)
    except OSError as error:
        raise Stop(f"cannot start: {error}", Exit.FAILED, _advice(error)) from None
    if code:
        raise typer.Exit(code)


def _split(item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not equals:
        raise Stop(f"--set {item}: NAME=VALUE was expected")
    return name, value


def _stop_at_end_of_input() -> None:
    """A supervisor that dies closes this pipe: the node must not outlive it."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _advice(error: OSError) -> str:
    if error.errno != errno.EADDRINUSE:
        return ""
    setting = "peer_listen" if "peer_listen" in str(error) else "api_listen"
    return f"another process has the port: `hansa run --set {setting}=HOST:PORT` takes another"
