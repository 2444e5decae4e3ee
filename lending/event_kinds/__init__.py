"""What is said of one name of an event; parts of the product with many events have a table here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventKind:
    """One name of an event."""

    meaning: str
    """What has happened when it is written."""
    fields: tuple[str, ...]
    """Its fields, all of them always present."""
