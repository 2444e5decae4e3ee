"""The replica against the slow oracle, on the simulator's random schedules.

Whatever an honest replica says or delivers must be allowed by the protocol's predicates, given
what it heard before; and where a quorum of PREPAREs stands for its accepted proposal, it must have
committed itself: acting is level-triggered.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from consensus.inputs import Input, Received
from consensus.messages import VoteMessage
from consensus.output import Output
from consensus.replica import Replica
from ledger.certificate import Phase
from tests.properties.oracle import Oracle
from tests.sim.options import draw
from tests.sim.world import Host, World

SEEDS_PER_TEST = 5


class Watcher:
    """Holds every honest host to the oracle."""

    def __init__(self) -> None:
        self._oracles: dict[int, Oracle] = {}
        self._started: dict[int, int] = {}
        self.judged = 0

    def __call__(self, host: Host, event: Input, output: Output) -> None:
        if not host.is_honest or host.replica is None:
            return
        oracle = self._oracle_of(host)
        if isinstance(event, Received):
            is_due = getattr(event.message, "height", 0) == host.book.height + 1
            oracle.hear(event.sender, event.message, is_due=is_due)
        for send in output.sends:
            said = f"host {host.index}: {send.message}"
            assert oracle.may_say(send.message, host.book.ledger.primaries), said
            oracle.hear(host.member, send.message, is_due=True)
            self.judged += 1
        for certified in output.deliver:
            assert oracle.may_deliver(certified), f"host {host.index}: {certified.block.height}"
            oracle.forget(certified.block.height)
        if not output.deliver:
            self._expect_commit(host, host.replica, oracle)

    def _oracle_of(self, host: Host) -> Oracle:
        book = host.book
        oracle = self._oracles.setdefault(
            host.index, Oracle(host.member, book.membership, book.chain_id)
        )
        if self._started.setdefault(host.index, host.started_ms) != host.started_ms:
            self._started[host.index] = host.started_ms
            oracle.restart()
        return oracle

    @staticmethod
    def _expect_commit(host: Host, replica: Replica, oracle: Oracle) -> None:
        """A quorum of PREPAREs for the accepted proposal must have made the replica commit."""
        instance = replica.agreement.instance
        height, view, accepted = instance.height, instance.view, instance.accepted
        if accepted is None or not oracle.must_commit(height, view, accepted.block.id):
            return
        ballots = [
            message.vote.ballot
            for sender, message in oracle.heard
            if sender == host.member and isinstance(message, VoteMessage)
        ]
        place = (Phase.COMMIT, height, view)
        assert any((b.phase, b.height, b.view) == place for b in ballots), f"host {host.index}"


def watched(seed: int) -> Watcher:
    """A run of a seed; without crashes before persisting, for what was said then never was."""
    watcher = Watcher()
    options = replace(draw(seed, ledger="fake", crypto="cheap"), crash_in_step_permille=0)
    World(options, watch=watcher).run()
    return watcher


@pytest.mark.parametrize("first", [1, 101, 201, 301])
def test_the_replica_does_what_the_oracle_allows(first: int) -> None:
    judged = sum(watched(seed).judged for seed in range(first, first + SEEDS_PER_TEST))
    assert judged > 100
