"""/v1/blocks: the chain, newest first, and each block in JSON or as the bytes that were certified."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.http_bodies import MSGPACK, accepts_msgpack
from api.json_transactions import transaction_json
from api.pages import page_of
from api.problems import Problem
from api.query import decimal
from api.reading import CursorQuery, LimitQuery, Snapshot, SnapshotOf
from api.receipts import event_value, outcome_value
from api.schemas import BlockModel, BlockSummary, HeaderModel, Page
from ledger import codec
from ledger.block import Block, Header
from ledger.certificate import QuorumCertificate
from ledger.chain import read_block, read_certificate, read_receipts
from ledger.receipt import Receipt
from ledger.transaction import parse_transaction

router = APIRouter(tags=["blocks"])


@router.get("/v1/blocks", operation_id="list_blocks", summary="Blocks, newest first")
def list_blocks(
    snapshot: SnapshotOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[BlockSummary]:
    """The blocks below the cursor (a height), newest first."""
    head = snapshot.header.height
    first = head if not cursor else min(head, _cursor_height(cursor) - 1)
    blocks = (read_block(snapshot.reader, height) for height in range(first, -1, -1))
    return page_of(blocks, limit, _summary, lambda block: str(block.height))


@router.get(
    "/v1/blocks/{height}",
    operation_id="get_block",
    summary="One block",
    response_model=BlockModel,
    responses={200: {"content": {MSGPACK: {}}, "description": "The block, in JSON or raw."}},
)
def get_block(
    request: Request,
    snapshot: SnapshotOf,
    height: Annotated[str, Path(description="A height, or `head`.", examples=["head"])],
) -> Response:
    """A block in JSON; with `Accept: application/vnd.msgpack`, `[block, parent certificate,
    certificate]` in canonical bytes, where genesis has nil for both certificates.
    """
    at = _block_height(snapshot, height)
    block = read_block(snapshot.reader, at)
    if accepts_msgpack(request.headers.raw):
        return Response(_raw(snapshot, block), media_type=MSGPACK)
    return Response(block_model(snapshot, block).model_dump_json(), media_type="application/json")


def block_model(snapshot: Snapshot, block: Block) -> BlockModel:
    """A block with its certificate and receipts."""
    receipts = [
        Receipt.from_value(codec.decode(raw))
        for raw in read_receipts(snapshot.reader, block.height)
    ]
    transactions = []
    for index, raw in enumerate(block.transactions):
        transaction = parse_transaction(raw)
        transactions.append(
            {
                "id": transaction.id.hex(),
                "index": index,
                "transaction": transaction_json(transaction),
                "outcome": outcome_value(receipts[index + 1].outcome),
            }
        )
    certificate = _certificate(snapshot, block.height)
    return BlockModel.model_validate(
        {
            "id": block.id.hex(),
            "header": header_model(block.header),
            "certificate": None if certificate is None else _certificate_value(certificate),
            "clock_events": [event_value(event) for event in receipts[0].events]
            if receipts
            else [],
            "transactions": transactions,
        }
    )


def header_model(header: Header) -> HeaderModel:
    """A header in JSON."""
    return HeaderModel(
        chain_id=header.chain_id.hex(),
        height=header.height,
        parent=header.parent.hex(),
        parent_certificate=header.parent_certificate.hex(),
        timestamp_ms=header.timestamp_ms,
        proposer=header.proposer,
        transactions_root=header.transactions_root.hex(),
        receipts_root=header.receipts_root.hex(),
        state_root=header.state_root.hex(),
        membership=header.membership.hex(),
        rules=header.rules,
    )


def _summary(block: Block) -> BlockSummary:
    return BlockSummary(
        id=block.id.hex(),
        transactions=len(block.transactions),
        header=header_model(block.header),
    )


def _certificate(snapshot: Snapshot, height: int) -> QuorumCertificate | None:
    if height == 0:
        return None
    return read_certificate(snapshot.reader, snapshot.header.chain_id, height)


def _certificate_value(certificate: QuorumCertificate) -> dict[str, object]:
    return {
        "view": certificate.ballot.view,
        "signatures": [
            {"member": member, "signature": signature.hex()}
            for member, signature in certificate.signatures
        ],
    }


def _raw(snapshot: Snapshot, block: Block) -> bytes:
    parent = _certificate(snapshot, block.height - 1) if block.height > 1 else None
    own = _certificate(snapshot, block.height)
    return codec.encode(
        (
            block.to_value(),
            None if parent is None else parent.to_value(),
            None if own is None else own.to_value(),
        )
    )


def _block_height(snapshot: Snapshot, text: str) -> int:
    head = snapshot.header.height
    if text == "head":
        return head
    try:
        height = decimal(text)
    except ValueError:
        raise Problem("BAD_PARAMETER", "a height, or head, was expected") from None
    if height > head:
        facts = {"height": height, "head": head}
        raise Problem("UNKNOWN_BLOCK", f"the head is at {head}", facts)
    return height


def _cursor_height(cursor: str) -> int:
    try:
        return decimal(cursor)
    except ValueError:
        raise Problem("BAD_CURSOR", "a height was expected") from None
