"""How scenarios write models, policies and limits, and show scores, conduct and reports."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from ledger import codec
from ledger.overlay import StateReader
from lending.queries import Facts
from lending.queries import credit as queries

SHOWN: Final = ("score", "conduct", "attestations")
NAMES: Final = {"kinds"}
TABLES: Final = {"weights", "grades"}


def value(field: str, text: str) -> codec.Value:
    """What a word stands for in a field of credit or compliance; None for other fields."""
    if field in NAMES:
        return tuple(part for part in text.split(",") if part)
    if field == "commitment":
        return hashlib.sha256(text.encode()).digest()
    if field in TABLES:
        return tuple(tuple(_cell(cell) for cell in row.split(":")) for row in text.split(","))
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
