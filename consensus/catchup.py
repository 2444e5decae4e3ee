"""Catching up: certified blocks only, one page at a time, from one peer at a time.

What a peer claims is never counted and never believed; it only decides whom to ask. Every block
fetched is verified against the membership in force at its height before it is delivered. A peer
that stays silent, sends something else or lies moves to the end of the line.
"""

from __future__ import annotations

from collections import deque

from consensus.messages import Blocks, FetchBlocks, check_parent_certificate
from consensus.ports import Ledger
from consensus.settings import BLOCKS_PAGE_BYTES_MAX, BLOCKS_PER_PAGE_MAX, ConsensusSettings
from ledger import codec
from ledger.certificate import CertifiedBlock
from ledger.errors import Invalid
from ledger.membership import Height, MemberId
from ledger.transaction import ChainId


def serve(ledger: Ledger, request: FetchBlocks) -> Blocks:
    """The page of certified blocks that begins where a peer asks; empty if there is none."""
    page: list[bytes] = []
    size = 0
    for height in range(request.from_height, request.from_height + BLOCKS_PER_PAGE_MAX):
        certified = ledger.certified(Height(height))
        if certified is None:
            break
        data = codec.encode_array(certified.to_value())
        size += len(data)
        if page and size > BLOCKS_PAGE_BYTES_MAX:
            break
        page.append(data)
    return Blocks(tuple(page))


class CatchUp:
    """What one replica knows of others being ahead, and what it has asked for."""

    def __init__(self, settings: ConsensusSettings) -> None:
        self._settings = settings
        self._claims: dict[MemberId, Height] = {}
        self._failures: dict[MemberId, int] = {}
        self._ask_from_ms = 0
        self._asked: tuple[MemberId, Height, int] | None = None
        self._page: deque[CertifiedBlock] = deque()
        self._source: MemberId | None = None

    def note(self, peer: MemberId, height: Height, head: Height, now_ms: int) -> None:
        """A peer gave reason to think that its chain reaches `height`."""
        if height <= head:
            self._claims.pop(peer, None)
            return
        if not self._claims:
            self._ask_from_ms = now_ms + self._settings.catchup_delay_ms
        self._claims[peer] = height

    def advanced(self, head: Height, now_ms: int) -> None:
        """The chain grew to `head`. If it grew by votes, the wait before asking begins again."""
        self._claims = {peer: top for peer, top in self._claims.items() if top > head}
        if not self._page:
            self._ask_from_ms = now_ms + self._settings.catchup_delay_ms
        while self._page and self._page[0].block.height <= head:
            self._page.popleft()

    def next_request(self, head: Height, now_ms: int) -> tuple[MemberId, FetchBlocks] | None:
        """Whom to ask now, if anybody: no request is open, nothing is in hand, patience is over."""
        if self._asked is not None or self._page or not self._claims:
            return None
        if now_ms < self._ask_from_ms:
            return None
        peer = min(self._claims, key=lambda name: (self._failures.get(name, 0), name))
        wanted = Height(head + 1)
        self._asked = (peer, wanted, now_ms + self._settings.fetch_timeout_ms)
        return peer, FetchBlocks(wanted)

    def overdue(self, now_ms: int) -> MemberId | None:
        """The peer asked that has not answered in time; it is struck off and another is asked."""
        if self._asked is None or now_ms < self._asked[2]:
            return None
        peer = self._asked[0]
        self.failed(peer, now_ms)
        return peer

    def receive(
        self, sender: MemberId, message: Blocks, chain_id: ChainId, head: Height, now_ms: int
    ) -> None:
        """Take the page that was asked for. Raises Invalid; then the sender has failed.

        A page that nobody waits for, or not any more, is passed over.
        """
        if self._asked is None or self._asked[0] != sender:
            return
        wanted = self._asked[1]
        self._asked = None
        try:
            page = _read_page(message, chain_id, wanted)
        except Invalid:
            self.failed(sender, now_ms)
            raise
        self._page = deque(item for item in page if item.block.height > head)
        self._source = sender

    def next_block(self, head: Height) -> tuple[MemberId, CertifiedBlock] | None:
        """The block after the head out of the page in hand, not verified yet."""
        if not self._page or self._source is None:
            return None
        if self._page[0].block.height != head + 1:
            self._page.clear()
            return None
        return self._source, self._page[0]

    def failed(self, peer: MemberId, now_ms: int) -> None:
        """A peer did not keep what it claimed: forget its claim, its page, and ask it last."""
        self._ask_from_ms = now_ms + self._settings.catchup_delay_ms
        self._failures[peer] = self._failures.get(peer, 0) + 1
        self._claims.pop(peer, None)
        self._page.clear()
        self._asked = None

    def deadline_ms(self) -> int | None:
        """When something is to be done here."""
        if self._asked is not None:
            return self._asked[2]
        return self._ask_from_ms if self._claims and not self._page else None


def _read_page(message: Blocks, chain_id: ChainId, wanted: Height) -> list[CertifiedBlock]:
    """The blocks of a page: consecutive from the height asked for, at least one. Raises Invalid."""
    page = [CertifiedBlock.from_value(chain_id, codec.decode(data)) for data in message.blocks]
    for certified in page:
        check_parent_certificate(certified.block, certified.parent_certificate)
    heights = [certified.block.height for certified in page]
    if not page or heights != list(range(wanted, wanted + len(page))):
        raise Invalid("NO_BLOCKS", f"a page of consecutive blocks from {wanted} was asked for")
    return page
