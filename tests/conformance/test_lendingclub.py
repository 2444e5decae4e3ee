"""Every installment in LendingClub's public record is what the engine's plan says, to the cent."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lending.arithmetic import (
    ContractType,
    DayCount,
    Installment,
    installment,
    loan_terms,
    parse_decimal,
    plan,
)

FILES = [("lendingclub-loans.csv", 1712), ("lendingclub-outcomes.csv", 4770)]


@pytest.mark.parametrize(("name", "rows"), FILES)
def test_every_installment_of_the_record_is_the_plan_s(shared: Path, name: str, rows: int) -> None:
    with (shared / "data" / name).open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    assert len(records) == rows
    wrong = [record for record in records if not _agrees(record)]
    assert wrong == []


def _agrees(record: dict[str, str]) -> bool:
    principal = parse_decimal(record["funded_amnt"], 2, "funded_amnt")
    rate = parse_decimal(record["int_rate"], 7, "int_rate")
    months = int(record["term"].split()[0])
    recorded = parse_decimal(record["installment"], 2, "installment")
    terms = loan_terms(
        ContractType.ANN,
        principal,
        rate,
        _issued(record["issue_d"]),
        months,
        day_count=DayCount.E30360,
    )
    planned = plan(terms)
    return (
        installment(principal, rate, months) == recorded
        and len(planned) == months
        and all(each.payment == recorded for each in planned[:-1])
        and abs(planned[-1].payment - recorded) <= 3 * months  # cents that rounding carried along
        and _repays(planned, principal)
    )


def _repays(planned: tuple[Installment, ...], principal: int) -> bool:
    """Whether the principal parts add up to the loan and the last leaves nothing."""
    total = sum(each.principal for each in planned)
    return total == principal and planned[-1].balance_after == 0


def _issued(text: str) -> int:
    """Return the issue month, written 2015-08-01 or Dec-2018, in epoch milliseconds."""
    layout = "%Y-%m-%d" if text[0].isdigit() else "%b-%Y"
    return int(datetime.strptime(text, layout).replace(tzinfo=UTC).timestamp()) * 1000
