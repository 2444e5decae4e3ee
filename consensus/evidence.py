"""Evidence of equivocation: two signed statements of one member that an honest one never signs both.

Self-contained: it verifies offline with nothing but the membership in force at its height, and
it cannot frame anybody, for it consists of the culprit's own signatures. Not a punishment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from consensus.messages import PrePrepare, ViewChange
from ledger import codec, crypto
from ledger.certificate import Vote
from ledger.crypto import Purpose, Signature
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, Membership, View, member_id
from ledger.transaction import ChainId

_ACCOUNTABLE: Final = {
    Purpose.PRE_PREPARE.value: Purpose.PRE_PREPARE,
    Purpose.PREPARE.value: Purpose.PREPARE,
    Purpose.COMMIT.value: Purpose.COMMIT,
    Purpose.VIEW_CHANGE.value: Purpose.VIEW_CHANGE,
}
_PLACE_FIELDS: Final = 4
"""A statement begins with chain id, kind, height and view; what follows is its claim."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One member said two different things in the same place."""

    culprit: MemberId
    """Who signed both."""
    first: bytes
    """One signed statement."""
    first_signature: Signature
    """The culprit's signature over it."""
    second: bytes
    """Another one: the same chain, kind, height and view, another claim."""
    second_signature: Signature
    """The culprit's signature over that."""

    @property
    def place(self) -> tuple[ChainId, Purpose, Height, View]:
        """Where it was: chain, kind, height, view. Raises Invalid."""
        chain_id, kind, height, view = _split(self.first)[0]
        return ChainId(chain_id), _ACCOUNTABLE[kind], Height(height), View(view)

    def verify(self, membership: Membership) -> None:
        """Check it with the membership in force at its height. Raises Invalid."""
        place, claim = _split(self.first)
        other_place, other_claim = _split(self.second)
        if place != other_place or claim == other_claim:
            raise Invalid("BAD_EVIDENCE", "the statements do not contradict each other")
        member = membership.by_id.get(self.culprit)
        if member is None:
            raise Invalid("NOT_A_MEMBER", self.culprit)
        purpose = _ACCOUNTABLE[place[1]]
        for statement, signature in (
            (self.first, self.first_signature), (self.second, self.second_signature)
        ):  # fmt: skip
            if not crypto.verify(member.key, purpose, statement, signature):
                raise Invalid("BAD_EVIDENCE", "not the culprit's signature")

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return (self.culprit, self.first, self.first_signature, self.second, self.second_signature)

    @classmethod
    def from_value(cls, value: codec.Value) -> Evidence:
        """Read `to_value`. Raises Invalid."""
        culprit, first, one, second, two = codec.fields(value, str, bytes, bytes, bytes, bytes)
        return cls(member_id(culprit), first, Signature(one), second, Signature(two))


def of_votes(first: Vote, second: Vote) -> Evidence:
    """Two verified votes of one voter in one phase, height and view, for different blocks."""
    return Evidence(
        first.voter, first.ballot.signing_bytes(), first.signature,
        second.ballot.signing_bytes(), second.signature,
    )  # fmt: skip


def of_statements(
    culprit: MemberId, first: PrePrepare | ViewChange, second: PrePrepare | ViewChange
) -> Evidence:
    """Two verified proposals, or two verified view changes, of one member in one place."""
    return Evidence(culprit, first.statement, first.signature, second.statement, second.signature)


def _split(statement: bytes) -> tuple[tuple[bytes, str, int, int], tuple[object, ...]]:
    """A statement's place and its claim. Raises Invalid."""
    parts = codec.items(codec.decode(statement), maximum=8)
    chain_id, kind, height, view = codec.fields(parts[:_PLACE_FIELDS], bytes, str, int, int)
    if kind not in _ACCOUNTABLE:
        raise Invalid("BAD_EVIDENCE", f"{kind[:20]} is not an accountable statement")
    return (chain_id, kind, height, view), tuple(parts[_PLACE_FIELDS:])
