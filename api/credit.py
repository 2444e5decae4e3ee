"""/v1/parties/{party}/score and /recommendations, /v1/compliance/reports: who is good for how much."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query

from api.credit_schemas import (
    RecommendationModel,
    RecommendationsModel,
    ReportModel,
    ScoreModel,
)
from api.money import Amounts
from api.pages import page_from
from api.problems import Problem
from api.reading import CursorQuery, Limit, LimitQuery, NamePath, Snapshot, SnapshotOf
from api.schemas import Page
from lending import queries
from lending.queries import Facts
from lending.queries import compliance as compliance_queries
from lending.queries import credit as credit_queries

router = APIRouter(tags=["credit"])

ReaderQuery = Annotated[
    str,
    Query(
        pattern="^[a-z0-9-]{1,32}$", examples=["acme"],
        description="Who asks: the party, one that it let in, or one that lends it money now.",
    ),
]  # fmt: skip
AssetQuery = Annotated[
    str, Query(pattern="^[A-Z][A-Z0-9]{1,11}$", description="The currency.", examples=["USD"])
]


@router.get(
    "/v1/parties/{party}/score", operation_id="get_score", summary="A score, factor by factor"
)
def get_score(snapshot: SnapshotOf, party: NamePath, reader: ReaderQuery) -> ScoreModel:
    """By the model in force, at the newest block's time."""
    _check_reader(snapshot, party, reader)
    now_ms = snapshot.header.timestamp_ms
    found = credit_queries.score(snapshot.state, party, reader, now_ms)
    if found is None:
        raise Problem("NO_SCORE_MODEL")
    return ScoreModel.model_validate(found)


@router.get(
    "/v1/parties/{party}/recommendations", operation_id="list_recommendations",
    summary="Products for a party",
)  # fmt: skip
def list_recommendations(
    snapshot: SnapshotOf,
    party: NamePath,
    reader: ReaderQuery,
    asset: AssetQuery,
    installments: Annotated[
        Limit | None, Query(description="For how many installments; else as many as there can be.")
    ] = None,
) -> RecommendationsModel:
    """Active products with reasons and indicative terms; binding for nobody."""
    _check_reader(snapshot, party, reader)
    if queries.asset(snapshot.state, asset) is None:
        raise Problem("UNKNOWN_ASSET", facts={"asset": asset})
    found = credit_queries.recommendations(
        snapshot.state, party, reader, asset, snapshot.header.timestamp_ms, installments or 0
    )
    amounts = Amounts(snapshot.state)
    rows = [_recommendation(amounts, asset, each) for each in found or ()]
    return RecommendationsModel(party=party, recommendations=rows)


@router.get(
    "/v1/compliance/reports", operation_id="list_reports", summary="Large and unusual movements"
)
def list_reports(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[ReportModel]:
    """The movements that were reported, the oldest first."""
    amounts = Amounts(snapshot.state)
    found = compliance_queries.movement_reports(snapshot.state, cursor=cursor, limit=limit)
    return page_from(found, lambda row: _report(amounts, row))


def _check_reader(snapshot: Snapshot, party: str, reader: str) -> None:
    if queries.party(snapshot.state, party) is None:
        raise Problem("UNKNOWN_PARTY", facts={"party": party})
    now_ms = snapshot.header.timestamp_ms
    if not credit_queries.is_readable(snapshot.state, party, reader, now_ms):
        raise Problem("SCORE_NOT_SHOWN", facts={"party": party, "reader": reader})


def _recommendation(amounts: Amounts, asset: str, row: Facts) -> RecommendationModel:
    money = {name: amounts.money(row[name], asset) for name in ("principal", "payment")}
    return RecommendationModel.model_validate({**row, **money, "reasons": list(_texts(row))})


def _texts(row: Facts) -> tuple[str, ...]:
    return cast("tuple[str, ...]", row["reasons"])


def _report(amounts: Amounts, row: Facts) -> ReportModel:
    asset = str(row["asset"])
    shown = {name: value for name, value in row.items() if name != "asset"}
    return ReportModel.model_validate({**shown, "amount": amounts.money(row["amount"], asset)})
