"""The simulated world: hosts with disks and clocks, a network, faults, one queue of events.

One `random.Random` decides everything, one heap orders everything; the same options give the same
trace, whatever PYTHONHASHSEED is. Safety is checked with every block and message (`checks`).
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from consensus.evidence import Evidence
from consensus.inputs import Connected, Delivered, Input, Now, Received, Submitted, Tick
from consensus.messages import (
    Message,
    VoteMessage,
    decode_message,
    encode_message,
    message_kind,
)
from consensus.output import Notice, NoticeKind, Output
from consensus.replica import Replica
from consensus.safety import UNKNOWN, SafetyData
from ledger import codec
from ledger.certificate import Phase
from ledger.crypto import Signer
from ledger.errors import Invalid
from ledger.membership import MemberId, Membership
from ledger.transaction import ChainId, build_payload, parse_transaction, sign_payload
from tests.sim.byzantine import Mutator
from tests.sim.cheap import cheap_crypto, signer_of
from tests.sim.checks import Checks
from tests.sim.ledgers import EPOCH_MS, Book, new_book
from tests.sim.options import Options

LIVENESS_MS = 15_000
"""After healing, so much simulated time may pass until everybody agrees and goes on."""
FAULT_EVERY_MS = 100
WIPED_ABOVE = 3
"""Disks are wiped only once the chain has begun for a quorum; before, nobody remembers anything."""
RETRY_MS = 2_000
"""A client repeats a transaction that is not committed after so long."""
PROOFS_OF_LIFE = 3
"""So many transactions submitted after healing must be committed everywhere."""


@dataclass(slots=True)
class Host:
    """One machine: a replica while it is up, a disk that outlives it, clocks of its own."""

    index: int
    """Its number; twins are two hosts of one member."""
    member: MemberId
    """Whose key it has."""
    signer: Signer
    """The key."""
    book: Book
    """The chain on its disk."""
    is_honest: bool
    """Whether the checks hold it to the rules."""
    mutator: Mutator | None
    """What bends its messages, if anything does."""
    skew_ms: int
    """Its business clock's error."""
    wiped_ms: int = -1
    """When its disk lost everything; no link brings what was sent before that."""
    started_ms: int = 0
    """What its monotonic clock counts from."""
    safety: SafetyData = field(default_factory=SafetyData.initial)
    """The safety data on its disk."""
    replica: Replica | None = None
    """What runs; None while it is down."""
    tick: int = 0
    """The number of the last tick set; older ones are void."""
    notices: list[Notice] = field(default_factory=list)
    """What it said since the world began."""


Watch = Callable[[Host, Input, Output], None]
"""Looks on at every step of every host, before its output is performed."""


