"""Properties of agreements, loans and what is pledged for them."""

from __future__ import annotations

from collections import defaultdict

from lending import keys
from lending.chart import Account
from lending.clock import next_step
from lending.products.lifecycle import AGREEMENT_STEPS, RUNNING
from lending.products.loan import is_paid_up
from lending.records import AgreementStatus, LoanStatus, PartyKind
from lending.records.collateral import ProtectionStatus
from lending.records.exchange import ExchangeStatus
from lending.terms import terms_digest
from lending.waterfall import owed
from tests.properties.named.base import state
from tests.properties.named.view import View

LOST = (LoanStatus.WRITTEN_OFF, LoanStatus.RECOVERED)
OVER = (LoanStatus.REPAID, LoanStatus.RECOVERED)
FIGURES = ("balance", "carried_interest", "paid_fees", "paid_interest", "paid_principal",
           "written_off", "recovered", "due_ms", "level")  # fmt: skip


def claims_of_loans(view: View, part: str, *, of_lenders: bool) -> dict[str, int]:
    """Principal, interest or fees of all loans and facilities, by owner/asset."""
    found: dict[str, int] = defaultdict(int)
    for loan in view.loans.values():
        unpaid = sum(int(getattr(bill, part)) for bill in loan.bills)
        amount = unpaid + (loan.balance if part == "principal" else 0)
        if not of_lenders:
            found[f"{loan.borrower}/{loan.asset}"] += amount
        elif loan.status not in LOST:
            found[f"{loan.lender}/{loan.asset}"] += amount
    for facility in view.facilities.values():
        asset, borrower = facility.terms.asset, facility.terms.borrower
        shares = [share for tranche in facility.tranches for share in tranche.shares]
        rows = [
            (share.lender, {"principal": share.outstanding, "fees": share.fees_due,
                            "interest": share.interest_due + share.deferred}[part])
            for share in shares
        ]  # fmt: skip
        rows += [(payee, fees) for payee, fees in facility.claims if part == "fees"]
        for payee, amount in rows:
            found[f"{payee if of_lenders else borrower}/{asset}"] += amount
    return found


def held_against_books(view: View, part: str, account: Account, *, of_lenders: bool) -> None:
    """The books' figure is that of the loans and facilities, for every owner."""
    expected = claims_of_loans(view, part, of_lenders=of_lenders)
    sign = 1 if of_lenders else -1
    for name in expected.keys() | view.books.keys():
        owner, _, asset = name.partition("/")
        assert sign * view.book(owner, asset)[account] == expected.get(name, 0), (name, account)


@state("M3")
def principal_receivable_is_that_of_the_loans(view: View) -> None:
    """What lenders book as principal outstanding is what their loans and shares say."""
    held_against_books(view, "principal", Account.LOANS_RECEIVABLE, of_lenders=True)


@state("M12")
def interest_receivable_is_that_of_the_loans(view: View) -> None:
    """What lenders book as interest unpaid is what their loans and shares say."""
    held_against_books(view, "interest", Account.INTEREST_RECEIVABLE, of_lenders=True)


@state("M19")
def fees_receivable_are_those_of_the_loans(view: View) -> None:
    """What lenders and agents book as fees unpaid is what loans and facilities say."""
    held_against_books(view, "fees", Account.FEES_RECEIVABLE, of_lenders=True)


@state("M3")
def principal_owed_is_that_of_the_loans(view: View) -> None:
    """What borrowers book as principal owed is what their loans and facilities say."""
    held_against_books(view, "principal", Account.BORROWINGS, of_lenders=False)


@state("M12")
def interest_owed_is_that_of_the_loans(view: View) -> None:
    """What borrowers book as interest owed is what their loans and facilities say."""
    held_against_books(view, "interest", Account.INTEREST_PAYABLE, of_lenders=False)


@state("M19")
def fees_owed_are_those_of_the_loans(view: View) -> None:
    """What borrowers book as fees owed is what their loans and facilities say."""
    held_against_books(view, "fees", Account.FEES_PAYABLE, of_lenders=False)


