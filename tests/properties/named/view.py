"""A whole state, decoded: what named properties read, and what a test can spoil."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeVar

from ledger import codec
from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys, records
from lending.chart import Account
from lending.records import (
    Agreement,
    Asset,
    Loan,
    Party,
    Pledge,
    Price,
    Product,
    RecordCodec,
)
from lending.records import collateral as secured
from lending.records import corrections as corrected
from lending.records import deposit_cover as covered
from lending.records import exchange as exchanged
from lending.records import facilities as syndicated
from lending.records import pools as pooled

T = TypeVar("T")
WIDTH: Final = len(Account)


@dataclass
class View:
    """Every record of a state by its name; a name of several parts has slashes."""

    now_ms: int = 0
    """The time of the last block."""
    parameters: records.Parameters | None = None
    """What the genesis fixed."""
    books: dict[str, list[int]] = field(default_factory=dict)
    """Balances by owner/asset."""
    totals: dict[str, list[int]] = field(default_factory=dict)
    """Their sums by asset."""
    parties: dict[str, Party] = field(default_factory=dict)
    """By name."""
    signing: dict[bytes, bytes] = field(default_factory=dict)
    """Whose a public key is."""
    assets: dict[str, Asset] = field(default_factory=dict)
    """By code."""
    prices: dict[str, Price] = field(default_factory=dict)
    """By asset/currency."""
    products: dict[tuple[str, int], Product] = field(default_factory=dict)
    """By name and version."""
    agreements: dict[str, Agreement] = field(default_factory=dict)
    """By name."""
    pledges: dict[str, Pledge] = field(default_factory=dict)
    """By agreement."""
    loans: dict[str, Loan] = field(default_factory=dict)
    """By name."""
    corrections: dict[str, int] = field(default_factory=dict)
    """How often payments were corrected, by loan; only loans whose payments are noted."""
    feeds: dict[str, secured.Feed] = field(default_factory=dict)
    """By asset/currency."""
    policies: dict[str, secured.Policy] = field(default_factory=dict)
    """By asset/currency."""
    accounts: dict[str, secured.CollateralAccount] = field(default_factory=dict)
    """By name."""
    protections: dict[str, secured.Protection] = field(default_factory=dict)
    """By name."""
    protected: dict[str, secured.ProtectionNames] = field(default_factory=dict)
    """By agreement."""
    funds: dict[str, secured.Fund] = field(default_factory=dict)
    """By name."""
    deposit_covers: dict[str, covered.DepositCover] = field(default_factory=dict)
    """By name."""
    pools: dict[str, pooled.Pool] = field(default_factory=dict)
    """By name."""
    pool_terms: dict[str, pooled.PoolTerms] = field(default_factory=dict)
    """By pool."""
    positions: dict[str, pooled.Position] = field(default_factory=dict)
    """By pool/tranche/owner."""
    lines: dict[str, pooled.CreditLine] = field(default_factory=dict)
    """By pool/borrower."""
    rewards: dict[str, pooled.Rewards] = field(default_factory=dict)
    """By pool/tranche."""
    requests: list[tuple[str, pooled.Request]] = field(default_factory=list)
    """Pool/tranche and what waits, in the order of the queue."""
    indices: dict[str, syndicated.Index] = field(default_factory=dict)
    """By name."""
    fixings: dict[tuple[str, int], syndicated.Fixing] = field(default_factory=dict)
    """By index and day."""
    facilities: dict[str, syndicated.Facility] = field(default_factory=dict)
    """By name."""
    amendments: dict[str, syndicated.Amendment] = field(default_factory=dict)
    """By facility/name."""
    alarms: dict[bytes, list[int]] = field(default_factory=dict)
    """When whom the clock looks at."""
    triggers: set[bytes] = field(default_factory=set)
    """The keys of the index of trigger prices."""
    feed_work: set[str] = field(default_factory=set)
    """Feeds with something left to do, by asset/currency."""
    secured_by: dict[str, str] = field(default_factory=dict)
    """The account of an agreement."""
    modes: dict[str, secured.Mode] = field(default_factory=dict)
    """By name."""
    offers: dict[str, exchanged.Exchange] = field(default_factory=dict)
    """Offers of exchange, by name."""
    references: set[str] = field(default_factory=set)
    """What custodians have used."""
    changed: list[bytes] = field(default_factory=list)
    """Records whose bytes are not those that they encode to."""

    def book(self, owner: str, asset: str) -> list[int]:
        """The balances of an owner, all zero if there are none."""
        return self.books.get(f"{owner}/{asset}", [0] * WIDTH)


def view_of(state: StateReader, now_ms: int) -> View:
    """Decode a state."""
    view = View(now_ms)
    view.parameters = records.PARAMETERS.read(state, keys.PARAMETERS)
    for name, book in _named(view, state, keys.BOOK, records.BOOK):
        view.books[name] = _padded(book.balances)
    for name, total in _named(view, state, keys.TOTAL, records.TOTAL):
        view.totals[name] = _padded(total.sums)
    view.parties = dict(_named(view, state, keys.PARTY, records.PARTY))
    view.signing = {key[len(keys.KEY) :]: raw for key, raw in _range(state, keys.KEY)}
    view.assets = dict(_named(view, state, keys.ASSET, records.ASSET))
    view.prices = dict(_named(view, state, keys.PRICE, records.PRICE))
    for _, product in _pairs(view, state, keys.PRODUCT, records.PRODUCT):
        view.products[product.name, product.version] = product
    view.agreements = dict(_named(view, state, keys.AGREEMENT, records.AGREEMENT))
    view.pledges = dict(_named(view, state, keys.PLEDGE, records.PLEDGE))
    view.loans = dict(_named(view, state, keys.LOAN, records.LOAN))
    for name, noted in _named(view, state, keys.PAYMENTS, corrected.PAYMENTS):
        view.corrections[name] = noted.corrections
    _read_collateral(view, state)
    _read_pools(view, state)
    _read_facilities(view, state)
    for key, _ in _range(state, keys.ALARM):
        time = int.from_bytes(key[len(keys.ALARM) : len(keys.ALARM) + 8], "big")
        view.alarms.setdefault(keys.alarm_subject(key), []).append(time)
    prefix = len(keys.REFERENCE)
    view.references = {key[prefix:].decode() for key, _ in _range(state, keys.REFERENCE)}
    return view


def _read_collateral(view: View, state: StateReader) -> None:
    view.feeds = dict(_named(view, state, keys.FEED, secured.FEED))
    view.policies = dict(_named(view, state, keys.POLICY, secured.POLICY))
    view.accounts = dict(_named(view, state, keys.ACCOUNT, secured.ACCOUNT))
    view.protections = dict(_named(view, state, keys.PROTECTION, secured.PROTECTION))
    view.protected = dict(_named(view, state, keys.PROTECTIONS, secured.PROTECTION_NAMES))
    view.modes = dict(_named(view, state, keys.MODE, secured.MODE))
    view.offers = dict(_named(view, state, keys.EXCHANGE, exchanged.EXCHANGE))
    view.funds = dict(_named(view, state, keys.FUND, secured.FUND))
    at = covered.DEPOSIT_COVER_AT
    view.deposit_covers = dict(_named(view, state, at, covered.DEPOSIT_COVER))
    view.triggers = {key for key, _ in _range(state, keys.TRIGGER)}
    work = len(keys.FEED_WORK)
    view.feed_work = {key[work:].decode() for key, _ in _range(state, keys.FEED_WORK)}
    prefix = len(keys.SECURED)
    view.secured_by = {
        key[prefix:].decode(): str(codec.decode_own(raw))
        for key, raw in _range(state, keys.SECURED)
    }


def _read_pools(view: View, state: StateReader) -> None:
    view.pools = dict(_named(view, state, keys.POOL, pooled.POOL))
    view.pool_terms = dict(_named(view, state, keys.POOL_TERMS, pooled.POOL_TERMS))
    view.positions = dict(_named(view, state, keys.POSITION, pooled.POSITION))
    view.lines = dict(_named(view, state, keys.CREDIT_LINE, pooled.CREDIT_LINE))
    view.rewards = dict(_named(view, state, keys.REWARDS, pooled.REWARDS))
    for key, request in _pairs(view, state, keys.REQUEST, pooled.REQUEST):
        view.requests.append((key[len(keys.REQUEST) : -9].decode(), request))


def _read_facilities(view: View, state: StateReader) -> None:
    view.indices = dict(_named(view, state, keys.RATE_INDEX, syndicated.INDEX))
    for key, fixing in _pairs(view, state, keys.FIXING, syndicated.FIXING):
        name = key[len(keys.FIXING) : -9].decode()
        view.fixings[name, int.from_bytes(key[-8:], "big")] = fixing
    view.facilities = dict(_named(view, state, keys.FACILITY, syndicated.FACILITY))
    view.amendments = dict(_named(view, state, keys.AMENDMENT, syndicated.AMENDMENT))


def _padded(balances: tuple[int, ...]) -> list[int]:
    return list(balances) + [0] * (WIDTH - len(balances))


def _range(state: StateReader, prefix: bytes) -> list[tuple[bytes, bytes]]:
    return list(state.iterate(prefix, prefix_end(prefix)))


def _pairs(
    view: View, state: StateReader, prefix: bytes, record: RecordCodec[T]
) -> list[tuple[bytes, T]]:
    found = []
    for key, raw in _range(state, prefix):
        each = record.decode(raw)
        if record.encode(each) != raw:
            view.changed.append(key)
        found.append((key, each))
    return found


def _named(
    view: View, state: StateReader, prefix: bytes, record: RecordCodec[T]
) -> list[tuple[str, T]]:
    return [
        (key[len(prefix) :].decode(), each) for key, each in _pairs(view, state, prefix, record)
    ]
