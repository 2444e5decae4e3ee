"""The shapes of answers about lending: parties, assets, products, agreements, loans, accounts.

An amount is shown twice: as the integer that the ledger reckons with, and as text for people.
Templates and terms are shown with exactly the names and integers that were signed.
"""

from __future__ import annotations

from typing import Literal

from api.schemas import Fields, Hex, Model, Page


class Money(Model):
    """An amount of an asset."""

    minor: int
    """In the asset's minor unit, as the ledger reckons."""
    amount: str
    """The same in whole units."""
    asset: str
    """The asset's code."""


class PartyModel(Model):
    """Somebody who acts on the ledger."""

    party: str
    """The unique name."""
    kind: Literal["member", "desk", "borrower", "custodian", "pool"]
    """What it may do; a pool owns the books of a pool and sends nothing."""
    sponsor: str
    """The member that brought it in; empty for those of the genesis."""
    keys: list[Hex]
    """The public keys that sign for it."""
    threshold: int
    """How many of them must sign."""


class AssetModel(Model):
    """A currency or a collateral asset."""

    asset: str
    """The unique code."""
    kind: Literal["currency", "collateral", "wrapped"]
    """Whether it is lent or pledged."""
    decimals: int
    """Minor units of one whole unit, as a power of ten."""
    custodian: str
    """Who holds it in the outside world and issues claims on it."""
    price_sources: list[str]
    """Who may report its price."""


class ProductModel(Model):
    """One version of a product."""

    product: str
    """The product."""
    version: int
    """1, 2, 3, ..."""
    proposer: str
    """The member that proposed it; empty for those of the genesis."""
    approvals: list[str]
    """The members that approved."""
    is_active: bool
    """Whether a quorum approved, so that it may be used."""
    retirements: list[str]
    """The members that want it offered no longer."""
    is_retired: bool
    """Whether a quorum does: nothing more is agreed on it."""
    template: Fields
    """The policy of all its loans, as docs/lend/products.md explains."""


class AgreementModel(Model):
    """A term sheet and how far its signing has come."""

    agreement: str
    """The unique name."""
    proposer: str
    """Who offered it."""
    status: str
    """OFFERED, CONCLUDED, DRAWN, CLOSED, WITHDRAWN or LAPSED."""
    terms: Fields
    """What is agreed: the fields that were signed."""
    terms_digest: Hex
    """The digest of the terms and the template: what sign_agreement names."""
    signed: list[str]
    """The parties that have signed; with the last one it is concluded."""


class AgreementDetail(AgreementModel):
    """An agreement with the policy that applies to it and its collateral."""

    template: Fields
    """The product's policy."""
    pledged: int
    """How much of the collateral asset is pledged, in its minor unit."""


class SectionModel(Model):
    """Some sentences of a term sheet."""

    title: str
    """What they are about."""
    sentences: list[str]
    """In their order."""


class PlannedModel(Model):
    """An installment as it is billed if all is paid as agreed."""

    number: int
    """Which one, from 1."""
    due_ms: int
    """When it falls due."""
    principal: Money
    """Principal that falls due."""
    interest: Money
    """Interest of the period."""
    payment: Money
    """Both."""
    balance_after: Money
    """Principal that falls due later."""


class TermSheetModel(Model):
    """An agreement in plain words."""

    agreement: str
    """The unique name."""
    status: str
    """OFFERED, CONCLUDED, DRAWN, CLOSED, WITHDRAWN or LAPSED."""
    asset: str
    """The currency."""
    terms_digest: Hex
    """The digest of the terms and the template: what sign_agreement names."""
    sections: list[SectionModel]
    """The sentences, in the order in which one reads a contract."""
    start_ms: int
    """The day of the drawdown from which the schedule counts."""
    is_drawn: bool
    """Whether the loan was drawn on that day; else it is assumed."""
    schedule: list[PlannedModel]
    """Every installment."""


class RecourseModel(Model):
    """What one member of a group paid for another."""

    payer: str
    """Who paid."""
    borrower: str
    """Whose debt it was."""
    paid: Money
    """All that the payer paid for the borrower."""
    returned: Money
    """What of that the borrower gave back."""
    claim: Money
    """What it owes the payer still."""


class GroupModel(Model):
    """Borrowers who are each liable for the whole of every loan bound to the group."""

    group: str
    """The unique name."""
    members: list[str]
    """Who is liable."""
    loans: list[str]
    """The agreements that were bound and not over when the last one was."""
    recourses: list[RecourseModel]
    """Who paid what for whom."""


class ApplicationModel(Model):
    """What a borrower asks for."""

    borrower: str
    """Who asks."""
    application: str
    """The name, unique among those of the borrower."""
    status: str
    """OPEN, ACCEPTED, WITHDRAWN or LAPSED."""
    product: str
    """The product."""
    version: int
    """Its version."""
    amount: Money
    """The most that is asked for."""
    installments: int
    """In how many installments the borrower would like to repay."""
    purpose: str
    """What the money is for."""
    collateral: Money | None
    """What the borrower would pledge."""
    lenders: list[str]
    """Who may offer; empty for every member and desk."""
    until_ms: int
    """When it lapses."""
    offered_by: list[str]
    """The lenders of the open offers, the oldest offer first."""
    agreement: str
    """What came of it; empty if nothing did."""


