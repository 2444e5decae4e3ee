"""Building and signing transactions: a command of the lending vocabulary -> bytes that a node takes.

No network here: a transaction can be built on a machine that has none, signed by several people
one after the other, and sent by somebody else.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ledger import codec, crypto
from ledger.crypto import Digest, Purpose, Signer
from ledger.errors import Invalid
from ledger.transaction import (
    ChainId,
    build_payload,
    join_signatures,
    parse_transaction,
    sign_payload,
)
from lending.commands import Command, command_value

SALT_BYTES: Final = 16
LIFETIME_HEIGHTS: Final = 1_000
"""How many blocks a transaction may wait for, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A transaction ready to be sent, or to be signed by others as well."""

    id: Digest
    """Its id: the same whoever signs it, however often it is sent."""
    raw: bytes
    """The wire bytes."""
    expires_at: int
    """The last height at which a block may hold it."""


def build(
    chain_id: ChainId,
    sender: str,
    command: Command | tuple[str, dict[str, codec.Value]],
    signers: Iterable[Signer],
    *,
    expires_at: int,
    salt: bytes | None = None,
    co_signers: Iterable[bytes] = (),
) -> Signed:
    """Build and sign a transaction; without a salt of the caller's it is one of its own kind.

    `co_signers` are the keys of those who sign it later (`add_signatures`): what anybody signs
    names all the keys, so they must be known from the start.

    The same salt makes the same id: a caller that may crash keeps it to be able to ask and retry.
    """
    value = command if isinstance(command, tuple) else command_value(command)
    chosen = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    payload = build_payload(chain_id, sender, value, chosen, expires_at)
    raw = sign_payload(payload, signers, co_signers)
    return Signed(parse_transaction(raw).id, raw, expires_at)


def add_signatures(raw: bytes, signers: Sequence[Signer]) -> Signed:
    """Sign what names these keys as co-signers. Raises Invalid."""
    transaction = parse_transaction(raw)
    payload, _ = codec.fields(codec.decode(raw), bytes, tuple)
    signatures = dict(transaction.signatures)
    for signer in signers:
        if signer.public_key not in signatures:
            detail = f"{signer.public_key.hex()} is not among the keys that this transaction names"
            raise Invalid("NOT_A_SIGNER", detail)
        signature = signer.sign(Purpose.TRANSACTION, transaction.id)
        signatures[signer.public_key] = signature
    return Signed(
        transaction.id, join_signatures(payload, signatures.items()), transaction.expires_at
    )


def derived_signer(*labels: str) -> Signer:
    """A key derived from words: for devnets and demos alone, where everybody may know it."""
    seed = crypto.digest(Purpose.DOCUMENT, codec.encode(("derived key", labels)))
    return Signer.from_seed(seed)
