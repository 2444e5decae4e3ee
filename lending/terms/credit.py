"""The words of credit: what a score can count, what agencies attest, which way each factor points.

A factor is better or worse, never both, so that a model cannot reward a late payment: the sign of a
weight is checked against this table when a model is proposed.
"""

from __future__ import annotations

from typing import Final

SCORE_MAX: Final = 1_000
AGENCIES_MAX: Final = 16

BETTER: Final[dict[str, str]] = {
    "ON_TIME": "installments paid on time",
    "REPAID": "credits repaid in full",
    "MONTHS": "periods of 30 days since the first credit",
    "INCOME_VERIFIED": "class of the verified income (0 to 10)",
    "EMPLOYMENT_VERIFIED": "class of the verified employment (0 to 10)",
    "EXTERNAL_RATING": "class of the lowest outside rating (0 to 10)",
    "KYC": "level of the verified identity (0 to 10)",
}
"""Factors that add points: more of it never lowers the score."""
WORSE: Final[dict[str, str]] = {
    "LATE": "installments paid after their grace, or still unpaid then",
    "LATE_30": "times that a credit came to be 30 days past due",
    "LATE_60": "times that a credit came to be 60 days past due",
    "LATE_90": "times that a credit came to be 90 days past due",
    "LATE_120": "times that a credit came to be 120 days past due",
    "DEFAULTS": "defaults",
    "UNRECOVERED": "percent of what was written off that did not come back",
    "RUNNING": "credits running",
    "UTILISATION": "percent drawn of the credit lines granted",
    "CHANGES": "times that a running credit was changed: holiday, extension, forgiveness, re-ageing",
    "CALLED": "guarantees given that had to be paid",
}
"""Factors that take points: more of it never raises the score."""
FACTORS: Final = (*BETTER, *WORSE)
KINDS: Final = ("INCOME_VERIFIED", "EMPLOYMENT_VERIFIED", "EXTERNAL_RATING", "KYC")
"""What an agency can attest."""
