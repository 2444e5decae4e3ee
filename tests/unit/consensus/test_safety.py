"""Safety under arbitrary questions and crashes: it never signs two things in one place, nor lower."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.messages import NewView, PreparedProof, PrePrepare, Proposal, ViewChange
from consensus.safety import Safety, SafetyData, Step
from ledger import codec
from ledger.certificate import Ballot, Phase, QuorumCertificate, Vote
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, View
from tests.sim.cheap import cheap_crypto, signer_of
from tests.sim.fake_ledger import FakeLedger
from tests.sim.ledgers import EPOCH_MS, FakeBook, genesis_of

ME = MemberId("m0")
MEMBERSHIP = genesis_of(4).membership
BOOK = FakeBook(MEMBERSHIP)
CHAIN = BOOK.chain_id


def proposal(choice: int, height: int = 1) -> Proposal:
    ledger: FakeLedger = FakeBook(MEMBERSHIP).ledger
    block = ledger.build(MemberId("m1"), EPOCH_MS + 1 + choice, ())
    header = replace(block.header, height=Height(height))
    return Proposal(replace(block, header=header), None)


def pre_prepare(choice: int, view: int, height: int = 1) -> PrePrepare:
    return PrePrepare(proposal(choice, height), View(view), MemberId("m1"), b"")  # type: ignore[arg-type]


def changes(
    view: int, height: int = 1, prepared: PreparedProof | None = None
) -> tuple[ViewChange, ...]:
    return tuple(
        ViewChange(CHAIN, Height(height), View(view), prepared, member, b"")  # type: ignore[arg-type]
        for member in MEMBERSHIP.ids[:3]
    )


def proof(choice: int, view: int, height: int = 1, count: int = 3) -> PreparedProof:
    made = proposal(choice, height)
    ballot = Ballot(CHAIN, Phase.PREPARE, Height(height), View(view), made.block.id)
    votes = {
        name: Vote.cast(ballot, name, signer_of(name, "cheap")) for name in MEMBERSHIP.ids[:count]
    }
    return PreparedProof(QuorumCertificate.of(votes), made)


def safety(data: SafetyData | None = None) -> Safety:
    return Safety(ME, signer_of(ME, "cheap"), CHAIN, data or SafetyData.initial())


def restarted(before: Safety) -> Safety:
    """The same member after a crash, from the bytes on its disk."""
    stored = codec.decode(codec.encode(before.data.to_value()))
    return safety(SafetyData.from_value(CHAIN, stored))


questions = st.tuples(
    st.sampled_from(["propose", "prepare", "commit", "leave", "crash"]),
    st.integers(1, 2), st.integers(0, 3), st.integers(0, 1),
)  # fmt: skip


def ask(
    keeper: Safety, question: tuple[str, int, int, int]
) -> tuple[tuple[int, int, int], bytes] | None:
    """What the keeper signs on a question: its place and its statement."""
    kind, height, view, choice = question
    if kind == "propose":
        said = keeper.sign_proposal(
            proposal(choice, height), View(view), changes(view, height) if view else ()
        )
        if said is None:
            return None
        inner = said.pre_prepare if isinstance(said, NewView) else said
        return (height, view, Step.PRE_PREPARE), inner.statement
    if kind == "prepare":
        vote = keeper.sign_prepare(
            pre_prepare(choice, view, height), changes(view, height), MEMBERSHIP
        )
        return None if vote is None else ((height, view, Step.PREPARE), vote.ballot.signing_bytes())
    if kind == "commit":
        vote = keeper.sign_commit(proof(choice, view, height), MEMBERSHIP)
        return None if vote is None else ((height, view, Step.COMMIT), vote.ballot.signing_bytes())
    change = keeper.sign_view_change(Height(height), View(view))
    return None if change is None else ((height, view, Step.VIEW_CHANGE), change.statement)


@given(st.lists(questions, max_size=30))
def test_no_two_statements_in_one_place_and_none_below_the_highest(
    asked: list[tuple[str, int, int, int]],
) -> None:
    with cheap_crypto(enabled=True):
        keeper, highest = safety(), (0, 0, 0)
        said: dict[tuple[int, int, int], bytes] = {}
        for question in asked:
            if question[0] == "crash":
                keeper = restarted(keeper)
                continue
            answer = ask(keeper, question)
            if answer is None:
                continue
            place, statement = answer
            if place in said:
                assert said[place] == statement
            else:
                assert place > highest
                said[place], highest = statement, place
            assert keeper.data.position == highest


@given(st.lists(questions, max_size=12), questions)
def test_the_same_question_again_gives_the_same_signature(
    before: list[tuple[str, int, int, int]], question: tuple[str, int, int, int]
) -> None:
    with cheap_crypto(enabled=True):
        keeper = safety()
        for earlier in before:
            if earlier[0] != "crash":
                ask(keeper, earlier)
        if question[0] == "crash":
            return
        first = ask(keeper, question)
        if first is not None:
            assert ask(keeper, question) == first
            assert ask(restarted(keeper), question) == first


def test_the_record_survives_its_encoding() -> None:
    keeper = safety()
    keeper.sign_prepare(pre_prepare(0, 0), (), MEMBERSHIP)
    keeper.sign_commit(proof(0, 0), MEMBERSHIP)
    keeper.sign_view_change(Height(1), View(1))
    keeper.sign_proposal(proposal(0), View(1), changes(1))
    assert restarted(keeper).data == keeper.data


def test_a_record_with_an_unknown_step_is_refused() -> None:
    value = list(SafetyData.initial().to_value())
    value[2] = 4
    with pytest.raises(Invalid, match="BAD_SAFETY_DATA"):
        SafetyData.from_value(CHAIN, tuple(value))


def test_prepare_above_view_0_needs_a_quorum_that_left() -> None:
    keeper = safety()
    assert keeper.sign_prepare(pre_prepare(0, 1), changes(1)[:2], MEMBERSHIP) is None
    assert keeper.sign_prepare(pre_prepare(0, 1), changes(2), MEMBERSHIP) is None
    assert keeper.sign_prepare(pre_prepare(0, 1), (changes(1)[0],) * 3, MEMBERSHIP) is None
    assert keeper.sign_prepare(pre_prepare(0, 1), changes(1), MEMBERSHIP) is not None


def test_prepare_is_refused_for_another_block_than_the_one_that_obliges() -> None:
    keeper = safety()
    obliged = changes(1, prepared=proof(0, 0))
    assert keeper.sign_prepare(pre_prepare(1, 1), obliged, MEMBERSHIP) is None
    assert keeper.sign_prepare(pre_prepare(0, 1), obliged, MEMBERSHIP) is not None


def test_commit_needs_a_quorum_of_prepares_for_a_block_in_hand() -> None:
    keeper = safety()
    assert keeper.sign_commit(proof(0, 0, count=2), MEMBERSHIP) is None
    assert keeper.sign_commit(replace(proof(0, 0), proposal=None), MEMBERSHIP) is None
    assert keeper.sign_commit(replace(proof(0, 0), proposal=proposal(1)), MEMBERSHIP) is None
    assert keeper.sign_commit(proof(0, 0), MEMBERSHIP) is not None


def test_a_view_change_carries_the_highest_proof_and_nobody_leaves_for_view_0() -> None:
    keeper = safety()
    assert keeper.sign_view_change(Height(1), View(0)) is None
    keeper.sign_prepare(pre_prepare(0, 0), (), MEMBERSHIP)
    keeper.sign_commit(proof(0, 0), MEMBERSHIP)
    change = keeper.sign_view_change(Height(1), View(3))
    assert change is not None
    assert change.prepared == proof(0, 0)


def test_after_leaving_nothing_is_signed_in_the_view_left() -> None:
    keeper = safety()
    keeper.sign_prepare(pre_prepare(0, 0), (), MEMBERSHIP)
    keeper.sign_view_change(Height(1), View(1))
    assert keeper.sign_commit(proof(0, 0), MEMBERSHIP) is None
    assert keeper.sign_proposal(proposal(0), View(0), ()) is None


def test_safety_data_ahead_of_the_chain_silences_until_past_it() -> None:
    keeper = safety(replace(SafetyData.initial(), height=Height(7)))
    keeper.begin(Height(5))
    assert keeper.data.voting_from_height == 8
    for height in (5, 6, 7):
        assert not keeper.may_sign(Height(height))
        assert keeper.sign_prepare(pre_prepare(0, 0, height), (), MEMBERSHIP) is None
        assert keeper.sign_view_change(Height(height), View(1)) is None
    assert keeper.sign_prepare(pre_prepare(0, 0, 8), (), MEMBERSHIP) is not None


def test_a_new_key_can_be_told_from_where_it_may_vote() -> None:
    keeper = safety(SafetyData.initial(Height(100)))
    assert keeper.sign_view_change(Height(99), View(1)) is None
    assert keeper.sign_view_change(Height(100), View(1)) is not None
