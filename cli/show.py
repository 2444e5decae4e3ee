"""`hansa show`: anything that a node tells by name, or all of a kind; a door to the HTTP API."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, cast

import typer

from cli.connection import connect
from cli.exits import Stop
from cli.output import print_json, say
from cli.status import DEFAULT_URL
from client.resources import RESOURCES


def show(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(RESOURCES)}.")],
    names: Annotated[
        list[str] | None, typer.Argument(help="Which one: as many names as the kind has.")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many rows of a list at most.")] = 100,
    urls: Annotated[
        list[str] | None,
        typer.Option("--url", help=f"A node; may be repeated. Else {DEFAULT_URL}."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show one of a kind (`hansa show pool main`), or all of it (`hansa show pools`)."""
    try:
        with connect(urls or DEFAULT_URL, patience=5.0) as client:
            is_list = kind in RESOURCES and RESOURCES[kind].is_list
            found: object
            if is_list:
                found = list(islice(client.every(kind, *(names or ())), limit))
            else:
                found = client.show(kind, *(names or ()))
    except ValueError as error:
        raise Stop(str(error)) from None
    if as_json:
        print_json(found)
        return
    rows = cast("list[Mapping[str, object]]", found if is_list else [found])
    for number, row in enumerate(rows):
        if number:
            say()
        _tell(row, "")


def _tell(row: Mapping[str, object], indent: str) -> None:
    for name, value in row.items():
        if isinstance(value, dict) and value.keys() == {"minor", "amount", "asset"}:
            say(f"{indent}{name:20} {value['amount']} {value['asset']}")
        elif isinstance(value, dict):
            say(f"{indent}{name}")
            _tell(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                say(f"{indent}{name}")
                _tell(each, indent + "  ")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            say(f"{indent}{name:20} {'-' if text in ('', None) else text}")
