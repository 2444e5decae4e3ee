"""Handing in transactions over HTTP, waiting for them, and proving what became of them."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from api.json_transactions import transaction_json
from api.limits import Limits
from client.transactions import build, derived_signer
from ledger import codec
from ledger.proof import (
    CertifiedState,
    TransactionProof,
    verify_certified_state,
    verify_transaction_proof,
)
from ledger.receipt import Applied
from ledger.transaction import ChainId, parse_transaction
from lending import keys
from lending.commands import IssueCash
from tests.unit.api.asking import JSON_TYPE, PACKED_TYPE, asking, get
from tests.unit.api.scenario import Book, served_book

PACKED = PACKED_TYPE["content-type"]


def issue(book: Book, amount: int = 1_00) -> bytes:
    """Something to hand in."""
    return book.transaction("mint", IssueCash("alpha", "USD", amount, f"wire {amount}"))


def identifier(raw: bytes) -> str:
    """Its id in hexadecimal."""
    return parse_transaction(raw).id.hex()


def test_both_forms_of_a_transaction_are_the_same_transaction() -> None:
    book = Book()
    raw = issue(book)
    body = json.dumps(transaction_json(parse_transaction(raw)))

    async def talk(client: httpx.AsyncClient) -> None:
        for content, headers in ((raw, PACKED_TYPE), (body.encode(), JSON_TYPE)):
            answer = await client.post("/v1/transactions", content=content, headers=headers)
            assert answer.status_code == 202
            assert answer.json() == {"transaction_id": identifier(raw), "state": "pending"}
            assert answer.headers["location"] == f"/v1/transactions/{identifier(raw)}"
        assert len(book.node.waiting) == 1

    asking(book.node, talk)


def test_waiting_ends_with_the_commit() -> None:
    book = Book()
    raw = issue(book)

    async def talk(client: httpx.AsyncClient) -> None:
        path = "/v1/transactions?wait=commit&timeout=5"
        waiting = asyncio.create_task(client.post(path, content=raw, headers=PACKED_TYPE))
        await book.node.admitted.wait()
        looking = asyncio.create_task(
            client.get(f"/v1/transactions/{identifier(raw)}?wait=commit&timeout=5")
        )
        await asyncio.sleep(0.01)
        assert not waiting.done()
        book.node.commit()
        posted, looked = await waiting, await looking
        assert posted.status_code == looked.status_code == 200
        assert posted.json() == looked.json()
        assert posted.json()["outcome"]["status"] == "applied"
        again = await client.post(path, content=raw, headers=PACKED_TYPE)
        assert again.json() == posted.json()

    asking(book.node, talk)


def test_waiting_in_vain_says_pending_or_unknown() -> None:
    book = Book()
    raw = issue(book)

    async def talk(client: httpx.AsyncClient) -> None:
        path = "/v1/transactions?wait=commit&timeout=0"
        answer = await client.post(path, content=raw, headers=PACKED_TYPE)
        assert (answer.status_code, answer.json()["state"]) == (202, "pending")
        answer = await client.get(f"/v1/transactions/{'00' * 32}?wait=commit&timeout=0")
        assert answer.json()["state"] == "unknown"

    asking(book.node, talk)


def test_a_batch_answers_each_by_itself_and_in_order() -> None:
    book = Book()
    good, other = issue(book, 1), issue(book, 2)
    unsigned = other[:-1] + bytes([other[-1] ^ 1])
    packed = codec.encode_array((good, unsigned, b"x"))

    async def talk(client: httpx.AsyncClient) -> None:
        path = "/v1/transactions:batch"
        answer = await client.post(path, content=packed, headers=PACKED_TYPE)
        assert answer.status_code == 200
        rows = answer.json()["results"]
        assert [row["state"] for row in rows] == ["pending", "refused", "refused"]
        assert [row.get("code") for row in rows] == [None, "BAD_SIGNATURE", "BAD_SHAPE"]
        assert rows[1]["definite"] is True
        book.node.commit()
        body = json.dumps([transaction_json(parse_transaction(good))]).encode()
        answer = await client.post(path + "?wait=commit&timeout=0", content=body, headers=JSON_TYPE)
        assert answer.json()["results"][0]["outcome"]["status"] == "applied"

    asking(book.node, talk)


def test_a_batch_has_a_bound_and_may_be_empty() -> None:
    limits = Limits(batch_transactions_max=2)
    book = Book()

    async def talk(client: httpx.AsyncClient) -> None:
        path = "/v1/transactions:batch"
        body = codec.encode_array((b"a", b"b", b"c"))
        answer = await client.post(path, content=body, headers=PACKED_TYPE)
        assert answer.json()["code"] == "TOO_MANY_TRANSACTIONS"
        assert answer.json()["facts"] == {"count": 3, "maximum": 2}
        answer = await client.post(path, content=b"\x90", headers=PACKED_TYPE)
        assert answer.json() == {"results": []}
        answer = await client.post(path, content=b"[{}, 1, 2]", headers=JSON_TYPE)
        assert answer.json()["code"] == "TOO_MANY_TRANSACTIONS"
        answer = await client.post(path, content=b"[{}]", headers=JSON_TYPE)
        assert answer.json()["facts"]["index"] == 0

    asking(book.node, talk, limits=limits)


@pytest.mark.parametrize(
    ("chain_id", "is_full", "status", "code"),
    [(ChainId(bytes(32)), False, 422, "OTHER_CHAIN"), (None, True, 503, "POOL_FULL")],
)
def test_a_refusal_says_why_and_that_it_is_definite(
    chain_id: ChainId | None, is_full: bool, status: int, code: str
) -> None:
    book = Book()
    book.node.is_full = is_full
    command = IssueCash("alpha", "USD", 1, "wire")
    raw = build(
        chain_id or book.node.chain.chain_id, "mint", command, [derived_signer("mint")], expires_at=9
    ).raw  # fmt: skip

    async def talk(client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/transactions", content=raw, headers=PACKED_TYPE)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["definite"] is True
        assert answer.json()["facts"]["transaction_id"] == identifier(raw)
        assert ("retry-after" in answer.headers) == is_full

    asking(book.node, talk)


def test_a_refused_command_is_a_committed_answer_and_no_problem() -> None:
    book = served_book()
    refused = identifier(book.sent[-1])
    answer = get(book.node, f"/v1/transactions/{refused}")
    assert answer.status_code == 200
    assert answer.json()["state"] == "committed"
    assert answer.json()["outcome"] == {
        "status": "rejected", "code": "UNKNOWN_LOAN", "facts": {"loan": "acme-2"},
    }  # fmt: skip


def test_proofs_verify_offline_in_both_forms() -> None:
    book = served_book()
    for raw in book.sent:
        path = f"/v1/transactions/{identifier(raw)}/proof"
        shown = get(book.node, path).json()
        packed = get(book.node, path, accept=PACKED).content
        assert packed.hex() == shown["proof"]
        proof = TransactionProof.from_value(codec.decode(packed))
        receipt = verify_transaction_proof(book.node.genesis, proof)
        assert isinstance(receipt.outcome, Applied) == (shown["outcome"]["status"] == "applied")


def test_state_proofs_show_presence_and_absence() -> None:
    book = served_book()
    for name, is_there in (("acme-1", True), ("acme-2", False)):
        path = f"/v1/state/{keys.loan(name).hex()}/proof"
        shown = get(book.node, path).json()
        assert (shown["value"] is not None) == is_there
        packed = get(book.node, path, accept=PACKED).content
        verify_certified_state(book.node.genesis, CertifiedState.from_value(codec.decode(packed)))


def test_genesis_alone_has_no_proof_of_state() -> None:
    answer = get(Book().node, "/v1/state/00/proof")
    assert (answer.status_code, answer.json()["code"]) == (404, "NO_PROOF")
