"""The benchmark of the machine in small: it measures what it says, on books of two sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import machine
from bench.book import Book, price_below


def test_each_size_has_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "settle", lambda: None)
    rows = machine.run([600, 1_000], tmp_path)
    assert [row["loans"] for row in rows] == [600, 1_000]
    for row in rows:
        for figure in ("repayment_build_us", "billing_us", "idle_block_ms", "price_calling_1_ms"):
            assert row[figure] > 0


def test_a_price_calls_the_accounts_that_it_is_below_and_no_other(tmp_path: Path) -> None:
    book = Book(tmp_path / "book", has_collateral=True)
    book.load(100, lambda _: None)
    book.report(price_below(3))
    executed = book.append(book.build([]))
    called = [
        facts["account"] for name, facts in executed.receipts[0].events if name == "margin_called"
    ]
    assert called == ["c-0", "c-10", "c-20"]
