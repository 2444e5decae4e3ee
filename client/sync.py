"""HansaClient: the whole SDK for programs that wait; what it decides is in flows.

with HansaClient(["http://127.0.0.1:8801", "http://127.0.0.1:8802"]) as hansa:
status = hansa.execute("acme", Repay("loan-1", 100_00), [signer])
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Self, TypeVar, cast

import httpx

from client import http, pages, proofs, simulation
from client.errors import Unreachable
from client.events import ChainEvent, EventReader
from client.flows import Effect, Flow, Flows, Reply, Status, Submission
from client.pages import Row
from client.resources import resource_path
from client.transactions import LIFETIME_HEIGHTS, Signed, build
from client.wire import Answer, Call, Pause, problem
from ledger import codec
from ledger.crypto import Signer
from ledger.genesis import Genesis
from ledger.receipt import Receipt
from lending.commands import Command

T = TypeVar("T")

WAIT_SECONDS: Final = 30.0
RECONNECT_SECONDS: Final = 0.5


class HansaClient:
    """One chain, through any of its nodes. Not shared between threads."""

    def __init__(
        self,
        base_urls: str | Sequence[str],
        *,
        token: str = "",
        patience: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`patience` is for how many seconds a request is tried again while no node answers."""
        self.urls = http.addresses(base_urls)
        self.flows = Flows(len(self.urls), patience, time.monotonic)
        self._token = token
        self._http = httpx.Client(limits=http.LIMITS, transport=transport, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    # --- writing -----------------------------------------------------------------------------------

    def build(
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
        chain_id, expires_at = self._run(self.flows.horizon(lifetime))
        return build(
            chain_id, sender, command, signers, expires_at=expires_at, salt=salt,
            co_signers=co_signers,
        )  # fmt: skip

    def submit(self, items: Sequence[Signed]) -> list[Submission]:
        """Hand in transactions, each with its own answer. Raises Unreachable, Refused."""
        return self._run(self.flows.submit(items))

    def wait(self, item: Signed, seconds: float = WAIT_SECONDS) -> Status:
        """Wait until a block holds it. Raises Expired, StillPending, Unreachable, Refused."""
        return self._run(self.flows.wait(item, seconds))

    def execute(
        self,
        sender: str,
        command: Command | tuple[str, dict[str, codec.Value]],
        signers: Sequence[Signer],
        *,
        seconds: float = WAIT_SECONDS,
    ) -> Status:
        """Build, sign, hand in, wait, and see that it was applied. Raises RejectedByRule, as wait."""
        return self._run(self.flows.execute(self.build(sender, command, signers), seconds))

    def status(self, transaction_id: bytes) -> Status:
        """Where a transaction stands on the node that answers."""
        return self._run(self.flows.status(transaction_id))

    # --- reading -----------------------------------------------------------------------------------

    def get(
        self, path: str, *, node: int | None = None, **query: str | int
    ) -> Mapping[str, object]:
        """The JSON object of a resource, from any node or from one. Raises Refused, Unreachable."""
        return cast("Mapping[str, object]", self._run(self.flows.get(path, query, node)))

    def rows(self, path: str, **query: str | int) -> Iterator[Row]:
        """Every row of a list, page after page."""
        cursor = ""
        while True:
            page = self._run(pages.fetch(self.flows, path, query, cursor))
            yield from page.rows
            cursor = page.cursor
            if not cursor:
                return

    def describe(self, node: int | None = None) -> Mapping[str, object]:
        """A node's own status."""
        return cast("Mapping[str, object]", self._run(self.flows.describe(node)))

    def is_ready(self, node: int) -> bool:
        """Whether a node says that it takes part; asked once."""
        try:
            response = self._http.get(f"{self.urls[node]}/readyz", timeout=2.0)
        except http.FAILURES:
            return False
        return response.status_code == httpx.codes.OK

    def loans(self, **query: str | int) -> Iterator[Row]:
        """The loan book; `status`, `lender` and `borrower` narrow it."""
        return self.rows("/v1/loans", **query)

    def loan(self, name: str) -> Mapping[str, object]:
        """One loan with its schedule."""
        return self.get(f"/v1/loans/{name}")

    def term_sheet(self, agreement: str) -> Mapping[str, object]:
        """An agreement in plain words, its schedule, and the digest to sign."""
        return self.get(f"/v1/agreements/{agreement}/term-sheet")

    def score(self, party: str, reader: str) -> Mapping[str, object]:
        """A party's score factor by factor, for somebody that may see it. Raises Refused."""
        return self.get(f"/v1/parties/{party}/score", reader=reader)

    def recommendations(self, party: str, reader: str, asset: str) -> Mapping[str, object]:
        """Products for a party with reasons and indicative terms. Raises Refused."""
        return self.get(f"/v1/parties/{party}/recommendations", reader=reader, asset=asset)

    def accounts(self, owner: str) -> Iterator[Row]:
        """The accounts of an owner that are not at zero."""
        return self.rows("/v1/accounts", owner=owner)

    def trial_balance(self, height: int | None = None) -> Mapping[str, object]:
        """The sums of all accounts, now or after an earlier block."""
        query = {} if height is None else {"height": height}
        return self.get("/v1/trial-balance", **query)

    def ledger(self, account: str, **query: int) -> Mapping[str, object]:
        """A page of the ledger of `owner/kind/asset` between `first` and `last`, or times."""
        return self.get(f"/v1/accounts/{account}/ledger", **query)

    def statement(self, party: str, asset: str, **query: int) -> Mapping[str, object]:
        """A page of the statement of a party, desk or pool between `first` and `last`, or times."""
        return self.get(f"/v1/statements/parties/{party}", asset=asset, **query)

    def debts(self, name: str, **query: int) -> Mapping[str, object]:
        """A page of the statement of a loan or facility until `last`, or `last_ms`."""
        return self.get(f"/v1/statements/debts/{name}", **query)

    def accrual(self, loan: str, **query: int) -> Mapping[str, object]:
        """The interest of a loan earned, billed and received up to `day_ms`."""
        return self.get(f"/v1/loans/{loan}/accrual", **query)

    def risk(self) -> Mapping[str, object]:
        """The main figures of risk by currency."""
        return self.get("/v1/monitoring")

    def figures(self, asset: str, dimension: str) -> Iterator[Row]:
        """The figures of risk of a currency by lender, borrower, product, bucket and so on."""
        return self.rows("/v1/monitoring/figures", asset=asset, dimension=dimension)

    def alerts(self) -> Iterator[Row]:
        """Every alert rule and whether its alert is raised."""
        return self.rows("/v1/monitoring/alerts")

    def export(self) -> Iterator[bytes]:
        """The chain as the bytes of an export file, piece by piece. Raises Refused, Unreachable."""
        url = f"{self.urls[self.flows.preferred]}/v1/export"
        try:
            headers = http.headers(Call("GET", url), self._token)
            with self._http.stream("GET", url, headers=headers, timeout=60.0) as response:
                if response.status_code != httpx.codes.OK:
                    response.read()
                    raise problem(http.answer(response))
                yield from response.iter_bytes()
        except http.FAILURES as error:
            raise Unreachable(http.failed(error).reason) from None

    def events(
        self, first: int | None = None, kinds: str = "block,transaction,event"
    ) -> Iterator[ChainEvent]:
        """What happens on the chain, for ever; a cut stream goes on where it stopped, on any node."""
        reader, node = EventReader(first, kinds), 0
        while True:
            try:
                yield from self._stream(reader, self.urls[node % len(self.urls)])
            except http.FAILURES:
                reader.restart()
            node += 1
            time.sleep(RECONNECT_SECONDS)

    def show(self, kind: str, *names: str) -> Mapping[str, object]:
        """One thing of a kind of `client.resources`, by its names. Raises ValueError, as get."""
        return self.get(resource_path(kind, names))

    def every(self, kind: str, *names: str, **query: str | int) -> Iterator[Row]:
        """Every row of a kind of `client.resources`, page after page. Raises ValueError, as rows."""
        return self.rows(resource_path(kind, names), **query)

    def simulate(self, asked: Mapping[str, object]) -> Mapping[str, object]:
        """What would happen; `client.simulation.question` makes what is asked. Raises Refused."""
        return cast("Mapping[str, object]", self._run(simulation.fetch(self.flows, asked)))

    # --- trusting nobody ----------------------------------------------------------------------------

    def genesis(self, genesis_hash: bytes) -> Genesis:
        """The genesis document, which must have the hash that you were told. Raises Invalid."""
        return self._run(proofs.fetch_genesis(self.flows, genesis_hash))

    def verified_receipt(self, genesis: Genesis, transaction_id: bytes) -> Receipt:
        """The receipt, proved by a quorum of the genesis' members. Raises Invalid, Refused."""
        proof = self._run(proofs.fetch_proof(self.flows, transaction_id))
        return proofs.check_proof(genesis, transaction_id, proof)

    # --- carrying out -------------------------------------------------------------------------------

    def _run(self, flow: Flow[T]) -> T:
        reply: Reply = None
        while True:
            try:
                effect = flow.send(reply)
            except StopIteration as done:
                return cast("T", done.value)
            reply = self._perform(effect)

    def _perform(self, effect: Effect) -> Reply:
        if isinstance(effect, Pause):
            time.sleep(effect.seconds)
            return None
        url = self.urls[effect.node or 0] + effect.path
        try:
            response = self._http.request(
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

    def _stream(self, reader: EventReader, base: str) -> Iterator[ChainEvent]:
        call = reader.call()
        headers = {**http.headers(call, self._token), **reader.headers}
        query = http.parameters(call)
        with self._http.stream(
            "GET", base + call.path, params=query, headers=headers, timeout=call.seconds
        ) as response:
            if response.status_code != httpx.codes.OK:
                response.read()
                raise_unless_busy(http.answer(response))
                return
            for line in response.iter_lines():
                event = reader.feed(line)
                if event is not None:
                    yield event


def raise_unless_busy(answer: Answer) -> None:
    """Raise what a node refused for good; that it is busy passes by itself."""
    if answer.status != httpx.codes.SERVICE_UNAVAILABLE:
        raise problem(answer)
