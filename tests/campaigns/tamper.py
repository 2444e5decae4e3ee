"""`python -m tests.campaigns.tamper [--export FILE]`: forge an export in every way; the audit must tell.

Of an export that a real network made: single bytes are changed at random positions all over the file;
of its first heights every single byte is. Blocks are dropped, swapped, repeated, cut, re-signed by
strangers, and certificates lose, double and borrow signers. Each time the audit at its highest level
must name the height that was touched. Without --export a short network makes the file first.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import node as root
from ledger import codec
from ledger.certificate import QuorumCertificate, Vote
from ledger.chain import Chain
from ledger.crypto import Signer
from ledger.errors import Invalid
from ledger.export import Entry, parse_entry, read_entries, read_genesis
from ledger.genesis import Genesis
from ledger.membership import MemberId
from ledger.store import MemoryStore
from ledger.verify import Fault, Level, verify_chain
from tests.campaigns.stage import FIRST_PORT, Report, Stage, write

LENGTH_BYTES: Final = 4
STRANGER: Final = Signer.from_seed(b"S" * 32)
PER_KIND: Final = 20


@dataclass
class Row:
    """A line of the table: one way to forge."""

    cases: int = 0
    """How often it was tried."""
    wrong: list[str] = field(default_factory=list)
    """Where the audit did not name the height."""
    codes: Counter[str] = field(default_factory=Counter)
    """What the audit said."""


class Export:
    """An export file cut into its parts."""

    def __init__(self, data: bytes) -> None:
        stream = io.BytesIO(data)
        self.genesis: Genesis = read_genesis(stream)
        self.head = data[: stream.tell()]
        self.frames: list[bytes] = []
        at = len(self.head)
        while at < len(data):
            end = at + LENGTH_BYTES + int.from_bytes(data[at : at + LENGTH_BYTES], "big")
            self.frames.append(data[at:end])
            at = end

    @property
    def top(self) -> int:
        """Its last height."""
        return len(self.frames)

    def frame(self, height: int) -> bytes:
        """The bytes of a height, with their length in front."""
        return self.frames[height - 1]

    def entry(self, height: int) -> Entry:
        """A height, read."""
        return parse_entry(self.frame(height)[LENGTH_BYTES:], self.genesis.chain_id, height)


def frame_of(entry: Entry) -> bytes:
    """A height as an export holds it."""
    data = codec.encode((entry.block.to_value(), entry.certificate.to_value()))
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def with_signatures(entry: Entry, chosen: list[tuple[MemberId, bytes]]) -> bytes:
    """The frame of a height whose certificate is signed by others."""
    signatures = tuple(chosen)
    certificate = replace(entry.certificate, signatures=signatures)  # type: ignore[arg-type]
    return frame_of(replace(entry, certificate=certificate))


def resigned(entry: Entry, voters: list[MemberId]) -> bytes:
    """The frame of a height in which a stranger signed for these members."""
    forged = {
        voter: Vote.cast(entry.certificate.ballot, voter, STRANGER).signature for voter in voters
    }
    chosen = [(voter, forged.get(voter, own)) for voter, own in entry.certificate.signatures]
    return with_signatures(entry, list(chosen))


def rewritten(entry: Entry) -> bytes:
    """The frame of a height whose block has another time, certified anew by a stranger."""
    header = replace(entry.block.header, timestamp_ms=entry.block.header.timestamp_ms + 1)
    block = replace(entry.block, header=header)
    ballot = replace(entry.certificate.ballot, block_id=block.id)
    votes = {v: Vote.cast(ballot, v, STRANGER) for v, _ in entry.certificate.signatures}
    return frame_of(replace(entry, block=block, certificate=QuorumCertificate.of(votes)))


Forgery = Callable[[Export, int], bytes]
"""The file from a height on, forged at that height."""


def dropped(export: Export, height: int) -> bytes:
    """Without the block."""
    return export.frame(height + 1)


def swapped(export: Export, height: int) -> bytes:
    """The block after it first."""
    return export.frame(height + 1) + export.frame(height)


def repeated(export: Export, height: int) -> bytes:
    """The block before it once more."""
    return export.frame(height - 1) + export.frame(height)


def cut(export: Export, height: int) -> bytes:
    """The file ends in the middle of it."""
    return export.frame(height)[: len(export.frame(height)) // 2]


def one_signer_less(export: Export, height: int) -> bytes:
    """Its certificate lacks one of a quorum of signers."""
    entry = export.entry(height)
    quorum = export.genesis.membership.quorum
    return with_signatures(entry, list(entry.certificate.signatures[: quorum - 1]))


def one_signer_twice(export: Export, height: int) -> bytes:
    """A quorum of signatures, two of them by the same member."""
    entry = export.entry(height)
    signatures = list(entry.certificate.signatures[: export.genesis.membership.quorum])
    return with_signatures(entry, [*signatures[:-1], signatures[-2]])


def one_signer_unknown(export: Export, height: int) -> bytes:
    """A quorum of signatures, one of them by nobody's member."""
    entry = export.entry(height)
    name = MemberId("zz-stranger")
    vote = Vote.cast(entry.certificate.ballot, name, STRANGER)
    chosen = entry.certificate.signatures[: export.genesis.membership.quorum - 1]
    return with_signatures(entry, [*chosen, (name, vote.signature)])


