"""Records for reading, derived from receipts alone: accounts, histories, totals; never state.

Keys end in the height and the place in the block, so a range reads a page in order of time. The
ledger stores them beside the block; `lending.queries` reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ledger import codec
from ledger.machine import BlockContext
from ledger.receipt import Event, Receipt

ENTRY: Final = b"entry/"
HISTORY: Final = b"history/"
TRIAL_BALANCE: Final = b"trial-balance/"
AGREEMENT_OF: Final = b"agreement-of/"
END: Final = b"\x00"
"""Separates a name from what follows; no name holds it."""


def entries(context: BlockContext, receipts: Sequence[Receipt]) -> Iterator[tuple[bytes, bytes]]:
    """The records of one block."""
    height = context.height.to_bytes(8, "big")
    for position, receipt in enumerate(receipts):
        for number, event in enumerate(receipt.events):
            place = height + position.to_bytes(3, "big") + number.to_bytes(3, "big")
            yield from _of_event(context, receipt, event, place)


def entry_key(account: str, place: bytes = b"") -> bytes:
    """An entry of an account; without a place, what all its entries begin with."""
    return ENTRY + account.encode() + END + place


def history_key(subject: str, place: bytes = b"") -> bytes:
    """An event of an agreement or its loan; without a place, what all of them begin with."""
    return HISTORY + subject.encode() + END + place


def trial_balance_key(asset: str, height: int | None = None) -> bytes:
    """The sums of an asset at the end of a block; without a height, what all of them begin with."""
    place = b"" if height is None else height.to_bytes(8, "big")
    return TRIAL_BALANCE + asset.encode() + END + place


def agreement_key(party: str, agreement: str = "") -> bytes:
    """That a party has an agreement; without one, what all of the party's begin with."""
    return AGREEMENT_OF + party.encode() + END + agreement.encode()


def _of_event(
    context: BlockContext, receipt: Receipt, event: Event, place: bytes
) -> Iterator[tuple[bytes, bytes]]:
    name, fields = event
    if name == "posting":
        for leg, (account, amount, balance) in enumerate(fields["entries"]):
            value = (
                amount, balance, fields["reason"], fields["reference"], receipt.transaction_id,
                context.timestamp_ms,
            )  # fmt: skip
            yield entry_key(account, place + bytes([leg])), codec.encode_array(value)
    elif name == "trial_balance":
        key = trial_balance_key(fields["asset"], fields["height"])
        yield key, codec.encode_array(fields["sums"])
    else:
        subject = fields.get("loan") or fields.get("agreement") or _product(fields)
        if subject:
            record = (name, fields, receipt.transaction_id, context.timestamp_ms)
            yield history_key(subject, place), codec.encode(record)
        if name == "agreement_offered":
            terms = fields["terms"]
            parts = {terms["lender"]: "lender", terms["borrower"]: "borrower"}
            for role, party in terms["signatories"]:
                parts[party] = ", ".join(filter(None, (parts.get(party), role.lower())))
            for party, part in parts.items():
                yield agreement_key(party, fields["agreement"]), codec.encode(part)


def _product(fields: dict[str, codec.Value]) -> str:
    """The history of a pool or a facility has a name that no loan has."""
    if fields.get("pool"):
        return f"pool/{fields['pool']}"
    return facility_subject(fields["facility"]) if fields.get("facility") else ""


def facility_subject(name: str) -> str:
    """What the history of a facility is under."""
    return f"facility/{name}"
