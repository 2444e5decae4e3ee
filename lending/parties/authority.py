"""Who has signed: a party speaks when at least its threshold of its own keys signed.

Signatures themselves were verified before the machine saw the transaction.
"""

from __future__ import annotations

from ledger.receipt import Rejected
from lending import keys, records
from lending.records import Party, PartyKind
from lending.rejections import Rejection, reject
from lending.scope import Scope


def party_of(scope: Scope, name: str) -> Party | None:
    """The party of a name."""
    return records.PARTY.get(scope.state, keys.party(name))


def has_signed(scope: Scope, party: Party) -> bool:
    """Whether enough of the party's keys signed the transaction."""
    return _signed_keys(scope, party) >= party.threshold


def check_sender(scope: Scope) -> Rejected | None:
    """Refuse a transaction whose sender is unknown or has not signed it."""
    sender = party_of(scope, scope.sender)
    if sender is None:
        return reject(Rejection.UNKNOWN_SENDER, sender=scope.sender)
    return check_signed(scope, sender)


def check_signed(scope: Scope, party: Party) -> Rejected | None:
    """Refuse a transaction that the party has not signed."""
    signed = _signed_keys(scope, party)
    if signed >= party.threshold:
        return None
    return reject(Rejection.NOT_SIGNED, party=party.name, signed=signed, threshold=party.threshold)


def check_kind(scope: Scope, *kinds: PartyKind) -> Rejected | None:
    """Refuse a sender of another kind."""
    sender = party_of(scope, scope.sender)
    if sender is not None and sender.kind in kinds:
        return None
    return wrong_role(scope, " or ".join(kinds))


def wrong_role(scope: Scope, expected: str) -> Rejected:
    """The refusal of a sender that is not who may do this."""
    return reject(Rejection.WRONG_ROLE, sender=scope.sender, expected=expected)


def _signed_keys(scope: Scope, party: Party) -> int:
    signers = scope.signers
    if len(signers) == 1:
        return int(signers[0] in party.keys)
    return sum(key in signers for key in party.keys)
