"""The shapes of answers about pools, facilities, indices, collateral, guarantees and cover.

Amounts are money, as everywhere; shares and growth indices are decimal text, for they may have more
digits than a JSON number keeps. Terms are shown with the names and integers that were signed.
"""

from __future__ import annotations

from api.lending_schemas import Money
from api.schemas import Fields, Hex, Model


class TrancheModel(Model):
    """One tranche of a pool."""

    claim: Money
    """What its depositors have together."""
    shares: str
    """How many shares there are."""
    queued: str
    """How many of them wait to be turned into money."""
    lost: Money
    """What it lost and may get back from recoveries."""


class PoolFigures(Model):
    """How an open pool stands, interest up to the newest block included."""

    cash: Money
    """What is not lent."""
    debt: Money
    """What borrowers owe."""
    reserve: Money
    """What bears losses first."""
    spread: Money
    """What the manager has earned and not collected."""
    utilisation: int
    """The lent part, in billionths."""
    borrow_rate: int
    """What borrowers pay a year, in billionths."""
    supply_rate: int
    """What depositors earn a year, in billionths."""
    index: str
    """What one unit of debt has grown to since the pool opened, in 10**-27."""
    senior: TrancheModel
    """The tranche that is paid first."""
    junior: TrancheModel
    """The tranche that bears losses first."""


class PoolModel(Model):
    """A pool."""

    pool: str
    """The unique name."""
    manager: str
    """The member that manages it."""
    approvals: list[str]
    """The members that approved it."""
    is_active: bool
    """Whether a quorum did, so that it is open."""
    template: Fields
    """Its policy, as docs/lend/pools.md explains."""
    figures: PoolFigures | None
    """How it stands; null before it is open."""


class PositionModel(Model):
    """What a party has of a tranche."""

    depositor: str
    """The party."""
    tranche: str
    """SENIOR or JUNIOR."""
    shares: str
    """Its shares."""
    queued: str
    """How many of them wait to be turned into money."""
    value: Money
    """What the shares are worth."""
    cost: Money
    """What it paid for them."""
    rewards: Money | None
    """Rewards earned and not claimed; null where the pool gives none."""


class RequestModel(Model):
    """A withdrawal that waits."""

    number: int
    """Its place in the order of requests."""
    depositor: str
    """Whose shares."""
    shares: str
    """How many."""


class CreditLineModel(Model):
    """What a borrower may owe a pool, and owes."""

    borrower: str
    """The party."""
    limit: Money
    """The most that it may owe by a borrowing."""
    due_ms: int
    """From when on its debt is due."""
    collateral_asset: str
    """What it pledges; empty for nothing."""
    loan_to_value_limit: int
    """The largest debt as a part of the collateral's value, in billionths."""
    pledged: Money | None
    """What is pledged; null without a collateral asset."""
    debt: Money
    """What it owes."""
    written_off: Money
    """What was written off and is owed all the same."""


class ShareModel(Model):
    """What one lender has in one tranche of a facility."""

    lender: str
    """The lender."""
    commitment: Money
    """What it committed."""
    outstanding: Money
    """What of it is drawn."""
    principal_due: Money
    """Principal that fell due and is unpaid."""
    interest_due: Money
    """Interest that fell due and is unpaid."""
    fees_due: Money
    """Commitment fees that fell due and are unpaid."""
    accrued_interest: Money
    """Interest of the running period until today."""
    accrued_fee: Money
    """The commitment fee of the running period until today."""


class FacilityTranche(Model):
    """One tranche of a facility."""

    tranche: str
    """Its name."""
    kind: str
    """TERM, REVOLVER or MULTI_DRAW."""
    committed: Money
    """What all lenders committed."""
    outstanding: Money
    """What is drawn."""
    rate: int
    """The yearly rate of the running period, in billionths."""
    period_start_ms: int
    """When the running period began; 0 before the first."""
    period_end_ms: int
    """When it ends."""
    maturity_ms: int
    """When all of it is due."""
    is_available: bool
    """Whether it can be drawn."""
    requested: Money
    """What will be funded after its notice."""
    accrued_interest: Money
    """Interest of the running period until today."""
    accrued_fee: Money
    """The commitment fee of the running period until today."""
    shares: list[ShareModel]
    """The lenders."""


class FeeClaim(Model):
    """A fee that somebody is owed."""

    party: str
    """Who gets it."""
    amount: Money
    """How much."""


class FacilityModel(Model):
    """A syndicated facility."""

    facility: str
    """The unique name."""
    status: str
    """OFFERED, EFFECTIVE, CLOSED, WITHDRAWN or LAPSED."""
    borrower: str
    """Who borrows."""
    agent: str
    """Who keeps it for the lenders."""
    asset: str
    """The currency."""
    signed: list[str]
    """Who has signed."""
    terms: Fields
    """What was agreed, as docs/lend/facilities.md explains."""
    terms_digest: Hex
    """What sign_facility names."""
    start_ms: int
    """When it became effective; 0 before."""
    committed: Money
    """What all lenders committed."""
    outstanding: Money
    """What is drawn."""
    due: Money
    """What fell due and is unpaid."""
    fees_due: list[FeeClaim]
    """Fees that fell due and are unpaid."""
    defaulting: list[str]
    """Lenders that did not fund their part."""
    tranches: list[FacilityTranche]
    """Its tranches."""


