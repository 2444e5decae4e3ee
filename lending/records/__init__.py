"""The records of the machine's state: what each holds and how it becomes canonical bytes.

A record is immutable; a change is a new record under the same key. On disk it is the canonical
array of its fields in their order here. What may happen to a record is not written here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Generic, TypeVar, cast

from ledger import codec
from ledger.overlay import Overlay, StateReader
from lending.terms import TEMPLATE_SHAPE, TERM_SHEET_SHAPE, Template, TermSheet

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class PartyKind(StrEnum):
    """What a party may do."""

    MEMBER = "member"
    """An institution of the consortium: sponsors parties, approves products, lends."""
    DESK = "desk"
    """A part of a member institution with books of its own: lends."""
    BORROWER = "borrower"
    """Borrows."""
    CUSTODIAN = "custodian"
    """Holds assets in the outside world and issues claims on them."""
    POOL = "pool"
    """Owns the books of a pool; it has no keys, so it never sends anything."""


class AgreementStatus(StrEnum):
    """Where an agreement is in its life."""

    OFFERED = "OFFERED"
    """Somebody has yet to sign."""
    CONCLUDED = "CONCLUDED"
    """All signed; the money may be drawn."""
    DRAWN = "DRAWN"
    """Its loan runs."""
    CLOSED = "CLOSED"
    """Its loan has ended."""
    WITHDRAWN = "WITHDRAWN"
    """One party did not want it."""
    LAPSED = "LAPSED"
    """Its time was over before it was drawn."""


class LoanStatus(StrEnum):
    """Where a loan is in its life."""

    PERFORMING = "PERFORMING"
    """Nothing is unpaid beyond its grace (ACTUS: PF)."""
    DELINQUENT = "DELINQUENT"
    """An installment is unpaid beyond its grace (ACTUS: DQ)."""
    DEFAULTED = "DEFAULTED"
    """Unpaid for so long that everything is due and interest has stopped (ACTUS: DF)."""
    WRITTEN_OFF = "WRITTEN_OFF"
    """Off the lender's books, owed all the same."""
    REPAID = "REPAID"
    """Nothing is owed any more (ACTUS: MA)."""
    RECOVERED = "RECOVERED"
    """Written off, and then paid in full after all (ACTUS: TE)."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the genesis document fixes for the machine."""

    members: tuple[str, ...]
    """The member institutions that approve products, ascending."""
    approval_quorum: int
    """How many of them make a product active."""
    work_per_block: int
    """The most that the clock does in one block; the rest goes first in the next."""
    price_age_max_ms: int
    """How old a price may be to decide by."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who acts on the ledger."""

    name: str
    """The unique name."""
    kind: PartyKind
    """What it may do."""
    sponsor: str
    """The member that brought it in; empty for those of the genesis."""
    keys: tuple[bytes, ...]
    """The public keys that sign for it, ascending."""
    threshold: int
    """How many of them must sign."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A currency or a collateral asset."""

    code: str
    """The unique code."""
    kind: str
    """currency or collateral."""
    decimals: int
    """Minor units of one whole unit, as a power of ten."""
    custodian: str
    """Who holds it in the outside world and issues claims on it."""
    price_sources: tuple[str, ...]
    """Who may report its price."""


@dataclass(frozen=True, slots=True)
class Price:
    """The newest price of an asset in a currency."""

    price: int
    """Minor units of the currency for one whole unit of the asset."""
    reported_ms: int
    """The time of the block that reported it."""
    source: str
    """Who reported it."""


@dataclass(frozen=True, slots=True)
class Book:
    """All balances of one owner in one asset."""

    balances: tuple[int, ...]
    """By number of the kind of account; debits positive. They sum to zero."""


@dataclass(frozen=True, slots=True)
class Total:
    """The sums over all owners in one asset."""

    sums: tuple[int, ...]
    """By number of the kind of account. They sum to zero."""


