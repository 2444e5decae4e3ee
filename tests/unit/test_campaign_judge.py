"""The judge of the campaigns finds what it is there to find: a fork, a loss, a change, a doubt."""

from __future__ import annotations

from pathlib import Path

from ledger.certificate import CertifiedBlock
from ledger.chain import Chain
from ledger.export import export_frames
from ledger.transaction import parse_transaction
from tests.campaigns.judge import Judge
from tests.campaigns.load import Acknowledged
from tests.support.chain_factory import Consortium
from tests.support.network import NodeProcess

FOUR = Consortium.of(4)
NAMES = list(FOUR.signers)


class FakeNode(NodeProcess):
    """A node that answers from a chain in memory."""

    def __init__(self, name: str, chain: Chain) -> None:
        super().__init__(Path(name), name, "")
        self.chain = chain

    @property
    def is_alive(self) -> bool:
        return True

    def height(self) -> int:
        return self.chain.head.height

    def export(self, first: int = 1, last: int | None = None) -> bytes:
        return b"".join(export_frames(self.chain.store, first, last))


def two_chains(same: int, more: int = 0, *, forked: bool = False) -> tuple[FakeNode, FakeNode]:
    """Two nodes with some heights in common; one, or both apart, with some more."""
    one, other = FOUR.create(), FOUR.create()
    for _ in range(same):
        other.append(FOUR.extend(one, FOUR.batch(one.head.height + 1, 2)))
    for _ in range(more):
        certified = FOUR.extend(one, FOUR.batch(one.head.height + 1, 2))
        if forked:
            FOUR.extend(other, FOUR.batch(other.head.height + 1, 1))
        else:
            other.append(certified)
    return FakeNode("one", one), FakeNode("other", other)


def judge_of(*nodes: NodeProcess) -> Judge:
    judge = Judge(list(nodes))
    judge.compare()
    return judge


def acknowledged(node: FakeNode, height: int, index: int) -> tuple[bytes, Acknowledged]:
    certified = node.chain.certified(height)
    assert certified is not None
    identifier = parse_transaction(certified.block.transactions[index]).id
    return identifier, Acknowledged(height, index, "applied")


def test_equal_chains_are_in_order() -> None:
    nodes = two_chains(4)
    judge = judge_of(*nodes)
    judge.check_acknowledged(dict([acknowledged(nodes[0], 2, 1)]))
    judge.check_whole({each.name: each.export(1, 3) for each in nodes})
    assert judge.violations == []
    assert judge.height == 3


def test_a_fork_is_found_at_its_height() -> None:
    judge = judge_of(*two_chains(3, 2, forked=True))
    assert judge.violations == ["FORK at height 4 between one and other"]


def test_what_was_acknowledged_and_is_not_there_is_found() -> None:
    nodes = two_chains(4)
    judge = judge_of(*nodes)
    identifier, told = acknowledged(nodes[0], 2, 1)
    judge.check_acknowledged({identifier: told, bytes(32): Acknowledged(1, 0, "applied")})
    judge.check_acknowledged({identifier: Acknowledged(3, 1, "applied")})
    assert len(judge.violations) == 2
    assert all(each.startswith("LOST") for each in judge.violations)


def test_what_is_beyond_the_common_height_is_judged_later() -> None:
    judge = judge_of(*two_chains(4))
    judge.check_acknowledged({bytes(32): Acknowledged(9, 0, "applied")})
    assert judge.violations == []


def test_blocks_that_change_later_are_found_even_when_all_agree() -> None:
    before = two_chains(4)
    judge = judge_of(*before)
    after = FOUR.create()
    for height in range(1, 6):
        FOUR.extend(after, FOUR.batch(height, 1))
    whole = FakeNode("one", after).export(1, 4)
    judge.check_whole({"one": whole, "other": whole})
    assert any(each.startswith("CHANGED: height 1 ") for each in judge.violations)


def test_a_chain_that_became_shorter_is_found() -> None:
    nodes = two_chains(5)
    judge = judge_of(*nodes)
    judge.check_whole({each.name: each.export(1, 2) for each in nodes})
    assert judge.violations == ["SHORTER: 2 heights at the end, 4 seen before"]


def test_another_certificate_below_the_head_is_found() -> None:
    one, other = FOUR.create(), FOUR.create()
    block = FOUR.propose(one, FOUR.batch(1, 1))
    for chain, voters in ((one, NAMES[:3]), (other, NAMES[1:])):
        chain.append(CertifiedBlock(block, None, FOUR.certificate(block, voters=voters)))
    nodes = FakeNode("one", one), FakeNode("other", other)
    judge = Judge(list(nodes))
    judge.check_whole({each.name: each.export(1, 1) for each in nodes})
    assert judge.violations == ["one and other export other certificates of 1"]
