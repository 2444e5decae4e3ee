"""A small consortium in memory for tests: its keys, its blocks, its state; no consensus, no disk.

Four members (alpha, beta, gamma, delta), a desk of alpha's, a custodian (mint), a bond house, two
borrowers (acme, bolt), a collector (crow), dollars and a bond. Every command goes through the real
machine; what a block wrote is encoded, and decoded again in the next.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import codec
from ledger.crypto import ZERO_DIGEST, Digest
from ledger.machine import BlockContext
from ledger.membership import Height, MemberId
from ledger.overlay import Overlay
from ledger.receipt import Applied, Event, Outcome, Receipt, Rejected
from ledger.store import INDEX, MemoryStore
from ledger.transaction import ChainId, Transaction
from lending.machine import LendingMachine

CHAIN = ChainId(bytes(32))
DAY_MS = 86_400_000

PARTIES = (
    ("alpha", "member", "", 1),
    ("beta", "member", "", 1),
    ("gamma", "member", "", 2),
    ("delta", "member", "", 1),
    ("alpha-cars", "desk", "alpha", 1),
    ("mint", "custodian", "alpha", 1),
    ("acme", "borrower", "alpha", 1),
    ("bolt", "borrower", "beta", 1),
    ("crow", "borrower", "beta", 1),
)
"""Name, kind, sponsor and threshold; a party of threshold t has t keys."""

PERSONAL: dict[str, codec.Value] = {
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
    "waterfall": ("FEES", "INTEREST", "PRINCIPAL"),
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
"""A consumer loan as on LendingClub: level monthly payments, 30/360."""


def key_of(party: str, number: int = 1) -> bytes:
    """The public key of a name, always the same."""
    seed = hashlib.sha256(f"{party}#{number}".encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def keys_of(party: str, count: int = 1) -> tuple[bytes, ...]:
    """Several public keys of a name, ascending."""
    return tuple(sorted(key_of(party, number) for number in range(1, count + 1)))


def time_ms(text: str) -> int:
    """An ISO time, UTC, as milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def document(**parameters: int) -> dict[str, codec.Value]:
    """The machine's part of the genesis, as JSON gives it."""
    return {
        "parties": [
            {
                "party": party,
                "kind": kind,
                "sponsor": sponsor,
                "keys": [key.hex() for key in keys_of(party, threshold)],
                "threshold": threshold,
            }
            for party, kind, sponsor, threshold in PARTIES
        ],
        "assets": [
            {
                "asset": "USD",
                "kind": "currency",
                "decimals": 2,
                "custodian": "mint",
                "price_sources": [],
            },
            {
                "asset": "BOND",
                "kind": "collateral",
                "decimals": 0,
                "custodian": "mint",
                "price_sources": ["gamma", "delta"],
            },
        ],
        "products": [
            {"product": "personal", "template": PERSONAL},
            {"product": "secured", "template": {**PERSONAL, "loan_to_value_limit": 800_000_000}},
        ],
        "parameters": {
            "approval_quorum": 0,
            "work_per_block": 1_000,
            "price_age_max_ms": 7 * DAY_MS,
            **parameters,
        },
    }


@dataclass
class World:
    """The machine, its state, and the block that is being filled."""

    now_ms: int = time_ms("2015-08-01T09:00")
    """The time of the block."""
    height: int = 0
    """Its height."""
    parameters: dict[str, int] = field(default_factory=dict)
    """Those of the genesis that differ from the usual."""
    chain_id: ChainId = CHAIN
    """Which chain it is."""

    def __post_init__(self) -> None:
        self.machine = LendingMachine()
        self.store = MemoryStore()
        self.state = Overlay(self.store)
        self.index = MemoryStore()
        self.signatures: dict[str, tuple[bytes, ...]] = {
            party: keys_of(party, threshold) for party, _, _, threshold in PARTIES
        }
        self.receipts: list[Receipt] = []
        self.times = [self.now_ms]
        self.encoded: list[bytes] = []
        self.sent = 0
        self.machine.genesis(self.state, self.context(), document(**self.parameters))
        self.begin(self.now_ms)

    def context(self) -> BlockContext:
        """What the machine knows of the block."""
        return BlockContext(self.chain_id, Height(self.height), self.now_ms, MemberId("alpha"), 1)

    def begin(self, now_ms: int) -> tuple[Event, ...]:
        """End the block and begin the next at a time; returns what the clock did."""
        self.end()
        self.now_ms = now_ms
        self.height += 1
        self.times.append(now_ms)
        events = self.machine.begin_block(self.state, self.context())
        self.receipts = [Receipt(ZERO_DIGEST, Applied(events))]
        return events

    def end(self) -> None:
        """Make what the block wrote the state below the next one, and fill the index."""
        self.store.write(self.state.writes().items(), sync=False)
        self.state = Overlay(self.store)
        self.encoded += [receipt.encode() for receipt in self.receipts]
        indexed = self.machine.index(self.context(), self.receipts)
        self.index.write([(INDEX + key, value) for key, value in indexed], sync=False)
        self.receipts = []

    def send(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> Outcome:
        """Have a command carried out, signed by the sender and the cosigners with all their keys."""
        signers = {key for party in (sender, *cosigners) for key in self.keys_for(party)}
        self.sent += 1
        transaction = Transaction(
            CHAIN,
            sender,
            (name, fields),
            b"",
            Height(self.height),
            tuple((key, b"") for key in sorted(signers)),  # type: ignore[misc]
            Digest(self.sent.to_bytes(32, "big")),
            b"",
        )
        self.state.begin()
        outcome = self.machine.apply(self.state, self.context(), transaction)
        if isinstance(outcome, Rejected):
            self.state.rollback()
        else:
            self.state.commit()
        self.receipts.append(Receipt(transaction.id, outcome))
        return outcome

    def keys_for(self, party: str) -> tuple[bytes, ...]:
        """The keys that a name signs with: registered ones, or the first of a stranger."""
        return self.signatures.get(party) or (key_of(party),)
