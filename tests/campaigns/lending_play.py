"""What the makers of commands work with: chance, boundary amounts, and what there is in the world.

A maker is a story: a generator of steps that sees the world after each. The stories of one part of
the product are one file of tests/campaigns/lending_commands; `spoil` makes a hostile step of a good one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from ledger import codec
from lending.fields import AMOUNT_MAX
from lending.records import RecordCodec
from tests.campaigns.lending_stage import Act, Ask, Stage, Wait
from tests.scenarios.lending_world import DAY_MS

T = TypeVar("T")

MEMBERS: Final = ("alpha", "beta", "gamma", "delta")
LENDERS: Final = (*MEMBERS, "alpha-cars")
BORROWERS: Final = ("acme", "bolt", "crow")
PARTIES: Final = (*LENDERS, *BORROWERS)
QUORUM: Final = ("alpha", "beta", "delta")
"""Who signs what a quorum of members decides."""
HOUR_MS: Final = 3_600_000
POWERS: Final = tuple(
    sorted(
        {0, 1, 2, 3, AMOUNT_MAX}
        | {2**k + d for k in (4, 8, 10, 16, 20, 32, 62) for d in (-1, 0, 1)}
        | {10**k + d for k in (1, 2, 3, 4, 5, 6, 9) for d in (-1, 0, 1)}
    )
)
JUNK: Final[tuple[codec.Value, ...]] = (
    "nobody", "", "alpha", "acme", "p1", "l1", "USD", "BOND", "A" * 65, 0, -1, 1, 2**53, AMOUNT_MAX,
    AMOUNT_MAX + 1, None, True, b"\0" * 32, (), ("alpha", "alpha"), {},
)  # fmt: skip
MANY: Final = 8
"""How many names of a kind a world uses before old ones are tried again instead."""
SOUGHT: Final = 24
"""How many of the newest names are looked through for a record of some sort."""

Story = Callable[["Play"], Iterator[Act]]


@dataclass(frozen=True, slots=True)
class Maker:
    """One way to ask for something."""

    weight: int
    """How often, compared with the others."""
    story: Story
    """What is asked, step by step."""


class Play:
    """One world, its chance, and the names that were used in it."""

    def __init__(self, stage: Stage, rng: random.Random) -> None:
        self.stage = stage
        self.rng = rng
        self.names: dict[str, list[str]] = {}
        self.count = 0

    @property
    def now_ms(self) -> int:
        """The time of the block."""
        return self.stage.now_ms

    @property
    def midnight_ms(self) -> int:
        """The begin of its day."""
        return self.now_ms - self.now_ms % DAY_MS

    def pick(self, *choices: T) -> T:
        """One of several."""
        return self.rng.choice(choices)

    def chance(self, percent: int) -> bool:
        """Whether something of this chance happens."""
        return self.rng.randrange(100) < percent

    def some(self, choices: tuple[str, ...], least: int = 0) -> tuple[str, ...]:
        """Several of some names, in their order."""
        count = self.rng.randint(least, len(choices))
        found = set(self.rng.sample(choices, count))
        return tuple(each for each in choices if each in found)

    def amount(self, about: int = 10_000) -> int:
        """An amount at a boundary, or about this much."""
        if self.chance(25):
            return self.rng.choice(POWERS)
        parts = (about - 1, about, about + 1, about, about // 2, about // 3, about * 2, 1)
        return min(max(self.rng.choice(parts), 0), AMOUNT_MAX)

    def new(self, kind: str, prefix: str) -> str:
        """A name that was not used, or sometimes one that was."""
        known = self.names.setdefault(kind, [])
        if known and self.chance(3):
            return self.rng.choice(known)
        known.append(f"{prefix}{len(known) + 1}")
        return known[-1]

    def old(self, kind: str) -> str:
        """A name that was used; recent ones rather than those of long ago."""
        known = self.names.get(kind)
        if not known:
            return "nobody"
        recent = known[-MANY:] if self.chance(80) else known
        return self.rng.choice(recent)

    def find(
        self, kind: str, key: Callable[[str], bytes], record: RecordCodec[T],
        wanted: Callable[[T], bool],
    ) -> T | None:  # fmt: skip
        """A record of a used name of which something is true, if it is soon found."""
        known = self.names.get(kind, [])[-SOUGHT:]
        for name in self.rng.sample(known, len(known)):
            found = record.get(self.stage.state, key(name))
            if found is not None and wanted(found):
                return found
        return None

    def reference(self) -> str:
        """A reference to the outside world, sometimes one that was used."""
        self.count += 1
        return f"r{self.count if self.chance(97) else self.count // 2}"

    def wait(self, days: int, milliseconds: int = 1) -> Wait:
        """A block so much later."""
        return Wait(days * DAY_MS + milliseconds)

    def spoil(self, ask: Ask) -> Ask:
        """The same, but wrong, foreign, stale, zero, maximal or about oneself."""
        match self.rng.randrange(5):
            case 0:
                return replace(ask, sender=self.pick(*PARTIES, "mint", "nobody"))
            case 1:
                return replace(ask, cosigners=ask.cosigners[1:])
            case 2:
                return replace(ask, fields=self._junk(dict(ask.fields)))
            case 3:
                named = dict(ask.fields)
                own = {key: ask.sender for key in named if named[key] in (*PARTIES, "mint")}
                return replace(ask, fields={**named, **own})
            case _:
                numbers = dict(ask.fields)
                for key, value in numbers.items():
                    if type(value) is int and self.chance(60):
                        numbers[key] = self.rng.choice(POWERS)
                return replace(ask, fields=numbers)

    def _junk(self, fields: dict[str, codec.Value]) -> dict[str, codec.Value]:
        if not fields:
            return {"nothing": 1}
        name = self.rng.choice(sorted(fields))
        if self.chance(10):
            del fields[name]
        else:
            fields[name] = self.rng.choice(JUNK)
        return fields