FORGERIES: Final[dict[str, Forgery]] = {
    "block dropped": dropped,
    "blocks swapped": swapped,
    "block repeated": repeated,
    "file cut in a block": cut,
    "one vote by a wrong key": lambda e, h: resigned(
        e.entry(h), [e.entry(h).certificate.signatures[-1][0]]
    ),
    "all votes by a wrong key": lambda e, h: resigned(
        e.entry(h), [voter for voter, _ in e.entry(h).certificate.signatures]
    ),
    "block rewritten, re-signed": lambda e, h: rewritten(e.entry(h)),
    "certificate: one signer less": one_signer_less,
    "certificate: one signer twice": one_signer_twice,
    "certificate: one stranger": one_signer_unknown,
}


class Auditor:
    """Audits one export from any height on, having replayed what is before it once."""

    def __init__(self, export: Export) -> None:
        self._export = export
        store, machine = MemoryStore(), root.Composition().machine()
        Chain.create(store, export.genesis, machine)
        self._replay = Chain(store, export.genesis, machine)

    def audit(self, height: int, forged: bytes) -> Fault | None:
        """What an audit finds first in a file that is forged from `height` on; heights ascend."""
        while self._replay.head.height < height - 1:
            at = self._replay.head.height + 1
            fault = self._verify(at, self._export.frame(at))
            assert fault is None, f"the export itself does not hold at {at}: {fault}"
        return self._verify(height, forged)

    def _verify(self, height: int, data: bytes) -> Fault | None:
        genesis = self._export.genesis
        entries = read_entries(io.BytesIO(data), genesis.chain_id, height)
        return verify_chain(entries, genesis, Level.EXECUTION, self._replay).fault


class Campaign:
    """All forgeries of some exports, and the table of what came of them."""

    def __init__(self, rng: random.Random) -> None:
        self.rows: dict[str, Row] = {}
        self._rng = rng

    def forge_blocks(self, export: Export) -> None:
        """Every structural forgery at a number of heights."""
        heights = sorted(self._rng.sample(range(2, export.top), min(PER_KIND, export.top - 2)))
        auditor = Auditor(export)
        for height in heights:
            for name, forgery in FORGERIES.items():
                self._note(name, height, auditor.audit(height, forgery(export, height)))

    def change_bytes(self, name: str, export: Export, positions: Iterator[int]) -> None:
        """Single bytes at ascending positions of the file."""
        whole = export.head + b"".join(export.frames)
        auditor, height = Auditor(export), 0
        start, end = 0, len(export.head)
        for position in positions:
            while position >= end:
                height += 1
                start, end = end, end + len(export.frame(height))
            part = bytearray(whole[start:end])
            part[position - start] ^= self._rng.randrange(1, 256)
            if height == 0:
                self._note(f"{name}, genesis", 0, genesis_fault(export.genesis, bytes(part)))
            else:
                after = b"" if height == export.top else export.frame(height + 1)
                self._note(f"{name}, blocks", height, auditor.audit(height, bytes(part) + after))

    def _note(self, name: str, height: int, fault: Fault | None) -> None:
        row = self.rows.setdefault(name, Row())
        row.cases += 1
        row.codes[fault.code if fault is not None else "NOTHING"] += 1
        if fault is None or fault.height != height:
            row.wrong.append(f"height {height}: {fault}")


