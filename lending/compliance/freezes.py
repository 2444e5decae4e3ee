"""Freezes: what a party pays out stops, nothing is taken from it, what it owes it goes on paying.

A party frozen as a whole can sign nothing but what the table below lists; and of anybody who has
something frozen no posting takes it away, whoever sent the command. The clock's work goes on:
installments fall due, defaults are declared, collateral is enforced.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger import codec
from ledger.receipt import Rejected
from lending import credit_keys
from lending.commands import (
    Command,
    IssueCash,
    RecordRecovery,
    RedeemCash,
    Repay,
    ReplaceKeys,
    ReportPrice,
    WriteOff,
)
from lending.commands.batches import Batch
from lending.commands.compliance import AppointOfficer, Freeze, Unfreeze
from lending.commands.facilities import (
    CorrectFixing,
    ProposeAmendment,
    RepayFacility,
    ReportFixing,
    VoteAmendment,
)
from lending.commands.pools import CancelWithdrawal, RepayPool, RequestWithdrawal
from lending.compliance.movements import Fields, outflows
from lending.compliance.rules import NONE, put_rules, rules_of
from lending.parties.assets import asset_of
from lending.parties.authority import party_of, wrong_role
from lending.parties.registry import key_owner
from lending.records import compliance as stored
from lending.records.compliance import Frozen
from lending.rejections import Rejection, reject
from lending.scope import Scope
from lending.support.feeds import check_approved

SIGNABLE: Final = (
    # What it pays in and what others are owed; here the postings are looked at all the same.
    Repay, RepayFacility, RepayPool, RecordRecovery, IssueCash, RedeemCash, RequestWithdrawal,
    CancelWithdrawal, WriteOff,
    # What gives nothing away.
    ReplaceKeys, ReportPrice, ReportFixing, CorrectFixing,
    # Members go on deciding about freezes, also those that are frozen themselves.
    Freeze, Unfreeze, AppointOfficer,
    # Each command of a batch is asked by itself.
    Batch,
)  # fmt: skip
"""What a party that is frozen as a whole may sign; anything new is refused until it is listed."""
GIVING_UP: Final = (ProposeAmendment, VoteAmendment)
"""What the clock executes later, so that it is stopped where it is signed, of any frozen party."""
ROWS_MAX: Final = 16


def appoint_officer(scope: Scope, command: AppointOfficer) -> Rejected | None:
    """A quorum of members appoints or dismisses an officer."""
    if refused := check_approved(scope):
        return refused
    if party_of(scope, command.officer) is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.officer)
    key = credit_keys.officer(command.officer)
    if command.until_ms > scope.now_ms:
        scope.state.put(key, codec.encode(command.until_ms))
    elif scope.state.get(key) is None:
        return reject(Rejection.OUT_OF_TIME, until_ms=command.until_ms)
    else:
        scope.state.delete(key)
    scope.emit("officer_appointed", officer=command.officer, until_ms=command.until_ms)
    return None


def freeze(scope: Scope, command: Freeze) -> Rejected | None:
    """Freeze a party, an asset of it, or an amount of that; a second freeze of the same replaces it."""
    is_by_vote = check_approved(scope) is None
    if refused := _check_officer(scope, is_by_vote=is_by_vote) or _check_subject(scope, command):
        return refused
    if command.amount and not command.asset:
        return reject(Rejection.BAD_TERMS, field="amount", reason="is of an asset")
    rows = rows_of(scope, command.party)
    kept = tuple(row for row in rows if row[0] != command.asset)
    old = next((row for row in rows if row[0] == command.asset), None)
    if old is not None and old[2] and not is_by_vote:
        return wrong_role(scope, "a quorum of members: they froze it")
    if len(kept) >= ROWS_MAX:
        return reject(Rejection.CAP_EXCEEDED, what="freezes", held=len(kept), most=ROWS_MAX)
    row = (command.asset, command.amount, is_by_vote, command.reference, scope.now_ms)
    _put(scope, command.party, rows, (*kept, row))
    scope.emit(
        "frozen", party=command.party, asset=command.asset, amount=command.amount,
        reference=command.reference, is_by_vote=is_by_vote,
    )  # fmt: skip
    return None


def unfreeze(scope: Scope, command: Unfreeze) -> Rejected | None:
    """End a freeze."""
    is_by_vote = check_approved(scope) is None
    if refused := _check_officer(scope, is_by_vote=is_by_vote) or _check_subject(scope, command):
        return refused
    rows = rows_of(scope, command.party)
    old = next((row for row in rows if row[0] == command.asset), None)
    if old is None:
        return reject(Rejection.WRONG_STATUS, status="FREE", allowed=("FROZEN",))
    if old[2] and not is_by_vote:
        return wrong_role(scope, "a quorum of members: they froze it")
    _put(scope, command.party, rows, tuple(row for row in rows if row != old))
    scope.emit("unfrozen", party=command.party, asset=command.asset, reference=command.reference)
    return None


def check_signers(scope: Scope, command: Command) -> Rejected | None:
    """The gate: whose signature counts for nothing now."""
    rules = rules_of(scope)
    if rules is None or not rules.frozen:
        return None
    if isinstance(command, SIGNABLE):
        return None
    for signer in scope.signers:
        owner = key_owner(scope.state, signer)
        rows = () if owner is None else rows_of(scope, owner)
        if rows and (isinstance(command, GIVING_UP) or is_frozen(scope, str(owner), "")):
            return reject(Rejection.FROZEN, party=owner, asset="", frozen=0)
    return None


def check_posting(scope: Scope, fields: Fields) -> Rejected | None:
    """The rule: no posting takes away what is frozen."""
    for each in outflows(fields):
        for asset, amount, _, _, _ in rows_of(scope, each.party):
            if asset not in ("", each.asset):
                continue
            if not amount or (each.kind == "cash" and each.left < amount):
                return reject(Rejection.FROZEN, party=each.party, asset=each.asset, frozen=amount)
    return None


def is_frozen(scope: Scope, party: str, asset: str) -> bool:
    """Whether anything of this asset is frozen for a party, or the party as a whole."""
    return any(row[0] in ("", asset) for row in rows_of(scope, party))


def rows_of(scope: Scope, party: str) -> tuple[tuple[str, int, bool, bytes, int], ...]:
    """What of a party is frozen."""
    found = stored.FROZEN.get(scope.state, credit_keys.frozen(party))
    return () if found is None else found.rows


def _put(
    scope: Scope, party: str, old: tuple[object, ...],
    new: tuple[tuple[str, int, bool, bytes, int], ...],
) -> None:  # fmt: skip
    rules = rules_of(scope) or NONE
    put_rules(scope, replace(rules, frozen=rules.frozen + bool(new) - bool(old)))
    if new:
        stored.FROZEN.put(scope.state, credit_keys.frozen(party), Frozen(new))
    else:
        scope.state.delete(credit_keys.frozen(party))


def _check_officer(scope: Scope, *, is_by_vote: bool) -> Rejected | None:
    if is_by_vote:
        return None
    raw = scope.state.get(credit_keys.officer(scope.sender))
    until_ms = 0 if raw is None else int(codec.decode(raw))
    if not until_ms:
        return wrong_role(scope, "an officer, or a quorum of members")
    if scope.now_ms >= until_ms:
        return reject(Rejection.OUT_OF_TIME, until_ms=until_ms)
    return None


def _check_subject(scope: Scope, command: Freeze | Unfreeze) -> Rejected | None:
    if party_of(scope, command.party) is None:
        return reject(Rejection.UNKNOWN_PARTY, party=command.party)
    if command.party == scope.sender and isinstance(command, Unfreeze):
        return reject(Rejection.SAME_PARTY, party=command.party)
    if command.asset and asset_of(scope, command.asset) is None:
        return reject(Rejection.UNKNOWN_ASSET, asset=command.asset)
    return None
