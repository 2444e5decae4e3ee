"""What a replica asks the driver to do: data, no deeds. The order of doing is written here, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from consensus.evidence import Evidence
from consensus.messages import Message
from consensus.safety import SafetyData
from ledger.certificate import CertifiedBlock
from ledger.crypto import Digest
from ledger.membership import Height, MemberId, View


@dataclass(frozen=True, slots=True)
class Send:
    """A message to one peer, or to everybody else."""

    to: MemberId | None
    """The peer; None is every other member."""
    message: Message
    """What to send. Losing it is allowed; the status exchange makes up for it."""


class NoticeKind(StrEnum):
    """What a notice is about."""

    MESSAGE_REFUSED = "message-refused"
    """A peer sent something false or malformed; `member` is the peer."""
    PRIMARY_SUSPECTED = "primary-suspected"
    """This replica leaves a view; `member` is the primary it gives up on."""
    VIEW_ENTERED = "view-entered"
    """A NEW-VIEW was accepted; `member` is the new primary."""
    ROOTS_DIFFER = "roots-differ"
    """A proposal executes to other roots here, so it gets no vote; `member` proposed it."""
    DIVERGED = "diverged"
    """A quorum committed what this node cannot execute to the same roots: it votes no more."""
    TRANSACTION_DROPPED = "transaction-dropped"
    """A transaction left the pool without a block; `code` says why."""
    EQUIVOCATION = "equivocation"
    """`member` signed two different things in one place; the evidence is in the same output."""
    CATCHING_UP = "catching-up"
    """Certified blocks are asked for; `member` is who is asked."""
    PEER_FAILED = "peer-failed"
    """`member` did not deliver the blocks that it claims to have, or delivered wrong ones."""
    NOT_VOTING = "not-voting"
    """Safety data is ahead of the chain: no votes below `height`."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A fact for logs and metrics. Nothing depends on it."""

    kind: NoticeKind
    """What it is about."""
    height: Height
    """The height in progress."""
    view: View
    """The view in progress."""
    member: MemberId | None = None
    """The member concerned, if any."""
    code: str = ""
    """The reason, stable."""
    detail: str = ""
    """The reason, for people."""
    transaction_id: Digest | None = None
    """The transaction concerned, if any."""


@dataclass(frozen=True, slots=True)
class Output:
    """What to do now, in exactly this order: persist, then send, then deliver."""

    persist: SafetyData | None
    """1. Durable on disk before anything below happens; None if nothing new was signed."""
    sends: tuple[Send, ...]
    """2. Handed to the transport, in order."""
    deliver: tuple[CertifiedBlock, ...]
    """3. Appended to the chain, durably, then answered with the input `Delivered`."""
    deadline_ms: int
    """When, by the monotonic clock, to send a `Tick` if nothing else happens before."""
    evidence: tuple[Evidence, ...]
    """New evidence of equivocation, to be kept."""
    notices: tuple[Notice, ...]
    """Facts for logs and metrics, in order."""


@dataclass(slots=True)
class Outbox:
    """Collects what one step asks for."""

    sends: list[Send] = field(default_factory=list)
    """Messages so far."""
    deliver: list[CertifiedBlock] = field(default_factory=list)
    """Blocks so far."""
    evidence: list[Evidence] = field(default_factory=list)
    """Evidence so far."""
    notices: list[Notice] = field(default_factory=list)
    """Facts so far."""

    def send(self, to: MemberId, message: Message) -> None:
        """Send to one peer."""
        self.sends.append(Send(to, message))

    def broadcast(self, message: Message) -> None:
        """Send to everybody else."""
        self.sends.append(Send(None, message))

    def close(self, persist: SafetyData | None, deadline_ms: int) -> Output:
        """The finished output."""
        return Output(
            persist, tuple(self.sends), tuple(self.deliver), deadline_ms, tuple(self.evidence),
            tuple(self.notices),
        )  # fmt: skip
