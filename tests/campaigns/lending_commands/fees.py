"""Stories of fee schedules, servicing and covenants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger import codec
from lending import keys
from lending.records import LOAN, covenant_keys
from lending.records import covenants as stored
from tests.campaigns.lending_commands.core import any_loan
from tests.campaigns.lending_play import LENDERS, PARTIES, Maker, Play
from tests.campaigns.lending_stage import Act, Ask
from tests.scenarios.covenant_lines import LEVERAGE
from tests.scenarios.fee_lines import NO_FEES, NO_RULE
from tests.scenarios.lending_world import DAY_MS

QUORUM: Final = ("beta", "delta")


def schedule(play: Play) -> Iterator[Act]:
    """A schedule, approved at once or vote by vote, linked to something, and taken away again."""
    name, kind = play.new("schedule", "s"), play.pick("PRODUCT", "FACILITY", "POOL")
    occasions = {
        "PRODUCT": ("ORIGINATION", "PREPAYMENT"), "FACILITY": ("DRAWDOWN", "ASSIGNMENT"),
        "POOL": ("WITHDRAWAL",),
    }[kind]  # fmt: skip
    rules = tuple(
        {
            **NO_RULE, "occasion": each, "basis": play.pick("WHOLE", "MARGINAL"),
            "tiers": play.pick(((0, 0, 10**7),), ((0, 3, 10**7), (1_000, 7, 1))),
            "minimum": play.pick(0, 1, 99), "maximum": play.pick(0, 100),
            "collection": "CHARGED" if each in ("PREPAYMENT", "ASSIGNMENT") else "NETTED",
            "platform_parts": play.pick(1, 2), "arranger_parts": play.pick(0, 1),
            "member_parts": play.pick(0, 1),
        }
        for each in occasions
    )  # fmt: skip
    fees: dict[str, codec.Value] = {
        **NO_FEES, "platform": "delta", "arranger": "alpha-cars", "rules": rules,
        "sharers": (("alpha", 1), ("beta", 2)),
    }  # fmt: skip
    signers = play.pick((), QUORUM)
    yield Ask(
        "alpha", "propose_fee_schedule", {"schedule": name, "version": 1, "fees": fees}, signers
    )
    for member in () if signers else ("beta", "gamma"):
        yield Ask(member, "approve_fee_schedule", {"schedule": name, "version": 1})
    subject, version = {
        "PRODUCT": ("personal", 1), "FACILITY": (play.old("facility"), 0), "POOL": (play.old("pool"), 0),
    }[kind]  # fmt: skip
    link = {"kind": kind, "subject": subject, "subject_version": version}
    yield Ask("alpha", "link_fee_schedule", {**link, "schedule": name, "version": 1}, QUORUM)
    if play.chance(30):
        yield Ask("alpha", "link_fee_schedule", {**link, "schedule": "", "version": 0}, QUORUM)


def serve(play: Play) -> Iterator[Act]:
    """A servicer gets a spread of a loan's interest, or no longer."""
    loan = any_loan(play)
    if loan is not None:
        servicer = play.pick("crow", *LENDERS)
        yield Ask(loan.lender, "agree_servicing", {
            "agreement": loan.name, "servicer": servicer, "spread": play.pick(0, 1, 10**7, 10**9),
        }, (servicer,))  # fmt: skip


def covenant(play: Play) -> Iterator[Act]:
    """A covenant on a loan; sometimes kept, reported, cured by equity, waived, or broken."""
    loan = any_loan(play)
    if loan is None:
        return
    name, day = play.new("covenant", "v"), play.midnight_ms + play.pick(1, 10) * DAY_MS
    agreed = {
        **LEVERAGE, "subject": loan.name, "kind": "FIGURE", "first_test_ms": day, "cycle": "P1ML1",
        "last_test_ms": day + 200 * DAY_MS, "reporting_days": play.pick(1, 20), "cure_days": 10,
        "equity_cure": play.pick(0, 1_000),
        "consequence": play.pick("DRAWSTOP", "EVENT_OF_DEFAULT", "MARGIN_STEP_UP"),
    }  # fmt: skip
    agreed["step_up"] = 10**7 if agreed["consequence"] == "MARGIN_STEP_UP" else 0
    yield Ask(loan.borrower, "agree_covenant", {"covenant": name, "agreed": agreed}, (loan.lender,))
    for _ in range(play.pick(0, 1, 2)):
        yield play.wait(play.pick(1, 11, 22))
        yield from report(play)


def report(play: Play) -> Iterator[Act]:
    """A report of the running test, a cure and a waiver."""
    name = play.old("covenant")
    found = stored.COVENANT.get(play.stage.state, covenant_keys.covenant(name))
    if found is None:
        return
    loan = play.find("agreement", keys.loan, LOAN, lambda each: each.name == found.terms.subject)
    borrower, lender = (loan.borrower, loan.lender) if loan else ("acme", "alpha")
    yield Ask(borrower, "report_figure", {
        "covenant": name, "test_ms": found.test_ms, "numerator": play.pick(3, 7, 8, -1),
        "denominator": 2,
    })  # fmt: skip
    yield Ask(play.pick(*PARTIES), "pay_equity_cure", {"covenant": name, "amount": 1_000})
    yield Ask(lender, "waive_breach", {"covenant": name, "test_ms": found.test_ms})


MAKERS: Final = (Maker(1, schedule), Maker(2, serve), Maker(3, covenant), Maker(4, report))
