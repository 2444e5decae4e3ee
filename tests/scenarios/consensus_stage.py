"""A stage of replicas moved by hand, and what they did as text; scenarios and unit tests use it.

Nothing moves by itself: a message arrives when it is delivered, time passes when somebody waits.
Messages that are not delivered stay on the wire until they are lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from consensus.inputs import Connected, Delivered, Input, Now, Received, Submitted, Tick
from consensus.messages import (
    Message,
    NewView,
    PreparedProof,
    PrePrepare,
    Proposal,
    Status,
    ViewChange,
    VoteMessage,
    message_kind,
    pre_prepare_statement,
    view_change_statement,
)
from consensus.output import Notice, Output
from consensus.replica import Replica
from consensus.safety import SafetyData
from consensus.settings import ConsensusSettings
from ledger import codec
from ledger.certificate import Ballot, Phase, QuorumCertificate, Vote
from ledger.crypto import Digest, Purpose, Signature, Signer
from ledger.membership import Height, MemberId, View
from ledger.transaction import build_payload, parse_transaction, sign_payload
from tests.sim.cheap import signer_of
from tests.sim.ledgers import EPOCH_MS, FakeBook, genesis_of

SETTINGS = ConsensusSettings(
    base_timeout_ms=1_000, timeout_cap_ms=8_000, idle_interval_ms=60_000, status_interval_ms=500,
    fetch_timeout_ms=500, catchup_delay_ms=100, suspect_after_ms=5_000, clock_bound_ms=2_000,
)  # fmt: skip
LIVE_MS = 60_000


@dataclass(slots=True)
class Actor:
    """A member on the stage."""

    name: MemberId
    signer: Signer
    book: FakeBook
    safety: SafetyData = field(default_factory=SafetyData.initial)
    replica: Replica | None = None
    deadline_ms: int = 0
    skew_ms: int = 0
    is_silent: bool = False
    outputs: list[Output] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on the wire."""

    sender: MemberId
    to: MemberId
    message: Message

    @property
    def kind(self) -> str:
        if isinstance(self.message, VoteMessage):
            return self.message.vote.ballot.phase.value
        return message_kind(self.message)


Filter = Callable[[Letter], bool]
"""Chooses letters."""


