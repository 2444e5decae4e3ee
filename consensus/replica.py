"""One member's replica: `step(input, now) -> Output`, and nothing else. No I/O, no clock, no thread.

It carries the protocol from height to height: it hands messages to the agreement on the block in
progress (`agreement`), delivers what is certified, fetches what it missed (`catchup`), keeps the
pool (`mempool`) and tells peers where it stands. After every input it asks, until the answer is
no, one question: what follows from what is known? docs/develop/protocol.md has the protocol in
prose.
"""

from __future__ import annotations

from collections.abc import Iterable

from consensus import catchup
from consensus.agreement import Agreement
from consensus.amnesia import Amnesia
from consensus.catchup import CatchUp
from consensus.context import Context
from consensus.future import FutureMessages, HeightMessage
from consensus.inputs import Connected, Delivered, Input, Now, Received, Submitted, Tick
from consensus.mempool import NOT_INCLUDABLE, Dropped, Mempool, pages
from consensus.messages import (
    Blocks,
    FetchBlocks,
    Message,
    NewView,
    PrePrepare,
    Proposal,
    Status,
    Transactions,
    ViewChange,
    VoteMessage,
)
from consensus.output import NoticeKind, Outbox, Output
from consensus.ports import Ledger
from consensus.safety import UNKNOWN, Safety, SafetyData
from consensus.settings import ConsensusSettings
from ledger.certificate import CertifiedBlock, verify_commit
from ledger.crypto import Signer
from ledger.errors import Invalid
from ledger.membership import Height, MemberId, View
from ledger.transaction import Transaction, parse_transaction, verify_signatures


