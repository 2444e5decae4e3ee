"""How scenarios show figures of risk and alerts."""

from __future__ import annotations

from typing import cast

from ledger.overlay import StateReader
from lending.queries import impairment, monitoring
from tests.scenarios.collateral_lines import money

Facts = dict[str, object]
AMOUNTS = {"allowance", "cash", "exposure", "more_fees", "more_interest", "more_principal", "moved"}
RATES = {"default_rate"}
UNSHOWN = {"digest_before", "digest_after"}


def risk_lines(state: StateReader, _: int, what: str, names: list[str]) -> list[str]:
    """`show risk USD`, `show figures USD lender`, `show largest USD borrower`, `show alerts`."""
    match what:
        case "risk":
            return _summary(monitoring.summary(state, names[0]))
        case "figures":
            return [_figure(row) for row in monitoring.figures(state, names[0], names[1]).items]
        case "largest":
            return _concentration(monitoring.concentration(state, names[0], names[1]))
        case "provision":
            return [_provision(impairment.provision(state, names[0]) or {})]
        case _:
            return [_alert(row) for row in monitoring.alerts(state).items] or ["no rules"]


def _summary(facts: Facts) -> list[str]:
    head = f"risk {facts['asset']} count={facts['count']} exposure={money(facts['exposure'])}"
    overdue = cast("list[Facts]", facts["past_due"])
    spreads = cast("list[Facts]", facts["concentration"])
    return [
        f"{head} expected loss={money(facts['loss'])}",
        *(f"    past due {row['days']}: {_part(row)}" for row in overdue if row["exposure"]),
        *(f"    {row['dimension']}: {row['points']} points over {row['members']}" for row in spreads),
    ]  # fmt: skip


def _figure(row: Facts) -> str:
    limit = f" of {money(row['limit'])}" if row["limit"] else ""
    loss = f" expected loss={money(row['loss'])}" if row["loss"] else ""
    return f"{row['member']:12} count={row['count']} exposure={_part(row)}{limit}{loss}"


def _concentration(facts: Facts) -> list[str]:
    head = f"{facts['dimension']} {facts['points']} points over {facts['members']}"
    rows = cast("list[Facts]", facts["largest"])
    return [head, *(f"    {row['member']:12} {_part(row)}" for row in rows)]


def _alert(row: Facts) -> str:
    state = f"raised at {row['value']}" if row["is_raised"] else f"quiet at {row['value']}"
    return f"{row['asset']} {row['name']} {row['severity']} {state}"


def _part(row: Facts) -> str:
    return f"{money(row['exposure'])} ({cast('int', row['share']) / 10**7:.2f}%)"


def _provision(facts: Facts) -> str:
    if not facts:
        return "never assessed"
    amounts = " ".join(f"{name}={money(facts[name])}" for name in ("amount", "exposure", "covered"))
    marked = f" marked {facts['reason']}" if facts["is_marked"] else ""
    flagged = f" forborne {facts['reason']}" if facts["is_forborne"] else ""
    rate = f"{cast('int', facts['default_rate']) / 10**7:g}%"
    return f"provision stage={facts['stage']} {amounts} default={rate}{marked}{flagged}"


def value(name: str, text: str) -> tuple[dict[str, int | str], ...] | None:
    """What a word stands for that only these scenarios have."""
    return rates(text) if name == "rates" and ":" in text else None


def rates(text: str) -> tuple[dict[str, int | str], ...]:
    """A table of default: `stage:days:grade:rate;...`."""
    rows = (row.split(":") for row in text.split(";"))
    return tuple(
        {"stage": int(stage), "days": int(days), "grade": grade, "rate": int(rate[:-1]) * 10**7}
        for stage, days, grade, rate in rows
    )