@dataclass(frozen=True, slots=True)
class ChangedAssets:
    """The assets whose totals changed since the clock last reported them."""

    codes: tuple[str, ...]
    """In the order of their first change."""


@dataclass(frozen=True, slots=True)
class Product:
    """One version of a product; its template never changes."""

    name: str
    """The product."""
    version: int
    """1, 2, 3, ..."""
    proposer: str
    """The member that proposed it; empty for those of the genesis."""
    approvals: tuple[str, ...]
    """The members that approved, ascending."""
    is_active: bool
    """Whether a quorum approved, so that it may be used."""
    template: Template
    """The policy."""
    retirements: tuple[str, ...] = ()
    """The members that want it offered no longer, ascending."""
    is_retired: bool = False
    """Whether a quorum does: nothing more is agreed on it."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A term sheet and how far its signing has come."""

    name: str
    """The unique name."""
    proposer: str
    """Who offered it: the lender or the borrower."""
    status: AgreementStatus
    """Where it is in its life."""
    terms: TermSheet
    """What is agreed."""
    terms_digest: bytes
    """The digest of the terms and the product's template."""
    signed: tuple[str, ...]
    """The parties that have signed it, in the order of `parties_to`."""


@dataclass(frozen=True, slots=True)
class Pledge:
    """The collateral of an agreement."""

    asset: str
    """What is pledged."""
    amount: int
    """How much."""


@dataclass(frozen=True, slots=True)
class Bill:
    """An installment that fell due, as far as it is unpaid."""

    number: int
    """Which installment, from 1."""
    due_ms: int
    """When it fell due."""
    fees: int
    """Late fees unpaid."""
    interest: int
    """Interest unpaid."""
    principal: int
    """Principal unpaid."""
    is_late: bool
    """Whether its grace is over (and its late fee charged)."""
    charged_to_ms: int = 0
    """The day up to which default interest is charged; 0 while it is not late."""


@dataclass(frozen=True, slots=True)
class Loan:
    """A drawn loan: the figures that change, and those terms that every payment needs."""

    name: str
    """The unique name, that of its agreement."""
    lender: str
    """Who lends."""
    borrower: str
    """Who owes."""
    asset: str
    """The currency."""
    product: str
    """The product."""
    version: int
    """The version of the product."""
    principal: int
    """The amount drawn."""
    rate: int
    """The yearly rate, in billionths."""
    installments: int
    """How many were agreed."""
    start_ms: int
    """The midnight that begins the day of the drawdown; due dates are counted from it."""
    level: int
    """The level payment (ANN) or redemption (LAM); 0 for a bullet loan."""
    status: LoanStatus
    """Where it is in its life."""
    balance: int
    """Principal that has not yet fallen due."""
    number: int
    """The next installment to fall due."""
    due_ms: int
    """When that is; 0 if nothing falls due any more."""
    accrued_from_ms: int
    """Interest on the balance before this day is billed or paid."""
    carried_interest: int
    """Interest accrued before that day which a prepayment did not cover: billed with the next."""
    bills: tuple[Bill, ...]
    """What fell due and is unpaid, the oldest first."""
    bucket: int
    """How many of 30, 60, 90 and 120 days past due the oldest bill has reached."""
    paid_fees: int
    """Fees paid so far."""
    paid_interest: int
    """Interest paid so far."""
    paid_principal: int
    """Principal paid so far."""
    written_off: int
    """What the lender wrote off."""
    recovered: int
    """What was paid after that."""
    plan_start_ms: int
    """The day from which due dates are counted: the first, or that of the newest plan."""
    plan_first_ms: int
    """The first due date of a newer plan where it is not one cycle after its start; else 0."""
    plan_number: int
    """How many installments came before the running plan; the plan counts on from there."""
    deferred_to: int
    """Up to this installment nothing is billed: interest is capitalised or carried."""
    is_capitalised: bool
    """Whether interest that is not billed becomes principal; else it is carried to the next bill."""
    capitalised: int
    """Interest and fees that became principal so far."""
    change: str
    """The agreed change that waits for its day; empty for none."""
    change_ms: int
    """That day; 0 for none."""
    changes: int
    """How many changes have come into force."""
    reaged: int
    """How many of them took the loan out of arrears without payment."""
    reset_number: int
    """With this installment the rate is reset; 0 for a fixed rate."""
    fixing_ms: int
    """The day of the fixing that the rate follows; 0 for none."""


