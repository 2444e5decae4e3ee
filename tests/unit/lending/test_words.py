"""The term sheet in plain words: nothing of what is agreed is left out, and figures are exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TypeVar

import pytest

from lending.fields import Choice, FieldType, Integer, Names, Rows, Text
from lending.queries.origination import term_sheet
from lending.terms import TEMPLATE_SHAPE, TERM_SHEET_SHAPE, Template, TermSheet, terms_digest
from lending.words import figures
from lending.words.attached import Attached
from lending.words.sheet import write_term_sheet
from lending.words.terms import ALLOCATIONS, PREPAYMENTS, Contract
from tests.scenarios.lending_world import DAY_MS, PERSONAL, World, time_ms

Record = TypeVar("Record", Template, TermSheet)
SIGNED = time_ms("2015-09-01")
BASE = Template(**{**PERSONAL, "loan_to_value_limit": 800_000_000, "signatories": ("ARRANGER",)})
SHEET = TermSheet(
    "secured", 3, "alpha", "acme", "USD", 1_000_00, 122_900_000, 12, "BOND", SIGNED + 30 * DAY_MS,
    (("ARRANGER", "beta"),), 0,
)  # fmt: skip


def text(sheet: TermSheet, template: Template, *, is_with_digest: bool = False) -> str:
    """All sentences; without the digest, which changes with everything."""
    digest = terms_digest(sheet, template) if is_with_digest else bytes(32)
    contract = Contract("l1", sheet, template, digest, 2)
    nothing = Attached(None, 0, None, (), None)
    words = write_term_sheet(contract, nothing, (), (), 0, SIGNED)
    return "\n".join(line for section in words.sections for line in section.sentences)


def changed(record: Record, name: str, value: object) -> Record:
    """The record with another value in one field."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return type(record)(**{**values, name: value})


def others(kind: FieldType, value: object) -> Iterator[object]:
    """Other values that a field may have."""
    if isinstance(kind, Choice):
        yield from (word for word in kind.words if word != value)
    elif isinstance(kind, Integer):
        assert isinstance(value, int)
        yield from (each for each in (value - 1, value + 1) if kind.minimum <= each <= kind.maximum)
    elif isinstance(kind, Names):
        assert isinstance(value, tuple)
        assert isinstance(kind.item, Choice)
        yield from (value[::-1] if kind.minimum else (), kind.item.words[:2])
    elif isinstance(kind, Rows):
        months = (((0, 10_000_000),), ((1, 10_000_000),), ((0, 20_000_000), (12, 0)))
        parts = ((), (("GUARANTOR", "beta"),), (("ARRANGER", "gamma"),))
        yield from months if isinstance(kind.columns[0], Integer) else parts
    else:
        assert isinstance(kind, Text)
        yield {"P1ML1": "P2WL1", "USD": "EUR", "BOND": "ORE"}.get(str(value), "someone-else")


@pytest.mark.parametrize("name", TEMPLATE_SHAPE.types)
def test_every_field_of_a_template_shows_in_the_words(name: str) -> None:
    for other in others(TEMPLATE_SHAPE.types[name], getattr(BASE, name)):
        if other != getattr(BASE, name):
            assert text(SHEET, changed(BASE, name, other)) != text(SHEET, BASE), other


@pytest.mark.parametrize("name", TERM_SHEET_SHAPE.types)
def test_every_field_of_a_term_sheet_shows_in_the_words(name: str) -> None:
    for other in others(TERM_SHEET_SHAPE.types[name], getattr(SHEET, name)):
        assert text(changed(SHEET, name, other), BASE) != text(SHEET, BASE), other


def test_every_word_of_a_choice_has_a_sentence_of_its_own() -> None:
    for name, kind in TEMPLATE_SHAPE.types.items():
        if isinstance(kind, Choice):
            said = {text(SHEET, changed(BASE, name, word)) for word in kind.words}
            assert len(said) == len(kind.words), name
    assert len(set(ALLOCATIONS.values()) | set(PREPAYMENTS.values())) == 6


def test_the_digest_that_is_signed_is_in_the_words() -> None:
    assert terms_digest(SHEET, BASE).hex() in text(SHEET, BASE, is_with_digest=True)


def test_figures_are_exact() -> None:
    assert figures.money(-1_234_05, "USD", 2) == "-1,234.05 USD"
    assert figures.money(1_234, "JPY", 0) == "1,234 JPY"
    assert figures.money(1, "BTC", 18) == "0.000000000000000001 BTC"
    assert figures.percent(122_900_000) == "12.29 %"
    assert figures.percent(1) == "0.0000001 %"
    assert figures.percent(-10_000_000_000) == "-1,000 %"
    assert figures.day(SIGNED) == "1 September 2015"
    assert figures.day(SIGNED + 34_200_001) == "1 September 2015, 09:30:00.001 UTC"
    assert figures.day(2**53) == "millisecond 9,007,199,254,740,992 after the beginning of 1970"
    assert figures.every("P1ML1") == "every month"
    assert figures.every("P2WL0") == (
        "every 2 weeks (a short last period is joined to the one before)"
    )
    assert [figures.span(each) for each in (5 * DAY_MS, 5_400_000, 90, 0)] == [
        "5 days", "90 minutes", "90 milliseconds", "0 milliseconds",
    ]  # fmt: skip
    assert figures.listed(("a", "b", "c")) == "a, b and c"


def test_the_schedule_is_what_the_machine_bills() -> None:
    world = World()
    world.send("mint", "issue_cash", holder="alpha", asset="USD", amount=10**7, reference="w")
    terms = {
        "product": "personal", "version": 1, "lender": "alpha", "borrower": "acme", "asset": "USD",
        "principal": 100_000, "rate": 122_900_000, "installments": 3, "collateral_asset": "",
        "available_until_ms": world.now_ms + 9 * DAY_MS, "signatories": (), "capitalised": 0,
    }  # fmt: skip
    world.send("acme", "propose_agreement", "alpha", agreement="l1", terms=terms)
    before = term_sheet(world.state, "l1", world.now_ms)
    world.send("acme", "draw_down", agreement="l1")
    after = term_sheet(world.state, "l1", world.now_ms + 300 * DAY_MS)
    assert before is not None
    assert after is not None
    assert (before["is_drawn"], after["is_drawn"]) == (False, True)
    assert before["schedule"] == after["schedule"]
    billed = []
    for _ in range(4):
        for name, facts in world.begin(world.now_ms + 31 * DAY_MS):
            if name == "installment_billed":
                billed.append((facts["due_ms"], facts["principal"], facts["interest"]))
    planned = after["schedule"]
    assert isinstance(planned, list)
    assert [(row["due_ms"], row["principal"], row["interest"]) for row in planned] == billed
    assert term_sheet(world.state, "l2", 0) is None
