"""The shapes of a simulation's answer."""

from __future__ import annotations

from api.lending_schemas import Money
from api.schemas import EventModel, Fields, Hex, Model, OutcomeModel


class SimulatedBlockModel(Model):
    """What a block that will never be did."""

    height: int
    """The height that it would have."""
    timestamp_ms: int
    """Its time."""
    clock: list[EventModel]
    """What fell due by itself."""
    shocks: list[OutcomeModel]
    """What came of the shocks, in their order, where this block holds them."""
    outcomes: list[OutcomeModel]
    """What came of the commands, in their order, where this block holds them."""


class Difference(Model):
    """Something that is otherwise afterwards."""

    kind: str
    """What it is."""
    name: str
    """Which one."""
    before: Fields | None
    """The fields that differ, as they were; null for what was not there."""
    after: Fields | None
    """The same, as they would be; null for what would be gone."""


class BalanceDifference(Model):
    """An account that would hold another amount."""

    owner: str
    """Whose account."""
    kind: str
    """Its kind, as docs/lend/accounts.md lists it."""
    before: Money
    """What it holds."""
    after: Money
    """What it would hold."""


class SimulationModel(Model):
    """What would happen."""

    at_height: int
    """After which block."""
    state_root: Hex
    """The root of the state that it began from."""
    from_ms: int
    """The time of that block."""
    to_ms: int
    """The time of the last simulated block."""
    blocks: list[SimulatedBlockModel]
    """The simulated blocks in which something happened; the last one always."""
    changes: list[Difference]
    """The records that would differ, each by its differing fields; amounts in minor units."""
    balances: list[BalanceDifference]
    """The accounts that would differ."""
    health: list[Difference]
    """Collateral accounts whose status, debt or worth would differ."""
    arrears: list[Difference]
    """Loans whose status, bills or days past due would differ."""
    left_out: dict[str, int]
    """How many of each were too many to show; empty when all is shown."""
