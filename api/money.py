"""Amounts for people beside the ledger's integers; it knows how many decimals each asset has."""

from __future__ import annotations

from api.lending_schemas import Money
from ledger.overlay import StateReader
from lending import queries


class Amounts:
    """Makes `Money` of minor units, looking each asset up once per answer."""

    def __init__(self, state: StateReader) -> None:
        self._state = state
        self._decimals: dict[str, int] = {}

    def money(self, minor: object, asset: str) -> Money:
        """An amount of an asset."""
        assert isinstance(minor, int), "amounts are integers"
        return Money(minor=minor, amount=whole_units(minor, self._places(asset)), asset=asset)

    def _places(self, asset: str) -> int:
        if asset not in self._decimals:
            facts = queries.asset(self._state, asset)
            assert facts is not None, "amounts are of registered assets"
            places = facts["decimals"]
            assert isinstance(places, int), "decimals are an integer"
            self._decimals[asset] = places
        return self._decimals[asset]


def whole_units(minor: int, decimals: int) -> str:
    """Minor units as text in whole units: -5 with 2 decimals is -0.05."""
    sign = "-" if minor < 0 else ""
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    if decimals == 0:
        return sign + digits
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"
