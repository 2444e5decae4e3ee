"""Several chains in one scenario: their members, and proofs of what happened on each.

A world has no consensus; what a quorum of its chain's members would certify is certified here with
their keys, one transaction to a block. A proof can be spoiled in the ways that bridges were robbed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Generic, Protocol, TypeVar, cast

from ledger import codec, merkle
from ledger.block import Header
from ledger.certificate import Ballot, Phase, QuorumCertificate, Vote
from ledger.crypto import ZERO_DIGEST, Digest, Purpose, Signer, digest
from ledger.membership import Height, Member, MemberId, Membership, View
from ledger.overlay import StateReader
from ledger.proof import TransactionProof
from ledger.receipt import Applied, Outcome, Receipt
from ledger.transaction import ChainId, build_payload, parse_transaction, sign_payload
from lending.queries import bridge as bridge_queries
from lending.queries import collateral as collateral_queries
from lending.queries import exchange as exchange_queries
from tests.scenarios.lending_world import CHAIN, DAY_MS, World

SHOWN: Final = ("chain", "wrapped", "lock", "claim", "exchange", "mode", "deposit-cover")
CLIENT: Final = Signer.from_seed(b"client".ljust(32, b"."))


class HasWorld(Protocol):
    """Whatever runs a world."""

    world: World


R = TypeVar("R", bound=HasWorld)


@dataclass(frozen=True)
class Sent:
    """The last transaction of a chain."""

    sender: str
    """Who sent it."""
    command: tuple[str, dict[str, codec.Value]]
    """What was asked."""
    outcome: Outcome
    """What came of it."""


@dataclass
class Chains(Generic[R]):
    """The chains of a scenario."""

    runners: dict[str, R] = field(default_factory=dict)
    """Each with its world, by name."""
    last: dict[str, Sent] = field(default_factory=dict)
    """The last transaction on each."""
    kept: dict[str, TransactionProof] = field(default_factory=dict)
    """The proofs that were kept."""

    def note(
        self, runner: R, sender: str, name: str, fields: dict[str, codec.Value], outcome: Outcome
    ) -> None:
        """Remember a chain's last transaction."""
        for chain, each in self.runners.items():
            if each is runner:
                self.last[chain] = Sent(sender, (name, fields), outcome)

    def keep(self, name: str, chain: str) -> None:
        """Keep the proof of a chain's last transaction."""
        self.kept[name] = proof_of(chain, self.runners[chain].world, self.last[chain])

    def value(self, name: str, text: str) -> codec.Value | None:
        """What a word stands for that is about chains; None for any other."""
        if name == "chain_id":
            return chain_id(text)
        if name == "members":
            chain, _, count = text.partition("*")
            return codec.encode(membership(chain, int(count or 4)).to_value())
        if name == "rates" and re.fullmatch(r"([A-Z0-9+-]+:[0-9]+%,?)+", text, re.IGNORECASE):
            pairs = (part.split(":") for part in text.split(","))
            return tuple((risk, int(rate.rstrip("%")) * 10**7) for risk, rate in pairs)
        if name != "proof":
            return None
        kept, _, spoiled = text.partition(":")
        if kept not in self.kept:
            return text.encode()
        proof = self.kept[kept]
        return spoil(proof, spoiled) if spoiled else codec.encode(proof.to_value())


def chain_id(name: str) -> ChainId:
    """The id of a chain."""
    return CHAIN if name == "home" else ChainId(digest(Purpose.GENESIS, name.encode()))


def signers(name: str, count: int = 4) -> dict[MemberId, Signer]:
    """The members of a chain and their keys."""
    return {
        MemberId(f"{name}-{number:02}"): Signer.from_seed(digest(Purpose.GENESIS, seed))
        for number in range(1, count + 1)
        for seed in [f"{name}/{number}".encode()]
    }


def membership(name: str, count: int = 4) -> Membership:
    """The members of a chain, as its genesis has them."""
    return Membership.of(
        Member(member, signer.public_key, b"certificate", "127.0.0.1:9000", "")
        for member, signer in signers(name, count).items()
    )


def certify(name: str, header: Header, voters: int = 3) -> QuorumCertificate:
    """The commit of a header by the first members of a chain."""
    ballot = Ballot(header.chain_id, Phase.COMMIT, header.height, View(0), header.id)
    votes = {
        member: Vote.cast(ballot, member, signer)
        for member, signer in list(signers(name).items())[:voters]
    }
    return QuorumCertificate.of(votes)


