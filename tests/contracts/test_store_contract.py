"""What every Store promises, whatever it is made of."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.errors import Invalid, StoreDamaged
from ledger.store import MemoryStore, Store, Write, height_key, prefix_end
from tests.support.stores import BACKENDS, DURABLE, Backend, backend

ROOT = Path(__file__).resolve().parents[2]
PAIRS = [
    (b"a", b"1"),
    (b"a\x00", b""),
    (b"b", b"\x00\xff"),
    (b"b\xff", b"4"),
    (b"c", b"5" * 70_000),
]


@pytest.fixture(params=BACKENDS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return backend(request.param, tmp_path)


@pytest.fixture(params=DURABLE)
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return backend(request.param, tmp_path)


@pytest.fixture
def store(made: Backend) -> Iterator[Store]:
    opened = made.create()
    yield opened
    opened.close()


def content(store: Store) -> list[tuple[bytes, bytes]]:
    return list(store.iterate(b"", b"\xff" * 80))


def test_it_starts_empty(store: Store) -> None:
    assert content(store) == []
    assert store.get(b"a") is None


def test_it_says_what_it_is(store: Store, made: Backend) -> None:
    assert store.name == made.name


def test_it_holds_what_was_written(store: Store) -> None:
    store.write(reversed(PAIRS), sync=True)
    assert content(store) == PAIRS
    for key, value in PAIRS:
        assert store.get(key) == value
    assert store.get(b"a\x00\x00") is None


def test_a_batch_is_applied_in_its_order(store: Store) -> None:
    batch: list[Write] = [(b"a", b"1"), (b"a", b"2"), (b"b", b"1"), (b"b", None), (b"c", None)]
    store.write([*batch, (b"c", b"3")], sync=False)
    assert content(store) == [(b"a", b"2"), (b"c", b"3")]
    store.write([(b"c", None), (b"none", None)], sync=True)
    assert content(store) == [(b"a", b"2")]
    store.write([], sync=True)
    assert content(store) == [(b"a", b"2")]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("start", "stop", "keys"),
    [
        (b"", b"\xff", [b"a", b"a\x00", b"b", b"b\xff", b"c"]),
        (b"a", b"b", [b"a", b"a\x00"]),
        (b"a\x00", b"b\xff", [b"a\x00", b"b"]),
        (b"b", b"b", []),
        (b"c", b"a", []),
        (b"d", b"e", []),
    ],
)
def test_a_range_is_half_open_and_ordered(
    store: Store, start: bytes, stop: bytes, keys: list[bytes], reverse: bool
) -> None:
    store.write(PAIRS, sync=True)
    found = [key for key, _ in store.iterate(start, stop, reverse=reverse)]
    assert found == (keys[::-1] if reverse else keys)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("count", [511, 512, 513, 1_025])
def test_long_walks_miss_nothing_and_repeat_nothing(
    store: Store, count: int, reverse: bool
) -> None:
    pairs = [(number.to_bytes(2, "big"), b"%d" % number) for number in range(count)]
    store.write(pairs, sync=False)
    walked = list(store.iterate(b"", b"\xff" * 3, reverse=reverse))
    assert walked == (pairs[::-1] if reverse else pairs)


def test_a_batch_that_fails_half_way_writes_nothing(store: Store) -> None:
    def failing() -> Iterator[Write]:
        yield b"a", b"new"
        yield b"x", b"new"
        raise RuntimeError("half way")

    store.write([(b"a", b"old")], sync=True)
    with pytest.raises(RuntimeError, match="half way"):
        store.write(failing(), sync=True)
    assert content(store) == [(b"a", b"old")]
    store.write([(b"b", b"next")], sync=True)
    assert content(store) == [(b"a", b"old"), (b"b", b"next")]


def test_a_snapshot_does_not_move(store: Store) -> None:
    store.write([(b"a", b"1"), (b"b", b"1")], sync=True)
    with store.snapshot() as view:
        store.write([(b"a", b"2"), (b"b", None), (b"c", b"2")], sync=True)
        assert list(view.iterate(b"", b"\xff")) == [(b"a", b"1"), (b"b", b"1")]
        assert list(view.iterate(b"", b"\xff", reverse=True)) == [(b"b", b"1"), (b"a", b"1")]
        assert (view.get(b"a"), view.get(b"c")) == (b"1", None)
        with store.snapshot() as later:
            assert later.get(b"a") == b"2"
        assert view.get(b"a") == b"1"
    assert content(store) == [(b"a", b"2"), (b"c", b"2")]


@pytest.mark.parametrize("reverse", [False, True])
def test_an_empty_bound_is_the_beginning(store: Store, reverse: bool) -> None:
    store.write([(b"", b"first"), (b"a", b"second")], sync=True)
    assert list(store.iterate(b"", b"\x00", reverse=reverse)) == [(b"", b"first")]
    assert list(store.iterate(b"", b"b", reverse=reverse))[0 if reverse else -1] == (
        b"a",
        b"second",
    )


STEPS = st.lists(
    st.lists(
        st.tuples(
            st.binary(max_size=2), st.none() | st.binary(max_size=3)
        ),
        max_size=5,
    ),
    max_size=8,
)  # fmt: skip


@pytest.mark.parametrize("name", DURABLE)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=STEPS, bounds=st.tuples(st.binary(max_size=2), st.binary(max_size=2)))
def test_it_does_what_a_sorted_dict_does(
    name: str,
    batches: list[list[Write]],
    bounds: tuple[bytes, bytes],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made = backend(name, tmp_path_factory.mktemp(name))
    real, model = made.create(), MemoryStore()
    for batch in batches:
        real.write(batch, sync=False)
        model.write(batch, sync=False)
        assert content(real) == content(model)
    for reverse in (False, True):
        assert list(real.iterate(*bounds, reverse=reverse)) == list(
            model.iterate(*bounds, reverse=reverse)
        )
    real.close()
    again = made.open()
    assert content(again) == content(model)
    again.close()


def test_what_was_written_is_there_after_closing(durable: Backend) -> None:
    store = durable.create()
    store.write(PAIRS, sync=True)
    store.close()
    again = durable.open()
    assert content(again) == PAIRS
    again.close()


def test_it_is_never_made_by_accident(durable: Backend) -> None:
    with pytest.raises(FileNotFoundError):
        durable.open()
    assert not durable.path.exists()
    durable.create().close()
    with pytest.raises(FileExistsError):
        durable.create()


def test_an_empty_folder_is_no_store(tmp_path: Path) -> None:
    made = backend("leveldb", tmp_path)
    made.path.mkdir()
    with pytest.raises(FileNotFoundError):
        made.open()
    assert list(made.path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    made = backend("leveldb", tmp_path)
    made.path.mkdir()
    (made.path / "letter.txt").write_text("dear Anna")
    with pytest.raises(FileExistsError):
        made.create()
    assert [path.name for path in made.path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("name", DURABLE)
@pytest.mark.parametrize("folder", ["a b", "50%20off", "what?mode=memory", "no#1", "ä"])
def test_a_path_may_have_any_characters(tmp_path: Path, name: str, folder: str) -> None:
    made = backend(name, tmp_path / folder)
    (tmp_path / folder).mkdir()
    store = made.create()
    store.write([(b"a", b"1")], sync=True)
    with store.snapshot() as view:
        assert view.get(b"a") == b"1"
    store.close()
    assert made.path.exists()
    assert [path.name for path in tmp_path.iterdir()] == [folder]


def test_one_process_at_a_time_has_a_leveldb_store(tmp_path: Path) -> None:
    made = backend("leveldb", tmp_path)
    store = made.create()
    with pytest.raises(Invalid, match="STORE_IN_USE"):
        made.open()
    store.write(PAIRS, sync=True)
    store.close()
    made.open().close()


def test_others_may_read_an_sqlite_store_and_see_whole_batches_only(tmp_path: Path) -> None:
    made = backend("sqlite", tmp_path)
    store = made.create()
    other = made.open()
    seen = []

    def watched() -> Iterator[Write]:
        for key, value in PAIRS:
            seen.append(content(other))
            yield key, value

    store.write(watched(), sync=True)
    assert seen == [[]] * len(PAIRS)
    assert content(other) == PAIRS
    other.close()
    store.close()


WRITER = """
import os, sys
from pathlib import Path
from tests.support.stores import backend
store = backend(sys.argv[1], Path(sys.argv[2])).create()
store.write([(b"a", b"1")], sync=True)
store.write([(b"b", b"2")], sync=True)
os._exit(9)
"""


def test_what_was_synced_outlives_a_process_that_dies(durable: Backend) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRITER, durable.name, str(durable.path.parent)],
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 9
    store = durable.open()
    assert content(store) == [(b"a", b"1"), (b"b", b"2")]
    store.close()


def fill(made: Backend) -> bytes:
    """Write enough for LevelDB to make a table of it; return the bytes of one value."""
    store = made.create()
    needle = b"".join(sha256(bytes([n])).digest() for n in range(4))  # does not compress
    store.write([(b"k%04d" % n, b"value %d " % n * 9) for n in range(1_000)], sync=True)
    store.write([(b"k0500", needle)], sync=True)
    store.close()
    made.open().close()  # LevelDB turns its log into a table when it is opened
    return needle


def test_a_flipped_bit_is_never_served(durable: Backend) -> None:
    needle = fill(durable)
    files = [durable.path] if durable.path.is_file() else sorted(durable.path.iterdir())
    for path in files:
        data = bytearray(path.read_bytes())
        at = data.find(needle[:50])
        if at < 0:
            continue
        data[at + 20] ^= 1
        path.write_bytes(data)
        break
    else:
        pytest.fail("the value is in none of the files")
    with pytest.raises(StoreDamaged):
        _read_everything(durable)


def _read_everything(made: Backend) -> None:
    store = made.open()
    try:
        content(store)
    finally:
        store.close()


def test_noise_instead_of_a_store_is_reported(durable: Backend) -> None:
    fill(durable)
    path = durable.path if durable.path.is_file() else durable.path / "CURRENT"
    path.write_bytes(b"noise" * 1_000)
    with pytest.raises(StoreDamaged):
        _read_everything(durable)


def test_a_missing_table_is_reported(tmp_path: Path) -> None:
    made = backend("leveldb", tmp_path)
    fill(made)
    tables = [path for path in made.path.iterdir() if path.suffix in {".ldb", ".sst"}]
    assert tables
    tables[0].unlink()
    with pytest.raises(StoreDamaged):
        _read_everything(made)


@pytest.mark.parametrize(
    ("prefix", "end"),
    [(b"S", b"T"), (b"a\xff", b"b"), (b"a\xff\xff", b"b"), (b"\x00", b"\x01"), (b"ab", b"ac")],
)
def test_the_end_of_a_prefix(prefix: bytes, end: bytes) -> None:
    assert prefix_end(prefix) == end
    assert prefix <= prefix + b"\xff" * 9 < end


def test_a_prefix_of_nothing_ends_after_every_key_that_is_used() -> None:
    assert prefix_end(b"") == prefix_end(b"\xff") == b"\xff" * 64


def test_keys_by_height_sort_as_heights_do() -> None:
    heights = [0, 1, 255, 256, 2**32, 2**63 - 1]
    keys = [height_key(b"B", height) for height in heights]
    assert keys == sorted(keys)
    assert keys[1] == b"B" + bytes(7) + b"\x01"
