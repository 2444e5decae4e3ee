"""The records of credit: conduct, running credits, models, attestations; how they become bytes."""

from __future__ import annotations

from dataclasses import dataclass

from lending.records import RecordCodec


@dataclass(frozen=True, slots=True)
class History:
    """How a party conducted itself as a borrower and guarantor; it only ever grows."""

    first_ms: int
    """When its first credit began."""
    loans: int
    """Credits taken: loans, facilities and pool lines that were drawn."""
    running: int
    """How many of them run."""
    repaid: int
    """How many were repaid in full."""
    on_time: int
    """Installments paid within their grace."""
    late: int
    """Installments that were unpaid when their grace was over."""
    late_30: int
    """Times that a credit came to be 30 days past due."""
    late_60: int
    """The same for 60 days."""
    late_90: int
    """The same for 90 days."""
    late_120: int
    """The same for 120 days."""
    defaults: int
    """Credits that defaulted or were accelerated."""
    write_offs: int
    """Credits that were written off."""
    changes: int
    """Times that a running credit was changed: holiday, extension, forgiveness, re-ageing."""
    called: int
    """Guarantees that it gave and that had to be paid."""
    lost: tuple[tuple[str, int, int], ...]
    """Per asset what was written off, and what came back of it."""
    lines: tuple[tuple[str, int, int], ...]
    """Per asset what facilities and pools commit to it, and what is drawn of that."""


@dataclass(frozen=True, slots=True)
class Credit:
    """One running credit as the history last saw it: what changed since is what is counted."""

    borrower: str
    """Who owes."""
    asset: str
    """The currency."""
    shares: tuple[tuple[str, int], ...]
    """Who lends, and how much principal."""
    committed: int
    """What is committed, drawn or not; 0 for a term loan."""
    dues: tuple[tuple[int, bool], ...]
    """When each unpaid installment fell due, and whether it was counted as late."""
    is_drawn: bool
    """Whether it was ever drawn; of a pool line, whether it is."""
    is_bad: bool
    """Whether it was counted as a default."""
    is_over: bool
    """Whether nothing is owed any more."""


@dataclass(frozen=True, slots=True)
class Lent:
    """What one lender has lent one borrower in one asset."""

    principal: int
    """Principal outstanding."""
    credits: int
    """In how many credits."""


@dataclass(frozen=True, slots=True)
class CreditModel:
    """One version of the score model; what it weighs never changes."""

    version: int
    """1, 2, 3, ..."""
    proposer: str
    """The member that proposed it."""
    approvals: tuple[str, ...]
    """The members that approved, ascending."""
    is_active: bool
    """Whether a quorum approved."""
    base: int
    """Where everybody begins."""
    weights: tuple[tuple[str, int, int, int], ...]
    """Factor, step, points for each full step, the most points in all."""
    grades: tuple[tuple[str, int], ...]
    """Grades and the least score of each, the best first."""


@dataclass(frozen=True, slots=True)
class ModelInForce:
    """Which version counts, and which is the newest proposed."""

    version: int
    """The one that counts; 0 for none."""
    newest: int
    """The newest proposed."""


@dataclass(frozen=True, slots=True)
class Agencies:
    """Who may attest what."""

    kinds: tuple[tuple[str, tuple[str, ...]], ...]
    """Each agency and its kinds, by name."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """What an agency said of somebody."""

    found: int
    """The class of what was found: 10 is best."""
    jurisdiction: str
    """The country, for KYC; else empty."""
    until_ms: int
    """Until when it counts."""
    attested_ms: int
    """When it was said."""
    commitment: bytes
    """The salted digest of the document."""


@dataclass(frozen=True, slots=True)
class Access:
    """That somebody may ask for a party's score."""

    until_ms: int
    """Until when."""


@dataclass(frozen=True, slots=True)
class CreditPolicy:
    """What a version of a product offers each grade."""

    bands: tuple[tuple[str, int, int, int, int], ...]
    """Grade, the largest loan, the most owed in all, the lowest and the highest rate."""


HISTORY = RecordCodec(History)
CREDIT = RecordCodec(Credit)
LENT = RecordCodec(Lent)
MODEL = RecordCodec(CreditModel)
IN_FORCE = RecordCodec(ModelInForce)
AGENCIES = RecordCodec(Agencies)
ATTESTATION = RecordCodec(Attestation)
ACCESS = RecordCodec(Access)
POLICY = RecordCodec(CreditPolicy)
