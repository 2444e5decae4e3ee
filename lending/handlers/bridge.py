"""Other chains, locks for them and claims on theirs: which function carries out which command. A table, no rule."""

from __future__ import annotations

from typing import Final

from lending.bridge.chains import (
    advance_chain,
    register_chain,
    register_wrapped_asset,
    set_chain_status,
)
from lending.bridge.claims import claim_lock, release_lock
from lending.bridge.locks import lock_for_chain, reclaim_lock, unlock_with_proof
from lending.commands.bridge import (
    AdvanceChain,
    ClaimLock,
    LockForChain,
    ReclaimLock,
    RegisterChain,
    RegisterWrappedAsset,
    ReleaseLock,
    SetChainStatus,
    UnlockWithProof,
)
from lending.handlers.table import on, on_account

BRIDGE_HANDLERS: Final = (
    on(RegisterChain, register_chain),
    on(SetChainStatus, set_chain_status),
    on(AdvanceChain, advance_chain),
    on(RegisterWrappedAsset, register_wrapped_asset),
    on(LockForChain, lock_for_chain),
    on_account(ClaimLock, claim_lock),
    on(ReleaseLock, release_lock),
    on(UnlockWithProof, unlock_with_proof),
    on(ReclaimLock, reclaim_lock),
)
