"""The records of a fund's terms and of covers for deposits, and where in the state they lie.

What may happen to them is not written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger import codec
from lending.records import RecordCodec, pair, word
from lending.records.collateral import ProtectionStatus

COVER_TERMS_AT: Final = b"cover-terms/"
DEPOSIT_COVER_AT: Final = b"deposit-cover/"
DEPOSIT_COVERS_AT: Final = b"deposit-covers-of/"
CUSTODIAN_LOSS_AT: Final = b"custodian-loss/"


@dataclass(frozen=True, slots=True)
class CoverTerms:
    """Which risks a fund covers."""

    rates: tuple[tuple[str, int], ...]
    """The yearly premium by class of risk, in billionths."""
    subject_limit: int
    """The largest sum of covers of one pool or custodian, as a part of the capital, in billionths."""
    waiting_ms: int
    """How long after it was bought a cover begins."""


@dataclass(frozen=True, slots=True)
class DepositCover:
    """Cover of a deposit in a pool, or of what a custodian keeps."""

    name: str
    """The unique name."""
    fund: str
    """The fund."""
    buyer: str
    """Who is paid."""
    subject: str
    """`pool/tranche`, or the asset whose custodian may lose it."""
    units: int
    """The shares, or the units of the asset, that are covered."""
    amount: int
    """The most that is paid."""
    from_ms: int
    """From when on an event counts."""
    until_ms: int
    """When it expires."""
    status: ProtectionStatus
    """Where it is in its life."""
    paid: int
    """What it paid."""


@dataclass(frozen=True, slots=True)
class CoverNames:
    """The active covers of one subject."""

    names: tuple[str, ...]
    """In the order in which they were bought."""


COVER_TERMS = RecordCodec(
    CoverTerms,
    rates=pair(lambda rates: rates, lambda value: tuple(codec.items(value))),
)
DEPOSIT_COVER = RecordCodec(DepositCover, status=word(ProtectionStatus))
COVER_NAMES = RecordCodec(CoverNames)


def cover_terms_key(fund_name: str) -> bytes:
    """Which risks a cover fund covers."""
    return COVER_TERMS_AT + fund_name.encode()


def deposit_cover_key(name: str) -> bytes:
    """A cover of a deposit or of what a custodian keeps."""
    return DEPOSIT_COVER_AT + name.encode()


def deposit_covers_key(subject: str) -> bytes:
    """The active covers of a tranche of a pool or of an asset."""
    return DEPOSIT_COVERS_AT + subject.encode()


def custodian_loss_key(asset_code: str) -> bytes:
    """Which part of an asset its custodian has lost, as members declared."""
    return CUSTODIAN_LOSS_AT + asset_code.encode()
