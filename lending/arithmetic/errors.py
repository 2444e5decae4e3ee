"""The one refusal of the lending arithmetic: terms that do not describe a loan.

It is not a business rule (`Rejected`) and not a fault of ours: whoever brought the terms is told
which term is wrong and why.
"""

from __future__ import annotations


class InvalidTerms(ValueError):
    """Terms, or an argument of a calculation, that have no meaning; names the term and the reason."""

    def __init__(self, term: str, reason: str) -> None:
        """Refuse `term` (its ACTUS or argument name) for `reason`."""
        super().__init__(f"{term}: {reason}")
        self.term = term
        self.reason = reason
