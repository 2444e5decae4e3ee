r"""The export file: a chain as one portable file, equal byte for byte whichever member writes it.

    b"HANSA-EXPORT/1\\n"
    frame: the genesis document (JSON, as canonical re-serialised text)
    frame: height 1     canonical [block, certificate]
    frame: height 2     ...
    frame: head

A frame is four bytes of length (big-endian) and that many bytes. The certificate of each height is
the one that the next header fixes, so all members export the same bytes; only the head's may
differ. docs/audit/export-format.md tells it in full. Nothing here is verified: see verify.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from ledger import codec
from ledger.block import BLOCK_BYTES_MAX, Block
from ledger.certificate import CertifiedBlock, QuorumCertificate
from ledger.chain import GENESIS_KEY, read_block, read_certificate, read_head_height
from ledger.errors import Invalid, StoreDamaged
from ledger.genesis import GENESIS_BYTES_MAX, Genesis
from ledger.store import Reader
from ledger.transaction import ChainId

MAGIC: Final = b"HANSA-EXPORT/1\n"
FRAME_BYTES_MAX: Final = 3 * BLOCK_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Entry:
    """One height of a chain, as an auditor meets it."""

    height: int
    """The height at which it stands in the source."""
    block: Block
    """The block."""
    certificate: QuorumCertificate
    """A certificate for it; the next header fixes it unless this is the head."""


class Unreadable(Invalid):
    """The bytes at a height are no block: what a verifier reports as the first bad height."""

    def __init__(self, height: int, error: Invalid) -> None:
        super().__init__(error.code, error.detail)
        self.height = height


def export_frames(reader: Reader, first: int = 1, last: int | None = None) -> Iterator[bytes]:
    """The file of a chain in pieces: magic, genesis, then the heights from `first` to `last`."""
    genesis = Genesis.from_json(reader.get(GENESIS_KEY) or b"")
    head = read_head_height(reader)
    yield MAGIC
    yield _frame(genesis.to_json())
    for height in range(max(first, 1), min(head, head if last is None else last) + 1):
        block = read_block(reader, height)
        certificate = read_certificate(reader, genesis.chain_id, height)
        yield _frame(codec.encode((block.to_value(), certificate.to_value())))


def _frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def read_genesis(stream: BinaryIO) -> Genesis:
    """The head of an export file. Raises Invalid."""
    if stream.read(len(MAGIC)) != MAGIC:
        raise Invalid("NOT_AN_EXPORT", "the file does not begin as an export does")
    data = _read_frame(stream, GENESIS_BYTES_MAX)
    if data is None:
        raise Invalid("NOT_AN_EXPORT", "the genesis document is missing")
    genesis = Genesis.from_json(data)
    if genesis.to_json() != data:
        raise Invalid("NOT_CANONICAL", "the genesis document is not written as an export writes it")
    return genesis


def read_entries(stream: BinaryIO, chain_id: ChainId, first: int = 1) -> Iterator[Entry]:
    """The heights of an export file after its head. Raises Unreadable with the height."""
    height = first
    while True:
        try:
            data = _read_frame(stream, FRAME_BYTES_MAX)
            if data is None:
                return
            entry = parse_entry(data, chain_id, height)
        except Invalid as error:
            raise Unreadable(height, error) from None
        yield entry
        height += 1


def parse_entry(data: bytes, chain_id: ChainId, height: int) -> Entry:
    """One frame. Raises Invalid."""
    block, certificate = codec.fields(codec.decode(data), tuple, tuple)
    return Entry(
        height, Block.from_value(block), QuorumCertificate.from_value(chain_id, certificate)
    )


def store_entries(reader: Reader, chain_id: ChainId, first: int = 1) -> Iterator[Entry]:
    """The heights of a chain in a store. Raises Unreadable with the height, StoreDamaged."""
    for height in range(first, read_head_height(reader) + 1):
        try:
            block = read_block(reader, height)
            certificate = read_certificate(reader, chain_id, height)
        except StoreDamaged as error:
            raise Unreadable(height, Invalid("STORE_DAMAGED", str(error))) from error
        yield Entry(height, block, certificate)


def certified_blocks(entries: Iterator[Entry]) -> Iterator[CertifiedBlock]:
    """The same heights with the parent's certificate beside each block."""
    parent: QuorumCertificate | None = None
    for entry in entries:
        yield CertifiedBlock(entry.block, parent, entry.certificate)
        parent = entry.certificate


def _read_frame(stream: BinaryIO, maximum: int) -> bytes | None:
    head = stream.read(4)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if len(head) < 4 or length > maximum:
        raise Invalid("BAD_FRAME", f"a length of {length}, {maximum} allowed")
    data = stream.read(length)
    if len(data) < length:
        raise Invalid("BAD_FRAME", "the file ends inside a frame")
    return data
