"""`hansa term-sheet`: an agreement in plain words, and whether the digest is that of its terms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, cast

import typer

from cli.connection import connect
from cli.exits import Exit, Stop
from cli.output import print_json, say, table
from cli.status import DEFAULT_URL
from lending.fields import Malformed
from lending.terms import TEMPLATE_SHAPE, TERM_SHEET_SHAPE, terms_digest

Row = Mapping[str, object]


def term_sheet(
    agreement: Annotated[str, typer.Argument(help="The name of the agreement.")],
    url: Annotated[str, typer.Option("--url", help="The base URL of a node.")] = DEFAULT_URL,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print a term sheet in plain words, with its schedule and the digest that is signed.

    The digest is computed here from the terms and the template: exit code 1 when the node's differs.
    """
    with connect(url) as client:
        sheet = client.term_sheet(agreement)
        detail = client.get(f"/v1/agreements/{agreement}")
    if digest_of(detail) != sheet["terms_digest"]:
        raise Stop(f"{agreement}: the digest is not that of the terms; sign nothing", Exit.FAILED)
    if as_json:
        print_json(dict(sheet))
    else:
        _show(sheet)


def digest_of(detail: Row) -> str:
    """The digest of the terms and the template of an agreement. Raises Stop."""
    try:
        terms = TERM_SHEET_SHAPE.read(_tuples(detail["terms"]))
        template = TEMPLATE_SHAPE.read(_tuples(detail["template"]))
    except Malformed as problem:
        raise Stop(f"the node speaks of terms that this program does not know: {problem}") from None
    return terms_digest(terms, template).hex()


def _tuples(value: object) -> object:
    """JSON has lists where signed values have tuples."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {name: _tuples(item) for name, item in value.items()}
    return value


def _show(sheet: Row) -> None:
    say(f"Agreement {sheet['agreement']} ({sheet['status']})")
    for section in cast("list[Row]", sheet["sections"]):
        say()
        say(str(section["title"]))
        for sentence in cast("list[str]", section["sentences"]):
            say(f"  {sentence}")
    say()
    rows = cast("list[Row]", sheet["schedule"])
    table(("", "due", "payment>", "interest>", "principal>", "balance after>"), map(_row, rows))


def _row(row: Row) -> list[str]:
    due = datetime.fromtimestamp(cast("int", row["due_ms"]) // 1_000, UTC)
    money = (row[name] for name in ("payment", "interest", "principal", "balance_after"))
    amounts = (str(cast("Row", each)["amount"]) for each in money)
    return [str(row["number"]), f"{due:%Y-%m-%d}", *amounts]
