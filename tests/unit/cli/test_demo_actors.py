"""The demo's actors against the lending machine itself, block by block, with no network between.

What they are to arrive at is what the plan says of each row, to the cent.
"""

from __future__ import annotations

from collections import Counter, deque
from datetime import date

import pytest

from cli.demo.actors import CURRENCY, Actors, Order, day_ms
from cli.demo.book import Record, choose, read_book
from cli.demo.genesis import application
from cli.demo.plan import plan_life
from client.transactions import build, derived_signer
from ledger.crypto import Digest
from ledger.machine import BlockContext
from ledger.membership import Height, MemberId
from ledger.overlay import Overlay
from ledger.receipt import Applied
from ledger.store import MemoryStore
from ledger.transaction import ChainId, parse_transaction
from lending import keys, records
from lending.chart import Account
from lending.machine import LendingMachine
from lending.records import Loan, LoanStatus

MEMBERS = ("bremen", "hamburg", "luebeck", "visby")
DAY_MS = 86_400_000
STEP_MS = 3 * DAY_MS
CHAIN = ChainId(bytes(32))


class World:
    """A machine, a clock that strides, and the actors, whose wishes take `lag` blocks to arrive."""

    def __init__(self, records: tuple[Record, ...], lag: int = 1) -> None:
        self.machine = LendingMachine()
        self.state = Overlay(MemoryStore())
        self.now_ms, self.height = day_ms(date(2015, 3, 1)), 0
        self.actors = Actors(
            [plan_life(record) for record in records],
            MEMBERS,
            lambda name: derived_signer(name).public_key,
            day_ms(date(2016, 1, 1)),
        )
        document = application(MEMBERS, lambda name: derived_signer(name).public_key)
        self.machine.genesis(self.state, self.context(), document)
        self.lag = lag
        self.rejected: list[tuple[Order, str]] = []

    def context(self) -> BlockContext:
        return BlockContext(CHAIN, Height(self.height), self.now_ms, MemberId("bremen"), 1)

    def run(self) -> None:
        self.block([*self.actors.begin()])
        under_way = deque([[*self.actors.admit()], *[list[Order]() for _ in range(self.lag - 1)]])
        while not self.actors.is_done:
            assert self.now_ms < day_ms(date(2020, 1, 1)), "the loans never end"
            under_way.append(self.block(under_way.popleft()))

    def block(self, orders: list[Order]) -> list[Order]:
        self.height += 1
        self.now_ms += STEP_MS
        context = self.context()
        events = list(self.machine.begin_block(self.state, context))
        for order in orders:
            signers = [derived_signer(name) for name in order.signers]
            raw = build(CHAIN, order.sender, order.command, signers, expires_at=10**6).raw
            outcome = self.machine.apply(self.state, context, parse_transaction(raw))
            if isinstance(outcome, Applied):
                events.extend(outcome.events)
            else:
                self.rejected.append((order, outcome.code))
        wanted = [order for event in events for order in self.actors.on_event(*event)]
        return [*wanted, *self.actors.on_time(self.now_ms)]

    def loan(self, name: str) -> Loan:
        found = records.LOAN.read(self.state, keys.loan(name))
        assert found is not None
        return found

    def balance(self, owner: str, account: Account) -> int:
        book = records.BOOK.read(self.state, keys.book(owner, CURRENCY))
        return 0 if book is None else (*book.balances, *[0] * len(Account))[account]


@pytest.fixture(scope="module")
def world() -> World:
    made = World(choose(read_book(), 60))
    made.run()
    return made


def test_nothing_that_the_actors_ask_for_is_refused(world: World) -> None:
    assert world.rejected == []


def test_every_loan_ends_as_its_row_says_to_the_cent(world: World) -> None:
    for servicing in world.actors.loans.values():
        loan, life = world.loan(servicing.name), servicing.life
        assert (loan.paid_principal, loan.paid_interest) == (life.principal, life.interest)
        assert loan.level == life.record.installment
        if life.record.is_paid:
            assert loan.status is LoanStatus.REPAID
            assert loan.paid_fees == 0
        else:
            assert loan.status in (LoanStatus.WRITTEN_OFF, LoanStatus.RECOVERED)
            assert loan.written_off > 0


def test_what_was_recovered_is_what_the_record_says(world: World) -> None:
    for servicing in world.actors.loans.values():
        record = servicing.life.record
        assert world.loan(servicing.name).recovered == record.recovered
    fees = sum(s.life.record.collection_fee for s in world.actors.loans.values())
    assert world.balance("collection-agency", Account.CASH) == fees


def test_what_lenders_earn_is_what_borrowers_spend(world: World) -> None:
    borrowers = list(world.actors.by_borrower)
    earned = sum(world.balance(member, Account.INTEREST_INCOME) for member in MEMBERS)
    spent = sum(world.balance(borrower, Account.INTEREST_EXPENSE) for borrower in borrowers)
    assert -earned == spent > 0


def test_the_part_of_the_book_holds_all_kinds_of_life(world: World) -> None:
    kinds = Counter(
        (s.life.record.is_paid, s.life.is_early, s.life.record.recovered > 0)
        for s in world.actors.loans.values()
    )
    assert set(kinds) == {
        (True, True, False),
        (True, False, False),
        (False, False, True),
        (False, False, False),
    }


def test_the_loans_are_spread_over_the_members(world: World) -> None:
    lenders = Counter(s.lender for s in world.actors.loans.values())
    assert set(lenders) == set(MEMBERS)
    assert max(lenders.values()) - min(lenders.values()) <= 1


def test_whoever_is_held_up_pays_in_the_end_and_pays_for_it() -> None:
    late = World(choose(read_book(), 20), lag=62 * DAY_MS // STEP_MS)
    late.run()
    assert late.rejected == []
    for servicing in late.actors.loans.values():
        loan, life = late.loan(servicing.name), servicing.life
        if life.record.is_paid:
            assert loan.paid_interest >= life.interest
            assert loan.status is LoanStatus.REPAID
            assert loan.paid_principal == life.principal
    assert sum(late.balance(member, Account.FEE_INCOME) for member in MEMBERS) < 0


def test_ids_differ_between_orders_of_one_party() -> None:
    order = next(iter(World(choose(read_book(), 1)).actors.begin()))
    signer = derived_signer("bremen")
    one, other = (
        build(CHAIN, order.sender, order.command, [signer], expires_at=9) for _ in range(2)
    )
    assert one.id != other.id
    assert isinstance(Digest(one.id), bytes)
