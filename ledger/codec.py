"""Canonical MessagePack: one encoding per value, everything else refused; not a schema language.

Values are None, bool, int, bytes, str, tuple (array) and dict with str keys (map). Rules:

* every integer, string, byte string, array and map header takes its shortest form;
* map keys are strings in ascending order of their UTF-8 bytes, each once;
* integers outside [-2**63, 2**64) are extension type 1: the shortest big-endian two's
  complement, at most 32 bytes; an integer that fits the native range never uses it;
* floats, other extension types, timestamps and invalid UTF-8 do not exist;
* depth, item count and size are bounded by our own scan *before* the decoder sees the bytes.

docs/develop/wire-format.md gives the same rules with examples. This file is the only door to
the msgpack package.
"""

from __future__ import annotations

from typing import Any, Final

import msgpack

from ledger.errors import Invalid

MAX_DEPTH: Final = 16
MAX_ITEMS: Final = 400_000
MAX_BYTES: Final = 16 * 1024 * 1024
WIDE_INTEGER: Final = 1
WIDE_INTEGER_BYTES_MAX: Final = 32

_NATIVE_MIN: Final = -(2**63)
_NATIVE_MAX: Final = 2**64 - 1

Value = Any
"""None | bool | int | bytes | str | tuple[Value, ...] | dict[str, Value]."""


def _encode_wide(value: object) -> msgpack.ExtType:
    if type(value) is not int:
        raise TypeError(f"not a canonical value: {type(value).__name__}")
    length = (value if value >= 0 else ~value).bit_length() // 8 + 1
    if length > WIDE_INTEGER_BYTES_MAX:
        raise OverflowError("integer wider than 256 bits")
    return msgpack.ExtType(WIDE_INTEGER, value.to_bytes(length, "big", signed=True))


def _decode_wide(code: int, data: bytes) -> int:
    if code != WIDE_INTEGER:
        raise ValueError(f"extension type {code}")
    value = int.from_bytes(data, "big", signed=True)
    if _NATIVE_MIN <= value <= _NATIVE_MAX:
        raise ValueError("wide integer in the native range")
    return value


_ATOMS: Final = frozenset({int, str, bytes, bool, type(None)})


def _sorted_maps(value: Value) -> Value:
    """The same value with every map in key order (encoding keeps a dict's own order).

    A hot path. Python orders strings by code point, which is the order of their UTF-8 bytes.
    """
    kind = type(value)
    if kind is tuple or kind is list:
        return [item if type(item) in _ATOMS else _sorted_maps(item) for item in value]
    if kind is dict:
        return {
            key: item if type(item) in _ATOMS else _sorted_maps(item)
            for key, item in sorted(value.items(), key=_text_key)
        }
    if kind in _ATOMS or (isinstance(value, (str, int, bytes)) and not isinstance(value, float)):
        return value
    raise TypeError(f"not a canonical value: {kind.__name__}")


def _text_key(pair: tuple[str, Value]) -> str:
    if type(pair[0]) is not str:
        raise TypeError("map keys are strings")
    return pair[0]


_pack_flat = msgpack.Packer(default=_encode_wide, autoreset=True, use_bin_type=True).pack


def encode(value: Value) -> bytes:
    """The canonical bytes of `value`. Raises TypeError for what is no canonical value."""
    packed: bytes = _pack_flat(_sorted_maps(value))
    return packed


def encode_array(value: tuple[Value, ...]) -> bytes:
    """`encode` for a value that holds no map and no float: the hot path of every fixed record."""
    packed: bytes = _pack_flat(value)
    return packed


