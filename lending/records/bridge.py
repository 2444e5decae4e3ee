"""The records of other chains, of wrapped assets, of locks here and of claims on locks elsewhere.

What may happen to them is not written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lending.records import RecordCodec

ACTIVE: Final = "ACTIVE"
"""Proofs of the chain are accepted."""


@dataclass(frozen=True, slots=True)
class ForeignChain:
    """Another Hansa chain, and how far it is known."""

    name: str
    """What it is called here."""
    chain_id: bytes
    """The hash of its genesis."""
    members: bytes
    """The canonical bytes of its membership."""
    age_max_ms: int
    """How old its newest known header may be when a lock is claimed."""
    status: str
    """ACTIVE or SUSPENDED."""
    height: int
    """The height of its newest known header; 0 before the first."""
    timestamp_ms: int
    """The time of that header."""


@dataclass(frozen=True, slots=True)
class WrappedAsset:
    """Claims on an asset of another chain."""

    chain: str
    """Where the asset itself lies."""
    origin: str
    """What it is called there."""
    use_until_ms: int
    """Until when it counts as collateral."""
    settle_ms: int
    """How long after that claims may be released."""
    cursor: bytes
    """After the end of its use: the last trigger whose account was looked at."""


@dataclass(frozen=True, slots=True)
class Lock:
    """An asset locked here for use on another chain."""

    owner: str
    """Whose it is."""
    asset: str
    """What."""
    amount: int
    """How much was locked."""
    left: int
    """How much still is."""
    chain: str
    """Where it may be claimed."""
    until_ms: int
    """When the owner may take the rest back."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What was claimed here of a lock on another chain; each lock is claimed once for ever."""

    asset: str
    """The wrapped asset."""
    amount: int
    """How much."""
    left: int
    """How much is not released."""
    releases: int
    """How many releases there were."""


CHAIN = RecordCodec(ForeignChain)
WRAPPED = RecordCodec(WrappedAsset)
LOCK = RecordCodec(Lock)
CLAIM = RecordCodec(Claim)
