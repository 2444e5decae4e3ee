"""The words of failure of a client: each says whether the thing asked for can still happen.

Definite: it did not happen and will not. Indefinite: ask by the id of the transaction; sending
it again is always safe, because the chain takes each id once.
"""

from __future__ import annotations


class ClientError(Exception):
    """Something that was asked of a node did not come about."""

    is_definite: bool = False
    """Whether it is sure that it did not and will not happen."""


class Unreachable(ClientError):
    """No node gave an answer in time; what was sent may or may not have arrived."""


class StillPending(ClientError):
    """The time to wait was over before the transaction was in a block."""

    def __init__(self, transaction_id: bytes, seconds: float) -> None:
        super().__init__(f"{transaction_id.hex()}: not in a block after {seconds:g} s")
        self.transaction_id = transaction_id


class Refused(ClientError):
    """A node said no, with the problem document of RFC 9457."""

    def __init__(
        self, status: int, code: str, detail: str, *, definite: bool, facts: object = None
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.status = status
        self.code = code
        self.detail = detail
        self.is_definite = definite
        self.facts = facts


class Expired(ClientError):
    """The transaction's last height has passed without it: it can never be in a block."""

    is_definite = True

    def __init__(self, transaction_id: bytes) -> None:
        super().__init__(f"{transaction_id.hex()}: expired")
        self.transaction_id = transaction_id


class RejectedByRule(ClientError):
    """The transaction is in a block, and a rule of lending said no; the receipt has the reason."""

    is_definite = True

    def __init__(self, transaction_id: bytes, code: str, facts: dict[str, object]) -> None:
        figures = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{code} ({figures})" if figures else code)
        self.transaction_id = transaction_id
        self.code = code
        self.facts = facts
