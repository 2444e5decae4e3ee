"""Stories of provisions, of corrected payments, of callable loans and of loans at a floating rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger import codec
from lending import keys
from lending.fields import RATE_UNIT
from lending.impairment.assessing import exposure_of
from lending.records import LOAN, AgreementStatus, Loan, LoanStatus
from lending.records import corrections as stored
from tests.campaigns.lending_commands.core import (
    agreement_of,
    any_loan,
    cash_of,
    issue,
    repay,
    terms_of,
)
from tests.campaigns.lending_play import BORROWERS, LENDERS, Maker, Play
from tests.campaigns.lending_stage import Act, Ask
from tests.scenarios.lending_world import DAY_MS, PERSONAL

QUORUM: Final = ("beta", "delta")
PART: Final = RATE_UNIT // 100
RUNNING: Final = (LoanStatus.PERFORMING, LoanStatus.DELINQUENT)
LINES: Final = ((1, 0, "", 2), (2, 0, "", 20), (2, 60, "", 40), (3, 0, "", 100), (1, 0, "A", 1))
STRICT: Final[tuple[tuple[str, dict[str, codec.Value]], ...]] = (
    ("call", {"contract_type": "PAM", "capitalised_max": 59, "notice_days": 10}),
    ("strict", {"prepayment": "REFUSED", "grace_days": 1, "late_fee": 1_500}),
)  # fmt: skip
"""Products of these stories: call money, and one where only what is due can be paid."""


def opening(play: Play) -> Iterator[Act]:
    """The products; most worlds let payments be corrected, and provide for losses, from the start."""
    for name, changes in STRICT:
        template = {**PERSONAL, "principal_min": 1, **changes}
        if name == "call" and play.chance(50):
            template |= {"notice_days": play.pick(1, 2), "calendar": "MF",
                         "business_day_convention": play.pick("CSP", "SCP")}  # fmt: skip
        yield Ask("alpha", "propose_product",
                  {"product": name, "version": 1, "template": template}, QUORUM)  # fmt: skip
    for name in ("personal", "call", "strict"):
        if play.chance(80):
            yield from allow(play, name)
    if play.chance(60):
        yield from provide(play)


def provide(play: Play) -> Iterator[Act]:
    """Members fix how loans are staged; the walk begins."""
    rates = tuple(
        {"stage": stage, "days": days, "grade": grade, "rate": rate * PART}
        for stage, days, grade, rate in LINES[: play.pick(4, 5)]
    )
    yield Ask("alpha", "set_impairment_policy", {
        "asset": "USD", "stage_2_days": play.pick(30, 31), "stage_3_days": play.pick(60, 90, 120),
        "downgrade_steps": play.pick(0, 1, 16), "loss_unsecured": play.pick(75, 100) * PART,
        "loss_secured": play.pick(0, 10, 75) * PART, "haircut": play.pick(0, 20, 100) * PART,
        "revalue_days": play.pick(0, 1, 30), "rates": rates,
    }, QUORUM)  # fmt: skip


def judge(play: Play) -> Iterator[Act]:
    """A lender's own judgement of a loan and its flag; mostly taken back."""
    loan = any_loan(play)
    if loan is None:
        return
    named = {"loan": loan.name, "reason": "own-view"}
    if play.chance(60):
        amount = play.pick(0, 1, exposure_of(loan), exposure_of(loan) + 1, exposure_of(loan) // 2)
        yield Ask(loan.lender, "mark_loan", {**named, "amount": amount})
    flag = play.pick("YES", "YES", "NO")
    yield Ask(loan.lender, "flag_forbearance", {**named, "is_forborne": flag})
    if play.chance(30):
        yield play.wait(play.pick(0, 1, 31))
    if play.chance(60):
        yield Ask(loan.lender, "unmark_loan", named)


def allow(play: Play, product: str = "") -> Iterator[Act]:
    """Payments of a product may be corrected."""
    yield Ask("alpha", "set_correction_policy", {
        "product": product or play.pick("personal", "own", "strict"), "version": 1,
        "days_max": play.pick(1, 60, 366, 366),
    }, QUORUM)  # fmt: skip


def correct(play: Play) -> Iterator[Act]:
    """A payment came earlier, bounced, or was meant for another loan; the lender is poor now and then."""
    loan = with_payments(play)
    if loan is None:
        yield from repay(play)
        return
    noted = stored.PAYMENTS.get(play.stage.state, keys.payments(loan.name))
    assert noted is not None, "the loan was found by its payments"
    number = play.rng.randint(1, len(noted.payments))
    kind = play.pick("BACKDATE", "REVERSE", "MOVE")
    booked_ms = noted.payments[number - 1][0]
    midnight_ms = booked_ms - booked_ms % DAY_MS
    earlier_ms = max(midnight_ms - play.pick(0, 1, 2, 16, 40) * DAY_MS, loan.start_ms)
    other = sibling(play, loan) if kind == "MOVE" else ""
    signer = play.pick(loan.borrower, loan.borrower, "mint")
    owner = play.pick(loan.lender, loan.borrower)
    rich = cash_of(play, owner) - play.pick(1, 500)
    is_poor = play.chance(20) and rich > 0
    if is_poor:
        yield Ask(owner, "transfer_cash", {"to": "gamma", "asset": "USD", "amount": rich,
                                           "reference": "away"})  # fmt: skip
    yield Ask(loan.lender, "correct_payment", {
        "loan": loan.name, "payment": number, "kind": kind, "to_loan": other,
        "effective_ms": earlier_ms if kind == "BACKDATE" else 0, "reason": "value-date",
    }, (signer,))  # fmt: skip
    if is_poor:
        yield issue(play, owner, "USD", min(rich, 10**12))


def with_payments(play: Play) -> Loan | None:
    """A running loan with a payment that was noted."""
    for _ in range(6):
        loan = any_loan(play, *RUNNING)
        if loan is None:
            return None
        noted = stored.PAYMENTS.get(play.stage.state, keys.payments(loan.name))
        if noted is not None and noted.payments:
            return loan
    return None


def sibling(play: Play, loan: Loan) -> str:
    """Another loan of the same two, if one is soon found."""
    for _ in range(8):
        other = any_loan(play, *RUNNING)
        if other is None or other.name == loan.name:
            continue
        if (other.lender, other.borrower) == (loan.lender, loan.borrower):
            return other.name
    return play.old("agreement")


def twins(play: Play) -> Iterator[Act]:
    """Two loans of the same two, paid or not for months, whose payments are then corrected."""
    lender, borrower = play.pick("alpha", "beta"), play.pick(*BORROWERS)
    names = []
    product = play.pick("strict", "strict", "personal")
    yield issue(play, lender, "USD", 10**6)
    for _ in range(2):
        names.append(play.new("agreement", "l"))
        terms = terms_of(play, lender, borrower, product=product, version=1, collateral_asset="",
                         installments=play.pick(3, 12), capitalised=0)  # fmt: skip
        yield Ask(
            borrower, "propose_agreement", {"agreement": names[-1], "terms": terms}, (lender,)
        )
        yield Ask(borrower, "draw_down", {"agreement": names[-1]})
    for _ in range(play.pick(1, 2, 3)):
        yield play.wait(play.pick(3, 16, 31, 33))
        for name in names:
            loan = LOAN.get(play.stage.state, keys.loan(name))
            if loan is not None and play.chance(70):
                due = sum(bill.fees + bill.interest + bill.principal for bill in loan.bills)
                yield Ask(borrower, "repay", {"loan": name, "amount": max(play.pick(
                    due, due // 2, due * 3, 100_000), 1)})  # fmt: skip
    for _ in range(3):
        yield from correct(play)


def call(play: Play) -> Iterator[Act]:
    """Call money: its interest is added until the lender calls it."""
    lender, borrower = play.pick(*LENDERS), play.pick(*BORROWERS)
    name = play.new("agreement", "l")
    terms = terms_of(play, lender, borrower, product="call", version=1, collateral_asset="",
                     installments=60, capitalised=play.pick(0, 59, 59))  # fmt: skip
    yield Ask(borrower, "propose_agreement", {"agreement": name, "terms": terms}, (lender,))
    yield Ask(borrower, "draw_down", {"agreement": name})
    if play.chance(70):
        yield play.wait(play.pick(0, 1, 31, 62))
        yield Ask(lender, "call_loan", {"loan": name})
        yield Ask(lender, "call_loan", {"loan": name})
        yield play.wait(play.pick(0, 10, 11))


def float_(play: Play) -> Iterator[Act]:
    """A loan whose rate follows the index of the opening, or one that there is not."""
    lender, borrower = play.pick(*LENDERS), play.pick(*BORROWERS)
    name = play.new("agreement", "l")
    product = play.pick("personal", "call", "strict")
    terms = terms_of(play, lender, borrower, product=product, version=1, collateral_asset="",
                     rate=10**7, installments=play.pick(3, 12, 60), capitalised=0)  # fmt: skip
    yield Ask(borrower, "propose_agreement", {"agreement": name, "terms": terms}, (lender,))
    agreement = agreement_of(play, name)
    if agreement is None or agreement.status is not AgreementStatus.CONCLUDED:
        return
    floor = play.pick(0, 10**7)
    yield Ask(borrower, "agree_floating", {
        "agreement": name, "index": play.pick("ibor", "ibor", play.old("index")),
        "margin": play.pick(-(10**8), 0, 10**7), "rate_floor": floor,
        "rate_cap": play.pick(floor, 4 * 10**8), "fallback_rate": floor,
        "every": play.pick(1, 2, 3), "lag_days": play.pick(0, 2, 10_000),
        "age_max_days": play.pick(0, 10, 10_000),
    }, (lender,))  # fmt: skip
    yield Ask(borrower, "draw_down", {"agreement": name})


MAKERS: Final = (
    Maker(1, provide), Maker(4, judge), Maker(1, allow), Maker(5, correct), Maker(3, twins), Maker(2, call),
    Maker(2, float_),
)  # fmt: skip
