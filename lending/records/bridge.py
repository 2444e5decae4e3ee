"""The records of other chains, wrapped assets, locks and claims, and where in the state they lie.

What may happen to them is not written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lending.records import RecordCodec

CHAIN_AT: Final = b"chain/"
CHAIN_NAME_AT: Final = b"chain-name/"
WRAPPED_AT: Final = b"wrapped-asset/"
LOCK_AT: Final = b"lock/"
LOCK_RELEASE_AT: Final = b"lock-release/"
CLAIM_AT: Final = b"lock-claim/"
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


def chain_key(name: str) -> bytes:
    """Another chain, by what it is called here."""
    return CHAIN_AT + name.encode()


def chain_name_key(chain_id: bytes) -> bytes:
    """That a chain of this id is known."""
    return CHAIN_NAME_AT + chain_id


def wrapped_key(asset_code: str) -> bytes:
    """What a wrapped asset stands for."""
    return WRAPPED_AT + asset_code.encode()


def lock_key(name: str) -> bytes:
    """Something that is locked here for another chain."""
    return LOCK_AT + name.encode()


def lock_release_key(name: str, number: int) -> bytes:
    """That a release of a lock was proven."""
    return b"%s%b/%b" % (LOCK_RELEASE_AT, name.encode(), number.to_bytes(2, "big"))


def claim_key(chain_name_here: str, lock_name: str) -> bytes:
    """What was claimed here of a lock on another chain."""
    return b"%s%b/%b" % (CLAIM_AT, chain_name_here.encode(), lock_name.encode())