class AmendmentModel(Model):
    """A vote of the lenders of a facility."""

    amendment: str
    """Its name."""
    facility: str
    """The facility."""
    matter: str
    """What is to change."""
    tranche: str
    """Of which tranche; empty for the whole facility."""
    value: int
    """To what."""
    status: str
    """OPEN, CARRIED, EXECUTED or FAILED."""
    open_until_ms: int
    """Until when votes count."""
    votes_for: list[str]
    """Who is for it."""
    votes_against: list[str]
    """Who is against it."""
    is_consented: bool
    """Whether the borrower agreed."""
    has_carried: bool
    """Whether the majority is reached."""


class IndexModel(Model):
    """A rate that others are derived from."""

    index: str
    """The unique name."""
    sources: list[str]
    """Who may report."""
    quorum: int
    """How many reports publish a fixing."""
    correction_days: int
    """How long a published fixing may be corrected."""


class FixingModel(Model):
    """What was published of an index for a day."""

    day_ms: int
    """The day."""
    value: int
    """The value now, in billionths a year."""
    history: list[list[int]]
    """When which value was published: first, and with each correction."""


class HoldingModel(Model):
    """One asset in a collateral account."""

    amount: Money
    """How much of what."""
    haircut: int
    """What its value is reduced by, in billionths."""
    share_max: int
    """The largest part of the account's value that it counts for, in billionths."""
    limit: Money
    """Below this price of a whole unit the account is looked at; 0 for never."""


class LotModel(Model):
    """One asset on sale."""

    asset: str
    """What."""
    price: Money
    """What a whole unit costs now."""
    start: Money
    """What it cost at the begin."""
    step: Money
    """What the price falls by in each step."""
    floor: Money
    """The lowest price."""


class CollateralAccountModel(Model):
    """Several assets that secure several loans of one borrower."""

    account: str
    """The unique name."""
    owner: str
    """The borrower."""
    agent: str
    """Who keeps the security for the lenders."""
    currency: str
    """The currency of its debts."""
    status: str
    """OPEN, CALLED or LIQUIDATING."""
    terms: Fields
    """Its limits and the terms of a sale, as docs/lend/collateral.md explains."""
    holdings: list[HoldingModel]
    """What is pledged."""
    loans: list[str]
    """The agreements that it secures."""
    debt: Money
    """What is owed on them."""
    value: Money | None
    """What counts of the collateral; null where a price cannot be decided by."""
    loan_to_value: int | None
    """The debt as a part of that, in billionths, rounded up."""
    reason: str
    """Why there is no value, else empty."""
    deadline_ms: int
    """When the cure window or the auction ends; 0 if there is none."""
    auction_ms: int
    """When the auction began; 0 if there is none."""
    target: Money
    """What the auction has still to raise."""
    lots: list[LotModel]
    """What is on sale."""


class PolicyModel(Model):
    """How an asset counts as collateral for debts in a currency."""

    asset: str
    """The asset."""
    currency: str
    """The currency."""
    haircut: int
    """What its value is reduced by, in billionths."""
    share_max: int
    """The largest part of an account's value that it counts for, in billionths."""
    supply_cap: Money
    """The most that all accounts together may hold."""
    held: Money
    """What they hold."""


class ReportModel(Model):
    """What one source said last of a price."""

    source: str
    """The source."""
    price: Money
    """The price of a whole unit."""
    reported_ms: int
    """When."""


class PriceFeedModel(Model):
    """How a price is agreed, and where the agreement stands."""

    asset: str
    """What is priced."""
    currency: str
    """In what."""
    sources: list[str]
    """Who reports."""
    quorum: int
    """How many fresh reports make a price."""
    age_max_ms: int
    """How old a report or a price may be."""
    band: int
    """How far the price may move within an interval, in billionths."""
    interval_ms: int
    """The length of the interval."""
    anchor: Money
    """The price at the interval's begin; 0 before the first."""
    is_halted: bool
    """Whether the breaker tripped."""
    reports: list[ReportModel]
    """The newest report of each source."""


class ProtectionModel(Model):
    """Money that stands behind a loan."""

    protection: str
    """The unique name."""
    kind: str
    """FIRST_LOSS, GUARANTEE or COVER."""
    payer: str
    """In whose books the money is pledged."""
    fund: str
    """The cover fund; empty for a guarantee."""
    loan: str
    """The agreement whose loan is protected."""
    amount: Money
    """The most that is paid."""
    until_ms: int
    """When it expires."""
    status: str
    """ACTIVE, CLAIMED, RELEASED or EXPIRED."""
    paid: Money
    """What it paid."""
    returned: Money
    """What of that came back."""


class CoverFundModel(Model):
    """A cover fund."""

    fund: str
    """The unique name."""
    owner: str
    """In whose books its capital is pledged."""
    capital: Money
    """What is set aside for claims."""
    exposure: Money
    """The sum of all covers that are active."""
    available: Money
    """What it can still cover."""
    exposure_limit: int
    """The largest exposure as a part of the capital, in billionths."""
    cover_limit: int
    """The largest single cover as a part of the capital, in billionths."""
    premium_rate: int
    """The yearly premium where no account secures the loan, in billionths."""
    premium_rate_secured: int
    """The yearly premium where one does, in billionths."""
