"""Properties of a single step: what it wrote, what it said, and that the two agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lending import keys, records
from lending.chart import NAMES, SIDES, Account, Side
from lending.pools.shares import VIRTUAL_SHARES, tranche_of
from lending.records import pools as pool_records
from lending.rejections import Rejection
from lending.terms.pools import TRANCHES
from tests.campaigns.lending_stage import Ask, Change
from tests.properties.named.base import step

CODES = frozenset(Rejection)
Row = tuple[str, str, list[int], list[int]]
"""Owner, asset, balances before and after."""
ISSUING = ("issue_cash", "redeem_cash", "claim_lock", "release_lock", "batch")
HELD = (Account.CASH, Account.PLEDGED, Account.LOCKED_ABROAD, Account.SET_ASIDE)
"""What somebody holds of an asset, whether it may use it or not."""


def books(change: Change) -> Iterator[Row]:
    """The books that a step wrote."""
    for key, (before, after) in change.written.items():
        if key.startswith(keys.BOOK):
            owner, _, asset = key[len(keys.BOOK) :].decode().partition("/")
            yield owner, asset, _balances(before), _balances(after)


def _balances(raw: bytes | None) -> list[int]:
    found = () if raw is None else records.BOOK.decode(raw).balances
    return list(found) + [0] * (len(Account) - len(found))


@step("M1")
def a_step_keeps_every_book_balanced(change: Change) -> None:
    """After every step the books that it touched sum to zero."""
    for owner, asset, _, after in books(change):
        assert sum(after) == 0, (owner, asset)


@step("M2")
def a_step_leaves_no_wrong_side(change: Change) -> None:
    """After every step no account that it touched is on the wrong side of zero."""
    for owner, asset, _, after in books(change):
        for account, balance in zip(Account, after, strict=True):
            assert SIDES[account] is not Side.DEBIT or balance >= 0, (owner, account, asset)
            assert SIDES[account] is not Side.CREDIT or balance <= 0, (owner, account, asset)


@step("M1")
def a_step_moves_totals_with_the_books(change: Change) -> None:
    """Every step changes the totals of an asset by exactly what it changed in the books."""
    moved: dict[str, list[int]] = defaultdict(lambda: [0] * len(Account))
    for _, asset, before, after in books(change):
        for account, (old, new) in enumerate(zip(before, after, strict=True)):
            moved[asset][account] += new - old
    told: dict[str, list[int]] = defaultdict(lambda: [0] * len(Account))
    for key, (first, last) in change.written.items():
        if key.startswith(keys.TOTAL):
            asset = key[len(keys.TOTAL) :].decode()
            told[asset] = [b - a for a, b in zip(_sums(first), _sums(last), strict=True)]
    for asset in moved.keys() | told.keys():
        assert moved[asset] == told[asset], asset


def _sums(raw: bytes | None) -> list[int]:
    found = () if raw is None else records.TOTAL.decode(raw).sums
    return list(found) + [0] * (len(Account) - len(found))


@step("M1")
def a_step_conserves_money(change: Change) -> None:
    """Holders' money changes by what custodians keep, and only by issues, redemptions and proofs."""
    held: dict[str, int] = defaultdict(int)
    for owner, asset, before, after in books(change):
        for account in HELD:
            held[asset] += after[account] - before[account]
        held[asset] -= after[Account.CUSTODY] - before[Account.CUSTODY]
        if before[Account.CUSTODY] != after[Account.CUSTODY]:
            assert isinstance(change.act, Ask), (owner, asset)
            assert change.act.name in ISSUING, change.act
    assert not any(held.values()), dict(held)


@step("C8")
def a_refusal_changes_nothing(change: Change) -> None:
    """A refused command leaves every byte of the state as it was, and says nothing."""
    if change.refusal:
        assert all(before == after for before, after in change.written.values()), change.act
        assert not change.events, change.act


@step("C8")
def a_refusal_has_a_documented_code(change: Change) -> None:
    """Every refusal has one of the codes of the documentation."""
    assert not change.refusal or change.refusal in CODES, change.refusal


