"""A node without consensus, network or disk: a real chain and the real lending machine in memory.

`commit` makes a block of what waits, certified by all four members' keys. What a test asks over
HTTP is answered by the production code from this chain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from client.transactions import derived_signer
from ledger.certificate import (
    Ballot,
    CertifiedBlock,
    Phase,
    QuorumCertificate,
    Vote,
)
from ledger.chain import Chain, find_transaction, read_receipt
from ledger.crypto import Signer
from ledger.errors import Invalid
from ledger.genesis import FORMAT, Genesis, member_document
from ledger.identity import issue_certificate
from ledger.membership import Member, MemberId, View
from ledger.proof import CertifiedState
from ledger.store import MemoryStore
from ledger.transaction import Transaction, parse_transaction, verify_signatures
from lending.machine import LendingMachine
from runtime.metrics import Metrics
from runtime.node import Check, Status, Submission
from runtime.node import View as Snapshot

MEMBERS = ("alpha", "beta", "delta", "gamma")
START_MS = 1_700_000_000_000
DAY_MS = 86_400_000

TEMPLATE = {
    "contract_type": "ANN",
    "day_count_convention": "30E360",
    "cycle": "P1ML1",
    "end_of_month_convention": "SD",
    "business_day_convention": "NOS",
    "calendar": "NC",
    "principal_min": 100_00,
    "principal_max": 50_000_00,
    "rate_min": 0,
    "rate_max": 400_000_000,
    "installments_max": 60,
    "grace_days": 15,
    "late_fee": 15_00,
    "late_fee_rate": 50_000_000,
    "default_after_days": 120,
    "waterfall": ["FEES", "INTEREST", "PRINCIPAL"],
    "allocation": "BY_INSTALLMENT",
    "prepayment": "TO_DATE",
    "loan_to_value_limit": 0,
    "collection_fee_limit": 300_000_000,
    "signatories": (),
    "default_rate": 0,
    "prepayment_fee": (),
    "capitalised_max": 0,
    "notice_days": 0,
}


def genesis() -> Genesis:
    """Four members, each also a lender; a custodian, a borrower, dollars, one product."""
    parties = [
        {
            "party": name,
            "kind": kind,
            "sponsor": sponsor,
            "keys": [derived_signer(name).public_key.hex()],
            "threshold": 1,
        }
        for name, kind, sponsor in (
            *((member, "member", "") for member in MEMBERS),
            ("mint", "custodian", ""),
            ("acme", "borrower", "alpha"),
        )
    ]
    asset = {
        "asset": "USD",
        "kind": "currency",
        "decimals": 2,
        "custodian": "mint",
        "price_sources": [],
    }
    return Genesis.from_document(
        {
            "format": FORMAT,
            "name": "test <chain>",
            "timestamp_ms": START_MS,
            "rules": 1,
            "members": [_member(name) for name in MEMBERS],
            "parameters": {},
            "application": {
                "parties": parties,
                "assets": [asset],
                "products": [{"product": "personal", "template": TEMPLATE}],
                "parameters": {
                    "approval_quorum": 0,
                    "work_per_block": 100,
                    "price_age_max_ms": DAY_MS,
                },
            },
        }
    )


def _member(name: str) -> dict[str, str]:
    signer = derived_signer("node", name)
    certificate = issue_certificate(signer, name)
    return member_document(
        Member(MemberId(name), signer.public_key, certificate, f"{name}:1", f"http://{name}:2")
    )


@dataclass
class SilentLog:
    """Keeps what would be logged."""

    events: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def exception(self, event: str, **fields: object) -> None:
        """Keep a line."""
        self.events.append((event, fields))


class FakeNode:
    """Has the shape of runtime.node.Node as far as the API sees it."""

    def __init__(self) -> None:
        self.genesis = genesis()
        store = MemoryStore()
        Chain.create(store, self.genesis, LendingMachine())
        self.chain = Chain(store, self.genesis, LendingMachine())
        self.member = MemberId("alpha")
        self.metrics = Metrics()
        self.log = SilentLog()
        self.records: list[bytes] = []
        self.checks = [Check("replica", is_ok=True, reason="running")]
        self.waiting: dict[bytes, Transaction] = {}
        self.is_full = False
        self.is_stopping = False
        self.admitted = asyncio.Event()
        self._now_ms = START_MS
        self._waiters: list[asyncio.Future[None]] = []

    def commit(self, *raws: bytes, step_ms: int = 1_000) -> None:
        """Append a block of these transactions and of all that wait."""
        transactions = [*(parse_transaction(raw) for raw in raws), *self.waiting.values()]
        self.waiting.clear()
        self._now_ms += step_ms
        chain = self.chain
        parent = chain.head.certificate
        block = chain.build(MemberId("alpha"), self._now_ms, transactions)
        ballot = Ballot(chain.chain_id, Phase.COMMIT, block.height, View(0), block.id)
        votes = {
            MemberId(name): Vote.cast(ballot, MemberId(name), derived_signer("node", name))
            for name in MEMBERS
        }
        chain.append(CertifiedBlock(block, parent, QuorumCertificate.of(votes)))
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def submit(self, raws: Sequence[bytes]) -> list[Submission]:
        """See runtime.node.Node."""
        return [self._submit(raw) for raw in raws]

    def _submit(self, raw: bytes) -> Submission:
        try:
            transaction = parse_transaction(raw)
            verify_signatures(transaction)
        except Invalid as error:
            return Submission(None, "refused", error.code, error.detail)
        if self.chain.is_seen(transaction.id):
            return Submission(transaction.id, "committed")
        if self.is_full:
            return Submission(transaction.id, "refused", "POOL_FULL", "no room")
        if transaction.chain_id != self.chain.chain_id:
            return Submission(transaction.id, "refused", "OTHER_CHAIN", "")
        self.waiting[transaction.id] = transaction
        self.admitted.set()
        return Submission(transaction.id, "pending")

    def status(self, transaction_id: bytes) -> Status:
        """See runtime.node.Node."""
        place = find_transaction(self.chain.store, transaction_id)
        if place is not None:
            height, index = place
            receipt = read_receipt(self.chain.store, height, index + 1)
            return Status("committed", height, index, receipt)
        return Status("pending" if transaction_id in self.waiting else "unknown")

    async def wait(self, transaction_id: bytes, timeout_seconds: float) -> Status:
        """See runtime.node.Node."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while self.status(transaction_id).state != "committed":
                    await self._next_block()
        except TimeoutError:
            pass
        return self.status(transaction_id)

    async def wait_height(self, height: int, timeout_seconds: float) -> int:
        """See runtime.node.Node."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while self.chain.head.height < height:
                    await self._next_block()
        except TimeoutError:
            pass
        return self.chain.head.height

    async def _next_block(self) -> None:
        # A future for each who waits: an Event would belong to the first test's loop.
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """See runtime.node.Node."""
        with self.chain.store.snapshot() as reader:
            yield Snapshot(reader, self.chain.head.header)

    def prove_state(self, key: bytes) -> CertifiedState | None:
        """See runtime.node.Node."""
        head = self.chain.head
        if head.certificate is None:
            return None
        value = self.chain.overlay().get(key)
        return CertifiedState(head.header, head.certificate, key, value, self.chain.tree.prove(key))

    def health(self) -> list[Check]:
        """See runtime.node.Node."""
        return self.checks

    def describe(self) -> dict[str, object]:
        """See runtime.node.Node."""
        head = self.chain.head
        return {
            "chain": self.genesis.name,
            "chain_id": self.chain.chain_id.hex(),
            "member": self.member,
            "height": head.height,
            "block_id": head.block_id.hex(),
            "state_root": head.header.state_root.hex(),
            "business_time_ms": head.timestamp_ms,
            "view": 0,
            "primaries": list(self.chain.primaries),
            "members": list(self.chain.membership.ids),
            "quorum": self.chain.membership.quorum,
            "connected": ["beta", "delta", "gamma"],
            "transactions": 0,
            "mempool_transactions": len(self.waiting),
            "is_voting": True,
            "voting_obstacle": "",
            "failure": "",
            "backend": self.chain.store.name,
            "rules": 1,
            "clock_rate": 1,
            "devnet": False,
        }

    def evidence(self) -> list[bytes]:
        """See runtime.node.Node."""
        return self.records


def signer(name: str) -> Signer:
    """The key of a party."""
    return derived_signer(name)
