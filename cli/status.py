"""`hansa status`: how nodes stand, side by side, and whether they agree."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from cli.connection import connect
from cli.exits import Exit
from cli.output import print_json, say, table
from client import ClientError

DEFAULT_URL: Final = "http://127.0.0.1:8080"
HEADINGS: Final = (
    "node",
    "member",
    "height>",
    "view>",
    "state root",
    "business time",
    "peers>",
    "waiting>",
    "votes",
)

Node = Mapping[str, object]


def status(
    urls: Annotated[
        list[str] | None, typer.Argument(help=f"Base URLs of nodes; else {DEFAULT_URL}.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show nodes in a table. Exit code 3 when one of them cannot be reached, 1 when one does not vote."""
    asked = urls or [DEFAULT_URL]
    found = {url: ask(url) for url in asked}
    if as_json:
        print_json([{"url": url, **answer} for url, answer in found.items()])
    else:
        table(HEADINGS, (_row(url, answer) for url, answer in found.items()))
        for url, answer in found.items():
            if answer.get("error") or answer.get("voting_obstacle"):
                say(f"{url}: {answer.get('error') or answer.get('voting_obstacle')}")
    if any("error" in answer for answer in found.values()):
        raise typer.Exit(Exit.UNKNOWN)
    if not all(answer["is_voting"] for answer in found.values()):
        raise typer.Exit(Exit.FAILED)


def ask(url: str) -> Node:
    """What one node says of itself; `error` alone when it says nothing."""
    try:
        with connect(url, patience=0.0) as client:
            return client.describe()
    except ClientError as error:
        return {"error": str(error)}


def _row(url: str, node: Node) -> list[str]:
    if "error" in node:
        return [url, *["-"] * (len(HEADINGS) - 2), "unreachable"]
    connected, members = node["connected"], node["members"]
    assert isinstance(connected, list), "the API says who is connected"
    assert isinstance(members, list), "the API lists the members"
    business_ms = node["business_time_ms"]
    assert isinstance(business_ms, int), "the API gives times in milliseconds"
    time = datetime.fromtimestamp(business_ms // 1_000, UTC)
    return [
        url, str(node["member"]), str(node["height"]), str(node["view"]), str(node["state_root"])[:12],
        f"{time:%Y-%m-%d %H:%M:%S}", f"{len(connected)}/{len(members) - 1}",
        str(node["mempool_transactions"]), "yes" if node["is_voting"] else "NO",
    ]  # fmt: skip