@step("M26")
def every_movement_is_told_once(change: Change) -> None:
    """The entries of the journal's events are the changes of the books, account by account."""
    told: dict[str, int] = defaultdict(int)
    for name, fields in change.events:
        if name == "posting":
            entries = fields["entries"]
            assert isinstance(entries, tuple)
            for account, amount, _ in entries:
                told[str(account)] += int(str(amount))
    moved: dict[str, int] = {}
    for owner, asset, before, after in books(change):
        for account, (old, new) in enumerate(zip(before, after, strict=True)):
            moved[f"{owner}/{NAMES[account]}/{asset}"] = new - old
    assert {k: v for k, v in told.items() if v} == {k: v for k, v in moved.items() if v}


@step("M26")
def the_last_balance_told_is_the_balance(change: Change) -> None:
    """The newest balance that the events give of an account is the one in the books."""
    told: dict[str, int] = {}
    for name, fields in change.events:
        if name == "posting":
            entries = fields["entries"]
            assert isinstance(entries, tuple)
            for account, _, balance in entries:
                told[str(account)] = int(str(balance))
    kept = {
        f"{owner}/{NAMES[account]}/{asset}": balance
        for owner, asset, _, after in books(change)
        for account, balance in enumerate(after)
    }
    assert told.items() <= kept.items()


@step("M1")
def every_posting_sums_to_zero(change: Change) -> None:
    """Every single entry in the journal sums to zero."""
    for name, fields in change.events:
        if name == "posting":
            entries = fields["entries"]
            assert isinstance(entries, tuple)
            assert sum(int(str(amount)) for _, amount, _ in entries) == 0


@step("A2")
def nobody_pays_without_a_signature(change: Change) -> None:
    """By a command, cash leaves only who signed it, a pool, or a lender that had promised to fund."""
    if not isinstance(change.act, Ask) or change.act.name in PROMISED:
        return
    signed = {change.act.sender, *change.act.cosigners}
    for owner, asset, before, after in books(change):
        if after[Account.CASH] < before[Account.CASH] and owner not in signed:
            is_pool = any(before[a] or after[a] for a in POOL_ACCOUNTS)
            assert is_pool, (change.act, owner, asset)


PROMISED = ("draw_down", "draw_facility", "refinance", "batch")
POOL_ACCOUNTS = (Account.POOL_LOANS, Account.SENIOR_CLAIMS, Account.JUNIOR_CLAIMS,
                 Account.POOL_RESERVE, Account.REWARDS_PAYABLE, Account.STRAYS_TAKEN)  # fmt: skip


@step("M5: Aave, Morpho, Euler")
def a_share_falls_only_by_a_loss(change: Change) -> None:
    """The price of a share of a pool never falls but in the step that writes a debt off."""
    if any(name == "pool_debt_written_off" for name, _ in change.events):
        return
    for key, (before, after) in change.written.items():
        if key.startswith(keys.POOL) and before is not None and after is not None:
            one, other = pool_records.POOL.decode(before), pool_records.POOL.decode(after)
            for word in TRANCHES:
                old, new = tranche_of(one, word), tranche_of(other, word)
                if old.shares and new.shares:
                    was = (old.claim + 1) * (new.shares + VIRTUAL_SHARES)
                    assert (new.claim + 1) * (old.shares + VIRTUAL_SHARES) >= was, (key, word)


@step("M20")
def records_are_never_removed(change: Change) -> None:
    """No step removes a loan, an agreement, a party, an asset, a facility, a pool or a book."""
    for key, (before, after) in change.written.items():
        assert after is not None or before is None or not key.startswith(LASTING), key


LASTING = (keys.LOAN, keys.AGREEMENT, keys.PARTY, keys.ASSET, keys.FACILITY, keys.POOL,
           keys.POOL_TERMS, keys.BOOK, keys.PRODUCT, keys.PROTECTION, keys.FIXING,
           keys.AMENDMENT, keys.REFERENCE)  # fmt: skip
