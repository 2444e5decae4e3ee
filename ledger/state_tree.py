"""The commitment to the whole state: one root for a map of bytes to bytes, changed incrementally.

The root is a function of the content alone: neither the order of writes nor their grouping into
blocks shows in it. A 16-way trie over the hashes of the keys, whose leaves are pages:

* a node with at most 255 entries below it is a page, with more it is a branch of 16 nodes;
* the hash of both is the hash of their 16 slots (a page's slots are its buckets' hashes).

The tree keeps hashes, not values, and lives in memory (about 75 to 110 bytes per key): a node
rebuilds it at boot from the state itself, which checks every byte of the state against the
certified root. docs/develop/state-tree.md is the format for outsiders, docs/decisions/0003 has
the alternatives that were measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger import state_page
from ledger.crypto import DIGEST_BYTES, Digest
from ledger.errors import Invalid
from ledger.state_page import (
    EMPTY_PAGE,
    EMPTY_ROOT,
    EMPTY_SLOT,
    ENTRY_BYTES,
    HEAD_BYTES,
    PAGE_ENTRIES_MAX,
    Change,
    key_hash,
    node_hash,
    value_hash,
)
from ledger.state_proof import SIBLINGS_BYTES, StateProof

Nodes = dict[str, bytes]
"""Branches (their 16 slots) or pages, by their prefix in hexadecimal digits; the root's is ""."""
NodeChanges = dict[str, bytes | None]
"""New branches or pages by prefix; None for what ceased to be one."""

_DIGITS: Final = "0123456789abcdef"
_LOAD_PARTS: Final = 4096


@dataclass(frozen=True, slots=True)
class TreeDelta:
    """What a set of writes makes of the tree; nothing until it is committed."""

    base: Digest
    """The root it starts from."""
    root: Digest
    """The root it leads to."""
    branches: NodeChanges
    """The branches that change."""
    pages: NodeChanges
    """The pages that change."""


class StateTree:
    """The authenticated map, without the values; starts empty.

    `prepare` computes, any number of times on the same base; `commit` makes one result the tree.
    """

    def __init__(self) -> None:
        self._root = EMPTY_ROOT
        self._branches: Nodes = {}
        self._pages: Nodes = {"": EMPTY_PAGE}
        self._depth = 0  # of the page met last: where the search for the next one starts

    @property
    def root(self) -> Digest:
        """The commitment to the map as of the last commit."""
        return self._root

    @classmethod
    def load(cls, pairs: Iterable[tuple[bytes, bytes]], *, root: bytes) -> StateTree:
        """Build the tree of a whole map, in any order of its keys. Raises Invalid.

        The error says that the map is not the one under `root`: a byte of it was changed, or a
        key is missing, added or given twice.
        """
        parts = [bytearray() for _ in range(_LOAD_PARTS)]
        for key, value in pairs:
            hashed = key_hash(key)
            part = parts[hashed[0] << 4 | hashed[1] >> 4]
            part += hashed
            part += value_hash(value)
        built = _Builder()
        found = built.node_of_parts("", parts, _LOAD_PARTS)
        if found != root:
            raise Invalid("STATE_DIFFERS", f"root {found.hex()}, expected {root.hex()}")
        tree = cls()
        tree._root, tree._branches, tree._pages = Digest(found), built.branches, built.pages
        return tree

    def prepare(self, writes: Mapping[bytes, bytes | None]) -> TreeDelta:
        """What the tree becomes by these writes (None deletes). The tree does not change."""
        if not writes:
            return TreeDelta(self._root, self._root, {}, {})
        return _Update(self._branches, self._pages).run(self._root, self._by_page(writes))

    def commit(self, delta: TreeDelta) -> None:
        """Make `delta` the tree. AssertionError if it was prepared on another root."""
        assert delta.base == self._root, "a delta is committed on the tree it was prepared on"
        for nodes, changes in ((self._branches, delta.branches), (self._pages, delta.pages)):
            for prefix, node in changes.items():
                if node is None:
                    nodes.pop(prefix, None)
                else:
                    nodes[prefix] = node
        self._root = delta.root

    def prove(self, key: bytes) -> StateProof:
        """The proof of the key's value or absence under the present root."""
        hashed = key_hash(key)
        digits = hashed.hex()
        depth = self._find(digits, 0)
        path = [_siblings(self._branches[digits[:level]], hashed, level) for level in range(depth)]
        page = self._pages.get(digits[:depth])
        if page is None:
            return StateProof(tuple(path), b"")
        path.append(_siblings(state_page.slots(page), hashed, depth))
        bucket = state_page.bucket(page, state_page.nibble(hashed, depth))
        at, is_there = state_page.locate(bucket, hashed)
        return StateProof(tuple(path), bucket[:at] + bucket[at + ENTRY_BYTES * is_there :])

    def _find(self, digits: str, depth: int) -> int:
        """The depth of the page that holds or would hold this key hash; `depth` is a guess."""
        branches = self._branches
        while digits[:depth] in branches:
            depth += 1
        while depth and digits[: depth - 1] not in branches:
            depth -= 1
        return depth

    def _by_page(self, writes: Mapping[bytes, bytes | None]) -> dict[str, list[Change]]:
        """The writes, hashed, in the order of `writes`, gathered by the prefix of their page."""
        gathered: dict[str, list[Change]] = {}
        depth = self._depth
        for key, value in writes.items():
            hashed = key_hash(key)
            digits = hashed.hex()
            depth = self._find(digits, depth)
            change = (hashed, b"" if value is None else hashed + value_hash(value))
            gathered.setdefault(digits[:depth], []).append(change)
        self._depth = depth
        return gathered