def decode(data: bytes, *, max_bytes: int = MAX_BYTES) -> Value:
    """The value of canonical bytes. Raises Invalid for every other byte string."""
    if len(data) > max_bytes:
        raise Invalid("TOO_LARGE", f"{len(data)} bytes, {max_bytes} allowed")
    scan(data)
    try:
        value = msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=True,
            use_list=False,
            ext_hook=_decode_wide,
            object_pairs_hook=_ordered_map,
        )
        canonical = _pack_flat(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise Invalid("MALFORMED", str(error)[:200]) from None
    if canonical != data:
        raise Invalid("NOT_CANONICAL", "another encoding of these values is the canonical one")
    return value


def fields(value: Value, *types: type) -> tuple[Any, ...]:
    """An array of exactly these types, unpacked. Raises Invalid.

    `bool` is not accepted where `int` is asked: the two have different encodings.
    """
    if type(value) is not tuple or len(value) != len(types):
        raise Invalid("BAD_SHAPE", f"an array of {len(types)} was expected")
    for item, wanted in zip(value, types, strict=True):
        if type(item) is not wanted and wanted is not object:
            raise Invalid("BAD_SHAPE", f"{wanted.__name__} expected, {type(item).__name__} given")
    return value


def items(value: Value, *, maximum: int = MAX_ITEMS) -> tuple[Any, ...]:
    """An array of any length up to `maximum`. Raises Invalid."""
    if type(value) is not tuple or len(value) > maximum:
        raise Invalid("BAD_SHAPE", f"an array of at most {maximum} was expected")
    return value


def _ordered_map(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    previous: str | None = None
    for key, _ in pairs:
        if type(key) is not str:
            raise ValueError("map keys are strings")
        if previous is not None and key <= previous:
            raise ValueError("map keys are not in ascending order, each once")
        previous = key
    return dict(pairs)


def decode_own(data: bytes) -> Value:
    """The value of bytes that this node encoded itself and read back under a checksum.

    A hot path: without the checks that `decode` owes to strangers.
    """
    return msgpack.unpackb(data, raw=False, use_list=False, ext_hook=_decode_wide)


# --- the scan -----------------------------------------------------------------------------------
# For each first byte: (kind, bytes, children). Kind 0: `bytes` of payload follow; 5: `children`
# follow. The others begin with a length field of `bytes` bytes, which counts 1: bytes of payload;
# 2: children (arrays); 3: pairs (maps); 4: bytes of payload after the type of an extension.
# Of the fixed-size extensions only that of 16 bytes can hold a wide integer; timestamps, which the
# decoder would build and the encoder write again, end here.

_FORBIDDEN: Final = (-1, 0, 0)


def _head_table() -> tuple[tuple[int, int, int], ...]:
    table: list[tuple[int, int, int]] = [_FORBIDDEN] * 256
    for byte in (*range(0x80), *range(0xE0, 0x100), 0xC0, 0xC2, 0xC3):
        table[byte] = (0, 0, 0)
    for byte in range(0x80, 0x90):
        table[byte] = (5, 0, 2 * (byte - 0x80))
    for byte in range(0x90, 0xA0):
        table[byte] = (5, 0, byte - 0x90)
    for byte in range(0xA0, 0xC0):
        table[byte] = (0, byte - 0xA0, 0)
    for first in (0xC4, 0xD9):
        for exponent in range(3):
            table[first + exponent] = (1, 1 << exponent, 0)
    for exponent in range(4):
        table[0xCC + exponent] = table[0xD0 + exponent] = (0, 1 << exponent, 0)
    table[0xC7] = (4, 1, 0)
    table[0xD8] = (0, 1 + 16, 0)
    table[0xDC], table[0xDD] = (2, 2, 0), (2, 4, 0)
    table[0xDE], table[0xDF] = (3, 2, 0), (3, 4, 0)
    return tuple(table)


_HEADS: Final = _head_table()


def scan(data: bytes, *, max_depth: int = MAX_DEPTH, max_items: int = MAX_ITEMS) -> None:
    """Check framing, depth and item count without building anything. Raises Invalid."""
    size = len(data)
    at = items = 0
    remaining = 1
    stack: list[int] = []
    heads = _HEADS
    while True:
        while remaining == 0:
            if not stack:
                if at != size:
                    raise Invalid("MALFORMED", "bytes after the value")
                return
            remaining = stack.pop()
        if at >= size:
            raise Invalid("MALFORMED", "truncated")
        kind, length, children = heads[data[at]]
        at += 1
        remaining -= 1
        items += 1
        if kind == 0:
            at += length
        elif kind == 5:
            if children:
                stack.append(remaining)
                remaining = children
        elif kind < 0:
            raise Invalid("MALFORMED", f"type byte 0x{data[at - 1]:02x} is not allowed")
        else:
            at, children = _scan_long(data, at, kind, length)
            if children:
                stack.append(remaining)
                remaining = children
        if at > size or remaining > size - at:
            raise Invalid("MALFORMED", "truncated")
        if items > max_items:
            raise Invalid("TOO_MANY_ITEMS", f"more than {max_items}")
        if len(stack) > max_depth:
            raise Invalid("TOO_DEEP", f"deeper than {max_depth}")


def _scan_long(data: bytes, at: int, kind: int, width: int) -> tuple[int, int]:
    """Read a length field of `width` bytes: (next position, number of children)."""
    length = int.from_bytes(data[at : at + width], "big")
    at += width
    if kind == 1:
        return at + length, 0
    if kind == 4:
        if data[at : at + 1] != bytes((WIDE_INTEGER,)):
            raise Invalid("MALFORMED", "an extension that is not a wide integer")
        return at + 1 + length, 0
    return at, length * (2 if kind == 3 else 1)
