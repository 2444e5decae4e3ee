"""A replica hears anything at all: it never raises, never contradicts itself, and goes on."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.inputs import Connected, Delivered, Received, Tick
from consensus.messages import decode_message, encode_message
from consensus.output import NoticeKind
from ledger.errors import Invalid
from ledger.membership import MemberId
from tests.scenarios.consensus_stage import Stage
from tests.sim.byzantine import Mutator
from tests.sim.cheap import cheap_crypto
from tests.unit.consensus.support import in_view_1, prepared_everywhere


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(0, 3))
def test_anything_a_member_may_send_is_survived(seed: int, moves: int) -> None:
    with cheap_crypto(enabled=True):
        rng = random.Random(seed)
        stage = prepared_everywhere() if moves % 2 else Stage()
        if moves == 3:
            in_view_1(stage)
        liar = stage["m3"]
        mutator = Mutator(rng, liar.name, liar.signer, liar.book)
        stage.submit("m0", "coffee")
        for letter in list(stage.wire):
            for bent in mutator.bend(letter.message):
                stage.send(rng.choice(["m1", "m2", "m3"]), "m0", bent)
        kinds = [notice.kind for notice in stage["m0"].notices]
        assert NoticeKind.DIVERGED not in kinds
        stage.crash("m3")
        assert stage.live().startswith("all 3")


@settings(max_examples=40)
@given(st.data())
def test_flipped_bytes_are_survived(data: st.DataObject) -> None:
    with cheap_crypto(enabled=True):
        stage = prepared_everywhere()
        in_view_1(stage)
        for letter in list(stage.wire):
            raw = bytearray(encode_message(letter.message))
            raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
            try:
                message = decode_message(stage.chain_id, bytes(raw))
            except Invalid:
                continue
            stage.feed(MemberId("m0"), Received(letter.sender, message))
        stage.lose(lambda _: True)
        assert stage.live() == f"all 4 at height {stage['m0'].book.height}"


@pytest.mark.parametrize("event", [Tick(), Delivered(), Connected(MemberId("stranger"))])
def test_inputs_at_any_time_are_harmless(event: Tick | Delivered | Connected) -> None:
    stage = prepared_everywhere()
    before = stage["m0"].safety
    for _ in range(3):
        stage.feed(MemberId("m0"), event)
    assert stage["m0"].safety == before


def test_the_next_deadline_is_always_ahead() -> None:
    stage = Stage()
    stage["m1"].skew_ms = -(10**12)
    stage.submit("m1", "coffee")
    for actor in stage.actors.values():
        for output in actor.outputs:
            assert output.deadline_ms > 1_000
    now_ms = stage.clock(stage["m1"]).monotonic_ms
    assert stage["m1"].deadline_ms > now_ms, "a primary that cannot propose does not spin"
