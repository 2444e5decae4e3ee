"""What the parts of one replica share: who it is, its ports, the clock's last reading, its outbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from consensus.evidence import Evidence
from consensus.inputs import Now
from consensus.mempool import Dropped, Mempool
from consensus.messages import Proposal
from consensus.output import Notice, NoticeKind, Outbox
from consensus.ports import Ledger
from consensus.safety import Safety
from consensus.settings import ConsensusSettings
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, View


@dataclass(slots=True)
class Context:
    """Made once per replica; `replica` and `agreement` work on it, nobody else."""

    me: MemberId
    """This member."""
    ledger: Ledger
    """The chain."""
    settings: ConsensusSettings
    """Patience and bounds."""
    safety: Safety
    """The signer, with what it has signed."""
    mempool: Mempool
    """What waits for a block."""
    now: Now
    """Both clocks at the input in progress."""
    out: Outbox = field(default_factory=Outbox)
    """What the input in progress has led to so far."""
    has_diverged: bool = False
    """Whether a quorum committed what this node executes to other roots: it votes no more."""
    is_silent: bool = False
    """Whether it was said that nothing is signed for now."""
    height: Height = Height(0)
    """The height in progress, for notices."""
    view: View = View(0)
    """The view in progress, for notices."""

    def guarded(self, sender: MemberId | None, action: Callable[[], None]) -> None:
        """The one place where what others sent may fail: it is dropped, and said aloud."""
        try:
            action()
        except Invalid as error:
            self.notice(
                NoticeKind.MESSAGE_REFUSED, member=sender, code=error.code, detail=error.detail
            )

    def execute(self, proposal: Proposal) -> None:
        """Check and execute a block on the head, once per block. Raises Invalid."""
        self.ledger.check(proposal.block, proposal.parent_certificate, self.mempool.lookup)

    def notice(
        self,
        kind: NoticeKind,
        *,
        member: MemberId | None = None,
        code: str = "",
        detail: str = "",
    ) -> None:
        """State a fact."""
        self.out.notices.append(Notice(kind, self.height, self.view, member, code, detail))

    def notice_dropped(self, dropped: Dropped) -> None:
        """State that a transaction left the pool without a block."""
        self.out.notices.append(
            Notice(
                NoticeKind.TRANSACTION_DROPPED, self.height, self.view, code=dropped.code,
                transaction_id=dropped.transaction_id,
            )
        )  # fmt: skip

    def accuse(self, found: Evidence) -> None:
        """Hand out evidence of equivocation."""
        self.out.evidence.append(found)
        self.notice(NoticeKind.EQUIVOCATION, member=found.culprit, code=found.place[1].value)
