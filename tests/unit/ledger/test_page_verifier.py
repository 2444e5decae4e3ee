"""A verifier written from the pages alone comes to the same verdicts as ours, value by value."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import codec, merkle
from ledger.errors import Invalid
from ledger.export import export_frames
from ledger.verify import Level
from tests.support.audited_chain import FILE, audit_file
from tests.support.audited_chain import FOUR as AUDITED
from tests.support.chain_factory import Consortium
from tests.unit.ledger.oracles import page_verifier
from tests.unit.ledger.test_codec import REFUSED, SPELLINGS, VALUES

BOMB_BYTES = 10_000
"""Above this size a refusal is about bounds; the plain decoder of the oracle is too slow for it."""


@given(VALUES)
def test_both_write_the_same_bytes(value: object) -> None:
    assert page_verifier.encode(value) == codec.encode(value)


@pytest.mark.parametrize("data", [item[0] for item in SPELLINGS])
def test_both_read_each_spelling(data: bytes) -> None:
    assert page_verifier.decode(b"\x91" + data) == _listed(codec.decode(b"\x91" + data))


def _listed(value: object) -> object:
    if isinstance(value, tuple):
        return [_listed(item) for item in value]
    return value


@pytest.mark.parametrize("name", REFUSED)
def test_both_refuse_every_other_spelling(name: str) -> None:
    if len(REFUSED[name]) < BOMB_BYTES:
        with pytest.raises(ValueError):
            page_verifier.decode(b"\x91" + REFUSED[name])


@given(st.binary(max_size=40).map(lambda data: b"\x91" + data))
@settings(max_examples=300)
def test_both_say_the_same_of_noise(data: bytes) -> None:
    try:
        theirs: object = page_verifier.decode(data)
    except ValueError:
        theirs = ValueError
    try:
        ours = _listed(codec.decode(data))
    except Invalid:
        ours = ValueError
    assert ours == theirs


@given(st.lists(st.binary(max_size=3), max_size=20))
def test_both_find_the_same_roots(leaves: list[bytes]) -> None:
    assert page_verifier.root(leaves) == merkle.root(leaves)


@pytest.mark.parametrize("count", [1, 4, 5, 7])
def test_it_accepts_what_we_export(count: int) -> None:
    consortium = Consortium.of(count)
    chain = consortium.create()
    consortium.grow(chain, 4)
    data = b"".join(export_frames(chain.store))
    assert page_verifier.audit(data, consortium.genesis.digest) is None
    assert page_verifier.audit(data, bytes(32)) == 0


@pytest.mark.filterwarnings("ignore:.*:cryptography.utils.CryptographyDeprecationWarning")
@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
@settings(max_examples=120)
def test_both_name_the_same_height_of_a_changed_byte(place: int, change: int) -> None:
    data = bytearray(FILE)
    data[place] ^= change
    fault = audit_file(bytes(data), Level.CERTIFICATES)
    assert fault is not None
    assert page_verifier.audit(bytes(data), AUDITED.genesis.digest) == fault.height
