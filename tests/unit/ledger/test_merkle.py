"""Merkle trees against the RFC's recursive definition, published roots, and every small size."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle
from ledger.errors import Invalid

# The reference inputs and roots of the certificate transparency project (RFC 6962, kept by 9162).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
SIZES = range(20)


def leaves(size: int) -> list[bytes]:
    return [b"leaf %d" % index for index in range(size)]


def rfc_root(items: list[bytes]) -> bytes:
    """The definition of RFC 9162 section 2.1.1, word for word."""
    if not items:
        return sha256().digest()
    if len(items) == 1:
        return sha256(b"\x00" + items[0]).digest()
    split = 1
    while split * 2 < len(items):
        split *= 2
    return sha256(b"\x01" + rfc_root(items[:split]) + rfc_root(items[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    assert merkle.root(INPUTS[:size]).hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_root_is_the_recursive_definition(items: list[bytes]) -> None:
    assert merkle.root(items) == rfc_root(items)


def test_every_inclusion_proof_verifies_for_its_own_leaf_and_place_only() -> None:
    for size in SIZES:
        items = leaves(size)
        root = merkle.root(items)
        for index in range(size):
            path = merkle.inclusion_proof(items, index)
            merkle.verify_inclusion(root, size, index, items[index], path)
            for other in range(size):
                if other != index:
                    with pytest.raises(Invalid):
                        merkle.verify_inclusion(root, size, other, items[index], path)
                    with pytest.raises(Invalid):
                        merkle.verify_inclusion(root, size, index, items[other], path)


def test_every_consistency_proof_verifies_for_its_own_roots_only() -> None:
    roots = [merkle.root(leaves(size)) for size in SIZES]
    for second in SIZES:
        for first in range(second + 1):
            path = merkle.consistency_proof(leaves(second), first)
            merkle.verify_consistency(roots[first], first, roots[second], second, path)
            for wrong in SIZES:
                if wrong != first:
                    with pytest.raises(Invalid):
                        merkle.verify_consistency(roots[wrong], first, roots[second], second, path)
                if wrong != second and first > 0:
                    with pytest.raises(Invalid):
                        merkle.verify_consistency(roots[first], first, roots[wrong], second, path)


def test_a_forked_history_has_no_consistency_proof() -> None:
    honest, forked = leaves(7), [*leaves(4), b"other", *leaves(7)[5:]]
    path = merkle.consistency_proof(forked, 5)
    with pytest.raises(Invalid):
        merkle.verify_consistency(merkle.root(honest[:5]), 5, merkle.root(forked), 7, path)


@given(st.data())
def test_an_altered_inclusion_proof_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 70))
    index = data.draw(st.integers(0, size - 1))
    items = leaves(size)
    path = list(merkle.inclusion_proof(items, index))
    step = data.draw(st.integers(0, len(path) - 1))
    damaged = bytearray(path[step])
    damaged[data.draw(st.integers(0, 31))] ^= 1 << data.draw(st.integers(0, 7))
    for wrong in (
        [*path[:step], bytes(damaged), *path[step + 1 :]],
        path[:step],
        [*path, path[step]],
        [*path[:step], path[step][:31], *path[step + 1 :]],
        [bytes(32)] * 65,
    ):
        with pytest.raises(Invalid):
            merkle.verify_inclusion(merkle.root(items), size, index, items[index], wrong)


@given(st.data())
def test_an_altered_consistency_proof_is_refused(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, 70))
    first = data.draw(st.integers(1, second - 1))
    items = leaves(second)
    old, new = merkle.root(items[:first]), merkle.root(items)
    path = list(merkle.consistency_proof(items, first))
    step = data.draw(st.integers(0, len(path) - 1))
    damaged = bytearray(path[step])
    damaged[data.draw(st.integers(0, 31))] ^= 1 << data.draw(st.integers(0, 7))
    for wrong in (
        [*path[:step], bytes(damaged), *path[step + 1 :]],
        path[:step],
        [*path, path[step]],
        [],
    ):
        with pytest.raises(Invalid):
            merkle.verify_consistency(old, first, new, second, wrong)


def test_places_and_sizes_outside_the_tree_are_refused() -> None:
    root = merkle.root(leaves(3))
    for size, index in ((3, 3), (3, -1), (0, 0)):
        with pytest.raises(Invalid):
            merkle.verify_inclusion(root, size, index, b"leaf 0", ())
    with pytest.raises(Invalid):
        merkle.verify_consistency(root, 4, root, 3, ())
    with pytest.raises(Invalid):
        merkle.verify_consistency(merkle.EMPTY_ROOT, 0, root, 0, ())
    for index in (-1, 3):
        with pytest.raises(IndexError):
            merkle.inclusion_proof(leaves(3), index)
    with pytest.raises(IndexError):
        merkle.consistency_proof(leaves(3), 4)


def test_a_node_does_not_pass_for_a_leaf() -> None:
    """The tags 0x00 and 0x01 keep an inner node from being shown as a leaf (second preimage)."""
    items = leaves(4)
    left = merkle.node_hash(merkle.leaf_hash(items[0]), merkle.leaf_hash(items[1]))
    right = merkle.node_hash(merkle.leaf_hash(items[2]), merkle.leaf_hash(items[3]))
    preimage = b"".join(merkle.leaf_hash(item) for item in items[:2])
    assert merkle.node_hash(left, right) == merkle.root(items)
    with pytest.raises(Invalid):
        merkle.verify_inclusion(merkle.root(items), 2, 0, preimage, (right,))
