"""What a figure that a rule names comes to: amounts, billionths, points of concentration, numbers.

Shares are rounded down; a share of nothing is nothing. Pure readings of the figures.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Final

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending.fields import RATE_UNIT
from lending.monitoring.figures import CONCENTRATED
from lending.monitoring.measures import BUCKETS
from lending.records import monitoring as stored
from lending.records import places
from lending.records.monitoring import Figure, Spread

POINTS: Final = 10_000
"""The concentration of one who has everything."""
NOTHING: Final = Figure(0, 0, 0, 0)

Value = Callable[[StateReader, str, str, str], int]


def figure_of(state: StateReader, asset: str, dimension: str, member: str) -> Figure:
    """The sums of a figure; all zero where nothing adds to it."""
    return stored.FIGURE.read(state, places.figure(asset, dimension, member)) or NOTHING


def spread_of(state: StateReader, asset: str, dimension: str) -> Spread:
    """How the exposure is spread over a dimension."""
    return stored.SPREAD.read(state, places.spread(asset, dimension)) or Spread(0, 0, 0)


def share(part: int, whole: int) -> int:
    """A part of a whole in billionths, rounded down."""
    return part * RATE_UNIT // whole if whole else 0


def concentration(spread: Spread) -> int:
    """The Herfindahl-Hirschman index in points of 10,000, rounded down."""
    return spread.squares * POINTS // spread.exposure**2 if spread.exposure else 0


def largest(state: StateReader, asset: str, dimension: str, maximum: int) -> list[tuple[str, int]]:
    """The members with the largest exposures, the largest first; of equals by name."""
    prefix = places.ranks(asset, dimension)
    found: list[tuple[str, int]] = []
    for key, _ in islice(state.iterate(prefix, prefix_end(prefix)), maximum):
        place = key[len(prefix) :]
        found.append((place[16:].decode(), 2**128 - 1 - int.from_bytes(place[:16], "big")))
    return found


def past_due(state: StateReader, asset: str, days: str) -> int:
    """What is owed on loans that are at least so many days past due, or in default."""
    first = BUCKETS.index(days)
    return sum(figure_of(state, asset, "bucket", name).exposure for name in BUCKETS[first:])


def _exposure(state: StateReader, asset: str, dimension: str, member: str) -> int:
    return figure_of(state, asset, dimension, member).exposure


def _share(state: StateReader, asset: str, dimension: str, member: str) -> int:
    part = figure_of(state, asset, dimension, member).exposure
    return share(part, figure_of(state, asset, "all", "all").exposure)


def _largest_share(state: StateReader, asset: str, dimension: str, _: str) -> int:
    top = largest(state, asset, dimension, 1)
    return share(top[0][1], spread_of(state, asset, dimension).exposure) if top else 0


def _concentration(state: StateReader, asset: str, dimension: str, _: str) -> int:
    return concentration(spread_of(state, asset, dimension))


def _count(state: StateReader, asset: str, dimension: str, member: str) -> int:
    return figure_of(state, asset, dimension, member).count


def _utilisation(state: StateReader, asset: str, dimension: str, member: str) -> int:
    figure = figure_of(state, asset, dimension, member)
    return share(figure.exposure, figure.limit)


def _past_due_share(state: StateReader, asset: str, _: str, member: str) -> int:
    whole = sum(figure_of(state, asset, "bucket", name).exposure for name in BUCKETS)
    return share(past_due(state, asset, member), whole)


def _expected_loss(state: StateReader, asset: str, dimension: str, member: str) -> int:
    return figure_of(state, asset, dimension, member).loss


def _loss_rate(state: StateReader, asset: str, dimension: str, member: str) -> int:
    figure = figure_of(state, asset, dimension, member)
    return share(figure.loss, figure.exposure)


VALUES: Final[dict[str, Value]] = {
    "EXPOSURE": _exposure,
    "SHARE": _share,
    "LARGEST_SHARE": _largest_share,
    "CONCENTRATION": _concentration,
    "COUNT": _count,
    "UTILISATION": _utilisation,
    "PAST_DUE_SHARE": _past_due_share,
    "EXPECTED_LOSS": _expected_loss,
    "LOSS_RATE": _loss_rate,
}
"""How each figure of a rule is read."""


def describes_nothing(figure: str, dimension: str, member: str) -> str:
    """Which field of a rule makes no sense with the others; empty when all do."""
    if figure in ("LARGEST_SHARE", "CONCENTRATION"):
        if dimension not in CONCENTRATED:
            return "dimension"
        return "member" if member else ""
    if figure == "PAST_DUE_SHARE":
        if dimension != "bucket":
            return "dimension"
        return "" if member in BUCKETS[1:] else "member"
    if figure == "UTILISATION" and dimension not in ("facility", "pool"):
        return "dimension"
    return "" if member else "member"
