"""Events of other chains, locks and claims, and of exchanges: fields, and when they are written."""

from __future__ import annotations

from typing import Final

from lending.event_kinds import EventKind

BRIDGE_EVENTS: Final[dict[str, EventKind]] = {
    "chain_registered": EventKind(
        "Members fixed whose certificates prove what happens on another chain.",
        ("chain", "chain_id", "members", "membership", "quorum", "age_max_ms"),
    ),
    "chain_status_set": EventKind(
        "Members stopped believing a chain, or believe it again.", ("chain", "status")
    ),
    "chain_advanced": EventKind(
        "A newer certified header of a chain became known.", ("chain", "height", "timestamp_ms")
    ),
    "wrapped_asset_registered": EventKind(
        "Claims on an asset of another chain got a name here.",
        ("asset", "chain", "origin", "decimals", "use_until_ms", "settle_ms"),
    ),
    "wrapped_asset_ended": EventKind(
        "The clock says that the claims count as collateral no more.", ("asset", "use_until_ms")
    ),
    "locked_for_chain": EventKind(
        "An asset was locked for use on the chain `chain_id`; what the other chain reads.",
        (
            "lock", "owner", "asset", "decimals", "amount", "chain_id", "beneficiary", "account",
            "until_ms",
        ),
    ),
    "lock_claimed": EventKind(
        "A lock on another chain was proven and became collateral.",
        ("chain", "lock", "asset", "account", "amount"),
    ),
    "lock_released": EventKind(
        "A claim was given up for `to` on the chain `chain_id`; what the other chain reads.",
        ("chain_id", "lock", "number", "asset", "origin", "holder", "to", "amount", "left"),
    ),
    "lock_paid_out": EventKind(
        "A release on the other chain was proven; `left` is still locked.",
        ("lock", "number", "to", "amount", "left"),
    ),
    "lock_reclaimed": EventKind(
        "The lock had ended, and its owner took back the rest.", ("lock", "owner", "amount")
    ),
    "exchange_offered": EventKind(
        "Somebody set an amount aside and offered it for another; `to` is empty for anybody.",
        (
            "exchange", "owner", "to", "give_asset", "give_amount", "get_asset", "get_amount",
            "until_ms",
        ),
    ),
    "assets_exchanged": EventKind(
        "Both sides of an exchange were paid; `exchange` is the offer, empty if there was none.",
        ("exchange", "giver", "taker", "give_asset", "give_amount", "get_asset", "get_amount"),
    ),
    "exchange_ended": EventKind(
        "An offer is WITHDRAWN or EXPIRED; what was set aside is free.", ("exchange", "status")
    ),
}  # fmt: skip
"""In the order of a lock's life, then of an offer's."""
