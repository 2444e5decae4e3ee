"""The whole document: sections of sentences, the schedule of the engine that bills, the digest."""

from __future__ import annotations

from dataclasses import dataclass

from lending.arithmetic import Installment
from lending.products import timetable
from lending.scope import DAY_MS
from lending.words.attached import Attached, security
from lending.words.figures import day
from lending.words.terms import SECTIONS, Contract, signing


@dataclass(frozen=True, slots=True)
class Section:
    """Some sentences under a title."""

    title: str
    """What they are about."""
    sentences: tuple[str, ...]
    """In their order; each is whole by itself."""


@dataclass(frozen=True, slots=True)
class PlainWords:
    """A term sheet for people."""

    sections: tuple[Section, ...]
    """In the order in which one reads a contract."""
    start_ms: int
    """The day of the drawdown from which the schedule counts."""
    is_drawn: bool
    """Whether the loan was drawn on that day; else the day is assumed."""
    schedule: tuple[Installment, ...]
    """Every installment as the machine bills it if all is paid as agreed."""


def write_term_sheet(
    contract: Contract,
    attached: Attached,
    signatories: tuple[str, ...],
    missing: tuple[str, ...],
    drawn_ms: int,
    now_ms: int,
) -> PlainWords:
    """The document. `drawn_ms` is the day of the drawdown, or 0: then today's is assumed, or the
    last day on which the loan can be drawn. `missing` are those who have yet to sign.
    """
    terms = contract.terms
    sections = [Section(title, tuple(say(contract))) for title, say in SECTIONS]
    if said := security(contract, attached):
        sections.append(Section("What stands behind it", tuple(said)))
    start_ms = drawn_ms or _assumed_start(now_ms, terms.available_until_ms)
    planned = timetable.planned(
        contract.template, terms.principal, terms.rate, start_ms, terms.installments
    )
    sections.append(
        Section("The schedule", tuple(_schedule(contract, planned, start_ms, drawn_ms)))
    )
    sections.append(Section("Signing", tuple(signing(contract, missing, signatories))))
    return PlainWords(tuple(sections), start_ms, bool(drawn_ms), planned)


def _assumed_start(now_ms: int, available_until_ms: int) -> int:
    last_ms = max(0, min(now_ms, available_until_ms - 1))
    return last_ms - last_ms % DAY_MS


def _schedule(
    contract: Contract, planned: tuple[Installment, ...], start_ms: int, drawn_ms: int
) -> list[str]:
    begin = "It was drawn" if drawn_ms else "If it is drawn"
    interest = sum(each.interest for each in planned)
    payments = sum(each.payment for each in planned)
    first, last = planned[0], planned[-1]
    return [
        (
            f"{begin} on {day(start_ms)}: the first installment, {contract.money(first.payment)}, "
            f"is due on {day(first.due)}, the last, {contract.money(last.payment)}, on "
            f"{day(last.due)}."
        ),
        (
            f"Paid as agreed, {contract.money(payments)} are paid in all: "
            f"{contract.money(contract.terms.principal)} principal and {contract.money(interest)} "
            "interest."
        ),
    ]
