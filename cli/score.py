"""`hansa score`: a party's score factor by factor, and the products that would suit it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

import typer

from cli.output import print_json, say, table
from cli.status import DEFAULT_URL
from client import HansaClient

Facts = Mapping[str, object]

FACTORS = ("points>", "factor", "reason")
PRODUCTS = ("product", "can have", "up to>", "rate>", "payment>", "why")


def score(
    party: Annotated[str, typer.Argument(help="Whose score.")],
    reader: Annotated[
        str, typer.Option("--as", help="Who asks: the party itself, or one that may see it.")
    ] = "",
    asset: Annotated[
        str, typer.Option("--asset", help="Show products with indicative terms in this currency.")
    ] = "",
    url: Annotated[str, typer.Option("--url", help="The base URL of a node.")] = DEFAULT_URL,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show a score and how it comes about; with --asset the products that would suit the party."""
    with HansaClient(url) as client:
        found = client.score(party, reader or party)
        advice = client.recommendations(party, reader or party, asset) if asset else None
    if as_json:
        print_json({**found, **(advice or {})})
        return
    say(f"{party}: score {found['score']}, grade {found['grade']} (model {found['model_version']})")
    table(FACTORS, (_factor(each) for each in cast("list[Facts]", found["factors"])))
    if advice is not None:
        rows = cast("list[Facts]", advice["recommendations"])
        table(PRODUCTS, (_product(each) for each in rows))


def _factor(row: Facts) -> list[str]:
    return [str(row["points"]), str(row["factor"]), str(row["reason"])]


def _product(row: Facts) -> list[str]:
    principal, payment = (cast("Facts", row[name]) for name in ("principal", "payment"))
    hundredths = cast("int", row["rate"]) // 100_000
    return [
        f"{row['product']} {row['version']}", "yes" if row["is_eligible"] else "no",
        str(principal["amount"]), f"{hundredths // 100}.{hundredths % 100:02}%",
        str(payment["amount"]), "; ".join(cast("list[str]", row["reasons"])),
    ]  # fmt: skip
