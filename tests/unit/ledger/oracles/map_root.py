"""The state root, the obvious way: everything from the sorted map, every time.

Written from docs/develop/state-tree.md alone; it shares no code with the tree it judges.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256


def map_root(content: Mapping[bytes, bytes]) -> bytes:
    """The root of a map."""
    entries = {
        sha256(b"\x02" + key).hexdigest(): sha256(b"\x03" + value).hexdigest()
        for key, value in content.items()
    }
    return node("", entries)


def node(prefix: str, entries: Mapping[str, str]) -> bytes:
    """The hash of the node at a prefix, entries and prefix in hexadecimal digits."""
    slots = []
    for digit in "0123456789abcdef":
        below = {key: value for key, value in entries.items() if key.startswith(prefix + digit)}
        if not below:
            slots.append(bytes(32))
        elif len(entries) <= 255:
            text = "".join(key + below[key] for key in sorted(below))
            slots.append(sha256(b"\x00" + bytes.fromhex(text)).digest())
        else:
            slots.append(node(prefix + digit, below))
    return sha256(b"\x01" + b"".join(slots)).digest()
