"""`hansa risk`: the figures of risk that a node keeps, and the alerts that are raised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, cast

import typer

from cli.connection import connect
from cli.exits import Exit
from cli.output import print_json, say, table
from cli.status import DEFAULT_URL

Facts = Mapping[str, object]

ASSETS = ("asset", "loans>", "owed>", "expected loss>", "30 days past due>", "in default>")
SHARES = ("by", "who", "owed>", "share>")
FIGURES = ("who", "count>", "owed>", "limit>", "expected loss>", "share>")
ALERTS = ("asset", "rule", "severity", "figure", "limit>", "reads>", "alert")


def risk(
    url: Annotated[str, typer.Argument(help="Base URL of a node.")] = DEFAULT_URL,
    by: Annotated[
        str, typer.Option("--by", help="Show one dimension: lender, borrower, product, bucket ...")
    ] = "",
    asset: Annotated[str, typer.Option("--asset", help="The currency, with --by.")] = "USD",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show figures of risk and alerts. Exit code 1 when an alert is raised."""
    with connect(url) as client:
        if by:
            figures = list(client.figures(asset, by))
            print_json(figures) if as_json else table(FIGURES, map(_figure, figures))
            return
        found, alerts = client.risk(), list(client.alerts())
    if as_json:
        print_json({**found, "alerts": alerts})
    else:
        _show(found, alerts)
    if any(alert["is_raised"] for alert in alerts):
        raise typer.Exit(Exit.FAILED)


def _show(found: Facts, alerts: list[Mapping[str, object]]) -> None:
    if found["refresh_days"] is None:
        say("No figures are kept: a quorum of members asks for them with set_monitoring.")
        return
    if found["is_walking"]:
        say("The clock is still measuring the book; the figures are not complete.")
    assets = cast("list[Facts]", found["assets"])
    table(ASSETS, map(_asset, assets))
    table(SHARES, (row for each in assets for row in _largest(each)))
    if alerts:
        table(ALERTS, map(_alert, alerts))


def _asset(facts: Facts) -> list[str]:
    overdue = {str(row["member"]): row for row in _rows(facts, "past_due")}
    return [
        str(facts["asset"]), str(facts["count"]), _money(facts["exposure"]),
        _money(facts["expected_loss"]), _percent(overdue["30"]), _percent(overdue["default"]),
    ]  # fmt: skip


def _largest(facts: Facts) -> Iterator[list[str]]:
    for spread in _rows(facts, "concentration"):
        for row in _rows(spread, "largest")[:3]:
            yield [
                str(spread["dimension"]), str(row["member"]), _money(row["exposure"]), _percent(row)
            ]  # fmt: skip


def _figure(row: Facts) -> list[str]:
    money = [_money(row[name]) for name in ("exposure", "limit", "expected_loss")]
    return [str(row["member"]), str(row["count"]), *money, _percent(row)]


def _alert(row: Facts) -> list[str]:
    what = " ".join(str(row[name]) for name in ("figure", "dimension", "member") if row[name])
    state = "RAISED" if row["is_raised"] else "quiet"
    limit = f"{str(row['operator']).lower()} {row['limit']}"
    return [
        str(row["asset"]), str(row["name"]), str(row["severity"]), what, limit, str(row["value"]),
        state,
    ]  # fmt: skip


def _money(value: object) -> str:
    return str(cast("Facts", value)["amount"])


def _percent(row: Facts) -> str:
    hundredths = cast("int", row["share"]) // 10**5
    return f"{hundredths // 100}.{hundredths % 100:02}%"


def _rows(facts: Facts, name: str) -> list[Facts]:
    return cast("list[Facts]", list(cast("Iterable[Facts]", facts[name])))
