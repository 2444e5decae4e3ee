"""What the term sheet and its product say, sentence by sentence: every field of both is in here.

A test changes each field and looks for a change in the words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lending.terms import Template, TermSheet
from lending.words.figures import count, day, every, listed, money, percent

CONTRACTS: Final = {
    "PAM": "Each installment is interest alone; the last repays the whole principal (bullet, PAM).",
    "LAM": "Each installment repays the same part of the principal, with interest on the rest "
    "(linear, LAM).",
    "ANN": "Each installment is the same payment of interest and principal; the last takes what is "
    "left (annuity, ANN).",
}
DAY_COUNTS: Final = {
    "AA": "actual days over the actual days of the year (AA)",
    "A360": "actual days over 360 (A360)",
    "A365": "actual days over 365 (A365)",
    "30E360ISDA": "months of 30 days over 360, ISDA's rule for month ends (30E360ISDA)",
    "30E360": "months of 30 days over 360, European (30E360)",
    "28E336": "months of 28 days over 336 (28E336)",
    "30360US": "months of 30 days over 360, United States rule (30360US)",
    "30360BOND": "months of 30 days over 360, bond basis (30360BOND)",
    "SIMPLE": "the same part of a year for every regular period (SIMPLE)",
}
MONTH_ENDS: Final = {
    "SD": "Due dates keep the day of the month on which the loan is drawn (SD).",
    "EOM": "A loan drawn on the last day of a month is due on last days of months (EOM).",
}
BUSINESS_DAYS: Final = {
    "NOS": "Due dates are not moved (NOS)",
    "SCF": "A due date on a holiday moves to the next business day, and interest with it (SCF)",
    "SCMF": "A due date on a holiday moves to the next business day of the same month, else back, "
    "and interest with it (SCMF)",
    "CSF": "A due date on a holiday moves to the next business day; interest stays (CSF)",
    "CSMF": "A due date on a holiday moves to the next business day of the same month, else back; "
    "interest stays (CSMF)",
    "SCP": "A due date on a holiday moves to the business day before, and interest with it (SCP)",
    "SCMP": "A due date on a holiday moves to the business day before in the same month, else "
    "forward, and interest with it (SCMP)",
    "CSP": "A due date on a holiday moves to the business day before; interest stays (CSP)",
    "CSMP": "A due date on a holiday moves to the business day before in the same month, else "
    "forward; interest stays (CSMP)",
}
CALENDARS: Final = {
    "NC": "every day is a business day (NC)",
    "MF": "business days are Monday to Friday (MF)",
}
PARTS: Final = {"FEES": "fees", "INTEREST": "interest", "PRINCIPAL": "principal"}
ROLES: Final = {
    "GUARANTOR": "guarantor",
    "ARRANGER": "arranger",
    "SECURITY_AGENT": "security agent",
}
ALLOCATIONS: Final = {
    "BY_INSTALLMENT": "The oldest installment is paid first, with all its parts (BY_INSTALLMENT).",
    "BY_PART": "The first part of all installments is paid before the next part (BY_PART).",
}
PREPAYMENTS: Final = {
    "TO_DATE": "The borrower may repay early; it then pays the interest of the running period up "
    "to that day, rounded up (TO_DATE).",
    "FULL_PERIOD": "The borrower may repay early; it then pays the interest of the whole running "
    "period (FULL_PERIOD).",
    "WAIVED": "The borrower may repay early and pays no interest of the running period on what it "
    "repays (WAIVED).",
    "REFUSED": "The borrower cannot repay before the due dates (REFUSED).",
}


@dataclass(frozen=True, slots=True)
class Contract:
    """All that the words are made of, besides what was attached later."""

    agreement: str
    """The name."""
    terms: TermSheet
    """What the parties agree on."""
    template: Template
    """The policy of the product."""
    terms_digest: bytes
    """The digest that is signed."""
    decimals: int
    """Of the currency."""

    def money(self, minor: int) -> str:
        """An amount of the loan's currency."""
        return money(minor, self.terms.asset, self.decimals)


def parties(contract: Contract) -> list[str]:
    """Who deals with whom, under which product."""
    terms = contract.terms
    return [
        f"{terms.lender} lends to {terms.borrower}.",
        f"The agreement and its loan are named {contract.agreement}."
        if contract.agreement
        else "The borrower names the agreement and its loan when it accepts.",
        f"The product is {terms.product}, version {terms.version}; the version never changes.",
    ]