class Replica:
    """A PBFT replica. Everything it does is in the `Output` of `step`."""

    def __init__(
        self,
        me: MemberId,
        signer: Signer,
        ledger: Ledger,
        settings: ConsensusSettings,
        safety: SafetyData,
        now: Now,
    ) -> None:
        self.mempool = Mempool(settings)
        self._context = Context(
            me, ledger, settings, Safety(me, signer, ledger.chain_id, safety), self.mempool, now
        )
        self._persisted = safety
        self._future = FutureMessages()
        self._catchup = CatchUp(settings)
        self._amnesia = Amnesia(settings)
        self._delivering: CertifiedBlock | None = None
        self._status_due_ms = now.monotonic_ms
        self._resent_ms: dict[MemberId, int] = {}
        self.agreement = Agreement(self._context)

    @property
    def view(self) -> View:
        """The view in progress."""
        return self.agreement.view

    @property
    def is_voting(self) -> bool:
        """Whether this replica takes part in the votes at the height in progress."""
        return self.agreement.is_voting

    @property
    def has_diverged(self) -> bool:
        """Whether a quorum committed what executes to other roots here: reads are stale."""
        return self._context.has_diverged

    # --- the one way in --------------------------------------------------------------------------

    def step(self, event: Input, now: Now) -> Output:
        """Take one input and say what follows. No content of a message makes it raise."""
        context = self._context
        context.now = now
        sender = event.sender if isinstance(event, Received) else None
        context.guarded(sender, lambda: self._handle(event))
        self._recollect()
        self._advance()
        self._tell_status()
        signed = context.safety.data
        persist = None if signed is self._persisted else signed
        self._persisted = signed
        out, context.out = context.out, Outbox()
        return out.close(persist, self._deadline_ms())

    def _handle(self, event: Input) -> None:
        match event:
            case Received(sender, message):
                self._receive(sender, message)
            case Submitted(transactions, relayed):
                self._admit(transactions, relayed=relayed)
            case Connected(peer):
                self._greet(peer)
            case Delivered():
                self._finish_height()
            case Tick():
                pass

    def _receive(self, sender: MemberId, message: Message) -> None:
        match message:
            case PrePrepare() | VoteMessage() | ViewChange() | NewView():
                self._receive_for_height(sender, message)
            case Status():
                self._receive_status(sender, message)
            case FetchBlocks():
                self._context.out.send(sender, catchup.serve(self._context.ledger, message))
            case Blocks():
                ledger, now_ms = self._context.ledger, self._context.now.monotonic_ms
                self._catchup.receive(sender, message, ledger.chain_id, ledger.head.height, now_ms)
            case Transactions(raws):
                self._admit(_parse_all(raws), relayed=True)

    def _receive_for_height(self, sender: MemberId, message: HeightMessage) -> None:
        self._must_be_member(sender)
        height = self.agreement.height
        if message.height > height:
            self._future.keep(sender, message, height)
            self._note_ahead(sender, Height(message.height - 1))
        elif message.height == height:
            self.agreement.receive(sender, message)

    def _must_be_member(self, sender: MemberId) -> None:
        if sender not in self._context.ledger.membership.by_id:
            raise Invalid("NOT_A_MEMBER", sender)

    # --- what follows ----------------------------------------------------------------------------

    def _advance(self) -> None:
        """Do everything that what is known allows. Idempotent; ends when nothing follows."""
        while self._delivering is None and (
            self._deliver_committed()
            or self._deliver_fetched()
            or self._ask_for_blocks()
            or self.agreement.advance()
        ):
            pass
        self._pass_on()

    def _deliver_committed(self) -> bool:
        """A block in hand that a COMMIT quorum is for, of whatever view, is the next block."""
        certified = self.agreement.committed()
        if certified is not None:
            return self._deliver(certified)
        for holder in self.agreement.committed_elsewhere():
            self._note_ahead(holder, self.agreement.height)
        return False

    def _deliver_fetched(self) -> bool:
        """A certified block that a peer served is the next block, once it is verified."""
        fetched = self._catchup.next_block(self._context.ledger.head.height)
        if fetched is None:
            return False
        source, certified = fetched
        try:
            verify_commit(certified.certificate, certified.block, self._context.ledger.membership)
        except Invalid as error:
            self._catchup.failed(source, self._context.now.monotonic_ms)
            self._context.notice(NoticeKind.PEER_FAILED, member=source, code=error.code)
            return True
        return self._deliver(certified)

    def _deliver(self, certified: CertifiedBlock) -> bool:
        """Hand a certified block out, unless this node cannot come to the same result."""
        context = self._context
        if context.has_diverged:
            return False
        try:
            context.execute(Proposal(certified.block, certified.parent_certificate))
        except Invalid as error:
            context.has_diverged = True
            context.notice(NoticeKind.DIVERGED, code=error.code, detail=error.detail)
            return False
        self._delivering = certified
        context.out.deliver.append(certified)
        return True

    def _finish_height(self) -> None:
        """The driver has appended the block: leave its height, begin the next."""
        context, delivered = self._context, self._delivering
        if delivered is None:
            return
        self._delivering = None
        head = context.ledger.head.height
        assert head >= delivered.block.height, "delivered blocks are appended before Delivered"
        self.mempool.remove(delivered.block.transactions)
        for dropped in self.mempool.expire(Height(head + 1)):
            context.notice_dropped(dropped)
        self._catchup.advanced(head, context.now.monotonic_ms)
        self.agreement = Agreement(context)
        for sender, message in self._future.take(self.agreement.height):
            self._receive_kept(sender, message)

    def _receive_kept(self, sender: MemberId, message: HeightMessage) -> None:
        self._context.guarded(sender, lambda: self._receive_for_height(sender, message))

    def _ask_for_blocks(self) -> bool:
        """Ask a peer that claims to be ahead, when hoping for its votes has taken long enough."""
        context = self._context
        if context.has_diverged:
            return False
        now_ms = context.now.monotonic_ms
        overdue = self._catchup.overdue(now_ms)
        if overdue is not None:
            context.notice(NoticeKind.PEER_FAILED, member=overdue, code="NO_ANSWER")
        request = self._catchup.next_request(context.ledger.head.height, now_ms)
        if request is None:
            return False
        peer, message = request
        context.notice(NoticeKind.CATCHING_UP, member=peer)
        context.out.send(peer, message)
        return True

    def _recollect(self) -> None:
        """Without a record of what was signed, learn from others from where on to sign."""
        context = self._context
        if context.safety.data.voting_from_height != UNKNOWN:
            return
        head, others = context.ledger.head.height, context.ledger.membership.quorum - 1
        first = self._amnesia.voting_from(head, others, context.now.monotonic_ms)
        if first is not None:
            context.safety.vote_from(first)

    # --- transactions ----------------------------------------------------------------------------

    def _admit(self, transactions: Iterable[Transaction], *, relayed: bool) -> None:
        """Let verified transactions into the pool, and pass on those that are new here."""
        context = self._context
        fresh: list[Transaction] = []
        for transaction in transactions:
            if transaction.id in self.mempool:
                continue
            if not context.ledger.is_includable(transaction):
                if not relayed:  # a peer's news is often old, and nobody here waits for it
                    context.notice_dropped(Dropped(transaction.id, NOT_INCLUDABLE))
                continue
            now_ms = context.now.monotonic_ms
            for dropped in self.mempool.admit(transaction, now_ms, is_relayed=relayed):
                context.notice_dropped(dropped)
            if transaction.id in self.mempool:
                fresh.append(transaction)
        if not relayed:
            for page in pages(fresh):
                context.out.broadcast(Transactions(page))

    def _pass_on(self) -> None:
        """See to it that others know what waits here for a proposal for long."""
        for page in pages(self.agreement.overlooked()):
            self._context.out.broadcast(Transactions(page))

    # --- peers -----------------------------------------------------------------------------------

    def _greet(self, peer: MemberId) -> None:
        """Tell a peer that came back where this replica stands and what waits."""
        self._resent_ms.pop(peer, None)
        self._context.out.send(peer, self._status())
        for page in pages(self.mempool.own()):
            self._context.out.send(peer, Transactions(page))

    def _status(self) -> Status:
        head = self._context.ledger.head.height
        return Status(head, self.view, self.agreement.instance.holds_proposal())

    def _tell_status(self) -> None:
        now_ms, settings = self._context.now.monotonic_ms, self._context.settings
        if now_ms >= self._status_due_ms:
            self._status_due_ms = now_ms + settings.status_interval_ms
            self._context.out.broadcast(self._status())

    def _receive_status(self, sender: MemberId, message: Status) -> None:
        """Learn where a member is, and send again what it may lack at the height in progress."""
        self._must_be_member(sender)
        self._amnesia.note(sender, message.height)
        self._note_ahead(sender, message.height)
        if message.height + 1 != self.agreement.height:
            return
        self.agreement.instance.note_view(sender, message.view)
        now_ms = self._context.now.monotonic_ms
        if now_ms < self._resent_ms.get(sender, now_ms):
            return
        self._resent_ms[sender] = now_ms + self._context.settings.status_interval_ms // 2
        for item in self.agreement.lacking(message):
            self._context.out.send(sender, item)

    def _note_ahead(self, peer: MemberId, height: Height) -> None:
        context = self._context
        if peer != context.me:
            self._catchup.note(peer, height, context.ledger.head.height, context.now.monotonic_ms)

    def _deadline_ms(self) -> int:
        """When time alone will next change something. What is due but not done waits for more."""
        moments = [self._status_due_ms, *self.agreement.deadlines_ms()]
        fetch_ms = self._catchup.deadline_ms()
        if fetch_ms is not None:
            moments.append(fetch_ms)
        now_ms = self._context.now.monotonic_ms
        return min(moment for moment in moments if moment > now_ms)


def _parse_all(raws: Iterable[bytes]) -> Iterable[Transaction]:
    """Transactions of a peer, one by one, each checked to its last signature. Raises Invalid."""
    for raw in raws:
        transaction = parse_transaction(raw)
        verify_signatures(transaction)
        yield transaction
