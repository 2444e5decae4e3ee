"""The small parts: pacemaker, messages for later, evidence, proposals, the record of a view change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consensus import proposals
from consensus.evidence import Evidence
from consensus.future import FutureMessages
from consensus.messages import ViewChange
from consensus.pacemaker import Pacemaker
from consensus.settings import CERTIFICATES_REMEMBERED_MAX, ConsensusSettings
from consensus.view_change import VerifiedCertificates, must_repropose
from ledger.block import BLOCK_BYTES_MAX, Block
from ledger.certificate import CertifiedBlock
from ledger.crypto import Signature
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, View
from tests.scenarios.consensus_stage import Stage
from tests.unit.consensus.support import kind, prepared_everywhere

SETTINGS = ConsensusSettings(
    base_timeout_ms=100, timeout_cap_ms=1_000, idle_interval_ms=500, batch_delay_ms=20
)


def deadline(pacemaker: Pacemaker, view: int = 0, **known: object) -> int | None:
    oldest = known.get("oldest")
    return pacemaker.view_deadline_ms(
        View(view),
        is_changing=bool(known.get("changing")),
        has_proposal=bool(known.get("proposal")),
        oldest_ms=oldest if isinstance(oldest, int) else None,
    )


def test_the_timer_runs_from_what_is_expected() -> None:
    pacemaker = Pacemaker(SETTINGS, 1_000)
    assert deadline(pacemaker) == 1_000 + 500 + 100, "an idle block is due"
    assert deadline(pacemaker, oldest=1_200) == 1_300, "a transaction waits"
    assert deadline(pacemaker, oldest=900) == 1_100, "and waited before this height"
    pacemaker.make_progress(1_250)
    assert deadline(pacemaker, proposal=True) == 1_350, "a proposal came"


def test_in_a_view_change_the_timer_runs_once_a_quorum_is_heard() -> None:
    pacemaker = Pacemaker(SETTINGS, 1_000)
    pacemaker.enter_view(2_000)
    assert deadline(pacemaker, 1, changing=True) is None
    pacemaker.hear_quorum(2_500)
    pacemaker.hear_quorum(2_900)
    assert deadline(pacemaker, 1, changing=True) == 2_700


def test_a_primary_waits_for_company_but_not_for_ever() -> None:
    pacemaker = Pacemaker(SETTINGS, 1_000)
    assert pacemaker.proposal_due_ms(oldest_ms=None, is_full=False) == 1_500
    assert pacemaker.proposal_due_ms(oldest_ms=1_100, is_full=False) == 1_120
    assert pacemaker.proposal_due_ms(oldest_ms=1_495, is_full=False) == 1_500
    assert pacemaker.proposal_due_ms(oldest_ms=1_100, is_full=True) <= 1_100


def test_what_waits_is_passed_on_once_per_view() -> None:
    pacemaker = Pacemaker(SETTINGS, 1_000)
    assert not pacemaker.pass_on(View(0), 1_549, 1_600)
    assert pacemaker.pass_on(View(0), 1_550, 1_600)
    assert not pacemaker.pass_on(View(0), 1_599, 1_600)
    pacemaker.enter_view(1_600)
    assert pacemaker.pass_on(View(1), 1_700, 1_800)


def test_messages_for_later_come_back_at_their_height_proposals_first() -> None:
    stage, future = Stage(), FutureMessages()
    vote = stage.forged_vote("m1", "prepare", 2, 0, "X")
    change = stage.forged_view_change("m2", 2, 1)
    beyond = stage.forged_vote("m3", "prepare", 3, 0, "X")
    for sender, message in (("m1", vote), ("m2", change), ("m3", beyond)):
        assert future.keep(MemberId(sender), message, Height(1))  # type: ignore[arg-type]
    assert not future.keep(MemberId("m1"), stage.forged_vote("m1", "commit", 4, 0, "X"), Height(1))  # type: ignore[arg-type]
    assert future.take(Height(2)) == [("m2", change), ("m1", vote)]
    assert future.take(Height(2)) == []
    assert future.take(Height(3)) == [("m3", beyond)]
    assert len(future) == 0


@pytest.fixture
def found() -> tuple[Stage, Evidence]:
    stage = Stage()
    stage.send("m3", "m0", stage.forged_vote("m3", "commit", 1, 0, "X"))
    stage.send("m3", "m0", stage.forged_vote("m3", "commit", 1, 0, "Y"))
    return stage, stage["m0"].outputs[-1].evidence[0]


def test_evidence_cannot_be_bent(found: tuple[Stage, Evidence]) -> None:
    stage, true = found
    other = stage.forged_vote("m3", "commit", 1, 1, "X").vote  # type: ignore[union-attr]
    prepare = stage.forged_vote("m3", "prepare", 1, 0, "X").vote  # type: ignore[union-attr]
    true.verify(stage.membership)
    for bent in (
        replace(true, culprit=MemberId("m2")),
        replace(true, culprit=MemberId("nobody")),
        replace(true, second=true.first, second_signature=true.first_signature),
        replace(true, second_signature=Signature(bytes(64))),
        replace(true, second=other.ballot.signing_bytes(), second_signature=other.signature),
        replace(true, first=prepare.ballot.signing_bytes(), first_signature=prepare.signature),
        replace(true, first=b"\xc0", second=b"\xc0"),
        replace(true, first=b"\x94\xc0\xc0\xc0\xc0"),
    ):
        with pytest.raises(Invalid):
            bent.verify(stage.membership)


def test_the_highest_prepared_view_obliges() -> None:
    stage = prepared_everywhere()
    stage.wait(1_100, deliver=False)
    changes = [i.message for i in stage.wire if isinstance(i.message, ViewChange)]
    low = changes[0].prepared
    assert low is not None
    ballot = replace(low.certificate.ballot, view=View(5))
    high = replace(low, certificate=replace(low.certificate, ballot=ballot))
    nothing = replace(changes[0], prepared=None)
    assert must_repropose([]) is None
    assert must_repropose([nothing, nothing]) is None
    assert must_repropose([nothing, changes[1]]) == changes[1].prepared
    assert must_repropose([replace(nothing, prepared=high), changes[1], nothing]) == high


def test_verified_certificates_are_remembered_up_to_a_bound() -> None:
    stage = prepared_everywhere()
    stage.wait(1_100, deliver=False)
    change = next(i.message for i in stage.wire if isinstance(i.message, ViewChange))
    assert change.prepared is not None
    good = change.prepared.certificate
    keeper = VerifiedCertificates(stage.membership)
    keeper.verify(good)
    with pytest.raises(Invalid):
        keeper.verify(replace(good, signatures=good.signatures[:2]))
    assert len(keeper._digests) == 1
    assert CERTIFICATES_REMEMBERED_MAX >= 64


def test_a_block_that_is_too_large_is_refused() -> None:
    stage = Stage()
    block = stage.forged_proposal("m1", 0).block
    proposals.check_size(block)
    large = Block(block.header, (bytes(BLOCK_BYTES_MAX), b"x"))
    with pytest.raises(Invalid, match="TOO_LARGE"):
        proposals.check_size(large)


def test_a_certified_block_of_a_peer_is_checked_against_its_own_id() -> None:
    stage = Stage()
    stage.submit("m1", "coffee")
    stage.deliver(kind("transactions", "pre-prepare", "prepare", "commit"))
    first = stage["m0"].book.ledger.certified(1)
    assert first is not None
    header = replace(first.block.header, timestamp_ms=first.block.header.timestamp_ms + 1)
    bent = CertifiedBlock(replace(first.block, header=header), None, first.certificate)
    late = Stage()
    with pytest.raises(Invalid, match="CERTIFICATE_FOR_OTHER_BLOCK"):
        late["m0"].book.append(bent)
