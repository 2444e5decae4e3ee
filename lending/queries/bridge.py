"""What can be asked about other chains, wrapped assets, locks made here and claims on locks elsewhere.

Pure functions of one version of the state, like `lending.queries`; results are plain values.
"""

from __future__ import annotations

from dataclasses import asdict

from ledger.overlay import StateReader
from lending import keys, records
from lending.bridge.proving import read_membership
from lending.chart import Account
from lending.paging import Page, read_page
from lending.queries import Facts
from lending.records import bridge as stored
from lending.records.bridge import ForeignChain


def foreign_chain(state: StateReader, name: str) -> Facts | None:
    """Another chain: its id, members and quorum, and its newest known header."""
    found = stored.CHAIN.read(state, stored.chain_key(name))
    return None if found is None else _chain(found)


def foreign_chains(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All chains that are known here, by name."""
    return read_page(
        state,
        stored.CHAIN_AT,
        lambda _, raw: _chain(stored.CHAIN.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def wrapped_asset(state: StateReader, asset: str) -> Facts | None:
    """What a wrapped asset stands for, until when it counts, and how much of it there is."""
    found = stored.WRAPPED.read(state, stored.wrapped_key(asset))
    if found is None:
        return None
    total = records.TOTAL.read(state, keys.total(asset))
    return {
        "asset": asset, "chain": found.chain, "origin": found.origin,
        "use_until_ms": found.use_until_ms, "settle_until_ms": found.use_until_ms + found.settle_ms,
        "amount": 0 if total is None else total.sums[Account.CUSTODY],
    }  # fmt: skip


def lock(state: StateReader, name: str) -> Facts | None:
    """What is locked here for another chain, and how much of it is left."""
    found = stored.LOCK.read(state, stored.lock_key(name))
    return None if found is None else asdict(found)


def claim(state: StateReader, chain: str, name: str) -> Facts | None:
    """What was claimed here of a lock on another chain, and how much of it is not released."""
    found = stored.CLAIM.read(state, stored.claim_key(chain, name))
    return None if found is None else asdict(found)


def _chain(found: ForeignChain) -> Facts:
    membership = read_membership(found.members)
    return {
        "chain": found.name, "chain_id": found.chain_id.hex(), "status": found.status,
        "members": list(membership.ids), "quorum": membership.quorum, "height": found.height,
        "timestamp_ms": found.timestamp_ms, "age_max_ms": found.age_max_ms,
    }  # fmt: skip
