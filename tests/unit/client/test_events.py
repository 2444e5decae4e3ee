"""Reading server-sent events: whole ones only, in order, and on from where a stream was cut."""

from __future__ import annotations

import pytest

from client.errors import ClientError
from client.events import ChainEvent, EventReader

BLOCK = ["event: block", "id: 7.0", 'data: {"height":7,"timestamp_ms":5}', ""]
EVENT = [
    "event: event",
    "id: 7.1",
    'data: {"height":7,"transaction_id":"ab","name":"repaid","fields":{"key":{"hex":"00ff"}}}',
    "",
]


def feed(reader: EventReader, lines: list[str]) -> list[ChainEvent]:
    return [event for line in lines if (event := reader.feed(line)) is not None]


def test_events_are_read_with_their_place_and_fields() -> None:
    reader = EventReader(first=3)
    block, repaid = feed(reader, [": comment", "retry: 1000", "", *BLOCK, *EVENT])
    assert (block.kind, block.name, block.height, block.number) == ("block", "block", 7, 0)
    assert (repaid.name, repaid.transaction_id) == ("repaid", "ab")
    assert repaid.fields == {"key": b"\x00\xff"}


def test_a_cut_stream_goes_on_after_the_last_whole_event() -> None:
    reader = EventReader(first=3)
    assert reader.call().query["from"] == 3
    assert reader.headers == {}
    feed(reader, [*BLOCK, *EVENT[:2]])
    reader.restart()
    assert reader.headers == {"Last-Event-ID": "7.0"}
    assert "from" not in reader.call().query
    assert [event.number for event in feed(reader, EVENT)] == [1]


def test_half_an_event_of_a_cut_stream_is_forgotten() -> None:
    reader = EventReader()
    feed(reader, EVENT[:3])
    reader.restart()
    assert feed(reader, [""]) == []


@pytest.mark.parametrize("line", ["data: {", "id: x.0"])
def test_an_unreadable_event_is_an_error(line: str) -> None:
    reader = EventReader()
    with pytest.raises(ClientError, match="not readable"):
        feed(reader, [*BLOCK[:3], line, ""])
