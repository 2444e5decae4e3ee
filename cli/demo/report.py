"""The demo's report, worth reading: tables for people, one document for programs. No arithmetic here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from cli.demo.figures import Check, Figures, Received
from cli.demo.pilot import Course
from cli.output import console, money, say, table

MEMBER_COLUMNS = (
    ("interest earned>", "interest_income", -1),
    ("late fees>", "fee_income", -1),
    ("charged off>", "write_off_loss", 1),
    ("recovered>", "recovery_income", -1),
    ("collectors kept>", "collection_fee_expense", 1),
    ("still owed>", "loans_receivable", 1),
    ("cash>", "cash", 1),
)
"""Heading, kind of account, and the sign that makes its balance positive."""


def show(figures: Figures, course: Course) -> None:
    """Print everything but the checks."""
    _show_members(figures)
    _show_record(figures)
    _show_totals(figures)
    _show_course(course)


def show_checks(checks: Sequence[Check]) -> None:
    """Print what must hold."""
    out = console()
    for check in checks:
        word, style = ("holds", "green") if check.is_ok else ("FAILS", "bold red")
        out.print(f"  [{style}]{word}[/]  {check.name}", end="")
        out.print(f"  ({check.shown})", style="dim", markup=False)


def document(figures: Figures, course: Course, checks: Sequence[Check]) -> dict[str, object]:
    """All figures in plain values; amounts in cents."""
    return {
        "is_ok": all(check.is_ok for check in checks),
        "checks": [asdict(check) for check in checks],
        "members": figures.members,
        "loans_in_arrears": figures.late,
        "fully_paid": asdict(figures.paid),
        "charged_off": asdict(figures.charged_off),
        "trial_balance": figures.totals,
        "trial_balance_heights": sorted(figures.heights),
        "height": figures.height,
        "state_roots": figures.roots,
        "transactions": course.committed,
        "seconds": round(course.seconds, 3),
        "transactions_per_second": round(course.per_second_on_average, 1),
        "transactions_per_second_peak": round(course.peak(), 1),
    }


def _show_members(figures: Figures) -> None:
    headings = ["member", *(heading for heading, _, _ in MEMBER_COLUMNS), "loans once late>"]
    rows = [
        [
            member,
            *(money(sign * balances.get(kind, 0)) for _, kind, sign in MEMBER_COLUMNS),
            str(figures.late.get(member, 0)),
        ]
        for member, balances in sorted(figures.members.items())
    ]
    totals = [
        money(sign * sum(b.get(kind, 0) for b in figures.members.values()))
        for _, kind, sign in MEMBER_COLUMNS
    ]
    rows.append(["all", *totals, str(sum(figures.late.values()))])
    table(headings, rows, "What each member earned and lost, in dollars")


def _show_record(figures: Figures) -> None:
    headings = (
        "received on",
        "loans>",
        "what",
        "on this chain>",
        "LendingClub's record>",
        "difference>",
    )
    rows = [
        *_record_rows("fully paid", figures.paid, ("principal", "interest")),
        *_record_rows("charged off", figures.charged_off, ("principal", "interest", "recovered")),
    ]
    table(headings, rows, "Beside what LendingClub recorded for the same loans")
    say(
        f"  Interest of the fully paid: one month's on all of them is {money(figures.paid.one_month)}; "
        f"{figures.paid.within_a_month} of {figures.paid.loans} loans are within their own month's.\n"
    )


def _record_rows(name: str, received: Received, kinds: Sequence[str]) -> list[list[str]]:
    values = asdict(received)
    rows = []
    for index, kind in enumerate(kinds):
        ours, theirs = values[kind], values[f"{kind}_recorded"]
        shown = [name, str(received.loans)] if index == 0 else ["", ""]
        rows.append([*shown, kind, money(ours), money(theirs), money(ours - theirs)])
    return rows


def _show_totals(figures: Figures) -> None:
    rows = [[kind, money(value)] for kind, value in figures.totals.items()]
    rows.append(["all", money(sum(figures.totals.values()))])
    table(("account", "sum over all owners>"), rows, "Trial balance, debits positive")


def _show_course(course: Course) -> None:
    say(
        f"{course.committed:,} signed transactions in {course.height:,} blocks and {course.seconds:.0f} s: "
        f"{course.per_second_on_average:.0f} a second on average, {course.peak():.0f} at the peak.\n"
        "Business time set the pace; `hansa bench` measures what the machine can do.\n"
    )
