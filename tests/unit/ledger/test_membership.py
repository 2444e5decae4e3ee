"""Members, faults and quorums: the arithmetic on which agreement rests, for every size."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import codec
from ledger.crypto import PublicKey
from ledger.errors import Invalid
from ledger.identity import certificate_key, issue_certificate
from ledger.membership import MEMBERS_MAX, Member, MemberId, Membership, member_id
from tests.support.chain_factory import member_signers


def members(count: int) -> list[Member]:
    return [
        Member(name, signer.public_key, b"certificate", "127.0.0.1:1", "")
        for name, signer in member_signers(count).items()
    ]


@pytest.mark.parametrize("n", range(1, MEMBERS_MAX + 1))
def test_quorums_meet_in_an_honest_member_and_need_no_faulty_one(n: int) -> None:
    membership = Membership.of(members(n))
    f, quorum = membership.f, membership.quorum
    assert membership.n == n
    assert 3 * f + 1 <= n < 3 * (f + 1) + 1
    assert 2 * quorum - n >= f + 1, "any two quorums share f + 1 members"
    assert quorum <= n - f, "the honest alone are a quorum"
    assert 2 * (quorum - 1) - n < f + 1, "and one signer less would not do"


@pytest.mark.parametrize("n", range(1, 8))
def test_the_same_by_looking_at_every_pair_of_quorums(n: int) -> None:
    membership = Membership.of(members(n))
    quorums = list(combinations(membership.ids, membership.quorum))
    assert all(len({*one} & {*other}) > membership.f for one in quorums for other in quorums)


@pytest.mark.parametrize(
    ("n", "f", "quorum"), [(1, 0, 1), (2, 0, 2), (3, 0, 2), (4, 1, 3), (5, 1, 4), (6, 1, 4),
                           (7, 2, 5), (10, 3, 7), (64, 21, 43)]
)  # fmt: skip
def test_figures(n: int, f: int, quorum: int) -> None:
    membership = Membership.of(members(n))
    assert (membership.f, membership.quorum) == (f, quorum)


@given(st.permutations(range(7)))
def test_the_order_in_which_members_are_named_does_not_matter(order: list[int]) -> None:
    listed = members(7)
    assert Membership.of(listed[i] for i in order).digest == Membership.of(listed).digest


def test_every_field_of_a_member_is_in_the_digest() -> None:
    listed = members(2)
    first = Membership.of(listed).digest
    for changed in (
        replace(listed[0], id=MemberId("bank-00")),
        replace(listed[0], key=member_signers(3)[MemberId("bank-03")].public_key),
        replace(listed[0], certificate=b"other"),
        replace(listed[0], peer_address="127.0.0.1:2"),
        replace(listed[0], api_address="http://127.0.0.1:2"),
    ):
        assert Membership.of([changed, listed[1]]).digest != first


def test_its_value_leads_back_to_it() -> None:
    membership = Membership.of(members(4))
    value = codec.decode(codec.encode(membership.to_value()))
    assert Membership.from_value(value) == membership


@pytest.mark.parametrize(
    "change",
    [
        lambda m: [],
        lambda m: [m[1], m[0]],
        lambda m: [m[0], m[0]],
        lambda m: [m[0], replace(m[1], key=m[0].key)],
        lambda m: [*m, *(replace(x, id=MemberId("z" + x.id)) for x in m)],
    ],
    ids=["nobody", "descending", "twice", "one key for two", "too many, and keys twice"],
)
def test_what_is_no_membership(change: object) -> None:
    assert callable(change)
    with pytest.raises(Invalid, match="BAD_MEMBERSHIP"):
        Membership(tuple(change(members(MEMBERS_MAX))))


def test_a_member_with_a_bad_key_is_refused_when_read() -> None:
    member = replace(members(1)[0], key=PublicKey(bytes(32)))
    with pytest.raises(Invalid, match="BAD_PUBLIC_KEY"):
        Membership.from_value(((member.to_value()),))


@pytest.mark.parametrize("text", ["a", "7", "bank-01", "a" * 32, "a-b", "0-0"])
def test_names_of_members(text: str) -> None:
    assert member_id(text) == text


@pytest.mark.parametrize(
    "text", ["", "-", "-a", "a-", "A", "a b", "a_b", "a.b", "ä", "a" * 33, "a\n", "\na", "a\x00"]
)
def test_what_is_no_name_of_a_member(text: str) -> None:
    with pytest.raises(Invalid, match="BAD_MEMBER_ID"):
        member_id(text)


def test_a_certificate_holds_the_members_key_and_nothing_by_chance() -> None:
    for name, signer in member_signers(2).items():
        der = issue_certificate(signer, name)
        assert der == issue_certificate(signer, name)
        assert certificate_key(der) == signer.public_key


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x82\x01\x00" + bytes(256)])
def test_what_is_no_certificate(der: bytes) -> None:
    with pytest.raises(Invalid, match="BAD_CERTIFICATE"):
        certificate_key(der)
