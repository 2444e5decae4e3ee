"""The state tree against the oracle that hashes the whole sorted map, and its proofs."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger import codec
from ledger.errors import Invalid
from ledger.state_page import (
    EMPTY_ROOT,
    ENTRY_BYTES,
    PAGE_ENTRIES_MAX,
    bucket,
    bucket_hash,
    key_hash,
    nibble,
    node_hash,
    value_hash,
)
from ledger.state_proof import StateProof, verify_state_proof
from ledger.state_tree import StateTree
from tests.unit.ledger.oracles.map_root import map_root

# Batches of this many keys cross the boundary between a page and a branch often.
KEYS = st.integers(0, 420).map(lambda number: b"loan/%d" % number)
VALUES = st.none() | st.binary(max_size=4)
BATCHES = st.dictionaries(KEYS, VALUES, max_size=30) | st.builds(
    lambda first, size, value: {b"loan/%d" % (first + step): value for step in range(size)},
    st.integers(0, 300),
    st.integers(100, 400),
    VALUES,
)
FORMAT_ROOTS = {
    0: "84a259209df110e60a0de743605c9c61d70950fb86311ca58d406c467864a276",
    1: "e131ebeb77bd98ca72e9e5b9f1360531835c1bbd4c81eae93b3710c197d3bd77",
    255: "bbe2f13254d8b125efe71dce8976961dfe50744fc2c9ae766db54cfd31735ae1",
    256: "115a159e7196214c8ca970aebcde840131a8cc2ad4d8a4db8a3543f0e6bc7eef",
    5000: "c1ad7a686bf0fcd9f6551a9a4d72192cd0b3a7b6a8d106a893f4df48ce17ca78",
}


def after(content: dict[bytes, bytes], writes: dict[bytes, bytes | None]) -> dict[bytes, bytes]:
    merged = {**content, **writes}
    return {key: value for key, value in merged.items() if value is not None}


def tree_of(content: dict[bytes, bytes]) -> StateTree:
    return StateTree.load(content.items(), root=map_root(content))


def loans(size: int) -> dict[bytes, bytes]:
    return {b"loan/%d" % number: b"value %d" % number for number in range(size)}


class TreeMachine(RuleBasedStateMachine):
    """Any batches in any order, committed or dropped, leave the root of the content."""

    @initialize(content=st.sampled_from([0, 254, 255, 256, 600]).map(loans))
    def start(self, content: dict[bytes, bytes]) -> None:
        self.content = content
        self.tree = tree_of(content)

    @rule(writes=BATCHES)
    def change(self, writes: dict[bytes, bytes | None]) -> None:
        self.tree.commit(self.tree.prepare(writes))
        self.content = after(self.content, writes)

    @rule(dropped=BATCHES, kept=BATCHES)
    def speculate(
        self, dropped: dict[bytes, bytes | None], kept: dict[bytes, bytes | None]
    ) -> None:
        one, other = self.tree.prepare(dropped), self.tree.prepare(kept)
        assert one.root == map_root(after(self.content, dropped))
        assert one.base == other.base == self.tree.root == map_root(self.content)
        self.tree.commit(other)
        self.content = after(self.content, kept)

    @rule()
    def load_again(self) -> None:
        loaded = tree_of(self.content)
        assert loaded._branches == self.tree._branches
        assert loaded._pages == self.tree._pages
        self.tree = loaded

    @rule(key=KEYS)
    def prove(self, key: bytes) -> None:
        value = self.content.get(key)
        proof = self.tree.prove(key)
        verify_state_proof(self.tree.root, key, value, proof)
        for wrong in (None, b"", b"false"):
            if wrong != value:
                with pytest.raises(Invalid):
                    verify_state_proof(self.tree.root, key, wrong, proof)

    @invariant()
    def the_root_is_that_of_the_content(self) -> None:
        assert self.tree.root == map_root(self.content)


TestTree = TreeMachine.TestCase
TestTree.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)


def test_the_empty_map_has_a_root_that_is_not_zero() -> None:
    tree = StateTree()
    assert tree.root == EMPTY_ROOT == map_root({}) != bytes(32)
    verify_state_proof(tree.root, b"anything", None, tree.prove(b"anything"))
    tree.commit(tree.prepare({b"key": b"value"}))
    tree.commit(tree.prepare({b"key": None}))
    assert tree.root == EMPTY_ROOT
    assert list(tree._pages) == [""]
    assert tree.prepare({}).root == EMPTY_ROOT


def test_roots_of_the_format_description() -> None:
    """The examples of docs/develop/state-tree.md: a change of format fails here."""
    for size, expected in FORMAT_ROOTS.items():
        assert map_root(loans(size)).hex() == tree_of(loans(size)).root.hex() == expected
    tree = tree_of({b"a": b"1"})
    assert tree.root.hex() == "7fc88504c0952548b9cd4ff0b463e0f6ad28869717d8554557a6ee13532b1e42"
    assert tree.prove(b"a") == StateProof((bytes(480),), b"")


def test_three_levels_grow_and_fold_back() -> None:
    content = loans(6000)
    tree = StateTree()
    keys = list(content)
    Random(7).shuffle(keys)
    for first in range(0, 6000, 2500):
        tree.commit(tree.prepare({key: content[key] for key in keys[first : first + 2500]}))
    assert tree.root == map_root(content)
    assert max(map(len, tree._pages)) == 2
    tree.commit(tree.prepare(dict.fromkeys(keys[200:])))
    assert tree.root == map_root({key: content[key] for key in keys[:200]})
    assert list(tree._pages) == [""]


def test_a_page_is_split_exactly_above_its_maximum() -> None:
    content = loans(PAGE_ENTRIES_MAX)
    tree = tree_of(content)
    assert list(tree._pages) == [""]
    tree.commit(tree.prepare({b"one more": b""}))
    assert len(tree._branches) == 1
    tree.commit(tree.prepare({b"one more": None, b"never there": None}))
    assert list(tree._pages) == [""]
    assert tree.root == map_root(content)


def test_a_full_page_that_gains_and_loses_in_one_batch_is_what_remains() -> None:
    """On the way it passes its maximum, in the end it does not; and branches may fold above it."""
    content = loans(1000)
    tree = tree_of(content)
    first = key_hash(b"loan/0").hex()[0]
    inside = [key for key in content if key_hash(key).hex()[0] == first]
    more = [key for key in map(b"%d".__mod__, range(9000)) if key_hash(key).hex()[0] == first]
    fill = dict.fromkeys(more[: PAGE_ENTRIES_MAX - len(inside)], b"")
    tree.commit(tree.prepare(fill))
    assert len(tree._pages) == 16
    content |= fill
    others = [key for key in content if key_hash(key).hex()[0] != first]
    for doomed in (inside, list(content)[:250] + others):
        writes: dict[bytes, bytes | None] = {more[-1]: b"", **dict.fromkeys(doomed)}
        result = after(content, writes)
        assert tree.prepare(writes).root == map_root(result)
    tree.commit(tree.prepare({more[-1]: b"", **dict.fromkeys(list(content)[:-10])}))
    assert list(tree._pages) == [""]


def test_a_full_page_that_gains_one_and_loses_many_folds_the_branch_above_it() -> None:
    names = [b"%d" % number for number in range(9000)]
    inside = [name for name in names if key_hash(name).hex()[0] == "f"]
    outside = [name for name in names if key_hash(name).hex()[0] != "f"]
    content = dict.fromkeys(inside[:PAGE_ENTRIES_MAX] + outside[:5], b"")
    tree = tree_of(content)
    assert tree._branches
    writes: dict[bytes, bytes | None] = {inside[-1]: b"", **dict.fromkeys(inside[:20])}
    tree.commit(tree.prepare(writes))
    assert list(tree._pages) == [""]
    assert tree.root == map_root(after(content, writes))


def test_a_delta_fits_only_the_tree_it_was_prepared_on() -> None:
    tree = StateTree()
    one, other = tree.prepare({b"a": b"1"}), tree.prepare({b"a": b"2"})
    tree.commit(one)
    with pytest.raises(AssertionError):
        tree.commit(other)


def test_loading_another_map_than_the_certified_one_is_refused() -> None:
    content = loans(300)
    root = map_root(content)
    pairs = list(content.items())
    for wrong in (
        pairs[1:],
        [*pairs, (b"", b"")],
        [*pairs, pairs[0]],
        [(b"loan/0", b"value 1"), *pairs[1:]],
        [(b"loan/0", b""), *pairs[1:]],
    ):
        with pytest.raises(Invalid):
            StateTree.load(wrong, root=root)
    assert StateTree.load(reversed(pairs), root=root).root == root


@pytest.fixture(scope="module")
def big() -> tuple[StateTree, dict[bytes, bytes]]:
    content = loans(1000)
    return tree_of(content), content


@given(data=st.data())
def test_a_proof_with_any_bit_changed_is_refused(
    big: tuple[StateTree, dict[bytes, bytes]], data: st.DataObject
) -> None:
    tree, content = big
    key = data.draw(st.sampled_from([*list(content)[:50], *(b"none/%d" % n for n in range(50))]))
    proof = tree.prove(key)
    parts = [*proof.path, proof.bucket]
    index = data.draw(st.integers(0, len(parts) - 1).filter(lambda at: parts[at]))
    damaged = bytearray(parts[index])
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    parts[index] = bytes(damaged)
    with pytest.raises(Invalid):
        verify_state_proof(
            tree.root, key, content.get(key), StateProof(tuple(parts[:-1]), parts[-1])
        )


def test_a_proof_of_another_shape_is_refused(
    big: tuple[StateTree, dict[bytes, bytes]],
) -> None:
    tree, content = big
    key = b"loan/5"
    proof = tree.prove(key)
    path, bucket = proof.path, proof.bucket
    assert len(path) == 2
    own = key_hash(key) + value_hash(content[key])
    for wrong in (
        StateProof((), bucket),
        StateProof(path[:1], bucket),
        StateProof(path[1:], bucket),
        StateProof((*path, path[1]), bucket),
        StateProof((path[0], path[1][:-1]), bucket),
        StateProof((path[0], path[1] + bytes(32)), bucket),
        StateProof(path * 40, bucket),
        StateProof(path, bucket[:-1]),
        StateProof(path, bucket[:-ENTRY_BYTES]),
        StateProof(path, bucket + bucket[-ENTRY_BYTES:]),
        StateProof(path, own),
        StateProof(path, bytes(ENTRY_BYTES * (PAGE_ENTRIES_MAX + 1))),
    ):
        with pytest.raises(Invalid):
            verify_state_proof(tree.root, key, content[key], wrong)
    verify_state_proof(tree.root, key, content[key], proof)


def test_a_proof_is_for_one_key_one_value_and_one_root(
    big: tuple[StateTree, dict[bytes, bytes]],
) -> None:
    tree, content = big
    proof = tree.prove(b"loan/5")
    for key, value, root in (
        (b"loan/6", content[b"loan/6"], tree.root),
        (b"loan/6", content[b"loan/5"], tree.root),
        (b"loan/5", content[b"loan/6"], tree.root),
        (b"loan/5", content[b"loan/5"], EMPTY_ROOT),
        (b"loan/5", content[b"loan/5"], bytes(32)),
        (b"loan/5", None, tree.root),
    ):
        with pytest.raises(Invalid):
            verify_state_proof(root, key, value, proof)


def test_the_absence_of_a_present_key_cannot_be_shown_by_a_false_end() -> None:
    """An end of the path that is not the key's bucket: an empty slot, or a node as a bucket."""
    content = loans(1000)
    tree = tree_of(content)
    key = b"loan/5"
    path = tree.prove(key).path
    slots = next(iter(tree._branches.values()))
    whole = tree._pages[key_hash(key).hex()[0]]
    own_bucket = bucket(whole, nibble(key_hash(key), 1))
    assert key_hash(key) in own_bucket
    for wrong in (
        StateProof(path, own_bucket),
        StateProof(path[:1], b""),
        StateProof(path[:1], slots),
        StateProof(path, b""),
    ):
        with pytest.raises(Invalid):
            verify_state_proof(tree.root, key, None, wrong)
    assert bucket_hash(slots) != node_hash(slots)


