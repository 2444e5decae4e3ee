"""Turning a query's facts into an answer: which of its figures are amounts, and of what asset."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from api.money import Amounts
from lending.queries import Facts


def shown(
    amounts: Amounts, facts: Facts, asset: object, money: Iterable[str], text: Iterable[str] = ()
) -> Facts:
    """The facts with the figures named in `money` as amounts of the asset, those in `text` as text."""
    return {
        **facts,
        **{name: amounts.money(facts[name], str(asset)) for name in money},
        **{name: str(facts[name]) for name in text},
    }


def rows_of(facts: Facts, name: str) -> list[Facts]:
    """A list of facts inside facts."""
    return cast("list[Facts]", facts[name])


def inner(facts: Facts, name: str) -> Facts:
    """Facts inside facts."""
    return cast("Facts", facts[name])
