"""/v1/genesis, /v1/members, /v1/state, /v1/evidence, /v1/export: what an auditor asks a node for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import iterate_in_threadpool
from fastapi.responses import Response, StreamingResponse

from api.facade import Node
from api.http_bodies import MSGPACK, accepts_msgpack
from api.pages import page_of
from api.problems import Problem
from api.reading import (
    AnyHeight,
    CursorQuery,
    LimitQuery,
    LimitsOf,
    NodeOf,
    add_height_headers,
    parse_hex,
)
from api.schemas import EvidenceModel, MemberModel, Page, StateProofModel
from ledger import codec
from ledger.crypto import Purpose, digest
from ledger.export import export_frames
from ledger.membership import Member

router = APIRouter(tags=["chain"])

EXPORT_MEDIA_TYPE = "application/vnd.hansa.export"
_PIECE_BYTES = 256 * 1024


@router.get(
    "/v1/genesis",
    operation_id="get_genesis",
    summary="The genesis document",
    responses={200: {"content": {"application/json": {}}, "description": "As its file."}},
)
async def get_genesis(request: Request, node: NodeOf) -> Response:
    """The document whose digest is the chain id. Compare that with what you were told elsewhere."""
    add_height_headers(request, node.chain.head.header)
    return Response(node.genesis.to_json(), media_type="application/json")


@router.get("/v1/members", operation_id="list_members", summary="The members")
async def list_members(
    request: Request, node: NodeOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[MemberModel]:
    """The members whose votes count, by id; the cursor is a member's id."""
    add_height_headers(request, node.chain.head.header)
    members = (m for m in node.chain.membership.members if not cursor or m.id > cursor)
    return page_of(members, limit, _member, lambda member: member.id)


@router.get(
    "/v1/state/{key}/proof",
    operation_id="get_state_proof",
    summary="Proof of a value in the state",
    response_model=StateProofModel,
    responses={200: {"content": {MSGPACK: {}}, "description": "The proof, in JSON or raw."}},
)
async def get_state_proof(
    request: Request,
    node: NodeOf,
    key: Annotated[str, Path(max_length=512, description="The state key in hexadecimal.")],
) -> Response:
    """A certified proof of a key's value at the head, or of its absence; raw by `Accept`."""
    proof = node.prove_state(parse_hex(key, "key", None))
    if proof is None:
        raise Problem("NO_PROOF")
    add_height_headers(request, proof.header)
    packed = codec.encode(proof.to_value())
    if accepts_msgpack(request.headers.raw):
        return Response(packed, media_type=MSGPACK)
    model = StateProofModel(
        height=proof.header.height,
        state_root=proof.header.state_root.hex(),
        key=key,
        value=None if proof.value is None else proof.value.hex(),
        proof=packed.hex(),
    )
    return Response(model.model_dump_json(), media_type="application/json")


@router.get("/v1/evidence", operation_id="list_evidence", summary="Proofs of misbehaviour")
async def list_evidence(
    request: Request, node: NodeOf, limit: LimitQuery = 100, cursor: CursorQuery = ""
) -> Page[EvidenceModel]:
    """What this node has recorded, by id; the cursor is an id."""
    add_height_headers(request, node.chain.head.header)
    rows = sorted((_evidence(record) for record in node.evidence()), key=lambda row: row.id)
    rest = (row for row in rows if not cursor or row.id > cursor)
    return page_of(rest, limit, lambda row: row, lambda row: row.id)


@router.get(
    "/v1/export",
    operation_id="export_chain",
    summary="The chain as one file",
    responses={200: {"content": {EXPORT_MEDIA_TYPE: {}}, "description": "The export file."}},
)
async def export_chain(
    request: Request,
    node: NodeOf,
    limits: LimitsOf,
    first: Annotated[AnyHeight, Query(alias="from", description="The first height.")] = 1,
    last: Annotated[AnyHeight | None, Query(alias="to", description="The last height.")] = None,
) -> StreamingResponse:
    """The export file that `hansa audit` reads, from a snapshot, in bounded memory. A file that does
    not begin at height 1 is a piece: an audit needs the ones before it as well.
    """
    counter: list[int] = request.app.state.exports
    if counter[0] >= limits.exports_max:
        raise Problem("OVERLOADED", "exports under way", headers={"Retry-After": "10"})
    head = node.chain.head
    add_height_headers(request, head.header)
    stop = head.height if last is None else min(last, head.height)
    name = f"hansa-{node.genesis.digest.hex()[:8]}-{stop}.export"
    return StreamingResponse(
        _stream_export(node, counter, first, stop),
        media_type=EXPORT_MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _stream_export(
    node: Node, counter: list[int], first: int, last: int
) -> AsyncIterator[bytes]:
    counter[0] += 1
    try:
        with node.read() as view:
            pieces = _pieces(export_frames(view.reader, first, last))
            async for piece in iterate_in_threadpool(pieces):
                yield piece
    finally:
        counter[0] -= 1


def _pieces(frames: Iterator[bytes]) -> Iterator[bytes]:
    """Frames put together to pieces worth a write."""
    gathered = bytearray()
    for frame in frames:
        gathered += frame
        if len(gathered) >= _PIECE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _member(member: Member) -> MemberModel:
    return MemberModel(
        id=member.id,
        key=member.key.hex(),
        peer_address=member.peer_address,
        api_address=member.api_address,
    )


def _evidence(packed: bytes) -> EvidenceModel:
    """A record: culprit, statement, signature, other statement, signature."""
    culprit, first, _, second, _ = codec.fields(
        codec.decode(packed), str, bytes, bytes, bytes, bytes
    )
    return EvidenceModel(
        id=digest(Purpose.DOCUMENT, packed).hex(),
        culprit=culprit,
        first=first.hex(),
        second=second.hex(),
        evidence=packed.hex(),
    )
