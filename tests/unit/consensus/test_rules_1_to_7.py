"""Rules 1 to 7 of the thirteen that other implementations got wrong (DESIGN section 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consensus.evidence import Evidence
from consensus.inputs import Delivered, Received, Submitted
from consensus.messages import (
    Blocks,
    FetchBlocks,
    ViewChange,
    VoteMessage,
)
from consensus.output import NoticeKind
from ledger import codec
from ledger.certificate import Phase
from ledger.membership import Height, MemberId
from tests.scenarios.consensus_stage import Stage
from tests.unit.consensus.support import codes, in_view_1, kind, kinds, prepared_everywhere

# 1. The view is not in the block hash


def test_rule_1_a_block_proposed_again_keeps_its_id() -> None:
    stage = prepared_everywhere()
    before = stage.replica("m0").agreement.instance.accepted
    new_view = in_view_1(stage)
    assert before is not None
    assert before.block.id == new_view.pre_prepare.block.id
    assert (before.view, new_view.view) == (0, 1)
    stage.deliver(lambda _: True)
    certified = stage["m0"].book.ledger.certified(1)
    assert certified is not None
    assert certified.certificate.ballot.view == 1
    assert certified.block.id == before.block.id


# 2. Distinct signers in force; one message per (sender, height, view, type); evidence


def test_rule_2_one_member_never_makes_a_quorum_by_repeating_itself() -> None:
    stage = Stage()
    message = stage.forged_proposal("m1", 0)
    stage.send("m1", "m0", message)
    name = stage.name_of(message.block.id)
    for _ in range(5):
        stage.send("m3", "m0", stage.forged_vote("m3", "prepare", 1, 0, name))
    assert not stage.replica("m0").agreement.instance.has_vote(Phase.COMMIT, MemberId("m0"))
    stage.send("m2", "m0", stage.forged_vote("m2", "prepare", 1, 0, name))
    assert stage.replica("m0").agreement.instance.has_vote(Phase.COMMIT, MemberId("m0"))


def test_rule_2_a_stranger_is_not_counted() -> None:
    stage = Stage()
    vote = stage.forged_vote("m3", "prepare", 1, 0, "X")
    stage.feed(MemberId("m0"), Received(MemberId("stranger"), vote))
    assert codes(stage, "m0") == ["NOT_A_MEMBER"]


def test_rule_2_author_and_sender_must_be_the_same() -> None:
    stage = Stage()
    vote = stage.forged_vote("m3", "commit", 1, 0, "X")
    stage.send("m2", "m0", vote)
    change = stage.forged_view_change("m3", 1, 1)
    stage.send("m2", "m0", change)
    assert codes(stage, "m0") == ["NOT_THE_SENDER", "NOT_THE_SENDER"]


def test_rule_2_a_contradiction_is_portable_evidence_and_the_first_stands() -> None:
    stage = Stage()
    for block in ("X", "Y", "Z"):
        stage.send("m3", "m0", stage.forged_vote("m3", "prepare", 1, 0, block))
    found = [item for output in stage["m0"].outputs for item in output.evidence]
    assert len(found) == 1, "once per culprit, height and kind"
    again = Evidence.from_value(codec.decode(codec.encode(found[0].to_value())))
    again.verify(stage.membership)
    assert again.culprit == "m3"


def test_rule_2_equivocation_in_every_kind_of_statement_is_found() -> None:
    stage = Stage()
    for phase in ("prepare", "commit"):
        stage.send("m3", "m0", stage.forged_vote("m3", phase, 1, 0, "X"))
        stage.send("m3", "m0", stage.forged_vote("m3", phase, 1, 0, "Y"))
    stage.send("m1", "m0", stage.forged_proposal("m1", 0, 1))
    stage.send("m1", "m0", stage.forged_proposal("m1", 0, 2))
    stage.deliver(kind("prepare"))
    found = [item.place[1].value for output in stage["m0"].outputs for item in output.evidence]
    assert found == ["prepare", "commit", "pre-prepare"]


def test_rule_2_two_view_changes_for_one_view_are_evidence() -> None:
    stage = prepared_everywhere()
    stage.wait(1_100, deliver=False)
    honest = next(
        letter.message for letter in stage.wire
        if letter.sender == "m3" and isinstance(letter.message, ViewChange)
    )  # fmt: skip
    assert honest.prepared is not None
    stage.send("m3", "m0", honest)
    stage.send("m3", "m0", stage.forged_view_change("m3", 1, 1))
    found = [item.place[1].value for output in stage["m0"].outputs for item in output.evidence]
    assert found == ["view-change"]


# 3. Persisted before sent; never a lower or conflicting place, across crashes too


def test_rule_3_whatever_is_signed_is_in_the_record_of_the_same_output() -> None:
    stage = Stage()
    stage.submit("m1", "coffee")
    stage.deliver(lambda _: True)
    for actor in stage.actors.values():
        for output in actor.outputs:
            votes = [s.message.vote for s in output.sends if isinstance(s.message, VoteMessage)]
            if votes:
                assert output.persist is not None
                assert {output.persist.prepare, output.persist.commit} >= set(votes)


def test_rule_3_after_a_crash_the_same_vote_comes_again_and_no_other() -> None:
    stage = Stage()
    first = stage.forged_proposal("m1", 0, 1)
    stage.send("m1", "m0", first)
    stage.crash("m0")
    stage.start("m0")
    stage.lines.clear()
    stage.send("m1", "m0", stage.forged_proposal("m1", 0, 2))
    assert not any("prepare" in line for line in stage.lines), "a second vote in one view"
    stage.crash("m0")
    stage.start("m0")
    stage.lines.clear()
    stage.send("m1", "m0", first)
    assert f"m0 -> *: prepare 1/0 {stage.name_of(first.block.id)}" in stage.lines


def test_rule_3_a_primary_that_crashed_repeats_its_proposal() -> None:
    stage = Stage()
    stage.submit("m1", "coffee")
    stage.crash("m1")
    stage.start("m1")
    sent = [line for line in stage.lines if line.startswith("m1 -> *: pre-prepare")]
    assert len(sent) == 2
    assert sent[0] == sent[1]


def test_rule_3_no_votes_until_the_chain_is_past_what_was_signed() -> None:
    stage = Stage()
    for text in ("coffee", "tea"):
        stage.submit("m1", text)
        stage.wait(100, deliver=True)
    stage.crash("m3")
    stage.forget_blocks("m3", 2)
    stage.start("m3")
    assert not stage.replica("m3").is_voting
    assert NoticeKind.NOT_VOTING in kinds(stage, "m3")
    stage.connect("m3")
    stage.wait(1_000, deliver=True)
    assert stage["m3"].book.height == 2
    assert stage.replica("m3").is_voting


# 4. Execute before voting


def test_rule_4_other_roots_get_no_vote_and_a_loud_word() -> None:
    stage = Stage()
    stage.poison("m3")
    stage.submit("m1", "coffee")
    stage.deliver(kind("pre-prepare", to="m3"))
    assert stage["m3"].safety.position[0] == 0, "nothing is signed"
    assert kinds(stage, "m3") == [NoticeKind.ROOTS_DIFFER, NoticeKind.MESSAGE_REFUSED]


def test_rule_4_a_diverged_replica_keeps_serving_and_votes_no_more() -> None:
    stage = Stage()
    stage.poison("m3")
    stage.submit("m1", "coffee")
    stage.deliver(lambda _: True)
    replica = stage.replica("m3")
    assert replica.has_diverged
    assert not replica.is_voting
    assert stage["m0"].book.height == 1
    assert stage["m3"].book.height == 0
    stage.send("m0", "m3", FetchBlocks(Height(1)))
    answered = stage["m3"].outputs[-1].sends
    assert [send.message for send in answered] == [Blocks(())]


# 5. VIEW-CHANGE carries the proof, NEW-VIEW re-proposes the highest, all verify


def test_rule_5_a_new_view_with_another_block_than_the_prepared_one_is_refused() -> None:
    stage = prepared_everywhere()
    new_view = in_view_1(stage)
    other = stage.forged_proposal("m2", 1)
    stage.send("m2", "m0", replace(new_view, pre_prepare=other))
    assert codes(stage, "m0")[-1] == "BAD_NEW_VIEW"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_rule_5_a_new_view_needs_a_quorum_of_view_changes(count: int) -> None:
    stage = prepared_everywhere()
    new_view = in_view_1(stage)
    stage.send("m2", "m0", replace(new_view, view_changes=new_view.view_changes[:count]))
    assert codes(stage, "m0")[-1] == "NO_QUORUM"


def test_rule_5_a_new_view_may_not_count_one_member_twice() -> None:
    stage = prepared_everywhere()
    new_view = in_view_1(stage)
    first = new_view.view_changes[0]
    stage.send("m2", "m0", replace(new_view, view_changes=(first, first, first)))
    assert codes(stage, "m0")[-1] == "BAD_NEW_VIEW"


def test_rule_5_a_new_view_may_not_hide_what_was_prepared() -> None:
    stage = prepared_everywhere()
    new_view = in_view_1(stage)
    hidden = tuple(replace(change, prepared=None) for change in new_view.view_changes)
    stage.send("m2", "m0", replace(new_view, view_changes=hidden))
    assert codes(stage, "m0")[-1] == "BAD_SIGNATURE", "the claim is what is signed"


def test_rule_5_a_new_view_comes_from_the_primary_of_its_view_only() -> None:
    stage = prepared_everywhere()
    new_view = in_view_1(stage)
    stage.send("m3", "m0", new_view)
    assert codes(stage, "m0")[-1] == "NOT_THE_SENDER"
    other = replace(new_view, pre_prepare=stage.forged_proposal("m3", 1))
    stage.send("m3", "m0", other)
    assert codes(stage, "m0")[-1] == "NOT_THE_PRIMARY"


@pytest.mark.parametrize("prepared_view", [0, 9, 10**9])
def test_rule_5_a_forged_proof_is_refused_at_every_door(prepared_view: int) -> None:
    stage = Stage()
    stage.send("m3", "m0", stage.forged_view_change("m3", 1, prepared_view + 1, prepared_view))
    assert codes(stage, "m0") == ["BAD_VOTE_SIGNATURE"]


def test_rule_5_a_proof_of_the_same_or_a_higher_view_is_refused() -> None:
    stage = Stage()
    stage.send("m3", "m0", stage.forged_view_change("m3", 1, 2, 2))
    stage.send("m3", "m0", stage.forged_view_change("m3", 1, 2, 3))
    assert codes(stage, "m0") == ["BAD_PREPARED_PROOF"] * 2


def test_rule_5_a_proof_comes_with_its_block() -> None:
    stage = prepared_everywhere()
    stage.wait(1_100, deliver=False)
    true = next(
        letter.message
        for letter in stage.wire
        if letter.sender == "m3" and isinstance(letter.message, ViewChange)
    )
    assert true.prepared is not None
    other = stage.forged_proposal("m3", 0).proposal
    for proposal in (None, other):
        bent = replace(true, prepared=replace(true.prepared, proposal=proposal))
        stage.send("m3", "m0", bent)
        assert codes(stage, "m0")[-1] == "BAD_PREPARED_PROOF"
    stage.send("m3", "m0", true)
    assert codes(stage, "m0").count("BAD_PREPARED_PROOF") == 2


def test_rule_5_a_pre_prepare_above_view_0_needs_its_new_view() -> None:
    stage = Stage()
    stage.send("m2", "m0", stage.forged_proposal("m2", 1))
    assert codes(stage, "m0") == ["NEW_VIEW_NEEDED"]


# 6. Level-triggered


def test_rule_6_quorums_complete_before_the_proposal_count_when_it_comes() -> None:
    stage = Stage()
    stage.submit("m1", "coffee")
    stage.deliver(lambda letter: letter.to != "m3" and letter.kind != "commit")
    stage.deliver(lambda letter: letter.to != "m3")
    stage.deliver(kind("prepare", to="m3"))
    stage.deliver(kind("commit", to="m3"))
    assert stage["m3"].book.height == 0
    stage.deliver(kind("pre-prepare", to="m3"))
    assert stage["m3"].book.height == 1


def test_rule_6_asking_again_changes_nothing() -> None:
    stage = prepared_everywhere()
    stage.lines.clear()
    for name in stage.actors:
        for _ in range(3):
            stage.feed(name, Submitted((), relayed=True))
            stage.feed(name, Delivered())
    assert stage.lines == []


# 7. A late COMMIT quorum of an old view


def test_rule_7_a_late_commit_quorum_of_an_old_view_is_honoured() -> None:
    stage = Stage()
    stage.submit("m1", "coffee")
    stage.deliver(kind("pre-prepare"))
    stage.deliver(kind("prepare"))
    stage.wait(1_100, deliver=False)
    assert stage.replica("m0").view == 1
    stage.deliver(kind("commit", to="m0"))
    assert stage["m0"].book.height == 1
    certified = stage["m0"].book.ledger.certified(1)
    assert certified is not None
    assert certified.certificate.ballot.view == 0
