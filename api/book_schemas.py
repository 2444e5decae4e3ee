"""The shapes of answers about the past of the books: ledgers, statements, accrual."""

from __future__ import annotations

from api.lending_schemas import EntryModel, Money
from api.schemas import Hex, Model, Page


class MovementModel(EntryModel):
    """One entry of a ledger or statement."""

    account: str
    """owner/kind/asset."""


class LedgerModel(Page[MovementModel]):
    """An account between two blocks."""

    account: str
    """owner/kind/asset."""
    first: int
    """The first block of the range."""
    last: int
    """The last one."""
    opening: Money
    """The balance before the first."""
    closing: Money
    """The balance after the last."""


class OpeningModel(Model):
    """One account before and after a range of blocks."""

    kind: str
    """The kind of account."""
    opening: Money
    """The balance before the first block."""
    closing: Money
    """The balance after the last."""


class PartyStatement(Page[MovementModel]):
    """All accounts of a party in an asset between two blocks."""

    party: str
    """Whose."""
    asset: str
    """The asset."""
    first: int
    """The first block of the range."""
    last: int
    """The last one."""
    accounts: list[OpeningModel]
    """The accounts that were not at zero before or after."""


class DebtEntryModel(Model):
    """One posting of a debt."""

    height: int
    """The block."""
    timestamp_ms: int
    """Its time."""
    transaction_id: Hex | None
    """The transaction that posted it; null for what fell due by itself."""
    reason: str
    """Why it was posted."""
    reference: str
    """The loan or facility."""
    part: str
    """principal, interest or fees."""
    amount: Money
    """Negative when more is owed, positive when it was paid."""
    owed: Money
    """All that was owed after it."""
    principal: Money
    """Of that principal."""
    interest: Money
    """Of that interest that was billed."""
    fees: Money
    """Of that fees."""


class DebtStatement(Page[DebtEntryModel]):
    """A loan or facility by the books of its borrower."""

    name: str
    """The loan or facility."""
    borrower: str
    """Who owes."""
    last: int
    """The block after which it stood so."""
    owed: Money
    """All that was owed."""
    principal_owed: Money
    """Of that principal."""
    interest_owed: Money
    """Of that interest that was billed."""
    fees_owed: Money
    """Of that fees."""


class AccrualModel(Model):
    """The interest of a loan: earned, billed, received."""

    loan: str
    """The loan."""
    lender: str
    """Who lends."""
    borrower: str
    """Who owes."""
    status: str
    """Where it is in its life."""
    earned: Money
    """Earned to date: billed and unbilled."""
    billed: Money
    """Earned and due: the journal's income."""
    unbilled: Money
    """Earned in the running period and not due yet."""
    received: Money
    """Billed and paid."""
    unpaid: Money
    """Billed and not paid: the journal's receivable."""
    lost: Money
    """Billed and written off."""


class LenderAccrual(Page[AccrualModel]):
    """The interest of a lender's loans."""

    lender: str
    """Whose."""
    day_ms: int
    """Up to which day it is counted."""


class ProvisionModel(Model):
    """What is set aside for a loan."""

    loan: str
    """The loan."""
    lender: str
    """In whose books."""
    status: str
    """Where it is in its life."""
    stage: int
    """1, 2 or 3; 0 once nothing is owed."""
    amount: Money
    """What is set aside."""
    exposure: Money
    """What was owed when it was assessed."""
    covered: Money
    """What of it collateral covered."""
    default_rate: int
    """How probable default is, in billionths."""
    version: int
    """The version of the policy."""
    first_grade: str
    """The borrower's grade when the loan was first assessed."""
    grade: str
    """Its grade when it was assessed last."""
    is_forborne: bool
    """Whether the lender has made concessions."""
    is_marked: bool
    """Whether the lender's own mark counts instead of the expected loss."""
    mark: Money
    """That mark."""
    reason: str
    """Why the lender last marked or flagged it."""


class PaymentModel(Model):
    """One payment of a loan."""

    number: int
    """Its number, as correct_payment asks for it."""
    time_ms: int
    """When it counts from."""
    offered: Money
    """The most that was to be taken."""


class PaymentsModel(Model):
    """The payments of a loan as they stand."""

    loan: str
    """The loan."""
    days_max: int | None
    """How many days back they may be corrected; null where the product allows none."""
    corrections: int
    """How many corrections there were."""
    payments: list[PaymentModel]
    """In order of time."""
