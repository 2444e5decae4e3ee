"""How commands print: tables and colours for people, one JSON document for programs; no wording."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table


def console() -> Console:
    """Standard output, plain where it is no terminal."""
    return Console(soft_wrap=True, highlight=False)


def error_console() -> Console:
    """The error stream, for progress and failures."""
    return Console(stderr=True, soft_wrap=True, highlight=False)


def is_terminal() -> bool:
    """Whether somebody reads along."""
    return sys.stdout.isatty() and sys.stdin.isatty()


def say(text: str = "") -> None:
    """Print a line; square brackets in it are text, not markup."""
    console().print(text, markup=False)


def warn(text: str) -> None:
    """Print a line on the error stream, where it disturbs no program that reads the output."""
    error_console().print(text, markup=False)


def print_json(document: object) -> None:
    """Print one JSON document: byte strings as hexadecimal, tuples as lists."""
    sys.stdout.write(json.dumps(plain(document), indent=2, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def plain(value: object) -> object:
    """The same value in words that JSON has."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table; a heading that ends in `>` is of numbers, set to the right."""
    made = Table(title=title or None, title_justify="left", title_style="bold")
    for heading in headings:
        is_number = heading.endswith(">")
        made.add_column(heading.removesuffix(">"), justify="right" if is_number else "left")
    for row in rows:
        made.add_row(*row)
    out = console()
    if not out.is_terminal:
        out.width = 160
    out.print(made)


def money(cents: int, decimals: int = 2) -> str:
    """An amount in minor units for people: 1,234.50."""
    sign = "-" if cents < 0 else ""
    whole, part = divmod(abs(cents), 10**decimals)
    return f"{sign}{whole:,}.{part:0{decimals}}" if decimals else f"{sign}{whole:,}"


def progress(*, counts: bool = False) -> Progress:
    """A progress bar on the error stream; where that is no terminal it stays silent."""
    amount = MofNCompleteColumn() if counts else TaskProgressColumn()
    out = error_console()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        amount,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=out,
        disable=not out.is_terminal,
    )
