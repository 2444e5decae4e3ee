"""/v1/applications, /v1/groups: what borrowers ask for and are offered, and who answers for whom."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query

from api.lending_schemas import ApplicationDetail, ApplicationModel, GroupModel
from api.money import Amounts
from api.pages import page_from
from api.problems import Problem
from api.reading import CursorQuery, LimitQuery, NamePath, SnapshotOf
from api.schemas import Page
from lending.queries import Facts, origination

router = APIRouter(tags=["lending"])


@router.get("/v1/applications", operation_id="list_applications", summary="Applications")
def list_applications(
    snapshot: SnapshotOf,
    limit: LimitQuery = 100,
    cursor: CursorQuery = "",
    borrower: Annotated[
        str,
        Query(max_length=40, pattern="^[a-z0-9-]*$", description="Only those of this borrower."),
    ] = "",
) -> Page[ApplicationModel]:
    """All applications by borrower and name, those that have ended too."""
    amounts = Amounts(snapshot.state)
    found = origination.applications(snapshot.state, borrower, cursor=cursor, limit=limit)
    return page_from(found, lambda row: ApplicationModel.model_validate(_value(amounts, row)))


@router.get(
    "/v1/applications/{borrower}/{application}",
    operation_id="get_application",
    summary="One application with its offers",
)
def get_application(
    snapshot: SnapshotOf, borrower: NamePath, application: NamePath
) -> ApplicationDetail:
    """What is asked for, and each open offer with its terms in plain words and the digest to name."""
    state, now_ms = snapshot.state, snapshot.header.timestamp_ms
    found = origination.application(state, borrower, application, now_ms)
    if found is None:
        facts = {"borrower": borrower, "application": application}
        raise Problem("UNKNOWN_APPLICATION", facts=facts)
    return ApplicationDetail.model_validate(_value(Amounts(state), found))


@router.get("/v1/groups", operation_id="list_groups", summary="Joint-liability groups")
def list_groups(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[GroupModel]:
    """All groups by name."""
    amounts = Amounts(snapshot.state)
    found = origination.groups(snapshot.state, cursor=cursor, limit=limit)
    return page_from(found, lambda row: _group(amounts, row))


@router.get("/v1/groups/{group}", operation_id="get_group", summary="One joint-liability group")
def get_group(snapshot: SnapshotOf, group: NamePath) -> GroupModel:
    """Its members, the loans that they answer for, who paid what for whom and what is owed for it."""
    found = origination.group(snapshot.state, group)
    if found is None:
        raise Problem("UNKNOWN_GROUP", facts={"group": group})
    return _group(Amounts(snapshot.state), found)


def _group(amounts: Amounts, facts: Facts) -> GroupModel:
    rows = [
        {**row, **{name: amounts.money(row[name], str(row["asset"])) for name in _CLAIMS}}
        for row in cast("list[Facts]", facts["recourses"])
    ]
    shown = [{name: row[name] for name in ("payer", "borrower", *_CLAIMS)} for row in rows]
    return GroupModel.model_validate({**facts, "recourses": shown})


def _value(amounts: Amounts, facts: Facts) -> Facts:
    """The facts with money for amounts."""
    shown = {key: value for key, value in facts.items() if key not in _AS_MONEY}
    pledged = str(facts["collateral_asset"])
    return {
        **shown,
        "amount": amounts.money(facts["amount"], str(facts["asset"])),
        "collateral": amounts.money(facts["collateral_amount"], pledged) if pledged else None,
    }


_AS_MONEY = ("amount", "asset", "collateral_asset", "collateral_amount")
"""What is shown as money."""
_CLAIMS = ("paid", "returned", "claim")
"""What is shown as money of a claim."""
