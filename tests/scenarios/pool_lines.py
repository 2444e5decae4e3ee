"""How scenarios show pools, and the pool that they begin from."""

from __future__ import annotations

from ledger import codec
from ledger.overlay import StateReader
from lending.queries import pools as pool_queries

POOL: dict[str, codec.Value] = {
    "asset": "USD",
    "rate_model": "KINKED",
    "base_rate": 10_000_000,
    "kink": 800_000_000,
    "rise_below": 40_000_000,
    "rise_above": 600_000_000,
    "spread": 0,
    "reserve_factor": 100_000_000,
    "senior_rate": 0,
    "senior_part_max": 0,
    "supply_cap": 1_000_000_00,
    "borrow_cap": 1_000_000_00,
    "reward_asset": "",
    "steepness": 0,
    "adaptation_speed": 0,
    "rate_least": 0,
    "rate_most": 0,
}
"""A pool without a senior tranche: 1 % idle, 5 % at 80 % use, 65 % at full use; 10 % to the reserve."""


def pool_lines(state: StateReader, now_ms: int, what: str, names: list[str]) -> list[str]:
    """The lines of `show pool P`, `show position P TRANCHE OWNER`, `show queue P TRANCHE`, `show line P B`."""
    match what:
        case "pool":
            return _pool(state, now_ms, names[0])
        case "position":
            found = pool_queries.position(state, names[0], names[1], names[2], now_ms)
            return ["position none"] if found is None else [_facts("position", found, _POSITION)]
        case "queue":
            page = pool_queries.queue(state, names[0], names[1])
            return [
                f"waiting {each['number']} {each['depositor']} shares={each['shares']}"
                for each in page.items
            ] or ["nobody waits"]
        case _:
            found = pool_queries.credit_line(state, names[0], names[1], now_ms)
            assert found is not None
            return [_facts("line", found, ("limit", "debt", "pledged", "written_off"))]


def _pool(state: StateReader, now_ms: int, name: str) -> list[str]:
    found = pool_queries.pool(state, name, now_ms)
    assert found is not None
    figures = found["figures"]
    assert isinstance(figures, dict)
    rates = " ".join(
        f"{rate}={_percent(figures[rate])}"
        for rate in ("utilisation", "borrow_rate", "supply_rate")
    )
    lines = [
        _facts("pool", figures, ("cash", "debt", "reserve", "spread")),
        f"    {rates}",
    ]
    for word in ("senior", "junior"):
        if figures[word]["shares"] or word == "junior":
            tranche = _facts(word, figures[word], ("claim", "lost"))
            lines.append(f"    {tranche} shares={figures[word]['shares']}")
    return lines


_POSITION = ("value", "cost", "rewards", "shares", "queued")


def _facts(head: str, facts: dict[str, object], names: tuple[str, ...]) -> str:
    words = [
        f"{name}={facts[name] if name in ('shares', 'queued') else _money(facts[name])}"
        for name in names
    ]
    return " ".join([head, *words])


def _money(value: object) -> str:
    assert type(value) is int
    whole, cents = divmod(value, 100)
    return f"{whole:,}.{cents:02}"


def _percent(value: object) -> str:
    assert type(value) is int
    return f"{value // 10**7}.{value % 10**7:07}".rstrip("0").rstrip(".") + "%"
