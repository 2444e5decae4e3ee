"""Other chains and wrapped assets: made known by vote, advanced by certificates, ended by the clock.

A chain's members are those of its genesis, as the ledger has it: a header that names others proves
nothing here. Members that a quorum no longer trusts are stopped by suspending the chain.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Final

from ledger.errors import Invalid
from ledger.receipt import Rejected
from ledger.store import prefix_end
from lending import keys, records
from lending.alarms import set_alarm
from lending.bridge.proving import (
    MEMBERS_MIN,
    certified_header,
    chain_of,
    check_active,
    note_header,
    own_chain_id,
    put_chain,
    read_membership,
)
from lending.collateral.watch import attend_account
from lending.commands.bridge import (
    AdvanceChain,
    RegisterChain,
    RegisterWrappedAsset,
    SetChainStatus,
)
from lending.fields import TIME_MS_MAX
from lending.parties.assets import asset_of
from lending.records import Asset
from lending.records import bridge as stored
from lending.records.bridge import ACTIVE, ForeignChain, WrappedAsset
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.feeds import check_approved

CUSTODIAN: Final = "chain:"
"""What the name of a wrapped asset's custodian begins with: no party can have it, so none issues."""


def register_chain(scope: Scope, command: RegisterChain) -> Rejected | None:
    """Members fix whose certificates prove what happened on another chain."""
    if refused := check_approved(scope):
        return refused
    if chain_of(scope, command.chain) is not None:
        return reject(Rejection.ALREADY_EXISTS, chain=command.chain)
    if command.chain_id == own_chain_id(scope):
        return reject(Rejection.SAME_CHAIN, chain=command.chain)
    try:
        membership = read_membership(command.members)
    except Invalid as problem:
        return reject(Rejection.BAD_PROOF, chain=command.chain, problem=problem.code)
    if membership.n < MEMBERS_MIN:
        return reject(Rejection.BAD_TERMS, field="members", value=membership.n, minimum=MEMBERS_MIN)
    if scope.state.get(stored.chain_name_key(command.chain_id)) is not None:
        return reject(Rejection.ALREADY_EXISTS, chain_id=command.chain_id)
    scope.state.put(stored.chain_name_key(command.chain_id), b"\xc0")
    put_chain(
        scope,
        ForeignChain(
            command.chain, command.chain_id, command.members, command.age_max_ms, ACTIVE,
            height=0, timestamp_ms=0,
        ),
    )  # fmt: skip
    scope.emit(
        "chain_registered", chain=command.chain, chain_id=command.chain_id,
        members=membership.ids, membership=membership.digest, quorum=membership.quorum,
        age_max_ms=command.age_max_ms,
    )  # fmt: skip
    return None


def set_chain_status(scope: Scope, command: SetChainStatus) -> Rejected | None:
    """Members stop believing a chain, or believe it again; what is locked and claimed stays so."""
    if refused := check_approved(scope):
        return refused
    chain = chain_of(scope, command.chain)
    if chain is None:
        return reject(Rejection.UNKNOWN_CHAIN, chain=command.chain)
    if chain.status == command.status:
        return reject(
            Rejection.WRONG_STATUS, chain=chain.name, status=chain.status,
            allowed=("SUSPENDED" if chain.status == ACTIVE else ACTIVE,),
        )  # fmt: skip
    put_chain(scope, replace(chain, status=command.status))
    scope.emit("chain_status_set", chain=chain.name, status=command.status)
    return None


def advance_chain(scope: Scope, command: AdvanceChain) -> Rejected | None:
    """Anybody shows a newer certified header; older ones and those known are refused."""
    chain = check_active(scope, command.chain)
    if isinstance(chain, Rejected):
        return chain
    header = certified_header(chain, command.proof)
    if isinstance(header, Rejected):
        return header
    if header.height <= chain.height:
        return reject(
            Rejection.CHAIN_GOES_BACK, chain=chain.name, height=header.height, known=chain.height
        )
    note_header(scope, chain, header)
    return None


def register_wrapped_asset(scope: Scope, command: RegisterWrappedAsset) -> Rejected | None:
    """Members name the claims on an asset of another chain."""
    if refused := check_approved(scope):
        return refused
    if chain_of(scope, command.chain) is None:
        return reject(Rejection.UNKNOWN_CHAIN, chain=command.chain)
    if asset_of(scope, command.asset) is not None:
        return reject(Rejection.ALREADY_EXISTS, asset=command.asset)
    latest = TIME_MS_MAX - command.settle_ms
    if not scope.now_ms < command.use_until_ms <= latest:
        return reject(
            Rejection.BAD_TERMS, field="use_until_ms", value=command.use_until_ms,
            minimum=scope.now_ms + 1, maximum=latest,
        )  # fmt: skip
    asset = Asset(command.asset, "wrapped", command.decimals, CUSTODIAN + command.chain, ())
    records.ASSET.put(scope.state, keys.asset(asset.code), asset)
    wrapped = WrappedAsset(
        command.chain, command.origin, command.use_until_ms, command.settle_ms, cursor=b""
    )
    put_wrapped(scope, command.asset, wrapped)
    set_alarm(scope.state, wrapped.use_until_ms, stored.wrapped_key(command.asset))
    scope.emit(
        "wrapped_asset_registered", asset=command.asset, chain=command.chain,
        origin=command.origin, decimals=command.decimals, use_until_ms=command.use_until_ms,
        settle_ms=command.settle_ms,
    )  # fmt: skip
    return None


def attend_wrapped(scope: Scope, subject: bytes, budget: int) -> int:
    """The clock: a wrapped asset counts no more; the accounts that lean on it are looked at.

    They are found by their trigger prices, so many in a block as the budget allows; the rest goes
    first in the next. Accounts without a trigger are on sale, owe nothing, or look by themselves.
    """
    asset = subject.removeprefix(stored.WRAPPED_AT).decode()
    wrapped = wrapped_of(scope, asset)
    assert wrapped is not None, "a wrapped asset is never removed"
    if not wrapped.cursor:
        scope.emit("wrapped_asset_ended", asset=asset, use_until_ms=wrapped.use_until_ms)
    prefix = keys.triggers_of(asset)
    start = max(prefix, wrapped.cursor + b"\0")
    found = scope.state.iterate(start, prefix_end(prefix))
    due = [key for key, _ in islice(found, max(budget, 1))]
    for key in due:
        attend_account(scope, keys.trigger_account(key))
    if len(due) >= max(budget, 1):
        put_wrapped(scope, asset, replace(wrapped, cursor=due[-1]))
        set_alarm(scope.state, scope.now_ms, subject)
    return max(len(due), 1)


def wrapped_of(scope: Scope, asset: str) -> WrappedAsset | None:
    """What a wrapped asset stands for."""
    return stored.WRAPPED.get(scope.state, stored.wrapped_key(asset))


def put_wrapped(scope: Scope, asset: str, wrapped: WrappedAsset) -> None:
    """Set the record of a wrapped asset."""
    stored.WRAPPED.put(scope.state, stored.wrapped_key(asset), wrapped)
