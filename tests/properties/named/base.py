"""What a named property is, and the three lists of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from tests.campaigns.lending_stage import Change
from tests.properties.named.view import View

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Property(Generic[T]):
    """A sentence that must hold, and the function that sees to it."""

    name: str
    """Its group and the name of its function."""
    source: str
    """Where it comes from: M1 to M26 of the house's list of money invariants, or another system."""
    sentence: str
    """What must hold."""
    check: Callable[[T], None]
    """Raises AssertionError where it does not."""


@dataclass(frozen=True, slots=True)
class Course:
    """An earlier state of a world and a later one."""

    old: View
    """The earlier."""
    new: View
    """The later; any number of steps may lie between them."""


STATES: Final[list[Property[View]]] = []
COURSES: Final[list[Property[Course]]] = []
STEPS: Final[list[Property[Change]]] = []


def _adding(
    found: list[Property[T]], source: str
) -> Callable[[Callable[[T], None]], Callable[[T], None]]:
    def add(check: Callable[[T], None]) -> Callable[[T], None]:
        group = check.__module__.rpartition(".")[2]
        sentence = " ".join((check.__doc__ or "").split())
        found.append(Property(f"{group}.{check.__name__}", source, sentence, check))
        return check

    return add


def state(source: str) -> Callable[[Callable[[View], None]], Callable[[View], None]]:
    """The function is a property of every state."""
    return _adding(STATES, source)


def course(source: str) -> Callable[[Callable[[Course], None]], Callable[[Course], None]]:
    """The function is a property of any two states of one world."""
    return _adding(COURSES, source)


def step(source: str) -> Callable[[Callable[[Change], None]], Callable[[Change], None]]:
    """The function is a property of every step."""
    return _adding(STEPS, source)
