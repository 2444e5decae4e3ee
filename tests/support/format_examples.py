"""The byte-level examples of the format pages, made by the code that the pages describe.

A page marks an example by `<!-- example: NAME -->` above a code block; a test compares the block
with what is made here, and `--rewrite` puts it there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from consensus.messages import Status, VoteMessage, encode_message
from ledger import codec, merkle
from ledger.certificate import Ballot, CertifiedBlock, Phase, Vote
from ledger.chain import Chain, read_receipts
from ledger.crypto import Purpose, digest
from ledger.export import export_frames
from ledger.membership import Height, MemberId, View
from ledger.proof import CertifiedState, prove_transaction
from ledger.store import (
    BLOCK,
    CERTIFICATE,
    INDEX,
    META,
    RECEIPTS,
    STATE,
    TRANSACTION,
)
from ledger.transaction import Transaction, transaction_id
from runtime.safety_journal import SafetyJournal
from runtime.transport import PROTOCOL
from tests.support.chain_factory import CLIENT, Consortium, transaction

LINE_BYTES: Final = 40
NAME_CHARACTERS: Final = 20
ALONE: Final = Consortium.of(1)
"""A chain of one member, whose own vote is a quorum: the smallest chain there is."""
MEMBER: Final = MemberId("bank-01")

Field = tuple[str, bytes | str | int]


def shown(*fields: Field) -> str:
    """Names and values, bytes in hexadecimal, 40 to a line."""
    lines: list[str] = []
    for name, value in fields:
        if isinstance(value, bytes):
            pieces = [value[at : at + LINE_BYTES].hex() for at in range(0, len(value), LINE_BYTES)]
        else:
            pieces = [str(value)]
        for number, piece in enumerate(pieces or [""]):
            lines.append(f"{name if number == 0 else '':{NAME_CHARACTERS}}{piece}".rstrip())
    return "\n".join(lines)


def payment() -> Transaction:
    """The transaction of the examples."""
    return transaction(ALONE.genesis, "put", {"key": "a", "value": 1}, salt=b"\x07", expires_at=10)


@cache
def one_block() -> tuple[Chain, CertifiedBlock]:
    """The chain of one member and one block, which holds the transaction of the examples."""
    chain = ALONE.create()
    certified = ALONE.extend(chain, [payment()])
    return chain, certified


VALUES: Final[tuple[object, ...]] = (
    None, False, True, 0, 127, 128, 256, 65_536, 2**32, 2**64 - 1, 2**64, 2**120, -1, -32, -33, -129,
    -(2**63), -(2**63) - 1, "", "a", "ä", b"", b"\x01\x02", (), (1, "a"), {}, {"b": 2, "a": 1},
    {"z": 1, "aa": 2},
)  # fmt: skip


def values() -> str:
    """Values and their encodings."""
    return "\n".join(f"{value!r:42}{codec.encode(value).hex()}" for value in VALUES)


def keys() -> str:
    """A key and a signature."""
    signer = ALONE.signers[MEMBER]
    tag = b"hansa/1/commit\x00"
    return shown(
        ("seed", bytes([1]) * 32),
        ("public key", signer.public_key),
        ("message", b"abc"),
        ("signed", tag + b"abc"),
        ("signature", signer.sign(Purpose.COMMIT, b"abc")),
        ("digest (block)", digest(Purpose.BLOCK, b"abc")),
    )


def genesis() -> str:
    """A genesis document, its canonical bytes and its digest."""
    document = ALONE.genesis.document
    return "\n".join(
        (
            json.dumps(document, indent=2),
            "",
            shown(
                ("canonical", codec.encode(document)),
                ("chain id", bytes(ALONE.genesis.chain_id)),
                ("membership", ALONE.genesis.membership.digest),
            ),
        )
    )


def transactions() -> str:
    """A transaction."""
    item = payment()
    payload, _ = codec.decode(item.raw)
    ((key, signature),) = item.signatures
    assert (key, transaction_id(payload, [key])) == (CLIENT.public_key, item.id)
    return shown(
        ("payload", payload), ("id", item.id), ("key", key), ("signature", signature),
        ("wire", item.raw),
    )  # fmt: skip


def header() -> str:
    """The header of block 1 and the block id."""
    block = one_block()[1].block
    names = block.header.__dataclass_fields__
    fields = [(name, getattr(block.header, name)) for name in names]
    return shown(
        *fields, ("canonical", codec.encode(block.header.to_value())), ("block id", block.id)
    )


def receipts() -> str:
    """The receipts of block 1 and both roots."""
    chain, certified = one_block()
    listed = read_receipts(chain.store, 1)
    return shown(
        ("receipt 0", listed[0]),
        ("receipt 1", listed[1]),
        ("leaf 0", merkle.leaf_hash(listed[0])),
        ("leaf 1", merkle.leaf_hash(listed[1])),
        ("receipts root", merkle.root(listed)),
        ("transactions root", merkle.root(certified.block.transactions)),
    )


def certificate() -> str:
    """The vote for block 1 and the certificate made of it."""
    made = one_block()[1].certificate
    ((voter, signature),) = made.signatures
    return shown(
        ("statement", made.ballot.signing_bytes()),
        ("signed", b"hansa/1/commit\x00" + made.ballot.signing_bytes()),
        ("signature", signature),
        ("vote", codec.encode(Vote(made.ballot, voter, signature).to_value())),
        ("certificate", codec.encode(made.to_value())),
        ("digest", made.digest),
    )


def proofs() -> str:
    """The proof of the transaction and the proof of a key."""
    chain, certified = one_block()
    proof = prove_transaction(chain.store, chain.chain_id, payment().id)
    assert proof is not None
    key = b"kv/a"
    state = CertifiedState(
        certified.block.header, certified.certificate, key, chain.overlay().get(key),
        chain.tree.prove(key),
    )  # fmt: skip
    return shown(
        ("transaction", codec.encode(proof.to_value())), ("state", codec.encode(state.to_value()))
    )


def frame(data: bytes) -> bytes:
    """Four bytes of length, and the data."""
    return len(data).to_bytes(4, "big") + data


def peer_frames() -> str:
    """A greeting and two messages, as they stand on the link."""
    greeting = codec.encode((PROTOCOL, ALONE.genesis.chain_id, MEMBER))
    ballot = Ballot(
        ALONE.genesis.chain_id, Phase.PREPARE, Height(1), View(0), one_block()[1].block.id
    )
    vote = Vote.cast(ballot, MEMBER, ALONE.signers[MEMBER])
    status = Status(Height(1), View(0), holds_proposal=False)
    return shown(
        ("greeting", frame(greeting)),
        ("status", frame(encode_message(status))),
        ("vote (PREPARE)", frame(encode_message(VoteMessage(vote)))),
    )


def export_file() -> str:
    """The export of the chain of one block, in its pieces."""
    chain, certified = one_block()
    magic, genesis_frame, entry = export_frames(chain.store)
    whole = magic + genesis_frame + entry
    return shown(
        ("magic", magic),
        ("length", genesis_frame[:4]),
        ("genesis", f"{len(genesis_frame) - 4} bytes of JSON: {genesis_frame[4:45]!r}..."),
        ("length", entry[:4]),
        ("[block,", codec.encode((certified.block.to_value(), certified.certificate.to_value()))),
        ("certificate]", ""),
        ("SHA-256 of all", sha256(whole).digest()),
        ("bytes", len(whole)),
    )


NAMESPACES: Final = {
    META: "meta", BLOCK: "block", CERTIFICATE: "certificate", RECEIPTS: "receipts",
    TRANSACTION: "transaction", STATE: "state", INDEX: "index",
}  # fmt: skip


def records() -> str:
    """Every record in the store of the chain of one block."""
    chain, _ = one_block()
    rows = []
    for key, value in chain.store.iterate(b"", b"\xff" * 80):
        name = key.hex() if len(key) < 16 or key[:1] == TRANSACTION else repr(key)
        rest = f"... ({len(value)} bytes)" if len(value) > 24 else ""
        rows.append(f"{NAMESPACES[key[:1]]:12}{name:68}{value[:24].hex()}{rest}")
    return "\n".join(rows)


def journal() -> str:
    """A record of the safety journal."""
    payload = b"payload"
    head = b"HSJ1" + len(payload).to_bytes(4, "big") + sha256(payload).digest()
    with TemporaryDirectory() as folder:
        path = Path(folder, "safety.journal")
        SafetyJournal(path, payload).close()
        record = path.read_bytes()
    assert record == head + sha256(head).digest()[:4] + payload
    return shown(
        ("magic", record[:4]), ("length", record[4:8]), ("SHA-256 of payload", record[8:40]),
        ("check of the head", record[40:44]), ("payload", record[44:]),
    )  # fmt: skip


EXAMPLES: Final[dict[str, Callable[[], str]]] = {
    "values": values,
    "keys": keys,
    "genesis": genesis,
    "transaction": transactions,
    "header": header,
    "receipts": receipts,
    "certificate": certificate,
    "proofs": proofs,
    "peer frames": peer_frames,
    "export": export_file,
    "records": records,
    "journal": journal,
}
