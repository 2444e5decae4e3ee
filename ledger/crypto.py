"""Digests and Ed25519 signatures, one domain tag per purpose; the only door to `cryptography`'s keys.

Not a key store (see vault) and not TLS (see identity). The verdict on a signature is a rule of
the consensus: RFC 8032 verification as `cryptography` (OpenSSL) gives it, and before it our own
refusal of every small-order or non-canonical public key and R. docs/decisions/0004 has the reason.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from functools import lru_cache
from typing import Final, NewType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from ledger.errors import Invalid

Digest = NewType("Digest", bytes)
PublicKey = NewType("PublicKey", bytes)
Signature = NewType("Signature", bytes)

DIGEST_BYTES: Final = 32
KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
ZERO_DIGEST: Final = Digest(bytes(32))

_FIELD: Final = 2**255 - 19


class Purpose(StrEnum):
    """What a digest or a signature is for; the tag makes one purpose useless for every other."""

    GENESIS = "genesis"
    TRANSACTION = "transaction"
    BLOCK = "block"
    CERTIFICATE = "certificate"
    MEMBERSHIP = "membership"
    PRE_PREPARE = "pre-prepare"
    PREPARE = "prepare"
    COMMIT = "commit"
    VIEW_CHANGE = "view-change"
    NEW_VIEW = "new-view"
    STATUS = "status"
    REQUEST = "http-request"
    DOCUMENT = "document"


def _tag(purpose: Purpose) -> bytes:
    return b"hansa/1/" + purpose.value.encode() + b"\x00"


_TAGS: Final = {purpose: _tag(purpose) for purpose in Purpose}


def digest(purpose: Purpose, data: bytes) -> Digest:
    """SHA-256 over the purpose's tag and `data`."""
    return Digest(hashlib.sha256(_TAGS[purpose] + data).digest())


_ORDER_EIGHT_Y: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_Y: Final = frozenset({0, 1, _FIELD - 1, _ORDER_EIGHT_Y, _FIELD - _ORDER_EIGHT_Y})
"""The y-coordinates of the eight points of small order; a test derives them from the curve."""


def is_acceptable_point(raw: bytes) -> bool:
    """Whether 32 bytes are a canonical encoding of a y-coordinate that is not of small order."""
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    return y < _FIELD and y not in _SMALL_ORDER_Y


@lru_cache(maxsize=65_536)
def _load(raw: bytes) -> Ed25519PublicKey:
    if len(raw) != KEY_BYTES or not is_acceptable_point(raw):
        raise Invalid("BAD_PUBLIC_KEY", "not canonical, or of small order")
    return Ed25519PublicKey.from_public_bytes(raw)  # if it is no point, it verifies nothing


def public_key(raw: bytes) -> PublicKey:
    """Check 32 bytes where a key enters the system. Raises Invalid."""
    _load(raw)
    return PublicKey(raw)


def verify(key: PublicKey, purpose: Purpose, payload: bytes, signature: bytes) -> bool:
    """Whether `signature` is `key`'s over the tagged payload. Never raises for bad input."""
    if len(signature) != SIGNATURE_BYTES or not is_acceptable_point(signature[:32]):
        return False
    try:
        _load(key).verify(signature, _TAGS[purpose] + payload)
    except (InvalidSignature, Invalid):
        return False
    return True


class Signer:
    """A private key that signs tagged payloads. It never shows the key, in `repr` neither."""

    __slots__ = ("_private", "public_key")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_key = PublicKey(private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> Signer:
        """A fresh key from the operating system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> Signer:
        """The RFC 8032 key of a 32-byte seed (tests, devnets, derived demo identities)."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pem(cls, data: bytes, passphrase: bytes | None = None) -> Signer:
        """Read an unencrypted or encrypted PKCS #8 file. Raises Invalid."""
        try:
            key = serialization.load_pem_private_key(data, passphrase)
        except (ValueError, TypeError) as error:
            raise Invalid("BAD_KEY_FILE", str(error)[:120]) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise Invalid("BAD_KEY_FILE", "not an Ed25519 key")
        return cls(key)

    def to_pem(self, passphrase: bytes | None = None) -> bytes:
        """PKCS #8, encrypted when a passphrase is given."""
        protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase:
            protection = serialization.BestAvailableEncryption(passphrase)
        return self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
        )

    def sign(self, purpose: Purpose, payload: bytes) -> Signature:
        """Sign the tagged payload (deterministic, RFC 8032)."""
        return Signature(self._private.sign(_TAGS[purpose] + payload))

    def private_key(self) -> Ed25519PrivateKey:
        """The key object itself, for the TLS identity only."""
        return self._private

    def __repr__(self) -> str:
        return f"Signer({self.public_key.hex()[:16]})"
