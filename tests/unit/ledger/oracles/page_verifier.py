"""A verifier of exports written from the pages alone; it imports nothing of ours, and is slow.

Sections named are those of docs/develop/wire-format.md. It goes as far as the level `certificates`: for
results one needs the rules of lending. What it refuses, it refuses with ValueError.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P: Final = 2**255 - 19
ORDER_EIGHT: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL: Final = {0, 1, P - 1, ORDER_EIGHT, P - ORDER_EIGHT}


def must(condition: object, what: str) -> None:
    """Raise ValueError unless something holds."""
    if not condition:
        raise ValueError(what)


# Section 1


class Decoder:
    """Reads one value; the caller encodes it again to see whether the bytes were the one form."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.items = 0

    def take(self, count: int) -> bytes:
        """The next bytes."""
        must(self.at + count <= len(self.data), "cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width: int, *, signed: bool = False) -> int:
        """The next bytes as an integer."""
        return int.from_bytes(self.take(width), "big", signed=signed)

    def value(self, depth: int = 0) -> object:
        """The next value."""
        self.items += 1
        must(self.items <= 400_000, "too many items")
        head = self.number(1)
        if head < 0x80 or head >= 0xE0:
            return head if head < 0x80 else head - 256
        if head < 0xC0:
            return self.short(head, depth)
        simple = {0xC0: None, 0xC2: False, 0xC3: True}
        if head in simple:
            return simple[head]
        if 0xC4 <= head <= 0xC6:
            return self.take(self.number(1 << head - 0xC4))
        if 0xCC <= head <= 0xCF:
            return self.number(1 << head - 0xCC)
        if 0xD0 <= head <= 0xD3:
            return self.number(1 << head - 0xD0, signed=True)
        if 0xD9 <= head <= 0xDB:
            return self.take(self.number(1 << head - 0xD9)).decode()
        if head in (0xC7, 0xD8):
            length = self.number(1) if head == 0xC7 else 16
            must(self.number(1) == 1, "another extension")
            return self.number(length, signed=True)
        must(0xDC <= head <= 0xDF, "a type that does not exist here")
        count = self.number(2 if head in (0xDC, 0xDE) else 4)
        return self.array(count, depth) if head < 0xDE else self.map(count, depth)

    def short(self, head: int, depth: int) -> object:
        """A value whose length is in its head."""
        if head < 0x90:
            return self.map(head - 0x80, depth)
        return self.array(head - 0x90, depth) if head < 0xA0 else self.take(head - 0xA0).decode()

    def array(self, count: int, depth: int) -> list[object]:
        """So many values."""
        must(depth < 16 or count == 0, "too deep")
        must(count <= len(self.data) - self.at, "cut short")
        return [self.value(depth + 1) for _ in range(count)]

    def map(self, count: int, depth: int) -> dict[str, object]:
        """So many pairs."""
        items = self.array(2 * count, depth)
        found = dict(zip(map(str, items[::2]), items[1::2], strict=True))
        must(len(found) == count and all(isinstance(key, str) for key in items[::2]), "keys")
        return found


def encode(value: object) -> bytes:
    """The one encoding of a value."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return encode_integer(value)
    if isinstance(value, bytes):
        return head(len(value), (None, 0, 0xC4, 0xC5, 0xC6)) + value
    if isinstance(value, str):
        return head(len(value.encode()), (0xA0, 32, 0xD9, 0xDA, 0xDB)) + value.encode()
    if isinstance(value, list | tuple):
        return head(len(value), (0x90, 16, None, 0xDC, 0xDD)) + b"".join(map(encode, value))
    must(isinstance(value, dict), "no value")
    assert isinstance(value, dict)
    pairs = sorted((key.encode(), key) for key in value)
    body = b"".join(encode(key) + encode(value[key]) for _, key in pairs)
    return head(len(value), (0x80, 16, None, 0xDE, 0xDF)) + body


def head(length: int, forms: tuple[int | None, int, int | None, int, int]) -> bytes:
    """The shortest header for a length."""
    fixed, below, one, two, four = forms
    if fixed is not None and length < below:
        return bytes([fixed + length])
    for first, width in ((one, 1), (two, 2), (four, 4)):
        if first is not None and length < 256**width:
            return bytes([first]) + length.to_bytes(width, "big")
    raise ValueError("too long")


def encode_integer(value: int) -> bytes:
    """The shortest form of an integer."""
    if -32 <= value < 128:
        return bytes([value % 256])
    for exponent in range(4):
        width = 1 << exponent
        if 0 <= value < 256**width:
            return bytes([0xCC + exponent]) + value.to_bytes(width, "big")
        if -(256**width // 2) <= value < 0:
            return bytes([0xD0 + exponent]) + value.to_bytes(width, "big", signed=True)
    width = next(n for n in range(9, 34) if -(256**n // 2) <= value < 256**n // 2)
    must(width <= 32, "wider than 256 bits")
    first = b"\xd8" if width == 16 else b"\xc7" + bytes([width])
    return first + b"\x01" + value.to_bytes(width, "big", signed=True)


def decode(data: bytes) -> list[object]:
    """The value of canonical bytes, which here is always an array."""
    decoder = Decoder(data)
    try:
        value = decoder.value()
    except RecursionError:
        raise ValueError("too deep") from None
    must(decoder.at == len(data) and encode(value) == data, "not canonical")
    must(isinstance(value, list), "not an array")
    assert isinstance(value, list)
    return value


def shape(value: object, *types: type) -> list[object]:
    """An array of exactly these types."""
    must(isinstance(value, list) and list(map(type, value)) == list(types), "shape")
    assert isinstance(value, list)
    return value


# Section 2


def digest(purpose: str, data: bytes) -> bytes:
    """SHA-256 after the tag."""
    return sha256(b"hansa/1/" + purpose.encode() + b"\x00" + data).digest()


def is_acceptable(point: bytes) -> bool:
    """Whether a key or an R is canonical and not small."""
    y = int.from_bytes(point, "little") % 2**255
    return len(point) == 32 and y < P and y not in SMALL


def verify(key: bytes, purpose: str, data: bytes, signature: bytes) -> None:
    """Raise ValueError unless a signature is good."""
    must(len(signature) == 64 and is_acceptable(key) and is_acceptable(signature[:32]), "points")
    try:
        message = b"hansa/1/" + purpose.encode() + b"\x00" + data
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        raise ValueError("signature") from None


# Sections 3 to 6


class Chain:
    """What a verifier carries from height to height."""

    def __init__(self, genesis: bytes, expected_hash: bytes) -> None:
        document = json.loads(genesis)
        must(digest("genesis", encode(document)) == expected_hash, "another genesis")
        again = json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"
        must(again == genesis, "not as an export writes it")
        self.chain_id = expected_hash
        self.rules = document["rules"]
        self.keys = {item["id"]: bytes.fromhex(item["key"]) for item in document["members"]}
        names = ("id", "key", "certificate", "peer_address", "api_address")
        members = [
            [bytes.fromhex(m[n]) if n in ("key", "certificate") else m[n] for n in names]
            for m in sorted(document["members"], key=lambda m: str(m["id"]))
        ]
        self.membership = digest("membership", encode(members))
        count = len(members)
        self.quorum = (count + (count - 1) // 3) // 2 + 1
        self.height = 0
        self.time = document["timestamp_ms"]
        self.parent: bytes | None = None
        self.parent_certificate = bytes(32)
        self.seen: set[bytes] = set()

    def accept(self, entry: bytes) -> None:
        """Check one frame."""
        block, certificate = shape(decode(entry), list, list)
        header, listed = shape(block, list, list)
        self.check_header(header)
        assert isinstance(listed, list)
        leaves = [bytes(item) for item in listed if isinstance(item, bytes)]
        must(len(leaves) == len(listed), "a transaction is bytes")
        assert isinstance(header, list)
        must(root(leaves) == header[6], "transactions root")
        for raw in leaves:
            self.check_transaction(raw)
        identifier = digest("block", encode(header))
        self.check_certificate(certificate, identifier)
        self.height, self.time, self.parent = self.height + 1, header[4], identifier
        self.parent_certificate = digest("certificate", encode(certificate))

    def check_header(self, value: object) -> None:
        """Check that a header continues the chain."""
        header = shape(value, bytes, int, bytes, bytes, int, str, bytes, bytes, bytes, bytes, int)
        must(header[0] == self.chain_id and header[1] == self.height + 1, "chain or height")
        must(self.parent is None or header[2] == self.parent, "parent")
        must(header[3] == self.parent_certificate, "parent's certificate")
        must(isinstance(header[4], int) and self.time < header[4] <= 2**53, "time")
        must(header[5] in self.keys, "proposer")
        must(header[9] == self.membership and header[10] == self.rules, "membership or rules")
        sizes = [len(item) for item in header if isinstance(item, bytes)]
        must(sizes == [32] * 7, "digests")

    def check_certificate(self, value: object, block_id: bytes) -> None:
        """Check that a quorum of distinct members committed a block."""
        phase, height, view, named, signatures = shape(value, str, int, int, bytes, list)
        must([phase, height, named] == ["commit", self.height + 1, block_id], "other block")
        assert isinstance(signatures, list)
        assert isinstance(view, int)
        must(0 <= view < 2**63, "view")
        pairs = [shape(item, str, bytes) for item in signatures]
        names = [str(name) for name, _ in pairs]
        must(all(a < b for a, b in pairwise(names)) and len(names) >= self.quorum, "quorum")
        statement = encode([self.chain_id, "commit", height, view, block_id])
        for name, signature in pairs:
            must(name in self.keys, "member")
            assert isinstance(signature, bytes)
            verify(self.keys[str(name)], "commit", statement, signature)

    def check_transaction(self, raw: bytes) -> None:
        """Check form, signatures, chain, lifetime, and that it is here once."""
        must(len(raw) <= 65_536, "too long")
        payload, signatures = shape(decode(raw), bytes, list)
        assert isinstance(payload, bytes)
        assert isinstance(signatures, list)
        chain_id, sender, command, salt, expires_at = shape(
            decode(payload), bytes, str, list, bytes, int
        )
        shape(command, str, dict)
        must(chain_id == self.chain_id, "chain")
        must(isinstance(salt, bytes) and len(salt) <= 32, "salt")
        must(isinstance(sender, str) and 0 < len(sender) <= 64, "sender")
        height = self.height + 1
        must(isinstance(expires_at, int) and height <= expires_at <= height + 100_000, "lifetime")
        pairs = [shape(item, bytes, bytes) for item in signatures]
        keys = [bytes(key) for key, _ in pairs if isinstance(key, bytes)]
        identifier = digest("transaction", encode([payload, keys]))
        must(identifier not in self.seen, "twice")
        self.seen.add(identifier)
        must(0 < len(keys) <= 16 and all(a < b for a, b in pairwise(keys)), "keys")
        for key, signature in zip(keys, (item[1] for item in pairs), strict=True):
            assert isinstance(signature, bytes)
            verify(key, "transaction", identifier, signature)


def root(leaves: list[bytes]) -> bytes:
    """The root of RFC 9162, as its text has it: split at the largest power of two below."""
    if len(leaves) < 2:
        return sha256(b"\x00" + leaves[0]).digest() if leaves else sha256().digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def frames(data: bytes) -> Iterator[bytes]:
    """The frames of a file after its magic."""
    at = 0
    while at < len(data):
        must(at + 4 <= len(data), "cut short")
        length = int.from_bytes(data[at : at + 4], "big")
        must(length <= 12_582_912 and at + 4 + length <= len(data), "cut short")
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


def audit(data: bytes, genesis_hash: bytes) -> int | None:
    """The height of the first thing wrong in an export, or None."""
    magic = b"HANSA-EXPORT/1\n"
    height = 0
    try:
        must(data[: len(magic)] == magic, "magic")
        pieces = frames(data[len(magic) :])
        chain = Chain(next(pieces), genesis_hash)
        while True:
            height = chain.height + 1
            entry = next(pieces, None)
            if entry is None:
                return None
            chain.accept(entry)
    except (ValueError, StopIteration):
        return height
