"""Carrying proofs between chains: what one chain's node proves becomes a command for another chain.

Nothing is checked here: the chain that gets the command checks everything.
"""

from __future__ import annotations

from ledger import codec
from ledger.genesis import Genesis
from ledger.proof import TransactionProof
from lending.commands.bridge import AdvanceChain, ClaimLock, RegisterChain, UnlockWithProof


def registration(name: str, genesis: Genesis, age_max_ms: int) -> RegisterChain:
    """Make a chain known by its genesis document; members sign it."""
    members = codec.encode(genesis.membership.to_value())
    return RegisterChain(name, genesis.chain_id, members, age_max_ms)


def claim(asset: str, lock: str, account: str, proof: TransactionProof) -> ClaimLock:
    """Claim what a transaction of another chain locked."""
    return ClaimLock(asset, lock, account, codec.encode(proof.to_value()))


def unlocking(lock: str, number: int, proof: TransactionProof) -> UnlockWithProof:
    """Unlock what a transaction of another chain released."""
    return UnlockWithProof(lock, number, codec.encode(proof.to_value()))


def advance(name: str, proof: TransactionProof) -> AdvanceChain:
    """Show the header that a proof hangs on."""
    value = (proof.header.to_value(), proof.certificate.to_value())
    return AdvanceChain(name, codec.encode(value))
