"""The auditor: reads a chain height by height, trusts nothing but the genesis hash, streams.

Levels, each holding the ones before it:

* LINKS: every block continues the one before it and holds the transactions its header commits to;
* SIGNATURES: every transaction is signed by the keys it names;
* CERTIFICATES: a quorum of distinct members committed every block;
* EXECUTION: every block is executed again, and receipts and state lead to the certified roots.

It cannot prove that the source is not a shorter piece of a longer chain: compare the head with
another member's. Reading sources is export's work; where the state is kept, and how work is
spread over cores, is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from ledger.certificate import CertifiedBlock, QuorumCertificate, Vote, verify_commit
from ledger.chain import Chain
from ledger.crypto import Purpose, verify
from ledger.errors import Invalid
from ledger.execution import Base, certificate_digest, check_header
from ledger.export import Entry, Unreadable
from ledger.genesis import Genesis
from ledger.membership import Membership
from ledger.transaction import Transaction, parse_transaction

UNKNOWN: Final = ""


class Level(IntEnum):
    """How much is checked, in ascending cost."""

    LINKS = 1
    SIGNATURES = 2
    CERTIFICATES = 3
    EXECUTION = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing found wrong."""

    height: int
    """The height at which it stands in the source."""
    code: str
    """The stable code of the failed check."""
    detail: str
    """The same for people."""
    transaction: str = UNKNOWN
    """The id of the transaction, in hexadecimal, when one is at fault."""
    key: str = UNKNOWN
    """The public key or state key, in hexadecimal, when one is at fault."""
    member: str = UNKNOWN
    """The member, when one is at fault."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an audit found."""

    is_ok: bool
    """Whether everything held at this level."""
    level: Level
    """What was checked."""
    height: int
    """The last height that held."""
    transactions: int
    """How many transactions were checked up to there."""
    block_id: str
    """The id of the block at that height, in hexadecimal."""
    state_root: str
    """Its state root, in hexadecimal."""
    fault: Fault | None
    """What was wrong first; None when all held."""


@dataclass(frozen=True, slots=True)
class Job:
    """One height's signatures: what can be checked apart from all other heights."""

    entry: Entry
    """The block and its certificate."""
    membership: Membership
    """Whose votes count."""
    level: Level
    """SIGNATURES checks transactions, CERTIFICATES also the votes."""


Examine = Callable[[Job], Fault | None]
Parallel = Callable[[Examine, Iterable[Job]], Iterable[tuple[Job, Fault | None]]]
"""Applies a function to jobs and gives (job, result) in their order, holding few at a time."""
Progress = Callable[[int, int], None]
"""Told after each height: the height, and how many transactions so far."""


def one_by_one(function: Examine, jobs: Iterable[Job]) -> Iterator[tuple[Job, Fault | None]]:
    """The plain way to be Parallel."""
    for job in jobs:
        yield job, function(job)


def verify_chain(
    entries: Iterator[Entry],
    genesis: Genesis,
    level: Level,
    replay: Chain | None,
    *,
    parallel: Parallel = one_by_one,
    progress: Progress | None = None,
) -> Verdict:
    """Check a chain that begins after `replay`'s head (at height 1 without one).

    `replay` is a chain of the same genesis in a store of the auditor's own: needed for EXECUTION,
    and where an interrupted audit goes on.
    """
    assert replay is not None or level < Level.EXECUTION, "EXECUTION replays into a chain"
    audit = _Audit(genesis, level, replay)
    for job, found in parallel(examine, audit.jobs(entries)):
        fault = found or audit.accept(job.entry)
        if fault is not None:
            return audit.verdict(fault)
        if progress is not None:
            progress(audit.height, audit.transactions)
    return audit.verdict(audit.unreadable)


def examine(job: Job) -> Fault | None:
    """Check the signatures of one height. A pure function, fit for another process."""
    if job.level >= Level.SIGNATURES:
        for raw in job.entry.block.transactions:
            fault = _examine_transaction(job.entry.height, raw)
            if fault is not None:
                return fault
    if job.level >= Level.CERTIFICATES:
        return _examine_certificate(job)
    return None