class World:
    """One run."""

    def __init__(
        self,
        options: Options,
        tell: Callable[[str], None] | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.options = options
        self._tell = tell
        self._watch = watch
        self._rng = random.Random(f"world {options.seed}")
        self.now_ms = 0
        self.alive_after_ms = 0
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self._hash = hashlib.sha256()
        self._is_chaos = True
        self._blocked: dict[tuple[int, int], bool] = {}
        self._deaf: dict[tuple[int, int], bool] = {}
        self._muted = ""
        self._forgetful: list[MemberId] = []
        self._until_ms: dict[int, int] = {}
        self._books = [
            new_book(options.ledger, options.members) for _ in range(options.members + 1)
        ]
        self.membership: Membership = self._books[0].membership
        self.chain_id: ChainId = self._books[0].chain_id
        byzantine = self.membership.ids[-1] if options.byzantine != "none" else None
        honest = tuple(item for item in self.membership.ids if item != byzantine)
        self.checks = Checks(self.membership, honest)
        self.hosts: list[Host] = []
        self.evidence: list[Evidence] = []
        for member in self.membership.ids:
            self._add_host(member, is_honest=member != byzantine)
        if options.byzantine == "twin" and byzantine is not None:
            self._add_host(byzantine, is_honest=False)

    # --- running ---------------------------------------------------------------------------------

    def run(self) -> str:
        """Break things, heal them, wait for agreement. Returns the hash of the trace."""
        with cheap_crypto(enabled=self.options.crypto == "cheap"):
            for host in self.hosts:
                self._start(host)
            self._at(FAULT_EVERY_MS, self._fault)
            self._at(1, self._submit_some)
            self._run_until(lambda: self.now_ms >= self.options.chaos_ms)
            self._heal()
            self._expect_life()
        return self._hash.hexdigest()

    def _run_until(self, is_done: Callable[[], bool]) -> None:
        while not is_done():
            self.now_ms, _, action = heappop(self._queue)
            action()

    def _at(self, delay_ms: int, action: Callable[[], None]) -> None:
        self._count += 1
        heappush(self._queue, (self.now_ms + delay_ms, self._count, action))

    def trace(self, line: str) -> None:
        """Add a line to the trace."""
        line = f"{self.now_ms:>7} {line}"
        self._hash.update(line.encode() + b"\n")
        if self._tell is not None:
            self._tell(line)

    # --- hosts -----------------------------------------------------------------------------------

    def _add_host(self, member: MemberId, *, is_honest: bool) -> None:
        index = len(self.hosts)
        signer, book = signer_of(member, self.options.crypto), self._books[index]
        is_mutator = not is_honest and self.options.byzantine == "mutator"
        mutator = Mutator(self._rng, member, signer, book) if is_mutator else None
        skew_ms = self._rng.randint(-self.options.skew_ms, self.options.skew_ms)
        self.hosts.append(Host(index, member, signer, book, is_honest, mutator, skew_ms))

    def _clock(self, host: Host) -> Now:
        return Now(
            self.now_ms - host.started_ms + 1_000, EPOCH_MS + 1_000 + self.now_ms + host.skew_ms
        )

    def _start(self, host: Host) -> None:
        """Boot from what is on the disk."""
        host.started_ms = self.now_ms - self._rng.randint(0, 1_000_000)
        host.book.reopen()
        stored = codec.decode(codec.encode_array(host.safety.to_value()))
        safety = SafetyData.from_value(host.book.chain_id, stored)
        host.replica = Replica(
            host.member, host.signer, host.book.ledger, self.options.settings, safety,
            self._clock(host),
        )  # fmt: skip
        self.trace(f"{host.index} start")
        self._feed(host, Tick())
        for other in self.hosts:
            if other.replica is not None and other is not host:
                self._feed(host, Connected(other.member))
                self._feed(other, Connected(host.member))

    def _crash(self, host: Host) -> None:
        if host.replica is not None:
            self.trace(f"{host.index} crash")
            host.replica = None
            host.tick += 1
            if self._is_chaos and self._rng.randrange(1_000) < self.options.amnesia_permille:
                self._forget(host)

    def _forget(self, host: Host) -> None:
        """A disk loses its last blocks, or everything, if that leaves at most f members faulty."""
        faulty = sorted({host.member, *self._forgetful, *self.byzantine})
        if host.is_honest and len(faulty) <= self.membership.f:
            self._forgetful = [name for name in faulty if name not in self.byzantine]
            is_wiped = self.checks.top > WIPED_ABOVE and self._rng.random() < 0.5
            host.book.lose(host.book.height if is_wiped else self._rng.randint(1, 3))
            if is_wiped:
                host.safety, host.wiped_ms = SafetyData.initial(UNKNOWN), self.now_ms
            self.checks.forgot(host.index, host.book.height)
            self.trace(f"{host.index} forgets above {host.book.height}")

    def _feed(self, host: Host, event: Input) -> None:
        """One step of a host's replica, and its output in the order that the type demands."""
        if host.replica is None:
            return
        output = host.replica.step(event, self._clock(host))
        self.trace(f"{host.index} {_name(event)} {_summary(output)}")
        if self._watch is not None:
            self._watch(host, event, output)
        self._perform(host, output)

    def _perform(self, host: Host, output: Output) -> None:
        crash_at = self._crash_point(host, output)
        if crash_at == 0:
            return self._crash(host)
        if output.persist is not None:
            host.safety = output.persist
        self._note(host, output)
        for number, send in enumerate(output.sends):
            if crash_at == 1 and number == len(output.sends) // 2:
                return self._crash(host)
            self._send(host, send.to, send.message)
        if crash_at == 2:
            return self._crash(host)
        for certified in output.deliver:
            host.book.append(certified)
            if host.is_honest:
                self.checks.appended(host.index, certified)
        if crash_at == 3:
            return self._crash(host)
        if output.deliver:
            return self._feed(host, Delivered())
        return self._set_tick(host, output.deadline_ms)

    def _crash_point(self, host: Host, output: Output) -> int | None:
        """Where in an output the host crashes; nowhere as a rule.

        0 before persisting, 1 in the middle of sending, 2 before delivering, 3 after it.
        """
        if not self._is_chaos or not (output.persist or output.deliver):
            return None
        if self._rng.randrange(1_000) >= self.options.crash_in_step_permille:
            return None
        return self._rng.randrange(4)

    def _note(self, host: Host, output: Output) -> None:
        host.notices.extend(output.notices)
        for found in output.evidence:
            found.verify(self.membership)
            assert found.culprit not in self.honest, f"framed: {found.culprit}"
            self.evidence.append(found)
        if host.is_honest:
            kinds = [notice.kind for notice in output.notices]
            assert NoticeKind.DIVERGED not in kinds, f"host {host.index} diverged"

    @property
    def byzantine(self) -> tuple[MemberId, ...]:
        """The members that are not."""
        return tuple(host.member for host in self.hosts if not host.is_honest)

    @property
    def honest(self) -> tuple[MemberId, ...]:
        """The members held to the rules."""
        return tuple(host.member for host in self.hosts if host.is_honest)

    def _set_tick(self, host: Host, deadline_ms: int) -> None:
        host.tick += 1
        number = host.tick
        delay_ms = max(1, deadline_ms - self._clock(host).monotonic_ms)

        def tick() -> None:
            if host.tick == number:
                self._feed(host, Tick())

        self._at(delay_ms, tick)

    # --- network ---------------------------------------------------------------------------------

    def _send(self, host: Host, to: MemberId | None, message: Message) -> None:
        if host.is_honest:
            self.checks.sent(host.member, message)
        for other in self.hosts:
            if other.member != host.member and to in (None, other.member):
                bent = [message] if host.mutator is None else host.mutator.bend(message)
                for item in bent:
                    self._carry(host, other, item)

    def _carry(self, host: Host, other: Host, message: Message) -> None:
        rng, options = self._rng, self.options
        link = (host.index, other.index)
        if self._blocked.get(link) or self._deaf.get(link):
            return
        delay_ms = rng.randint(1, options.delay_ms if self._is_chaos else 20)
        copies = 1
        if self._is_chaos:
            if rng.randrange(1_000) < options.loss_permille:
                return
            if message_kind(message).startswith(self._muted or "-") and rng.random() < 0.8:
                return
            if self._muted == "commit" and _is_commit(message) and rng.random() < 0.8:
                return
            if rng.randrange(1_000) < options.late_permille:
                delay_ms += rng.randint(1, 2_000)
            copies += rng.randrange(1_000) < options.duplicate_permille
        if options.encoded or host.mutator is not None:
            data = encode_message(message)
            try:
                message = decode_message(self.chain_id, data)
            except Invalid:
                return
        for copy in range(copies):
            self._at(delay_ms + 3 * copy, self._arrival(host.member, other, message))

    def _arrival(self, sender: MemberId, other: Host, message: Message) -> Callable[[], None]:
        sent_ms = self.now_ms

        def arrive() -> None:
            if sent_ms > other.wiped_ms:
                self._feed(other, Received(sender, message))

        return arrive

    # --- faults ----------------------------------------------------------------------------------

    def _fault(self) -> None:
        """Ten times a second: what breaks, and what comes back by itself."""
        if not self._is_chaos:
            return
        rng, options = self._rng, self.options
        if rng.randrange(1_000) < options.partition_permille:
            self._partition()
        if options.byzantine == "twin" and rng.randrange(10) == 0:
            self._split_twins()
        if rng.randrange(1_000) < options.crash_permille:
            everybody = rng.randrange(10) == 0
            for host in self.hosts if everybody else [rng.choice(self.hosts)]:
                self._crash(host)
                self._until_ms[host.index] = self.now_ms + rng.choice((1, 100, 500, 3_000))
        for host in self.hosts:
            if host.replica is None and self.now_ms >= self._until_ms.get(host.index, 0):
                self._start(host)
        self._at(FAULT_EVERY_MS, self._fault)

    def _partition(self) -> None:
        """Block some links, in one direction or both, and open all others; mute a kind of message."""
        rng = self._rng
        self._muted = rng.choice(("", "", "vote", "commit", "commit", "new-view", "pre-prepare"))
        is_symmetric, shape = rng.random() < 0.6, rng.randrange(3)
        group = [rng.random() < 0.5 for _ in self.hosts]
        before = self._blocked
        self._blocked = {}
        for one in self.hosts:
            for other in self.hosts:
                a, b = one.index, other.index
                apart = (rng.random() < 0.3) if shape == 0 else group[a] != group[b]
                if shape != 1 and apart and (is_symmetric or a < b):
                    self._blocked[a, b] = True
                    if is_symmetric:
                        self._blocked[b, a] = True
        self.trace(f"partition {sorted(self._blocked)} mute {self._muted}")
        self._reconnect([link for link in before if link not in self._blocked])

    def _split_twins(self) -> None:
        """Let each honest host talk to one twin, to the other, or to both."""
        one, other = self.hosts[-2].index, self.hosts[-1].index
        self._deaf = {}
        for host in self.hosts[:-2]:
            missing = self._rng.choice((one, other, None))
            if missing is not None:
                self._deaf[host.index, missing] = self._deaf[missing, host.index] = True

    def _reconnect(self, links: list[tuple[int, int]]) -> None:
        for a, b in links:
            self._feed(self.hosts[b], Connected(self.hosts[a].member))
            self._feed(self.hosts[a], Connected(self.hosts[b].member))

    # --- clients ---------------------------------------------------------------------------------

    def _submit_some(self) -> None:
        if not self._is_chaos:
            return
        self._submit(self._rng.choice(self.hosts), self._rng.choice((1, 5, 50, 1_000)))
        mean_ms = self.options.transaction_every_ms
        self._at(self._rng.randint(1, 2 * mean_ms), self._submit_some)

    def _submit(self, host: Host, lifetime: int) -> bytes:
        rng = self._rng
        sender = f"party-{rng.randrange(5)}"
        command = ("add", {"amount": rng.randrange(1_000)})
        expires_at = self.checks.top + lifetime
        payload = build_payload(self.chain_id, sender, command, rng.randbytes(8), expires_at)
        raw = sign_payload(payload, [host.signer])
        self._hand_in(host, raw)
        return raw

    def _hand_in(self, host: Host, raw: bytes) -> None:
        self._feed(host, Submitted((parse_transaction(raw),), relayed=False))

    # --- the liveness phase ----------------------------------------------------------------------

    def _heal(self) -> None:
        """Repair the network and the clocks; all but at most f, the byzantine included, are up."""
        self._is_chaos = False
        blocked, self._blocked = self._blocked, {}
        faulty = len(dict.fromkeys(self.byzantine)) + len(self._forgetful)
        stay_down = self._rng.randint(0, self.membership.f - faulty)
        sound = [host for host in self.hosts if host.is_honest]
        sound = [host for host in sound if host.member not in self._forgetful]
        down = self._rng.sample(sound, stay_down)
        self.trace(f"heal {[host.index for host in down]}")
        if self._rng.randrange(4) == 0:
            for host in self.hosts:
                self._crash(host)
        for host in self.hosts:
            host.skew_ms = max(-500, min(500, host.skew_ms))
            if host in down:
                self._crash(host)
            elif host.replica is None:
                self._start(host)
        self._reconnect(list(blocked))

    def _expect_life(self) -> None:
        """New transactions are committed by all honest hosts that are up, at one height."""
        healed_ms, top = self.now_ms, self.checks.top
        up = [host for host in self.hosts if host.is_honest and host.replica is not None]
        proofs = [self._submit(self._rng.choice(up), 1_000) for _ in range(PROOFS_OF_LIFE)]

        def retry() -> None:
            """A client hands in again what may have been dropped from a full pool."""
            for raw in proofs:
                if not self.checks.has_executed(raw):
                    self._hand_in(self._rng.choice(up), raw)
            self._at(RETRY_MS, retry)

        def is_alive() -> bool:
            assert self.now_ms <= healed_ms + LIVENESS_MS, f"no progress: {self.describe()}"
            heights = {host.book.height for host in up}
            return (
                len(heights) == 1
                and heights.pop() > top
                and all(self.checks.has_executed(raw) for raw in proofs)
            )

        self._at(RETRY_MS, retry)
        self._run_until(is_alive)
        self.alive_after_ms = self.now_ms - healed_ms
        self.trace(f"alive after {self.alive_after_ms}")

    def describe(self) -> str:
        """Where every host stands."""
        return "; ".join(
            f"{host.index}:{host.member} "
            + (
                "down"
                if host.replica is None
                else f"height {host.book.height} view {host.replica.view}"
            )
            for host in self.hosts
        )


def _is_commit(message: Message) -> bool:
    return isinstance(message, VoteMessage) and message.vote.ballot.phase is Phase.COMMIT


def _name(event: Input) -> str:
    if isinstance(event, Received):
        return f"{message_kind(event.message)}<{event.sender}"
    return type(event).__name__


def _summary(output: Output) -> str:
    sends = ",".join(f"{message_kind(send.message)}>{send.to or '*'}" for send in output.sends)
    blocks = ",".join(item.block.id.hex()[:8] for item in output.deliver)
    notices = ",".join(f"{notice.kind.value}:{notice.code}" for notice in output.notices)
    place = "" if output.persist is None else "/".join(map(str, output.persist.position))
    return f"[{place}] {sends} {blocks} {notices} {output.deadline_ms}"
