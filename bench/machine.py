"""The speed of the state machine by the size of the book: what a block costs, apart from signatures.

All figures are processor time of the node's own thread, so that a busy machine does not change
them, taken when the store has worked off what the loading left it to compact.

For each number of loans in the state, a tenth of them secured by collateral accounts: a block of
repayments (executed, rooted, stored), blocks in which a move of the price calls some accounts, blocks
in which installments fall due, and an idle block. Nearly flat lines are the claim: a due date or a
price costs by what it concerns, not by what there is.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.book import (
    ACCOUNT_EVERY,
    DAY_MS,
    LOANS_PER_BORROWER,
    START_MS,
    Book,
    price_below,
)

BLOCK: Final = 500
ROUNDS: Final = 7
CALLED: Final = (1, 10, 100)
"""How many accounts the moves of the price call."""
SETTLE_SECONDS_MAX: Final = 120
AT_REST_SECONDS: Final = 0.02


def measure_repayments(book: Book) -> tuple[float, float]:
    """Median microseconds per repayment: to execute and root a block of them, and to store it."""
    built, stored = [], []
    stride = max(LOANS_PER_BORROWER, book.loans // BLOCK)
    for round_ in range(ROUNDS):
        # A borrower of its own for every repayment of a block, whatever the size of the book, and
        # of each ten loans one that is secured, as in the book.
        first = round_ * LOANS_PER_BORROWER
        numbers = [
            (first + at * stride + at % LOANS_PER_BORROWER) % book.loans for at in range(BLOCK)
        ]
        transactions = book.repayments(numbers, 100)
        began = time.thread_time()
        certified = book.build(transactions)
        middle = time.thread_time()
        executed = book.append(certified)
        ended = time.thread_time()
        assert all(receipt.events for receipt in executed.receipts[1:]), "repayments are applied"
        built.append((middle - began) / BLOCK * 1e6)
        stored.append((ended - middle) / BLOCK * 1e6)
    return sorted(built)[ROUNDS // 2], sorted(stored)[ROUNDS // 2]


def measure_prices(book: Book) -> dict[int, float]:
    """Milliseconds of a block whose price calls so many accounts, as far as there are enough."""
    found, gone = {}, 0
    for count in CALLED:
        if (gone + ROUNDS * count) * ACCOUNT_EVERY > book.loans:
            break
        times = []
        for _ in range(ROUNDS):
            book.report(price_below(gone + count))
            began = time.thread_time()
            executed = book.append(book.build([]))
            times.append((time.thread_time() - began) * 1e3)
            called = sum(name == "margin_called" for name, _ in executed.receipts[0].events)
            assert called == count, f"{called} accounts are called, not {count}"
            gone += count
        found[count] = sorted(times)[ROUNDS // 2]
    return found


def measure_billing(book: Book) -> tuple[float, int]:
    """Microseconds per installment that falls due, over the first blocks of a due day."""
    book.time_ms = START_MS + 31 * DAY_MS
    billed, seconds = 0, 0.0
    for _ in range(ROUNDS):
        began = time.thread_time()
        executed = book.append(book.build([]))
        seconds += time.thread_time() - began
        billed += sum(name == "installment_billed" for name, _ in executed.receipts[0].events)
    return (seconds / billed * 1e6 if billed else 0.0), billed


def measure_idle(book: Book) -> float:
    """Median milliseconds of an empty block in which nothing is due."""
    times = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        book.append(book.build([]))
        times.append((time.thread_time() - began) * 1e3)
    return sorted(times)[ROUNDS // 2]


def settle() -> None:
    """Wait until the store's own threads are at rest."""
    for _ in range(SETTLE_SECONDS_MAX):
        before = time.process_time()
        time.sleep(1.0)
        if time.process_time() - before < AT_REST_SECONDS:
            return


def run(sizes: list[int], folder: Path) -> list[dict[str, float]]:
    """Measure at each number of loans, on a book of its own."""
    rows = []
    for size in sorted(sizes):
        book = Book(folder / str(size), has_collateral=True)
        began = time.thread_time()
        book.load(size, lambda loans: print(f"\r  loading {loans:,} loans", end="", flush=True))
        loaded = time.thread_time() - began
        book.time_ms = max(book.time_ms, book.chain.head.timestamp_ms) + 1
        settle()
        idle = measure_idle(book)
        moved = measure_prices(book)
        built, stored = measure_repayments(book)
        per_bill, billed = measure_billing(book)
        prices = {f"price_calling_{count}_ms": spent for count, spent in moved.items()}
        rows.append({"loans": size, "load_seconds": loaded, "idle_block_ms": idle,
                     "repayment_build_us": built, "repayment_store_us": stored,
                     "billing_us": per_bill, **prices})  # fmt: skip
        calls = ", ".join(f"{count}: {spent:.2f}" for count, spent in moved.items())
        print(f"\r  {size:>9,} loans: repayment {built:6.1f} us built and rooted, {stored:5.1f} us stored; "
              f"idle block {idle:5.2f} ms; loaded in {loaded:.0f} s")  # fmt: skip
        print(
            f"  {size // ACCOUNT_EVERY:>9,} collateral accounts: ms of a block whose price calls {calls}"
        )
        print(f"  {'':>9} {per_bill:6.1f} us per installment falling due ({billed:,} billed)")
    return rows


def main(arguments: list[str]) -> int:
    """`python -m bench.machine [--loans N ...] [--json]`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="hansa-bench-") as folder:
        rows = run(options.loans, Path(folder, "book"))
    if options.json:
        print(json.dumps(rows))
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
