"""The lowest level of the state tree: hashes, entries, and pages of up to 255 entries.

This file is the format that docs/develop/state-tree.md describes; what a tree of pages is, and how
it changes, is in `state_tree`. Nothing here knows where a page is kept.

A page is one byte string: 16 counts, 16 slot hashes, then the entries in ascending order. The
entries whose key hash has nibble i at the page's depth are its bucket i: `counts[i]` of them, and
slot i is their hash. Counts and slots follow from the entries; they are kept because a change of
one key then costs the hash of one bucket and of the slots, not of the whole page.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from ledger.crypto import DIGEST_BYTES, Digest

WIDTH: Final = 16
PAGE_ENTRIES_MAX: Final = 255
"""A node with more entries below it is a branch; so a count always fits in a byte."""

ENTRY_BYTES: Final = 2 * DIGEST_BYTES
SLOTS_BYTES: Final = WIDTH * DIGEST_BYTES
HEAD_BYTES: Final = WIDTH + SLOTS_BYTES
EMPTY_SLOT: Final = bytes(DIGEST_BYTES)
"""The slot of an empty bucket or of a subtree without entries; no hash is known to equal it."""
EMPTY_PAGE: Final = bytes(HEAD_BYTES)
PAGE_BYTES_MAX: Final = HEAD_BYTES + PAGE_ENTRIES_MAX * ENTRY_BYTES

Change = tuple[bytes, bytes]
"""A key hash and its new entry, or b"" to remove it."""


def key_hash(key: bytes) -> bytes:
    """SHA-256 over 0x02 and the key: its place in the tree."""
    return sha256(b"\x02" + key).digest()


def value_hash(value: bytes) -> bytes:
    """SHA-256 over 0x03 and the value."""
    return sha256(b"\x03" + value).digest()


def bucket_hash(entries: bytes) -> bytes:
    """SHA-256 over 0x00 and the entries; 32 zero bytes when there are none."""
    return sha256(b"\x00" + entries).digest() if entries else EMPTY_SLOT


def node_hash(slots: bytes) -> Digest:
    """SHA-256 over 0x01 and the 16 slots."""
    return Digest(sha256(b"\x01" + slots).digest())


EMPTY_ROOT: Final = node_hash(bytes(SLOTS_BYTES))
"""The root of the map without keys."""


def nibble(hashed: bytes, depth: int) -> int:
    """Half-byte `depth` of a key hash, the high one of each byte first."""
    byte = hashed[depth >> 1]
    return byte & 15 if depth & 1 else byte >> 4


def count(page: bytes) -> int:
    """How many entries a page has."""
    return (len(page) - HEAD_BYTES) // ENTRY_BYTES


def slots(page: bytes) -> bytes:
    """The 16 slot hashes of a page."""
    return page[WIDTH:HEAD_BYTES]


def page_hash(page: bytes) -> bytes:
    """The node hash of a page."""
    return sha256(b"\x01" + page[WIDTH:HEAD_BYTES]).digest()


def bucket(page: bytes, index: int) -> bytes:
    """The entries of one bucket."""
    start = HEAD_BYTES + ENTRY_BYTES * sum(page[:index])
    return page[start : start + ENTRY_BYTES * page[index]]


def split(entries: bytes, depth: int) -> list[bytes]:
    """Ascending entries, parted by their nibble at `depth` into 16."""
    places = range(0, len(entries), ENTRY_BYTES)
    bounds = [
        ENTRY_BYTES
        * bisect_left(places, index, key=lambda at: nibble(entries[at : at + DIGEST_BYTES], depth))
        for index in range(WIDTH)
    ]
    return [entries[a:b] for a, b in zip(bounds, [*bounds[1:], len(entries)], strict=True)]


def build(entries: bytes, depth: int) -> bytes:
    """The page of at most 255 ascending entries."""
    buckets = split(entries, depth)
    counts = bytes(len(part) // ENTRY_BYTES for part in buckets)
    return b"".join((counts, *(bucket_hash(part) for part in buckets), entries))


def locate(entries: bytes, hashed: bytes) -> tuple[int, bool]:
    """Where in ascending entries that of this key hash is or belongs, and whether it is there."""
    places = range(0, len(entries), ENTRY_BYTES)
    index = bisect_left(places, hashed, key=lambda at: entries[at : at + DIGEST_BYTES])
    at = ENTRY_BYTES * index
    return at, entries[at : at + DIGEST_BYTES] == hashed


def update(page: bytes, depth: int, changes: Sequence[Change]) -> bytes | None:
    """The page after the changes, or None when on the way it would pass 255 entries.

    This is where most of the time of a block's root goes: a change copies the page once and hashes
    one bucket. `merge` is the obvious way, for pages that grow too large.
    """
    for hashed, entry in changes:
        index = nibble(hashed, depth)
        start = HEAD_BYTES + ENTRY_BYTES * sum(page[:index])
        end = start + ENTRY_BYTES * page[index]
        old = page[start:end]
        at = old.find(hashed)
        is_there = at >= 0
        if not is_there or at % ENTRY_BYTES:  # found across two fields: no hash does that
            at, is_there = locate(old, hashed)
        if not is_there and len(page) == PAGE_BYTES_MAX and entry:
            return None
        new = old[:at] + entry + old[at + ENTRY_BYTES * is_there :]
        slot, view = WIDTH + DIGEST_BYTES * index, memoryview(page)
        page = b"".join((
            view[:index], bytes((len(new) // ENTRY_BYTES,)), view[index + 1 : slot],
            bucket_hash(new), view[slot + DIGEST_BYTES : start],
            new, view[end:],
        ))  # fmt: skip
    return page


def merge(page: bytes, changes: Sequence[Change]) -> bytes:
    """The ascending entries of a page after the changes, however many they become."""
    places = range(HEAD_BYTES, len(page), ENTRY_BYTES)
    entries = {page[at : at + DIGEST_BYTES]: page[at : at + ENTRY_BYTES] for at in places}
    entries.update(changes)
    return b"".join(entries[hashed] for hashed in sorted(entries))