def proof_of(name: str, world: World, sent: Sent) -> TransactionProof:
    """The proof of a transaction: a block that holds it alone, committed by a quorum."""
    payload = build_payload(world.chain_id, sent.sender, sent.command, b"", world.height)
    transaction = parse_transaction(sign_payload(payload, [CLIENT]))
    clock = Receipt(ZERO_DIGEST, Applied(())).encode()
    receipt = Receipt(transaction.id, sent.outcome).encode()
    header = Header(
        world.chain_id, Height(world.height), Digest(bytes([1]) * 32), Digest(bytes([2]) * 32),
        world.now_ms, MemberId(f"{name}-01"), merkle.root([transaction.raw]),
        merkle.root([clock, receipt]), Digest(bytes([3]) * 32), membership(name).digest, 1,
    )  # fmt: skip
    return TransactionProof(
        header, certify(name, header), 0, 1, transaction.raw,
        merkle.inclusion_proof([transaction.raw], 0), receipt,
        merkle.inclusion_proof([clock, receipt], 1),
    )  # fmt: skip


def spoil(proof: TransactionProof, way: str) -> bytes:
    """A proof as an attacker would change it."""
    name = proof.header.proposer.rpartition("-")[0]
    match way:
        case "header":
            return codec.encode((proof.header.to_value(), proof.certificate.to_value()))
        case "truncated":
            return codec.encode(proof.to_value())[:-1]
        case "empty-path":
            changed = replace(proof, receipt_path=())
        case "zero-root":
            changed = replace(proof, header=replace(proof.header, receipts_root=ZERO_DIGEST))
        case "own-root":
            root = merkle.root([proof.receipt])
            changed = replace(
                proof, header=replace(proof.header, receipts_root=root), receipt_path=()
            )
        case "inner-node":
            clock = merkle.leaf_hash(Receipt(ZERO_DIGEST, Applied(())).encode())
            changed = replace(proof, receipt=clock + merkle.leaf_hash(proof.receipt))
        case "more":
            receipt = Receipt.from_value(codec.decode(proof.receipt))
            events = tuple(
                (event, {**fields, "amount": 10**6} if "amount" in fields else fields)
                for event, fields in receipt.events
            )
            changed = replace(
                proof, receipt=Receipt(receipt.transaction_id, Applied(events)).encode()
            )
        case "one-signer":
            changed = replace(proof, certificate=certify(name, proof.header, voters=1))
        case "one-signer-thrice":
            [signed] = certify(name, proof.header, voters=1).signatures
            changed = replace(
                proof, certificate=QuorumCertificate(proof.certificate.ballot, (signed,) * 3)
            )
        case "no-signer":
            changed = replace(proof, certificate=QuorumCertificate(proof.certificate.ballot, ()))
        case "prepared-only":
            ballot = replace(proof.certificate.ballot, phase=Phase.PREPARE)
            votes = {
                member: Vote.cast(ballot, member, signer)
                for member, signer in signers(name).items()
            }
            changed = replace(proof, certificate=QuorumCertificate.of(votes))
        case "strangers":
            changed = replace(proof, certificate=certify("strangers", proof.header))
        case "old-members":
            header = replace(proof.header, membership=membership("strangers").digest)
            changed = replace(proof, header=header, certificate=certify("strangers", header))
        case "other-chain":
            header = replace(proof.header, chain_id=chain_id("third"))
            changed = replace(proof, header=header, certificate=certify(name, header))
        case _:
            raise ValueError(way)
    return codec.encode(changed.to_value())


def lines(state: StateReader, _now_ms: int, what: str, names: list[str]) -> list[str]:
    """The line of `show chain C`, `show wrapped A`, `show lock L`, `show claim C L`, `show mode M` ..."""
    found = {
        "chain": bridge_queries.foreign_chain,
        "wrapped": bridge_queries.wrapped_asset,
        "lock": bridge_queries.lock,
        "exchange": exchange_queries.exchange,
        "mode": collateral_queries.collateral_mode,
        "deposit-cover": collateral_queries.deposit_cover,
    }
    facts = bridge_queries.claim(state, *names) if what == "claim" else found[what](state, *names)
    words = [f"{key}={shown(key, value)}" for key, value in (facts or {}).items()]
    return [" ".join([what, *(word for word in words if word)])]


def shown(name: str, value: object) -> str:
    """A fact as a reader of scenarios sees it."""
    if type(value) is int and name.endswith("_ms") and name != "age_max_ms":
        return datetime.fromtimestamp(value // 1000, UTC).strftime("%Y-%m-%d") if value else "-"
    if name == "age_max_ms":
        return f"{cast('int', value) // DAY_MS}d"
    if name == "chain_id":
        return str(value)[:8]
    return ",".join(map(str, value)) if isinstance(value, list) else str(value) or "-"