def test_a_root_over_a_malformed_bucket_proves_nothing() -> None:
    """Not even a root that somebody made to fit: out of order, doubled, or in a foreign bucket."""
    key = b"loan/5"
    names = [b"%d" % number for number in range(200)]
    near = sorted(
        key_hash(name) for name in names if key_hash(name)[0] >> 4 == key_hash(key)[0] >> 4
    )
    far = next(key_hash(name) for name in names if key_hash(name)[0] >> 4 != key_hash(key)[0] >> 4)
    at = nibble(key_hash(key), 0) * 32
    for hashes, is_sound in (
        (near[:2], True), (near[1::-1], False), (near[:1] * 2, False), ([far], False),
    ):  # fmt: skip
        entries = b"".join(hashed + value_hash(b"") for hashed in hashes)
        slots = bytes(at) + bucket_hash(entries) + bytes(480 - at)
        proof = StateProof((bytes(480),), entries)
        if is_sound:
            verify_state_proof(node_hash(slots), key, None, proof)
        else:
            with pytest.raises(Invalid):
                verify_state_proof(node_hash(slots), key, None, proof)


def test_a_value_that_spells_an_entry_or_a_key_is_only_a_value() -> None:
    """Keys and values are hashed under tags of their own, so neither can pose as the other."""
    content = {b"a": b"b", b"b": b"a", key_hash(b"a"): value_hash(b"b"), b"": b"", b"\x02a": b"a"}
    tree = tree_of(content)
    for key, value in content.items():
        verify_state_proof(tree.root, key, value, tree.prove(key))
    assert key_hash(b"a") != value_hash(b"a")


def test_a_proof_survives_its_encoding_and_no_other_shape_does() -> None:
    tree = tree_of(loans(300))
    proof = tree.prove(b"loan/7")
    encoded = codec.encode(proof.to_value())
    assert StateProof.from_value(codec.decode(encoded)) == proof
    for wrong in ((), (proof.path,), (proof.bucket, proof.path), ((1,), b""), ((b"",) * 65, b"")):
        with pytest.raises(Invalid):
            StateProof.from_value(wrong)
