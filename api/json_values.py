"""A lossless JSON form of canonical values, both ways; the one place where the two meet.

    None, True, "text"         null, true, "text"
    an integer within 2**53-1  a JSON number
    any other integer          {"int": "-9007199254740993"}
    a byte string              {"hex": "00ff"}
    an array                   an array
    a map                      an object
    a map whose only key is    {"map": {...}}
    "int", "hex" or "map"

JSON numbers beyond 2**53 - 1 lose digits in many readers, hence the second form of an integer.
docs/operate/http-api.md shows it with examples.
"""

from __future__ import annotations

import re
from typing import Final

from api.problems import Problem
from ledger import codec

SAFE_INTEGER: Final = 2**53 - 1
_TAGS: Final = frozenset({"int", "hex", "map"})
_DECIMAL: Final = re.compile(r"0|-?[1-9][0-9]{0,78}")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*")


def to_json(value: codec.Value) -> object:
    """The JSON form of a canonical value."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        mapped = {key: to_json(item) for key, item in value.items()}
        return {"map": mapped} if _is_tag(mapped) else mapped
    if type(value) is int and not -SAFE_INTEGER <= value <= SAFE_INTEGER:
        return {"int": str(value)}
    result: object = value
    return result


def from_json(value: object) -> codec.Value:
    """The canonical value of a JSON form read by `strict_json`. Raises Problem."""
    if isinstance(value, list):
        return tuple(from_json(item) for item in value)
    if isinstance(value, dict):
        return _from_object(value)
    if type(value) is int and not -SAFE_INTEGER <= value <= SAFE_INTEGER:
        raise Problem("BAD_VALUE", 'an integer beyond 2**53 - 1 is written {"int": "..."}')
    return value


def hex_bytes(value: object, what: str) -> bytes:
    """The bytes of a lower-case hexadecimal string. Raises Problem."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise Problem("BAD_VALUE", f"{what} must be lower-case hexadecimal")
    return bytes.fromhex(value)


def _is_tag(value: dict[str, object]) -> bool:
    return len(value) == 1 and next(iter(value)) in _TAGS


def _from_object(value: dict[str, object]) -> codec.Value:
    if not _is_tag(value):
        return {key: from_json(item) for key, item in value.items()}
    ((tag, content),) = value.items()
    if tag == "hex":
        return hex_bytes(content, "hex")
    if tag == "int":
        return _integer(content)
    if not isinstance(content, dict) or not _is_tag(content):
        raise Problem("BAD_VALUE", '"map" holds an object whose only key is int, hex or map')
    return {key: from_json(item) for key, item in content.items()}


def _integer(content: object) -> int:
    if not isinstance(content, str) or not _DECIMAL.fullmatch(content):
        raise Problem("BAD_VALUE", '"int" holds a decimal string without needless zeros')
    number = int(content)
    if (number if number >= 0 else ~number).bit_length() > 255:
        raise Problem("BAD_VALUE", "an integer has at most 256 bits")
    return number
