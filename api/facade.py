"""What the API needs of a node, as a Protocol: the runtime's Node has it, and so have tests' fakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from ledger.chain import Chain
from ledger.genesis import Genesis
from ledger.membership import MemberId
from ledger.proof import CertifiedState
from runtime.node import Check, Status, Submission, View


class Rendered(Protocol):
    """Metrics that can be written out, with figures of the application among them."""

    def show_application(self, rows: Iterable[tuple[str, str, str, str, int]]) -> None:
        """Replace the application's figures: four labels and a value each."""

    def render(self) -> bytes:
        """The text format of Prometheus."""


class Log(Protocol):
    """The part of the structured log that the API writes to."""

    def exception(self, event: str, **fields: object) -> object:
        """Write a line that an operator should see, with the exception being handled."""


class Node(Protocol):
    """A running node. See runtime.node.Node for the contracts of its methods."""

    @property
    def genesis(self) -> Genesis:
        """The genesis of its chain."""

    @property
    def chain(self) -> Chain:
        """Its chain."""

    @property
    def member(self) -> MemberId:
        """Whose node it is."""

    @property
    def metrics(self) -> Rendered:
        """What it counts."""

    @property
    def log(self) -> Log:
        """Where it says what it does."""

    @property
    def is_stopping(self) -> bool:
        """Whether it is about to stop: event streams end, and nobody waits any more."""

    async def submit(self, raws: Sequence[bytes]) -> Sequence[Submission]:
        """Check, admit and pass on transactions; each gets its own answer, in order."""

    def status(self, transaction_id: bytes) -> Status:
        """Where a transaction stands."""

    async def wait(self, transaction_id: bytes, timeout_seconds: float) -> Status:
        """The same, when it is final or the time is over."""

    async def wait_height(self, height: int, timeout_seconds: float) -> int:
        """The head's height, when it is at least `height` or the time is over."""

    def read(self) -> AbstractContextManager[View]:
        """A consistent snapshot, to be opened on the event loop."""

    def prove_state(self, key: bytes) -> CertifiedState | None:
        """Proof of a key's value or absence at the head; None at height 0."""

    def health(self) -> Sequence[Check]:
        """What an operator looks at first."""

    def describe(self) -> Mapping[str, object]:
        """The node's status in plain values."""

    def evidence(self) -> Sequence[bytes]:
        """The encoded proofs of misbehaviour that this node has recorded."""
