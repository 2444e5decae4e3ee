"""The Python SDK: builds, signs, submits, waits and verifies; it runs no node and trusts none."""

from __future__ import annotations

from client.aio import AsyncHansaClient
from client.errors import (
    ClientError,
    Expired,
    Refused,
    RejectedByRule,
    StillPending,
    Unreachable,
)
from client.events import ChainEvent
from client.flows import Status, Submission
from client.sync import HansaClient
from client.transactions import Signed, add_signatures, build

__all__ = [
    "AsyncHansaClient",
    "ChainEvent",
    "ClientError",
    "Expired",
    "HansaClient",
    "Refused",
    "RejectedByRule",
    "Signed",
    "Status",
    "StillPending",
    "Submission",
    "Unreachable",
    "add_signatures",
    "build",
]
