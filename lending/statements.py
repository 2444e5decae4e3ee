"""What can be asked of the past: entries of an account, the history of a loan, balances at a height.

Read from the index that `lending.index` derives from receipts. `reader` is the node's store (or a
snapshot of it), `head` the height of its newest block. Results are plain values, as in queries.
"""

from __future__ import annotations

from ledger import codec
from ledger.overlay import StateReader
from ledger.store import INDEX, Reader, prefix_end
from lending import index, keys, queries
from lending.chart import NAMES
from lending.paging import Page, read_page
from lending.queries import Facts


def entries(
    reader: Reader, account: str, *, cursor: str = "", limit: int = 100, newest_first: bool = False
) -> Page[Facts]:
    """The entries of one account in order of time, each with the balance that it left."""
    prefix = INDEX + index.entry_key(account)
    return read_page(
        reader, prefix, entry_facts, cursor=cursor, limit=limit, newest_first=newest_first
    )


def history(
    reader: Reader, subject: str, *, cursor: str = "", limit: int = 100, newest_first: bool = False
) -> Page[Facts]:
    """What happened to an agreement and its loan, in order of time."""
    prefix = INDEX + index.history_key(subject)
    return read_page(reader, prefix, _event, cursor=cursor, limit=limit, newest_first=newest_first)


def agreements_of(reader: Reader, party: str, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """The agreements of a party and the part it has in each."""
    prefix = INDEX + index.agreement_key(party)
    return read_page(reader, prefix, _agreement, cursor=cursor, limit=limit)


def statement(
    state: StateReader, reader: Reader, name: str, *, cursor: str = "", limit: int = 100
) -> Facts | None:
    """A loan's figures and a page of what happened to it."""
    loan = queries.loan(state, name)
    if loan is None:
        return None
    page = history(reader, name, cursor=cursor, limit=limit)
    return {"loan": loan, "events": list(page.items), "cursor": page.cursor}


def balance_at(reader: Reader, account: str, height: int) -> int:
    """The balance of an account after a block."""
    start = INDEX + index.entry_key(account)
    stop = INDEX + index.entry_key(account, (height + 1).to_bytes(8, "big"))
    for _, raw in reader.iterate(start, stop, reverse=True):
        _, balance, *_ = codec.items(codec.decode(raw))
        return int(balance)
    return 0


def balances_at(reader: Reader, owner: str, asset: str, height: int) -> dict[str, int]:
    """The accounts of an owner in an asset after a block, by kind; they sum to zero."""
    found = {name: balance_at(reader, f"{owner}/{name}/{asset}", height) for name in NAMES}
    return {name: balance for name, balance in found.items() if balance}


def trial_balance(
    state: StateReader, reader: Reader, height: int, head: int
) -> dict[str, dict[str, int]]:
    """For each asset the sums of all accounts by kind after a block; each asset sums to zero."""
    result: dict[str, dict[str, int]] = {}
    for key, _ in state.iterate(keys.ASSET, prefix_end(keys.ASSET)):
        asset = key.removeprefix(keys.ASSET).decode()
        if height >= head:
            result[asset] = queries.totals(state, asset)
        else:
            result[asset] = _totals_at(reader, asset, height)
    return result


def _totals_at(reader: Reader, asset: str, height: int) -> dict[str, int]:
    start = INDEX + index.trial_balance_key(asset)
    stop = INDEX + index.trial_balance_key(asset, height + 1)
    for _, raw in reader.iterate(start, stop, reverse=True):
        return dict(codec.items(codec.decode(raw)))
    return {}


def entry_facts(place: bytes, raw: bytes) -> Facts:
    """An entry of the index as plain values."""
    amount, balance, reason, reference, transaction, time_ms = codec.items(codec.decode(raw))
    return {
        "height": _height(place),
        "timestamp_ms": time_ms,
        "amount": amount,
        "balance": balance,
        "reason": reason,
        "reference": reference,
        "transaction": transaction.hex(),
    }


def _event(place: bytes, raw: bytes) -> Facts:
    name, fields, transaction, time_ms = codec.items(codec.decode(raw))
    return {
        "height": _height(place),
        "timestamp_ms": time_ms,
        "event": name,
        "fields": _plain(fields),
        "transaction": transaction.hex(),
    }


def _agreement(place: bytes, raw: bytes) -> Facts:
    return {"agreement": place.decode(), "role": codec.decode(raw)}


def _height(place: bytes) -> int:
    return int.from_bytes(place[:8], "big")


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value
