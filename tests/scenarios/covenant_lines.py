"""Covenants in scenarios: by name, and how they stand in words.

covenant NAME like leverage subject=l1 consequence=DRAWSTOP
acme+alpha: agree_covenant covenant=c1 agreed=NAME
show covenant c1
"""

from __future__ import annotations

from datetime import UTC, datetime

from ledger import codec
from ledger.overlay import StateReader
from lending.queries import covenants as queries


def _day_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


LEVERAGE: dict[str, codec.Value] = {
    "subject_kind": "LOAN", "subject": "l1", "kind": "FIGURE", "figure": "debt-to-ebitda",
    "operator": "AT_MOST", "limit_numerator": 7, "limit_denominator": 2,
    "first_test_ms": _day_ms("2015-09-30"), "cycle": "P3ML1", "last_test_ms": _day_ms("2016-09-30"),
    "reporting_days": 20, "cure_days": 10, "equity_cure": 0, "auditor": "", "threshold": 0,
    "consequence": "DRAWSTOP", "step_up": 0,
}  # fmt: skip
"""Debt at most 3.5 times the earnings, each quarter, reported within twenty days, cured within ten."""


def covenant_lines(state: StateReader, now_ms: int, what: str, names: list[str]) -> list[str]:
    """How a covenant stands."""
    assert what == "covenant"
    assert now_ms
    facts = queries.covenant(state, names[0])
    if facts is None:
        return [f"covenant {names[0]} is unknown"]
    words = [f"covenant {names[0]} {facts['status']} test={_day(facts['test_ms'])}"]
    if facts["decided_ms"]:
        words.append(f"decided={_day(facts['decided_ms'])}")
    shown = ("cause", "report", "waivers", "held")
    words += [f"{field}={facts[field]}" for field in shown if facts[field]]
    return [" ".join([*words, "IN FORCE" if facts["is_in_force"] else ""]).rstrip()]


def _day(value: object) -> str:
    assert type(value) is int
    return datetime.fromtimestamp(value // 1000, UTC).strftime("%Y-%m-%d")
