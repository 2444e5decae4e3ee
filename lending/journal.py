"""The journal: `post` is the only function of the house that changes a balance.

A posting is a list of legs in one asset that sum to zero, overall and in the books of each owner.
It is written to the books in the state and, with every balance that it left, to the receipt; so the
accounts can be read, and checked, from the receipts alone. It refuses nothing: whether somebody can
pay is checked by whoever posts, and a leg that breaks a side of the chart means that we are wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import add

from ledger.overlay import Overlay
from lending import keys, records
from lending.chart import NAMES, SIGNS, Account
from lending.records import Book, ChangedAssets, Total
from lending.scope import Scope

Leg = tuple[str, Account, int]
"""Owner, kind of account and signed amount: a debit is positive."""

_ZEROS = [0] * len(NAMES)


def post(scope: Scope, asset: str, reason: str, reference: str, legs: Iterable[Leg]) -> None:
    """Change the balances of all legs; AssertionError if they do not balance or a side is broken.

    `reason` is a word of docs/lend/accounts.md, `reference` the loan or payment it is about. Legs
    of nothing are left out.
    """
    books: dict[str, list[int]] = {}
    changes = _ZEROS.copy()
    entries: list[tuple[str, int, int]] = []
    for owner, account, amount in legs:
        if amount == 0:
            continue
        book = books.get(owner)
        if book is None:
            book = books[owner] = _balances(scope.state, owner, asset)
        balance = book[account] + amount
        assert balance * SIGNS[account] >= 0, f"{owner}/{NAMES[account]}/{asset} at {balance}"
        book[account] = balance
        changes[account] += amount
        entries.append((f"{owner}/{NAMES[account]}/{asset}", amount, balance))
    if not entries:
        return
    for owner, book in books.items():
        assert sum(book) == 0, f"{reason} {reference} does not balance in the books of {owner}"
        records.BOOK.put(scope.state, keys.book(owner, asset), Book(tuple(book)))
    if any(changes):
        _count_totals(scope.state, asset, changes)
    scope.emit("posting", reason=reason, reference=reference, entries=tuple(entries))


def balance_of(state: Overlay, owner: str, account: Account, asset: str) -> int:
    """The balance of one account, debits positive; 0 if it was never used."""
    book = records.BOOK.get(state, keys.book(owner, asset))
    return 0 if book is None else book.balances[account]


def changed_assets(state: Overlay) -> tuple[str, ...]:
    """The assets that were posted in since `forget_changes`."""
    changed = records.CHANGED_ASSETS.get(state, keys.TOTALS_CHANGED)
    return () if changed is None else changed.codes


def forget_changes(state: Overlay) -> None:
    """Begin to count changed assets anew."""
    state.delete(keys.TOTALS_CHANGED)


def _balances(state: Overlay, owner: str, asset: str) -> list[int]:
    book = records.BOOK.get(state, keys.book(owner, asset))
    return _ZEROS.copy() if book is None else list(book.balances)


def _count_totals(state: Overlay, asset: str, changes: list[int]) -> None:
    key = keys.total(asset)
    total = records.TOTAL.get(state, key)
    sums = changes if total is None else list(map(add, total.sums, changes))
    records.TOTAL.put(state, key, Total(tuple(sums)))
    changed = changed_assets(state)
    if asset not in changed:
        record = ChangedAssets((*changed, asset))
        records.CHANGED_ASSETS.put(state, keys.TOTALS_CHANGED, record)
