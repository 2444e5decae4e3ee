"""The overlay against two plain dicts: reads, writes, savepoints, order, and the object cache."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ledger.overlay import Overlay
from ledger.store import MemoryStore

KEYS = st.binary(max_size=2).map(lambda raw: bytes(byte & 3 for byte in raw))
VALUES = st.binary(max_size=3)


def base_of(pairs: dict[bytes, bytes]) -> MemoryStore:
    store = MemoryStore()
    store.write(pairs.items(), sync=False)
    return store


class OverlayMachine(RuleBasedStateMachine):
    """Any order of writes and savepoints leaves what a copied dict would hold."""

    @initialize(pairs=st.dictionaries(KEYS, VALUES), stacked=st.booleans())
    def start(self, pairs: dict[bytes, bytes], stacked: bool) -> None:
        self.base = dict(pairs)
        self.now = dict(pairs)
        self.saved: list[tuple[dict[bytes, bytes], set[bytes]]] = []
        self.touched: set[bytes] = set()
        below = base_of(pairs)
        self.overlay = Overlay(Overlay(below) if stacked else below)

    @rule(key=KEYS, value=VALUES, as_object=st.booleans())
    def put(self, key: bytes, value: bytes, as_object: bool) -> None:
        if as_object:
            self.overlay.put_object(key, value.hex(), bytes.fromhex)
        else:
            self.overlay.put(key, value)
        self.now[key] = value
        self.touched.add(key)

    @rule(key=KEYS)
    def delete(self, key: bytes) -> None:
        self.overlay.delete(key)
        self.now.pop(key, None)
        self.touched.add(key)

    @rule()
    def begin(self) -> None:
        self.overlay.begin()
        self.saved.append((dict(self.now), set(self.touched)))

    @precondition(lambda self: bool(self.saved))
    @rule()
    def commit(self) -> None:
        self.overlay.commit()
        self.saved.pop()

    @precondition(lambda self: bool(self.saved))
    @rule()
    def rollback(self) -> None:
        self.overlay.rollback()
        self.now, self.touched = self.saved.pop()

    @rule(key=KEYS)
    def read(self, key: bytes) -> None:
        assert self.overlay.get(key) == self.now.get(key)

    @rule(key=KEYS)
    def read_object(self, key: bytes) -> None:
        value = self.now.get(key)
        expected = None if value is None else value.hex()
        assert self.overlay.get_object(key, bytes.hex) == expected

    @rule(start=KEYS, stop=KEYS, reverse=st.booleans())
    def go_through(self, start: bytes, stop: bytes, reverse: bool) -> None:
        expected = sorted(
            ((key, value) for key, value in self.now.items() if start <= key < stop),
            reverse=reverse,
        )
        assert list(self.overlay.iterate(start, stop, reverse=reverse)) == expected

    @precondition(lambda self: not self.saved)
    @invariant()
    def writes_are_what_changed(self) -> None:
        writes = self.overlay.writes()
        assert list(writes) == sorted(self.touched)
        assert writes == {key: self.now.get(key) for key in self.touched}


TestOverlay = OverlayMachine.TestCase


def test_an_iteration_shows_the_moment_of_its_call() -> None:
    overlay = Overlay(base_of({b"a": b"1", b"c": b"3"}))
    overlay.put(b"b", b"2")
    seen = []
    for key, value in overlay.iterate(b"", b"z"):
        seen.append((key, value))
        overlay.delete(key)
        overlay.put(key + b"!", value)
    assert seen == [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]
    assert [key for key, _ in overlay.iterate(b"", b"z")] == [b"a!", b"b!", b"c!"]


@given(st.lists(st.binary(min_size=1, max_size=3), min_size=60, max_size=90, unique=True))
def test_many_and_few_new_keys_between_iterations_stay_in_order(keys: list[bytes]) -> None:
    overlay = Overlay(base_of({}))
    for step in (keys[:40], keys[40:45], keys[45:]):
        for key in step:
            overlay.put(key, key)
        assert list(overlay.iterate(b"", b"\xff" * 4)) == sorted(overlay.writes().items())


def test_an_object_is_decoded_once_and_encoded_once() -> None:
    calls: list[str] = []

    def decode(raw: bytes) -> int:
        calls.append("decode")
        return int(raw)

    def encode(value: int) -> bytes:
        calls.append("encode")
        return b"%d" % value

    overlay = Overlay(base_of({b"balance": b"7"}))
    for _ in range(3):
        balance = overlay.get_object(b"balance", decode)
        assert balance is not None
        overlay.put_object(b"balance", balance + 1, encode)
    assert overlay.writes() == {b"balance": b"10"}
    assert overlay.get(b"balance") == b"10"
    assert calls == ["decode", "encode"]


def test_the_base_is_read_once_per_key() -> None:
    class Counting(MemoryStore):
        reads = 0

        def get(self, key: bytes) -> bytes | None:
            self.reads += 1
            return super().get(key)

    base = Counting()
    overlay = Overlay(base)
    for _ in range(3):
        assert overlay.get(b"absent") is None
    assert base.reads == 1


def test_savepoints_must_be_open_to_end_and_closed_to_write_out() -> None:
    overlay = Overlay(base_of({}))
    with pytest.raises(AssertionError):
        overlay.commit()
    with pytest.raises(AssertionError):
        overlay.rollback()
    overlay.begin()
    with pytest.raises(AssertionError):
        overlay.writes()
