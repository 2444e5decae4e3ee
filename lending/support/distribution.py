"""Sharing a whole number out in proportion, so that the parts sum to it exactly. Pure.

Largest remainder (Hamilton): everybody gets the proportion rounded down, and the units that are
left go to the largest remainders; of equal ones to whoever stands first.
"""

from __future__ import annotations

from collections.abc import Sequence


def distribute(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """The parts of `total` in proportion to `weights`; all 0 if there is no weight.

    No part differs from its exact proportion by a whole unit, and none exceeds its weight as long
    as the total is not above the sum of the weights.
    """
    whole = sum(weights)
    if not whole:
        assert not total, "something was to be shared out among nobody"
        return (0,) * len(weights)
    divided = [divmod(total * weight, whole) for weight in weights]
    parts = [quotient for quotient, _ in divided]
    order = sorted(range(len(weights)), key=lambda place: (-divided[place][1], place))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return tuple(parts)
