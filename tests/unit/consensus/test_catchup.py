"""Catching up: whom to ask, when, and what of an answer is believed."""

from __future__ import annotations

import pytest

from consensus.catchup import CatchUp, serve
from consensus.messages import Blocks, FetchBlocks
from consensus.settings import ConsensusSettings
from ledger import codec
from ledger.errors import Invalid
from ledger.membership import Height, MemberId
from tests.scenarios.consensus_stage import Stage

SETTINGS = ConsensusSettings(catchup_delay_ms=100, fetch_timeout_ms=1_000)
M1, M2 = MemberId("m1"), MemberId("m2")


@pytest.fixture
def stage() -> Stage:
    """Three blocks on m0's chain of one."""
    stage = Stage(1)
    for text in ("coffee", "tea", "milk"):
        stage.submit("m0", text)
    return stage


def page(stage: Stage, start: int) -> Blocks:
    return serve(stage["m0"].book.ledger, FetchBlocks(Height(start)))


def behind() -> CatchUp:
    """At height 0, m1 has claimed height 3 at time 0."""
    catchup = CatchUp(SETTINGS)
    catchup.note(M1, Height(3), Height(0), 0)
    return catchup


def test_a_page_begins_where_asked_and_is_empty_beyond_the_head(stage: Stage) -> None:
    assert len(page(stage, 1).blocks) == 3
    assert len(page(stage, 3).blocks) == 1
    assert page(stage, 4).blocks == ()
    assert page(stage, 0).blocks == ()
    assert page(stage, 2**63 - 1).blocks == ()


def test_it_hopes_for_votes_first_and_then_asks_once() -> None:
    catchup = behind()
    assert catchup.next_request(Height(0), 99) is None
    assert catchup.deadline_ms() == 100
    assert catchup.next_request(Height(0), 100) == (M1, FetchBlocks(Height(1)))
    assert catchup.next_request(Height(0), 101) is None
    assert catchup.deadline_ms() == 1_100


def test_nobody_is_asked_when_nobody_is_ahead() -> None:
    catchup = behind()
    catchup.note(M1, Height(0), Height(0), 50)
    assert catchup.next_request(Height(0), 10_000) is None
    assert catchup.deadline_ms() is None


def test_blocks_are_handed_out_one_by_one_and_more_is_asked_at_once(stage: Stage) -> None:
    catchup = behind()
    catchup.note(M1, Height(9), Height(0), 0)
    catchup.next_request(Height(0), 100)
    catchup.receive(M1, page(stage, 1), stage.chain_id, Height(0), 110)
    for height in (1, 2, 3):
        found = catchup.next_block(Height(height - 1))
        assert found is not None
        assert (found[0], found[1].block.height) == (M1, height)
        assert catchup.next_request(Height(height - 1), 120) is None
        catchup.advanced(Height(height), 120)
    assert catchup.next_block(Height(3)) is None
    assert catchup.next_request(Height(3), 120) == (M1, FetchBlocks(Height(4)))


def test_a_silent_peer_is_struck_off_and_another_asked() -> None:
    catchup = behind()
    catchup.note(M2, Height(3), Height(0), 0)
    assert catchup.next_request(Height(0), 100) == (M1, FetchBlocks(Height(1)))
    assert catchup.overdue(1_099) is None
    assert catchup.overdue(1_100) == M1
    catchup.note(M1, Height(3), Height(0), 1_100)
    assert catchup.next_request(Height(0), 1_199) is None
    assert catchup.next_request(Height(0), 1_200) == (M2, FetchBlocks(Height(1)))


def test_a_page_that_is_not_what_was_asked_for_is_refused(stage: Stage) -> None:
    for wrong in (
        Blocks(()),
        page(stage, 2),
        Blocks(page(stage, 1).blocks[::-1]),
        Blocks((page(stage, 1).blocks[0],) * 2),
        Blocks((b"\xc1",)),
    ):
        catchup = behind()
        catchup.next_request(Height(0), 100)
        with pytest.raises(Invalid):
            catchup.receive(M1, wrong, stage.chain_id, Height(0), 110)
        assert catchup.next_block(Height(0)) is None
        assert catchup.next_request(Height(0), 10_000) is None, "its claim is forgotten"


def test_a_page_with_a_wrong_parent_certificate_is_the_peers_lie(stage: Stage) -> None:
    blocks = list(page(stage, 1).blocks)
    block, _, certificate = codec.decode(blocks[1])
    blocks[1] = codec.encode((block, certificate, certificate))
    catchup = behind()
    catchup.next_request(Height(0), 100)
    with pytest.raises(Invalid, match="OTHER_PARENT_CERTIFICATE"):
        catchup.receive(M1, Blocks(tuple(blocks)), stage.chain_id, Height(0), 110)


def test_a_page_that_nobody_waits_for_is_passed_over(stage: Stage) -> None:
    catchup = behind()
    catchup.receive(M1, page(stage, 1), stage.chain_id, Height(0), 50)
    catchup.next_request(Height(0), 100)
    catchup.receive(M2, page(stage, 1), stage.chain_id, Height(0), 110)
    assert catchup.next_block(Height(0)) is None


def test_what_the_chain_has_got_meanwhile_is_skipped(stage: Stage) -> None:
    catchup = behind()
    catchup.next_request(Height(0), 100)
    catchup.receive(M1, page(stage, 1), stage.chain_id, Height(2), 110)
    found = catchup.next_block(Height(2))
    assert found is not None
    assert found[1].block.height == 3
