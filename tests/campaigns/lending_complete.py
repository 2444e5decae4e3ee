"""Fills the fields that a story does not name: nothing, zero or none, as far as a field takes that.

So a story is about what it says, and a field that comes to a command later does not stop it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeVar

from ledger import codec
from lending.commands import COMMANDS
from lending.fields import FieldType, Malformed, Nested, Several, Shape
from tests.campaigns.lending_stage import Ask

T = TypeVar("T")

PLAIN: Final[tuple[codec.Value, ...]] = ("", 0, (), None, 1, {}, "NONE", bytes(32))
"""What a field is tried with, in this order."""


def completed(ask: Ask) -> Ask:
    """The command with every field that it needs."""
    shape = COMMANDS.get(ask.name)
    return ask if shape is None else replace(ask, fields=_filled(shape, ask.fields))


def _filled(shape: Shape[T], given: object) -> dict[str, codec.Value]:
    assert isinstance(given, dict)
    found: dict[str, codec.Value] = dict(given)
    for name, kind in shape.types.items():
        if name not in found:
            found[name] = _plain(name, kind)
        elif isinstance(kind, Nested) and isinstance(found[name], dict):
            found[name] = _filled(kind.shape, found[name])
        elif isinstance(kind, Several) and isinstance(found[name], tuple):
            found[name] = tuple(_filled(kind.shape, each) for each in _rows(found[name]))
    return found


def _rows(value: codec.Value) -> tuple[codec.Value, ...]:
    assert isinstance(value, tuple)
    return value


def _plain(name: str, kind: FieldType) -> codec.Value:
    if isinstance(kind, Nested):
        return _filled(kind.shape, {})
    for value in PLAIN:
        try:
            kind.read(name, value)
        except Malformed:
            continue
        return value
    return _first_word(kind)


def _first_word(kind: FieldType) -> codec.Value:
    """The first of some words, where nothing plainer will do."""
    words = getattr(kind, "words", ("",))
    return str(words[0])
