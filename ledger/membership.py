"""Who may vote: the members in force, `f`, the quorum, the primary. Pure; no keys are held here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NewType

from ledger import codec
from ledger.crypto import Digest, PublicKey, Purpose, digest, public_key
from ledger.errors import Invalid

MemberId = NewType("MemberId", str)
Height = NewType("Height", int)
View = NewType("View", int)

MEMBERS_MAX: Final = 64
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


def member_id(text: str) -> MemberId:
    """A member's short name: lower-case letters, digits and hyphens, at most 32. Raises Invalid."""
    if not _NAME.fullmatch(text):
        raise Invalid("BAD_MEMBER_ID", text[:40])
    return MemberId(text)


@dataclass(frozen=True, slots=True)
class Member:
    """One institution of the consortium and the key of its node."""

    id: MemberId
    """The short name, unique and never reused."""
    key: PublicKey
    """The Ed25519 key that signs its votes and its side of every peer link."""
    certificate: bytes
    """The DER self-signed TLS certificate of the same key."""
    peer_address: str
    """host:port where its peers reach it."""
    api_address: str
    """The base URL of its HTTP node API, empty when it is not published."""

    def to_value(self) -> codec.Value:
        """The canonical tuple."""
        return (self.id, self.key, self.certificate, self.peer_address, self.api_address)

    @classmethod
    def from_value(cls, value: codec.Value) -> Member:
        """Read `to_value`. Raises Invalid."""
        identifier, key, certificate, peer, api = codec.fields(value, str, bytes, bytes, str, str)
        return cls(member_id(identifier), public_key(key), certificate, peer, api)


@dataclass(frozen=True)
class Membership:
    """The set of members in force at a height.

    For n members f = (n - 1) // 3 may be faulty, and a quorum is ceil((n + f + 1) / 2): two
    quorums meet in at least f + 1 members for every n, not only for n = 3f + 1
    (reference: arXiv 1901.07160 on IBFT 1.0).
    """

    members: tuple[Member, ...]
    """In ascending order of id."""

    def __post_init__(self) -> None:
        ids = [member.id for member in self.members]
        if not 1 <= len(ids) <= MEMBERS_MAX or ids != sorted(set(ids)):
            raise Invalid("BAD_MEMBERSHIP", "ids must be distinct, ascending, 1 to 64")
        if len({member.key for member in self.members}) != len(ids):
            raise Invalid("BAD_MEMBERSHIP", "two members with one key")

    @classmethod
    def of(cls, members: Iterable[Member]) -> Membership:
        """The membership of members in any order."""
        return cls(tuple(sorted(members, key=lambda member: member.id)))

    @cached_property
    def by_id(self) -> dict[MemberId, Member]:
        """Members by id."""
        return {member.id: member for member in self.members}

    @cached_property
    def ids(self) -> tuple[MemberId, ...]:
        """The ids in ascending order."""
        return tuple(member.id for member in self.members)

    @property
    def n(self) -> int:
        """How many members there are."""
        return len(self.members)

    @property
    def f(self) -> int:
        """How many may be faulty."""
        return (self.n - 1) // 3

    @property
    def quorum(self) -> int:
        """How many distinct signers make a certificate: ceil((n + f + 1) / 2)."""
        return (self.n + self.f) // 2 + 1

    @cached_property
    def digest(self) -> Digest:
        """What a header names the membership by."""
        return digest(Purpose.MEMBERSHIP, codec.encode(self.to_value()))

    def to_value(self) -> codec.Value:
        """The canonical tuple of members."""
        return tuple(member.to_value() for member in self.members)

    @classmethod
    def from_value(cls, value: codec.Value) -> Membership:
        """Read `to_value`. Raises Invalid."""
        return cls(tuple(Member.from_value(item) for item in codec.items(value)))
