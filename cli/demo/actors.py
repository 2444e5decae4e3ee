"""The people of the demo: who asks for what when something happens on the chain. Pure: no I/O.

Everything is driven by the events of committed blocks, so whoever reads the chain from its start
can act, stop and go on anywhere:

    start                  -> the members approve the product; lenders, collector get what they need
    party_registered       -> the custodian hands the borrower cash; both sign the agreement
    agreement_concluded    -> the borrower draws, on the day the record says
    loan_drawn             -> a borrower of whom the record has no interest repays at once
    installment_billed     -> the borrower pays as planned, or settles, or does not pay
    defaulted              -> the lender writes off
    written_off            -> the borrower pays what the record says was recovered
    grace_ended            -> a borrower that means to pay, and was held up, pays the late fee too
    installment_billed     -> (after a settlement that was held up) the interest of one more month
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from cli.demo.plan import Action, Life, Step, payout_days
from lending.commands import (
    Command,
    DrawDown,
    IssueCash,
    ProposeAgreement,
    ProposeProduct,
    RecordRecovery,
    RegisterParty,
    Repay,
    WriteOff,
)
from lending.terms import Template, TermSheet

CURRENCY: Final = "USD"
CUSTODIAN: Final = "central-bank"
COLLECTOR: Final = "collection-agency"
PRODUCT: Final = "consumer-36"
VERSION: Final = 1

TEMPLATE: Final = Template(
    contract_type="ANN",
    day_count_convention="SIMPLE",
    cycle="P1ML1",
    end_of_month_convention="SD",
    business_day_convention="NOS",
    calendar="NC",
    principal_min=100_000,
    principal_max=4_000_000,
    rate_min=0,
    rate_max=400_000_000,
    installments_max=60,
    grace_days=60,
    late_fee=1_500,
    late_fee_rate=50_000_000,
    default_after_days=240,
    waterfall=("FEES", "INTEREST", "PRINCIPAL"),
    allocation="BY_INSTALLMENT",
    prepayment="WAIVED",
    loan_to_value_limit=0,
    collection_fee_limit=350_000_000,
    signatories=(),
    default_rate=0,
    prepayment_fee=(),
    capitalised_max=0,
    notice_days=0,
)
"""The product. Its late fee is LendingClub's: 5 % of the installment, at least 15 dollars.

Grace and default are long because business time runs a million times faster than the wall: a
payment that is on its way for two seconds of a busy machine is a month old when it arrives.
"""

RESERVE: Final = 200_000
"""What a borrower has beyond the plan, for being late by accident: fees, a month's interest."""

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Order:
    """A transaction that somebody wants to happen."""

    sender: str
    """In whose name."""
    command: Command
    """What."""
    signers: tuple[str, ...]
    """Whose keys sign it."""


@dataclass(frozen=True, slots=True)
class Servicing:
    """One loan of the demo and its parties."""

    name: str
    """The name of the agreement and of the loan."""
    lender: str
    """The member that lends."""
    borrower: str
    """The party that borrows."""
    life: Life
    """What is to become of it."""

    def after(self, step: Step) -> Action | None:
        """The action of a kind, if the plan has one."""
        return next((a for a in self.life.actions if a.step is step), None)

    def means_to_pay(self, bill: int) -> bool:
        """Whether the plan pays a bill in full."""
        end = self.after(Step.WRITE_OFF)
        return end is None or bill < end.bill

    def payment(self, bill: int) -> Action | None:
        """What the borrower pays on a bill."""
        wanted = (Step.PAY, Step.SETTLE)
        return next((a for a in self.life.actions if a.bill == bill and a.step in wanted), None)


