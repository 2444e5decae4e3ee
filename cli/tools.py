"""`hansa bench` and `hansa sim`: doors to what lies beside the product in a clone."""

from __future__ import annotations

import os
import subprocess
import sys

import typer

from cli.composition import ENTRY_POINT
from cli.exits import Stop

PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Options are those of the tool; so is --help."""


def bench(context: typer.Context) -> None:
    """Measure four real nodes, an audit and the state machine on this machine."""
    _hand_over("bench", "bench/__main__.py", context.args)


def sim(context: typer.Context) -> None:
    """Run the deterministic simulator of the consensus: seeds, faults, checks."""
    _hand_over("tests.sim", "tests/sim/__main__.py", context.args)


def _hand_over(module: str, file: str, arguments: list[str]) -> None:
    root = ENTRY_POINT.parent
    is_asked_for_help = bool({"-h", "--help"} & set(arguments))
    if is_asked_for_help:
        print(f"Usage: hansa {module.rpartition('.')[2]} [OPTIONS]\n", flush=True)  # noqa: T201 (before the tool's own words)
    if not (root / file).exists():
        raise Stop(f"{file} is not here: this command works in a clone of the repository")
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(  # noqa: S603 (our own tools)
        [sys.executable, "-m", module, *arguments], env=environment, check=False
    )
    raise typer.Exit(0 if is_asked_for_help else done.returncode)
