"""What must hold of the lending state after every command, computed the slow and obvious way.

The numbers M1, M2, M13, M26 are those of the house's list of money invariants. Each check reads the
whole state, as the machine never does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys, records
from lending.chart import SIDES, Account, Side
from lending.clock import next_step
from lending.products.lifecycle import AGREEMENT_STEPS, LOAN_STEPS, RUNNING
from lending.products.loan import is_paid_up
from lending.products.names import missing_signatures
from lending.records import AgreementStatus, Loan, LoanStatus, RecordCodec
from lending.records import exchange as exchange_records
from lending.records import pools as pool_records
from lending.records.exchange import ExchangeStatus
from lending.waterfall import owed
from tests.scenarios import (
    collateral_invariants,
    covenant_invariants,
    facility_invariants,
    fee_invariants,
    origination_invariants,
)

T = TypeVar("T")
Balances = dict[tuple[str, str], list[int]]

LOST = (LoanStatus.WRITTEN_OFF, LoanStatus.RECOVERED)


def all_records(
    state: StateReader, prefix: bytes, record: RecordCodec[T]
) -> Iterator[tuple[str, T]]:
    """Every record under a prefix; its bytes must be those that it encodes to."""
    for key, raw in state.iterate(prefix, prefix_end(prefix)):
        found = record.decode(raw)
        assert record.encode(found) == raw, key
        yield key[len(prefix) :].decode(), found


def check(state: StateReader) -> None:
    """All invariants of one state."""
    balances = _balances(state)
    loans = dict(all_records(state, keys.LOAN, records.LOAN))
    _check_double_entry(state, balances)
    _check_custody(balances)
    _check_both_sides(state, balances, loans)
    fee_invariants.check(state, balances, loans)
    covenant_invariants.check(state, balances)
    facility_invariants.check(state)
    for loan in loans.values():
        _check_loan(state, loan)
    _check_alarms(state, loans)
    _check_pledges(state, balances)
    collateral_invariants.check(state)
    origination_invariants.check(state)
    _check_recourse(state, balances)


class Lives:
    """M26: between two states, agreements and loans took only listed steps."""

    def __init__(self) -> None:
        self._agreements: dict[str, AgreementStatus] = {}
        self._loans: dict[str, LoanStatus] = {}

    def check(self, state: StateReader) -> None:
        """Compare with the state seen before; several steps may lie between the two."""
        for name, agreement in all_records(state, keys.AGREEMENT, records.AGREEMENT):
            old = self._agreements.get(name, AgreementStatus.OFFERED)
            assert agreement.status in _reachable(AGREEMENT_STEPS, old), name
            # A name that all have not signed for may begin again, with another offer.
            is_free = bool(missing_signatures(agreement))
            self._agreements[name] = AgreementStatus.OFFERED if is_free else agreement.status
        for name, loan in all_records(state, keys.LOAN, records.LOAN):
            before = self._loans.get(name, LoanStatus.PERFORMING)
            assert loan.status in _reachable(LOAN_STEPS, before), name
            self._loans[name] = loan.status


S = TypeVar("S")


def _reachable(steps: dict[S, tuple[S, ...]], start: S) -> set[S]:
    found = {start}
    while True:
        more = {target for each in found for target in steps[each]} - found
        if not more:
            return found
        found |= more


def _balances(state: StateReader) -> Balances:
    found: Balances = {}
    for name, book in all_records(state, keys.BOOK, records.BOOK):
        owner, _, asset = name.partition("/")
        found[owner, asset] = list(book.balances) + [0] * (len(Account) - len(book.balances))
    return found


def _check_double_entry(state: StateReader, balances: Balances) -> None:
    """M1, M2: every book sums to zero, no balance is on the wrong side, the totals are right."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * len(Account))
    for (owner, asset), book in balances.items():
        assert sum(book) == 0, (owner, asset, book)
        for account in Account:
            if SIDES[account] is Side.DEBIT:
                assert book[account] >= 0, (owner, account, asset)
            if SIDES[account] is Side.CREDIT:
                assert book[account] <= 0, (owner, account, asset)
            assert type(book[account]) is int
            sums[asset][account] += book[account]
    for asset, total in all_records(state, keys.TOTAL, records.TOTAL):
        padded = list(total.sums) + [0] * (len(Account) - len(total.sums))
        assert padded == sums[asset], asset
        assert sum(padded) == 0, asset


def _check_custody(balances: Balances) -> None:
    """M1: what the holders have is what the custodians hold outside, to the unit."""
    held: dict[str, int] = defaultdict(int)
    for (_, asset), book in balances.items():
        held[asset] += book[Account.CASH] + book[Account.PLEDGED] - book[Account.CUSTODY]
        held[asset] += book[Account.SET_ASIDE]
        held[asset] += book[Account.LOCKED_ABROAD]
        assert book[Account.CUSTODY] == -book[Account.ISSUED]
    assert not any(held.values()), dict(held)


