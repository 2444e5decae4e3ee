"""Simulations in scenarios: what would happen, in the words of what happens.

    simulate until=30d STEP STEP ...       the named steps, then time
    simulate price=BOND/USD:-30% ...       a price that changes by a part; `price!` if members accept it
    simulate rate=base:+2% ...             an index that rises

Nothing of it stays: the line that follows finds the world as it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from ledger import codec
from ledger.machine import BlockContext
from ledger.membership import Height, MemberId
from ledger.overlay import Overlay
from ledger.receipt import Event, Outcome
from lending.simulation.changes import describe
from lending.simulation.question import PriceShock, Question, RateShock, Shock, Unsigned
from lending.simulation.running import Simulated, simulate
from tests.scenarios.lending_world import CHAIN, DAY_MS, World

Steps = Mapping[str, dict[str, codec.Value]]


def ask(world: World, words: list[str], steps: Steps) -> Simulated:
    """Run a simulation on the world as it stands."""
    shocks: list[Shock] = []
    asked: list[Unsigned] = []
    until_ms = 0
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            step = steps[name]
            asked.append(Unsigned(step["sender"], step["name"], step["fields"], ()))
        elif name == "until":
            until_ms = world.now_ms + int(text[:-1]) * DAY_MS
        elif name.startswith("price"):
            pair, _, change = text.partition(":")
            asset, _, currency = pair.partition("/")
            shocks.append(PriceShock(asset, currency, None, _part(change), name == "price!"))
        else:
            index, _, change = text.partition(":")
            shocks.append(RateShock(index, None, _part(change)))
    context = BlockContext(CHAIN, Height(world.height + 1), world.now_ms + 1, MemberId("alpha"), 1)
    before = _copy(world)
    found = simulate(
        Overlay(world.state), Question(context, tuple(asked), tuple(shocks), until_ms), _nothing
    )
    assert _copy(world) == before, "a simulation changes nothing"
    return found


def happened(found: Simulated) -> list[Outcome | Event]:
    """Everything in its order; the trial balances of the days left out."""
    return [
        each
        for block in found.blocks
        for each in (
            *(e for e in block.clock if e[0] != "trial_balance"),
            *block.shocks,
            *block.outcomes,
        )
    ]


def health_lines(world: World, found: Simulated) -> list[str]:
    """How collateral accounts and loans would stand."""
    shown = describe(Overlay(world.state), world.now_ms, found)
    lines = []
    for section, figures in (
        ("health", ("status", "debt", "value", "reason")),
        ("arrears", ("status", "billed", "owed", "days_past_due")),
    ):
        rows = shown[section]
        assert isinstance(rows, list)
        for row in rows:
            name = row.get("account") or row.get("loan")
            before, after = (_figures(row[when], figures) for when in ("before", "after"))
            lines.append(f"    {name}: {before} -> {after}")
    return lines


def _figures(row: Mapping[str, object] | None, figures: tuple[str, ...]) -> str:
    if row is None:
        return "-"
    return " ".join(f"{name}={row[name]}" for name in figures if row[name] not in ("", None))


def _part(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    return sign * int(text.strip("+-%")) * 10_000_000


def _copy(world: World) -> dict[bytes, bytes | None]:
    return world.state.writes()


def _nothing() -> None:
    pass
