"""What may go wrong in one run of the simulator, drawn from its seed and printed with it."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass

from consensus.settings import ConsensusSettings


@dataclass(frozen=True, slots=True)
class Options:
    """The shape of one run."""

    seed: int
    """Everything else follows from it."""
    members: int
    """How many members."""
    ledger: str
    """`fake`: a list and a hash. `chain`: `ledger.chain.Chain` with a store in memory."""
    crypto: str
    """`cheap`: hashes for signatures. `real`: Ed25519."""
    byzantine: str
    """`none`, `twin` (one member runs twice) or `mutator` (one member sends anything)."""
    encoded: bool
    """Whether messages go through their bytes."""
    loss_permille: int
    """How many of a thousand messages are lost while anything may break."""
    duplicate_permille: int
    """How many arrive twice."""
    late_permille: int
    """How many are up to two seconds late, behind many younger ones."""
    delay_ms: int
    """The usual delay is between 1 and this."""
    partition_permille: int
    """The chance of a new partition in every tenth of a second."""
    crash_permille: int
    """The chance of a crash in every tenth of a second; a tenth of it is a crash of all."""
    crash_in_step_permille: int
    """The chance of a crash in the middle of an output: before or after persisting, sending..."""
    amnesia_permille: int
    """The chance that a crash makes a disk lose its last blocks or everything, on at most f hosts,
    the byzantine included."""
    skew_ms: int
    """How far clocks are apart at most, in either direction."""
    transaction_every_ms: int
    """The mean time between two transactions."""
    batch_delay_ms: int
    """The replicas' batch delay."""
    chaos_ms: int
    """How long anything may break."""

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in asdict(self).items())

    @property
    def settings(self) -> ConsensusSettings:
        """The replicas' settings: everything quicker than in life."""
        return ConsensusSettings(
            base_timeout_ms=400, timeout_cap_ms=3_000, idle_interval_ms=1_000,
            batch_delay_ms=self.batch_delay_ms, status_interval_ms=400, fetch_timeout_ms=300,
            catchup_delay_ms=50, suspect_after_ms=2_000, clock_bound_ms=2_000,
            block_transactions_max=4, pool_transactions_max=64,
        )  # fmt: skip


def draw(seed: int, *, ledger: str | None = None, crypto: str | None = None) -> Options:
    """The options of a seed; a ledger or crypto asked for replaces the one drawn."""
    rng = random.Random(f"options {seed}")
    members = rng.choices((1, 2, 3, 4, 5, 6, 7), (1, 1, 2, 24, 3, 2, 3))[0]
    calm = rng.random() < 0.1
    byzantine = rng.choices(("none", "twin", "mutator"), (3, 3, 4))[0]
    drawn_ledger = rng.choices(("fake", "chain"), (9, 1))[0]
    drawn_crypto = rng.choices(("cheap", "real"), (24, 1))[0]
    return Options(
        seed=seed,
        members=members,
        ledger=ledger or drawn_ledger,
        crypto=crypto or drawn_crypto,
        byzantine=byzantine if members >= 4 else "none",
        encoded=rng.random() < 0.2,
        loss_permille=0 if calm else rng.choice((0, 0, 20, 100, 300)),
        duplicate_permille=0 if calm else rng.choice((0, 20, 200)),
        late_permille=0 if calm else rng.choice((0, 10, 100)),
        delay_ms=rng.choice((5, 20, 20, 60, 200)),
        partition_permille=0 if calm else rng.choice((0, 20, 60, 150)),
        crash_permille=0 if calm else rng.choice((0, 20, 60)),
        crash_in_step_permille=0 if calm else rng.choice((0, 1, 10)),
        amnesia_permille=0 if calm else rng.choice((0, 0, 300)),
        skew_ms=rng.choice((0, 0, 100, 500, 5_000)),
        transaction_every_ms=rng.choice((50, 200, 200, 1_000, 5_000)),
        batch_delay_ms=rng.choice((0, 0, 20)),
        chaos_ms=rng.choice((2_000, 4_000, 8_000)),
    )
