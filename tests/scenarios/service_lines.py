"""Services in scenarios: how they and their orders stand, in words.

beta: deliver_service order=o1 report_digest=sha:NAME       the digest of a name
show service valuation | show service valuation 100.00 | show order o1 | show report beta sha:NAME
"""

from __future__ import annotations

import hashlib

from ledger.overlay import StateReader
from lending.queries import services as queries


def digest(text: str) -> bytes:
    """The digest that `sha:NAME` stands for."""
    return hashlib.sha256(text.removeprefix("sha:").encode()).digest()


def lines(state: StateReader, now_ms: int, what: str, names: list[str]) -> list[str]:
    """How a service or an order stands."""
    assert now_ms
    match what:
        case "service" if len(names) > 1:
            facts = queries.quote_service(state, names[0], int(names[1].translate(_CENTS)))
            assert facts is not None
            parts = ";".join(f"{name}:{_money(part)}" for name, part in facts["parts"])  # type: ignore[attr-defined]
            return [f"price {_money(facts['fee'])} {parts}"]
        case "service":
            facts = queries.service(state, names[0])
        case "report":
            facts = queries.order_of_report(state, names[0], digest(names[1]))
        case _:
            facts = queries.order(state, names[0])
    if facts is None:
        return [f"{what} unknown"]
    shown = ("service", "provider", "customer", "kind", "status", "is_open", "subject")
    return [" ".join([what, *(f"{name}={facts[name]}" for name in shown if name in facts)])]


def _money(value: object) -> str:
    assert type(value) is int
    return f"{value // 100:,}.{value % 100:02}"


_CENTS = str.maketrans("", "", "_.")
SHOWN = dict.fromkeys(("service", "order", "report"), lines)
"""What can be shown of services."""
