"""The adaptive curve: a rate at target utilisation that drifts with how far utilisation is from it.

While a pool is used above its target, the whole curve rises exponentially; below, it falls. Source:
Morpho AdaptiveCurveIrm and its ExpLib; numbers in WAD.
"""

from __future__ import annotations

from dataclasses import dataclass

from lending.arithmetic.errors import InvalidTerms
from lending.arithmetic.models.growth import LONGEST_SECONDS, WAD, YEAR_SECONDS
from lending.arithmetic.models.sites import ADAPTATION, EXPONENTIAL
from lending.arithmetic.money import divide, mul_div

_LN_2 = 693_147_180_559_945_309
_LN_SMALLEST = -41_446_531_673_892_822_312
"""Below this, e^x is less than half of a WAD's last digit."""
_LN_LARGEST = 93_859_467_695_000_404_319
"""From here on e^x is held constant."""
_LARGEST = 57_716_089_161_558_943_949_701_069_502_944_508_345_128_422_502_756_744_429_568


def exponential(x: int) -> int:
    """Return e^x in WAD, by 2^q (1 + r + r^2/2) with r within half of ln 2.

    The second-order term makes e itself 0.385 % too small.
    """
    if x < _LN_SMALLEST:
        return 0
    if x >= _LN_LARGEST:
        return _LARGEST
    half = -(_LN_2 // 2) if x < 0 else _LN_2 // 2
    doublings = divide(x + half, _LN_2, EXPONENTIAL.rounding)
    rest = x - doublings * _LN_2
    near_one = (
        WAD + rest + divide(divide(rest * rest, WAD, EXPONENTIAL.rounding), 2, EXPONENTIAL.rounding)
    )
    return near_one << doublings if doublings >= 0 else near_one >> -doublings


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveCurve:
    """What does not change of an adaptive curve; rates are per second, all in WAD."""

    target: int = 9 * WAD // 10
    """The utilisation at which the curve is neither raised nor lowered."""
    steepness: int = 4 * WAD
    """How many times the rate at target is the rate at full use; its inverse at no use."""
    speed: int = 50 * WAD // YEAR_SECONDS
    """How fast the curve moves at the largest error, per second."""
    initial: int = WAD // 25 // YEAR_SECONDS
    """The first rate at target: 4 % a year."""
    least: int = WAD // 1000 // YEAR_SECONDS
    """The lowest rate at target: 0.1 % a year."""
    most: int = 2 * WAD // YEAR_SECONDS
    """The highest: 200 % a year."""

    def error(self, used: int) -> int:
        """Return how far utilisation is from target, from -1 (idle) to 1 (full), in WAD."""
        if not 0 <= used <= WAD:
            raise InvalidTerms("utilisation", f"{used} is not between 0 and {WAD}")
        whole = WAD - self.target if used > self.target else self.target
        return mul_div(used - self.target, WAD, whole, ADAPTATION.rounding)

    def rates(self, used: int, at_target: int | None, seconds: int) -> tuple[int, int]:
        """Return (the average rate of the time since the last look, the rate at target now).

        `at_target` is the rate at target at the last look, None if there was none; utilisation is
        what it was since.
        """
        if not 0 <= seconds <= LONGEST_SECONDS:
            raise InvalidTerms("seconds", f"{seconds} is out of range")
        error = self.error(used)
        if at_target is None:
            return self._at(self.initial, error), self.initial
        drift = mul_div(self.speed, error, WAD, ADAPTATION.rounding) * seconds
        end = self._moved(at_target, drift)
        middle = self._moved(at_target, divide(drift, 2, ADAPTATION.rounding))
        average = divide(at_target + end + 2 * middle, 4, ADAPTATION.rounding)
        return self._at(average, error), end

    def _at(self, at_target: int, error: int) -> int:
        """Return the rate on the curve through `at_target`."""
        falls = WAD - mul_div(WAD, WAD, self.steepness, ADAPTATION.rounding)
        slope = falls if error < 0 else self.steepness - WAD
        factor = mul_div(slope, error, WAD, ADAPTATION.rounding) + WAD
        return mul_div(factor, at_target, WAD, ADAPTATION.rounding)

    def _moved(self, at_target: int, drift: int) -> int:
        moved = mul_div(at_target, exponential(drift), WAD, ADAPTATION.rounding)
        return min(max(moved, self.least), self.most)
