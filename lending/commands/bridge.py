"""The commands about other Hansa chains and about collateral that is locked on one for use on another.

They are read like those of `lending.commands`, whose table they join. Nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from lending.commands.collateral import SpanMs
from lending.fields import (
    Amount,
    AssetCode,
    Blob,
    Choice,
    Decimals,
    Integer,
    PartyId,
    Slug,
    TermsDigest,
    TimeMs,
)

MembersBytes = Annotated[bytes, Blob(1, 48 * 1024)]
"""The canonical bytes of a membership, as in the other chain's genesis."""
ProofBytes = Annotated[bytes, Blob(1, 48 * 1024)]
"""The canonical bytes of a proof."""
ReleaseNumber = Annotated[int, Integer(1, 65_535)]
"""Which release of a lock."""


@dataclass(frozen=True, slots=True)
class RegisterChain:
    """A quorum of members makes another Hansa chain known: whose certificates are believed."""

    chain: Slug
    """What it is called here; never reused."""
    chain_id: TermsDigest
    """Its chain id: the hash of its genesis."""
    members: MembersBytes
    """Its members with their keys."""
    age_max_ms: SpanMs
    """How old the newest header known of it may be when a lock is claimed."""


@dataclass(frozen=True, slots=True)
class SetChainStatus:
    """A quorum of members stops believing a chain, or believes it again."""

    chain: Slug
    """The chain."""
    status: Annotated[str, Choice(("ACTIVE", "SUSPENDED"))]
    """Whether proofs of it are accepted."""


@dataclass(frozen=True, slots=True)
class AdvanceChain:
    """Anybody shows a newer header of a chain, certified by its members."""

    chain: Slug
    """The chain."""
    proof: ProofBytes
    """The canonical bytes of `[header, certificate]`."""


@dataclass(frozen=True, slots=True)
class RegisterWrappedAsset:
    """A quorum of members names the claims on an asset of another chain that count here until a day."""

    asset: AssetCode
    """What the claims are called here."""
    chain: Slug
    """Where the asset itself lies."""
    origin: AssetCode
    """What it is called there."""
    decimals: Decimals
    """Minor units of one whole unit there, and so here, as a power of ten."""
    use_until_ms: TimeMs
    """Until when it counts as collateral."""
    settle_ms: SpanMs
    """How long after that claims may be released; no lock may end before."""


@dataclass(frozen=True, slots=True)
class LockForChain:
    """The sender locks an asset here, so that it may be collateral on another chain."""

    lock: Slug
    """The lock's name, never reused."""
    asset: AssetCode
    """What."""
    amount: Amount
    """How much."""
    chain: Slug
    """Where it may be claimed."""
    beneficiary: PartyId
    """The borrower there."""
    account: Slug
    """The borrower's collateral account there."""
    until_ms: TimeMs
    """When it comes back by itself, if no proof has moved it."""


@dataclass(frozen=True, slots=True)
class ClaimLock:
    """Borrower or agent proves a lock on another chain, and has it as collateral here."""

    asset: AssetCode
    """The wrapped asset."""
    lock: Slug
    """The lock."""
    account: Slug
    """The collateral account that the lock was made for."""
    proof: ProofBytes
    """The canonical bytes of the proof of the locking transaction."""


@dataclass(frozen=True, slots=True)
class ReleaseLock:
    """The sender gives up a claim here, for whoever is to have the asset on its own chain."""

    asset: AssetCode
    """The wrapped asset."""
    lock: Slug
    """The lock that is released from."""
    amount: Amount
    """How much."""
    to: PartyId
    """Who gets it there."""


@dataclass(frozen=True, slots=True)
class UnlockWithProof:
    """Anybody proves a release on the other chain: what was locked here goes where it says."""

    lock: Slug
    """The lock."""
    number: ReleaseNumber
    """Which of its releases."""
    proof: ProofBytes
    """The canonical bytes of the proof of the releasing transaction."""


@dataclass(frozen=True, slots=True)
class ReclaimLock:
    """The owner takes back what no proof has moved until the lock's end."""

    lock: Slug
    """The lock."""


BridgeCommand = (
    RegisterChain
    | SetChainStatus
    | AdvanceChain
    | RegisterWrappedAsset
    | LockForChain
    | ClaimLock
    | ReleaseLock
    | UnlockWithProof
    | ReclaimLock
)

BRIDGE_COMMANDS: Final = (
    RegisterChain, SetChainStatus, AdvanceChain, RegisterWrappedAsset, LockForChain, ClaimLock,
    ReleaseLock, UnlockWithProof, ReclaimLock,
)  # fmt: skip
"""The commands of this part, in the order of the documentation."""
