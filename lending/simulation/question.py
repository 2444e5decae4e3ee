"""What a simulation is asked: which transactions, which shocks, until when. Plain data, no rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ledger import codec
from ledger.machine import BlockContext
from ledger.transaction import Transaction

COMMANDS_MAX: Final = 32
"""How many transactions one simulation holds."""
SHOCKS_MAX: Final = 16
"""How many shocks one simulation holds."""
DAYS_MAX: Final = 3_660
"""How many days one simulation lets pass."""

Tick = Callable[[], None]
"""Called before every block; whoever bounds the work raises from it."""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A command as if these parties had signed it with all their keys."""

    sender: str
    """The party in whose name it acts."""
    name: str
    """The name of the command."""
    fields: dict[str, codec.Value]
    """Its fields."""
    signed_by: tuple[str, ...]
    """Who is taken to have signed; the sender is, whether it stands here or not."""


@dataclass(frozen=True, slots=True)
class PriceShock:
    """The sources of an asset's price report another one, on every simulated day."""

    asset: str
    """What is priced."""
    currency: str
    """In what."""
    price: int | None
    """The new price of a whole unit; None where `change` says it."""
    change: int
    """How much the last price changes, in billionths of it; rounded down, at least 1 remains."""
    is_resumed: bool
    """Whether the members accept the price at once where it trips the feed's breaker."""


@dataclass(frozen=True, slots=True)
class RateShock:
    """The sources of an index report another value, for every simulated day."""

    index: str
    """The index."""
    value: int | None
    """The new value in billionths a year; None where `change` says it."""
    change: int
    """What is added to the newest published value."""


Shock = PriceShock | RateShock


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be simulated, on top of a state."""

    next_block: BlockContext
    """The first simulated block; the ones after it are of its chain and follow in time."""
    transactions: tuple[Transaction | Unsigned, ...]
    """What is asked in the first block after the shocks."""
    shocks: tuple[Shock, ...]
    """What changes outside before that."""
    until_ms: int
    """Until when time passes after that, a block a day; 0 for no longer than the transactions."""
