"""The events of covenants; `lending.events` has all."""

from __future__ import annotations

from typing import Final

from lending.event_kinds import EventKind

COVENANT_EVENTS: Final[dict[str, EventKind]] = {
    "covenant_agreed": EventKind(
        "Both sides signed a covenant of a loan's agreement or a facility.",
        (
            "covenant", "loan", "facility", "borrower", "figure", "operator", "limit_numerator",
            "limit_denominator", "consequence", "first_test_ms",
        ),
    ),
    "figure_reported": EventKind(
        "The borrower reported a figure of a test day; `is_kept` says whether it keeps the covenant.",
        (
            "covenant", "loan", "facility", "test_ms", "figure", "numerator", "denominator",
            "is_kept",
        ),
    ),
    "covenant_breached": EventKind(
        "A breach is open until then: MISSING, FAILED, or the name of the debt in default.",
        ("covenant", "loan", "facility", "test_ms", "cause", "until_ms"),
    ),
    "breach_waived": EventKind(
        "Lenders waived; it counts with a majority.",
        ("covenant", "loan", "facility", "test_ms", "lenders"),
    ),
    "covenant_tested": EventKind(
        "A test was decided: PASSED, CURED, EQUITY_CURE, WAIVED or BREACHED.",
        ("covenant", "loan", "facility", "test_ms", "result"),
    ),
    "covenant_enforced": EventKind(
        "The consequence of a breach executed itself.",
        ("covenant", "loan", "facility", "consequence", "cause"),
    ),
    "covenant_lifted": EventKind(
        "The consequence was taken back, as far as it can be.",
        ("covenant", "loan", "facility", "consequence", "reason"),
    ),
    "covenant_ended": EventKind(
        "There are no more tests, or what it was agreed with has ended.",
        ("covenant", "loan", "facility"),
    ),
}  # fmt: skip
"""In the order in which they come."""
