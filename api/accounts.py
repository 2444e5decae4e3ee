"""/v1/accounts, their entries, and /v1/trial-balance: the books."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.lending_schemas import (
    AccountModel,
    AssetBalance,
    EntryModel,
    SumModel,
    TrialBalance,
)
from api.money import Amounts
from api.pages import history_row, page_from, page_of
from api.problems import Problem
from api.reading import (
    AnyHeight,
    CursorQuery,
    LimitQuery,
    NamePath,
    Snapshot,
    SnapshotOf,
)
from api.schemas import Page
from ledger.chain import read_block
from ledger.store import prefix_end
from lending import keys, queries, records, statements
from lending.books.ledgers import height_at
from lending.chart import BY_NAME, NAMES
from lending.queries import Facts

router = APIRouter(tags=["books"])

Account = tuple[str, str, str, int]
"""Owner, kind, asset, balance."""
HeightQuery = Annotated[
    AnyHeight | None, Query(description="As it stood after this block; the head without it.")
]


@router.get("/v1/accounts", operation_id="list_accounts", summary="Accounts that are not at zero")
def list_accounts(
    snapshot: SnapshotOf,
    limit: LimitQuery = 100,
    cursor: CursorQuery = "",
    owner: Annotated[
        str, Query(max_length=40, pattern="^[a-z0-9-]*$", description="Only this owner's.")
    ] = "",
) -> Page[AccountModel]:
    """By owner, asset and kind; the cursor is an account's name."""
    amounts = Amounts(snapshot.state)
    return page_of(
        _accounts(snapshot, owner, cursor),
        limit,
        lambda account: _account(snapshot, amounts, account),
        lambda account: "/".join(account[:3]),
    )


@router.get(
    "/v1/accounts/{owner}/{kind}/{asset}", operation_id="get_account", summary="One account"
)
def get_account(
    snapshot: SnapshotOf,
    owner: NamePath,
    kind: NamePath,
    asset: NamePath,
    height: HeightQuery = None,
) -> AccountModel:
    """Its balance now, or after an earlier block."""
    check_account(snapshot, owner, kind, asset)
    at = _height(snapshot, height)
    if at == snapshot.header.height:
        balance = queries.balance(snapshot.state, owner, kind, asset) or 0
    else:
        balance = statements.balance_at(snapshot.reader, f"{owner}/{kind}/{asset}", at)
    amounts = Amounts(snapshot.state)
    return _account(snapshot, amounts, (owner, kind, asset, balance), at)


@router.get(
    "/v1/accounts/{owner}/{kind}/{asset}/entries",
    operation_id="list_entries",
    summary="The entries of an account",
)
def list_entries(
    snapshot: SnapshotOf,
    owner: NamePath,
    kind: NamePath,
    asset: NamePath,
    limit: LimitQuery = 100,
    cursor: CursorQuery = "",
    order: Annotated[
        Literal["oldest_first", "newest_first"], Query(description="In which order of time.")
    ] = "oldest_first",
) -> Page[EntryModel]:
    """Each entry with the balance that it left."""
    check_account(snapshot, owner, kind, asset)
    found = statements.entries(
        snapshot.reader,
        f"{owner}/{kind}/{asset}",
        cursor=cursor,
        limit=limit,
        newest_first=order == "newest_first",
    )
    amounts = Amounts(snapshot.state)
    return page_from(found, lambda row: _entry(amounts, asset, row))