class Stage:
    """Replicas, the wire between them and a clock, all moved by hand."""

    def __init__(self, members: int = 4, settings: ConsensusSettings = SETTINGS) -> None:
        self.settings = settings
        self.now_ms = 0
        self.wire: list[Letter] = []
        self.cut: list[MemberId] = []
        self.lines: list[str] = []
        self.membership = genesis_of(members).membership
        self.actors = {
            name: Actor(name, signer_of(name, "cheap"), FakeBook(self.membership))
            for name in self.membership.ids
        }
        self.chain_id = self.actors[MemberId("m0")].book.chain_id
        self._names: dict[bytes, str] = {}
        for actor in self.actors.values():
            self.start(actor.name)
        for actor in self.actors.values():
            self.connect(actor.name)
        self.deliver(lambda _: True)
        self.lines.clear()

    def __getitem__(self, name: str) -> Actor:
        return self.actors[MemberId(name)]

    def replica(self, name: str) -> Replica:
        """A member's replica, which must be up."""
        replica = self[name].replica
        assert replica is not None, f"{name} is down"
        return replica

    # --- moving ----------------------------------------------------------------------------------

    def clock(self, actor: Actor) -> Now:
        """The clocks of one member."""
        return Now(1_000 + self.now_ms, EPOCH_MS + 1_000 + self.now_ms + actor.skew_ms)

    def start(self, name: str) -> None:
        """Start a member from its disk."""
        actor = self[name]
        actor.book.reopen()
        stored = codec.decode(codec.encode_array(actor.safety.to_value()))
        safety = SafetyData.from_value(self.chain_id, stored)
        actor.replica = Replica(
            actor.name, actor.signer, actor.book.ledger, self.settings, safety, self.clock(actor)
        )
        self.feed(actor.name, Tick())

    def crash(self, name: str) -> None:
        """Stop a member; its disk stays, what is on the wire to it is lost."""
        self[name].replica = None
        self.wire = [letter for letter in self.wire if letter.to != name]

    def connect(self, name: str) -> None:
        """Tell a member and all others that are up that their links are."""
        for other in self.actors.values():
            if other.name != name and other.replica is not None:
                self.feed(MemberId(name), Connected(other.name))
                self.feed(other.name, Connected(MemberId(name)))

    def feed(self, name: MemberId, event: Input) -> None:
        """One step of a member, performed in the order that `Output` demands."""
        actor = self.actors[name]
        if actor.replica is None:
            return
        output = actor.replica.step(event, self.clock(actor))
        actor.outputs.append(output)
        actor.notices.extend(output.notices)
        actor.deadline_ms = output.deadline_ms
        if output.persist is not None:
            actor.safety = output.persist
            height, view, step = output.persist.position
            self._say(f"{name} persists {height}/{view} {step.name}")
        for send in output.sends:
            self._post(actor, send.to, send.message)
        for certified in output.deliver:
            actor.book.append(certified)
            self._say(f"{name} delivers {certified.block.height} {self.name_of(certified.block.id)}"
                      f" of view {certified.certificate.ballot.view}")  # fmt: skip
        for found in output.evidence:
            found.verify(self.membership)
        for notice in output.notices:
            about = "" if notice.member is None else f" {notice.member}"
            self._say(f"{name} notes {notice.kind.value}{about} {notice.code}".rstrip())
        if output.deliver:
            self.feed(name, Delivered())

    def _post(self, actor: Actor, to: MemberId | None, message: Message) -> None:
        targets = [to] if to is not None else [n for n in self.actors if n != actor.name]
        if not isinstance(message, Status):
            self._say(f"{actor.name} -> {to or '*'}: {self.describe(message)}")
        for target in targets:
            if not actor.is_silent and actor.name not in self.cut and target not in self.cut:
                self.wire.append(Letter(actor.name, target, message))

    def deliver(self, wanted: Filter) -> int:
        """Deliver what matches, also what comes of it, until nothing on the wire matches."""
        count = 0
        while True:
            letter = next((item for item in self.wire if wanted(item)), None)
            if letter is None:
                return count
            self.wire.remove(letter)
            count += 1
            self.feed(letter.to, Received(letter.sender, letter.message))

    def lose(self, wanted: Filter) -> int:
        """Lose what matches."""
        before = len(self.wire)
        self.wire = [letter for letter in self.wire if not wanted(letter)]
        return before - len(self.wire)

    def wait(self, span_ms: int, *, deliver: bool) -> None:
        """Let time pass; with `deliver`, messages arrive at once meanwhile."""
        end_ms = self.now_ms + span_ms
        while True:
            if deliver:
                self.deliver(lambda _: True)
            up = [actor for actor in self.actors.values() if actor.replica is not None]
            next_ms = min((actor.deadline_ms - 1_000 for actor in up), default=end_ms + 1)
            if next_ms > end_ms:
                break
            self.now_ms = max(self.now_ms, next_ms)
            for actor in up:
                if actor.deadline_ms - 1_000 <= self.now_ms:
                    self.feed(actor.name, Tick())
        self.now_ms = end_ms

    # --- what happened ---------------------------------------------------------------------------

    def _say(self, line: str) -> None:
        self.lines.append(line)

    def name_of(self, block_id: bytes) -> str:
        """A letter for a block, in the order in which blocks are first spoken of."""
        return self._names.setdefault(block_id, _letters(len(self._names)))

    def describe(self, message: Message) -> str:
        """A message as one line."""
        match message:
            case VoteMessage(vote):
                ballot = vote.ballot
                name = self.name_of(ballot.block_id)
                return f"{ballot.phase.value} {ballot.height}/{ballot.view} {name}"
            case PrePrepare():
                return f"pre-prepare {message.height}/{message.view} {self._content(message)}"
            case NewView(pre_prepare, changes):
                content = self._content(pre_prepare)
                senders = ",".join(change.sender for change in changes)
                return f"new-view {message.height}/{message.view} {content} by {senders}"
            case ViewChange():
                return f"view-change {message.height}/{message.view} {self._prepared(message)}"
            case Status():
                return f"status {message.height}/{message.view}"
            case _:
                return message_kind(message)

    def _content(self, message: PrePrepare) -> str:
        count = len(message.block.transactions)
        return f"{self.name_of(message.block.id)} ({count} tx)"

    def _prepared(self, change: ViewChange) -> str:
        if change.prepared is None:
            return "prepared nothing"
        name = self.name_of(change.prepared.block_id)
        return f"prepared {name} in view {change.prepared.view}"

    def show(self) -> Iterator[str]:
        """Where every member stands."""
        for actor in self.actors.values():
            replica = actor.replica
            if replica is None:
                yield f"{actor.name} down at {actor.book.height}"
                continue
            instance = replica.agreement.instance
            accepted = instance.accepted
            state = "changing" if instance.is_changing else "active"
            about = "-" if accepted is None else self.name_of(accepted.block.id)
            silent = "" if replica.is_voting else " not voting"
            yield f"{actor.name} at {actor.book.height} view {replica.view} {state} {about}{silent}"

    # --- what members do by themselves -----------------------------------------------------------

    def submit(self, name: str, text: str, lifetime: int = 1_000) -> bytes:
        """A client hands a transaction to a member."""
        raw = self.transaction(text, lifetime)
        event = Submitted((parse_transaction(raw),), relayed=False)
        self.feed(MemberId(name), event)
        return raw

    def transaction(self, text: str, expires_at: int = 1_000) -> bytes:
        """The wire bytes of a transaction of party `text`."""
        command = ("add", {"amount": 2})
        payload = build_payload(self.chain_id, text, command, b"salt", expires_at)
        return sign_payload(payload, [signer_of("client", "cheap")])

    def live(self) -> str:
        """Everybody that is up, once connected, commits one more transaction at one height."""
        up = [actor for actor in self.actors.values() if actor.replica is not None]
        self.cut.clear()
        for actor in up:
            actor.is_silent = False
            actor.skew_ms = 0
            self.connect(actor.name)
        began_ms = self.now_ms
        raw = self.submit(up[0].name, f"live-{self.now_ms}")
        done = parse_transaction(raw).id
        while self.now_ms < began_ms + LIVE_MS:
            self.wait(50, deliver=True)
            heights = {actor.book.height for actor in up}
            if len(heights) == 1 and all(actor.book.ledger.is_seen(done) for actor in up):
                return f"all {len(up)} at height {heights.pop()}"
        raise AssertionError("\n".join(("no progress:", *self.show())))

    # --- what a byzantine member signs -----------------------------------------------------------

    def block_id(self, name: str) -> Digest:
        """The id of a block by its letter; a letter never spoken of is nobody's block."""
        for identifier, letters in self._names.items():
            if letters == name:
                return Digest(identifier)
        identifier = Digest(hashlib.sha256(name.encode()).digest())
        self._names[identifier] = name
        return identifier

    def forged_vote(self, name: str, phase: str, height: int, view: int, block: str) -> Message:
        """A vote for whatever one likes, well signed."""
        ballot = Ballot(
            self.chain_id, Phase(phase), Height(height), View(view), self.block_id(block)
        )
        return VoteMessage(Vote.cast(ballot, MemberId(name), self[name].signer))

    def forged_proposal(self, name: str, view: int, delay_ms: int = 7) -> PrePrepare:
        """A proposal for whatever one likes, well signed and executable."""
        actor = self[name]
        ledger = actor.book.ledger
        time_ms = self.clock(actor).business_ms + delay_ms
        block = ledger.build(actor.name, time_ms, ())
        statement = pre_prepare_statement(self.chain_id, block.height, View(view), block.id)
        signature = actor.signer.sign(Purpose.PRE_PREPARE, statement)
        return PrePrepare(
            Proposal(block, ledger.head.certificate), View(view), actor.name, signature
        )

    def forged_view_change(
        self, name: str, height: int, view: int, prepared_view: int | None = None
    ) -> ViewChange:
        """A view change with a prepared proof that nobody else signed."""
        actor = self[name]
        proof: PreparedProof | None = None
        if prepared_view is not None:
            proposal = self.forged_proposal(name, prepared_view).proposal
            ballot = Ballot(
                self.chain_id, Phase.PREPARE, Height(height), View(prepared_view),
                proposal.block.id,
            )  # fmt: skip
            own = actor.signer.sign(ballot.purpose, ballot.signing_bytes())
            signatures = tuple((member, Signature(own)) for member in self.membership.ids)
            proof = PreparedProof(QuorumCertificate(ballot, signatures), proposal)
        certificate = None if proof is None else proof.certificate
        statement = view_change_statement(self.chain_id, Height(height), View(view), certificate)
        signature = actor.signer.sign(Purpose.VIEW_CHANGE, statement)
        return ViewChange(self.chain_id, Height(height), View(view), proof, actor.name, signature)

    def send(self, sender: str, to: str, message: Message) -> None:
        """Put a message of anybody's making on the wire, and deliver it."""
        self.feed(MemberId(to), Received(MemberId(sender), message))

    def poison(self, name: str) -> None:
        """Make a member execute to other roots from now on."""
        self[name].book.ledger.poison = b"poison"

    def forget_blocks(self, name: str, count: int) -> None:
        """Make a member's chain lose its last blocks while its safety data stays."""
        ledger = self[name].book.ledger
        kept = ledger.blocks[: len(ledger.blocks) - count]
        self[name].book = FakeBook(self.membership)
        for certified in kept:
            self[name].book.append(certified)


def _letters(number: int) -> str:
    return chr(ord("A") + number % 26) + (str(number // 26) if number >= 26 else "")
