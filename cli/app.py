"""The `hansa` command: its families, and how every failure becomes words and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from cli.audit import audit
from cli.composition import Composition
from cli.demo.command import demo
from cli.devnet.command import devnet
from cli.exits import Exit, Stop
from cli.export import export
from cli.genesis import genesis
from cli.init import init
from cli.keys import keys
from cli.output import error_console
from cli.risk import risk
from cli.run import run as run_node
from cli.schedule import schedule
from cli.score import score
from cli.show import show
from cli.simulate import simulate
from cli.status import status
from cli.submit import submit
from cli.term_sheet import term_sheet
from cli.tools import PASSED_ON, bench, sim
from client.errors import ClientError
from ledger.errors import Invalid, StoreDamaged

HELP = "A lending ledger run by its members: one chain, one set of books, nobody to trust."

COMMANDS = (
    ("demo", demo),
    ("init", init),
    ("run", run_node),
    ("devnet", devnet),
    ("status", status),
    ("risk", risk),
    ("submit", submit),
    ("audit", audit),
    ("export", export),
    ("schedule", schedule),
    ("term-sheet", term_sheet),
    ("show", show),
    ("simulate", simulate),
    ("score", score),
)
"""The commands that stand alone."""

TOOLS = (("bench", bench), ("sim", sim))
"""The commands whose options are their own."""

FAMILIES = (("genesis", genesis), ("keys", keys))
"""The commands that have commands."""


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    for name, command in COMMANDS:
        app.command(name)(command)
    for name, tool in TOOLS:
        app.command(name, context_settings=PASSED_ON)(tool)
    for name, family in FAMILIES:
        app.add_typer(family, name=name)
    return app


def run(arguments: Sequence[str], composition: Composition) -> int:
    """Run one command; returns its exit code and never raises for what the user can mend."""
    try:
        build()(args=list(arguments), prog_name="hansa", obj=composition)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Stop as stop:
        return _fail(str(stop), stop.code, stop.hint)
    except ClientError as error:
        return _fail(str(error), Exit.FAILED if error.is_definite else Exit.UNKNOWN)
    except Invalid as error:
        return _fail(error.detail or error.code, Exit.USAGE)
    except StoreDamaged as error:
        return _fail(str(error), Exit.FAILED)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    return Exit.OK


def _fail(message: str, code: Exit, hint: str = "") -> int:
    out = error_console()
    out.print(f"hansa: {message}", markup=False, style="red")
    if hint:
        out.print(hint, markup=False)
    return code
