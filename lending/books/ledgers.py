"""Ledgers and statements over any range of heights, read from the index of entries.

The entries of an owner's accounts are merged in the order in which they were posted; nothing is
kept for it beyond the entries themselves. A statement of a loan or facility is what its borrower's
accounts of debts say under its name, so it is the journal's own word, whatever posted it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from ledger.errors import Invalid
from ledger.store import INDEX, Reader
from lending import index, statements
from lending.chart import NAMES, Account
from lending.queries import Facts

DEBTS: Final = (
    Account.BORROWINGS, Account.INTEREST_PAYABLE, Account.FEES_PAYABLE,
)  # fmt: skip
"""Where a borrower's debt stands: principal, interest, fees."""
PARTS: Final = ("principal", "interest", "fees")
_PLACE_BYTES: Final = 8 + 3 + 3 + 1

Line = tuple[bytes, str, bytes]
"""The place of an entry, its account, its bytes."""


def height_at(time_of: Callable[[int], int], head: int, time_ms: int) -> int:
    """The last height whose block's time is not after `time_ms`; 0 before all of them."""
    low, high = 0, head
    while low < high:
        middle = (low + high + 1) // 2
        if time_of(middle) <= time_ms:
            low = middle
        else:
            high = middle - 1
    return low


def account_ledger(
    reader: Reader, account: str, first: int, last: int, *, cursor: str = "", limit: int = 100
) -> Facts:
    """An account's entries in blocks first to last, with what stood before and after them.

    Raises Invalid for a cursor that no page gave.
    """
    opening = statements.balance_at(reader, account, first - 1) if first else 0
    lines = _lines(reader, account, first, last, _parse(cursor))
    return {
        "account": account,
        "opening": opening,
        "closing": statements.balance_at(reader, account, last),
        **_page(lines, limit),
    }


def party_statement(
    reader: Reader, owner: str, asset: str, first: int, last: int, *, cursor: str = "",
    limit: int = 100,
) -> Facts:  # fmt: skip
    """All accounts of a party, desk, pool or fund in an asset: opening, movements, closing."""
    accounts = [f"{owner}/{name}/{asset}" for name in NAMES]
    before = statements.balances_at(reader, owner, asset, first - 1) if first else {}
    after = statements.balances_at(reader, owner, asset, last)
    place = _parse(cursor)
    merged = heapq.merge(*(_lines(reader, account, first, last, place) for account in accounts))
    return {
        "owner": owner,
        "asset": asset,
        "accounts": [
            {"kind": name, "opening": before.get(name, 0), "closing": after.get(name, 0)}
            for name in NAMES
            if name in before or name in after
        ],
        **_page(merged, limit),
    }


def debt_statement(
    reader: Reader, borrower: str, asset: str, reference: str, last: int, *, cursor: str = "",
    limit: int = 100,
) -> Facts:  # fmt: skip
    """What was owed under a name: every posting until a height, and what each part came to after it.

    The postings of the borrower are read from the first on, for the balances run from it.
    """
    place = _parse(cursor)
    sums = dict.fromkeys(PARTS, 0)
    rows: list[Facts] = []
    following = b""
    for found, part, row in _debts(reader, borrower, asset, reference, last):
        amount = row["amount"]
        assert isinstance(amount, int), "amounts are integers"
        sums[part] -= amount
        if found > place:
            if len(rows) < limit:
                rows.append({**row, "part": part, "owed": sum(sums.values()), **sums})
                following = found
            elif len(rows) == limit:
                rows.append({})
    has_more = len(rows) > limit
    return {
        "reference": reference,
        "borrower": borrower,
        "asset": asset,
        **{f"{part}_owed": owed for part, owed in sums.items()},
        "owed": sum(sums.values()),
        "entries": rows[:limit],
        "cursor": following.hex() if has_more else "",
    }


def _debts(
    reader: Reader, borrower: str, asset: str, reference: str, last: int
) -> Iterator[tuple[bytes, str, Facts]]:
    accounts = {
        f"{borrower}/{NAMES[account]}/{asset}": part
        for account, part in zip(DEBTS, PARTS, strict=True)
    }
    merged = heapq.merge(*(_lines(reader, account, 0, last, b"") for account in accounts))
    for place, account, raw in merged:
        row = statements.entry_facts(place, raw)
        if row["reference"] == reference:
            yield place, accounts[account], row


def _lines(reader: Reader, account: str, first: int, last: int, after: bytes) -> Iterator[Line]:
    """The entries of an account in blocks first to last, after a place."""
    prefix = INDEX + index.entry_key(account)
    start = prefix + max(first.to_bytes(8, "big"), after + b"\0" if after else b"")
    stop = prefix + (last + 1).to_bytes(8, "big")
    for key, raw in reader.iterate(start, stop):
        yield key[len(prefix) :], account, raw


def _page(lines: Iterator[Line], limit: int) -> Facts:
    found = list(islice(lines, limit + 1))
    rows = [
        {"account": account, **statements.entry_facts(place, raw)}
        for place, account, raw in found[:limit]
    ]
    return {"entries": rows, "cursor": found[limit - 1][0].hex() if len(found) > limit else ""}


def _parse(cursor: str) -> bytes:
    try:
        place = bytes.fromhex(cursor)
    except ValueError:
        raise Invalid("BAD_CURSOR", cursor[:40]) from None
    if cursor and len(place) != _PLACE_BYTES:
        raise Invalid("BAD_CURSOR", cursor[:40])
    return place
