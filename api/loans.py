"""/v1/loans: the book, one loan with its schedule, and its statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Final, cast

from fastapi import APIRouter, Query

from api.lending_schemas import (
    BillModel,
    HistoryModel,
    InstallmentModel,
    LoanDetail,
    LoanModel,
    PayoffModel,
    StatementModel,
)
from api.money import Amounts
from api.pages import history_row
from api.problems import Problem
from api.reading import CursorQuery, LimitQuery, NamePath, Snapshot, SnapshotOf
from api.schemas import Page
from lending import queries, statements
from lending.paging import Page as Found
from lending.queries import Facts
from lending.records import LoanStatus

router = APIRouter(tags=["lending"])

LOOKED_AT_MAX: Final = 10_000
"""How many loans one filtered page looks at."""
_MONEY: Final = (
    "principal", "level", "balance", "billed", "owed", "paid_fees", "paid_interest",
    "paid_principal", "written_off", "recovered",
)  # fmt: skip
_PARTY = Query(max_length=40, pattern="^[a-z0-9-]*$", description="Only loans of this party.")

Read = Callable[[str, int], Found[Facts]]


@router.get("/v1/loans", operation_id="list_loans", summary="The loan book")
def list_loans(
    snapshot: SnapshotOf,
    limit: LimitQuery = 100,
    cursor: CursorQuery = "",
    status: Annotated[LoanStatus | None, Query(description="Only loans of this status.")] = None,
    lender: Annotated[str, _PARTY] = "",
    borrower: Annotated[str, _PARTY] = "",
) -> Page[LoanModel]:
    """Loans by name. A filtered page may be short, even empty, and still have a `next`: it looks at
    no more than 10,000 loans.
    """
    party = borrower or lender
    wanted = {
        "status": status.value if status else "",
        "lender": lender,
        "borrower": borrower,
    }
    read = _all_loans(snapshot) if not party else _loans_of(snapshot, party)
    rows, following = _filtered(read, wanted, cursor, limit)
    amounts = Amounts(snapshot.state)
    return Page(
        data=[LoanModel.model_validate(loan_value(amounts, row)) for row in rows],
        has_more=bool(following),
        next=following or None,
    )


@router.get("/v1/loans/{loan}", operation_id="get_loan", summary="One loan with its schedule")
def get_loan(snapshot: SnapshotOf, loan: NamePath) -> LoanDetail:
    """Its figures, its schedule as agreed with where each installment stands, and what a payment at
    the newest block's time could settle.
    """
    state = snapshot.state
    facts = queries.loan(state, loan)
    planned = queries.schedule(state, loan)
    payoff = queries.payoff(state, loan, snapshot.header.timestamp_ms)
    if facts is None or planned is None or payoff is None:
        raise Problem("UNKNOWN_LOAN", facts={"loan": loan})
    amounts = Amounts(state)
    return LoanDetail.model_validate(
        {
            **loan_value(amounts, facts),
            "schedule": [_installment(amounts, facts, row) for row in planned],
            "payoff": _payoff(amounts, str(facts["asset"]), payoff),
        }
    )


@router.get("/v1/loans/{loan}/statement", operation_id="get_statement", summary="Its statement")
def get_statement(
    snapshot: SnapshotOf, loan: NamePath, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> StatementModel:
    """The loan now, and what happened to it and its agreement in order of time."""
    facts = queries.loan(snapshot.state, loan)
    if facts is None:
        raise Problem("UNKNOWN_LOAN", facts={"loan": loan})
    found = statements.history(snapshot.reader, loan, cursor=cursor, limit=limit)
    return StatementModel(
        data=[HistoryModel.model_validate(history_row(row)) for row in found.items],
        has_more=bool(found.cursor),
        next=found.cursor or None,
        loan=LoanModel.model_validate(loan_value(Amounts(snapshot.state), facts)),
    )


def loan_value(amounts: Amounts, facts: Facts) -> dict[str, object]:
    """A loan with its amounts as money."""
    asset = str(facts["asset"])
    return {
        **facts,
        **{name: amounts.money(facts[name], asset) for name in _MONEY},
        "bills": [_bill(amounts, asset, bill) for bill in _bills(facts)],
    }


def _bill(amounts: Amounts, asset: str, bill: Facts) -> BillModel:
    money = {name: amounts.money(bill[name], asset) for name in ("fees", "interest", "principal")}
    return BillModel.model_validate({**bill, **money})


def _bills(facts: Facts) -> list[Facts]:
    return cast("list[Facts]", facts["bills"])


def _installment(amounts: Amounts, facts: Facts, row: Facts) -> InstallmentModel:
    asset = str(facts["asset"])
    names = ("principal", "interest", "payment", "balance_after")
    bill = next((bill for bill in _bills(facts) if bill["number"] == row["number"]), None)
    unpaid = 0 if bill is None else _sum(bill, ("fees", "interest", "principal"))
    return InstallmentModel.model_validate(
        {
            **row,
            **{name: amounts.money(row[name], asset) for name in names},
            "state": _state(facts, row, bill),
            "unpaid": amounts.money(unpaid, asset),
        }
    )


def _state(facts: Facts, row: Facts, bill: Facts | None) -> str:
    if bill is not None:
        return "late" if bill["is_late"] else "unpaid"
    if _integer(row["number"]) < _integer(facts["number"]):
        return "settled"
    return "to_come" if facts["next_due_ms"] else "dropped"


def _payoff(amounts: Amounts, asset: str, facts: Facts) -> PayoffModel:
    names = ("billed", "interest_of_period", "principal_not_due", "total")
    money = {name: amounts.money(facts[name], asset) for name in names}
    return PayoffModel.model_validate({**money, "days_past_due": facts["days_past_due"]})


def _all_loans(snapshot: Snapshot) -> Read:
    return lambda cursor, limit: queries.loans(snapshot.state, cursor=cursor, limit=limit)


def _loans_of(snapshot: Snapshot, party: str) -> Read:
    """Reads a party's agreements; an agreement that is not drawn yet gives an empty row."""

    def read(cursor: str, limit: int) -> Found[Facts]:
        found = statements.agreements_of(snapshot.reader, party, cursor=cursor, limit=limit)
        rows = (queries.loan(snapshot.state, str(row["agreement"])) for row in found.items)
        return Found(tuple(row or {} for row in rows), found.cursor)

    return read


def _filtered(
    read: Read, wanted: dict[str, str], cursor: str, limit: int
) -> tuple[list[Facts], str]:
    """Rows that are as wanted, at most `limit`, and where to go on."""
    rows: list[Facts] = []
    looked_at = 0
    while True:
        found = read(cursor, limit - len(rows))
        rows.extend(row for row in found.items if row and _matches(row, wanted))
        looked_at += len(found.items)
        cursor = found.cursor
        if not cursor or len(rows) == limit or looked_at >= LOOKED_AT_MAX:
            return rows, cursor


def _matches(row: Facts, wanted: dict[str, str]) -> bool:
    return all(not value or row[name] == value for name, value in wanted.items())


def _sum(facts: Facts, names: Iterable[str]) -> int:
    return sum(_integer(facts[name]) for name in names)


def _integer(value: object) -> int:
    assert isinstance(value, int), "figures are integers"
    return value
