"""/v1/pools: how pools stand, who has what of them, who waits, who owes."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path

from api.market_schemas import CreditLineModel, PoolModel, PositionModel, RequestModel
from api.money import Amounts
from api.pages import page_from
from api.problems import Problem
from api.reading import CursorQuery, LimitQuery, NamePath, Snapshot, SnapshotOf
from api.schemas import Page
from api.shown import inner, shown
from lending.queries import Facts
from lending.queries import pools as queries

router = APIRouter(tags=["lending"])

TranchePath = Annotated[
    Literal["SENIOR", "JUNIOR"], Path(description="The tranche: SENIOR or JUNIOR.")
]
_FIGURES: Final = ("cash", "debt", "reserve", "spread")


@router.get("/v1/pools", operation_id="list_pools", summary="All pools")
def list_pools(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[PoolModel]:
    """By name, each with its policy and figures."""
    now_ms = snapshot.header.timestamp_ms
    amounts = Amounts(snapshot.state)
    found = queries.pools(snapshot.state, now_ms, cursor=cursor, limit=limit)
    return page_from(found, lambda facts: _pool(amounts, facts or {}))


@router.get("/v1/pools/{pool}", operation_id="get_pool", summary="One pool")
def get_pool(snapshot: SnapshotOf, pool: NamePath) -> PoolModel:
    """Its policy, and its figures with interest up to the newest block."""
    return _pool(Amounts(snapshot.state), _found(snapshot, pool))


@router.get(
    "/v1/pools/{pool}/{tranche}/positions", operation_id="list_positions", summary="Who has what"
)
def list_positions(
    snapshot: SnapshotOf,
    pool: NamePath,
    tranche: TranchePath,
    limit: LimitQuery = 100,
    cursor: CursorQuery = "",
) -> Page[PositionModel]:
    """The depositors of a tranche by name."""
    template = inner(_found(snapshot, pool), "template")
    amounts = Amounts(snapshot.state)
    found = queries.positions(
        snapshot.state, pool, tranche, snapshot.header.timestamp_ms, cursor=cursor, limit=limit
    )
    return page_from(found, lambda facts: _position(amounts, template, facts))


@router.get(
    "/v1/pools/{pool}/{tranche}/queue", operation_id="list_withdrawals", summary="Who waits"
)
def list_withdrawals(
    snapshot: SnapshotOf,
    pool: NamePath,
    tranche: TranchePath,
    limit: LimitQuery = 100,
    cursor: CursorQuery = "",
) -> Page[RequestModel]:
    """The withdrawals that wait, in the order in which they are served."""
    _found(snapshot, pool)
    found = queries.queue(snapshot.state, pool, tranche, cursor=cursor, limit=limit)
    return page_from(
        found,
        lambda facts: RequestModel.model_validate({**facts, "shares": str(facts["shares"])}),
    )


@router.get("/v1/pools/{pool}/credit-lines", operation_id="list_credit_lines", summary="Who owes")
def list_credit_lines(
    snapshot: SnapshotOf, pool: NamePath, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[CreditLineModel]:
    """The credit lines of a pool by borrower."""
    asset = inner(_found(snapshot, pool), "template")["asset"]
    amounts = Amounts(snapshot.state)
    found = queries.credit_lines(
        snapshot.state, pool, snapshot.header.timestamp_ms, cursor=cursor, limit=limit
    )
    return page_from(found, lambda facts: _credit_line(amounts, asset, facts))


def _found(snapshot: Snapshot, pool: str) -> Facts:
    facts = queries.pool(snapshot.state, pool, snapshot.header.timestamp_ms)
    if facts is None:
        raise Problem("UNKNOWN_POOL", facts={"pool": pool})
    return facts


def _pool(amounts: Amounts, facts: Facts) -> PoolModel:
    if facts["figures"] is None:
        return PoolModel.model_validate(facts)
    figures = inner(facts, "figures")
    asset = inner(facts, "template")["asset"]
    tranches = {
        word: shown(amounts, inner(figures, word), asset, ("claim", "lost"), ("shares", "queued"))
        for word in ("senior", "junior")
    }
    shown_figures = {**shown(amounts, figures, asset, _FIGURES, ("index",)), **tranches}
    return PoolModel.model_validate({**facts, "figures": shown_figures})


def _position(amounts: Amounts, template: Facts, facts: Facts) -> PositionModel:
    row = shown(amounts, facts, template["asset"], ("value", "cost"), ("shares", "queued"))
    reward = str(template["reward_asset"])
    row["rewards"] = amounts.money(facts["rewards"], reward) if reward else None
    return PositionModel.model_validate(row)


def _credit_line(amounts: Amounts, asset: object, facts: Facts) -> CreditLineModel:
    row = shown(amounts, facts, asset, ("limit", "debt", "written_off"))
    pledged = str(facts["collateral_asset"])
    row["pledged"] = amounts.money(facts["pledged"], pledged) if pledged else None
    return CreditLineModel.model_validate(row)
