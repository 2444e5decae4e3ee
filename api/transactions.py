"""/v1/transactions/{id}: where a transaction stands, and its proof; submitting is in submit.py."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator, Field

from api.http_bodies import MSGPACK, accepts_msgpack
from api.problems import Problem
from api.query import decimal
from api.reading import LimitsOf, NodeOf, SnapshotOf, add_height_headers, parse_hex
from api.receipts import outcome_value, status_value
from api.schemas import TransactionProofModel, TransactionStatus
from ledger import codec
from ledger.proof import prove_transaction
from ledger.receipt import Receipt

router = APIRouter(tags=["transactions"])

TransactionId = Annotated[str, Path(description="The id: 32 bytes in hexadecimal.")]
Seconds = Annotated[int, Field(ge=0), BeforeValidator(decimal)]


@router.get(
    "/v1/transactions/{transaction_id}",
    operation_id="get_transaction",
    summary="Where a transaction stands",
)
async def get_transaction(
    request: Request,
    node: NodeOf,
    limits: LimitsOf,
    transaction_id: TransactionId,
    wait: Annotated[
        Literal["commit"] | None, Query(description="Answer when it is committed or expired.")
    ] = None,
    seconds: Annotated[
        Seconds, Query(alias="timeout", description="Seconds to wait at most.")
    ] = 10,
) -> TransactionStatus:
    """The status; with `wait=commit` the answer comes when it is final or the time is over."""
    identifier = parse_hex(transaction_id, "transaction_id")
    if seconds > limits.wait_seconds_max:
        raise Problem("BAD_PARAMETER", f"timeout: at most {limits.wait_seconds_max}")
    status = await node.wait(identifier, seconds) if wait else node.status(identifier)
    add_height_headers(request, node.chain.head.header)
    return TransactionStatus.model_validate(status_value(identifier, status))


@router.get(
    "/v1/transactions/{transaction_id}/proof",
    operation_id="get_transaction_proof",
    summary="Proof of a transaction and its receipt",
    response_model=TransactionProofModel,
    responses={200: {"content": {MSGPACK: {}}, "description": "The proof, in JSON or raw."}},
)
def get_transaction_proof(
    request: Request, snapshot: SnapshotOf, transaction_id: TransactionId
) -> Response:
    """A proof that verifies offline with the genesis alone; raw by `Accept`."""
    identifier = parse_hex(transaction_id, "transaction_id")
    proof = prove_transaction(snapshot.reader, snapshot.header.chain_id, identifier)
    if proof is None:
        raise Problem("UNKNOWN_TRANSACTION", facts={"height": snapshot.header.height})
    packed = codec.encode(proof.to_value())
    if accepts_msgpack(request.headers.raw):
        return Response(packed, media_type=MSGPACK)
    receipt = Receipt.from_value(codec.decode(proof.receipt))
    model = TransactionProofModel.model_validate(
        {
            "transaction_id": transaction_id,
            "height": proof.header.height,
            "block_id": proof.header.id.hex(),
            "index": proof.index,
            "outcome": outcome_value(receipt.outcome),
            "proof": packed.hex(),
        }
    )
    return Response(model.model_dump_json(), media_type="application/json")
