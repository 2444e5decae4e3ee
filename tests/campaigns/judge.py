"""What must hold whatever happened: one block per height, equal roots, nothing acknowledged lost.

The judge asks all nodes for the same piece of the chain, wants the same bytes from each, and keeps
ids for ever: a block that changes later, on any node, is found.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import node as root
from ledger.chain import Chain
from ledger.export import Entry, read_entries, read_genesis
from ledger.genesis import Genesis
from ledger.transaction import parse_transaction
from ledger.verify import Level, Verdict, verify_chain
from runtime.stores import open_store
from tests.campaigns.load import Acknowledged
from tests.support.network import NodeProcess


@dataclass(frozen=True, slots=True)
class Seen:
    """A height as it was seen first."""

    block_id: bytes
    """The block."""
    state_root: bytes
    """The state after it."""


def entries_of(data: bytes, first: int = 1) -> Iterator[Entry]:
    """The heights of an export file in memory."""
    stream = io.BytesIO(data)
    genesis = read_genesis(stream)
    return read_entries(stream, genesis.chain_id, first)


class Judge:
    """Looks at the chains of all nodes, and collects what is wrong."""

    def __init__(self, nodes: list[NodeProcess]) -> None:
        self.violations: list[str] = []
        self.seen: dict[int, Seen] = {}
        self.places: dict[bytes, tuple[int, int]] = {}
        self._nodes = nodes

    @property
    def height(self) -> int:
        """Up to where all nodes were compared."""
        return len(self.seen)

    def compare(self) -> None:
        """Compare what the nodes that run have committed since the last time, byte for byte."""
        alive = [each for each in self._nodes if each.is_alive]
        last = min(each.height() for each in alive) - 1
        if last <= self.height:
            return
        pieces = {each.name: each.export(self.height + 1, last) for each in alive}
        names = list(pieces)
        for name in names[1:]:
            if pieces[name] != pieces[names[0]]:
                self._explain(names[0], pieces[names[0]], name, pieces[name])
        for entry in entries_of(pieces[names[0]], self.height + 1):
            self._keep(entry)

    def check_acknowledged(self, acknowledged: dict[bytes, Acknowledged]) -> None:
        """What a client was told is where it was told to be."""
        for identifier, told in list(acknowledged.items()):
            if told.height > self.height:
                continue
            place = self.places.get(identifier)
            if place != (told.height, told.index):
                self._wrong(f"LOST: {identifier.hex()} was acknowledged at {told}, is at {place}")

    def check_whole(self, exports: dict[str, bytes]) -> None:
        """Whole exports, up to a common height, are equal and hold the blocks seen on the way."""
        names = list(exports)
        for name in names[1:]:
            if exports[name] != exports[names[0]]:
                self._explain(names[0], exports[names[0]], name, exports[name])
        height = 0
        for entry in entries_of(exports[names[0]]):
            height = entry.height
            seen = self.seen.get(height)
            if seen is not None and seen.block_id != entry.block.id:
                self._wrong(f"CHANGED: height {height} was {seen.block_id.hex()}")
        if height < self.height:
            self._wrong(f"SHORTER: {height} heights at the end, {self.height} seen before")

    def check_status(self, acknowledged: dict[bytes, Acknowledged], sample: list[bytes]) -> None:
        """Every node gives the same place for an acknowledged transaction."""
        for identifier in sample:
            told = acknowledged[identifier]
            for each in self._nodes:
                status = each.get(f"/v1/transactions/{identifier.hex()}")
                place = (status["height"], status["index"])
                if status["state"] != "committed" or place != (told.height, told.index):
                    self._wrong(f"{each.name} says {status['state']} {place}, was told {told}")

    def check_balance(self, heights: list[int]) -> None:
        """The trial balance is zero in every asset, on every node, at these heights."""
        for height in heights:
            found = [each.get(f"/v1/trial-balance?height={height}") for each in self._nodes]
            if not all(each["is_balanced"] for each in found):
                self._wrong(f"UNBALANCED at height {height}: {found}")
            if any(each["assets"] != found[0]["assets"] for each in found):
                self._wrong(f"BALANCES DIFFER at height {height}: {found}")

    def _keep(self, entry: Entry) -> None:
        header = entry.block.header
        self.seen[entry.height] = Seen(header.id, header.state_root)
        for index, raw in enumerate(entry.block.transactions):
            identifier = parse_transaction(raw).id
            earlier = self.places.setdefault(identifier, (entry.height, index))
            if earlier != (entry.height, index):
                self._wrong(f"TWICE: {identifier.hex()} at {earlier} and at {entry.height}")

    def _explain(self, name: str, mine: bytes, other: str, theirs: bytes) -> None:
        """Say where two pieces of one chain begin to differ."""
        first = self.height + 1
        for left, right in zip(entries_of(mine, first), entries_of(theirs, first), strict=False):
            if left.block.id != right.block.id:
                self._wrong(f"FORK at height {left.height} between {name} and {other}")
                return
            if left.certificate != right.certificate:
                self._wrong(f"{name} and {other} export other certificates of {left.height}")
                return
        self._wrong(f"{name} and {other} export pieces of other lengths from {first}")

    def _wrong(self, what: str) -> None:
        self.violations.append(what)


def audit(data: bytes, level: Level = Level.EXECUTION) -> Verdict:
    """Audit an export in memory with nothing but itself, at any level."""
    stream = io.BytesIO(data)
    genesis = read_genesis(stream)
    with tempfile.TemporaryDirectory() as folder:
        replay = replay_chain(genesis, Path(folder) / "data")
        try:
            return verify_chain(
                read_entries(stream, genesis.chain_id), genesis, level,
                replay=replay if level is Level.EXECUTION else None,
            )  # fmt: skip
        finally:
            replay.store.close()


def replay_chain(genesis: Genesis, data: Path) -> Chain:
    """A chain at height 0 to replay an export into."""
    composition = root.Composition()
    composition.create_data(data, genesis, "auto")
    return Chain(open_store(data), genesis, composition.machine())
