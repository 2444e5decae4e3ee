"""AsyncHansaClient: the same SDK for programs with much under way at once; it decides nothing either.

What it lacks of HansaClient's reading methods is one `get` or `rows` away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Self, TypeVar, cast

import httpx

from client import http, pages, proofs, simulation
from client.events import ChainEvent, EventReader
from client.flows import Effect, Flow, Flows, Reply, Status, Submission
from client.pages import Row
from client.resources import resource_path
from client.sync import RECONNECT_SECONDS, WAIT_SECONDS, raise_unless_busy
from client.transactions import LIFETIME_HEIGHTS, Signed, build
from client.wire import Pause
from ledger import codec
from ledger.crypto import Signer
from ledger.genesis import Genesis
from ledger.receipt import Receipt
from lending.commands import Command

T = TypeVar("T")


class AsyncHansaClient:
    """One chain, through any of its nodes, from one event loop."""

    def __init__(
        self,
        base_urls: str | Sequence[str],
        *,
        token: str = "",
        patience: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`patience` is for how many seconds a request is tried again while no node answers."""
        self.urls = http.addresses(base_urls)
        self.flows = Flows(len(self.urls), patience, time.monotonic)
        self._token = token
        self._http = httpx.AsyncClient(limits=http.LIMITS, transport=transport, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def build(
        self,
        sender: str,
        command: Command | tuple[str, dict[str, codec.Value]],
        signers: Sequence[Signer],
        *,
        lifetime: int = LIFETIME_HEIGHTS,
        salt: bytes | None = None,
        co_signers: Sequence[bytes] = (),
    ) -> Signed:
        """A signed transaction that may wait for `lifetime` more blocks; nothing is sent yet.

        `co_signers` are the keys of those who sign it later.
        """
        chain_id, expires_at = await self._run(self.flows.horizon(lifetime))
        return build(
            chain_id, sender, command, signers, expires_at=expires_at, salt=salt,
            co_signers=co_signers,
        )  # fmt: skip

    async def submit(self, items: Sequence[Signed], node: int | None = None) -> list[Submission]:
        """Hand in transactions, to any node or to one. Raises Unreachable, Refused."""
        return await self._run(self.flows.submit(items, node))

    async def wait(self, item: Signed, seconds: float = WAIT_SECONDS) -> Status:
        """Wait until a block holds it. Raises Expired, StillPending, Unreachable, Refused."""
        return await self._run(self.flows.wait(item, seconds))

    async def execute(
        self,
        sender: str,
        command: Command | tuple[str, dict[str, codec.Value]],
        signers: Sequence[Signer],
        *,
        seconds: float = WAIT_SECONDS,
    ) -> Status:
        """Build, sign, hand in, wait, and see that it was applied. Raises RejectedByRule, as wait."""
        item = await self.build(sender, command, signers)
        return await self._run(self.flows.execute(item, seconds))

    async def status(self, transaction_id: bytes) -> Status:
        """Where a transaction stands on the node that answers."""
        return await self._run(self.flows.status(transaction_id))

    async def get(
        self, path: str, *, node: int | None = None, **query: str | int
    ) -> Mapping[str, object]:
        """The JSON object of a resource, from any node or from one. Raises Refused, Unreachable."""
        return cast("Mapping[str, object]", await self._run(self.flows.get(path, query, node)))

    async def rows(self, path: str, **query: str | int) -> AsyncIterator[Row]:
        """Every row of a list, page after page."""
        cursor = ""
        while True:
            page = await self._run(pages.fetch(self.flows, path, query, cursor))
            for row in page.rows:
                yield row
            cursor = page.cursor
            if not cursor:
                return

    async def term_sheet(self, agreement: str) -> Mapping[str, object]:
        """An agreement in plain words, its schedule, and the digest to sign."""
        return await self.get(f"/v1/agreements/{agreement}/term-sheet")

    async def score(self, party: str, reader: str) -> Mapping[str, object]:
        """A party's score factor by factor, for somebody that may see it. Raises Refused."""
        return await self.get(f"/v1/parties/{party}/score", reader=reader)

    async def recommendations(self, party: str, reader: str, asset: str) -> Mapping[str, object]:
        """Products for a party with reasons and indicative terms. Raises Refused."""
        path = f"/v1/parties/{party}/recommendations"
        return await self.get(path, reader=reader, asset=asset)

    async def describe(self, node: int | None = None) -> Mapping[str, object]:
        """A node's own status."""
        return cast("Mapping[str, object]", await self._run(self.flows.describe(node)))

    async def show(self, kind: str, *names: str) -> Mapping[str, object]:
        """One thing of a kind of `client.resources`, by its names. Raises ValueError, as get."""
        return await self.get(resource_path(kind, names))

    def every(self, kind: str, *names: str, **query: str | int) -> AsyncIterator[Row]:
        """Every row of a kind of `client.resources`, page after page. Raises ValueError, as rows."""
        return self.rows(resource_path(kind, names), **query)

    async def simulate(self, asked: Mapping[str, object]) -> Mapping[str, object]:
        """What would happen; `client.simulation.question` makes what is asked. Raises Refused."""
        found = await self._run(simulation.fetch(self.flows, asked))
        return cast("Mapping[str, object]", found)

    async def genesis(self, genesis_hash: bytes) -> Genesis:
        """The genesis document, which must have the hash that you were told. Raises Invalid."""
        return await self._run(proofs.fetch_genesis(self.flows, genesis_hash))

    async def verified_receipt(self, genesis: Genesis, transaction_id: bytes) -> Receipt:
        """The receipt, proved by a quorum of the genesis' members. Raises Invalid, Refused."""
        proof = await self._run(proofs.fetch_proof(self.flows, transaction_id))
        return proofs.check_proof(genesis, transaction_id, proof)

    async def events(
        self, first: int | None = None, kinds: str = "block,transaction,event"
    ) -> AsyncIterator[ChainEvent]:
        """What happens on the chain, for ever; a cut stream goes on where it stopped, on any node."""
        reader, node = EventReader(first, kinds), 0
        while True:
            try:
                async for event in self._stream(reader, self.urls[node % len(self.urls)]):
                    yield event
            except http.FAILURES:
                reader.restart()
            node += 1
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _run(self, flow: Flow[T]) -> T:
        reply: Reply = None
        while True:
            try:
                effect = flow.send(reply)
            except StopIteration as done:
                return cast("T", done.value)
            reply = await self._perform(effect)

    async def _perform(self, effect: Effect) -> Reply:
        if isinstance(effect, Pause):
            await asyncio.sleep(effect.seconds)
            return None
        url = self.urls[effect.node or 0] + effect.path
        try:
            response = await self._http.request(
                effect.method,
                url,
                params=http.parameters(effect),
                content=effect.body or None,
                headers=http.headers(effect, self._token),
                timeout=effect.seconds,
            )
        except http.FAILURES as error:
            return http.failed(error)
        return http.answer(response)

    async def _stream(self, reader: EventReader, base: str) -> AsyncIterator[ChainEvent]:
        call = reader.call()
        headers = {**http.headers(call, self._token), **reader.headers}
        query = http.parameters(call)
        async with self._http.stream(
            "GET", base + call.path, params=query, headers=headers, timeout=call.seconds
        ) as response:
            if response.status_code != httpx.codes.OK:
                await response.aread()
                raise_unless_busy(http.answer(response))
                return
            async for line in response.aiter_lines():
                event = reader.feed(line)
                if event is not None:
                    yield event
