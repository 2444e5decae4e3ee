"""/v1/accounts/.../ledger, /v1/statements, accrual: the books of any range of the past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

from fastapi import APIRouter, Query

from api.accounts import check_account, time_of
from api.book_schemas import (
    AccrualModel,
    DebtEntryModel,
    DebtStatement,
    LedgerModel,
    LenderAccrual,
    MovementModel,
    OpeningModel,
    PartyStatement,
    PaymentsModel,
    ProvisionModel,
)
from api.money import Amounts
from api.pages import history_row
from api.problems import Problem
from api.reading import AnyHeight, CursorQuery, LimitQuery, NamePath, Snapshot, SnapshotOf
from lending import queries
from lending.books import accrual, ledgers
from lending.queries import Facts, corrections, impairment
from lending.queries import facilities as facility_queries

router = APIRouter(tags=["books"])

AssetQuery = Annotated[
    str, Query(pattern="^[A-Z][A-Z0-9]{1,11}$", description="The asset.", examples=["USD"])
]
FirstHeight = Annotated[AnyHeight | None, Query(description="The first block of the range.")]
LastHeight = Annotated[AnyHeight | None, Query(description="The last block; the head without it.")]
FirstTime = Annotated[AnyHeight | None, Query(description="The same as a time, inclusive.")]
LastTime = Annotated[AnyHeight | None, Query(description="The same as a time, inclusive.")]


@router.get(
    "/v1/accounts/{owner}/{kind}/{asset}/ledger", operation_id="get_ledger", summary="A ledger"
)
def get_ledger(
    snapshot: SnapshotOf, owner: NamePath, kind: NamePath, asset: NamePath,
    first: FirstHeight = None, last: LastHeight = None, first_ms: FirstTime = None,
    last_ms: LastTime = None, limit: LimitQuery = 100, cursor: CursorQuery = "",
) -> LedgerModel:  # fmt: skip
    """An account's entries between two blocks or times, with what stood before and after them."""
    check_account(snapshot, owner, kind, asset)
    start, stop = _range(snapshot, first, last, first_ms, last_ms)
    account = f"{owner}/{kind}/{asset}"
    found = ledgers.account_ledger(
        snapshot.reader, account, start, stop, cursor=cursor, limit=limit
    )
    amounts = Amounts(snapshot.state)
    return LedgerModel.model_validate(
        {
            "account": account,
            "first": start,
            "last": stop,
            "opening": amounts.money(found["opening"], asset),
            "closing": amounts.money(found["closing"], asset),
            **_page([_movement(amounts, asset, row) for row in _rows(found, "entries")], found),
        }
    )


@router.get(
    "/v1/statements/parties/{party}", operation_id="get_party_statement",
    summary="The statement of a party, desk or pool",
)  # fmt: skip
def get_party_statement(
    snapshot: SnapshotOf, party: NamePath, asset: AssetQuery,
    first: FirstHeight = None, last: LastHeight = None, first_ms: FirstTime = None,
    last_ms: LastTime = None, limit: LimitQuery = 100, cursor: CursorQuery = "",
) -> PartyStatement:  # fmt: skip
    """All its accounts in an asset between two blocks or times: opening, closing, every entry."""
    if queries.party(snapshot.state, party) is None:
        raise Problem("UNKNOWN_PARTY", facts={"party": party})
    if queries.asset(snapshot.state, asset) is None:
        raise Problem("UNKNOWN_ASSET", facts={"asset": asset})
    start, stop = _range(snapshot, first, last, first_ms, last_ms)
    found = ledgers.party_statement(
        snapshot.reader, party, asset, start, stop, cursor=cursor, limit=limit
    )
    amounts = Amounts(snapshot.state)
    accounts = [
        OpeningModel(
            kind=str(row["kind"]),
            opening=amounts.money(row["opening"], asset),
            closing=amounts.money(row["closing"], asset),
        )
        for row in _rows(found, "accounts")
    ]
    return PartyStatement.model_validate(
        {
            "party": party,
            "asset": asset,
            "first": start,
            "last": stop,
            "accounts": accounts,
            **_page([_movement(amounts, asset, row) for row in _rows(found, "entries")], found),
        }
    )


@router.get(
    "/v1/statements/debts/{name}", operation_id="get_debt_statement",
    summary="The statement of a loan or facility",
)  # fmt: skip
def get_debt_statement(
    snapshot: SnapshotOf, name: NamePath, last: LastHeight = None, last_ms: LastTime = None,
    limit: LimitQuery = 100, cursor: CursorQuery = "",
) -> DebtStatement:  # fmt: skip
    """Every posting of its borrower's debt until a block or time, and what was owed after each."""
    facts = queries.loan(snapshot.state, name) or facility_queries.facility(
        snapshot.state, name, snapshot.header.timestamp_ms
    )
    if facts is None:
        raise Problem("UNKNOWN_LOAN", facts={"loan": name})
    _, stop = _range(snapshot, None, last, None, last_ms)
    borrower, asset = str(facts["borrower"]), str(facts["asset"])
    found = ledgers.debt_statement(
        snapshot.reader, borrower, asset, name, stop, cursor=cursor, limit=limit
    )
    amounts = Amounts(snapshot.state)
    names = ("principal_owed", "interest_owed", "fees_owed", "owed")
    return DebtStatement.model_validate(
        {
            "name": name,
            "borrower": borrower,
            "last": stop,
            **{each: amounts.money(found[each], asset) for each in names},
            **_page([_debt(amounts, asset, row) for row in _rows(found, "entries")], found),
        }
    )


