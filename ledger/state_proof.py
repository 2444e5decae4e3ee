"""Proof that a key has a value, or is absent, in the state under a root; not a proof about blocks.

The verifier needs the root (out of a certified header) and nothing else. There is one shape for
inclusion and absence alike: the entries beside the key's own in its bucket, and for every node on
the way up the 15 slots beside the one the way leads through.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ledger import codec
from ledger.crypto import DIGEST_BYTES
from ledger.errors import Invalid
from ledger.state_page import (
    ENTRY_BYTES,
    PAGE_ENTRIES_MAX,
    SLOTS_BYTES,
    bucket_hash,
    key_hash,
    locate,
    nibble,
    node_hash,
    value_hash,
)

SIBLINGS_BYTES: Final = SLOTS_BYTES - DIGEST_BYTES
DEPTH_MAX: Final = 2 * DIGEST_BYTES


@dataclass(frozen=True, slots=True)
class StateProof:
    """What, with a key and its value or absence, leads to the state root."""

    path: tuple[bytes, ...]
    """For each node from the root down, its 15 other slots in order: 480 bytes."""
    bucket: bytes
    """The other entries of the key's bucket, ascending: 64 bytes each; nothing if it is empty."""

    def to_value(self) -> codec.Value:
        """`[[siblings, ...], bucket]`."""
        return (self.path, self.bucket)

    @classmethod
    def from_value(cls, value: codec.Value) -> StateProof:
        """Read `to_value`. Raises Invalid."""
        path, bucket = codec.fields(value, tuple, bytes)
        for siblings in codec.items(path, maximum=DEPTH_MAX):
            if type(siblings) is not bytes:
                raise Invalid("BAD_PROOF", "siblings are bytes")
        return cls(path, bucket)


def verify_state_proof(root: bytes, key: bytes, value: bytes | None, proof: StateProof) -> None:
    """Check that the map under `root` holds `value` at `key`, or, for None, has no such key.

    Raises Invalid. Sound as long as SHA-256 has no collisions: the tags keep a bucket from passing
    for a node, so the way of a key through the tree, and its end, can be shown in one way only.
    """
    depth = len(proof.path)
    if not 1 <= depth <= DEPTH_MAX or any(len(item) != SIBLINGS_BYTES for item in proof.path):
        raise Invalid("BAD_PROOF", "a path is 1 to 64 times 15 slots")
    hashed = key_hash(key)
    _check_bucket(proof.bucket, hashed, depth)
    at, is_there = locate(proof.bucket, hashed)
    if is_there:
        raise Invalid("BAD_PROOF", "the key's own entry is among the others")
    own = b"" if value is None else hashed + value_hash(value)
    computed = bucket_hash(proof.bucket[:at] + own + proof.bucket[at:])
    for level in range(depth - 1, -1, -1):
        siblings, place = proof.path[level], DIGEST_BYTES * nibble(hashed, level)
        computed = node_hash(siblings[:place] + computed + siblings[place:])
    if computed != root:
        raise Invalid("BAD_PROOF", "leads to another root")


def _check_bucket(bucket: bytes, hashed: bytes, depth: int) -> None:
    """Entries must be whole, ascending, each once, and belong to the bucket of this key hash."""
    if len(bucket) % ENTRY_BYTES or len(bucket) > PAGE_ENTRIES_MAX * ENTRY_BYTES:
        raise Invalid("BAD_PROOF", "a bucket is at most 255 entries of 64 bytes")
    others = [bucket[at : at + DIGEST_BYTES] for at in range(0, len(bucket), ENTRY_BYTES)]
    if any(one >= other for one, other in pairwise(others)):
        raise Invalid("BAD_PROOF", "entries are not in ascending order")
    prefix = hashed.hex()[:depth]
    if not all(other.hex().startswith(prefix) for other in others):
        raise Invalid("BAD_PROOF", "an entry belongs to another bucket")
