"""The side where the asset lies: locked for another chain, given free by proof or by its end.

A lock never pays out more than it holds, whatever the other chain says, and each release of the
other chain counts once. Its end must be later than any use: the other chain refuses to take a lock
whose end is not after the last day on which it could still release it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger.receipt import Rejected
from lending.bridge.proving import (
    RELEASE_SHAPE,
    check_active,
    note_header,
    own_chain_id,
    proven_event,
)
from lending.chart import Account
from lending.commands.bridge import LockForChain, ReclaimLock, UnlockWithProof
from lending.journal import Leg, post
from lending.parties.assets import asset_of
from lending.parties.authority import party_of, wrong_role
from lending.parties.cash import check_funds
from lending.records import bridge as stored
from lending.records.bridge import Lock
from lending.rejections import Rejection, reject
from lending.scope import Scope

_USED: Final = b"\xc0"


def lock_for_chain(scope: Scope, command: LockForChain) -> Rejected | None:
    """The sender locks what may be claimed on another chain."""
    asset = asset_of(scope, command.asset)
    if asset is None or asset.kind == "wrapped":
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    chain = check_active(scope, command.chain)
    if isinstance(chain, Rejected):
        return chain
    if lock_of(scope, command.lock) is not None:
        return reject(Rejection.ALREADY_EXISTS, lock=command.lock)
    if command.until_ms <= scope.now_ms:
        return reject(
            Rejection.BAD_TERMS, field="until_ms", value=command.until_ms,
            minimum=scope.now_ms + 1,
        )  # fmt: skip
    if refused := check_funds(scope, scope.sender, command.asset, command.amount):
        return refused
    lock = Lock(
        scope.sender, command.asset, command.amount, command.amount, command.chain,
        command.until_ms,
    )  # fmt: skip
    stored.LOCK.put(scope.state, stored.lock_key(command.lock), lock)
    legs = [
        (lock.owner, Account.CASH, -lock.amount), (lock.owner, Account.LOCKED_ABROAD, lock.amount),
    ]  # fmt: skip
    post(scope, lock.asset, "lock", command.lock, legs)
    scope.emit(
        "locked_for_chain", lock=command.lock, owner=lock.owner, asset=lock.asset,
        decimals=asset.decimals, amount=lock.amount, chain_id=chain.chain_id,
        beneficiary=command.beneficiary, account=command.account, until_ms=lock.until_ms,
    )  # fmt: skip
    return None


def unlock_with_proof(scope: Scope, command: UnlockWithProof) -> Rejected | None:
    """A release on the other chain is proven: its amount goes to whom it names, once."""
    lock = lock_of(scope, command.lock)
    if lock is None:
        return reject(Rejection.UNKNOWN_LOCK, lock=command.lock)
    chain = check_active(scope, lock.chain)
    if isinstance(chain, Rejected):
        return chain
    used = stored.lock_release_key(command.lock, command.number)
    if scope.state.get(used) is not None:
        return reject(Rejection.LOCK_USED, lock=command.lock, number=command.number)
    wanted = {
        "chain_id": own_chain_id(scope), "lock": command.lock, "number": command.number,
        "origin": lock.asset,
    }  # fmt: skip
    proven = proven_event(chain, command.proof, "lock_released", RELEASE_SHAPE, wanted)
    if isinstance(proven, Rejected):
        return proven
    amount, to = proven.event.amount, proven.event.to
    if amount > lock.left:
        return reject(Rejection.CAP_EXCEEDED, what="lock", held=amount, most=lock.left)
    if party_of(scope, to) is None:
        return reject(Rejection.UNKNOWN_PARTY, party=to)
    note_header(scope, chain, proven.header)
    scope.state.put(used, _USED)
    _pay_out(scope, command.lock, lock, to, amount)
    scope.emit(
        "lock_paid_out", lock=command.lock, number=command.number, to=to, amount=amount,
        left=lock.left - amount,
    )  # fmt: skip
    return None


def reclaim_lock(scope: Scope, command: ReclaimLock) -> Rejected | None:
    """The owner takes back the rest of a lock that has ended."""
    lock = lock_of(scope, command.lock)
    if lock is None:
        return reject(Rejection.UNKNOWN_LOCK, lock=command.lock)
    if scope.sender != lock.owner:
        return wrong_role(scope, "the lock's owner")
    if scope.now_ms < lock.until_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=lock.until_ms)
    if not lock.left:
        return reject(Rejection.NOTHING_TO_TAKE, lock=command.lock)
    _pay_out(scope, command.lock, lock, lock.owner, lock.left)
    scope.emit("lock_reclaimed", lock=command.lock, owner=lock.owner, amount=lock.left)
    return None


def lock_of(scope: Scope, name: str) -> Lock | None:
    """The lock of a name."""
    return stored.LOCK.get(scope.state, stored.lock_key(name))


def _pay_out(scope: Scope, name: str, lock: Lock, to: str, amount: int) -> None:
    stored.LOCK.put(scope.state, stored.lock_key(name), replace(lock, left=lock.left - amount))
    legs: list[Leg] = [(lock.owner, Account.LOCKED_ABROAD, -amount), (to, Account.CASH, amount)]
    if to != lock.owner:
        legs += [(lock.owner, Account.TRANSFERS, amount), (to, Account.TRANSFERS, -amount)]
    post(scope, lock.asset, "unlock", name, legs)
