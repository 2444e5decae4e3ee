"""How scenarios show changes of running loans, and name the digest of one: `loan/change`."""

from __future__ import annotations

from datetime import UTC, datetime

from ledger.overlay import Overlay
from lending.changes.offers import change_of
from lending.queries import changes as queries
from lending.scope import Scope
from tests.scenarios.collateral_lines import money


def shown(state: Overlay, what: str, name: str) -> list[str]:
    """What `show changes` and `show floating` print."""
    return change_lines(state, name) if what == "changes" else [floating_line(state, name)]


def change_lines(state: Overlay, loan: str) -> list[str]:
    """All changes of a loan, one on a line."""
    return [
        f"{each['change']} {each['kind']} {each['status']} from {_day(each['effective_ms'])} "
        f"by {each['proposer']}"
        for each in queries.changes(state, loan)
    ]


def floating_line(state: Overlay, agreement: str) -> str:
    """What a rate follows."""
    found = queries.floating(state, agreement) or {}
    return " ".join(f"{name}={value}" for name, value in found.items()) or "fixed"


def digest(state: Overlay, text: str) -> bytes:
    """What must be signed for `loan/change`; nothing if there is no such change."""
    loan, _, name = text.partition("/")
    change = change_of(Scope(state, 0, 0), loan, name)
    return b"" if change is None else change.terms_digest


def _day(value: object) -> str:
    assert type(value) is int
    return datetime.fromtimestamp(value // 1000, UTC).strftime("%Y-%m-%d")


def installment_line(facts: dict[str, object]) -> str:
    """An installment of a schedule."""
    parts = [money(facts[name]) for name in ("payment", "interest", "principal", "balance_after")]
    return f"{facts['number']:>3} {_day(facts['due_ms'])}" + "".join(
        f"{part:>13}" for part in parts
    )


def tiers(text: str) -> tuple[tuple[int, int], ...]:
    """`0:2%,12:1%`: from which month, which part."""
    rows = (row.split(":") for row in text.split(","))
    return tuple((int(month), int(part.removesuffix("%")) * 10_000_000) for month, part in rows)
