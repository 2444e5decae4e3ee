"""/v1/parties, /v1/assets, /v1/products, /v1/agreements: who deals here, in what, on which terms."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Path, Query

from api.lending_schemas import (
    AgreementDetail,
    AgreementModel,
    AssetModel,
    PartyModel,
    ProductModel,
    TermSheetModel,
)
from api.money import Amounts
from api.pages import page_from
from api.problems import Problem
from api.query import decimal
from api.reading import CursorQuery, LimitQuery, NamePath, SnapshotOf
from api.schemas import Page
from lending import queries, statements
from lending.queries import origination

router = APIRouter(tags=["lending"])


@router.get("/v1/parties", operation_id="list_parties", summary="All parties")
def list_parties(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[PartyModel]:
    """Members, desks, borrowers and custodians, by name."""
    found = queries.parties(snapshot.state, cursor=cursor, limit=limit)
    return page_from(found, PartyModel.model_validate)


@router.get("/v1/parties/{party}", operation_id="get_party", summary="One party")
def get_party(snapshot: SnapshotOf, party: NamePath) -> PartyModel:
    """A party and the keys that sign for it."""
    found = queries.party(snapshot.state, party)
    if found is None:
        raise Problem("UNKNOWN_PARTY", facts={"party": party})
    return PartyModel.model_validate(found)


@router.get("/v1/assets", operation_id="list_assets", summary="All assets")
def list_assets(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[AssetModel]:
    """Currencies and collateral assets, by code."""
    found = queries.assets(snapshot.state, cursor=cursor, limit=limit)
    return page_from(found, AssetModel.model_validate)


@router.get("/v1/assets/{asset}", operation_id="get_asset", summary="One asset")
def get_asset(snapshot: SnapshotOf, asset: NamePath) -> AssetModel:
    """An asset, its decimals and its custodian."""
    found = queries.asset(snapshot.state, asset)
    if found is None:
        raise Problem("UNKNOWN_ASSET", facts={"asset": asset})
    return AssetModel.model_validate(found)


@router.get("/v1/products", operation_id="list_products", summary="All versions of all products")
def list_products(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[ProductModel]:
    """By name and version."""
    found = queries.products(snapshot.state, cursor=cursor, limit=limit)
    return page_from(found, ProductModel.model_validate)


@router.get(
    "/v1/products/{product}/{version}", operation_id="get_product", summary="A version of a product"
)
def get_product(
    snapshot: SnapshotOf,
    product: NamePath,
    version: Annotated[str, Path(description="1, 2, 3, ...", examples=["1"])],
) -> ProductModel:
    """Its template, who approved it, and whether it may be used."""
    found = queries.product(snapshot.state, product, _version(version))
    if found is None:
        raise Problem("UNKNOWN_PRODUCT", facts={"product": product, "version": version})
    return ProductModel.model_validate(found)


@router.get("/v1/agreements", operation_id="list_agreements", summary="Agreements")
def list_agreements(
    snapshot: SnapshotOf,
    limit: LimitQuery = 100,
    cursor: CursorQuery = "",
    party: Annotated[
        str, Query(max_length=40, description="Only those of this lender or borrower.")
    ] = "",
) -> Page[AgreementModel]:
    """All agreements by name, or those of one party."""
    state = snapshot.state
    if not party:
        found = queries.agreements(state, cursor=cursor, limit=limit)
        return page_from(found, AgreementModel.model_validate)
    mine = statements.agreements_of(snapshot.reader, party, cursor=cursor, limit=limit)
    return page_from(mine, lambda row: _agreement(snapshot, str(row["agreement"])))


@router.get("/v1/agreements/{agreement}", operation_id="get_agreement", summary="One agreement")
def get_agreement(snapshot: SnapshotOf, agreement: NamePath) -> AgreementDetail:
    """The terms, the template that applies, the digest to sign, and the collateral."""
    found = queries.agreement(snapshot.state, agreement)
    if found is None:
        raise Problem("UNKNOWN_AGREEMENT", facts={"agreement": agreement})
    return AgreementDetail.model_validate(found)


@router.get(
    "/v1/agreements/{agreement}/term-sheet",
    operation_id="get_term_sheet",
    summary="Its term sheet in plain words",
)
def get_term_sheet(
    snapshot: SnapshotOf,
    agreement: NamePath,
    proposer: Annotated[
        str,
        Query(
            max_length=40,
            pattern="^[a-z0-9-]*$",
            description="Of this party's rival offer under the name.",
        ),
    ] = "",
) -> TermSheetModel:
    """The agreement in sentences made of the data that the machine executes, the schedule of the
    engine that bills, and the digest that is signed. Before the drawdown the schedule assumes that
    the loan is drawn on the day of the newest block.
    """
    found = origination.term_sheet(
        snapshot.state, agreement, snapshot.header.timestamp_ms, proposer
    )
    if found is None:
        raise Problem("UNKNOWN_AGREEMENT", facts={"agreement": agreement})
    amounts, asset = Amounts(snapshot.state), str(found["asset"])
    rows = cast("list[queries.Facts]", found["schedule"])
    names = ("principal", "interest", "payment", "balance_after")
    planned = [{**row, **{each: amounts.money(row[each], asset) for each in names}} for row in rows]
    return TermSheetModel.model_validate({**found, "schedule": planned})


@router.get(
    "/v1/agreements/{agreement}/rivals",
    operation_id="list_rivals",
    summary="Other offers under its name",
)
def list_rivals(
    snapshot: SnapshotOf, agreement: NamePath, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[AgreementModel]:
    """Open offers of others under the name; the first offer that is concluded takes it for good."""
    found = origination.rivals(snapshot.state, agreement, cursor=cursor, limit=limit)
    return page_from(found, AgreementModel.model_validate)


def _agreement(snapshot: SnapshotOf, name: str) -> AgreementModel:
    facts = queries.agreement(snapshot.state, name)
    assert facts is not None, "the index names agreements that there are"
    known = AgreementModel.model_fields
    return AgreementModel.model_validate({key: facts[key] for key in known})


def _version(text: str) -> int:
    try:
        version = decimal(text)
    except ValueError as error:
        raise Problem("BAD_PARAMETER", f"version: {error}") from None
    if version > 65_535:
        raise Problem("UNKNOWN_PRODUCT", facts={"version": text})
    return version
