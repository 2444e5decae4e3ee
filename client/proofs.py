"""Checking a node's word offline: a receipt against the genesis, with nobody else's help."""

from __future__ import annotations

from client.flows import Flow, Flows
from client.wire import MSGPACK, Call
from ledger import codec
from ledger.errors import Invalid
from ledger.genesis import Genesis
from ledger.proof import TransactionProof, verify_transaction_proof
from ledger.receipt import Receipt
from ledger.transaction import parse_transaction


def fetch_proof(flows: Flows, transaction_id: bytes) -> Flow[TransactionProof]:
    """The proof of a committed transaction, unchecked. Raises Refused, Invalid."""
    path = f"/v1/transactions/{transaction_id.hex()}/proof"
    answer = yield from flows.ask(Call("GET", path, accept=MSGPACK))
    return TransactionProof.from_value(codec.decode(answer.body))


def check_proof(genesis: Genesis, transaction_id: bytes, proof: TransactionProof) -> Receipt:
    """The receipt of a transaction, certified by a quorum of the genesis' members. Raises Invalid."""
    receipt = verify_transaction_proof(genesis, proof)
    if parse_transaction(proof.transaction).id != transaction_id:
        raise Invalid("BAD_PROOF", "the proof is of another transaction")
    return receipt


def fetch_genesis(flows: Flows, genesis_hash: bytes) -> Flow[Genesis]:
    """The chain's genesis document, which must have this hash. Raises Invalid."""
    answer = yield from flows.ask(Call("GET", "/v1/genesis"))
    genesis = Genesis.from_json(answer.body)
    if genesis.digest != genesis_hash:
        raise Invalid("OTHER_CHAIN", f"the node's genesis has the hash {genesis.digest.hex()}")
    return genesis