class Actors:
    """All the parties of the demo together, and how far their loans have come."""

    def __init__(
        self,
        lives: Sequence[Life],
        members: Sequence[str],
        key_of: Callable[[str], bytes],
        until_ms: int,
    ) -> None:
        self.members = tuple(members)
        self.loans = {loan.name: loan for loan in assign(lives, self.members)}
        self.by_borrower = {loan.borrower: loan for loan in self.loans.values()}
        self.finished: set[str] = set()
        self._key_of = key_of
        self._until_ms = until_ms
        self._waiting: list[tuple[int, str]] = []
        self._reactions: dict[str, Callable[[Fields], Iterator[Order]]] = {
            "party_registered": self._on_registered,
            "agreement_concluded": self._on_concluded,
            "loan_drawn": self._on_drawn,
            "installment_billed": self._on_billed,
            "grace_ended": self._on_grace_ended,
            "defaulted": self._on_defaulted,
            "written_off": self._on_written_off,
            "recovered": self._on_recovered,
            "loan_closed": self._on_closed,
        }

    def begin(self) -> Iterator[Order]:
        """What is asked for before anything has happened."""
        first = self.members[0]
        yield Order(first, ProposeProduct(PRODUCT, VERSION, TEMPLATE), self.members)
        yield self._register(COLLECTOR, "desk", first)
        for member in self.members:
            lent = sum(x.life.record.principal for x in self.loans.values() if x.lender == member)
            yield self._issue(member, max(lent, 1))

    def admit(self) -> Iterator[Order]:
        """The members bring in their borrowers, once the product is there."""
        for loan in self.loans.values():
            yield self._register(loan.borrower, "borrower", loan.lender)

    def on_event(self, name: str, fields: Fields) -> Iterator[Order]:
        """What the parties want after an event."""
        reaction = self._reactions.get(name)
        return iter(()) if reaction is None else reaction(fields)

    def on_time(self, now_ms: int) -> Iterator[Order]:
        """What the parties want at a business time: the payouts whose day has come."""
        while self._waiting and self._waiting[0][0] <= now_ms:
            loan = self.loans[heapq.heappop(self._waiting)[1]]
            yield Order(loan.borrower, DrawDown(loan.name), (loan.borrower,))

    @property
    def reactions(self) -> frozenset[str]:
        """The names of the events that somebody reacts to."""
        return frozenset(self._reactions)

    @property
    def is_done(self) -> bool:
        """Whether every loan has come to its end."""
        return len(self.finished) == len(self.loans)

    # --- the reactions -------------------------------------------------------------------------------

    def _on_registered(self, fields: Fields) -> Iterator[Order]:
        loan = self.by_borrower.get(str(fields["party"]))
        if loan is None:
            return
        yield self._issue(loan.borrower, loan.life.needs + RESERVE)
        command = ProposeAgreement(loan.name, term_sheet(loan, self._until_ms))
        yield Order(loan.lender, command, (loan.lender, loan.borrower))

    def _on_concluded(self, fields: Fields) -> Iterator[Order]:
        loan = self._loan(fields, "agreement")
        if loan is not None:
            heapq.heappush(self._waiting, (payout_ms(loan), loan.name))
        return iter(())

    def _on_drawn(self, fields: Fields) -> Iterator[Order]:
        return self._pay(self._loan(fields, "loan"), 0)

    def _on_billed(self, fields: Fields) -> Iterator[Order]:
        number, interest = fields["number"], fields["interest"]
        assert isinstance(number, int), "a bill has a number"
        assert isinstance(interest, int), "interest is an amount"
        loan = self._loan(fields, "loan")
        settled = None if loan is None else loan.after(Step.SETTLE)
        if loan is not None and settled is not None and number > settled.bill and interest:
            # The settlement was held up for so long that one more month has begun.
            yield Order(loan.borrower, Repay(loan.name, interest), (loan.borrower,))
        yield from self._pay(loan, number)

    def _on_grace_ended(self, fields: Fields) -> Iterator[Order]:
        loan, number, fee = self._loan(fields, "loan"), fields["number"], fields["late_fee"]
        assert isinstance(number, int), "a bill has a number"
        assert isinstance(fee, int), "a late fee is an amount"
        if loan is not None and loan.means_to_pay(number) and fee:
            yield Order(loan.borrower, Repay(loan.name, fee), (loan.borrower,))

    def _on_defaulted(self, fields: Fields) -> Iterator[Order]:
        loan = self._loan(fields, "loan")
        if loan is not None:
            yield Order(loan.lender, WriteOff(loan.name), (loan.lender,))

    def _on_written_off(self, fields: Fields) -> Iterator[Order]:
        loan = self._loan(fields, "loan")
        action = None if loan is None else loan.after(Step.RECOVER)
        if loan is None:
            return
        if action is None:
            self.finished.add(loan.name)
            return
        collector = COLLECTOR if action.fee else ""
        signers = (loan.borrower, loan.lender) if action.fee else (loan.borrower,)
        command = RecordRecovery(loan.name, action.amount, collector, action.fee)
        yield Order(loan.borrower, command, signers)

    def _on_recovered(self, fields: Fields) -> Iterator[Order]:
        self.finished.add(str(fields["loan"]))
        return iter(())

    def _on_closed(self, fields: Fields) -> Iterator[Order]:
        self.finished.add(str(fields["loan"]))
        return iter(())

    def _pay(self, loan: Servicing | None, bill: int) -> Iterator[Order]:
        action = None if loan is None else loan.payment(bill)
        if loan is not None and action is not None:
            yield Order(loan.borrower, Repay(loan.name, action.amount), (loan.borrower,))

    def _loan(self, fields: Fields, name: str) -> Servicing | None:
        return self.loans.get(str(fields[name]))

    def _register(self, party: str, kind: str, sponsor: str) -> Order:
        return Order(sponsor, RegisterParty(party, kind, (self._key_of(party),), 1), (sponsor,))

    def _issue(self, holder: str, amount: int) -> Order:
        command = IssueCash(holder, CURRENCY, amount, f"opening deposit of {holder}")
        return Order(CUSTODIAN, command, (CUSTODIAN,))


def assign(lives: Sequence[Life], members: Sequence[str]) -> Iterator[Servicing]:
    """Spread the loans over the members in turn, and give each a borrower of its own."""
    for index, life in enumerate(lives):
        number = f"{life.record.row:04}"
        yield Servicing(f"loan-{number}", members[index % len(members)], f"borrower-{number}", life)


def term_sheet(loan: Servicing, until_ms: int) -> TermSheet:
    """What lender and borrower of a loan agree on."""
    record = loan.life.record
    return TermSheet(
        product=PRODUCT,
        version=VERSION,
        lender=loan.lender,
        borrower=loan.borrower,
        asset=CURRENCY,
        principal=record.principal,
        rate=record.rate,
        installments=record.months,
        collateral_asset="",
        available_until_ms=until_ms,
        signatories=(),
        capitalised=0,
    )


def payout_ms(loan: Servicing) -> int:
    """The business time at which a loan is paid out, at the earliest."""
    record = loan.life.record
    return day_ms(record.issued + timedelta(days=payout_days(record)))


def day_ms(day: date) -> int:
    """The midnight that begins a day, in milliseconds since 1970."""
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1_000
