"""One encoding per value: the codec reads what it writes, and nothing else."""

from __future__ import annotations

import struct
import time

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import codec
from ledger.errors import Invalid

INTEGERS = st.integers(-(2**255), 2**255 - 1) | st.integers(-300, 300)
SCALARS = st.none() | st.booleans() | INTEGERS | st.binary(max_size=300) | st.text(max_size=40)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=20).map(tuple)
        | st.dictionaries(st.text(max_size=6), inner, max_size=20)
    ),
    max_leaves=30,
)

SPELLINGS: list[tuple[bytes, object]] = [
    (b"\xc0", None),
    (b"\xc2", False),
    (b"\xc3", True),
    (b"\x00", 0),
    (b"\x7f", 127),
    (b"\xcc\x80", 128),
    (b"\xcd\x01\x00", 256),
    (b"\xce\x00\x01\x00\x00", 65_536),
    (b"\xcf\x00\x00\x00\x01\x00\x00\x00\x00", 2**32),
    (b"\xcf" + b"\xff" * 8, 2**64 - 1),
    (b"\xff", -1),
    (b"\xe0", -32),
    (b"\xd0\xdf", -33),
    (b"\xd1\xff\x7f", -129),
    (b"\xd2\xff\xff\x7f\xff", -32_769),
    (b"\xd3" + b"\xff" * 4 + b"\x7f" + b"\xff" * 3, -(2**31) - 1),
    (b"\xd3\x80" + bytes(7), -(2**63)),
    (b"\xc7\x09\x01\x01" + bytes(8), 2**64),
    (b"\xc7\x09\x01\xff\x7f" + b"\xff" * 7, -(2**63) - 1),
    (b"\xd8\x01\x01" + bytes(15), 2**120),
    (b"\xc7\x20\x01\x7f" + b"\xff" * 31, 2**255 - 1),
    (b"\xc7\x20\x01\x80" + bytes(31), -(2**255)),
    (b"\xa0", ""),
    (b"\xa1a", "a"),
    (b"\xd9\x20" + b"a" * 32, "a" * 32),
    (b"\xda\x01\x00" + b"a" * 256, "a" * 256),
    (b"\xdb\x00\x01\x00\x00" + b"a" * 65_536, "a" * 65_536),
    (b"\xc4\x00", b""),
    (b"\xc4\x01a", b"a"),
    (b"\xc5\x01\x00" + b"a" * 256, b"a" * 256),
    (b"\xc6\x00\x01\x00\x00" + b"a" * 65_536, b"a" * 65_536),
    (b"\x90", ()),
    (b"\x92\x01\xa1a", (1, "a")),
    (b"\xdc\x00\x10" + bytes(16), (0,) * 16),
    (b"\xdd\x00\x01\x00\x00" + bytes(65_536), (0,) * 65_536),
    (b"\x80", {}),
    (b"\x82\xa1a\x01\xa1b\x02", {"b": 2, "a": 1}),
    (b"\x82\xa1z\x01\xa2\xc3\xa4\x02", {"ä": 2, "z": 1}),
    (
        b"\xde\x00\x10" + b"".join(b"\xa1%c\xc0" % (65 + i) for i in range(16)),
        {chr(65 + i): None for i in range(16)},
    ),
]