@state("M2")
def no_figure_of_a_loan_is_negative(view: View) -> None:
    """Balance, carried interest and everything paid, lost or recovered are zero or more."""
    for loan in view.loans.values():
        assert min(int(getattr(loan, figure)) for figure in FIGURES) >= 0, loan


@state("M13")
def a_bill_has_something_to_pay(view: View) -> None:
    """No part of a bill is negative, and a paid bill is gone."""
    for loan in view.loans.values():
        for bill in loan.bills:
            assert min(bill.fees, bill.interest, bill.principal) >= 0, loan
            assert bill.fees + bill.interest + bill.principal > 0, loan


@state("M13")
def bills_are_in_their_order(view: View) -> None:
    """The oldest bill comes first; only arrears that were spread anew are of the future."""
    for loan in view.loans.values():
        days = [bill.due_ms for bill in loan.bills]
        assert days == sorted(days), loan
        assert not days or loan.reaged or days[-1] <= view.now_ms, loan


@state("M1")
def principal_is_paid_or_outstanding(view: View) -> None:
    """What was drawn or added to it is what was paid back and what is still owed of it."""
    for loan in view.loans.values():
        outstanding = loan.balance + sum(bill.principal for bill in loan.bills)
        if loan.status not in LOST:
            assert outstanding + loan.paid_principal == loan.principal + loan.capitalised, loan


@state("M11")
def what_was_written_off_is_owed_or_recovered(view: View) -> None:
    """The borrower of a lost loan owes what was written off less what was recovered."""
    for loan in view.loans.values():
        if loan.status in LOST:
            assert owed(loan.bills) + loan.recovered == loan.written_off, loan
        else:
            assert not loan.written_off, loan
            assert not loan.recovered, loan


@state("M13")
def a_loan_is_over_when_nothing_is_owed(view: View) -> None:
    """A loan is repaid or recovered exactly when nothing is owed on it."""
    for loan in view.loans.values():
        assert is_paid_up(loan) == (loan.status in OVER), loan


@state("M26")
def a_loan_is_delinquent_while_a_bill_is_late(view: View) -> None:
    """A running loan is delinquent exactly when one of its bills is beyond its grace."""
    for loan in view.loans.values():
        is_late = any(bill.is_late for bill in loan.bills)
        assert (loan.status is LoanStatus.DELINQUENT) == (loan.status in RUNNING and is_late), loan


@state("M26")
def what_is_in_default_does_not_accrue(view: View) -> None:
    """When a loan is in default, all of it is billed and nothing falls due any more."""
    for loan in view.loans.values():
        if loan.status is LoanStatus.DEFAULTED or loan.status in LOST:
            assert not loan.balance, loan
            assert not loan.due_ms, loan


@state("M26")
def an_agreement_is_closed_with_its_loan(view: View) -> None:
    """Every loan has its agreement, which is closed exactly when the loan is over."""
    for loan in view.loans.values():
        status = view.agreements[loan.name].status
        assert (status is AgreementStatus.CLOSED) == (loan.status in OVER), loan
        assert status in (AgreementStatus.CLOSED, AgreementStatus.DRAWN), loan


@state("M26")
def a_drawn_agreement_has_its_loan(view: View) -> None:
    """There is a loan exactly where an agreement was drawn."""
    for name, agreement in view.agreements.items():
        is_drawn = agreement.status in (AgreementStatus.DRAWN, AgreementStatus.CLOSED)
        assert is_drawn == (name in view.loans), name


@state("M23")
def nobody_lends_to_itself(view: View) -> None:
    """Lender and borrower of a loan or an agreement are two parties."""
    for loan in view.loans.values():
        assert loan.lender != loan.borrower, loan
    for agreement in view.agreements.values():
        assert agreement.terms.lender != agreement.terms.borrower, agreement


