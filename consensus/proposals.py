"""What makes a proposal acceptable before it is executed: author, time, size. Pure; raises Invalid."""

from __future__ import annotations

from consensus.messages import PrePrepare
from ledger.block import BLOCK_BYTES_MAX, Block
from ledger.errors import Invalid
from ledger.transaction import TRANSACTION_BYTES_MAX, Transaction


def check_fresh(message: PrePrepare, business_ms: int, clock_bound_ms: int) -> None:
    """Check what a block must be that nobody has prepared yet. Raises Invalid.

    Its header names the primary that proposes it, and its time is near the voter's clock. A block
    that was prepared before is exempt: an earlier quorum has checked it, in its time.
    """
    header = message.block.header
    if header.proposer != message.primary:
        raise Invalid("BAD_PROPOSER", f"{header.proposer} in a block of {message.primary}")
    skew_ms = header.timestamp_ms - business_ms
    if not -clock_bound_ms <= skew_ms <= clock_bound_ms:
        raise Invalid("BAD_TIME", f"{skew_ms} ms from this node's clock")


def check_size(block: Block) -> None:
    """Check that a block is not larger than blocks may be. Raises Invalid."""
    if sum(map(len, block.transactions)) > BLOCK_BYTES_MAX:
        raise Invalid("TOO_LARGE", f"a block of more than {BLOCK_BYTES_MAX} bytes")


def is_without_excuse(block: Block, overdue: Transaction, block_transactions_max: int) -> bool:
    """Whether a block leaves out a transaction though there was room for it."""
    has_room = (
        len(block.transactions) < block_transactions_max
        and sum(map(len, block.transactions)) + 2 * TRANSACTION_BYTES_MAX < BLOCK_BYTES_MAX
    )
    return has_room and overdue.raw not in block.transactions
