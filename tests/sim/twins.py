"""Twins: two unmodified replicas with one key, and a partition per round; safety whatever it is.

Each round splits all hosts, the twins among them, into groups; what is sent between groups is lost.
A round lasts a view's timeout, so that the next round belongs to the next view and its primary.
After the last round everybody hears everybody, and all must agree and go on. After Bano et al.,
"Twins: BFT Systems Made Robust" (OPODIS 2021).
"""

from __future__ import annotations

import hashlib
import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from consensus.inputs import Connected, Delivered, Input, Now, Received, Submitted, Tick
from consensus.messages import Message
from consensus.output import Output
from consensus.replica import Replica
from consensus.safety import SafetyData
from consensus.settings import ConsensusSettings
from ledger.crypto import Signer
from ledger.membership import MemberId
from ledger.transaction import Transaction, build_payload, parse_transaction, sign_payload
from tests.sim.cheap import cheap_crypto, signer_of
from tests.sim.checks import Checks
from tests.sim.ledgers import EPOCH_MS, Book, new_book

ROUND_MS = 1_100
SETTLE_MS = 30_000
SETTINGS = ConsensusSettings(
    base_timeout_ms=1_000, timeout_cap_ms=1_000, idle_interval_ms=60_000, status_interval_ms=500,
    fetch_timeout_ms=300, catchup_delay_ms=50, suspect_after_ms=60_000, clock_bound_ms=60_000,
)  # fmt: skip

Groups = tuple[int, ...]
"""The group of each host in one round."""


@dataclass(slots=True)
class Host:
    """A replica; twins are two of them with one member's key."""

    index: int
    member: MemberId
    signer: Signer
    book: Book
    is_honest: bool
    safety: SafetyData = field(default_factory=SafetyData.initial)
    deadline_ms: int = 0
    replica: Replica | None = None


class Arena:
    """One scenario."""

    def __init__(self, members: int, twins: Sequence[int]) -> None:
        ids = new_book("fake", members).membership.ids
        doubled = [*range(members), *twins]
        self.hosts = [
            Host(index, ids[at], signer_of(ids[at], "cheap"), new_book("fake", members), at not in twins)
            for index, at in enumerate(doubled)
        ]  # fmt: skip
        self.membership = self.hosts[0].book.membership
        self.checks = Checks(
            self.membership, tuple(host.member for host in self.hosts if host.is_honest)
        )
        self.now_ms = 0
        self.culprits: set[MemberId] = set()
        self._groups: Groups = (0,) * len(self.hosts)
        self._wire: deque[tuple[MemberId, Host, Message]] = deque()

    def run(self, rounds: Sequence[Groups]) -> None:
        """Play the rounds, heal, and expect agreement and progress. Raises AssertionError."""
        with cheap_crypto(enabled=True):
            for host in self.hosts:
                host.replica = Replica(
                    host.member, host.signer, host.book.ledger, SETTINGS, host.safety, self._now()
                )
                self._feed(host, Tick())
            for number, groups in enumerate(rounds):
                self._groups = groups
                for host in self.hosts:
                    self._submit(host, f"round {number} host {host.index}")
                self._pass_time(self.now_ms + ROUND_MS, lambda: False)
            self._heal()

    def _heal(self) -> None:
        self._groups = (0,) * len(self.hosts)
        for host in self.hosts:
            for other in self.hosts:
                if other.member != host.member:
                    self._feed(host, Connected(other.member))
        last = _transaction(self.hosts[0], "after healing")
        for host in self.hosts:
            self._feed(host, Submitted((last,), relayed=False))
        honest = [host for host in self.hosts if host.is_honest]

        def is_settled() -> bool:
            heights = {host.book.height for host in honest}
            return len(heights) == 1 and self.checks.has_executed(last.raw)

        self._pass_time(self.now_ms + SETTLE_MS, is_settled)
        assert is_settled(), f"no life: heights {[host.book.height for host in honest]}"

    def _pass_time(self, end_ms: int, is_done: Callable[[], bool]) -> None:
        """Deliver at once whatever is sent; move the clock from deadline to deadline."""
        while True:
            while self._wire:
                sender, other, message = self._wire.popleft()
                self._feed(other, Received(sender, message))
            due = min(self.hosts, key=lambda host: host.deadline_ms)
            if due.deadline_ms > end_ms or is_done():
                self.now_ms = max(self.now_ms, min(end_ms, due.deadline_ms))
                return
            self.now_ms = max(self.now_ms, due.deadline_ms)
            self._feed(due, Tick())

    def _now(self) -> Now:
        return Now(self.now_ms, EPOCH_MS + 1_000 + self.now_ms)

    def _submit(self, host: Host, text: str) -> None:
        self._feed(host, Submitted((_transaction(host, text),), relayed=False))

    def _feed(self, host: Host, event: Input) -> None:
        assert host.replica is not None, "all have started"
        output = host.replica.step(event, self._now())
        self._perform(host, output)

    def _perform(self, host: Host, output: Output) -> None:
        if output.persist is not None:
            host.safety = output.persist
        for send in output.sends:
            if host.is_honest:
                self.checks.sent(host.member, send.message)
            for other in self.hosts:
                is_near = self._groups[other.index] == self._groups[host.index]
                if is_near and other.member != host.member and send.to in (None, other.member):
                    self._wire.append((host.member, other, send.message))
        for found in output.evidence:
            found.verify(self.membership)
            self.culprits.add(found.culprit)
        for certified in output.deliver:
            host.book.append(certified)
            if host.is_honest:
                self.checks.appended(host.index, certified)
        host.deadline_ms = max(output.deadline_ms, self.now_ms + 1)
        if output.deliver:
            self._feed(host, Delivered())


def partitions(hosts: int, parts: int) -> tuple[Groups, ...]:
    """All ways to split the hosts into exactly so many groups: a Stirling number of them."""
    return tuple(groups for groups in _growing(hosts, ()) if max(groups) == parts - 1)


def _growing(hosts: int, groups: Groups) -> Iterator[Groups]:
    """Restricted growth strings: each partition once."""
    if len(groups) == hosts:
        yield groups
        return
    for group in range(max(groups, default=-1) + 2):
        yield from _growing(hosts, (*groups, group))


def scenario_of(number: int, choices: Sequence[Groups], rounds: int) -> tuple[Groups, ...]:
    """The scenario of a number, from 0 to `len(choices) ** rounds` - 1."""
    picked = []
    for _ in range(rounds):
        number, at = divmod(number, len(choices))
        picked.append(choices[at])
    return tuple(picked)


def random_scenario(rng: random.Random, hosts: int, rounds: int) -> tuple[Groups, ...]:
    """Rounds of two or three groups."""
    return tuple(
        tuple(rng.randrange(parts) for _ in range(hosts))
        for parts in (rng.choice((1, 2, 2, 2, 3)) for _ in range(rounds))
    )


def _transaction(host: Host, text: str) -> Transaction:
    signer = signer_of("client", "cheap")
    command = ("add", {"amount": 2})
    salt = hashlib.sha256(text.encode()).digest()[:8]
    payload = build_payload(host.book.chain_id, "client", command, salt, 1_000)
    return parse_transaction(sign_payload(payload, [signer]))