def _check_both_sides(state: StateReader, balances: Balances, loans: dict[str, Loan]) -> None:
    """What lenders earn borrowers are charged; both sides' claims are those of the loans."""
    expected: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 6)
    earned: dict[str, int] = defaultdict(int)
    for loan in loans.values():
        parts = (
            loan.balance + sum(bill.principal for bill in loan.bills),
            sum(bill.interest for bill in loan.bills),
            sum(bill.fees for bill in loan.bills),
        )
        for position, part in enumerate(parts):
            expected[loan.borrower, loan.asset][3 + position] -= part
            if loan.status not in LOST:
                expected[loan.lender, loan.asset][position] += part
    facility_invariants.add_claims(state, expected)
    for owner, book in balances.items():
        claims = [
            book[Account.LOANS_RECEIVABLE],
            book[Account.INTEREST_RECEIVABLE],
            book[Account.FEES_RECEIVABLE],
            book[Account.BORROWINGS],
            book[Account.INTEREST_PAYABLE],
            book[Account.FEES_PAYABLE],
        ]
        assert claims == expected[owner], owner
        for income, expense in (
            (Account.INTEREST_INCOME, Account.INTEREST_EXPENSE),
            (Account.FEE_INCOME, Account.FEE_EXPENSE),
            (Account.COLLECTION_FEE_INCOME, Account.COLLECTION_FEE_EXPENSE),
            (Account.CLAIMS_INCOME, Account.CLAIMS_EXPENSE),
            (Account.PREMIUM_INCOME, Account.PREMIUM_EXPENSE),
            (Account.SERVICING_INCOME, Account.SERVICING_EXPENSE),
            (Account.SERVICING_RECEIVABLE, Account.SERVICING_PAYABLE),
        ):
            earned[owner[1] + income.name] += book[income] + book[expense]
        earned[owner[1] + "transfers"] += book[Account.TRANSFERS]
        earned[owner[1] + "participations"] += book[Account.PARTICIPATION_RESULT]
    assert not any(earned.values()), dict(earned)


def _check_recourse(state: StateReader, balances: Balances) -> None:
    """What members of groups have against each other in the books is what the groups say."""
    claims = origination_invariants.check_groups(state)
    for owner, book in balances.items():
        held = [book[Account.RECOURSE_RECEIVABLE], book[Account.RECOURSE_PAYABLE]]
        assert held == claims.pop(owner, [0, 0]), owner
    assert not any(any(each) for each in claims.values())


def _check_loan(state: StateReader, loan: Loan) -> None:
    """M2, M13: no figure below zero, principal is conserved, status and figures agree."""
    figures = (loan.balance, loan.carried_interest, loan.paid_fees, loan.paid_interest,
               loan.paid_principal, loan.recovered, loan.due_ms)  # fmt: skip
    assert min(figures) >= 0, loan
    for bill in loan.bills:
        assert min(bill.fees, bill.interest, bill.principal) >= 0, bill
        assert bill.fees + bill.interest + bill.principal > 0, bill
    assert [bill.due_ms for bill in loan.bills] == sorted(bill.due_ms for bill in loan.bills)
    outstanding = loan.balance + sum(bill.principal for bill in loan.bills)
    if loan.status not in LOST:
        assert outstanding + loan.paid_principal == loan.principal + loan.capitalised, loan
        assert not loan.written_off
        assert not loan.recovered
    else:
        assert owed(loan.bills) + loan.recovered == loan.written_off, loan
    is_over = loan.status in (LoanStatus.REPAID, LoanStatus.RECOVERED)
    assert is_paid_up(loan) == is_over, loan
    assert (loan.status is LoanStatus.DELINQUENT) == (
        loan.status in RUNNING and any(bill.is_late for bill in loan.bills)
    ), loan
    agreement = records.AGREEMENT.read(state, keys.agreement(loan.name))
    assert agreement is not None
    assert (agreement.status is AgreementStatus.CLOSED) == is_over


def _check_alarms(state: StateReader, loans: dict[str, Loan]) -> None:
    """Whatever may fall due has exactly one alarm, and it does not ring late."""
    set_for: dict[bytes, list[int]] = defaultdict(list)
    for key, _ in state.iterate(keys.ALARM, prefix_end(keys.ALARM)):
        time = int.from_bytes(key[len(keys.ALARM) : len(keys.ALARM) + 8], "big")
        set_for[keys.alarm_subject(key)].append(time)
    for loan in loans.values():
        times = set_for[keys.loan(loan.name)]
        assert len(times) <= 5 + loan.changes, loan
        if loan.status in RUNNING:
            product = records.PRODUCT.read(state, keys.product(loan.product, loan.version))
            assert product is not None
            assert times, loan
            assert min(times) <= next_step(loan, product.template)[0], loan
    for name, agreement in all_records(state, keys.AGREEMENT, records.AGREEMENT):
        if agreement.status in (AgreementStatus.OFFERED, AgreementStatus.CONCLUDED):
            assert set_for[keys.agreement(name)] == [agreement.terms.available_until_ms]


def _check_pledges(state: StateReader, balances: Balances) -> None:
    """What is pledged is what the agreements that are not over say, and nothing else."""
    expected: dict[tuple[str, str], int] = defaultdict(int)
    for name, pledge in all_records(state, keys.PLEDGE, records.PLEDGE):
        agreement = records.AGREEMENT.read(state, keys.agreement(name))
        assert agreement is not None
        assert pledge.amount > 0
        assert AGREEMENT_STEPS[agreement.status], "an ended agreement holds no collateral"
        expected[agreement.terms.borrower, pledge.asset] += pledge.amount
    for _, offer in all_records(state, keys.EXCHANGE, exchange_records.EXCHANGE):
        if offer.status is ExchangeStatus.OPEN:
            expected[offer.owner, offer.give_asset] += offer.give_amount
    for owner_asset, amount in collateral_invariants.locked(state):
        expected[owner_asset] += amount
    for prefix, raw in state.iterate(keys.CREDIT_LINE, prefix_end(keys.CREDIT_LINE)):
        line = pool_records.CREDIT_LINE.decode(raw)
        borrower = prefix.rpartition(b"/")[2].decode()
        expected[borrower, line.collateral_asset] += line.pledged
    for owner, book in balances.items():
        assert book[Account.PLEDGED] == expected[owner], owner
