"""How scenarios show term sheets in plain words, applications and groups."""

from __future__ import annotations

from typing import cast

Facts = dict[str, object]


def sheet_lines(sheet: Facts, title: str) -> list[str]:
    """The sentences of a term sheet, or of one section."""
    lines: list[str] = []
    for section in cast("list[Facts]", sheet["sections"]):
        if title in ("", section["title"]):
            lines.append(str(section["title"]))
            lines += [f"    {each}" for each in cast("list[str]", section["sentences"])]
    return lines
