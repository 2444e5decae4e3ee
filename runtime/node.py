"""A running node as the API and the command line see it: submit, look up, wait, read, describe.

It holds the parts together and hides the loop; it makes no rule and formats nothing.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from consensus.evidence import Evidence
from consensus.inputs import Connected, Received, Submitted
from consensus.mempool import EXPIRED
from consensus.messages import Transactions, decode_message
from consensus.output import Notice, NoticeKind
from consensus.replica import Replica
from ledger import codec
from ledger.block import Header
from ledger.certificate import CertifiedBlock, QuorumCertificate
from ledger.chain import Chain, Head, find_transaction, read_receipt
from ledger.crypto import Digest, Purpose, Signer, digest
from ledger.errors import Invalid
from ledger.execution import Executed
from ledger.genesis import Genesis
from ledger.membership import Height, Member, MemberId
from ledger.proof import CertifiedState
from ledger.receipt import Applied, Receipt
from ledger.store import META, Reader, prefix_end
from ledger.transaction import Transaction, parse_transaction, verify_signatures
from runtime.clock import Clock
from runtime.driver import Driver
from runtime.log import Log
from runtime.metrics import Metrics
from runtime.safety_journal import SafetyJournal
from runtime.settings import Settings
from runtime.transport import Identity, Transport

EVIDENCE_KEY: Final = META + b"evidence/"
EVIDENCE_MAX: Final = 1_000
WAITERS_MAX: Final = 10_000
EXPIRED_REMEMBERED_MAX: Final = 10_000
FREE_DISK_BYTES_MIN: Final = 256 * 1024 * 1024

State = Literal["unknown", "pending", "committed", "expired"]


@dataclass(frozen=True, slots=True)
class Submission:
    """What came of handing in one transaction here."""

    transaction_id: bytes | None
    """Its id; None when the bytes are no transaction."""
    state: Literal["pending", "committed", "refused"]
    """Pending: admitted and passed on. Committed: a block holds it already."""
    code: str = ""
    """Why it was refused."""
    detail: str = ""
    """The same for people."""
    is_definite: bool = True
    """Whether a refusal means that it has not happened and, unless handed in again, will not."""


@dataclass(frozen=True, slots=True)
class Status:
    """Where a transaction stands."""

    state: State
    """Unknown here, pending, committed, or expired without having been committed."""
    height: Height | None = None
    """The block that holds it."""
    index: int | None = None
    """Its place in the block."""
    receipt: Receipt | None = None
    """What came of it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One health check."""

    name: str
    """What was looked at."""
    is_ok: bool
    """Whether it is well."""
    reason: str
    """What is wrong and what to do, or the figure that is well."""


@dataclass(frozen=True, slots=True)
class View:
    """The committed chain and state as they stand at one height."""

    reader: Reader
    """A consistent snapshot of the store."""
    header: Header
    """The header of that height."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root hands over."""

    settings: Settings
    """The node's settings."""
    genesis: Genesis
    """The chain's genesis."""
    chain: Chain
    """The chain on disk."""
    replica: Replica
    """The consensus core."""
    journal: SafetyJournal
    """Where votes are remembered."""
    signer: Signer
    """The member's key."""
    clock: Clock
    """The two clocks."""
    log: Log
    """Where the node says what it does."""
    metrics: Metrics
    """What it counts."""


