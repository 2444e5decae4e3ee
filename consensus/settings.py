"""Every number of the protocol: named maxima and timeouts; not the node's settings file (runtime).

The maxima are the same on every node and part of docs/develop/protocol.md. The settings may
differ from node to node without harm to safety.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MESSAGE_BYTES_MAX: Final = 8 * 1024 * 1024
"""A NEW-VIEW with a full block and the view changes of 64 members fits."""
FUTURE_HEIGHTS_MAX: Final = 2
"""How far above the height in progress a message is kept for later."""
VIEW_WINDOW: Final = 8
"""How many views below and above the own one votes are kept for."""
PROPOSALS_MAX: Final = 4
"""How many proposals of one height are remembered for a late COMMIT quorum."""
TRANSACTIONS_PER_MESSAGE_MAX: Final = 1_000
"""How many transactions one gossip message holds."""
TRANSACTIONS_MESSAGE_BYTES_MAX: Final = 1024 * 1024
"""How many bytes of transactions a node puts into one gossip message."""
BLOCKS_PER_PAGE_MAX: Final = 64
"""How many certified blocks one catch-up answer holds."""
BLOCKS_PAGE_BYTES_MAX: Final = 4 * 1024 * 1024
"""A page ends before this many bytes, but always holds one block."""
CERTIFICATES_REMEMBERED_MAX: Final = 256
"""How many verified prepared certificates are remembered, so that none is verified twice."""
VIEW_MAX: Final = 2**63 - 1
"""The last view there is; nobody arrives there."""
DOUBLINGS_MAX: Final = 20
"""A timeout doubles at most this often, whatever the cap."""


@dataclass(frozen=True, slots=True)
class ConsensusSettings:
    """How patient this replica is and how much it holds."""

    base_timeout_ms: int = 2_000
    """How long view 0 may take from the moment something is expected of its primary."""
    timeout_cap_ms: int = 30_000
    """The timeout doubles per view up to this."""
    idle_interval_ms: int = 5_000
    """After so long without a block the primary proposes one, empty if need be."""
    batch_delay_ms: int = 0
    """How long the primary waits for company after the first transaction."""
    status_interval_ms: int = 1_000
    """How often the round state is told to all peers."""
    fetch_timeout_ms: int = 2_000
    """How long a peer may take to answer a request for blocks."""
    catchup_delay_ms: int = 200
    """How long a replica hopes for the votes before it asks for the certified block."""
    suspect_after_ms: int = 10_000
    """How old a transaction may grow before a proposal without it discredits its primary."""
    amnesia_patience_ms: int = 15_000
    """How long a replica that forgot what it signed waits for a chain that stands still."""
    clock_bound_ms: int = 10_000
    """How far a fresh block's time may be from the voter's, in business milliseconds."""
    block_transactions_max: int = 2_000
    """How many transactions this node puts into a block that it proposes."""
    block_bytes_max: int = 2 * 1024 * 1024
    """How many bytes of transactions this node puts into a block that it proposes."""
    pool_transactions_max: int = 50_000
    """How many transactions wait at most."""
    pool_bytes_max: int = 64 * 1024 * 1024
    """How many bytes of transactions wait at most."""
    pool_senders_max: int = 1_024
    """How many different senders have transactions waiting at most."""