@state("M26")
def parties_have_the_parts_that_suit_them(view: View) -> None:
    """Members and desks lend; custodians and pools never borrow by an agreement."""
    for agreement in view.agreements.values():
        lender = view.parties[agreement.terms.lender].kind
        assert lender in (PartyKind.MEMBER, PartyKind.DESK), agreement
        borrower = view.parties[agreement.terms.borrower].kind
        assert borrower in (PartyKind.BORROWER, PartyKind.MEMBER, PartyKind.DESK), agreement


@state("M12")
def a_loan_is_within_its_product(view: View) -> None:
    """Principal, rate and length of an agreement are within the bounds of its product's version."""
    for agreement in view.agreements.values():
        terms = agreement.terms
        template = view.products[terms.product, terms.version].template
        assert template.principal_min <= terms.principal <= template.principal_max, agreement
        assert template.rate_min <= terms.rate <= template.rate_max, agreement
        assert 1 <= terms.installments <= template.installments_max, agreement


@state("A3")
def what_is_signed_is_what_runs(view: View) -> None:
    """The digest that the parties signed is that of the very terms that the machine executes."""
    for agreement in view.agreements.values():
        terms = agreement.terms
        template = view.products[terms.product, terms.version].template
        assert agreement.terms_digest == terms_digest(terms, template), agreement


@state("M26")
def a_bucket_needs_an_old_bill(view: View) -> None:
    """Only a running loan with an unpaid bill is in a bucket of days past due, one of four."""
    for loan in view.loans.values():
        assert 0 <= loan.bucket <= 4, loan
        if loan.status in RUNNING and not loan.bills:
            assert not loan.bucket, loan


@state("L3")
def a_running_loan_wakes_the_clock_in_time(view: View) -> None:
    """A running loan has an alarm not later than what concerns it next, and few others."""
    for loan in view.loans.values():
        times = view.alarms.get(keys.loan(loan.name), [])
        assert len(times) <= 5 + loan.changes, loan
        if loan.status in RUNNING:
            template = view.products[loan.product, loan.version].template
            assert times, loan
            assert min(times) <= next_step(loan, template)[0], loan


@state("L3")
def an_open_offer_wakes_the_clock_in_time(view: View) -> None:
    """What is neither signed nor drawn has an alarm at its last moment."""
    for name, agreement in view.agreements.items():
        if agreement.status in (AgreementStatus.OFFERED, AgreementStatus.CONCLUDED):
            until_ms = agreement.terms.available_until_ms
            assert view.alarms.get(keys.agreement(name)) == [until_ms], name


@state("M2")
def an_ended_agreement_holds_no_collateral(view: View) -> None:
    """A pledge is above zero and belongs to an agreement that is not over."""
    for name, pledge in view.pledges.items():
        assert pledge.amount > 0, name
        assert AGREEMENT_STEPS[view.agreements[name].status], name


@state("M1")
def what_is_pledged_has_its_reason(view: View) -> None:
    """What is locked in an owner's books is what agreements, accounts, lines and guarantees lock."""
    expected: dict[str, int] = defaultdict(int)
    for name, pledge in view.pledges.items():
        expected[f"{view.agreements[name].terms.borrower}/{pledge.asset}"] += pledge.amount
    for account in view.accounts.values():
        for holding in account.holdings:
            expected[f"{account.owner}/{holding.asset}"] += holding.amount
    for each in view.protections.values():
        if each.status is ProtectionStatus.ACTIVE and not each.fund:
            expected[f"{each.payer}/{each.currency}"] += each.amount
    for fund in view.funds.values():
        expected[f"{fund.owner}/{fund.currency}"] += fund.capital
    for name, line in view.lines.items():
        if line.collateral_asset:
            expected[f"{name.rpartition('/')[2]}/{line.collateral_asset}"] += line.pledged
    for offer in view.offers.values():
        if offer.status is ExchangeStatus.OPEN:
            expected[f"{offer.owner}/{offer.give_asset}"] += offer.give_amount
    for name in expected.keys() | view.books.keys():
        owner, _, asset = name.partition("/")
        assert view.book(owner, asset)[Account.PLEDGED] == expected.get(name, 0), name