class Node:
    """One member's node."""

    def __init__(self, parts: Parts) -> None:
        self.settings = parts.settings
        self.genesis = parts.genesis
        self.chain = parts.chain
        self.machine = parts.chain.machine
        self.member = MemberId(parts.settings.member)
        self.metrics = parts.metrics
        self.log = parts.log
        self.clock = parts.clock
        self.replica = parts.replica
        self.driver = Driver(
            parts.replica, parts.chain, parts.journal, parts.clock, parts.log, parts.metrics,
            self._on_append, self._on_evidence, self._on_notice,
        )  # fmt: skip
        identity = Identity(parts.genesis.chain_id, self.member, parts.signer)
        self.transport = Transport(
            identity, lambda: self.chain.membership, parts.log, self._on_frame, self._on_connect
        )
        self.driver.transport = self.transport
        self._watch()
        self._pool = ThreadPoolExecutor(self.settings.verify_threads, "verify")
        self._waiters: dict[bytes, list[asyncio.Future[Status]]] = {}
        self._height_waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._expired: OrderedDict[bytes, None] = OrderedDict()
        self._committed = 0
        self.is_stopping = False
        self._obstacle = "this node is learning from the others where it stands"
        self._task: asyncio.Task[None] | None = None

    # --- life --------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the links and begin to take part. Raises OSError when the port is taken."""
        listen = self.settings.peer_listen or self.me.peer_address
        await self.transport.start(listen)
        self._task = asyncio.create_task(self.driver.run(), name="replica")
        self.log.info("node_started", member=self.member, height=self.chain.head.height)

    def interrupt(self) -> None:
        """Answer those who wait, and let nobody wait any more: the node is about to stop."""
        self.is_stopping = True
        for identifier in tuple(self._waiters):
            self._settle(identifier, self.status(identifier))
        for _, future in self._height_waiters:
            if not future.done():
                future.set_result(None)

    async def stop(self) -> None:
        """Stop taking part and close everything."""
        await self.transport.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._pool.shutdown(cancel_futures=True)
        self.driver.close()
        self.chain.store.close()

    async def failed(self) -> None:
        """Return when the replica has halted for good."""
        assert self._task is not None, "the node was started"
        await asyncio.wait([self._task])

    @property
    def me(self) -> Member:
        """This node's member."""
        return self.genesis.membership.by_id[self.member]

    # --- writing -----------------------------------------------------------------------------------

    async def submit(self, raws: Sequence[bytes]) -> list[Submission]:
        """Check, admit and pass on transactions; each gets its own answer, in order."""
        answers = [self._triage(item) for item in await self._verify(raws)]
        fresh = tuple(item for item in answers if isinstance(item, Transaction))
        refused: dict[bytes, str] = {}
        if fresh:
            for notice in await self.driver.ask(Submitted(fresh, relayed=False)):
                if notice.kind is NoticeKind.TRANSACTION_DROPPED and notice.transaction_id:
                    refused[notice.transaction_id] = notice.code
        final = [a if isinstance(a, Submission) else self._admitted(a, refused) for a in answers]
        for answer in final:
            self.metrics.submitted.labels(result=answer.state).inc()
        return final

    def _admitted(self, transaction: Transaction, refused: Mapping[bytes, str]) -> Submission:
        """What the mempool made of it; it may have been committed meanwhile by another way."""
        identifier = transaction.id
        if identifier not in refused:
            return Submission(identifier, "pending")
        if self.chain.is_seen(identifier):
            return Submission(identifier, "committed")
        return Submission(identifier, "refused", refused[identifier], "the mempool did not take it")

    def _triage(self, item: Transaction | Invalid) -> Transaction | Submission:
        """What can be said before the mempool is asked."""
        if isinstance(item, Invalid):
            return Submission(None, "refused", item.code, item.detail)
        obstacle = self.chain.obstacle(item)
        if obstacle == "SEEN":
            return Submission(item.id, "committed")
        if obstacle:
            detail = f"expires_at {item.expires_at}, next height {self.chain.head.height + 1}"
            return Submission(item.id, "refused", obstacle, detail)
        return item

    async def _verify(self, raws: Sequence[bytes]) -> list[Transaction | Invalid]:
        known = self.replica.mempool.lookup
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._pool, lambda: [known(raw) or _parse_and_verify(raw) for raw in raws]
        )

    # --- reading -----------------------------------------------------------------------------------

    def status(self, transaction_id: bytes) -> Status:
        """Where a transaction stands on this node."""
        place = find_transaction(self.chain.store, transaction_id)
        if place is not None:
            height, index = place
            receipt = read_receipt(self.chain.store, height, index + 1)
            return Status("committed", height, index, receipt)
        if Digest(transaction_id) in self.replica.mempool:
            return Status("pending")
        return Status("expired" if transaction_id in self._expired else "unknown")

    async def wait(self, transaction_id: bytes, timeout_seconds: float) -> Status:
        """The status when it is final, or when the time is over."""
        status = self.status(transaction_id)
        is_final = status.state in ("committed", "expired") or self.is_stopping
        if is_final or len(self._waiters) >= WAITERS_MAX:
            return status
        future: asyncio.Future[Status] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(transaction_id, []).append(future)
        try:
            await asyncio.wait([future], timeout=timeout_seconds)
        finally:  # also when who waits is cancelled: a client that hangs up leaves nothing behind
            if not future.done():
                self._forget_waiter(transaction_id, future)
        return future.result() if future.done() else status

    def _forget_waiter(self, transaction_id: bytes, future: asyncio.Future[Status]) -> None:
        waiting = self._waiters[transaction_id]
        waiting.remove(future)
        if not waiting:
            del self._waiters[transaction_id]

    def _settle(self, transaction_id: bytes, status: Status) -> None:
        for future in self._waiters.pop(transaction_id, ()):
            if not future.done():
                future.set_result(status)

    async def wait_height(self, height: int, timeout_seconds: float) -> int:
        """The head's height when it is `height` or more, or when the time is over."""
        must_wait = self.chain.head.height < height and not self.is_stopping
        if must_wait and len(self._height_waiters) < WAITERS_MAX:
            entry = (height, asyncio.get_running_loop().create_future())
            self._height_waiters.append(entry)
            try:
                await asyncio.wait([entry[1]], timeout=timeout_seconds)
            finally:  # a stream whose client hangs up is cancelled here
                if entry in self._height_waiters:
                    self._height_waiters.remove(entry)
        return self.chain.head.height

    @contextmanager
    def read(self) -> Iterator[View]:
        """A consistent view of the committed chain; to be used without awaiting in between."""
        header = self.chain.head.header
        with self.chain.store.snapshot() as reader:
            yield View(reader, header)

    def prove_state(self, key: bytes) -> CertifiedState | None:
        """The proof of a state key at the head; None at height 0, which nobody certified."""
        head: Head = self.chain.head
        if head.certificate is None:
            return None
        value = self.chain.overlay().get(key)
        return CertifiedState(head.header, head.certificate, key, value, self.chain.tree.prove(key))

    def evidence(self) -> tuple[bytes, ...]:
        """The encoded proofs of misbehaviour that this node has recorded."""
        pairs = self.chain.store.iterate(EVIDENCE_KEY, prefix_end(EVIDENCE_KEY))
        return tuple(data for _, data in pairs)

    # --- telling -----------------------------------------------------------------------------------

    def health(self) -> tuple[Check, ...]:
        """What an operator looks at first."""
        connected, quorum = len(self.transport.connected) + 1, self.chain.membership.quorum
        free = shutil.disk_usage(self.settings.data).free
        failure = self.driver.failure
        voting = self._voting_obstacle()
        return (
            Check("replica", not failure, failure or "running"),
            Check("voting", not voting, voting or "this node votes"),
            Check(
                "peers", connected >= quorum,
                f"{connected} of {self.chain.membership.n} members reachable, {quorum} needed",
            ),
            Check("disk", free >= FREE_DISK_BYTES_MIN, f"{free // 2**20} MiB free"),
        )  # fmt: skip

    def describe(self) -> dict[str, object]:
        """The node's status in plain values."""
        head = self.chain.head
        obstacle = self._voting_obstacle()
        return {
            "chain": self.genesis.name,
            "chain_id": self.chain.chain_id.hex(),
            "member": self.member,
            "height": head.height,
            "block_id": head.block_id.hex(),
            "state_root": head.header.state_root.hex(),
            "business_time_ms": head.timestamp_ms,
            "view": self.replica.view,
            "primaries": list(self.chain.primaries),
            "members": list(self.chain.membership.ids),
            "quorum": self.chain.membership.quorum,
            "connected": list(self.transport.connected),
            "transactions": self._committed,
            "mempool_transactions": len(self.replica.mempool),
            "is_voting": not obstacle,
            "voting_obstacle": obstacle,
            "failure": self.driver.failure,
            "backend": self.chain.store.name,
            "rules": self.genesis.rules,
            "clock_rate": self.genesis.parameters.clock_rate,
            "devnet": self.genesis.parameters.devnet,
        }

    def _watch(self) -> None:
        """Gauges that are read when they are asked for, so that they are true in a stall too."""
        metrics = self.metrics
        metrics.view.set_function(lambda: self.replica.view)
        metrics.mempool.set_function(lambda: len(self.replica.mempool))
        metrics.peers.set_function(lambda: len(self.transport.connected))
        metrics.is_voting.set_function(lambda: 0 if self._voting_obstacle() else 1)
        metrics.height.set(self.chain.head.height)
        metrics.business_time.set(self.chain.head.timestamp_ms / 1_000)
        for peer, link in self.transport.links.items():
            dropped = metrics.dropped_frames.labels(peer=peer)
            dropped.set_function(partial(getattr, link, "dropped"))

    # --- what the loop and the links call ------------------------------------------------------------

    def _on_append(self, executed: Executed, certified: CertifiedBlock) -> None:
        header = executed.block.header
        self._count(executed, certified.certificate)
        if self._waiters:
            for index, identifier in enumerate(executed.transaction_ids):
                receipt = executed.receipts[index + 1]
                self._settle(identifier, Status("committed", header.height, index, receipt))
        ready = [entry for entry in self._height_waiters if entry[0] <= header.height]
        for entry in ready:
            self._height_waiters.remove(entry)
            if not entry[1].done():
                entry[1].set_result(None)

    def _count(self, executed: Executed, certificate: QuorumCertificate) -> None:
        header, metrics = executed.block.header, self.metrics
        metrics.height.set(header.height)
        metrics.business_time.set(header.timestamp_ms / 1_000)
        metrics.view_changes.inc(certificate.ballot.view)
        metrics.blocks.inc()
        self._committed += len(executed.transaction_ids)
        applied = sum(isinstance(r.outcome, Applied) for r in executed.receipts[1:])
        metrics.transactions.labels(outcome="applied").inc(applied)
        metrics.transactions.labels(outcome="rejected").inc(len(executed.receipts) - 1 - applied)

    def _on_evidence(self, evidence: Evidence) -> None:
        self.metrics.evidence.inc()
        self.log.error("evidence_recorded", culprit=evidence.culprit)
        record = codec.encode_array(evidence.to_value())
        known = sum(1 for _ in self.chain.store.iterate(EVIDENCE_KEY, prefix_end(EVIDENCE_KEY)))
        if known < EVIDENCE_MAX:
            key = EVIDENCE_KEY + digest(Purpose.DOCUMENT, record)
            self.chain.store.write([(key, record)], sync=True)

    def _voting_obstacle(self) -> str:
        """Why this node does not vote; empty when it does."""
        if self.driver.failure:
            return f"the replica has halted: {self.driver.failure}"
        return "" if self.replica.is_voting else self._obstacle

    def _on_notice(self, notice: Notice) -> None:
        if notice.kind in (NoticeKind.DIVERGED, NoticeKind.NOT_VOTING):
            self._obstacle = notice.detail or notice.kind.value
        if notice.code != EXPIRED or notice.transaction_id is None:
            return
        self._expired[notice.transaction_id] = None
        while len(self._expired) > EXPIRED_REMEMBERED_MAX:
            self._expired.popitem(last=False)
        self._settle(notice.transaction_id, Status("expired"))

    def _on_connect(self, peer: MemberId) -> None:
        self.driver.offer(Connected(peer))

    async def _on_frame(self, peer: MemberId, frame: bytes) -> None:
        message = decode_message(self.chain.chain_id, frame)
        if not isinstance(message, Transactions):
            await self.driver.put(Received(peer, message))
            return
        verified = await self._verify(message.transactions)
        good = tuple(item for item in verified if isinstance(item, Transaction))
        if len(good) < len(verified):
            self.log.warning("bad_transactions_relayed", peer=peer, count=len(verified) - len(good))
        if good:
            await self.driver.put(Submitted(good, relayed=True))


def _parse_and_verify(raw: bytes) -> Transaction | Invalid:
    """A hot path: every transaction passes here once per node."""
    try:
        transaction = parse_transaction(raw)
        verify_signatures(transaction)
    except Invalid as error:
        return error
    return transaction
