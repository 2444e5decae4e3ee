"""Properties of collateral on another chain, with two real chains that believe only certificates.

Each step is a block on one chain; proofs are carried over late, twice, spoiled, or to the wrong
place. After every step what is locked on one side is accounted for on the other, to the unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from client import bridge as carrying
from ledger import codec
from ledger.certificate import CertifiedBlock
from ledger.chain import Chain, read_receipts
from ledger.crypto import Signer
from ledger.errors import Invalid
from ledger.genesis import Genesis
from ledger.machine import BlockContext
from ledger.membership import Height, MemberId
from ledger.proof import TransactionProof, prove_transaction
from ledger.receipt import Applied, Receipt, Rejected
from ledger.store import MemoryStore
from ledger.transaction import Transaction, build_payload, parse_transaction, sign_payload
from lending.chart import Account
from lending.commands import Command, command_value
from lending.commands.bridge import LockForChain, ReclaimLock, RegisterWrappedAsset, ReleaseLock
from lending.journal import balance_of
from lending.machine import LendingMachine
from lending.queries import bridge as queries
from lending.records import bridge as stored
from tests.scenarios import lending_invariants
from tests.scenarios.lending_world import DAY_MS, document
from tests.support.chain_factory import (
    GENESIS_TIME_MS,
    Consortium,
    genesis_document,
    member_signers,
)

HOUR_MS = 3_600_000
PART = 10_000_000
AMOUNTS = st.sampled_from([0, 1, 2, 3, 7, 8, 9, 99, 100, 101, 10**6, 2**63 - 1])


def signer_of(party: str, number: int = 1) -> Signer:
    """The key that tests give a party, as a signer."""
    return Signer.from_seed(sha256(f"{party}#{number}".encode()).digest())


@dataclass
class Side:
    """One chain with its consortium."""

    name: str
    """Its name, and what the other side calls it."""
    consortium: Consortium = field(init=False)
    """Who certifies its blocks."""
    chain: Chain = field(init=False)
    """The chain."""

    def __post_init__(self) -> None:
        signers = member_signers(4)
        if self.name == "south":
            signers = {
                name: Signer.from_seed(bytes([100 + place]) * 32)
                for place, name in enumerate(signers)
            }
        given = {
            **genesis_document(signers), "name": self.name,
            "application": document(price_age_max_ms=10_000 * DAY_MS),
        }  # fmt: skip
        self.consortium = Consortium(signers, Genesis.from_document(given), LendingMachine())
        self.chain = self.consortium.create(MemoryStore())
        self.salt = count(1)

    def transaction(
        self, parties: Iterable[str], command: Command | tuple[str, dict[str, codec.Value]]
    ) -> Transaction:
        """A command signed by parties, the first of which sends it."""
        names = list(parties)
        value = command if isinstance(command, tuple) else command_value(command)
        payload = build_payload(
            self.chain.chain_id, names[0], value, next(self.salt).to_bytes(4, "big"),
            self.chain.head.height + 10,
        )  # fmt: skip
        return parse_transaction(sign_payload(payload, [signer_of(name) for name in names]))

    def send(
        self, parties: Iterable[str], command: Command | tuple[str, dict[str, codec.Value]]
    ) -> tuple[Transaction, Receipt]:
        """Have a command carried out in a block of its own."""
        transaction = self.transaction(parties, command)
        self.extend([transaction])
        raw = read_receipts(self.chain.store, self.chain.head.height)[1]
        return transaction, Receipt.from_value(codec.decode(raw))

    def extend(self, transactions: list[Transaction], later_ms: int = 1_000) -> None:
        """The next block, certified by a quorum."""
        chain = self.chain
        time_ms = chain.head.timestamp_ms + later_ms
        block = chain.build(chain.primaries[0], time_ms, transactions)
        certificate = self.consortium.certificate(block)
        chain.append(CertifiedBlock(block, chain.head.certificate, certificate))

    def must(self, parties: Iterable[str], name: str, **fields: codec.Value) -> TransactionProof:
        """Have a command carried out that is not refused; returns its proof."""
        transaction, receipt = self.send(parties, (name, fields))
        assert isinstance(receipt.outcome, Applied), receipt
        return self.prove(transaction)

    def accept(self, parties: Iterable[str], command: Command) -> TransactionProof:
        """The same for a command object."""
        name, fields = command_value(command)
        return self.must(parties, name, **fields)

    def prove(self, transaction: Transaction) -> TransactionProof:
        """The proof of a committed transaction."""
        proof = prove_transaction(self.chain.store, self.chain.chain_id, transaction.id)
        assert proof is not None
        return proof

    @property
    def now_ms(self) -> int:
        """The time of the newest block."""
        return self.chain.head.timestamp_ms


def two_sides() -> tuple[Side, Side]:
    """North, where bonds lie, and south, where they are used; each knows the other."""
    north, south = Side("north"), Side("south")
    for side, other in ((north, south), (south, north)):
        command = carrying.registration(other.name, other.consortium.genesis, 3650 * DAY_MS)
        side.accept(("alpha", "beta", "delta"), command)
    north.must(["mint"], "issue_cash", holder="acme", asset="BOND", amount=100, reference="depot")
    members = ("alpha", "beta", "delta")
    south.accept(members, RegisterWrappedAsset("NBOND", "north", "BOND", 0, END_MS, DAY_MS))
    south.must(members, "register_price_feed", asset="NBOND", currency="USD",
               sources=("beta", "delta"), quorum=1, age_max_ms=3650 * DAY_MS, band=30 * PART,
               interval_ms=DAY_MS)  # fmt: skip
    south.must(members, "set_collateral_policy", asset="NBOND", currency="USD", haircut=0,
               share_max=100 * PART, supply_cap=10**6)  # fmt: skip
    south.must(("acme", "alpha"), "open_collateral_account", account="safe", agent="alpha",
               currency="USD", borrow_limit=70 * PART, margin_limit=80 * PART,
               liquidation_limit=90 * PART, cure_ms=DAY_MS, close_factor=50 * PART, least_debt=0,
               cost_rate=0, start_premium=0, step_ms=HOUR_MS, step_rate=PART,
               floor_rate=80 * PART)  # fmt: skip
    return north, south


END_MS = GENESIS_TIME_MS + 400 * DAY_MS
LOCK_END_MS = END_MS + DAY_MS


def locking(name: str, amount: int, until_ms: int = LOCK_END_MS) -> LockForChain:
    return LockForChain(name, "BOND", amount, "south", "acme", "safe", until_ms)


def test_two_chains_from_lock_to_unlock() -> None:
    """A bond is locked, claimed, withdrawn, released and unlocked, each step by certificate."""
    north, south = two_sides()
    locked = north.accept(["acme"], locking("k1", 20))
    south.accept(["acme"], carrying.claim("NBOND", "k1", "safe", locked))
    shown = queries.wrapped_asset(south.chain.overlay(), "NBOND")
    assert shown is not None
    assert shown["amount"] == 20
    south.must(["acme"], "withdraw_collateral", account="safe", asset="NBOND", amount=20)
    freed = south.accept(["acme"], ReleaseLock("NBOND", "k1", 20, "bolt"))
    north.accept(["crow"], carrying.unlocking("k1", 1, freed))
    state = north.chain.overlay()
    assert balance_of(state, "bolt", Account.CASH, "BOND") == 20
    assert balance_of(state, "acme", Account.LOCKED_ABROAD, "BOND") == 0
    claim = queries.claim(south.chain.overlay(), "north", "k1")
    assert claim == {"asset": "NBOND", "amount": 20, "left": 0, "releases": 1}


@cache
def a_claim() -> tuple[Side, bytes]:
    """A chain and the proof of a lock that it would accept."""
    north, south = two_sides()
    locked = north.accept(["acme"], locking("k1", 20))
    return south, codec.encode(locked.to_value())


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_byte_of_a_claim_may_change(data: st.DataObject) -> None:
    """Whatever byte of a proof is changed, left out or added, nothing is minted and nothing breaks."""
    south, raw = a_claim()
    spoiled = bytearray(raw)
    place = data.draw(st.integers(0, len(raw) - 1))
    kind = data.draw(st.sampled_from(["change", "drop", "add"]))
    if kind == "change":
        spoiled[place] ^= data.draw(st.integers(1, 255))
    elif kind == "drop":
        del spoiled[place]
    else:
        spoiled.insert(place, data.draw(st.integers(0, 255)))
    fields = {"asset": "NBOND", "lock": "k1", "account": "safe", "proof": bytes(spoiled)}
    state = south.chain.overlay()
    transaction = south.transaction(["acme"], ("claim_lock", fields))
    context = BlockContext(
        south.chain.chain_id, Height(99), south.now_ms + 1, MemberId("bank-01"), 1
    )
    outcome = LendingMachine().apply(state, context, transaction)
    if codec_equal(bytes(spoiled), raw):
        return
    assert isinstance(outcome, Rejected), outcome
    assert outcome.code == "BAD_PROOF"


def codec_equal(one: bytes, other: bytes) -> bool:
    """Whether two proofs differ in their count at most, to which no header commits."""
    try:
        first = TransactionProof.from_value(codec.decode(one))
        second = TransactionProof.from_value(codec.decode(other))
    except Invalid:
        return False
    return replace(first, count=second.count) == second


class TwoChains(RuleBasedStateMachine):
    """Locks, claims, releases and unlocks in any order, with proofs that come late, twice or wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.north, self.south = two_sides()
        self.locks: dict[str, TransactionProof] = {}
        self.releases: list[tuple[str, int, TransactionProof]] = []
        self.names = 0
        self.is_over = False

    def ask(self, side: Side, sender: str, command: Command) -> Transaction | None:
        """Send a command; None when it was refused, and then the state is as it was."""
        transaction, receipt = side.send([sender], command)
        return transaction if isinstance(receipt.outcome, Applied) else None

    @rule(amount=AMOUNTS)
    def lock(self, amount: int) -> None:
        self.names += 1
        name = f"k{self.names}"
        if transaction := self.ask(self.north, "acme", locking(name, amount)):
            self.locks[name] = self.north.prove(transaction)

    @rule(data=st.data(), sender=st.sampled_from(["acme", "alpha", "bolt"]))
    def claim(self, data: st.DataObject, sender: str) -> None:
        if self.locks:
            name = data.draw(st.sampled_from(sorted(self.locks)))
            proven = data.draw(st.sampled_from(sorted(self.locks)))
            was = self.claimed(name)
            done = self.ask(
                self.south, sender, carrying.claim("NBOND", name, "safe", self.locks[proven])
            )
            assert done is None or (
                not self.is_over and was is None and name == proven and sender != "bolt"
            )

    @rule(amount=AMOUNTS)
    def withdraw(self, amount: int) -> None:
        self.south.send(["acme"], ("withdraw_collateral",
                        {"account": "safe", "asset": "NBOND", "amount": amount}))  # fmt: skip

    @rule(amount=AMOUNTS, to=st.sampled_from(["acme", "bolt", "nobody"]), data=st.data(),
          holder=st.sampled_from(["acme", "bolt"]))  # fmt: skip
    def release(self, amount: int, to: str, data: st.DataObject, holder: str) -> None:
        if self.locks:
            name = data.draw(st.sampled_from(sorted(self.locks)))
            command = ReleaseLock("NBOND", name, amount, to)
            if transaction := self.ask(self.south, holder, command):
                claim = self.claimed(name)
                assert claim is not None
                assert not self.is_over
                proof = self.south.prove(transaction)
                self.releases.append((name, claim.releases, proof))

    @rule(data=st.data(), number=st.sampled_from([0, 0, 0, 1]))
    def unlock(self, data: st.DataObject, number: int) -> None:
        if self.releases:
            name, right, proof = data.draw(st.sampled_from(self.releases))
            self.ask(self.north, "crow", carrying.unlocking(name, right + number, proof))

    @rule(data=st.data())
    def give_to_another(self, data: st.DataObject) -> None:
        self.south.send(["acme"], ("transfer_cash",
                        {"to": "bolt", "asset": "NBOND", "amount": data.draw(AMOUNTS),
                         "reference": "sale"}))  # fmt: skip

    @rule(data=st.data())
    def reclaim(self, data: st.DataObject) -> None:
        if self.locks:
            name = data.draw(st.sampled_from(sorted(self.locks)))
            done = self.ask(self.north, "acme", ReclaimLock(name))
            assert done is None or self.is_over

    @precondition(lambda self: self.names > 4 and not self.is_over)
    @rule()
    def time_is_over(self) -> None:
        for side in (self.north, self.south):
            side.extend([], later_ms=LOCK_END_MS + 1 - side.now_ms)
        self.is_over = True

    def claimed(self, name: str) -> stored.Claim | None:
        return stored.CLAIM.read(self.south.chain.overlay(), stored.claim_key("north", name))

    @invariant()
    def money_is_conserved(self) -> None:
        lending_invariants.check(self.north.chain.overlay())
        lending_invariants.check(self.south.chain.overlay())

    @invariant()
    def wrapped_never_exceeds_locked(self) -> None:
        """Until the end: locked there = claimed here + not yet claimed + released and not yet paid."""
        there, here = self.north.chain.overlay(), self.south.chain.overlay()
        outstanding = 0
        for name in self.locks:
            lock = stored.LOCK.read(there, stored.lock_key(name))
            assert lock is not None
            claim = self.claimed(name)
            outstanding += 0 if claim is None else claim.left
            if self.is_over:
                continue
            if claim is None:
                assert lock.left == lock.amount
            else:
                assert lock.left == claim.left + self.unpaid(name)
        issued = -balance_of(here, "chain:north", Account.ISSUED, "NBOND")
        assert issued == outstanding
        locked = balance_of(there, "acme", Account.LOCKED_ABROAD, "BOND")
        assert self.is_over or issued <= locked

    @invariant()
    def nothing_is_used_twice(self) -> None:
        """What was paid out of a lock, and what is left of it, is what was locked."""
        there = self.north.chain.overlay()
        left = sum(
            lock.left
            for name in self.locks
            if (lock := stored.LOCK.read(there, stored.lock_key(name))) is not None
        )
        assert left == balance_of(there, "acme", Account.LOCKED_ABROAD, "BOND")
        cash = sum(balance_of(there, party, Account.CASH, "BOND") for party in ("acme", "bolt"))
        assert cash + left == 100

    def unpaid(self, name: str) -> int:
        """What was released of a lock and is not unlocked yet."""
        there = self.north.chain.overlay()
        total = 0
        for lock, number, proof in self.releases:
            if lock == name and there.get(stored.lock_release_key(name, number)) is None:
                receipt = Receipt.from_value(codec.decode(proof.receipt))
                [amount] = [f["amount"] for e, f in receipt.events if e == "lock_released"]
                total += amount
        return total


TestTwoChains = TwoChains.TestCase
TestTwoChains.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
