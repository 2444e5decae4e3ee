"""Every message survives its bytes; everything else is refused with Invalid and nothing worse."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.messages import (
    Blocks,
    FetchBlocks,
    Message,
    Status,
    Transactions,
    ViewChange,
    VoteMessage,
    decode_message,
    encode_message,
    message_kind,
)
from consensus.settings import BLOCKS_PER_PAGE_MAX, TRANSACTIONS_PER_MESSAGE_MAX
from ledger import codec
from ledger.crypto import Digest
from ledger.errors import Invalid
from ledger.membership import Height, View
from tests.scenarios.consensus_stage import Stage
from tests.sim.cheap import cheap_crypto
from tests.unit.consensus.support import in_view_1, prepared_everywhere


def every_message() -> tuple[Stage, list[Message]]:
    """One of each kind, as replicas really send them."""
    with cheap_crypto(enabled=True):
        stage = prepared_everywhere()
        new_view = in_view_1(stage)
        stage.submit("m0", "tea")
        found: dict[str, Message] = {"new-view": new_view}
        for actor in stage.actors.values():
            for output in actor.outputs:
                for send in output.sends:
                    name = message_kind(send.message)
                    found[name] = send.message
    found["fetch-blocks"] = FetchBlocks(Height(7))
    found["blocks"] = Blocks((b"one", b"two"))
    return stage, [found[name] for name in sorted(found)]


STAGE, MESSAGES = every_message()


def test_there_is_one_of_each_kind() -> None:
    assert [message_kind(message) for message in MESSAGES] == [
        "blocks", "fetch-blocks", "new-view", "pre-prepare", "status", "transactions",
        "view-change", "vote",
    ]  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES, ids=message_kind)
def test_a_message_survives_its_bytes(message: Message) -> None:
    assert decode_message(STAGE.chain_id, encode_message(message)) == message


@pytest.mark.parametrize("message", MESSAGES, ids=message_kind)
@settings(max_examples=60)
@given(data=st.data())
def test_damaged_bytes_are_refused_or_are_another_message(
    message: Message, data: st.DataObject
) -> None:
    damaged = bytearray(encode_message(message))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = decode_message(STAGE.chain_id, bytes(damaged))
    except Invalid:
        return
    assert encode_message(read) == bytes(damaged), "one encoding per message"


@pytest.mark.parametrize(
    "value",
    [
        ("gossip", ()),
        ("status", (0, 0)),
        ("status", (-1, 0, True)),
        ("status", (0, 2**63, True)),
        ("status", (0, 0, 1)),
        ("fetch-blocks", (2**63,)),
        ("vote", ("vote", 1, 0, bytes(32), "m0", bytes(64))),
        ("vote", ("prepare", 1, 0, bytes(31), "m0", bytes(64))),
        ("vote", ("prepare", 1, 0, bytes(32), "M0", bytes(64))),
        ("transactions", ("text",)),
        ("blocks", tuple(b"" for _ in range(BLOCKS_PER_PAGE_MAX + 1))),
        ("transactions", tuple(b"" for _ in range(TRANSACTIONS_PER_MESSAGE_MAX + 1))),
        ("view-change", (1, 1, "m0", bytes(64), ())),
        ("new-view", ((), ())),
    ],
    ids=str,
)
def test_wrong_shapes_are_refused(value: object) -> None:
    with pytest.raises(Invalid):
        decode_message(STAGE.chain_id, codec.encode(value))


def test_a_proposal_brings_the_parent_certificate_that_its_header_fixes() -> None:
    proposal = next(m for m in MESSAGES if message_kind(m) == "pre-prepare").proposal  # type: ignore[union-attr]
    header = replace(proposal.block.header, parent_certificate=Digest(bytes([1]) * 32))
    bent = replace(proposal, block=replace(proposal.block, header=header))
    with pytest.raises(Invalid, match="OTHER_PARENT_CERTIFICATE"):
        type(bent).from_value(STAGE.chain_id, bent.to_value())


def test_the_block_is_no_part_of_what_a_view_change_signs() -> None:
    change = next(m for m in MESSAGES if isinstance(m, ViewChange))
    assert change.prepared is not None
    stripped = change.without_block()
    assert stripped.prepared is not None
    assert stripped.prepared.proposal is None
    assert stripped.statement == change.statement


def test_statements_of_different_kinds_never_coincide() -> None:
    stage = STAGE
    proposal = stage.forged_proposal("m1", 0)
    vote = stage.forged_vote("m1", "prepare", 1, 0, stage.name_of(proposal.block.id))
    assert isinstance(vote, VoteMessage)
    statements = {
        proposal.statement,
        vote.vote.ballot.signing_bytes(),
        stage.forged_view_change("m1", 1, 0).statement,
    }
    assert len(statements) == 3


def test_status_and_transactions_are_small() -> None:
    assert len(encode_message(Status(Height(2**40), View(2**40), holds_proposal=True))) < 40
    assert encode_message(Transactions(())) == codec.encode(("transactions", ()))