REFUSED: dict[str, bytes] = {
    "nothing": b"",
    "one as uint8": b"\xcc\x01",
    "one as uint16": b"\xcd\x00\x01",
    "one as uint32": b"\xce\x00\x00\x00\x01",
    "one as uint64": b"\xcf" + bytes(7) + b"\x01",
    "one as int8": b"\xd0\x01",
    "one as int16": b"\xd1\x00\x01",
    "one as int32": b"\xd2\x00\x00\x00\x01",
    "one as int64": b"\xd3" + bytes(7) + b"\x01",
    "minus one as int8": b"\xd0\xff",
    "200 as int16": b"\xd1\x00\xc8",
    "one as a wide integer": b"\xc7\x01\x01\x01",
    "2**64 with a leading zero": b"\xc7\x0a\x01\x00\x01" + bytes(8),
    "2**64 - 1 as a wide integer": b"\xc7\x09\x01\x00" + b"\xff" * 8,
    "zero as a wide integer of no bytes": b"\xc7\x00\x01",
    "16 wide bytes in the long form": b"\xc7\x10\x01\x01" + bytes(15),
    "2**255": b"\xc7\x21\x01\x00\x80" + bytes(31),
    "a wide integer of 255 bytes": b"\xc7\xff\x01\x01" + bytes(254),
    "str8 for a short string": b"\xd9\x01a",
    "str16 for a short string": b"\xda\x00\x01a",
    "str32 for a short string": b"\xdb\x00\x00\x00\x01a",
    "bin16 for short bytes": b"\xc5\x00\x01a",
    "bin32 for short bytes": b"\xc6\x00\x00\x00\x01a",
    "array16 for a short array": b"\xdc\x00\x01\x01",
    "array32 for a short array": b"\xdd\x00\x00\x00\x01\x01",
    "map16 for a short map": b"\xde\x00\x01\xa1a\x01",
    "map32 for a short map": b"\xdf\x00\x00\x00\x01\xa1a\x01",
    "keys out of order": b"\x82\xa1b\x01\xa1a\x01",
    "keys in the order of length": b"\x82\xa1z\x01\xa2aa\x01",
    "a key twice": b"\x82\xa1a\x01\xa1a\x01",
    "a key that is an integer": b"\x81\x01\x01",
    "a key that is bytes": b"\x81\xc4\x01a\x01",
    "a key that is nil": b"\x81\xc0\x01",
    "a key that is an array": b"\x81\x91\x01\x01",
    "a key that is a boolean": b"\x81\xc3\x01",
    "float32": b"\xca" + struct.pack(">f", 1.5),
    "float64": b"\xcb" + struct.pack(">d", 1.5),
    "minus zero": b"\xcb" + struct.pack(">d", -0.0),
    "not a number": b"\xcb" + struct.pack(">d", float("nan")),
    "infinity": b"\xcb" + struct.pack(">d", float("inf")),
    "the byte that is never used": b"\xc1",
    "extension 0": b"\xc7\x09\x00\x01" + bytes(8),
    "extension 2": b"\xd8\x02\x01" + bytes(15),
    "fixext 1": b"\xd4\x01\x01",
    "fixext 2": b"\xd5\x01\x01\x01",
    "fixext 4": b"\xd6\x01\x01" + bytes(3),
    "fixext 8": b"\xd7\x01\x01" + bytes(7),
    "ext16": b"\xc8\x00\x09\x01\x01" + bytes(8),
    "ext32": b"\xc9\x00\x00\x00\x09\x01\x01" + bytes(8),
    "timestamp 32": b"\xd6\xff\x00\x00\x00\x01",
    "timestamp 64": b"\xd7\xff" + bytes(3) + b"\x01" + bytes(3) + b"\x01",
    "timestamp 96": b"\xc7\x0c\xff" + bytes(4) + b"\x80" + bytes(7),
    "a timestamp inside": b"\x91\xd6\xff\x00\x00\x00\x01",
    "UTF-8 that is not": b"\xa1\xff",
    "an overlong NUL": b"\xa2\xc0\x80",
    "a lone surrogate": b"\xa3\xed\xa0\x80",
    "a code point too high": b"\xa4\xf4\x90\x80\x80",
    "a byte after the value": b"\x01\x01",
    "a truncated string": b"\xa2a",
    "a truncated length": b"\xda\x01",
    "a truncated array": b"\x92\x01",
    "a truncated map": b"\x81\xa1a",
    "a truncated wide integer": b"\xc7\x09\x01\x01",
    "an extension without a type": b"\xc7\x09",
    "an array of 2**32 - 1": b"\xdd\xff\xff\xff\xff",
    "a map of 2**32 - 1": b"\xdf\xff\xff\xff\xff",
    "a string of 2**32 - 1": b"\xdb\xff\xff\xff\xffa",
    "bytes of 2**32 - 1": b"\xc6\xff\xff\xff\xffa",
    "a megabyte of empty maps": b"\x80" * 1_000_000,
    "an array of a million empty maps": b"\xdd\x00\x0f\x42\x40" + b"\x80" * 1_000_000,
    "a tower of arrays": b"\x91" * 100_000 + b"\xc0",
    "a tower of maps": b"\x81\xa0" * 100_000 + b"\xc0",
}


def tagged(value: object) -> object:
    """Give a value with the type of each part, for Python holds 1 and True to be equal."""
    if isinstance(value, dict):
        return {key: tagged(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(tagged(item) for item in value)
    return type(value), value


@pytest.mark.parametrize(("data", "value"), SPELLINGS)
def test_each_value_has_this_spelling(data: bytes, value: object) -> None:
    assert codec.encode(value) == data
    decoded = codec.decode(data)
    assert decoded == value
    assert type(decoded) is type(value)


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_every_other_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        codec.decode(data)
    if data:
        with pytest.raises(Invalid):
            codec.decode(b"\x92\xc0" + data)


@given(VALUES)
def test_decode_undoes_encode(value: object) -> None:
    assert codec.decode(codec.encode(value)) == value


@given(st.lists(INTEGERS | st.binary(max_size=40) | st.text(max_size=9), max_size=20).map(tuple))
def test_the_fast_way_gives_the_same_bytes(value: tuple[object, ...]) -> None:
    assert codec.encode_array(value) == codec.encode(value)


@given(st.binary(max_size=60))
def test_noise_is_refused_or_is_the_encoding_of_what_it_says(data: bytes) -> None:
    try:
        value = codec.decode(data)
    except Invalid:
        return
    assert codec.encode(value) == data


@given(VALUES, st.data())
def test_changed_bytes_raise_invalid_alone_or_mean_something_else(
    value: object, data: st.DataObject
) -> None:
    original = codec.encode(value)
    changed = bytearray(original)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(changed) - 1))
        changed[place] = data.draw(st.integers(0, 255))
    try:
        other = codec.decode(bytes(changed))
    except Invalid:
        return
    assert codec.encode(other) == bytes(changed)
    assert (bytes(changed) == original) == (tagged(other) == tagged(value))


