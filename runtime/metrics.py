"""Prometheus metrics of a node, in the field's words; the only door to prometheus_client.

docs/operate/metrics.md documents every one of them, and a test keeps the page true.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

APPLICATION_LABELS: Final = ("figure", "asset", "dimension", "member")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """All metrics of one node, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.height = Gauge("hansa_chain_height", "Height of the newest block.", registry=r)
        self.business_time = Gauge(
            "hansa_chain_business_time_seconds", "Business time of the newest block.", registry=r
        )
        self.view = Gauge("hansa_consensus_view", "View at the current height.", registry=r)
        self.view_changes = Counter(
            "hansa_consensus_view_changes_total", "Views left without a block.", registry=r
        )
        self.is_voting = Gauge(
            "hansa_consensus_voting", "1 when this node may vote, else 0.", registry=r
        )
        self.evidence = Counter(
            "hansa_consensus_evidence_total", "Proofs of misbehaviour recorded.", registry=r
        )
        self.notices = Counter(
            "hansa_consensus_notices_total", "Noteworthy facts, by kind.", ["kind"], registry=r
        )
        self.blocks = Counter("hansa_chain_blocks_total", "Blocks appended.", registry=r)
        self.transactions = Counter(
            "hansa_chain_transactions_total", "Transactions committed.", ["outcome"], registry=r
        )
        self.append_seconds = Histogram(
            "hansa_chain_append_seconds", "Time to store a block durably.", buckets=_SECONDS,
            registry=r,
        )  # fmt: skip
        self.persist_seconds = Histogram(
            "hansa_consensus_persist_seconds", "Time to make a vote durable before it leaves.",
            buckets=_SECONDS, registry=r,
        )  # fmt: skip
        self.block_interval = Histogram(
            "hansa_chain_block_interval_seconds", "Wall time between blocks.", buckets=_SECONDS,
            registry=r,
        )  # fmt: skip
        self.mempool = Gauge(
            "hansa_mempool_transactions", "Transactions that wait for a block.", registry=r
        )
        self.submitted = Counter(
            "hansa_submit_total", "Transactions handed in here, by what came of it.", ["result"],
            registry=r,
        )  # fmt: skip
        self.peers = Gauge("hansa_peers_connected", "Members this node reaches.", registry=r)
        self.dropped_frames = Gauge(
            "hansa_peer_frames_dropped", "Frames dropped because a queue was full.", ["peer"],
            registry=r,
        )  # fmt: skip

        self.application = Gauge(
            "hansa_application_figure", "What the application says of its state, by its own names.",
            APPLICATION_LABELS, registry=r,
        )  # fmt: skip

    def show_application(self, rows: Iterable[tuple[str, str, str, str, int]]) -> None:
        """Replace the application's figures: four labels and a value each."""
        self.application.clear()
        for *labels, value in rows:
            self.application.labels(*labels).set(value)

    def render(self) -> bytes:
        """The text format of Prometheus."""
        return generate_latest(self.registry)
