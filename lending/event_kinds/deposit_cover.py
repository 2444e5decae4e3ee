"""Events of cover for deposits and of correlated-asset modes: fields, and when they are written."""

from __future__ import annotations

from typing import Final

from lending.event_kinds import EventKind

DEPOSIT_COVER_EVENTS: Final[dict[str, EventKind]] = {
    "cover_terms_set": EventKind(
        "The owner of a fund fixed which risks it covers; `rates` are class and yearly premium.",
        ("fund", "rates", "subject_limit", "waiting_ms"),
    ),
    "deposit_cover_bought": EventKind(
        "A deposit in a pool (`subject` is `pool/tranche`) or what a custodian keeps (the asset) "
        "was covered.",
        ("cover", "fund", "buyer", "subject", "units", "amount", "premium", "from_ms", "until_ms"),
    ),
    "deposit_cover_paid": EventKind(
        "A cover paid at a pool's or custodian's loss.", ("cover", "fund", "buyer", "loss", "amount")
    ),
    "deposit_cover_ended": EventKind(
        "A cover of a deposit is CLAIMED or EXPIRED; `freed` was not needed.",
        ("cover", "status", "paid", "freed"),
    ),
    "custodian_loss_declared": EventKind(
        "Members declared which part of an asset its custodian has lost.",
        ("asset", "custodian", "loss_rate"),
    ),
    "mode_registered": EventKind(
        "Members fixed a correlated-asset mode.",
        ("mode", "currency", "assets", "borrow_limit", "margin_limit", "liquidation_limit"),
    ),
    "mode_closed": EventKind("No more accounts may enter a mode.", ("mode",)),
    "mode_changed": EventKind(
        "An account entered the mode `mode` or left the mode `left`.", ("account", "left", "mode")
    ),
}  # fmt: skip
"""In the order of a cover's life, then of a mode's."""
