"""/v1/facilities and /v1/indices: syndicated loans, their votes, and the rates that they follow."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from api.market_schemas import AmendmentModel, FacilityModel, FixingModel, IndexModel
from api.money import Amounts
from api.pages import page_from
from api.problems import Problem
from api.reading import CursorQuery, LimitQuery, NamePath, SnapshotOf
from api.schemas import Page
from api.shown import rows_of, shown
from lending.queries import Facts
from lending.queries import facilities as queries

router = APIRouter(tags=["lending"])

_TRANCHE: Final = ("committed", "outstanding", "requested", "accrued_interest", "accrued_fee")
_SHARE: Final = (
    "commitment", "outstanding", "principal_due", "interest_due", "fees_due", "accrued_interest",
    "accrued_fee",
)  # fmt: skip


@router.get("/v1/facilities", operation_id="list_facilities", summary="Syndicated facilities")
def list_facilities(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[FacilityModel]:
    """By name, each with its tranches and lenders."""
    amounts = Amounts(snapshot.state)
    now_ms = snapshot.header.timestamp_ms
    found = queries.facilities(snapshot.state, now_ms, cursor=cursor, limit=limit)
    return page_from(found, lambda facts: _facility(amounts, facts))


@router.get("/v1/facilities/{facility}", operation_id="get_facility", summary="One facility")
def get_facility(snapshot: SnapshotOf, facility: NamePath) -> FacilityModel:
    """Its terms, figures, tranches, and what each lender has and accrued until today."""
    found = queries.facility(snapshot.state, facility, snapshot.header.timestamp_ms)
    if found is None:
        raise Problem("UNKNOWN_FACILITY", facts={"facility": facility})
    return _facility(Amounts(snapshot.state), found)


@router.get(
    "/v1/facilities/{facility}/amendments", operation_id="list_amendments", summary="Its votes"
)
def list_amendments(
    snapshot: SnapshotOf, facility: NamePath, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[AmendmentModel]:
    """The votes of a facility's lenders by name."""
    found = queries.amendments_page(snapshot.state, facility, cursor=cursor, limit=limit)
    if found is None:
        raise Problem("UNKNOWN_FACILITY", facts={"facility": facility})
    return page_from(found, AmendmentModel.model_validate)


@router.get("/v1/indices", operation_id="list_indices", summary="Indices of rates")
def list_indices(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[IndexModel]:
    """By name: who reports them and how many must agree."""
    found = queries.indices(snapshot.state, cursor=cursor, limit=limit)
    return page_from(found, IndexModel.model_validate)


@router.get("/v1/indices/{index}/fixings", operation_id="list_fixings", summary="Its fixings")
def list_fixings(
    snapshot: SnapshotOf, index: NamePath, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[FixingModel]:
    """The published fixings of an index, the newest day first, with their corrections."""
    if queries.index(snapshot.state, index) is None:
        raise Problem("UNKNOWN_INDEX", facts={"index": index})
    found = queries.fixings(snapshot.state, index, cursor=cursor, limit=limit)
    return page_from(found, FixingModel.model_validate)


def _facility(amounts: Amounts, facts: Facts) -> FacilityModel:
    asset = facts["asset"]
    tranches = [
        {
            **shown(amounts, tranche, asset, _TRANCHE),
            "shares": [
                shown(amounts, share, asset, _SHARE) for share in rows_of(tranche, "shares")
            ],
        }
        for tranche in rows_of(facts, "tranches")
    ]
    claims = [
        {"party": party, "amount": amounts.money(amount, str(asset))}
        for party, amount in _pairs(facts["fees_due"])
    ]
    row = shown(amounts, facts, asset, ("committed", "outstanding", "due"))
    return FacilityModel.model_validate({**row, "tranches": tranches, "fees_due": claims})


def _pairs(value: object) -> list[tuple[object, object]]:
    assert isinstance(value, list), "claims are pairs"
    return [(party, amount) for party, amount in value]