@given(VALUES)
def test_what_msgpack_reads_from_our_bytes_is_the_same(value: object) -> None:
    def wide(code: int, data: bytes) -> int:
        assert code == codec.WIDE_INTEGER
        return int.from_bytes(data, "big", signed=True)

    plain = msgpack.unpackb(codec.encode(value), use_list=False, ext_hook=wide)
    assert plain == value


@given(st.dictionaries(st.text(max_size=4), st.integers(), max_size=20))
def test_the_order_in_which_a_map_was_made_does_not_matter(value: dict[str, int]) -> None:
    try:
        first = codec.encode(value)
    except OverflowError:
        return
    assert codec.encode(dict(reversed(list(value.items())))) == first
    assert list(codec.decode(first)) == sorted(value, key=str.encode)


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), [0.0], {"a": 1.0}, {1: 2}, {b"a": 1}, object(), {1, 2}, (set(),)]
)
def test_what_is_no_value_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        codec.encode(value)


def test_integers_beyond_256_bits_are_not_written() -> None:
    for value in (2**255, -(2**255) - 1):
        with pytest.raises(OverflowError):
            codec.encode(value)


def test_a_value_may_be_sixteen_deep_and_no_deeper() -> None:
    deepest = b"\x91" * codec.MAX_DEPTH + b"\xc0"
    assert codec.encode(codec.decode(deepest)) == deepest
    with pytest.raises(Invalid, match="TOO_DEEP"):
        codec.decode(b"\x91" + deepest)
    with pytest.raises(Invalid, match="TOO_DEEP"):
        codec.decode(b"\x81\xa0" + deepest)


def test_the_number_of_items_is_bounded() -> None:
    def array(length: int) -> bytes:
        return b"\xdd" + length.to_bytes(4, "big") + b"\x80" * length

    assert len(codec.decode(array(codec.MAX_ITEMS - 1))) == codec.MAX_ITEMS - 1
    with pytest.raises(Invalid, match="TOO_MANY_ITEMS"):
        codec.decode(array(codec.MAX_ITEMS))


def test_size_is_checked_before_anything_else() -> None:
    data = codec.encode(b"x" * 100)
    assert codec.decode(data, max_bytes=len(data)) == b"x" * 100
    with pytest.raises(Invalid, match="TOO_LARGE"):
        codec.decode(data, max_bytes=len(data) - 1)


@pytest.mark.parametrize(
    "data",
    [
        b"\xdd\x00\x0f\x42\x40" + b"\x80" * 1_000_000,
        b"\xdd\xff\xff\xff\xff" + b"\x80" * 1_000_000,
        b"\x91" * 1_000_000,
        b"\x80" * 1_000_000,
    ],
)
def test_bombs_are_found_before_the_decoder_sees_them(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*arguments: object, **options: object) -> None:
        pytest.fail("the decoder was called")

    monkeypatch.setattr(msgpack, "unpackb", explode)
    began = time.monotonic()
    with pytest.raises(Invalid):
        codec.decode(data)
    assert time.monotonic() - began < 5


def test_fields_wants_exactly_these_types() -> None:
    assert codec.fields((1, "a", None), int, str, object) == (1, "a", None)
    for value, types in (
        ((1, 2), (int,)),
        ((1,), (int, int)),
        ([1], (int,)),
        ({"a": 1}, (str,)),
        (("1",), (int,)),
        ((True,), (int,)),
        ((1,), (bool,)),
        ((b"a",), (str,)),
        (None, ()),
    ):
        with pytest.raises(Invalid, match="BAD_SHAPE"):
            codec.fields(value, *types)


def test_items_wants_an_array_of_bounded_length() -> None:
    assert codec.items((1, 2), maximum=2) == (1, 2)
    for value in ((1, 2, 3), [1], {"a": 1}, "ab", None):
        with pytest.raises(Invalid, match="BAD_SHAPE"):
            codec.items(value, maximum=2)
