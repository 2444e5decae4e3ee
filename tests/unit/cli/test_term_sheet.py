"""`hansa term-sheet`: the words of a real answer, and a node that shows another digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self, cast

import pytest

from cli import term_sheet as command
from cli.exits import Stop
from tests.unit.api.asking import get
from tests.unit.api.scenario import LOAN, served_book

Row = Mapping[str, object]


def client(change: Callable[[dict[str, object]], None]) -> type:
    """A client that asks a fake node and changes the details of an agreement."""
    node = served_book().node

    class Client:
        def __init__(self, url: str) -> None:
            self.url = url

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing is open."""

        def get(self, path: str) -> Row:
            found = cast("dict[str, object]", get(node, path).json())
            change(found)
            return found

        def term_sheet(self, name: str) -> Row:
            return cast("Row", get(node, f"/v1/agreements/{name}/term-sheet").json())

    return Client


def test_words_schedule_and_digest_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "connect", client(lambda found: None))
    command.term_sheet(LOAN, "http://node")
    said = capsys.readouterr().out
    assert f"Agreement {LOAN} (DRAWN)" in said
    assert "The principal is 12,000.00 USD, paid out in full in one drawdown." in said
    assert "1056.93" in said
    command.term_sheet(LOAN, "http://node", as_json=True)
    assert '"terms_digest"' in capsys.readouterr().out


def test_a_digest_that_is_not_of_the_terms_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def lie(found: dict[str, object]) -> None:
        cast("dict[str, object]", found["terms"])["rate"] = 1

    monkeypatch.setattr(command, "connect", client(lie))
    with pytest.raises(Stop, match="sign nothing"):
        command.term_sheet(LOAN, "http://node")


def test_terms_that_are_not_known_here_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def widen(found: dict[str, object]) -> None:
        cast("dict[str, object]", found["terms"])["surprise"] = 1

    monkeypatch.setattr(command, "connect", client(widen))
    with pytest.raises(Stop, match="does not know"):
        command.term_sheet(LOAN, "http://node")