@router.get("/v1/trial-balance", operation_id="get_trial_balance", summary="The trial balance")
def get_trial_balance(
    snapshot: SnapshotOf,
    height: HeightQuery = None,
    time_ms: Annotated[
        AnyHeight | None, Query(description="As it stood at this time, in milliseconds.")
    ] = None,
) -> TrialBalance:
    """For each asset the sums of all accounts by kind, now, after an earlier block, or at a time."""
    at = _height(snapshot, height)
    if time_ms is not None:
        at = min(at, height_at(lambda each: time_of(snapshot, each), at, time_ms))
    found = statements.trial_balance(snapshot.state, snapshot.reader, at, snapshot.header.height)
    amounts = Amounts(snapshot.state)
    assets = [_asset_balance(amounts, asset, sums) for asset, sums in found.items()]
    return TrialBalance(
        height=at,
        timestamp_ms=read_block(snapshot.reader, at).header.timestamp_ms,
        is_balanced=all(asset.total.minor == 0 for asset in assets),
        assets=assets,
    )


def time_of(snapshot: Snapshot, height: int) -> int:
    """The time of a block; that of the genesis counts as the beginning of all times."""
    return read_block(snapshot.reader, height).header.timestamp_ms if height else 0


def _accounts(snapshot: Snapshot, owner: str, cursor: str) -> Iterator[Account]:
    """The accounts after the one that the cursor names, in order of owner, asset and kind."""
    prefix = keys.book(owner, "") if owner else keys.BOOK
    after_owner, after_kind, after_asset = _parse_cursor(cursor)
    first = max(prefix, keys.book(after_owner, after_asset)) if cursor else prefix
    passed = BY_NAME[after_kind] if cursor else -1
    for key, raw in snapshot.state.iterate(first, prefix_end(prefix)):
        name, _, asset = key[len(keys.BOOK) :].decode().partition("/")
        is_cursor_s = (name, asset) == (after_owner, after_asset)
        balances = records.BOOK.decode(raw).balances
        for number, (kind, balance) in enumerate(zip(NAMES, balances, strict=False)):
            if balance and not (is_cursor_s and number <= passed):
                yield name, kind, asset, balance


def _parse_cursor(cursor: str) -> tuple[str, str, str]:
    if not cursor:
        return "", "", ""
    owner, _, rest = cursor.partition("/")
    kind, _, asset = rest.partition("/")
    if kind not in BY_NAME:
        raise Problem("BAD_CURSOR", "owner/kind/asset was expected")
    return owner, kind, asset


def _account(
    snapshot: Snapshot, amounts: Amounts, account: Account, height: int | None = None
) -> AccountModel:
    owner, kind, asset, balance = account
    return AccountModel(
        account=f"{owner}/{kind}/{asset}",
        owner=owner,
        kind=kind,
        height=snapshot.header.height if height is None else height,
        balance=amounts.money(balance, asset),
    )


def check_account(snapshot: Snapshot, owner: str, kind: str, asset: str) -> None:
    """Refuse a name that no account can have. Raises Problem."""
    if kind not in BY_NAME:
        raise Problem("UNKNOWN_ACCOUNT", "no such kind of account", {"kinds": list(NAMES)})
    if queries.party(snapshot.state, owner) is None:
        raise Problem("UNKNOWN_PARTY", facts={"party": owner})
    if queries.asset(snapshot.state, asset) is None:
        raise Problem("UNKNOWN_ASSET", facts={"asset": asset})


def _height(snapshot: Snapshot, height: int | None) -> int:
    head = snapshot.header.height
    if height is not None and height > head:
        facts = {"height": height, "head": head}
        raise Problem("HEIGHT_NOT_REACHED", f"the head is at {head}", facts)
    return head if height is None else height


def _entry(amounts: Amounts, asset: str, row: Facts) -> EntryModel:
    money = {name: amounts.money(row[name], asset) for name in ("amount", "balance")}
    return EntryModel.model_validate({**history_row(row), **money})


def _asset_balance(amounts: Amounts, asset: str, sums: dict[str, int]) -> AssetBalance:
    return AssetBalance(
        asset=asset,
        sums=[
            SumModel(kind=kind, sum=amounts.money(sums[kind], asset))
            for kind in NAMES
            if sums.get(kind)
        ],
        total=amounts.money(sum(sums.values()), asset),
    )
