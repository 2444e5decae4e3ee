"""The pages for loan officers name every command, field, event and account, and no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ledger.overlay import Overlay
from ledger.store import MemoryStore
from lending import genesis
from lending.chart import NAMES, SIDES, Account, Side
from lending.commands import COMMANDS
from lending.events import EVENTS
from lending.fields import Nested
from lending.rejections import RETIRED, Rejection
from lending.terms import TEMPLATE_SHAPE, TERM_SHEET_SHAPE


@pytest.fixture(scope="module")
def pages(root: Path) -> dict[str, str]:
    return {path.stem: path.read_text() for path in (root / "docs" / "lend").glob("*.md")}


def rows(text: str) -> set[str]:
    """What stands in code marks in the first cell of each row of a page's tables."""
    found = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", text, re.MULTILINE)
    return {name for cell in found for name in re.findall(r"`([^`]+)`", cell)}


def test_every_command_has_a_section_with_its_fields(pages: dict[str, str]) -> None:
    sections = dict(
        re.findall(r"^### `(\w+)`\n(.*?)(?=^##)", pages["commands"], re.DOTALL | re.MULTILINE)
    )
    assert sections.keys() == COMMANDS.keys()
    for name, shape in COMMANDS.items():
        fields = set(shape.types)
        if name == "propose_agreement":
            fields |= set(TERM_SHEET_SHAPE.types)
        assert rows(sections[name]) == fields, name


def test_every_event_is_in_the_table(pages: dict[str, str]) -> None:
    table = pages["commands"].partition("## Events")[2]
    assert rows(table) == EVENTS.keys()
    for kind in EVENTS.values():
        assert ", ".join(f"`{field}`" for field in kind.fields) in table


def test_every_account_and_its_side_is_in_the_chart(pages: dict[str, str]) -> None:
    chart = pages["accounts"].partition("## The chart")[2].partition("## ")[0]
    stated = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", chart, re.MULTILINE))
    words = {Side.DEBIT: "debit", Side.CREDIT: "credit", Side.EITHER: "either"}
    assert stated == {NAMES[account]: words[SIDES[account]] for account in Account}


def test_every_field_of_a_template_is_explained(pages: dict[str, str]) -> None:
    assert set(TEMPLATE_SHAPE.types) <= rows(pages["products"])


def test_rejections_are_listed_in_their_order(pages: dict[str, str]) -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \|", pages["rejections"], re.MULTILINE)
    assert listed == [code.value for code in Rejection]
    assert not set(RETIRED) & set(listed), "a code of the past is not taken up again"


def test_every_field_of_a_command_says_what_it_takes() -> None:
    for shape in COMMANDS.values():
        for kind in shape.types.values():
            assert kind.describe()
            assert isinstance(kind, Nested) == (kind.describe() == "a map of fields")


def test_the_example_genesis_is_accepted(root: Path) -> None:
    document = json.loads((root / "config" / "genesis.lending.example.json").read_text())
    state = Overlay(MemoryStore())
    genesis.write(state, document)
    assert state.writes()
