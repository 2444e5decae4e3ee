"""How fast an auditor replays a chain, and how that changes with the loans in the state.

One chain of signed transactions is made and exported: loans up to the first size, repayments on
them, loans up to the next size, the same number of repayments, and so on. Then the chain is audited
at the highest level, by the function behind `hansa audit`: every signature checked, every block
executed again. The clock is read at the borders, so all sizes are measured in one run; beside them
stands what checking the signatures alone allows on this machine in the same run.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.book import Book
from bench.limits import measure_limits
from cli.audit import run_audit
from ledger.export import export_frames
from ledger.verify import Level
from node import Composition

SIZES: Final = (1_000, 10_000)
REPAYMENTS: Final = 20_000
BLOCK: Final = 500


@dataclass(frozen=True, slots=True)
class Stage:
    """The repayments of one size of the book."""

    loans: int
    """How many loans there are."""
    first_height: int
    """The last height before the repayments."""
    last_height: int
    """The height of their last block."""


def make_export(folder: Path, sizes: list[int], repayments: int) -> tuple[Path, bytes, list[Stage]]:
    """(file, genesis hash, stages) of a chain of signed transactions."""
    book = Book(folder / "book", is_signed=True)
    stages = []
    for loans in sizes:
        book.load(loans, lambda _: None)
        first_height = book.chain.head.height
        for number in range(repayments // BLOCK):
            # Each block is spread over the whole book, no loan twice in it.
            numbers = ((number + at * (loans // BLOCK)) % loans for at in range(BLOCK))
            book.run(book.repayments(numbers, 1))
        stages.append(Stage(loans, first_height, book.chain.head.height))
    file = folder / "chain.hansa"
    with file.open("wb") as stream:
        for piece in export_frames(book.store):
            stream.write(piece)
    book.store.close()
    return file, book.genesis.digest, stages


def run(sizes: list[int], repayments: int, folder: Path) -> dict[str, object]:
    """Make the chain, audit it, and report."""
    file, genesis_hash, stages = make_export(folder, sizes, repayments)
    limit = measure_limits().replay()
    reached: dict[int, tuple[float, int]] = {}

    def told(height: int, transactions: int) -> None:
        reached[height] = (time.perf_counter(), transactions)

    began = time.perf_counter()
    verdict = run_audit(str(file), genesis_hash, Level.EXECUTION, Composition(), told=told)
    seconds = time.perf_counter() - began
    assert verdict.is_ok, verdict.fault
    rates = {stage.loans: _rate(reached, stage) for stage in stages}
    return {
        "transactions": verdict.transactions,
        "bytes": file.stat().st_size,
        "seconds": round(seconds, 1),
        "transactions_per_second": round(verdict.transactions / seconds, 1),
        "signature_limit_per_second": round(limit, 1),
        "repayments_per_second_by_loans": {loans: round(rate, 1) for loans, rate in rates.items()},
        "part_of_signature_limit": {loans: round(rate / limit, 3) for loans, rate in rates.items()},
    }


def _rate(reached: dict[int, tuple[float, int]], stage: Stage) -> float:
    began, before = reached[stage.first_height]
    ended, after = reached[stage.last_height]
    return (after - before) / (ended - began)


def main(arguments: list[str]) -> int:
    """`hansa bench audit [--loans N ...] [--repayments N] [--json]`."""
    parser = argparse.ArgumentParser(prog="hansa bench audit", description=__doc__)
    parser.add_argument("--loans", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--repayments", type=int, default=REPAYMENTS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if min(options.loans) < BLOCK or options.repayments < BLOCK:
        parser.error(f"at least {BLOCK} loans and repayments: a block has as many")
    with tempfile.TemporaryDirectory(prefix="hansa-bench-") as folder:
        result = run(sorted(options.loans), options.repayments, Path(folder))
    if options.json:
        print(json.dumps(result))
        return 0
    for name, value in result.items():
        print(f"  {name:32} {value}")
    return 0
