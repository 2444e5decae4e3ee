"""/v1/monitoring: figures of risk, how concentrated they are, and which alerts are raised."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Query

from api.money import Amounts
from api.monitoring_schemas import (
    AlertModel,
    AssetRisk,
    ConcentrationModel,
    FigureModel,
    RiskModel,
    ShareModel,
)
from api.pages import page_from
from api.problems import Problem
from api.reading import CursorQuery, LimitQuery, SnapshotOf
from api.schemas import Page
from ledger.overlay import StateReader
from lending import queries
from lending.queries import Facts
from lending.queries import monitoring as found_in

router = APIRouter(tags=["monitoring"])

AssetQuery = Annotated[
    str, Query(pattern="^[A-Z][A-Z0-9]{1,11}$", description="The currency.", examples=["USD"])
]
DimensionQuery = Annotated[
    Literal[
        "all", "lender", "borrower", "product", "bucket", "stage", "coverage", "facility", "pool"
    ],
    Query(description="By what the figures are counted."),
]

GaugeRow = tuple[str, str, str, str, int]
"""Figure, asset, dimension, member, value: a line of the metrics."""


@router.get("/v1/monitoring", operation_id="get_risk", summary="The main figures of risk")
def get_risk(snapshot: SnapshotOf) -> RiskModel:
    """How figures are kept, and for each currency what is owed, overdue and concentrated."""
    state = snapshot.state
    kept = found_in.monitoring(state)
    amounts = Amounts(state)
    codes = found_in.assets(state)
    return RiskModel(
        height=snapshot.header.height,
        refresh_days=None if kept is None else cast("int", kept["refresh_days"]),
        is_walking=kept is not None and bool(kept["is_walking"]),
        complete_height=0 if kept is None else cast("int", kept["complete_height"]),
        assets=[_asset(amounts, found_in.summary(state, code)) for code in codes],
    )


@router.get("/v1/monitoring/figures", operation_id="list_figures", summary="Figures of risk")
def list_figures(
    snapshot: SnapshotOf,
    asset: AssetQuery,
    dimension: DimensionQuery = "all",
    limit: LimitQuery = 100,
    cursor: CursorQuery = "",
) -> Page[FigureModel]:
    """The figures of one dimension by member: what is owed, to what limit, what may be lost of it."""
    if queries.asset(snapshot.state, asset) is None:
        raise Problem("UNKNOWN_ASSET", facts={"asset": asset})
    found = found_in.figures(snapshot.state, asset, dimension, cursor=cursor, limit=limit)
    amounts = Amounts(snapshot.state)
    return page_from(found, lambda row: FigureModel.model_validate(_money(amounts, asset, row)))


@router.get("/v1/monitoring/alerts", operation_id="list_alerts", summary="Alert rules")
def list_alerts(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[AlertModel]:
    """Every rule by asset and name: its limit, what it last read, since when its alert is raised."""
    found = found_in.alerts(snapshot.state, cursor=cursor, limit=limit)
    return page_from(found, AlertModel.model_validate)


def gauges(state: StateReader) -> Iterable[GaugeRow]:
    """The main figures as lines of the metrics; bounded, whatever the book holds."""
    for code in found_in.assets(state):
        summary = found_in.summary(state, code)
        for name in ("count", "exposure", "loss"):
            yield name, code, "all", "all", cast("int", summary[name])
        for row in _rows(summary, "past_due"):
            yield "past_due", code, "bucket", str(row["days"]), cast("int", row["exposure"])
        for row in _rows(summary, "concentration"):
            dimension = str(row["dimension"])
            yield "concentration_points", code, dimension, "all", cast("int", row["points"])
    for row in found_in.alerts(state).items:
        place = (str(row["asset"]), str(row["severity"]), str(row["name"]))
        yield "alert", *place, int(bool(row["is_raised"]))


def _asset(amounts: Amounts, facts: Facts) -> AssetRisk:
    code = str(facts["asset"])
    return AssetRisk.model_validate(
        {
            **_money(amounts, code, facts),
            "past_due": [
                ShareModel.model_validate(_money(amounts, code, {**row, "member": row["days"]}))
                for row in _rows(facts, "past_due")
            ],
            "concentration": [
                _concentration(amounts, code, row) for row in _rows(facts, "concentration")
            ],
        }
    )


def _concentration(amounts: Amounts, code: str, facts: Facts) -> ConcentrationModel:
    top = [ShareModel.model_validate(_money(amounts, code, row)) for row in _rows(facts, "largest")]
    return ConcentrationModel.model_validate({**facts, "largest": top})


def _money(amounts: Amounts, code: str, facts: Facts) -> Facts:
    """The same with amounts as money, and only the names that a model has."""
    names = {"exposure": "exposure", "limit": "limit", "loss": "expected_loss"}
    money = {
        shown: amounts.money(facts[name], code) for name, shown in names.items() if name in facts
    }
    kept = {name: value for name, value in facts.items() if name not in {*names, "days"}}
    return {**kept, **money}


def _rows(facts: Facts, name: str) -> list[Facts]:
    return cast("list[Facts]", facts[name])
