"""Stories of borrowers who answer for each other: groups, bound loans, payments for others, recourse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lending import keys
from lending.fields import AMOUNT_MAX
from lending.records import LOAN, AgreementStatus, LoanStatus
from lending.records.groups import GROUP, Group
from lending.waterfall import owed
from tests.campaigns.lending_commands.core import agreement_of, terms_of
from tests.campaigns.lending_play import BORROWERS, LENDERS, Maker, Play
from tests.campaigns.lending_stage import Act, Ask

MEMBERS_OF: Final = (BORROWERS, ("acme", "bolt"), ("bolt", "crow"), ("acme", "delta"), ("acme",))


def form(play: Play) -> Iterator[Act]:
    """A group that all, or not all, of its members sign; a lender among them now and then."""
    members = play.pick(*MEMBERS_OF)
    yield Ask(members[0], "form_group", {"group": play.new("liable", "g"), "borrowers": members},
              members[1:])  # fmt: skip


def bind(play: Play) -> Iterator[Act]:
    """A loan that a group answers for; months later another member pays what is due on it."""
    if "liable" not in play.names or play.chance(10):
        yield from form(play)
    group = any_group(play)
    if group is None:
        return
    borrower = play.pick(*group.members)
    lender, name = play.pick(*LENDERS), play.new("agreement", "l")
    terms = terms_of(play, lender, borrower, product="personal", collateral_asset="", version=1,
                     capitalised=0)  # fmt: skip
    yield Ask(borrower, "propose_agreement", {"agreement": name, "terms": terms}, (lender,))
    yield Ask(borrower, "bind_to_group", {"group": group.name, "agreement": name}, group.members)
    agreement = agreement_of(play, name)
    if agreement is None or agreement.status is not AgreementStatus.CONCLUDED:
        return
    yield Ask(borrower, "draw_down", {"agreement": name})
    if play.chance(60):
        yield play.wait(play.pick(31, 47, 121))
        yield from stand_in(play)


def stand_in(play: Play) -> Iterator[Act]:
    """Members pay on each other's loans, in part, in full, or more than is due."""
    group = any_group(play)
    if group is None:
        return
    for name in group.loans[-4:]:
        loan = LOAN.get(play.stage.state, keys.loan(name))
        if loan is None or loan.status is LoanStatus.REPAID:
            continue
        amount = play.amount(owed(loan.bills) or 1_000)
        payer = play.pick(*group.members)
        yield Ask(payer, "repay", {"loan": name, "amount": min(max(amount, 0), AMOUNT_MAX)})


def settle(play: Play) -> Iterator[Act]:
    """Who was paid for gives it back, all of it, a part, or more."""
    group = any_group(play)
    rows = () if group is None else group.recourses
    if group is None or not rows:
        yield from stand_in(play)
        return
    row = play.pick(*rows)
    yield Ask(row.borrower, "settle_recourse", {
        "group": group.name, "payer": row.payer, "asset": row.asset,
        "amount": play.amount(row.paid - row.returned),
    })  # fmt: skip


def any_group(play: Play) -> Group | None:
    """A group of borrowers."""
    return play.find("liable", keys.liability, GROUP, lambda _: True)


MAKERS: Final = (Maker(1, form), Maker(3, bind), Maker(3, stand_in), Maker(2, settle))
