"""What tests of chains need: keys, a genesis, blocks with true certificates, and a small machine.

Everything is a function of its arguments, so that a failing test fails again. Not a network: blocks
are built and certified here by whoever the test says has voted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger import codec
from ledger.block import Block
from ledger.certificate import (
    Ballot,
    CertifiedBlock,
    Phase,
    QuorumCertificate,
    Vote,
)
from ledger.chain import Chain
from ledger.crypto import Signer
from ledger.errors import Invalid
from ledger.genesis import FORMAT, Genesis
from ledger.identity import issue_certificate
from ledger.machine import BlockContext, StateMachine
from ledger.membership import MemberId, View
from ledger.overlay import Overlay
from ledger.receipt import Applied, Event, Outcome, Receipt, Rejected
from ledger.store import MemoryStore, Store
from ledger.transaction import (
    Transaction,
    build_payload,
    parse_transaction,
    sign_payload,
)

GENESIS_TIME_MS: Final = 1_800_000_000_000
BLOCK_INTERVAL_MS: Final = 1_000
CLIENT: Final = Signer.from_seed(b"client".ljust(32, b"."))


class EchoMachine:
    """A machine that does what it is told: `put` writes, `refuse` writes and then says no."""

    rules = 1

    def genesis(self, state: Overlay, context: BlockContext, document: codec.Value) -> None:
        """Write the pairs of the application's part."""
        if not isinstance(document, dict):
            raise Invalid("BAD_APPLICATION", "an object was expected")
        for key, value in document.items():
            state.put(b"kv/" + key.encode(), codec.encode(value))

    def begin_block(self, state: Overlay, context: BlockContext) -> tuple[Event, ...]:
        """Remember the block's time, so that every block changes the state."""
        state.put(b"clock", codec.encode((context.timestamp_ms, context.proposer)))
        return (("tick", {"at": context.timestamp_ms}),)

    def apply(self, state: Overlay, context: BlockContext, transaction: Transaction) -> Outcome:
        """Carry out `put`, `delete` or `refuse`."""
        name, fields = transaction.command
        key = b"kv/" + str(fields.get("key", "")).encode()
        if name == "delete":
            state.delete(key)
        else:
            state.put(key, codec.encode(fields.get("value")))
        if name == "refuse":
            return Rejected("TOLD_TO_REFUSE", {"height": context.height})
        return Applied(((name, {"key": fields.get("key", "")}),))

    def index(
        self, context: BlockContext, receipts: Sequence[Receipt]
    ) -> Iterable[tuple[bytes, bytes]]:
        """One record per event."""
        for place, receipt in enumerate(receipts):
            for event in receipt.events:
                yield b"%d/%d" % (context.height, place), codec.encode(event)


def member_signers(count: int = 4) -> dict[MemberId, Signer]:
    """The members `bank-01`, `bank-02`, ... and their keys."""
    return {
        MemberId(f"bank-{number:02}"): Signer.from_seed(bytes([number]) * 32)
        for number in range(1, count + 1)
    }


def genesis_document(
    signers: Mapping[MemberId, Signer], addresses: Mapping[MemberId, str] | None = None
) -> dict[str, object]:
    """A genesis document that may be changed before it is read."""
    given = addresses or {}
    return {
        "format": FORMAT,
        "name": "test",
        "timestamp_ms": GENESIS_TIME_MS,
        "rules": 1,
        "members": [
            {
                "id": member,
                "key": signer.public_key.hex(),
                "certificate": issue_certificate(signer, member).hex(),
                "peer_address": given.get(member, "127.0.0.1:9000"),
                "api_address": "",
            }
            for member, signer in signers.items()
        ],
        "parameters": {},
        "application": {"greeting": "moin"},
    }


def transaction(
    genesis: Genesis,
    name: str = "put",
    fields: dict[str, codec.Value] | None = None,
    *,
    salt: bytes = b"",
    sender: str = "alice",
    expires_at: int = 1_000,
    signers: Iterable[Signer] = (CLIENT,),
) -> Transaction:
    """A signed transaction for the echo machine."""
    payload = build_payload(genesis.chain_id, sender, (name, fields or {}), salt, expires_at)
    return parse_transaction(sign_payload(payload, signers))


@dataclass(frozen=True)
class Consortium:
    """Members with their keys, the genesis they agreed on, and what they do with it."""

    signers: dict[MemberId, Signer]
    """Every member's key."""
    genesis: Genesis
    """What they agreed on."""
    machine: StateMachine = field(default_factory=EchoMachine)
    """What gives their blocks a meaning."""

    @classmethod
    def of(cls, count: int = 4) -> Consortium:
        """`count` members and a genesis of their own."""
        signers = member_signers(count)
        return cls(signers, Genesis.from_document(genesis_document(signers)))

    def create(self, store: Store | None = None) -> Chain:
        """A chain at height 0."""
        where = MemoryStore() if store is None else store
        Chain.create(where, self.genesis, self.machine)
        return self.open(where)

    def open(self, store: Store) -> Chain:
        """The chain of a store."""
        return Chain(store, self.genesis, self.machine)

    def certificate(
        self,
        block: Block,
        *,
        view: int = 0,
        voters: Iterable[MemberId] | None = None,
        phase: Phase = Phase.COMMIT,
    ) -> QuorumCertificate:
        """A certificate of the voters; of the first quorum of members unless told otherwise."""
        names = list(self.signers)[: self.genesis.membership.quorum] if voters is None else voters
        header = block.header
        ballot = Ballot(header.chain_id, phase, header.height, View(view), header.id)
        return QuorumCertificate.of(
            {name: Vote.cast(ballot, name, self.signers[name]) for name in names}
        )

    def propose(
        self, chain: Chain, transactions: Sequence[Transaction] = (), *, view: int = 0
    ) -> Block:
        """The next block, proposed by whose turn it is."""
        proposer = chain.primaries[view % len(chain.primaries)]
        return chain.build(proposer, chain.head.timestamp_ms + BLOCK_INTERVAL_MS, transactions)

    def extend(
        self,
        chain: Chain,
        transactions: Sequence[Transaction] = (),
        *,
        view: int = 0,
        voters: Iterable[MemberId] | None = None,
    ) -> CertifiedBlock:
        """Propose, certify and append one block."""
        block = self.propose(chain, transactions, view=view)
        certificate = self.certificate(block, view=view, voters=voters)
        certified = CertifiedBlock(block, chain.head.certificate, certificate)
        chain.append(certified)
        return certified

    def grow(self, chain: Chain, heights: int, *, transactions: int = 3) -> None:
        """Append blocks, each with a few transactions, every third of which is refused."""
        for _ in range(heights):
            self.extend(chain, self.batch(chain.head.height + 1, transactions))

    def batch(self, height: int, count: int) -> list[Transaction]:
        """The transactions that `grow` puts at a height."""
        return [
            transaction(
                self.genesis,
                "refuse" if number % 3 == 2 else "put",
                {"key": f"{height}/{number}", "value": number},
                salt=bytes([height % 256, number]),
                expires_at=height + 10,
            )
            for number in range(count)
        ]
