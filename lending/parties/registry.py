"""Registering parties and exchanging their keys. A key signs for one party only."""

from __future__ import annotations

from dataclasses import replace

from ledger import codec
from ledger.overlay import Overlay
from ledger.receipt import Rejected
from lending import keys, records
from lending.commands import RegisterParty, ReplaceKeys
from lending.parties.authority import check_kind, party_of
from lending.records import Party, PartyKind
from lending.rejections import Rejection, reject
from lending.scope import Scope


def register_party(scope: Scope, command: RegisterParty) -> Rejected | None:
    """A member brings in a borrower, a desk or a custodian."""
    if refused := check_kind(scope, PartyKind.MEMBER):
        return refused
    if party_of(scope, command.party) is not None:
        return reject(Rejection.ALREADY_EXISTS, party=command.party)
    if refused := _check_keys(scope, command.party, command.keys, command.threshold):
        return refused
    kind = PartyKind(command.kind)
    write_party(
        scope.state, Party(command.party, kind, scope.sender, command.keys, command.threshold)
    )
    scope.emit(
        "party_registered", party=command.party, kind=command.kind, sponsor=scope.sender,
        keys=command.keys, threshold=command.threshold,
    )  # fmt: skip
    return None


def replace_keys(scope: Scope, command: ReplaceKeys) -> Rejected | None:
    """The sender exchanges its keys."""
    if refused := _check_keys(scope, scope.sender, command.keys, command.threshold):
        return refused
    party = party_of(scope, scope.sender)
    assert party is not None, "the sender was checked"
    for key in party.keys:
        scope.state.delete(keys.signing_key(key))
    write_party(scope.state, replace(party, keys=command.keys, threshold=command.threshold))
    scope.emit("keys_replaced", party=scope.sender, keys=command.keys, threshold=command.threshold)
    return None


def write_party(state: Overlay, party: Party) -> None:
    """Set a party's record and the owner of each of its keys."""
    records.PARTY.put(state, keys.party(party.name), party)
    for key in party.keys:
        state.put(keys.signing_key(key), codec.encode(party.name))


def key_owner(state: Overlay, key: bytes) -> str | None:
    """The party that a key signs for."""
    raw = state.get(keys.signing_key(key))
    if raw is None:
        return None
    owner: str = codec.decode(raw)
    return owner


def _check_keys(
    scope: Scope, party: str, new_keys: tuple[bytes, ...], threshold: int
) -> Rejected | None:
    if threshold > len(new_keys):
        return reject(Rejection.BAD_THRESHOLD, threshold=threshold, keys=len(new_keys))
    for key in new_keys:
        if key_owner(scope.state, key) not in (None, party):
            return reject(Rejection.KEY_IN_USE, key=key)
    return None
