"""Server-sent events, read line by line, and where to go on after the line was cut. No I/O.

Source: the HTML standard, section 9.2.6 (only what a node sends: `event`, `data`, `id`, comments).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from client.errors import ClientError
from client.values import from_json
from client.wire import Call, member_of, text_of
from ledger import codec


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """Something that happened on the chain."""

    kind: str
    """block, transaction or event."""
    height: int
    """The block."""
    number: int
    """Its place among all that happened in the block, from 0."""
    data: Mapping[str, object]
    """What the node sent, as JSON."""

    @property
    def name(self) -> str:
        """The name of an event of lending, such as installment_billed; else the kind."""
        return text_of(self.data, "name") if self.kind == "event" else self.kind

    @property
    def fields(self) -> dict[str, codec.Value]:
        """The particulars of an event of lending."""
        read: dict[str, codec.Value] = from_json(member_of(self.data, "fields"))
        return read

    @property
    def transaction_id(self) -> str | None:
        """The transaction that did it; None for the clock's work and for blocks."""
        found = self.data.get("transaction_id")
        return found if isinstance(found, str) else None


@dataclass(slots=True)
class EventReader:
    """Turns lines into events and remembers the last one, so that a new stream goes on after it."""

    first: int | None = None
    """The height to begin with; None for the next block."""
    kinds: str = "block,transaction,event"
    """Which kinds to ask for."""
    last_id: str = ""
    """The id of the last event seen."""
    _fields: dict[str, str] = field(default_factory=dict)

    def call(self) -> Call:
        """The request for what has not been seen."""
        query: dict[str, str | int] = {"kinds": self.kinds}
        if not self.last_id and self.first is not None:
            query["from"] = self.first
        return Call("GET", "/v1/events", query, accept="text/event-stream", seconds=60.0)

    @property
    def headers(self) -> dict[str, str]:
        """The header that names the last event seen."""
        return {"Last-Event-ID": self.last_id} if self.last_id else {}

    def restart(self) -> None:
        """Forget the half of an event at which a stream was cut."""
        self._fields = {}

    def feed(self, line: str) -> ChainEvent | None:
        """Take one line without its end; the event that it completed, if any."""
        if line:
            name, _, value = line.partition(":")
            if name:
                self._fields[name] = value.removeprefix(" ")
            return None
        fields, self._fields = self._fields, {}
        if "data" not in fields or "id" not in fields:
            return None
        self.last_id = fields["id"]
        height, _, number = self.last_id.partition(".")
        try:
            data = json.loads(fields["data"])
            return ChainEvent(
                fields.get("event", ""), int(height), int(number), cast("dict[str, object]", data)
            )
        except ValueError as error:
            raise ClientError(f"an event of the node is not readable: {error}") from None
