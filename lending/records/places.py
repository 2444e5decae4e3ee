"""Where the records of monitoring, impairment and corrections lie; `lending.keys` has all others."""

from __future__ import annotations

from typing import Final

MONITORING: Final = b"monitoring/"
MONITORING_POLICY: Final = MONITORING + b"policy"
MONITORING_WALK: Final = MONITORING + b"walk"
MONITORING_RULES: Final = MONITORING + b"rules"
MONITORING_CHANGED: Final = MONITORING + b"changed"
MEASURE: Final = b"risk-measure/"
FIGURE: Final = b"risk-figure/"
SPREAD: Final = b"risk-spread/"
RANK: Final = b"risk-rank/"
ALERT_RULE: Final = b"alert-rule/"
IMPAIRMENT: Final = b"impairment/"
IMPAIRMENT_POLICY: Final = b"impairment-policy/"
ALLOWANCE: Final = b"allowance/"


def measure(subject: bytes) -> bytes:
    """What the record under another state key adds to the figures of risk."""
    return MEASURE + subject


def figure(asset_code: str, dimension: str, member: str = "") -> bytes:
    """A figure of risk; without a member, what all of the dimension begin with."""
    return b"%s%b/%b/%b" % (FIGURE, asset_code.encode(), dimension.encode(), member.encode())


def spread(asset_code: str, dimension: str) -> bytes:
    """How exposure is spread over a dimension."""
    return b"%s%b/%b" % (SPREAD, asset_code.encode(), dimension.encode())


def ranks(asset_code: str, dimension: str) -> bytes:
    """What all places of a dimension begin with, the largest exposure first."""
    return b"%s%b/%b/" % (RANK, asset_code.encode(), dimension.encode())


def rank(asset_code: str, dimension: str, exposure: int, member: str) -> bytes:
    """The place of a member in its dimension."""
    falling = (2**128 - 1 - exposure).to_bytes(16, "big")
    return ranks(asset_code, dimension) + falling + member.encode()


def alert_rule(asset_code: str, name: str = "") -> bytes:
    """An alert rule; without a name, what all of the asset begin with."""
    return b"%s%b/%b" % (ALERT_RULE, asset_code.encode(), name.encode())


def impairment(asset_code: str) -> bytes:
    """How loans in a currency are staged and provided for."""
    return IMPAIRMENT_POLICY + asset_code.encode()


def allowance(loan_name: str) -> bytes:
    """What a lender has set aside for a loan."""
    return ALLOWANCE + loan_name.encode()
