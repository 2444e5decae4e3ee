"""One lending world for the long campaign: the machine on an overlay, which says what a step changed.

It is not a node: no consensus, no disk, no receipts are kept. A step is a command or a later block;
what it wrote is given with what stood there before, so that cheap checks need not read the state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ledger import codec
from ledger.crypto import Digest
from ledger.membership import Height
from ledger.overlay import Cell, Overlay
from ledger.receipt import Event, Rejected
from ledger.transaction import Transaction
from tests.scenarios.lending_world import CHAIN, World, keys_of

START_SIGNERS = 2


@dataclass(frozen=True, slots=True)
class Ask:
    """A command that somebody sends."""

    sender: str
    """In whose name."""
    name: str
    """The command."""
    fields: Mapping[str, codec.Value]
    """Its fields."""
    cosigners: tuple[str, ...] = ()
    """Who signs besides the sender."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The next block comes later."""

    milliseconds: int
    """By how much; at least one."""


Act = Ask | Wait


@dataclass(frozen=True, slots=True)
class Change:
    """What one step did."""

    act: Act
    """What was asked."""
    refusal: str
    """The code of the refusal; empty if it was applied."""
    events: tuple[Event, ...]
    """What happened."""
    written: dict[bytes, tuple[bytes | None, bytes | None]]
    """Every key that it wrote, before and after; None for an absent record."""


class Watched(Overlay):
    """An overlay that can say what was written since the savepoint, and what was there before."""

    __slots__ = ()

    def changes(self) -> dict[bytes, tuple[bytes | None, bytes | None]]:
        """Before and after of every key written since the outermost savepoint."""
        first: dict[bytes, Cell | None] = {}
        for key, cell in self._undo:
            first.setdefault(key, cell)
        return {
            key: (self._base.get(key) if cell is None else cell.encoded(), self.get(key))
            for key, cell in first.items()
        }


class Stage(World):
    """A world that is played step by step and keeps nothing but its state."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.state: Watched = Watched(self.store)

    def end(self) -> None:
        """Make what the block wrote the state below the next one."""
        self.store.write(self.state.writes().items(), sync=False)
        self.state = Watched(self.store)
        self.receipts = []

    def play(self, act: Act) -> Change:
        """Carry out one step."""
        if isinstance(act, Ask):
            return self._ask(act)
        self.end()
        self.now_ms += act.milliseconds
        self.height += 1
        self.state.begin()
        events = self.machine.begin_block(self.state, self.context())
        written = self.state.changes()
        self.state.commit()
        return Change(act, "", events, written)

    def _ask(self, ask: Ask) -> Change:
        signers = {key for party in (ask.sender, *ask.cosigners) for key in self.keys_for(party)}
        self.sent += 1
        transaction = Transaction(
            CHAIN,
            ask.sender,
            (ask.name, dict(ask.fields)),
            b"",
            Height(self.height),
            tuple((key, b"") for key in sorted(signers)),  # type: ignore[misc]
            Digest(self.sent.to_bytes(32, "big")),
            b"",
        )
        self.state.begin()
        outcome = self.machine.apply(self.state, self.context(), transaction)
        written = self.state.changes()
        if isinstance(outcome, Rejected):
            self.state.rollback()
            after = {key: (before, self.state.get(key)) for key, (before, _) in written.items()}
            codec.encode(outcome.facts)
            return Change(ask, outcome.code, (), after)
        self.state.commit()
        self._learn(ask)
        return Change(ask, "", outcome.events, written)

    def _learn(self, ask: Ask) -> None:
        """Who signs with which keys from now on."""
        if ask.name in ("replace_keys", "register_party"):
            party, keys = ask.fields.get("party", ask.sender), ask.fields["keys"]
            assert isinstance(party, str)
            assert isinstance(keys, tuple)
            self.signatures[party] = keys

    def root(self) -> bytes:
        """A digest of the whole state, to compare two runs by."""
        self.end()
        found = hashlib.sha256()
        for key, value in self.store.iterate(b"", b"\xff"):
            found.update(len(key).to_bytes(4, "big") + key + len(value).to_bytes(4, "big") + value)
        return found.digest()


def fresh_keys(name: str, count: int = START_SIGNERS) -> tuple[bytes, ...]:
    """Keys of a new party, or new ones of an old party."""
    return keys_of(name, count)
