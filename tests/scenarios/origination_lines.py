"""How scenarios show term sheets in plain words, applications and groups."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, cast

from ledger.overlay import StateReader
from lending.queries import origination
from lending.words.figures import money, percent

Facts = dict[str, object]

SHOWN: Final = ("words", "application", "rivals", "group")
"""What scenarios show with these lines."""


def lines(state: StateReader, now_ms: int, what: str, names: list[str]) -> list[str]:
    """A term sheet or an application; further words are the title of one section."""
    if what == "rivals":
        found_rivals = origination.rivals(state, names[0]).items
        return [f"rival of {each['proposer']} {each['status']}" for each in found_rivals] or [
            "none"
        ]
    if what == "group":
        return group_lines(origination.group(state, names[0]) or {})
    if what == "application":
        found = origination.application(state, names[0], names[1], now_ms)
        return application_lines(found or {}, " ".join(names[2:]))
    return sheet_lines(origination.term_sheet(state, names[0], now_ms) or {}, " ".join(names[1:]))


def sheet_lines(sheet: Facts, title: str) -> list[str]:
    """The sentences of a term sheet, or of one section."""
    lines: list[str] = []
    for section in cast("list[Facts]", sheet["sections"]):
        if title in ("", section["title"]):
            lines.append(str(section["title"]))
            lines += [f"    {each}" for each in cast("list[str]", section["sentences"])]
    return lines


def application_lines(facts: Facts, title: str) -> list[str]:
    """An application and its open offers; with a title, that section of their words."""
    lines = [f"application {facts['application']} of {facts['borrower']} {facts['status']}"]
    if facts["agreement"]:
        lines[0] += f" agreement={facts['agreement']}"
    for offer in cast("list[Facts]", facts["offers"]):
        terms = cast("Facts", offer["terms"])
        rate, principal = cast("int", terms["rate"]), cast("int", terms["principal"])
        until = datetime.fromtimestamp(cast("int", offer["valid_until_ms"]) // 1000, UTC)
        lines.append(
            f"    {offer['lender']} {money(principal, 'USD', 2)} at {percent(rate)}"
            f" in {terms['installments']} until {until:%Y-%m-%d}"
        )
        if title:
            lines += [f"        {line.strip()}" for line in sheet_lines(offer, title)]
    return lines


def group_lines(facts: Facts) -> list[str]:
    """A group, and who paid what for whom."""
    members, loans = cast("list[str]", facts["members"]), cast("list[str]", facts["loans"])
    shown = [f"group {facts['group']} members={','.join(members)} loans={','.join(loans) or '-'}"]
    for row in cast("list[Facts]", facts["recourses"]):
        paid, claim = (
            money(cast("int", row[name]), str(row["asset"]), 2) for name in ("paid", "claim")
        )
        shown.append(f"    {row['payer']} paid {paid} for {row['borrower']}, claim {claim}")
    return shown
