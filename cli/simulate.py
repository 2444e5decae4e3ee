"""`hansa simulate`: what would happen if commands, shocks or time came to pass; nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, cast

import typer

from cli.connection import connect
from cli.exits import Exit, Stop
from cli.output import print_json, say, table
from cli.status import DEFAULT_URL
from client.simulation import question

Row = Mapping[str, object]


def simulate(
    file: Annotated[
        Path,
        typer.Argument(
            help='JSON {"commands": [...], "shocks": [...]}, or one {"name", "fields"}; - is stdin.'
        ),
    ],
    sender: Annotated[str, typer.Option(help="Who asks, where the file is one command.")] = "",
    at_height: Annotated[
        int | None, typer.Option(help="After which block; else after the newest.")
    ] = None,
    until: Annotated[str, typer.Option(help="Let time pass until this day (UTC).")] = "",
    urls: Annotated[
        list[str] | None,
        typer.Option("--url", help=f"A node; may be repeated. Else {DEFAULT_URL}."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Ask a node what would happen, and print it. Nothing is signed, handed in or changed.

    Exit code 0: everything would be applied. 1: something would be refused.
    """
    asked = _asked(file, sender)
    if at_height is not None:
        asked["at_height"] = at_height
    if until:
        asked["until_ms"] = _time_ms(until)
    with connect(urls or DEFAULT_URL, patience=5.0) as client:
        found = client.simulate(asked)
    if as_json:
        print_json(found)
    else:
        _tell(found)
    if any(outcome["status"] == "rejected" for outcome in _outcomes(found)):
        raise typer.Exit(Exit.FAILED)


def _asked(file: Path, sender: str) -> dict[str, object]:
    try:
        text = (
            typer.get_text_stream("stdin").read()
            if str(file) == "-"
            else file.read_text(encoding="utf-8")
        )
        document = json.loads(text)
    except (OSError, ValueError) as error:
        raise Stop(f"{file}: {error}") from None
    if not isinstance(document, dict):
        raise Stop(f"{file}: a JSON object was expected")
    if set(document) != {"name", "fields"}:
        return document
    if not sender:
        raise Stop("--sender says who would ask for the command in the file")
    return {**question(), "commands": [{"sender": sender, **document}]}


def _time_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Stop(f"--until: {error}") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * 1_000


def _outcomes(found: Mapping[str, object]) -> list[Row]:
    return [
        outcome
        for block in _rows(found, "blocks")
        for part in ("shocks", "outcomes")
        for outcome in _rows(block, part)
    ]


def _tell(found: Mapping[str, object]) -> None:
    say(
        f"after block {found['at_height']}, from {_time(found['from_ms'])} to {_time(found['to_ms'])}"
    )
    for block in _rows(found, "blocks"):
        say(f"{_time(block['timestamp_ms'])}")
        for event in _rows(block, "clock"):
            _tell_event(event)
        for part in ("shocks", "outcomes"):
            for outcome in _rows(block, part):
                _tell_outcome(part, outcome)
    rows = [
        [f"{row['owner']}/{row['kind']}", _money(row["before"]), _money(row["after"])]
        for row in _rows(found, "balances")
    ]
    table(("account", "before>", "after>"), rows)
    for section in ("health", "arrears"):
        for row in _rows(found, section):
            say(f"{row['kind']} {row['name']}")
            say(f"  before {json.dumps(row['before'])}")
            say(f"  after  {json.dumps(row['after'])}")
    for name, count in cast("dict[str, int]", found["left_out"]).items():
        say(f"and {count} more {name}")


def _tell_outcome(part: str, outcome: Row) -> None:
    say(f"  {part.removesuffix('s')} {outcome['status']} {outcome.get('code', '')}".rstrip())
    for event in _rows(outcome, "events") if "events" in outcome else ():
        _tell_event(event)
    if "facts" in outcome:
        say(f"    {json.dumps(outcome['facts'])}")


def _tell_event(event: Row) -> None:
    if event["name"] not in ("posting", "trial_balance"):
        say(f"    {event['name']:24} {json.dumps(event['fields'])}")


def _rows(value: Row, name: str) -> list[Row]:
    return cast("list[Row]", value[name])


def _time(value: object) -> str:
    assert isinstance(value, int), "the API gives times in milliseconds"
    return f"{datetime.fromtimestamp(value // 1_000, UTC):%Y-%m-%d %H:%M}"


def _money(value: object) -> str:
    money = cast("Mapping[str, object]", value)
    return f"{money['amount']} {money['asset']}"
