"""The API in front of the real node, on every backend: a chain of one member that votes for itself."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from client.transactions import build, derived_signer
from ledger import codec
from ledger.genesis import Genesis
from ledger.proof import TransactionProof, verify_transaction_proof
from lending.commands import IssueCash
from node import Composition, build_node
from runtime.settings import Settings
from runtime.stores import has_leveldb
from tests.unit.api.asking import PACKED_TYPE
from tests.unit.api.fake_node import genesis

BACKENDS = ["sqlite", *(["leveldb"] if has_leveldb() else [])]


def alone(folder: Path, backend: str) -> Settings:
    """The data, genesis and key of a chain with one member."""
    document = dict(genesis().document)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    document["members"] = [{**document["members"][0], "peer_address": address}]
    document["timestamp_ms"] = int(time.time() * 1000) - 10_000
    document["parameters"] = {"idle_interval_ms": 50, "timeout_ms": 500, "timeout_max_ms": 500}
    (folder / "genesis.json").write_text(json.dumps(document))
    (folder / "key.pem").write_bytes(derived_signer("node", "alpha").to_pem())
    Composition().create_data(folder / "data", Genesis.from_document(document), backend)
    return Settings(folder / "data", folder / "genesis.json", folder / "key.pem", "alpha")


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_real_node_serves_what_it_was_given(tmp_path: Path, backend: str) -> None:
    settings = alone(tmp_path, backend)

    async def run() -> None:
        node = build_node(settings, Composition())
        await node.start()
        transport = httpx.ASGITransport(app=create_app(node))
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            await talk(client, node.genesis)
        await node.stop()

    asyncio.run(run())


async def talk(client: httpx.AsyncClient, chain: Genesis) -> None:
    """Hand in, wait, read at the height of one's own write, prove, and look at everything."""
    command = IssueCash("alpha", "USD", 5_00, "wire")
    signed = build(chain.chain_id, "mint", command, [derived_signer("mint")], expires_at=900)
    path = "/v1/transactions?wait=commit&timeout=10"
    answers = await asyncio.gather(
        *(client.post(path, content=signed.raw, headers=PACKED_TYPE) for _ in range(3))
    )
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.json()["outcome"]["status"] == "applied"
    height = answers[0].json()["height"]
    account = await client.get(f"/v1/accounts/alpha/cash/USD?min_height={height}")
    assert account.json()["balance"]["amount"] == "5.00"
    packed = {"accept": "application/vnd.msgpack"}
    raw = await client.get(f"/v1/transactions/{signed.id.hex()}/proof", headers=packed)
    verify_transaction_proof(chain, TransactionProof.from_value(codec.decode(raw.content)))
    targets = (
        "/", "/v1/node", "/v1/blocks", "/v1/blocks/head", "/v1/members", "/v1/trial-balance",
        f"/v1/trial-balance?height={height - 1}", "/v1/accounts", "/v1/evidence",
        "/v1/state/00/proof", "/healthz", "/readyz?verbose", "/metrics", "/v1/genesis",
        "/v1/accounts/alpha/cash/USD/entries", "/v1/parties", "/v1/products", "/v1/loans",
    )  # fmt: skip
    asked = [*targets, *targets, "/v1/export"]
    shown = await asyncio.gather(*(client.get(target) for target in asked))
    for answer in shown:
        assert answer.status_code == 200, (answer.url, answer.text)
    reached = await client.get(f"/v1/node?min_height={height}")
    assert reached.status_code == 422  # the node's own status is not read from a snapshot
    too_far = await client.get("/v1/loans?min_height=99999999")
    assert (too_far.status_code, too_far.json()["code"]) == (412, "HEIGHT_NOT_REACHED")
