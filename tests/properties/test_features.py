"""The list of features is true: its files and pages exist, its commands are applied in them, none is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lending.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "lend"
FILES = ROOT / "tests" / "scenarios" / "lending"
TEXT = (PAGES / "features.md").read_text()
FIELD = "\n## The feature table of the field\n"


def rows(text: str, columns: int) -> list[list[str]]:
    """The rows of the tables with so many columns, heads left out."""
    found = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in re.sub(r"\|\s*$", "|", text, flags=re.MULTILINE).splitlines()
        if line.startswith("| ")
    ]
    return [row for row in found if len(row) == columns and row[0] not in ("feature", "row")]


OURS = rows(TEXT.partition(FIELD)[0].replace("| |", "| - |"), 4)
THEIRS = rows(TEXT.partition(FIELD)[2].replace("| |", "| - |"), 3)


def named(cell: str) -> list[str]:
    return re.findall(r"\w+\.txt", cell)


def test_every_row_is_read() -> None:
    lines = [line for line in TEXT.splitlines() if line.startswith("| ")]
    heads = [line for line in lines if line.startswith(("| feature", "| row"))]
    assert len(OURS) + len(THEIRS) == len(lines) - len(heads)
    assert len(THEIRS) == 50


@pytest.mark.parametrize("row", OURS, ids=lambda row: row[0])
def test_a_feature_has_its_commands_files_and_page(row: list[str]) -> None:
    _, commands, files, page = row
    texts = [(FILES / name).read_text() for name in named(files)]
    assert texts
    assert (PAGES / page).resolve().is_file()
    for command in re.findall(r"`(\w+)`", commands):
        assert command in COMMANDS
        said = re.compile(rf"(: |name={command}|step \S+ )?\b{command}\b")
        assert any(said.search(text) for text in texts), f"{command} is in none of {files}"


@pytest.mark.parametrize("row", THEIRS, ids=lambda row: row[0])
def test_a_row_of_the_field_has_a_file_or_says_that_it_is_missing(row: list[str]) -> None:
    _, here, files = row
    assert all((FILES / name).is_file() for name in named(files))
    assert named(files) or here.startswith("missing: ")


def test_no_command_is_left_out() -> None:
    listed = {name for row in OURS for name in re.findall(r"`(\w+)`", row[1])}
    assert set(COMMANDS) - listed == set()
