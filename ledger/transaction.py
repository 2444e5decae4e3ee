"""A transaction: what one party asks for, signed by one or several keys; not what it does (lending).

Wire form: `[payload, [[key, signature], ...]]`, where `payload` is a byte string holding the
canonical bytes of `[chain_id, sender, [name, {field: value}], salt, expires_at]`. The id is the
digest of the payload and of the keys that sign it, and each signature is over the 32 bytes of the
id under the purpose `transaction`. So retrying or sending to another node never makes a second
transaction; and nobody who sees one can strip or exchange a signature and have the rest stand in a
block under its id: the keys are part of what every signer signs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NewType

from ledger import codec, crypto
from ledger.crypto import Digest, PublicKey, Purpose, Signature, Signer
from ledger.errors import Invalid
from ledger.membership import Height

ChainId = NewType("ChainId", bytes)
"""The digest of the genesis document: every signature in the system binds it."""

TRANSACTION_BYTES_MAX: Final = 64 * 1024
SIGNATURES_MAX: Final = 16
SALT_BYTES_MAX: Final = 32
SENDER_CHARACTERS_MAX: Final = 64
LIFETIME_HEIGHTS_MAX: Final = 100_000
OPEN_SIGNATURE: Final = Signature(bytes(crypto.SIGNATURE_BYTES))
"""Stands where a named key has not signed yet; it never verifies."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One signed request. Immutable; `raw` is its only encoding."""

    chain_id: ChainId
    """The chain it is meant for."""
    sender: str
    """The party in whose name it acts."""
    command: tuple[str, dict[str, codec.Value]]
    """The name of a command and its fields; lending gives it a meaning."""
    salt: bytes
    """Makes two otherwise equal requests two transactions."""
    expires_at: Height
    """The last height at which a block may hold it."""
    signatures: tuple[tuple[PublicKey, Signature], ...]
    """In ascending order of key, each key once."""
    id: Digest
    """The digest of the payload and of the keys that sign it."""
    raw: bytes
    """The canonical bytes of the signed whole."""

    @property
    def signers(self) -> tuple[PublicKey, ...]:
        """The keys that signed, ascending."""
        return tuple(key for key, _ in self.signatures)


def build_payload(
    chain_id: ChainId,
    sender: str,
    command: tuple[str, dict[str, codec.Value]],
    salt: bytes,
    expires_at: int,
) -> bytes:
    """The canonical payload: what is asked, without who signs it."""
    return codec.encode((chain_id, sender, command, salt, expires_at))


def transaction_id(payload: bytes, keys: Iterable[bytes]) -> Digest:
    """The id of a payload that these keys sign, in whatever order they are named."""
    named = tuple(sorted({bytes(key) for key in keys}))
    return crypto.digest(Purpose.TRANSACTION, codec.encode_array((payload, named)))


def sign_payload(
    payload: bytes, signers: Iterable[Signer], co_signers: Iterable[bytes] = ()
) -> bytes:
    """The wire bytes of `payload` signed by each of `signers`.

    The signatures of the keys `co_signers` are left open, to be filled in by their owners.
    """
    mine = {signer.public_key: signer for signer in signers}
    identifier = transaction_id(payload, [*mine, *co_signers])
    open_ones: dict[bytes, bytes] = {bytes(key): OPEN_SIGNATURE for key in co_signers}
    made = {key: signer.sign(Purpose.TRANSACTION, identifier) for key, signer in mine.items()}
    return join_signatures(payload, [*open_ones.items(), *made.items()])


def join_signatures(payload: bytes, signatures: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The wire bytes of a payload and signatures collected anywhere (four-eyes, syndicates)."""
    ordered = tuple(sorted({bytes(key): bytes(value) for key, value in signatures}.items()))
    return codec.encode_array((payload, ordered))


def parse_transaction(raw: bytes) -> Transaction:
    """Read wire bytes; shape, bounds and keys are checked, signatures are not. Raises Invalid."""
    payload, listed = codec.fields(codec.decode(raw, max_bytes=TRANSACTION_BYTES_MAX), bytes, tuple)
    signatures = _parse_signatures(listed)
    chain_id, sender, command, salt, expires_at = codec.fields(
        codec.decode(payload), bytes, str, tuple, bytes, int
    )
    name, arguments = codec.fields(command, str, dict)
    if len(chain_id) != crypto.DIGEST_BYTES or len(salt) > SALT_BYTES_MAX:
        raise Invalid("BAD_SHAPE", "chain id of 32 bytes, salt of at most 32")
    if not 0 < len(sender) <= SENDER_CHARACTERS_MAX or expires_at < 0:
        raise Invalid("BAD_SHAPE", "sender of 1 to 64 characters, expires_at of 0 or more")
    return Transaction(
        ChainId(chain_id),
        sender,
        (name, arguments),
        salt,
        Height(expires_at),
        signatures,
        transaction_id(payload, [key for key, _ in signatures]),
        raw,
    )


def _parse_signatures(listed: codec.Value) -> tuple[tuple[PublicKey, Signature], ...]:
    signatures: list[tuple[PublicKey, Signature]] = []
    previous = b""
    for item in codec.items(listed, maximum=SIGNATURES_MAX):
        key, signature = codec.fields(item, bytes, bytes)
        if key <= previous or len(signature) != crypto.SIGNATURE_BYTES:
            raise Invalid("BAD_SIGNATURES", "distinct ascending keys, signatures of 64 bytes")
        signatures.append((crypto.public_key(key), Signature(signature)))
        previous = key
    if not signatures:
        raise Invalid("BAD_SIGNATURES", "no signature")
    return tuple(signatures)


def verify_signatures(transaction: Transaction) -> None:
    """Check every signature. Raises Invalid. A hot path: call it once per transaction."""
    for key, signature in transaction.signatures:
        if not crypto.verify(key, Purpose.TRANSACTION, transaction.id, signature):
            raise Invalid("BAD_SIGNATURE", f"of key {key.hex()[:16]}")
