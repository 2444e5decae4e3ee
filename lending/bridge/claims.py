"""The side where the asset is used: claimed by proof into a collateral account, released by burning.

A claim is an asset of its own whose custodian is the other chain: it exists here exactly as long as
the lock it was proven by is not released. It is sold like any collateral; who holds it releases it
and names who is to have the asset itself on its own chain.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from ledger import codec
from ledger.block import Header
from ledger.receipt import Rejected
from lending.bridge.chains import CUSTODIAN, wrapped_of
from lending.bridge.proving import (
    LOCK_SHAPE,
    ProvenLock,
    chain_of,
    check_active,
    note_header,
    own_chain_id,
    proven_event,
)
from lending.chart import Account
from lending.collateral.accounts import check_eligible
from lending.collateral.book import account_of, move
from lending.collateral.watch import attend_account
from lending.commands.bridge import ClaimLock, ReleaseLock
from lending.fields import AMOUNT_MAX
from lending.journal import balance_of, post
from lending.parties.assets import asset_of
from lending.parties.authority import wrong_role
from lending.parties.cash import check_funds
from lending.records import Asset
from lending.records import bridge as stored
from lending.records.bridge import Claim, ForeignChain, WrappedAsset
from lending.records.collateral import CollateralAccount
from lending.rejections import Rejection, reject
from lending.scope import Scope


class _Found(NamedTuple):
    """What a claim is made with."""

    asset: Asset
    """The wrapped asset."""
    wrapped: WrappedAsset
    """What it stands for."""
    chain: ForeignChain
    """Where the lock is."""
    account: CollateralAccount
    """What it shall secure."""


def claim_lock(scope: Scope, command: ClaimLock) -> Rejected | None:
    """A lock on another chain is proven, and becomes collateral here, once for ever."""
    found = _find(scope, command)
    if isinstance(found, Rejected):
        return found
    if scope.state.get(stored.claim_key(found.chain.name, command.lock)) is not None:
        return reject(Rejection.LOCK_USED, lock=command.lock)
    if scope.now_ms >= found.wrapped.use_until_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=found.wrapped.use_until_ms)
    proven = proven_event(
        found.chain, command.proof, "locked_for_chain", LOCK_SHAPE, {"lock": command.lock}
    )
    if isinstance(proven, Rejected):
        return proven
    if refused := (
        _check_lock(scope, found, proven.event)
        or _check_fresh(scope, found.chain, proven.header)
        or _check_room(scope, found, proven.event.amount)
    ):
        return refused
    note_header(scope, found.chain, proven.header)
    _mint(scope, found, command.lock, proven.event.amount)
    return None


def release_lock(scope: Scope, command: ReleaseLock) -> Rejected | None:
    """The sender burns its claim; the event proves to the other chain who is to have the asset."""
    wrapped = wrapped_of(scope, command.asset)
    if wrapped is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    key = stored.claim_key(wrapped.chain, command.lock)
    claim = stored.CLAIM.get(scope.state, key)
    if claim is None or claim.asset != command.asset:
        return reject(Rejection.UNKNOWN_LOCK, lock=command.lock)
    latest = wrapped.use_until_ms + wrapped.settle_ms
    if scope.now_ms >= latest:
        return reject(Rejection.OUT_OF_TIME, until_ms=latest)
    if refused := check_funds(scope, scope.sender, command.asset, command.amount):
        return refused
    if command.amount > claim.left:
        return reject(Rejection.CAP_EXCEEDED, what="lock", held=command.amount, most=claim.left)
    number = claim.releases + 1
    claim = replace(claim, left=claim.left - command.amount, releases=number)
    stored.CLAIM.put(scope.state, key, claim)
    _post(scope, command.asset, wrapped.chain, scope.sender, command.lock, -command.amount)
    chain = chain_of(scope, wrapped.chain)
    assert chain is not None, "chains are never removed"
    scope.emit(
        "lock_released", chain_id=chain.chain_id, lock=command.lock, number=number,
        asset=command.asset, origin=wrapped.origin, holder=scope.sender, to=command.to,
        amount=command.amount, left=claim.left,
    )  # fmt: skip
    return None


def _find(scope: Scope, command: ClaimLock) -> _Found | Rejected:
    asset, wrapped = asset_of(scope, command.asset), wrapped_of(scope, command.asset)
    if asset is None or wrapped is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    account = account_of(scope, command.account)
    if account is None:
        return reject(Rejection.UNKNOWN_ACCOUNT, account=command.account)
    if scope.sender not in (account.owner, account.agent):
        return wrong_role(scope, "the borrower or the agent")
    chain = check_active(scope, wrapped.chain)
    return chain if isinstance(chain, Rejected) else _Found(asset, wrapped, chain, account)


def _check_lock(scope: Scope, found: _Found, proven: ProvenLock) -> Rejected | None:
    """Refuse a lock that was made for something else, or that may end while it is used."""
    latest = found.wrapped.use_until_ms + found.wrapped.settle_ms
    facts: tuple[tuple[str, codec.Value, codec.Value], ...] = (
        ("chain_id", proven.chain_id, own_chain_id(scope)),
        ("beneficiary", proven.beneficiary, found.account.owner),
        ("account", proven.account, found.account.name),
        ("origin", proven.asset, found.wrapped.origin),
        ("decimals", proven.decimals, found.asset.decimals),
        ("until_ms", min(proven.until_ms, latest), latest),
    )
    for field, shown, expected in facts:
        if shown != expected:
            return reject(Rejection.LOCK_DIFFERS, field=field, proven=shown, expected=expected)
    return None


def _check_fresh(scope: Scope, chain: ForeignChain, header: Header) -> Rejected | None:
    """Refuse when nothing has been heard of the chain for too long; the proof itself may be news."""
    newest_ms = max(chain.timestamp_ms, header.timestamp_ms)
    age_ms = scope.now_ms - newest_ms
    if age_ms <= chain.age_max_ms:
        return None
    return reject(
        Rejection.CHAIN_STALE, chain=chain.name, age_ms=age_ms, age_max_ms=chain.age_max_ms
    )


def _check_room(scope: Scope, found: _Found, amount: int) -> Rejected | None:
    asset = found.asset
    issued = -balance_of(scope.state, asset.custodian, Account.ISSUED, asset.code)
    if issued + amount > AMOUNT_MAX:
        return reject(Rejection.TOTAL_TOO_LARGE, issued=issued, amount=amount)
    return check_eligible(scope, found.account, asset.code, amount)


def _mint(scope: Scope, found: _Found, lock: str, amount: int) -> None:
    asset, account = found.asset.code, found.account
    claim = Claim(asset, amount, amount, releases=0)
    stored.CLAIM.put(scope.state, stored.claim_key(found.chain.name, lock), claim)
    _post(scope, asset, found.chain.name, account.owner, lock, amount)
    scope.emit(
        "lock_claimed", chain=found.chain.name, lock=lock, asset=asset, account=account.name,
        amount=amount,
    )  # fmt: skip
    move(scope, account, asset, amount)
    attend_account(scope, account.name)


def _post(scope: Scope, asset: str, chain: str, holder: str, lock: str, amount: int) -> None:
    custodian = CUSTODIAN + chain
    legs = [
        (custodian, Account.CUSTODY, amount),
        (custodian, Account.ISSUED, -amount),
        (holder, Account.CASH, amount),
        (holder, Account.FUNDING, -amount),
    ]
    post(scope, asset, "claim_of_lock" if amount > 0 else "release_of_lock", lock, legs)
