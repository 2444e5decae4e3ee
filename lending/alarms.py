"""The due index: which record is to be looked at when. It says nothing of what is then to be done.

Every open offer and every running loan has one alarm, at the next moment that may concern it or
earlier. An alarm may ring for nothing (the bill was paid meanwhile); it never rings late. So paying
a bill leaves the index alone.
"""

from __future__ import annotations

from itertools import islice

from ledger import codec
from ledger.overlay import Overlay
from lending import keys

_NOTHING = codec.encode_array(())


def set_alarm(state: Overlay, time_ms: int, subject: bytes) -> None:
    """Have the record under the key `subject` looked at as soon as a block's time reaches this."""
    state.put(keys.alarm(time_ms, subject), _NOTHING)


def ringing(state: Overlay, now_ms: int, maximum: int) -> list[bytes]:
    """The keys of the alarms of now and before, the oldest first, at most so many."""
    start, stop = keys.alarms_until(now_ms)
    return [key for key, _ in islice(state.iterate(start, stop), maximum)]


def drop_alarm(state: Overlay, key: bytes) -> None:
    """Remove an alarm that rang."""
    state.delete(key)
