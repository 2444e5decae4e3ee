"""Draw stops: that nothing may be drawn of a loan's agreement or a facility, and who says so."""

from __future__ import annotations

from ledger import codec
from ledger.overlay import Overlay
from ledger.store import prefix_end
from lending.records import covenant_keys

_NOTHING = codec.encode_array(())


def stop_drawing(state: Overlay, kind: str, subject: str, covenant: str) -> None:
    """From now on nothing may be drawn."""
    state.put(covenant_keys.drawstop(kind, subject, covenant), _NOTHING)


def allow_drawing(state: Overlay, kind: str, subject: str, covenant: str) -> None:
    """This covenant no longer stops it."""
    state.delete(covenant_keys.drawstop(kind, subject, covenant))


def stopping(state: Overlay, kind: str, subject: str) -> str:
    """The first covenant that stops drawing, by name; empty if none does."""
    prefix = covenant_keys.drawstop(kind, subject, "")
    for key, _ in state.iterate(prefix, prefix_end(prefix)):
        return key[len(prefix) :].decode()
    return ""