class RecordCodec(Generic[T]):
    """How one class of records becomes bytes and comes back."""

    __slots__ = ("_inward", "_make", "_outward", "_values")

    def __init__(self, make: type[T], **converted: Pair) -> None:
        names = [field.name for field in fields(make)]  # type: ignore[arg-type]
        self._make = make
        self._values = attrgetter(*names)
        self._outward = [(names.index(name), pair[0]) for name, pair in converted.items()]
        self._inward = [(names.index(name), pair[1]) for name, pair in converted.items()]
        if len(names) == 1:
            only = attrgetter(names[0])
            self._values = cast("attrgetter[tuple[object, ...]]", lambda record: (only(record),))

    def encode(self, record: T) -> bytes:
        """The canonical bytes."""
        if not self._outward:
            return codec.encode_array(self._values(record))
        values = list(self._values(record))
        for position, convert in self._outward:
            values[position] = convert(values[position])
        return codec.encode_array(tuple(values))

    def decode(self, raw: bytes) -> T:
        """The record of bytes that this machine wrote, read back from the authenticated state."""
        values = list(codec.items(codec.decode_own(raw)))
        for position, convert in self._inward:
            values[position] = convert(values[position])
        return self._make(*values)

    def get(self, state: Overlay, key: bytes) -> T | None:
        """The record under a key, decoded once per overlay."""
        return state.get_object(key, self.decode)

    def put(self, state: Overlay, key: bytes, record: T) -> None:
        """Set the record under a key; its bytes are made when they are needed."""
        state.put_object(key, record, self.encode)

    def read(self, state: StateReader, key: bytes) -> T | None:
        """The record under a key of a committed state."""
        raw = state.get(key)
        return None if raw is None else self.decode(raw)


Pair = tuple[Callable[[object], object], Callable[[object], object]]
"""How one field becomes a canonical value and comes back."""


def _same(value: object) -> object:
    return value


def pair(outward: Callable[[T], object], inward: Callable[[object], T]) -> Pair:
    """Both directions of one field."""
    return cast("Pair", (outward, inward))


def word(words: type[E]) -> Pair:
    """How a field of words is converted."""
    return cast("Pair", (_same, {str(word): word for word in words}.__getitem__))


def _bills_outward(bills: tuple[Bill, ...]) -> object:
    return tuple(_BILL_VALUES(bill) for bill in bills)


def _bills_inward(value: object) -> tuple[Bill, ...]:
    return tuple(Bill(*item) for item in codec.items(value))


_BILL_VALUES = attrgetter(*(field.name for field in fields(Bill)))
_TEMPLATE = pair(TEMPLATE_SHAPE.values, lambda value: Template(*codec.items(value)))
TERM_SHEET_PAIR = pair(TERM_SHEET_SHAPE.values, lambda value: TermSheet(*codec.items(value)))

PARAMETERS = RecordCodec(Parameters)
PARTY = RecordCodec(Party, kind=word(PartyKind))
ASSET = RecordCodec(Asset)
PRICE = RecordCodec(Price)
BOOK = RecordCodec(Book)
TOTAL = RecordCodec(Total)
CHANGED_ASSETS = RecordCodec(ChangedAssets)
PRODUCT = RecordCodec(Product, template=_TEMPLATE)
AGREEMENT = RecordCodec(
    Agreement,
    status=word(AgreementStatus),
    terms=TERM_SHEET_PAIR,
)
PLEDGE = RecordCodec(Pledge)
LOAN = RecordCodec(
    Loan,
    status=word(LoanStatus),
    bills=pair(_bills_outward, _bills_inward),
)
