"""The export file: equal bytes from every member, and nothing in it that is not read."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from ledger import codec
from ledger.certificate import CertifiedBlock
from ledger.chain import Chain
from ledger.errors import Invalid
from ledger.export import (
    FRAME_BYTES_MAX,
    MAGIC,
    Unreadable,
    certified_blocks,
    export_frames,
    read_entries,
    read_genesis,
    store_entries,
)
from ledger.store import BLOCK, CERTIFICATE, height_key
from tests.support.chain_factory import Consortium

FOUR = Consortium.of(4)
NAMES = list(FOUR.signers)


def grown(heights: int = 5) -> Chain:
    chain = FOUR.create()
    FOUR.grow(chain, heights)
    return chain


def exported(chain: Chain) -> bytes:
    return b"".join(export_frames(chain.store))


def frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def test_the_file_is_what_the_page_says() -> None:
    chain = grown(2)
    expected = MAGIC + frame(FOUR.genesis.to_json())
    for height in (1, 2):
        certified = chain.certified(height)
        assert certified is not None
        pair = (certified.block.to_value(), certified.certificate.to_value())
        expected += frame(codec.encode(pair))
    assert exported(chain) == expected


def test_members_with_different_quorums_export_the_same_bytes_but_for_the_head() -> None:
    one, other = FOUR.create(), FOUR.create()
    for height in range(1, 6):
        block = FOUR.propose(one, FOUR.batch(height, 2))
        mine = FOUR.certificate(block, voters=NAMES[:3])
        theirs = FOUR.certificate(block, voters=NAMES[1:], view=height % 2)
        parent = one.head.certificate
        one.append(CertifiedBlock(block, parent, mine))
        other.append(CertifiedBlock(block, parent, theirs))
        pieces, others = list(export_frames(one.store)), list(export_frames(other.store))
        assert pieces[:-1] == others[:-1]
        assert pieces[-1] != others[-1]
    following = FOUR.extend(one)
    other.append(following)
    assert exported(one) == exported(other)


def test_it_reads_back_as_the_chain() -> None:
    chain = grown()
    stream = io.BytesIO(exported(chain))
    assert read_genesis(stream).digest == FOUR.genesis.digest
    entries = list(read_entries(stream, chain.chain_id))
    assert [entry.height for entry in entries] == [1, 2, 3, 4, 5]
    assert entries == list(store_entries(chain.store, chain.chain_id))
    copy = FOUR.create()
    for certified in certified_blocks(iter(entries)):
        copy.append(certified)
    assert exported(copy) == exported(chain)
    assert copy.head == chain.head


@pytest.mark.parametrize(
    ("first", "last", "heights"),
    [(1, None, [1, 2, 3, 4, 5]), (0, 2, [1, 2]), (3, None, [3, 4, 5]), (2, 3, [2, 3]), (6, None, []),
     (4, 99, [4, 5])],
)  # fmt: skip
def test_a_part_of_a_chain(first: int, last: int | None, heights: list[int]) -> None:
    chain = grown()
    stream = io.BytesIO(b"".join(export_frames(chain.store, first, last)))
    read_genesis(stream)
    entries = list(read_entries(stream, chain.chain_id, max(first, 1)))
    assert [entry.block.height for entry in entries] == heights
    assert [entry.height for entry in entries] == heights


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: b"", "NOT_AN_EXPORT"),
        (lambda data: b"HANSA-EXPORT/2\n" + data[15:], "NOT_AN_EXPORT"),
        (lambda data: data[:15], "NOT_AN_EXPORT"),
        (lambda data: data[:17], "BAD_FRAME"),
        (lambda data: data[:200], "BAD_FRAME"),
        (lambda data: data[:15] + b"\xff" * 4 + data[19:], "BAD_FRAME"),
        (lambda data: data[:15] + frame(b"{}") + data[19:], "BAD_GENESIS"),
        (lambda data: data[:15] + frame(FOUR.genesis.to_json() + b" "), "NOT_CANONICAL"),
        (lambda data: data[:15] + frame(FOUR.genesis.to_json()[:-1]), "NOT_CANONICAL"),
    ],
)
def test_what_is_no_head_of_an_export(change: Callable[[bytes], bytes], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        read_genesis(io.BytesIO(change(exported(grown(1)))))


def test_what_cannot_be_read_says_at_which_height() -> None:
    chain = grown(3)
    pieces = list(export_frames(chain.store))
    for height, bad, code in (
        (1, b"\x00\x00", "BAD_FRAME"),
        (2, pieces[3][:-1], "BAD_FRAME"),
        (3, (FRAME_BYTES_MAX + 1).to_bytes(4, "big"), "BAD_FRAME"),
        (3, frame(b""), "MALFORMED"),
        (2, frame(codec.encode((1, 2))), "BAD_SHAPE"),
        (2, frame(codec.encode(())), "BAD_SHAPE"),
        (1, frame(pieces[2][4:] + b"\xc0"), "MALFORMED"),
    ):
        stream = io.BytesIO(b"".join(pieces[: 1 + height]) + bad)
        read_genesis(stream)
        entries = read_entries(stream, chain.chain_id)
        assert [next(entries).height for _ in range(1, height)] == list(range(1, height))
        with pytest.raises(Unreadable, match=code) as caught:
            next(entries)
        assert caught.value.height == height


@pytest.mark.parametrize("namespace", [BLOCK, CERTIFICATE])
def test_a_damaged_store_says_at_which_height(namespace: bytes) -> None:
    for damage in (None, b"\xc1"):
        chain = grown(4)
        chain.store.write([(height_key(namespace, 3), damage)], sync=True)
        entries = store_entries(chain.store, chain.chain_id)
        assert [next(entries).height, next(entries).height] == [1, 2]
        with pytest.raises(Unreadable, match="STORE_DAMAGED") as caught:
            next(entries)
        assert caught.value.height == 3
