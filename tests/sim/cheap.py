"""Signatures at the price of a hash, for the simulator alone; nobody in it guesses secrets.

A signature is a digest over the signer's secret, kept in a table by public key. The table stands
in for `ledger.crypto.verify`, the one function through which every signature is judged.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from functools import cache
from unittest import mock

from ledger import crypto
from ledger.crypto import PublicKey, Purpose, Signature, Signer

Observer = Callable[[Purpose, bytes], None]
"""Hears of every signature an honest member gives."""


@cache
def _real(name: str) -> Signer:
    return Signer.from_seed(hashlib.sha256(name.encode()).digest())


class ObservedSigner(Signer):
    """A signer that tells of what it signs; real or cheap."""

    __slots__ = ("_is_cheap", "_observer", "_real")

    def __init__(self, name: str, *, is_cheap: bool, observer: Observer | None = None) -> None:
        self._real = _real(name)
        self.public_key = self._real.public_key
        self._is_cheap = is_cheap
        self._observer = observer

    def sign(self, purpose: Purpose, payload: bytes) -> Signature:
        """Sign, and tell."""
        if self._observer is not None:
            self._observer(purpose, payload)
        if self._is_cheap:
            return cheap_signature(self.public_key, purpose, payload)
        return self._real.sign(purpose, payload)


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
