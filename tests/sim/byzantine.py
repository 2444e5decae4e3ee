"""A byzantine member: an ordinary replica whose messages are bent on their way out."""

from __future__ import annotations

import random

from consensus.messages import Message
from ledger.crypto import Signer
from ledger.membership import MemberId
from tests.sim.ledgers import Book


class Mutator:
    """Bends what one member sends; everything it signs, it signs with its own key."""

    def __init__(
        self, rng: random.Random, member: MemberId, signer: Signer, book: Book
    ) -> None:
        self._rng = rng
        self._member = member
        self._signer = signer
        self._book = book

    def bend(self, message: Message) -> list[Message]:
        """What is sent to one peer in place of a message."""
        return [message]
