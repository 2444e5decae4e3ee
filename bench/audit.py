"""How fast an auditor replays a chain: every signature checked, every block executed again.

A chain of signed repayments is made and exported, then `hansa audit` runs on the file as a process
of its own, as an auditor would start it; beside it stands what checking the signatures alone
allows on this machine in the same run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.book import Book
from bench.limits import measure_limits
from cli.composition import ENTRY_POINT
from ledger.export import export_frames

LOANS: Final = 1_000
BLOCK: Final = 500


def make_export(folder: Path, repayments: int) -> tuple[Path, str]:
    """(file, genesis hash) of a chain with about this many signed transactions."""
    book = Book(folder / "book", is_signed=True)
    book.load(LOANS, lambda _: None)
    for first in range(0, repayments, BLOCK):
        book.run(book.repayments(((first + at) % LOANS for at in range(BLOCK)), 1))
    file = folder / "chain.hansa"
    with file.open("wb") as stream:
        for piece in export_frames(book.store):
            stream.write(piece)
    book.store.close()
    return file, book.genesis.digest.hex()


def run(repayments: int, folder: Path) -> dict[str, object]:
    """Make the chain, audit it, and report."""
    file, genesis_hash = make_export(folder, repayments)
    limits = measure_limits()
    command = [
        sys.executable,
        str(ENTRY_POINT),
        "audit",
        str(file),
        "--genesis-hash",
        genesis_hash,
        "--json",
    ]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=True)
    seconds = time.perf_counter() - began
    verdict = json.loads(done.stdout)
    rate = verdict["transactions"] / seconds
    return {
        "transactions": verdict["transactions"],
        "is_ok": verdict["is_ok"],
        "seconds": round(seconds, 1),
        "transactions_per_second": round(rate, 1),
        "signature_limit_per_second": round(limits.replay(), 1),
        "part_of_signature_limit": round(rate / limits.replay(), 3),
    }


def main(arguments: list[str]) -> int:
    """`hansa bench audit [--transactions N] [--json]`."""
    parser = argparse.ArgumentParser(prog="hansa bench audit", description=__doc__)
    parser.add_argument("--transactions", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="hansa-bench-") as folder:
        result = run(options.transactions, Path(folder))
    if options.json:
        print(json.dumps(result))
        return 0
    for name, value in result.items():
        print(f"  {name:28} {value}")
    return 0
