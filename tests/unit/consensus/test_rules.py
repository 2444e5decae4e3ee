"""The thirteen rules that other implementations got wrong (DESIGN section 3): one test or more each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consensus import settings as maxima
from consensus.catchup import serve
from consensus.evidence import Evidence
from consensus.inputs import Delivered, Received, Submitted
from consensus.messages import (
    Blocks,
    FetchBlocks,
    NewView,
    PrePrepare,
    Status,
    ViewChange,
    VoteMessage,
    decode_message,
    encode_message,
)
from consensus.output import NoticeKind
from consensus.pacemaker import timeout_ms
from consensus.settings import ConsensusSettings
from ledger import codec
from ledger.certificate import CertifiedBlock, Phase, verify_commit
from ledger.crypto import Purpose
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, View
from ledger.transaction import parse_transaction
from tests.scenarios.consensus_runner import SETTINGS, Filter, Stage


def kind(*kinds: str, to: str | None = None) -> Filter:
    """Choose letters by kind and, perhaps, by receiver."""
    return lambda letter: letter.kind in kinds and to in (None, letter.to)


def codes(stage: Stage, name: str) -> list[str]:
    return [notice.code for notice in stage[name].notices]


def kinds(stage: Stage, name: str) -> list[NoticeKind]:
    return [notice.kind for notice in stage[name].notices]


def prepared_everywhere() -> Stage:
    """m1's block is prepared by all; every COMMIT is lost."""
    stage = Stage()
    stage.submit("m1", "coffee")
    stage.deliver(kind("transactions", "pre-prepare"))
    stage.deliver(kind("prepare"))
    stage.lose(lambda _: True)
    return stage


def in_view_1(stage: Stage) -> NewView:
    """All leave for view 1; its NEW-VIEW, not delivered yet."""
    stage.wait(1_100, deliver=False)
    stage.lose(kind("status", "transactions"))
    stage.deliver(kind("view-change"))
    found = [letter.message for letter in stage.wire if isinstance(letter.message, NewView)]
    return found[0]


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


# 8. Capped timeouts, the jump, the round state


def test_rule_8_timeouts_double_and_are_capped() -> None:
    settings = ConsensusSettings(base_timeout_ms=100, timeout_cap_ms=1_500)
    spans = [timeout_ms(settings, View(view)) for view in (0, 1, 2, 3, 4, 5, 60, maxima.VIEW_MAX)]
    assert spans == [100, 200, 400, 800, 1_500, 1_500, 1_500, 1_500]


def test_rule_8_f_plus_1_higher_views_make_a_replica_jump_to_the_smallest() -> None:
    stage = Stage()
    stage.send("m2", "m0", stage.forged_view_change("m2", 1, 7))
    assert stage.replica("m0").view == 0
    stage.send("m3", "m0", stage.forged_view_change("m3", 1, 5))
    assert stage.replica("m0").view == 5


def test_rule_8_all_restart_and_converge() -> None:
    stage = prepared_everywhere()
    for name in stage.actors:
        stage.crash(name)
    for name in stage.actors:
        stage.start(name)
    stage.wait(600, deliver=True)
    assert {actor.book.height for actor in stage.actors.values()} == {1}


def test_rule_8_views_begin_at_0_again_after_a_block() -> None:
    stage = Stage()
    stage.crash("m1")
    stage.submit("m0", "coffee")
    stage.wait(1_500, deliver=True)
    assert [stage[name].book.height for name in ("m0", "m2", "m3")] == [1, 1, 1]
    assert [stage.replica(name).view for name in ("m0", "m2", "m3")] == [0, 0, 0]


# 9. Certificates are checked against the members in force at their height


def test_rule_9_a_certificate_of_other_members_is_worth_nothing() -> None:
    stage = Stage()
    stage.submit("m1", "coffee")
    stage.deliver(lambda _: True)
    certified = stage["m0"].book.ledger.certified(1)
    assert certified is not None
    others = Stage(7).membership
    with pytest.raises(Invalid, match="NO_QUORUM"):
        verify_commit(certified.certificate, certified.block, others)


def test_rule_9_a_block_of_another_membership_gets_no_vote() -> None:
    stage = Stage()
    message = stage.forged_proposal("m1", 0)
    header = replace(message.block.header, membership=Stage(7).membership.digest)
    bent = replace(message.block, header=header)
    proposal = replace(message.proposal, block=bent)
    stage.send("m1", "m0", _resigned(stage, "m1", replace(message, proposal=proposal)))
    assert codes(stage, "m0")[-1] in {"BAD_HEADER", "ROOTS_DIFFER"}


def _resigned(stage: Stage, name: str, message: PrePrepare) -> PrePrepare:
    signature = stage[name].signer.sign(Purpose.PRE_PREPARE, message.statement)
    return replace(message, signature=signature)


# 10. Catch-up by certified blocks only