@router.get("/v1/loans/{loan}/accrual", operation_id="get_accrual", summary="Accrual against cash")
def get_accrual(snapshot: SnapshotOf, loan: NamePath, day_ms: LastTime = None) -> AccrualModel:
    """Interest earned, billed and received up to a day: today, one of the past, or one to come."""
    facts = queries.loan(snapshot.state, loan)
    if facts is None:
        raise Problem("UNKNOWN_LOAN", facts={"loan": loan})
    now_ms = snapshot.header.timestamp_ms
    at_ms = now_ms if day_ms is None else day_ms
    found = accrual.loan_accrual(snapshot.state, snapshot.reader, loan, at_ms, now_ms)
    if found is None:
        raise Problem("NOT_DERIVABLE", facts={"loan": loan, "day_ms": at_ms})
    return _accrual(Amounts(snapshot.state), found)


@router.get("/v1/loans/{loan}/payments", operation_id="list_payments", summary="Its payments")
def list_payments(snapshot: SnapshotOf, loan: NamePath) -> PaymentsModel:
    """The payments of a loan after corrections, numbered; empty where its product allows none."""
    facts = corrections.payments(snapshot.state, loan)
    if facts is None:
        raise Problem("UNKNOWN_LOAN", facts={"loan": loan})
    amounts, asset = Amounts(snapshot.state), str(facts["asset"])
    rows = [
        {**row, "offered": amounts.money(row["offered"], asset)} for row in _rows(facts, "payments")
    ]
    kept = {name: value for name, value in facts.items() if name != "asset"}
    return PaymentsModel.model_validate({**kept, "payments": rows})


@router.get("/v1/loans/{loan}/provision", operation_id="get_provision", summary="Its provision")
def get_provision(snapshot: SnapshotOf, loan: NamePath) -> ProvisionModel:
    """The stage of a loan, what its lender has set aside for it, and why."""
    if queries.loan(snapshot.state, loan) is None:
        raise Problem("UNKNOWN_LOAN", facts={"loan": loan})
    facts = impairment.provision(snapshot.state, loan)
    if facts is None:
        raise Problem("NOT_ASSESSED", facts={"loan": loan})
    amounts, asset = Amounts(snapshot.state), str(facts["asset"])
    names = ("amount", "exposure", "covered", "mark")
    money = {name: amounts.money(facts[name], asset) for name in names}
    kept = {name: value for name, value in facts.items() if name != "asset"}
    return ProvisionModel.model_validate({**kept, **money})


@router.get(
    "/v1/statements/accrual/{lender}", operation_id="get_lender_accrual",
    summary="Accrual against cash of a lender",
)  # fmt: skip
def get_lender_accrual(
    snapshot: SnapshotOf, lender: NamePath, day_ms: LastTime = None, limit: LimitQuery = 100,
    cursor: CursorQuery = "",
) -> LenderAccrual:  # fmt: skip
    """A page of its loans as they stand, with the interest earned up to a day from now on."""
    if queries.party(snapshot.state, lender) is None:
        raise Problem("UNKNOWN_PARTY", facts={"party": lender})
    at_ms = max(snapshot.header.timestamp_ms, day_ms or 0)
    found = accrual.lender_accrual(
        snapshot.state, snapshot.reader, lender, at_ms, cursor=cursor, limit=limit
    )
    amounts = Amounts(snapshot.state)
    rows = [_accrual(amounts, row) for row in _rows(found, "loans")]
    return LenderAccrual.model_validate({"lender": lender, "day_ms": at_ms, **_page(rows, found)})


def _range(
    snapshot: Snapshot, first: int | None, last: int | None, first_ms: int | None,
    last_ms: int | None,
) -> tuple[int, int]:  # fmt: skip
    """The heights that a request means. Raises Problem."""
    head = snapshot.header.height
    if last is not None and last > head:
        raise Problem(
            "HEIGHT_NOT_REACHED", f"the head is at {head}", {"height": last, "head": head}
        )

    def at(height: int) -> int:
        return time_of(snapshot, height)

    start = first or 0
    if first_ms:
        start = max(start, ledgers.height_at(at, head, first_ms - 1) + 1)
    stop = head if last is None else last
    if last_ms is not None:
        stop = min(stop, ledgers.height_at(at, head, last_ms))
    return start, stop


def _movement(amounts: Amounts, asset: str, row: Facts) -> MovementModel:
    money = {name: amounts.money(row[name], asset) for name in ("amount", "balance")}
    return MovementModel.model_validate({**history_row(row), **money})


def _debt(amounts: Amounts, asset: str, row: Facts) -> DebtEntryModel:
    names = ("amount", "owed", "principal", "interest", "fees")
    money = {name: amounts.money(row[name], asset) for name in names}
    kept = {name: value for name, value in history_row(row).items() if name != "balance"}
    return DebtEntryModel.model_validate({**kept, **money})


def _accrual(amounts: Amounts, facts: Facts) -> AccrualModel:
    asset = str(facts["asset"])
    names = ("earned", "billed", "unbilled", "received", "unpaid", "lost")
    money = {name: amounts.money(facts[name], asset) for name in names}
    kept = {name: value for name, value in facts.items() if name != "asset"}
    return AccrualModel.model_validate({**kept, **money})


def _page(rows: Sequence[object], found: Facts) -> dict[str, object]:
    following = str(found["cursor"])
    return {"data": rows, "has_more": bool(following), "next": following or None}


def _rows(facts: Facts, name: str) -> list[Facts]:
    return cast("list[Facts]", facts[name])
