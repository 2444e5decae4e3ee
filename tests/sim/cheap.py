"""Signatures at the price of a hash, for the simulator alone; nobody in it guesses secrets.

A signature is a digest over the signer's secret, kept in a table by public key. The table stands
in for `ledger.crypto.verify`, the one function through which every signature is judged.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from functools import cache
from unittest import mock

from ledger import crypto
from ledger.crypto import PublicKey, Purpose, Signature, Signer


@cache
def real_signer(name: str) -> Signer:
    """The Ed25519 key of a name."""
    return Signer.from_seed(hashlib.sha256(name.encode()).digest())


class CheapSigner(Signer):
    """A real public key, and signatures that cost a hash."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(real_signer(name).private_key())

    def sign(self, purpose: Purpose, payload: bytes) -> Signature:
        """See `cheap_signature`."""
        return cheap_signature(self.public_key, purpose, payload)


def signer_of(name: str, kind: str) -> Signer:
    """The signer of a member, `real` or `cheap`."""
    return CheapSigner(name) if kind == "cheap" else real_signer(name)


def cheap_signature(key: PublicKey, purpose: Purpose, payload: bytes) -> Signature:
    """64 bytes that only a holder of the secret would know."""
    inner = hashlib.sha256(b"secret of " + key + purpose.value.encode() + b"\0" + payload).digest()
    return Signature(inner + inner)


def cheap_verify(key: PublicKey, purpose: Purpose, payload: bytes, signature: bytes) -> bool:
    """Stands in for `ledger.crypto.verify`."""
    return signature == cheap_signature(key, purpose, payload)


@contextlib.contextmanager
def cheap_crypto(*, enabled: bool) -> Iterator[None]:
    """Judge signatures by `cheap_verify` inside this block."""
    if not enabled:
        yield
        return
    with mock.patch.object(crypto, "verify", cheap_verify):
        yield
