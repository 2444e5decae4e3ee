"""Stories of applications and offers, changes of running loans, refinancing, exchanges and batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger import codec
from lending import keys
from lending.records import AgreementStatus, Loan, LoanStatus, origination
from lending.records.changes import CHANGE
from tests.campaigns.lending_commands.core import any_agreement, any_loan, terms_of
from tests.campaigns.lending_complete import completed
from tests.campaigns.lending_play import BORROWERS, LENDERS, PARTIES, Maker, Play
from tests.campaigns.lending_stage import Act, Ask
from tests.scenarios.lending_world import DAY_MS

RUNNING: Final = (LoanStatus.PERFORMING, LoanStatus.DELINQUENT)


def apply(play: Play) -> Iterator[Act]:
    """A borrower asks, lenders compete; one is accepted, the others end, or nobody is."""
    borrower, name = play.pick(*BORROWERS), play.new("application", "q")
    until_ms = play.now_ms + play.pick(1, 20) * DAY_MS
    yield Ask(borrower, "open_application", {
        "application": name, "product": "personal", "version": 1, "asset": "USD",
        "amount": play.pick(100_000, 999_999), "installments": 12, "purpose": "CAR",
        "lenders": play.pick((), ("alpha", "beta")), "until_ms": until_ms,
    })  # fmt: skip
    for lender in play.some(LENDERS, 1):
        terms = terms_of(play, lender, borrower, product="personal", version=1, collateral_asset="",
                         principal=100_000)  # fmt: skip
        yield Ask(lender, "offer_on_application", {
            "application": name, "terms": terms, "valid_until_ms": until_ms - play.pick(0, 1, DAY_MS),
        })  # fmt: skip
        offer = origination.OFFER.get(play.stage.state, keys.offer(borrower, name, lender))
        match play.rng.randrange(4):
            case 0:
                yield Ask(lender, "withdraw_offer", {"borrower": borrower, "application": name})
            case 1 if offer is not None:
                yield Ask(borrower, "accept_offer", {
                    "application": name, "lender": lender, "agreement": play.new("agreement", "l"),
                    "terms_digest": offer.terms_digest,
                })  # fmt: skip
            case _:
                pass
    if play.chance(30):
        yield Ask(borrower, "withdraw_application", {"application": name})


def change(play: Play) -> Iterator[Act]:
    """Another rate, plan or date for a running loan, with both consents or one after the other."""
    loan = any_loan(play, *RUNNING)
    if loan is None:
        return
    name = play.new("change", "c")
    sides = play.pick((loan.lender, loan.borrower), (loan.borrower, loan.lender))
    signers = (sides[1],) if play.chance(50) else ()
    yield Ask(sides[0], "propose_change", change_of(play, loan, name), signers)
    offered = CHANGE.get(play.stage.state, keys.change(loan.name, name))
    if offered is not None and not signers:
        if play.chance(30):
            yield Ask(sides[1], "withdraw_change", {"loan": loan.name, "change": name})
        yield Ask(sides[1], "sign_change", {
            "loan": loan.name, "change": name, "terms_digest": offered.terms_digest,
        })  # fmt: skip
    if play.chance(50):
        yield play.wait(play.pick(0, 1, 31))


def change_of(play: Play, loan: Loan, name: str) -> dict[str, codec.Value]:
    """What is changed, at chance."""
    kind = play.pick("AMENDMENT", "RESCHEDULING", "REAMORTISATION", "REAGEING", "HOLIDAY")
    effective_ms = play.midnight_ms + play.pick(0, 1, 5) * DAY_MS
    dated = play.chance(30) and kind in ("RESCHEDULING", "REAGEING")
    treatment = {
        "REAGEING": play.pick("CAPITALISED", "SPREAD"), "HOLIDAY": play.pick("CAPITALISED", "CARRIED"),
    }.get(kind, "KEPT")  # fmt: skip
    return {
        "loan": loan.name, "change": name, "kind": kind, "effective_ms": effective_ms,
        "rate": play.pick(loan.rate, loan.rate, 50_000_000),
        "installments": play.pick(0, 0, 6, 24) if kind in ("RESCHEDULING", "REAMORTISATION") else 0,
        "first_due_ms": effective_ms + 20 * DAY_MS if dated else 0, "treatment": treatment,
        "count": play.pick(1, 2, 3) if treatment in ("SPREAD", "CARRIED") or kind == "HOLIDAY" else 0,
        "valid_until_ms": effective_ms + DAY_MS,
    }  # fmt: skip


def refinance(play: Play) -> Iterator[Act]:
    """A new lender pays the old one off, in one piece."""
    loan = any_loan(play, *RUNNING)
    if loan is None:
        return
    lender, name = play.pick(*LENDERS), play.new("agreement", "l")
    terms = terms_of(play, lender, loan.borrower, product="personal", version=1, collateral_asset="",
                     principal=play.pick(loan.principal * 2, 5_000_000, 10_000))  # fmt: skip
    yield Ask(loan.borrower, "propose_agreement", {"agreement": name, "terms": terms}, (lender,))
    yield Ask(loan.borrower, "refinance", {"agreement": name, "loan": loan.name})


def exchange(play: Play) -> Iterator[Act]:
    """An offer that is accepted, taken back or left; or an exchange of two who agree."""
    giver, taker, name = play.pick(*PARTIES), play.pick(*PARTIES), play.new("exchange", "x")
    sides = {
        "give_asset": play.pick("USD", "BOND"), "give_amount": play.amount(1_000),
        "get_asset": play.pick("GOLD", "GOLD", "USD"), "get_amount": play.amount(1_000),
    }  # fmt: skip
    if play.chance(40):
        yield Ask(giver, "exchange_assets", {"counterparty": taker, **sides, "reference": "swap"},
                  (taker,))  # fmt: skip
        return
    yield Ask(giver, "offer_exchange", {
        "exchange": name, "to": play.pick("", "", taker), **sides,
        "until_ms": play.now_ms + play.pick(1, 20) * DAY_MS,
    })  # fmt: skip
    if play.chance(30):
        yield Ask(giver, "withdraw_exchange", {"exchange": name})
    if play.chance(70):
        yield Ask(taker, "accept_exchange", {"exchange": name})


def batch(play: Play) -> Iterator[Act]:
    """Several commands, all or none: some whole, some with one that is refused at the end."""
    found = any_agreement(play, AgreementStatus.CONCLUDED)
    steps = [
        Ask(giver, "transfer_cash", {"to": play.pick(*PARTIES), "asset": "USD",
                                     "amount": play.amount(100), "reference": "b"})
        for giver in play.some(PARTIES, 1)
    ]  # fmt: skip
    if found is not None:
        steps.append(Ask(found.terms.borrower, "draw_down", {"agreement": found.name}))
        steps.append(Ask(found.terms.borrower, "repay", {"loan": found.name, "amount": 100}))
    commands = tuple(
        {"sender": each.sender, "name": each.name, "fields": dict(completed(each).fields)}
        for each in steps
    )
    senders = tuple(dict.fromkeys(each.sender for each in steps))
    yield Ask(senders[0], "batch", {"commands": commands}, senders[1:])


MAKERS: Final = (
    Maker(3, apply), Maker(5, change), Maker(2, refinance), Maker(2, exchange), Maker(2, batch),
)  # fmt: skip
