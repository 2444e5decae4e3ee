"""Moves that many tests of the consensus begin with."""

from __future__ import annotations

from consensus.messages import NewView
from consensus.output import NoticeKind
from tests.scenarios.consensus_stage import Filter, Stage


def kind(*kinds: str, to: str | None = None) -> Filter:
    """Choose letters by kind and, perhaps, by receiver."""
    return lambda letter: letter.kind in kinds and to in (None, letter.to)


def codes(stage: Stage, name: str) -> list[str]:
    return [notice.code for notice in stage[name].notices]


def kinds(stage: Stage, name: str) -> list[NoticeKind]:
    return [notice.kind for notice in stage[name].notices]


def prepared_everywhere() -> Stage:
    """m1's block is prepared by all; every COMMIT is lost."""
    stage = Stage()
    stage.submit("m1", "coffee")
    stage.deliver(kind("transactions", "pre-prepare"))
    stage.deliver(kind("prepare"))
    stage.lose(lambda _: True)
    return stage


def in_view_1(stage: Stage) -> NewView:
    """All leave for view 1; its NEW-VIEW, not delivered yet."""
    stage.wait(1_100, deliver=False)
    stage.lose(kind("status", "transactions"))
    stage.deliver(kind("view-change"))
    found = [letter.message for letter in stage.wire if isinstance(letter.message, NewView)]
    return found[0]
