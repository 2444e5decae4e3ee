"""What a product fixes for all its loans (Template) and what two parties agree on (TermSheet).

Together they are the whole contract: every figure that the machine uses for a loan is in one of the
two, and the digest of both is what the parties sign. Names are those of ACTUS and of the LMA.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ledger import codec, crypto
from ledger.crypto import Digest, Purpose
from lending.fields import (
    Amount,
    AmountOrZero,
    AssetCode,
    Choice,
    Count,
    CycleText,
    Days,
    Integer,
    MonthTiers,
    Names,
    OptionalAssetCode,
    PartyId,
    Rate,
    RoleParties,
    Roles,
    Shape,
    Slug,
    TimeMs,
    Version,
)

CONTRACT_TYPES = ("PAM", "LAM", "ANN")
WATERFALL_PARTS = ("FEES", "INTEREST", "PRINCIPAL")


@dataclass(frozen=True, slots=True)
class Template:
    """The policy of a product: the same for every loan of one version."""

    contract_type: Annotated[str, Choice(CONTRACT_TYPES)]
    """PAM (bullet), LAM (equal redemptions) or ANN (level payments)."""
    day_count_convention: Annotated[
        str,
        Choice(("AA", "A360", "A365", "30E360ISDA", "30E360", "28E336", "30360US", "30360BOND",
                "SIMPLE")),
    ]  # fmt: skip
    """How days become parts of a year."""
    cycle: CycleText
    """How often an installment falls due, such as P1ML1; the last may be a stub."""
    end_of_month_convention: Annotated[str, Choice(("SD", "EOM"))]
    """SD: the same day of each month; EOM: a loan drawn at a month's end stays at month ends."""
    business_day_convention: Annotated[
        str, Choice(("NOS", "SCF", "SCMF", "CSF", "CSMF", "SCP", "SCMP", "CSP", "CSMP"))
    ]
    """How a due date on a holiday moves, and whether interest moves with it."""
    calendar: Annotated[str, Choice(("NC", "MF"))]
    """NC: every day is a business day; MF: Monday to Friday."""
    principal_min: Amount
    """The smallest loan, in the asset's minor unit."""
    principal_max: Amount
    """The largest loan, in the asset's minor unit."""
    rate_min: Rate
    """The lowest yearly rate, in billionths."""
    rate_max: Rate
    """The highest yearly rate, in billionths."""
    installments_max: Count
    """The most installments."""
    grace_days: Days
    """How many days after its due date an installment may be paid without being late."""
    late_fee: AmountOrZero
    """The least late fee of one installment, in the asset's minor unit."""
    late_fee_rate: Rate
    """The late fee as a part of what is unpaid of the installment; the larger of the two is due."""
    default_after_days: Days
    """How many days past due the oldest installment puts the loan in default."""
    waterfall: Annotated[tuple[str, ...], Names(Choice(WATERFALL_PARTS), 3, 3)]
    """In which order a payment is taken for what has fallen due."""
    allocation: Annotated[str, Choice(("BY_INSTALLMENT", "BY_PART"))]
    """BY_INSTALLMENT: the oldest installment first, all its parts; BY_PART: the first part of all."""
    prepayment: Annotated[str, Choice(("TO_DATE", "FULL_PERIOD", "WAIVED", "REFUSED"))]
    """The interest of the running period that a prepayment pays first: up to its day, of the whole
    period, or none; REFUSED leaves what is not yet due with the payer."""
    loan_to_value_limit: Rate
    """The largest debt as a part of the collateral's value, in billionths; 0 asks for none."""
    collection_fee_limit: Rate
    """The largest part of a recovery that its collector may keep, in billionths."""
    signatories: Roles
    """Who must sign besides lender and borrower: GUARANTOR, ARRANGER, SECURITY_AGENT."""
    default_rate: Rate
    """The yearly rate on what is late, from the end of its grace; 0 for none."""
    prepayment_fee: MonthTiers
    """The fee on prepaid principal: from which month of the loan, which part in billionths."""
    capitalised_max: Annotated[int, Integer(0, 599)]
    """The most first installments whose interest may become principal instead of being billed."""
    notice_days: Days
    """How many days after the lender's call all is due; 0 for a loan that cannot be called."""


@dataclass(frozen=True, slots=True)
class TermSheet:
    """What lender and borrower agree on, within the bounds of a product."""

    product: Slug
    """The product."""
    version: Version
    """The version of the product whose template applies, for ever."""
    lender: PartyId
    """Who lends."""
    borrower: PartyId
    """Who borrows."""
    asset: AssetCode
    """The currency of the loan."""
    principal: Amount
    """The amount lent, in the asset's minor unit."""
    rate: Rate
    """The nominal yearly rate, in billionths: 12.29 % is 122_900_000."""
    installments: Count
    """How many installments repay the loan."""
    collateral_asset: OptionalAssetCode
    """What is pledged, empty where the product asks for no collateral."""
    available_until_ms: TimeMs
    """The last moment to sign and to draw; then the agreement lapses by itself."""
    signatories: RoleParties
    """Who has each of the parts that the product asks for, in the product's order."""
    capitalised: Annotated[int, Integer(0, 599)]
    """For how many first installments interest becomes principal and nothing is billed."""


TEMPLATE_SHAPE = Shape(Template)
TERM_SHEET_SHAPE = Shape(TermSheet)


def terms_digest(sheet: TermSheet, template: Template) -> Digest:
    """The digest of all that the parties agree on: what `sign_agreement` must name."""
    whole = (TERM_SHEET_SHAPE.values(sheet), TEMPLATE_SHAPE.values(template))
    return crypto.digest(Purpose.DOCUMENT, codec.encode_array(whole))