class _Update:
    """One computation of a delta: pages first, then level by level up to the root."""

    def __init__(self, branches: Nodes, pages: Nodes) -> None:
        self._old_branches = branches
        self._old_pages = pages
        self._branches: NodeChanges = {}
        self._pages: NodeChanges = {}
        self._shrunk: dict[str, None] = {}  # branches below which a page lost entries

    def run(self, base: Digest, changes: Mapping[str, list[Change]]) -> TreeDelta:
        levels: dict[int, dict[str, bytes]] = {}
        for prefix, of_page in changes.items():
            levels.setdefault(len(prefix), {})[prefix] = self._change_page(prefix, of_page)
        for depth in range(max(levels), 0, -1):
            self._climb(levels[depth], levels.setdefault(depth - 1, {}))
        return TreeDelta(base, Digest(levels[0][""]), self._branches, self._pages)

    def _change_page(self, prefix: str, changes: list[Change]) -> bytes:
        before = self._old_pages.get(prefix, EMPTY_PAGE)
        page = state_page.update(before, len(prefix), changes)
        if page is None:
            return self._rebuild(prefix, state_page.merge(before, changes))
        if prefix and len(page) < len(before):
            self._shrunk[prefix[:-1]] = None
        return self._keep_page(prefix, page)

    def _rebuild(self, prefix: str, entries: bytes) -> bytes:
        """Make whatever these entries need of what was a page: mostly a branch of 16 pages."""
        built = _Builder()
        hashed = built.node(prefix, entries)
        self._pages[prefix] = None
        self._pages.update(built.pages)
        self._branches.update(built.branches)
        if prefix:
            self._shrunk[prefix[:-1]] = None
        return hashed

    def _keep_page(self, prefix: str, page: bytes) -> bytes:
        if prefix and page == EMPTY_PAGE:
            self._pages[prefix] = None
            return EMPTY_SLOT
        self._pages[prefix] = page
        return state_page.page_hash(page)

    def _climb(self, hashes: Mapping[str, bytes], above: dict[str, bytes]) -> None:
        """Put the new hashes of one level into their branches; hash these into `above`."""
        changed: dict[str, bytearray] = {}
        for prefix, hashed in hashes.items():
            parent = prefix[:-1]
            slots = changed.get(parent)
            if slots is None:
                slots = changed[parent] = bytearray(self._old_branches[parent])
            at = int(prefix[-1], 16) * DIGEST_BYTES
            slots[at : at + DIGEST_BYTES] = hashed
        for prefix, slots in changed.items():
            entries = self._few_entries(prefix) if prefix in self._shrunk else None
            if entries is None:
                self._branches[prefix] = branch = bytes(slots)
                above[prefix] = node_hash(branch)
            else:
                above[prefix] = self._collapse(prefix, entries)

    def _few_entries(self, prefix: str) -> bytes | None:
        """All entries below a branch if they fit in a page, else None."""
        found: list[bytes] = []
        total = 0
        for digit in _DIGITS:
            child = prefix + digit
            if self._branches.get(child, self._old_branches.get(child)) is not None:
                return None
            page = self._pages[child] if child in self._pages else self._old_pages.get(child)
            if page is not None:
                found.append(page)
                total += state_page.count(page)
                if total > PAGE_ENTRIES_MAX:
                    return None
        return b"".join(page[HEAD_BYTES:] for page in found)

    def _collapse(self, prefix: str, entries: bytes) -> bytes:
        """Make a page of a branch that has few entries left."""
        for digit in _DIGITS:
            self._pages[prefix + digit] = None
        self._branches[prefix] = None
        if prefix:
            self._shrunk[prefix[:-1]] = None
        return self._keep_page(prefix, state_page.build(entries, len(prefix)))


def _siblings(slots: bytes, hashed: bytes, depth: int) -> bytes:
    at = DIGEST_BYTES * state_page.nibble(hashed, depth)
    siblings = slots[:at] + slots[at + DIGEST_BYTES :]
    assert len(siblings) == SIBLINGS_BYTES
    return siblings


class _Builder:
    """Builds subtrees out of ascending entries."""

    def __init__(self) -> None:
        self.branches: Nodes = {}
        self.pages: Nodes = {}

    def node(self, prefix: str, entries: bytes) -> bytes:
        """Build the node of these entries and all below it; its hash, or an empty slot."""
        if not entries and prefix:
            return EMPTY_SLOT
        if len(entries) <= PAGE_ENTRIES_MAX * ENTRY_BYTES:
            self.pages[prefix] = page = state_page.build(entries, len(prefix))
            return state_page.page_hash(page)
        parts = state_page.split(entries, len(prefix))
        return self._branch(
            prefix, [self.node(prefix + d, part) for d, part in zip(_DIGITS, parts, strict=True)]
        )

    def node_of_parts(self, prefix: str, parts: list[bytearray], width: int) -> bytes:
        """The same for the last `width` parts, taken off the list so that memory is given back.

        A part holds the entries that share a few first digits, not yet sorted.
        """
        size = sum(map(len, parts[-width:]))
        if width == 1 or size <= PAGE_ENTRIES_MAX * ENTRY_BYTES:
            sorted_parts = [_sorted_entries(parts.pop()) for _ in range(width)]
            return self.node(prefix, b"".join(reversed(sorted_parts)))
        inner = width // len(_DIGITS)
        slots = [self.node_of_parts(prefix + d, parts, inner) for d in reversed(_DIGITS)]
        return self._branch(prefix, slots[::-1])

    def _branch(self, prefix: str, slots: Sequence[bytes]) -> bytes:
        self.branches[prefix] = branch = b"".join(slots)
        return node_hash(branch)


def _sorted_entries(part: bytearray) -> bytes:
    places = range(0, len(part), ENTRY_BYTES)
    return b"".join(sorted(bytes(part[at : at + ENTRY_BYTES]) for at in places))
