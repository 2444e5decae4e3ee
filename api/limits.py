"""How much one client may ask of a node, in one table; the checks stand where the figures are used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the HTTP side. They protect the consensus from the web, not fairness among readers."""

    requests_max: int = 1_024
    """Requests under way at once, long polls included; more get 503."""
    connections_max: int = 2_048
    """Open connections; more get 503 and are closed."""
    subscribers_max: int = 64
    """Event streams open at once."""
    exports_max: int = 2
    """Exports under way at once."""
    header_bytes_max: int = 16 * 1024
    """All header lines of a request together."""
    headers_max: int = 64
    """Header lines of a request."""
    url_bytes_max: int = 4 * 1024
    """Path and query of a request."""
    transaction_body_max: int = 256 * 1024
    """Body of one transaction: four times its wire form, for JSON writes bytes as hexadecimal."""
    batch_body_max: int = 8 * 1024 * 1024
    """Body of a batch."""
    batch_transactions_max: int = 1_000
    """Transactions in a batch."""
    simulations_max: int = 2
    """Simulations under way at once."""
    simulation_seconds: float = 10.0
    """How long one simulation may take, the making of an earlier state included."""
    head_seconds: float = 10.0
    """From the first byte of a request to the last of its headers."""
    body_seconds: float = 15.0
    """From the last header to the last byte of the body."""
    wait_seconds_max: int = 60
    """The longest that a request may wait for a commit."""
    heartbeat_seconds: float = 15.0
    """Silence on an event stream after which a comment is sent."""


LIMITS = Limits()
"""What a node uses; tests shorten the times."""
