"""How scenarios write models, policies and limits, and show scores, conduct and reports."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from ledger import codec
from ledger.overlay import StateReader
from lending.queries import Facts
from lending.queries import compliance as compliance_queries
from lending.queries import credit as queries
from tests.scenarios.collateral_lines import money

SHOWN: Final = ("score", "conduct", "attestations", "reports", "compliance", "advice")
NAMES: Final = {"kinds", "jurisdictions", "parties"}
TABLES: Final = {"weights", "grades", "limits", "bands"}


def value(field: str, text: str) -> codec.Value:
    """What a word stands for in a field of credit or compliance; None for other fields."""
    if field in NAMES:
        return tuple(part for part in text.split(",") if part)
    if field == "commitment" or (field == "reference" and text.startswith("order")):
        return hashlib.sha256(text.encode()).digest()
    if field in TABLES:
        rows = (row for row in text.split(",") if row)
        return tuple(tuple(_cell(cell) for cell in row.split(":")) for row in rows)
    return None


def lines(state: StateReader, now_ms: int, what: str, names: list[str]) -> list[str]:
    """What is shown of a score, a conduct, attestations."""
    if what == "score":
        return _score(queries.score(state, names[0], names[-1], now_ms))
    if what == "conduct":
        facts = queries.conduct(state, names[0], names[-1], now_ms)
        if facts is None:
            return ["not to be seen"]
        shown = [
            f"{name}={_short(each)}" for name, each in facts.items() if each and "_ms" not in name
        ]
        return [" ".join(["conduct", *shown])]
    if what == "advice":
        return _advice(queries.recommendations(state, *_three(names), now_ms))
    if what == "reports":
        page = compliance_queries.movement_reports(state, limit=100)
        return [
            f"report {each['report']} {each['kind']} {each['party']} "
            f"{money(each['amount'])} {each['asset']} {each['reason']} {each['reference']}"
            for each in page.items
        ]
    if what == "compliance":
        return _compliance(compliance_queries.compliance_status(state, names[0], names[1], now_ms))
    return [
        f"{each['kind']} {each['found']} {each['jurisdiction'] or '-'} by {each['agency']}"
        for each in queries.attestations(state, names[0], now_ms)
    ]


def _score(facts: Facts | None) -> list[str]:
    if facts is None:
        return ["not to be seen"]
    factors = facts["factors"]
    assert isinstance(factors, list)
    assert sum(each["points"] for each in factors) == facts["score"], "the points sum to the score"
    rows = [
        f"    {each['points']:>5} {each['factor']}: {each['reason']}"
        for each in factors
        if each["points"]
    ]
    return [f"score {facts['score']} grade {facts['grade']} model {facts['model_version']}", *rows]


def _three(names: list[str]) -> tuple[str, str, str]:
    return names[0], names[1], names[2]


def _advice(found: list[Facts] | None) -> list[str]:
    rows: list[str] = [] if found is not None else ["not to be seen"]
    for each in found or []:
        head = f"{each['product']} {each['version']} {'yes' if each['is_eligible'] else 'no'}"
        figures = f"{money(each['principal'])} at {each['rate']} pays {money(each['payment'])}"
        reasons = each["reasons"]
        assert isinstance(reasons, tuple)
        rows += [f"{head}: {figures} x {each['installments']}", *(f"    {one}" for one in reasons)]
    return rows


def _compliance(facts: Facts) -> list[str]:
    frozen, limits = facts["frozen"], facts["limits"]
    assert isinstance(frozen, list)
    assert isinstance(limits, list)
    rows = [
        f"    frozen {each['asset'] or 'all'} {money(each['amount'])} {'by vote' if each['is_by_vote'] else 'by an officer'}"
        for each in frozen
    ]
    rows += [f"    {asset} payment {money(one)} day {money(day)}" for asset, one, day in limits]
    may = [word for word in ("lend", "borrow") if facts[f"may_{word}"]]
    owes = f"owes {money(facts['exposure'])} (group {money(facts['group_exposure'])})"
    words = f"may {' and '.join(may) or 'nothing'}; group {facts['group'] or '-'}"
    return [f"{facts['party']} {words} {owes}", *rows]


def _short(value: object) -> str:
    if isinstance(value, tuple | list):
        return ";".join(":".join(map(str, row)) for row in value)
    return str(value)


def _cell(text: str) -> codec.Value:
    if text.endswith("%"):
        return int(text[:-1]) * 10_000_000
    if re.fullmatch(r"-?[0-9_]+\.[0-9]{2}", text):
        return int(text.replace("_", "").replace(".", ""))
    return int(text) if re.fullmatch(r"-?[0-9_]+", text) else text
