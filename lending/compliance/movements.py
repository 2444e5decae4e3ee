"""What a posting takes away from whom: the one way to see every outgoing path.

Money leaves a party only by a posting, whatever the command is called; so freezes, payment limits
and reports look at postings. A reason that is not in the table frees nothing: what is new is looked
at like a plain payment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ledger import codec

Fields = dict[str, codec.Value]

OWED: Final = (
    "borrowings",
    "interest_payable",
    "fees_payable",
    "pool_borrowings",
    "servicing_payable",
)
"""What a party owes: a payment that reduces one of these is a payment of a debt."""
_RECEIVABLE: Final = ("loans_receivable", "interest_receivable", "fees_receivable")
HOLDINGS: Final = ("cash", "pledged", *_RECEIVABLE, "pool_deposits")
"""What a party has and could give away."""
FREE: Final[dict[str, tuple[str, ...]]] = {
    "repayment": _RECEIVABLE,
    "write_off": _RECEIVABLE,
    "pool_withdrawal": ("pool_deposits",),
    "release": ("pledged",),
    "auction": ("pledged",),
    "auction_cost": ("cash",),
    "collateral_sale": ("cash",),
    "claim": ("pledged",),
    "claim_return": ("cash",),
    "prepayment_fee": ("cash",),
    "capitalised_interest": _RECEIVABLE,
    "capitalised_arrears": _RECEIVABLE,
    "equity_cure_release": ("pledged",),
}
"""By reason, what goes down without being given away: it was paid for, or somebody enforced it."""


@dataclass(frozen=True, slots=True)
class Outflow:
    """What one posting takes away from one party."""

    party: str
    """Who."""
    asset: str
    """What."""
    kind: str
    """Which of its accounts went down."""
    amount: int
    """By how much."""
    left: int
    """What is left on the account."""


def outflows(fields: Fields) -> Iterator[Outflow]:
    """What a posting takes away from parties of their own will, in the order of its entries."""
    rows = [(*str(account).split("/"), amount, left) for account, amount, left in fields["entries"]]
    paying = {owner for owner, kind, _, amount, _ in rows if kind in OWED and amount > 0}
    free = FREE.get(str(fields["reason"]), ())
    changes: dict[tuple[str, str, str], tuple[int, int]] = {}
    for owner, kind, asset, amount, left in rows:
        if kind in HOLDINGS:
            before, _ = changes.get((owner, asset, kind), (0, 0))
            changes[owner, asset, kind] = (before + amount, left)
    for (owner, asset, kind), (change, left) in changes.items():
        is_owed = kind == "cash" and owner in paying
        if change < 0 and kind not in free and not is_owed:
            yield Outflow(owner, asset, kind, -change, left)


def payments(fields: Fields) -> Iterator[Outflow]:
    """The same, cash only."""
    return (each for each in outflows(fields) if each.kind == "cash")


def receipts_from_outside(fields: Fields) -> Iterator[Outflow]:
    """What a custodian confirmed to have received, and for whom."""
    if fields["reason"] == "issue":
        for account, amount, left in fields["entries"]:
            owner, kind, asset = str(account).split("/")
            if kind == "cash":
                yield Outflow(owner, asset, kind, amount, left)
