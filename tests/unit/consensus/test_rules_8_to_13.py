"""Rules 8 to 13 of the thirteen that other implementations got wrong (DESIGN section 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consensus import settings as maxima
from consensus.catchup import serve
from consensus.messages import (
    FetchBlocks,
    PrePrepare,
    Status,
    decode_message,
    encode_message,
)
from consensus.pacemaker import timeout_ms
from consensus.settings import ConsensusSettings
from ledger.certificate import CertifiedBlock, verify_commit
from ledger.crypto import Purpose
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, View
from ledger.transaction import parse_transaction
from tests.scenarios.consensus_stage import SETTINGS, Stage
from tests.unit.consensus.support import codes, kind, prepared_everywhere

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