def loan(contract: Contract) -> list[str]:
    """How much, at what rate, until when it can be had."""
    terms, template = contract.terms, contract.template
    return [
        f"The principal is {contract.money(terms.principal)}, paid out in full in one drawdown.",
        f"The nominal interest rate is {percent(terms.rate)} a year and does not change.",
        (
            f"It must be signed and drawn before {day(terms.available_until_ms)}; else it lapses by "
            "itself."
        ),
        (
            f"The product allows loans from {contract.money(template.principal_min)} to "
            f"{contract.money(template.principal_max)}, rates from {percent(template.rate_min)} to "
            f"{percent(template.rate_max)}, and at most "
            f"{count(template.installments_max, 'installment')}."
        ),
    ]


def repayment(contract: Contract) -> list[str]:
    """How it is repaid, and how interest is counted."""
    terms, template = contract.terms, contract.template
    return [
        (
            f"It is repaid in {count(terms.installments, 'installment')}, one {every(template.cycle)}, "
            "counted from the day of the drawdown."
        ),
        CONTRACTS[template.contract_type],
        (
            f"Of the first {count(terms.capitalised, 'installment')} nothing is billed and the interest "
            f"becomes principal; the product allows {template.capitalised_max:,}."
        ),
        (
            f"The lender may call the loan: {count(template.notice_days, 'day')} later all is due."
            if template.notice_days
            else "The lender cannot call the loan."
        ),
        f"Interest counts {DAY_COUNTS[template.day_count_convention]}.",
        MONTH_ENDS[template.end_of_month_convention],
        f"{BUSINESS_DAYS[template.business_day_convention]}; {CALENDARS[template.calendar]}.",
        f"A payment goes first to {', then to '.join(PARTS[each] for each in template.waterfall)}.",
        ALLOCATIONS[template.allocation],
    ]


def prepayment(contract: Contract) -> list[str]:
    """Whether and how the borrower pays early."""
    fees = (
        f"From month {month:,} of the loan on, prepaid principal costs a fee of {percent(rate)} of it."
        for month, rate in contract.template.prepayment_fee
    )
    return [PREPAYMENTS[contract.template.prepayment], *fees]


def arrears(contract: Contract) -> list[str]:
    """What happens when it is not paid."""
    template = contract.template
    return [
        (
            f"An installment may be paid up to {count(template.grace_days, 'day')} after its due date "
            "without being late."
        ),
        (
            f"A late installment costs a fee, once: {percent(template.late_fee_rate)} of its unpaid "
            f"interest and principal, at least {contract.money(template.late_fee)}."
        ),
        (
            f"What is late costs {percent(template.default_rate)} a year from the end of its grace, by "
            "the day and rounded up; it is owed as a fee and bears no interest."
        ),
        (
            f"When an installment is {count(template.default_after_days, 'day')} past due the loan is "
            "in default: everything is due and interest stops."
        ),
        (
            "After a write-off the debt remains; who collects it may keep at most "
            f"{percent(template.collection_fee_limit)} of what comes in, if the lender signs."
        ),
    ]


def collateral(contract: Contract) -> list[str]:
    """What is pledged under the terms themselves."""
    limit, asset = contract.template.loan_to_value_limit, contract.terms.collateral_asset
    pledge = f"The borrower pledges {asset}." if asset else "The terms name no collateral asset."
    cover = (
        f"The debt may be at most {percent(limit)} of the collateral's value when money is drawn "
        "and when the borrower takes collateral back."
        if limit
        else "The product asks for no collateral."
    )
    return [pledge, cover]


def others(contract: Contract) -> list[str]:
    """Who else must sign, by the product and by name."""
    roles = contract.template.signatories
    if not roles and not contract.terms.signatories:
        return ["Nobody else has to sign."]
    asked = listed(tuple(ROLES[role] for role in roles)) or "nobody else"
    named = (f"The {ROLES[role]} is {party}." for role, party in contract.terms.signatories)
    return [f"The product asks {asked} to sign as well.", *named]


Sentences = Callable[[Contract], list[str]]

SECTIONS: Final[tuple[tuple[str, Sentences], ...]] = (
    ("The parties", parties),
    ("The loan", loan),
    ("Repayment", repayment),
    ("Early repayment", prepayment),
    ("Late payment and default", arrears),
    ("Collateral", collateral),
    ("Who else signs", others),
)
"""The title of each section and what says its sentences, in the order of the term sheet."""


def signing(
    contract: Contract, missing: tuple[str, ...], signatories: tuple[str, ...]
) -> list[str]:
    """Who must sign, who has yet to, and the digest that is signed."""
    open_words = f"{listed(missing)} must still sign." if missing else "All have signed."
    return [
        f"It is concluded when {listed(signatories)} have signed.",
        open_words,
        (
            f"What is signed is the digest {contract.terms_digest.hex()} of these terms and of the "
            "product's template."
        ),
    ]
