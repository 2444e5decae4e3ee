"""Merkle trees of RFC 9162 section 2.1: root, inclusion and consistency proofs; not the state tree.

A tree commits to an ordered list of leaves (the transactions or receipts of a block). The state,
which is a map and changes a little in every block, has its own structure in `state_tree`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from ledger.crypto import DIGEST_BYTES, Digest
from ledger.errors import Invalid

EMPTY_ROOT: Final = Digest(sha256().digest())
"""The root of the tree without leaves: SHA-256 of nothing (RFC 9162 section 2.1.1)."""

PATH_MAX: Final = 64
"""More steps than any proof for a tree of less than 2**64 leaves has."""


def leaf_hash(leaf: bytes) -> Digest:
    """SHA-256 over 0x00 and the leaf."""
    return Digest(sha256(b"\x00" + leaf).digest())


def node_hash(left: bytes, right: bytes) -> Digest:
    """SHA-256 over 0x01 and both children."""
    return Digest(sha256(b"\x01" + left + right).digest())


def root(leaves: Iterable[bytes]) -> Digest:
    """The root over the leaves in their order (RFC 9162 section 2.1.1)."""
    return _fold([sha256(b"\x00" + leaf).digest() for leaf in leaves])


def _fold(level: Sequence[bytes]) -> Digest:
    """The root over leaf hashes: pair neighbours, carry an odd last one up, until one is left.

    This equals the RFC's recursive split at the largest power of two below the size.
    """
    while len(level) > 1:
        paired: list[bytes] = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        if len(level) & 1:
            paired.append(level[-1])
        level = paired
    return Digest(level[0]) if level else EMPTY_ROOT


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[Digest, ...]:
    """The sibling hashes from leaf `index` up to the root (RFC 9162 section 2.1.3.1).

    Raises IndexError when there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} among {len(leaves)}")
    level: list[bytes] = [leaf_hash(leaf) for leaf in leaves]
    path: list[Digest] = []
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(Digest(level[index ^ 1]))
        level = _parents(level)
        index >>= 1
    return tuple(path)


def _parents(level: Sequence[bytes]) -> list[bytes]:
    return [_fold(level[at : at + 2]) for at in range(0, len(level), 2)]


def verify_inclusion(
    tree_root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]
) -> None:
    """Check that `leaf` is leaf `index` of the `size` leaves under `tree_root`. Raises Invalid.

    RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise Invalid("BAD_PROOF", f"no leaf {index} in a tree of {size}")
    _check_path(path)
    computed, last = leaf_hash(leaf), size - 1
    for sibling in path:
        if last == 0:
            raise Invalid("BAD_PROOF", "longer than the tree is high")
        if index & 1 or index == last:
            computed = node_hash(sibling, computed)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        index, last = index >> 1, last >> 1
    if last != 0:
        raise Invalid("BAD_PROOF", "shorter than the tree is high")
    if computed != tree_root:
        raise Invalid("BAD_PROOF", "leads to another root")


def consistency_proof(leaves: Sequence[bytes], first: int) -> tuple[Digest, ...]:
    """What shows that the tree over the first `first` leaves is a prefix of the tree over all.

    RFC 9162 section 2.1.4.1; nothing for an empty or an equal tree. Raises IndexError when
    there are fewer leaves.
    """
    if not 0 <= first <= len(leaves):
        raise IndexError(f"no tree of {first} leaves among {len(leaves)}")
    if first in {0, len(leaves)}:
        return ()
    hashes = [leaf_hash(leaf) for leaf in leaves]
    path: list[Digest] = []
    low, high, is_whole = 0, len(leaves), True
    while first != high - low:
        split = 1 << (high - low - 1).bit_length() - 1
        if first <= split:
            path.append(_fold(hashes[low + split : high]))
            high = low + split
        else:
            path.append(_fold(hashes[low : low + split]))
            low, first, is_whole = low + split, first - split, False
    if not is_whole:
        path.append(_fold(hashes[low:high]))
    return tuple(reversed(path))


def verify_consistency(
    first_root: bytes, first: int, second_root: bytes, second: int, path: Sequence[bytes]
) -> None:
    """Check that the tree of `first` leaves is a prefix of that of `second`. Raises Invalid.

    RFC 9162 section 2.1.4.2, and the two trivial cases: an empty first tree and an equal one.
    """
    if not 0 <= first <= second:
        raise Invalid("BAD_PROOF", f"{first} leaves cannot begin {second}")
    _check_path(path)
    if first in {0, second}:
        expected = EMPTY_ROOT if first == 0 else second_root
        if path or first_root != expected or (second == 0 and second_root != EMPTY_ROOT):
            raise Invalid("BAD_PROOF", "an empty or an equal tree has no path and a given root")
        return
    steps = list(path) if first & (first - 1) else [first_root, *path]
    if not steps:
        raise Invalid("BAD_PROOF", "no path")
    _climb_both(first_root, first, second_root, second, steps)


def _climb_both(
    first_root: bytes, first: int, second_root: bytes, second: int, steps: Sequence[bytes]
) -> None:
    index, last = first - 1, second - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            raise Invalid("BAD_PROOF", "longer than the tree is high")
        if index & 1 or index == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        index, last = index >> 1, last >> 1
    if last != 0:
        raise Invalid("BAD_PROOF", "shorter than the tree is high")
    if old != first_root or new != second_root:
        raise Invalid("BAD_PROOF", "leads to other roots")


def _check_path(path: Sequence[bytes]) -> None:
    if len(path) > PATH_MAX or any(len(step) != DIGEST_BYTES for step in path):
        raise Invalid("BAD_PROOF", "a path is at most 64 digests of 32 bytes")