def genesis_fault(genesis: Genesis, head: bytes) -> Fault | None:
    """What an auditor who knows the genesis hash finds in the head of a file."""
    try:
        found = read_genesis(io.BytesIO(head))
    except Invalid as error:
        return Fault(0, error.code, error.detail)
    if found.digest != genesis.digest:
        return Fault(0, "OTHER_CHAIN", "another genesis")
    return None


def short_network(port: int, report: Report) -> bytes:
    """The export of a network that lived for a moment."""
    with tempfile.TemporaryDirectory(prefix="hansa-tamper-") as folder:
        stage = Stage(Path(folder) / "network", report, seed=0, ports=range(port, port + 8))
        with stage.network:
            stage.open()
            stage.network.wait_height(30, stage.nodes, 60)
            stage.load.stop()
            return stage.nodes[0].export(1, 30)


def shorten(export: Export, heights: int) -> Export:
    """The first heights of an export."""
    return Export(export.head + b"".join(export.frames[:heights]))


def smallest_piece(export: Export, size: int) -> Export:
    """As many first heights as fit into a number of bytes, three at least."""
    heights, total = 0, 0
    while heights < export.top and (heights < 3 or total + len(export.frames[heights]) <= size):
        total += len(export.frames[heights])
        heights += 1
    return shorten(export, heights)


def table(rows: dict[str, Row]) -> None:
    """Print what was found."""
    write(f"{'forgery':34} {'cases':>7} {'named':>7}  what the audit said")
    for name, row in rows.items():
        said = ", ".join(f"{code} {count}" for code, count in row.codes.most_common(4))
        write(f"{name:34} {row.cases:7} {row.cases - len(row.wrong):7}  {said}")
        for wrong in row.wrong[:3]:
            write(f"{'':34} WRONG: {wrong}")


def main() -> int:
    """The command."""
    options = argparse.ArgumentParser(prog="python -m tests.campaigns.tamper", description=__doc__)
    options.add_argument("--seed", type=int, default=1, help="where and how")
    options.add_argument("--export", type=Path, help="an export file to forge")
    options.add_argument("--port", type=int, default=FIRST_PORT, help="of the short network")
    options.add_argument("--positions", type=int, default=1_000, help="random single bytes")
    options.add_argument("--small", type=int, default=8_000, help="bytes changed one after another")
    options.add_argument("--heights", type=int, default=150, help="of the export, at most")
    options.add_argument("--json", action="store_true", help="one JSON object at the end")
    asked = options.parse_args()
    report = Report(as_json=asked.json)
    warnings.filterwarnings("ignore", message="Parsed a serial number")  # a forged certificate's
    data = asked.export.read_bytes() if asked.export else short_network(asked.port, report)
    export = shorten(Export(data), asked.heights)
    rng = random.Random(asked.seed)
    campaign = Campaign(rng)
    campaign.forge_blocks(export)
    size = len(export.head) + sum(len(frame) for frame in export.frames)
    chosen = sorted(rng.sample(range(size), min(asked.positions, size)))
    campaign.change_bytes("any byte", export, iter(chosen))
    small = smallest_piece(export, asked.small)
    size = len(small.head) + sum(len(frame) for frame in small.frames)
    campaign.change_bytes(f"every byte of {small.top} heights", small, iter(range(size)))
    wrong = {name: row.wrong for name, row in campaign.rows.items() if row.wrong}
    report.figures |= {"seed": asked.seed, "heights": export.top, "wrong": wrong}
    report.figures["cases"] = sum(row.cases for row in campaign.rows.values())
    if not asked.json:
        table(campaign.rows)
    report.close(is_ok=not wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