class OfferModel(Model):
    """An open offer on an application."""

    lender: str
    """Who offers."""
    made_ms: int
    """When."""
    valid_until_ms: int
    """When it expires."""
    terms: Fields
    """What is offered."""
    terms_digest: Hex
    """The digest of the terms and the template: what accept_offer names."""
    sections: list[SectionModel]
    """The terms in plain words."""


class ApplicationDetail(ApplicationModel):
    """An application with the offers on it."""

    offers: list[OfferModel]
    """The open offers, the oldest first."""


class BillModel(Model):
    """An installment that fell due, as far as it is unpaid."""

    number: int
    """Which installment, from 1."""
    due_ms: int
    """When it fell due."""
    fees: Money
    """Late fees unpaid."""
    interest: Money
    """Interest unpaid."""
    principal: Money
    """Principal unpaid."""
    is_late: bool
    """Whether its grace is over."""


class LoanModel(Model):
    """A drawn loan and its figures."""

    loan: str
    """The unique name, that of its agreement."""
    status: str
    """PERFORMING, DELINQUENT, DEFAULTED, WRITTEN_OFF, REPAID or RECOVERED."""
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
    rate: int
    """The yearly rate in billionths: 12.29 % is 122900000."""
    installments: int
    """How many were agreed."""
    start_ms: int
    """The midnight that begins the day of the drawdown."""
    number: int
    """The next installment to fall due."""
    next_due_ms: int
    """When that is; 0 if nothing falls due any more."""
    bucket: int
    """How many of 30, 60, 90 and 120 days past due the oldest bill has reached."""
    principal: Money
    """The amount drawn."""
    level: Money
    """The level payment (ANN) or redemption (LAM); 0 for a bullet loan."""
    balance: Money
    """Principal that has not yet fallen due."""
    billed: Money
    """What fell due and is unpaid."""
    owed: Money
    """Billed, and the balance with what interest was carried."""
    paid_fees: Money
    """Fees paid so far."""
    paid_interest: Money
    """Interest paid so far."""
    paid_principal: Money
    """Principal paid so far."""
    written_off: Money
    """What the lender wrote off."""
    recovered: Money
    """What was paid after that."""
    bills: list[BillModel]
    """The unpaid installments that fell due, the oldest first."""


class InstallmentModel(Model):
    """An installment of the schedule as agreed, and where it stands."""

    number: int
    """From 1."""
    due_ms: int
    """When it falls due."""
    principal: Money
    """Its principal, as agreed."""
    interest: Money
    """Its interest, as agreed."""
    payment: Money
    """Both."""
    balance_after: Money
    """The principal outstanding after it, as agreed."""
    state: Literal["settled", "unpaid", "late", "to_come", "dropped"]
    """Unpaid: it fell due. Late: its grace is over. Dropped: the loan ended before it fell due."""
    unpaid: Money
    """What of its bill is unpaid, with late fees; 0 unless it fell due."""


class PayoffModel(Model):
    """What a payment now could settle."""

    billed: Money
    """What fell due and is unpaid."""
    interest_of_period: Money
    """The interest of the running period that a prepayment pays first."""
    principal_not_due: Money
    """Principal that has not fallen due and may be prepaid."""
    total: Money
    """The sum of the three."""
    days_past_due: int
    """Days since the oldest unpaid installment fell due."""


class LoanDetail(LoanModel):
    """A loan with its schedule."""

    schedule: list[InstallmentModel]
    """All installments as agreed at the drawdown, each with where it stands."""
    payoff: PayoffModel
    """What a payment at the newest block's time could settle."""


class HistoryModel(Model):
    """Something that happened to a loan or its agreement."""

    height: int
    """The block."""
    timestamp_ms: int
    """Its time."""
    transaction_id: Hex | None
    """The transaction that did it; null for what fell due by itself."""
    event: str
    """What happened, as docs/lend/events.md lists it."""
    fields: Fields
    """Its particulars; amounts are integers in minor units."""


class StatementModel(Page[HistoryModel]):
    """A loan's figures and a page of what happened to it, in order of time."""

    loan: LoanModel
    """The loan now."""


class AccountModel(Model):
    """One account of an owner in an asset."""

    account: str
    """owner/kind/asset."""
    owner: str
    """Whose books it is in."""
    kind: str
    """What it is for, as docs/lend/accounts.md lists it."""
    height: int
    """The height at which the balance stood."""
    balance: Money
    """Debits positive, credits negative: each owner's books sum to zero."""


class EntryModel(Model):
    """One entry of an account."""

    height: int
    """The block."""
    timestamp_ms: int
    """Its time."""
    transaction_id: Hex | None
    """The transaction that posted it; null for what fell due by itself."""
    amount: Money
    """Debit positive, credit negative."""
    balance: Money
    """The balance that it left."""
    reason: str
    """Why it was posted."""
    reference: str
    """What it was posted for: a loan, or a payment's name outside."""


class SumModel(Model):
    """The sum of all accounts of one kind."""

    kind: str
    """The kind."""
    sum: Money
    """Debits positive."""


class AssetBalance(Model):
    """The trial balance of one asset."""

    asset: str
    """The asset."""
    sums: list[SumModel]
    """The kinds that are not at zero, in the order of the chart of accounts."""
    total: Money
    """The sum of the sums: zero, or the books are wrong."""


class TrialBalance(Model):
    """The sums of all accounts by kind, at one height."""

    height: int
    """The height."""
    timestamp_ms: int
    """The time of its block."""
    is_balanced: bool
    """Whether the total of every asset is zero."""
    assets: list[AssetBalance]
    """Every asset."""