def test_rule_10_claims_are_never_counted() -> None:
    stage = Stage()
    for name in ("m1", "m2", "m3"):
        stage.send(name, "m0", Status(Height(9), View(0), holds_proposal=True))
    stage.wait(5_000, deliver=True)
    assert stage["m0"].book.height == 0


def test_rule_10_a_fetched_block_without_a_quorum_is_refused_and_another_peer_asked() -> None:
    stage = Stage()
    stage.crash("m0")
    stage.submit("m1", "coffee")
    stage.wait(100, deliver=True)
    ledger = stage["m1"].book.ledger
    true = ledger.blocks[0]
    short = replace(true.certificate, signatures=true.certificate.signatures[:2])
    ledger.blocks[0] = CertifiedBlock(true.block, true.parent_certificate, short)
    stage.start("m0")
    stage.wait(3_000, deliver=True)
    assert stage["m0"].book.height == 1
    assert "NO_QUORUM" in codes(stage, "m0")


# 11. Everybody hears every transaction; a primary that leaves one out is left


def test_rule_11_everybody_hears_every_transaction() -> None:
    stage = Stage()
    raw = stage.submit("m2", "coffee")
    stage.deliver(kind("transactions"))
    identifier = parse_transaction(raw).id
    assert all(identifier in stage.replica(name).mempool for name in stage.actors)


def test_rule_11_a_primary_that_censors_is_left() -> None:
    stage = Stage(4, replace(SETTINGS, suspect_after_ms=500))
    stage.cut = [MemberId("m1")]
    stage.submit("m0", "coffee")
    stage.deliver(kind("transactions"))
    stage.wait(600, deliver=False)
    stage.cut = []
    stage.send("m1", "m0", stage.forged_proposal("m1", 0))
    assert "CENSORED" in codes(stage, "m0")
    assert stage.replica("m0").view == 1


def test_rule_11_a_transaction_nobody_heard_of_is_passed_on_again() -> None:
    stage = Stage()
    stage.submit("m0", "coffee")
    stage.lose(kind("transactions"))
    stage.wait(900, deliver=True)
    assert {actor.book.height for actor in stage.actors.values()} == {1}
    assert stage.replica("m0").view == 0, "and it cost no view"


# 12. Block time


@pytest.mark.parametrize(("skew_ms", "is_voted"), [(1_990, True), (-900, True), (2_100, False)])
def test_rule_12_a_fresh_block_is_within_the_bound_of_the_voters_clock(
    skew_ms: int, is_voted: bool
) -> None:
    stage = Stage()
    stage.send("m1", "m0", stage.forged_proposal("m1", 0, skew_ms))
    assert (stage["m0"].safety.prepare is not None) is is_voted


def test_rule_12_a_prepared_block_is_exempt_from_the_bound() -> None:
    stage = prepared_everywhere()
    for actor in stage.actors.values():
        actor.skew_ms = 3_600_000
    stage.wait(1_500, deliver=True)
    assert {actor.book.height for actor in stage.actors.values()} == {1}


def test_rule_12_the_time_of_a_block_is_after_its_parents() -> None:
    stage = Stage()
    for actor in stage.actors.values():
        actor.skew_ms = -500
    for text in ("coffee", "tea", "milk"):
        stage.submit("m1", text)
        stage.deliver(lambda _: True)
    blocks = [certified.block for certified in stage["m0"].book.ledger.blocks]
    times = [block.header.timestamp_ms for block in blocks]
    assert times == sorted(set(times))
    assert len(times) == 3


# 13. Every queue has a named maximum


def test_rule_13_messages_for_later_heights_are_few_per_sender() -> None:
    stage = Stage()
    for height in range(2, 200):
        for view in range(5):
            stage.send("m3", "m0", stage.forged_vote("m3", "commit", height, view, "X"))
            stage.send("m3", "m0", stage.forged_view_change("m3", height, view + 1))
    kept = len(stage.replica("m0")._future)
    assert kept <= maxima.FUTURE_HEIGHTS_MAX * 3


def test_rule_13_votes_are_kept_for_a_window_of_views_only() -> None:
    stage = Stage()
    for view in range(200):
        stage.send("m3", "m0", stage.forged_vote("m3", "prepare", 1, view, "X"))
    votes = stage.replica("m0").agreement.instance._votes
    assert len(votes) == maxima.VIEW_WINDOW + 1


def test_rule_13_a_page_of_blocks_is_bounded() -> None:
    stage = Stage(1)
    for number in range(maxima.BLOCKS_PER_PAGE_MAX + 10):
        stage.submit("m0", f"tx-{number}")
    assert stage["m0"].book.height > maxima.BLOCKS_PER_PAGE_MAX
    page = serve(stage["m0"].book.ledger, FetchBlocks(Height(1)))
    assert len(page.blocks) == maxima.BLOCKS_PER_PAGE_MAX
    assert decode_message(stage.chain_id, encode_message(page)) == page
