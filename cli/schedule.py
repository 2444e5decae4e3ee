"""`hansa schedule`: what a loan pays and when, from ACTUS terms; no chain is needed."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.exits import Stop
from cli.output import say, table
from lending.arithmetic import InvalidTerms
from lending.arithmetic.schedule import is_case, run_case, run_cases

Events = list[dict[str, str]]

NUMBERS: Final = (
    "payoff", "notionalPrincipal", "nominalInterestRate", "accruedInterest", "exerciseAmount",
)  # fmt: skip
"""The columns that are numbers; the names are those of the ACTUS results."""
COLUMNS: Final = ("eventDate", "eventType", "payoff", "currency", *NUMBERS[1:], "exerciseDate")
"""The columns of the table, in order; a contract without a field has no column for it."""


def schedule(
    file: Annotated[
        Path,
        typer.Argument(help="One ACTUS case, or an object caseId -> case; - reads standard input."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON with the field names of the ACTUS results.")
    ] = False,
) -> None:
    """Print the events of ACTUS contracts: PAM LAM NAM ANN LAX CLM UMP CEG CEC.

    A case is {terms, to, dataObserved, eventsObserved}, as in the published ACTUS tests.
    """
    source = read_object(file)
    try:
        if is_case(source):
            results = {"": run_case(source)}
        else:
            results = run_cases(source)
    except InvalidTerms as error:
        raise Stop(f"{file}: {error}") from None
    if not as_json:
        for name, events in results.items():
            _show(name, events)
    elif is_case(source):
        say(events_json(results[""]))
    else:
        body = ",\n".join(f"{json.dumps(name)}: {events_json(e)}" for name, e in results.items())
        say(f"{{\n{body}\n}}")


def read_object(file: Path) -> dict[str, object]:
    """Read a JSON object whose numbers stay as they are written. Raises Stop."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        source = json.loads(text, parse_float=str, parse_int=str)
    except (OSError, ValueError, RecursionError) as error:
        raise Stop(f"{file}: {error}") from None
    if not isinstance(source, dict):
        raise Stop(f"{file}: a JSON object was expected")
    return source


def events_json(events: Events) -> str:
    """The events as JSON, with every digit of their numbers: no float comes in between."""
    return "[\n" + ",\n".join(f"  {_event_json(event)}" for event in events) + "\n]"


def _event_json(event: Mapping[str, str]) -> str:
    fields = (
        f"{json.dumps(name)}: {value if name in NUMBERS else json.dumps(value)}"
        for name, value in event.items()
    )
    return "{" + ", ".join(fields) + "}"


def _show(name: str, events: Events) -> None:
    columns = [column for column in COLUMNS if any(column in event for event in events)]
    headings = [f"{column}>" if column in NUMBERS else column for column in columns]
    table(headings, ([event.get(column, "") for column in columns] for event in events), name)
