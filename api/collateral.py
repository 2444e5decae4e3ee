"""/v1/collateral-accounts and what belongs to them: policies, prices, guarantees, cover funds."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query

from api.market_schemas import (
    CollateralAccountModel,
    CoverFundModel,
    PolicyModel,
    PriceFeedModel,
    ProtectionModel,
)
from api.money import Amounts
from api.pages import page_from
from api.problems import Problem
from api.reading import CursorQuery, LimitQuery, NamePath, SnapshotOf
from api.schemas import Page
from api.shown import rows_of, shown
from lending.queries import Facts
from lending.queries import collateral as queries
from lending.records.collateral import AccountStatus

router = APIRouter(tags=["lending"])

_LOT: Final = ("price", "start", "step", "floor")


@router.get(
    "/v1/collateral-accounts", operation_id="list_collateral_accounts", summary="Collateral"
)
def list_collateral_accounts(
    snapshot: SnapshotOf,
    limit: LimitQuery = 100,
    cursor: CursorQuery = "",
    status: Annotated[
        AccountStatus | None,
        Query(description="Only accounts of this status; LIQUIDATING is on sale."),
    ] = None,
) -> Page[CollateralAccountModel]:
    """Accounts by name with what they hold, secure and are worth. A page of one status may be short,
    even empty, and still have a `next`.
    """
    amounts = Amounts(snapshot.state)
    now_ms = snapshot.header.timestamp_ms
    found = queries.collateral_accounts(snapshot.state, now_ms, cursor=cursor, limit=limit)
    rows = [row for row in found.items if status is None or row["status"] == status.value]
    return Page(
        data=[_account(amounts, row) for row in rows],
        has_more=bool(found.cursor),
        next=found.cursor or None,
    )


@router.get(
    "/v1/collateral-accounts/{account}",
    operation_id="get_collateral_account",
    summary="One collateral account",
)
def get_collateral_account(snapshot: SnapshotOf, account: NamePath) -> CollateralAccountModel:
    """What it holds, secures and is worth; while it is on sale, the prices of its lots now."""
    now_ms = snapshot.header.timestamp_ms
    found = queries.collateral_account(snapshot.state, account, now_ms)
    if found is None:
        raise Problem("UNKNOWN_COLLATERAL_ACCOUNT", facts={"account": account})
    return _account(Amounts(snapshot.state), found)


@router.get("/v1/collateral-policies", operation_id="list_policies", summary="What counts how")
def list_policies(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[PolicyModel]:
    """How each asset counts as collateral in each currency, and how much of it accounts hold."""
    amounts = Amounts(snapshot.state)
    found = queries.collateral_policies(snapshot.state, cursor=cursor, limit=limit)
    return page_from(
        found,
        lambda row: PolicyModel.model_validate(
            shown(amounts, row, row["asset"], ("supply_cap", "held"))
        ),
    )


@router.get("/v1/price-feeds", operation_id="list_price_feeds", summary="Price feeds")
def list_price_feeds(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[PriceFeedModel]:
    """How each price is agreed, what the sources said last, and whether the breaker tripped."""
    amounts = Amounts(snapshot.state)
    found = queries.price_feeds(snapshot.state, cursor=cursor, limit=limit)
    return page_from(found, lambda row: _feed(amounts, row))


@router.get("/v1/protections", operation_id="list_protections", summary="Guarantees and covers")
def list_protections(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[ProtectionModel]:
    """First-loss capital, guarantees and covers by name."""
    amounts = Amounts(snapshot.state)
    found = queries.protections(snapshot.state, cursor=cursor, limit=limit)
    return page_from(found, lambda row: _protection(amounts, row))


@router.get(
    "/v1/protections/{protection}", operation_id="get_protection", summary="One guarantee or cover"
)
def get_protection(snapshot: SnapshotOf, protection: NamePath) -> ProtectionModel:
    """Whose loan it protects, for how much, and what it paid."""
    found = queries.protection(snapshot.state, protection)
    if found is None:
        raise Problem("UNKNOWN_PROTECTION", facts={"protection": protection})
    return _protection(Amounts(snapshot.state), found)


@router.get("/v1/cover-funds", operation_id="list_cover_funds", summary="Cover funds")
def list_cover_funds(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[CoverFundModel]:
    """By name: capital, exposure, and what each can still cover."""
    amounts = Amounts(snapshot.state)
    found = queries.cover_funds(snapshot.state, cursor=cursor, limit=limit)
    return page_from(found, lambda row: _fund(amounts, row))


@router.get("/v1/cover-funds/{fund}", operation_id="get_cover_fund", summary="One cover fund")
def get_cover_fund(snapshot: SnapshotOf, fund: NamePath) -> CoverFundModel:
    """Its capital, exposure, premiums, and what it can still cover."""
    found = queries.cover_fund(snapshot.state, fund)
    if found is None:
        raise Problem("UNKNOWN_FUND", facts={"fund": fund})
    return _fund(Amounts(snapshot.state), found)


def _account(amounts: Amounts, facts: Facts) -> CollateralAccountModel:
    currency = facts["currency"]
    value = facts["value"]
    row = shown(amounts, facts, currency, ("debt", "target"))
    holdings = [
        {
            **shown(amounts, each, currency, ("limit",)),
            "amount": amounts.money(each["amount"], str(each["asset"])),
        }
        for each in rows_of(facts, "holdings")
    ]
    return CollateralAccountModel.model_validate(
        {
            **row,
            "account": facts["name"],
            "value": None if value is None else amounts.money(value, str(currency)),
            "holdings": holdings,
            "lots": [shown(amounts, lot, currency, _LOT) for lot in rows_of(facts, "lots")],
        }
    )


def _feed(amounts: Amounts, facts: Facts) -> PriceFeedModel:
    currency = facts["currency"]
    reports = [shown(amounts, each, currency, ("price",)) for each in rows_of(facts, "reports")]
    row = shown(amounts, facts, currency, ("anchor",))
    return PriceFeedModel.model_validate({**row, "reports": reports})


def _protection(amounts: Amounts, facts: Facts) -> ProtectionModel:
    row = shown(amounts, facts, facts["currency"], ("amount", "paid", "returned"))
    return ProtectionModel.model_validate({**row, "protection": facts["name"]})


def _fund(amounts: Amounts, facts: Facts) -> CoverFundModel:
    row = shown(amounts, facts, facts["currency"], ("capital", "exposure", "available"))
    return CoverFundModel.model_validate({**row, "fund": facts["name"]})