def _examine_transaction(height: int, raw: bytes) -> Fault | None:
    try:
        transaction = parse_transaction(raw)
    except Invalid as error:
        return Fault(height, error.code, error.detail)
    for key, signature in transaction.signatures:
        if not verify(key, Purpose.TRANSACTION, transaction.id, signature):
            return Fault(
                height, "BAD_SIGNATURE", "a key did not sign this transaction",
                transaction.id.hex(), key.hex(),
            )  # fmt: skip
    return None


def _examine_certificate(job: Job) -> Fault | None:
    entry = job.entry
    for member, signature in entry.certificate.signatures:
        try:
            Vote(entry.certificate.ballot, member, signature).verify(job.membership)
        except Invalid as error:
            return Fault(entry.height, error.code, error.detail, member=member)
    try:
        verify_commit(entry.certificate, entry.block, job.membership)
    except Invalid as error:
        return Fault(entry.height, error.code, error.detail)
    return None


class _Audit:
    """The running state of one audit."""

    def __init__(self, genesis: Genesis, level: Level, replay: Chain | None) -> None:
        self.genesis = genesis
        self.level = level
        self.replay = replay
        self.transactions = 0
        self.unreadable: Fault | None = None
        self.certificate: QuorumCertificate | None = None
        self.parent = replay.head.header if replay is not None else None
        if replay is not None:
            self.certificate = replay.head.certificate

    @property
    def height(self) -> int:
        """The last height that held."""
        return 0 if self.parent is None else self.parent.height

    def jobs(self, entries: Iterator[Entry]) -> Iterator[Job]:
        """A job per height. They may be taken ahead of their turn, so they end without raising."""
        try:
            for entry in entries:
                yield Job(entry, self.genesis.membership, self.level)
        except Unreadable as error:
            self.unreadable = Fault(error.height, error.code, error.detail)

    def accept(self, entry: Entry) -> Fault | None:
        """Check a height's links and, at the highest level, execute it."""
        if entry.block.height != entry.height:
            detail = f"block {entry.block.height} stands at height {entry.height}"
            return Fault(entry.height, "BAD_HEIGHT", detail)
        try:
            self._check_link(entry)
            if self.replay is not None:
                self._execute(self.replay, entry)
        except Invalid as error:
            return Fault(entry.height, error.code, error.detail)
        self.parent, self.certificate = entry.block.header, entry.certificate
        self.transactions += len(entry.block.transactions)
        return None

    def _check_link(self, entry: Entry) -> None:
        if self.parent is None:
            if entry.height != 1 or entry.block.header.chain_id != self.genesis.chain_id:
                raise Invalid("OTHER_CHAIN", entry.block.header.chain_id.hex())
            return
        base = Base(self.genesis.chain_id, self.parent, self.genesis.membership, self.genesis.rules)
        if self.level >= Level.CERTIFICATES:
            check_header(base, self.certificate, entry.block.header)
        elif entry.block.header.parent != self.parent.id:
            raise Invalid("BAD_HEADER", f"height {entry.height} does not continue the chain")
        elif entry.block.header.parent_certificate != certificate_digest(self.certificate):
            raise Invalid("BAD_HEADER", f"height {entry.height} fixes another parent certificate")

    def _execute(self, replay: Chain, entry: Entry) -> None:
        replay.check(entry.block, self.certificate, _parsed)
        replay.append(CertifiedBlock(entry.block, self.certificate, entry.certificate))

    def verdict(self, fault: Fault | None) -> Verdict:
        """What was found."""
        header = self.parent
        return Verdict(
            fault is None, self.level, self.height, self.transactions,
            "" if header is None else header.id.hex(),
            "" if header is None else header.state_root.hex(), fault,
        )  # fmt: skip


def _parsed(raw: bytes) -> Transaction | None:
    """The transaction of bytes whose signatures this audit has checked already."""
    return parse_transaction(raw)


def first_difference(
    mine: Iterator[tuple[bytes, bytes]], theirs: Iterator[tuple[bytes, bytes]]
) -> bytes | None:
    """The first key on which two ordered maps differ; None when they are equal."""
    left, right = next(mine, None), next(theirs, None)
    while left is not None or right is not None:
        if left != right:
            return min(pair[0] for pair in (left, right) if pair is not None)
        left, right = next(mine, None), next(theirs, None)
    return None
