"""How long a touched key takes in the state tree, and what a key costs in memory, by size.

    python -m bench.state_tree [KEYS ...]      default: 10000 100000 1000000

A block of 2,500 touched keys (20 % new ones, 5 % deleted) is prepared and committed 40 times on a
tree of each size, each size in a process of its own. Figures are processor time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

from ledger.state_proof import verify_state_proof
from ledger.state_tree import StateTree

SIZES = ("10000", "100000", "1000000")
BLOCKS = 40
TOUCHED, NEW, DELETED = 2500, 500, 125
VALUE_BYTES = 150
HEADER = (
    f"{'keys':>10} {'prepare':>9} {'worst':>9} {'commit':>9} {'load':>9} {'prove':>9}"
    f" {'verify':>9} {'proof':>8} {'memory':>8} {'after':>8}\n"
    f"{'':>10} {'us/key':>9} {'us/key':>9} {'us/key':>9} {'s/M keys':>9} {'us':>9}"
    f" {'us':>9} {'bytes':>8} {'B/key':>8} {'B/key':>8}"
)


class AnyRoot(bytes):
    """Equal to every root: the benchmark makes its own state and has nothing to check it with."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = bytes.__hash__


def key(number: int) -> bytes:
    return b"loan/%d/balance" % number


def resident() -> int:
    """Bytes of memory in use by this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def pairs(size: int) -> Iterator[tuple[bytes, bytes]]:
    for number in range(size):
        yield key(number), b"%0150d" % number


def block(random: Random, first_new: int) -> dict[bytes, bytes | None]:
    """The writes of one block: old keys updated, the oldest of them deleted, new ones added."""
    value = random.randbytes
    old = TOUCHED - NEW - DELETED
    writes: dict[bytes, bytes | None] = {}
    for _ in range(old):
        writes[key(random.randrange(first_new))] = value(VALUE_BYTES)
    for _ in range(DELETED):
        writes[key(random.randrange(first_new))] = None
    for number in range(first_new, first_new + NEW):
        writes[key(number)] = value(VALUE_BYTES)
    return writes


def measure(size: int) -> str:
    random, before, start = Random(size), resident(), process_time()
    tree = StateTree.load(pairs(size), root=AnyRoot())
    load = process_time() - start
    memory = (resident() - before) / size
    prepared, committed = [], []
    for number in range(BLOCKS):
        writes = block(random, size + number * NEW)
        start = process_time()
        delta = tree.prepare(writes)
        middle = process_time()
        tree.commit(delta)
        committed.append((process_time() - middle) * 1e6 / len(writes))
        prepared.append((middle - start) * 1e6 / len(writes))
    after = (resident() - before) / (size + BLOCKS * (NEW - DELETED))
    return (
        f"{size:>10,} {median(prepared):>9.2f} {max(prepared):>9.2f} {median(committed):>9.2f}"
        f" {load * 1e6 / size:>9.2f} {proofs(tree, random, size)} {memory:>8.0f} {after:>8.0f}"
    )


def proofs(tree: StateTree, random: Random, size: int) -> str:
    """Time to prove and to verify the absence of a key, and the mean size of a proof."""
    absent = [b"none/%d" % random.randrange(size) for _ in range(500)]
    start = process_time()
    made = [tree.prove(name) for name in absent]
    middle = process_time()
    for name, proof in zip(absent, made, strict=True):
        verify_state_proof(tree.root, name, None, proof)
    end = process_time()
    total = sum(sum(map(len, proof.path)) + len(proof.bucket) for proof in made)
    each = 1e6 / len(absent)
    return (
        f"{(middle - start) * each:>9.1f} {(end - middle) * each:>9.1f} {total // len(absent):>8,}"
    )


def main(arguments: list[str]) -> int:
    """`python -m bench state-tree [KEYS ...]`: one row for each number of keys."""
    if len(arguments) == 1:
        print(measure(int(arguments[0])))
        return 0
    print(HEADER, flush=True)
    for size in arguments or SIZES:
        subprocess.run([sys.executable, "-m", "bench", "state-tree", size], check=True)
    return 0
