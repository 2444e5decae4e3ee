"""The JSON form of canonical values, as the HTTP API writes it, read back without loss.

{"int": "..."} is an integer beyond 2**53 - 1, {"hex": "..."} a byte string, and {"map": {...}}
a map whose only key has one of these three names.
"""

from __future__ import annotations

from typing import Final

from client.errors import ClientError
from ledger import codec

SAFE_INTEGER: Final = 2**53 - 1
_TAGS: Final = frozenset({"int", "hex", "map"})


def from_json(value: object) -> codec.Value:
    """The canonical value. Raises ClientError."""
    if isinstance(value, list):
        return tuple(from_json(item) for item in value)
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in _TAGS:
            return _tagged(*next(iter(value.items())))
        return {str(name): from_json(item) for name, item in value.items()}
    if isinstance(value, float):
        raise ClientError(f"{value!r} is no canonical value")
    return value


def to_json(value: codec.Value) -> object:
    """The JSON form."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        mapped = {name: to_json(item) for name, item in value.items()}
        is_tag = len(mapped) == 1 and next(iter(mapped)) in _TAGS
        return {"map": mapped} if is_tag else mapped
    if type(value) is int and abs(value) > SAFE_INTEGER:
        return {"int": str(value)}
    result: object = value
    return result


def _tagged(tag: object, content: object) -> codec.Value:
    try:
        if tag == "hex" and isinstance(content, str):
            return bytes.fromhex(content)
        if tag == "int" and isinstance(content, str):
            return int(content)
    except ValueError:
        pass
    if tag == "map" and isinstance(content, dict):
        return {str(name): from_json(item) for name, item in content.items()}
    raise ClientError(f"{{{tag!r}: {content!r}}} is no canonical value")
