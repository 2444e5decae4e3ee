"""The demo's loan book: LendingClub's record of finished loans, read exactly, and a fair part of it.

What the rows mean and where they come from: config/demo/SOURCE.md. What is done about a row: plan.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from ledger.errors import Invalid
from lending.arithmetic import MINOR_UNITS, InvalidTerms, parse_decimal

BOOK: Final = (
    Path(__file__).resolve().parents[2] / "config" / "demo" / "lendingclub-outcomes.csv.gz"
)
PERCENT_DECIMALS: Final = 7
"""A rate of 1 per cent is 10**7 billionths."""


@dataclass(frozen=True, slots=True)
class Record:
    """What LendingClub recorded of one finished loan; amounts in cents."""

    row: int
    """Its place in the file, from 1."""
    principal: int
    """What was lent."""
    months: int
    """The term."""
    rate: int
    """The nominal yearly rate in billionths."""
    installment: int
    """The monthly payment."""
    issued: date
    """The first day of the month of issue."""
    grade: str
    """LendingClub's rating with its digit, such as B5."""
    is_paid: bool
    """Whether it was fully paid, rather than charged off."""
    principal_received: int
    """What was received as principal."""
    interest_received: int
    """What was received as interest."""
    late_fees_received: int
    """What was received as late fees."""
    recovered: int
    """What was received after the charge-off."""
    collection_fee: int
    """What collectors kept of it."""


def read_book(path: Path = BOOK) -> tuple[Record, ...]:
    """Every row of the record, in its order. Raises Invalid for a file that is not the record."""
    try:
        text = gzip.decompress(path.read_bytes()).decode()
        rows = csv.DictReader(io.StringIO(text))
        return tuple(_record(number, row) for number, row in enumerate(rows, 1))
    except (OSError, UnicodeDecodeError, KeyError, InvalidTerms, ValueError) as error:
        raise Invalid("BAD_BOOK", f"{path}: {error}") from None


def choose(book: Sequence[Record], count: int) -> tuple[Record, ...]:
    """`count` loans that stand for the whole, always the same ones, in the order of the file.

    The book is put in order of outcome, recovery, grade and age at the end, and every n-th loan is
    taken: so each kind has its share (systematic sampling from an ordered list).
    """
    if count >= len(book):
        return tuple(book)
    ordered = sorted(book, key=_kind)
    taken = (ordered[(2 * index + 1) * len(book) // (2 * count)] for index in range(count))
    return tuple(sorted(taken, key=lambda record: record.row))


def _kind(record: Record) -> tuple[bool, bool, str, int, int]:
    life = record.interest_received * 1_000 // record.principal
    return record.is_paid, record.recovered > 0, record.grade, life, record.row


def _record(number: int, row: dict[str, str]) -> Record:
    is_paid = row["loan_status"] == "Fully Paid"
    received = _cents(row["total_rec_prncp"])
    return Record(
        row=number,
        # One record lacks a cent of the derived amount; what was repaid in full was what was lent.
        principal=received if is_paid else _cents(row["funded_amnt"]),
        months=int(row["term"]),
        rate=parse_decimal(row["int_rate"], PERCENT_DECIMALS, "int_rate"),
        installment=_cents(row["installment"]),
        issued=date.fromisoformat(row["issue_d"]),
        grade=row["sub_grade"],
        is_paid=is_paid,
        principal_received=received,
        interest_received=_cents(row["total_rec_int"]),
        late_fees_received=_cents(row["total_rec_late_fee"]),
        recovered=_cents(row["recoveries"]),
        collection_fee=_cents(row["collection_recovery_fee"]),
    )


def _cents(text: str) -> int:
    return parse_decimal(text, MINOR_UNITS.money, "amount")
