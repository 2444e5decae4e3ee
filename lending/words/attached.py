"""What was attached to an agreement after it was offered: pledges, the collateral account, money of
guarantors and funds. None of it is part of the digest; each has its own command and signatures.
"""

from __future__ import annotations

from dataclasses import dataclass

from lending.records import Pledge
from lending.records.collateral import CollateralAccount, Protection
from lending.records.groups import Group
from lending.words.figures import count, day, listed, money, percent, span
from lending.words.terms import Contract


@dataclass(frozen=True, slots=True)
class Attached:
    """The records that name the agreement."""

    pledge: Pledge | None
    """What is pledged under the terms themselves."""
    pledge_decimals: int
    """Of the pledged asset."""
    account: CollateralAccount | None
    """The account that secures it."""
    protections: tuple[Protection, ...]
    """Guarantees and covers, in the order in which they were given."""
    group: Group | None
    """The group whose members are each liable for the whole."""


def security(contract: Contract, attached: Attached) -> list[str]:
    """The sentences of all that is attached; none where nothing is."""
    sentences = []
    if pledge := attached.pledge:
        held = money(pledge.amount, pledge.asset, attached.pledge_decimals)
        sentences.append(f"Pledged at present: {held}.")
    if attached.account:
        sentences += _account(contract, attached.account)
    if group := attached.group:
        sentences.append(
            f"The group {group.name} answers for it: {listed(group.members)} are each liable for "
            "the whole; who pays for another has the same claim against it."
        )
    return sentences + [_protection(contract, each) for each in attached.protections]


def _account(contract: Contract, account: CollateralAccount) -> list[str]:
    terms = account.terms
    held = ", ".join(each.asset for each in account.holdings) or "nothing yet"
    return [
        (
            f"The collateral account {account.name} of {account.owner}, kept by {account.agent}, "
            f"secures it together with {count(len(account.loans), 'agreement')} in all; it holds "
            f"{held}."
        ),
        (
            f"Its debts may be at most {percent(terms.borrow_limit)} of the collateral's value when "
            f"one borrows. Above {percent(terms.margin_limit)} the borrower has "
            f"{span(terms.cure_ms)} to cure; above {percent(terms.liquidation_limit)} the "
            "collateral is auctioned at once."
        ),
        (
            f"One auction raises at most {percent(terms.close_factor)} of the debts, and all of them "
            f"where less than {contract.money(terms.least_debt)} would be left; the agent keeps "
            f"{percent(terms.cost_rate)} of the proceeds."
        ),
        (
            f"The price begins {percent(terms.start_premium)} above the agreed price, falls by "
            f"{percent(terms.step_rate)} of it every {span(terms.step_ms)}, and never below "
            f"{percent(terms.floor_rate)} of it."
        ),
    ]


def _protection(contract: Contract, protection: Protection) -> str:
    what = {
        "FIRST_LOSS": "first-loss capital",
        "GUARANTEE": "guarantee",
        "COVER": f"cover by the fund {protection.fund}",
    }[protection.kind]
    return (
        f"{protection.payer} stands behind it with {contract.money(protection.amount)} until "
        f"{day(protection.until_ms)} ({what} {protection.name}, {protection.status}); it pays on "
        "default, once, and never more than the loss."
    )
