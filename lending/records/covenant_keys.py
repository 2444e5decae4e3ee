"""Where the records of covenants lie: the layout of their keys, as `lending.keys` has of others."""

from __future__ import annotations

from typing import Final

COVENANT: Final = b"covenant/"
COVENANT_OF: Final = b"covenant-of/"
CROSS_DEFAULT: Final = b"cross-default/"
DRAWSTOP: Final = b"drawstop/"


def covenant(name: str) -> bytes:
    """A covenant."""
    return COVENANT + name.encode()


def covenant_of(kind: str, subject: str, name: str) -> bytes:
    """That an agreement or a facility has a covenant; without a name, what all of them begin with."""
    return b"%s%b/%b/%b" % (COVENANT_OF, kind.encode(), subject.encode(), name.encode())


def cross_default(borrower: str, name: str) -> bytes:
    """That a borrower has a covenant about its other debts; without a name, what all begin with."""
    return b"%s%b/%b" % (CROSS_DEFAULT, borrower.encode(), name.encode())


def drawstop(kind: str, subject: str, name: str) -> bytes:
    """That a covenant stops drawing; without a name, what all of the subject begin with."""
    return b"%s%b/%b/%b" % (DRAWSTOP, kind.encode(), subject.encode(), name.encode())
