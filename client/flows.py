"""How a client gets its way: which node to ask next, when to try again, when to give up. No I/O.

A flow is a generator: it yields a Call or a Pause and is sent what came of it. The sync and the
async client only carry these out, so both retry, wait and fail in the same way.

Trying again is always safe: a transaction is taken once per id, whatever node it reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from client.errors import ClientError, Expired, Refused, RejectedByRule, StillPending, Unreachable
from client.transactions import LIFETIME_HEIGHTS, Signed
from client.values import from_json
from client.wire import (
    BATCH_MAX,
    HEIGHT_HEADER,
    RETRIABLE,
    Answer,
    Call,
    Failed,
    Pause,
    member_of,
    number_of,
    problem,
    submit_call,
    text_of,
)
from ledger.receipt import Applied, Outcome, Rejected
from ledger.transaction import ChainId

T = TypeVar("T")
Effect = Call | Pause
Reply = Answer | Failed | None
Flow = Generator[Effect, Reply, T]

POLL_SECONDS: Final = 20
PAUSE_SECONDS: Final = 0.1
PAUSE_SECONDS_MAX: Final = 2.0
BATCH_BYTES_MAX: Final = 4 * 1024 * 1024
FULL: Final = frozenset({"POOL_FULL", "TOO_MANY_SENDERS", "MADE_ROOM", "OVERLOADED"})
"""Refusals that pass by themselves: too much waits at the node."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a node said when it was given a transaction."""

    transaction_id: bytes | None
    """The id; None when the node could not read the transaction."""
    state: str
    """pending, committed or refused."""
    code: str = ""
    """Why it was refused."""
    detail: str = ""
    """The same for people."""
    is_definite: bool = True
    """Whether a refusal means that it did not and will not happen."""


@dataclass(frozen=True, slots=True)
class Status:
    """Where a transaction stands."""

    transaction_id: bytes
    """The id."""
    state: str
    """unknown, pending, committed or expired."""
    height: int | None
    """The block that holds it."""
    index: int | None
    """Its place in the block."""
    outcome: Outcome | None
    """What came of it."""


class Flows:
    """The flows of one client, and what it has learned of its nodes so far."""

    def __init__(self, nodes: int, patience: float, monotonic: Callable[[], float]) -> None:
        if nodes < 1:
            raise ValueError("a client needs at least one node")
        self.nodes = nodes
        self.patience = patience
        self.monotonic = monotonic
        self.preferred = 0
        self.height = 0
        self.chain_id: ChainId | None = None

    # --- one request -------------------------------------------------------------------------------

    def ask(self, call: Call) -> Flow[Answer]:
        """Ask until an answer comes. Raises Refused, Unreachable."""
        deadline = self.monotonic() + self.patience
        pause, attempt = PAUSE_SECONDS, 0
        while True:
            node = (self.preferred + attempt) % self.nodes if call.node is None else call.node
            reply = yield replace(call, node=node)
            if isinstance(reply, Answer):
                self._note(reply)
                if reply.status < 400:
                    if call.node is None:
                        self.preferred = node
                    return reply
                if reply.status not in RETRIABLE:
                    raise problem(reply)
            if self.monotonic() >= deadline:
                raise _gave_up(reply)
            attempt += 1
            if call.node is not None or attempt % self.nodes == 0:
                yield Pause(pause)
                pause = min(2 * pause, PAUSE_SECONDS_MAX)

    def get(self, path: str, query: dict[str, str | int], node: int | None = None) -> Flow[object]:
        """The JSON of a resource."""
        answer = yield from self.ask(Call("GET", path, query, node=node))
        return answer.json()

    def _note(self, answer: Answer) -> None:
        height = answer.headers.get(HEIGHT_HEADER, "")
        if height.isdecimal():
            self.height = max(self.height, int(height))

    # --- the chain ---------------------------------------------------------------------------------

    def describe(self, node: int | None = None) -> Flow[object]:
        """A node's own status; the chain's id and height are kept."""
        value = yield from self.get("/v1/node", {}, node)
        try:
            identity = ChainId(bytes.fromhex(text_of(value, "chain_id")))
        except ValueError:
            raise ClientError("the node's chain id is no hexadecimal") from None
        if self.chain_id not in (None, identity):
            raise Refused(
                200, "OTHER_CHAIN", f"the node is of chain {identity.hex()}", definite=True
            )
        self.chain_id = identity
        self.height = max(self.height, number_of(value, "height"))
        return value

    def horizon(self, lifetime: int = LIFETIME_HEIGHTS) -> Flow[tuple[ChainId, int]]:
        """The chain, and the last height for a transaction that is built now."""
        if self.chain_id is None or self.height == 0:
            yield from self.describe()
        assert self.chain_id is not None, "describe sets it"
        return self.chain_id, self.height + lifetime

    # --- writing -----------------------------------------------------------------------------------

    def submit(self, items: Sequence[Signed], node: int | None = None) -> Flow[list[Submission]]:
        """Hand in transactions; each gets its own answer. Those a full node refused come again."""
        answers: dict[int, Submission] = {}
        waiting = list(range(len(items)))
        deadline, pause = self.monotonic() + self.patience, PAUSE_SECONDS
        while True:
            for chunk in _chunks(waiting, items):
                given = yield from self._submit_once([items[i].raw for i in chunk], node)
                answers.update(zip(chunk, given, strict=True))
            waiting = [i for i in waiting if answers[i].code in FULL]
            if not waiting or self.monotonic() >= deadline:
                return [answers[i] for i in range(len(items))]
            yield Pause(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)

    def _submit_once(self, raws: Sequence[bytes], node: int | None) -> Flow[list[Submission]]:
        answer = yield from self.ask(submit_call(raws, node))
        rows = member_of(answer.json(), "results")
        if not isinstance(rows, list) or len(rows) != len(raws):
            raise ClientError("the node's answer is not one row per transaction")
        return [_submission(row) for row in rows]

    def status(self, transaction_id: bytes, seconds: int = 0) -> Flow[Status]:
        """Where a transaction stands, at the latest after `seconds`. Raises Refused."""
        query: dict[str, str | int] = {"wait": "commit", "timeout": seconds} if seconds else {}
        path = f"/v1/transactions/{transaction_id.hex()}"
        try:
            answer = yield from self.ask(Call("GET", path, query, seconds=seconds + 10.0))
        except Refused as error:
            if error.status == 404:
                return Status(transaction_id, "unknown", None, None, None)
            raise
        return read_status(answer.json())

    def wait(self, item: Signed, seconds: float) -> Flow[Status]:
        """Wait until a block holds it; hand it in again where it got lost.

        Raises Expired, StillPending, and what asking raises.
        """
        deadline = self.monotonic() + seconds
        while True:
            left = deadline - self.monotonic()
            status = yield from self.status(item.id, max(1, min(POLL_SECONDS, int(left))))
            if status.state == "committed":
                return status
            if status.state == "expired" or self.height > item.expires_at:
                raise Expired(item.id)
            if self.monotonic() >= deadline:
                raise StillPending(item.id, seconds)
            if status.state == "unknown":
                yield Pause(PAUSE_SECONDS)
            self.preferred = (self.preferred + 1) % self.nodes
            yield from self.submit([item])

    def execute(self, item: Signed, seconds: float) -> Flow[Status]:
        """Hand in, wait, and see that it was applied. Raises RejectedByRule, Refused, as wait."""
        (submission,) = yield from self.submit([item])
        if submission.state == "refused":
            raise Refused(422, submission.code, submission.detail, definite=submission.is_definite)
        status = yield from self.wait(item, seconds)
        if isinstance(status.outcome, Rejected):
            raise RejectedByRule(item.id, status.outcome.code, dict(status.outcome.facts))
        return status


def read_status(value: object) -> Status:
    """A status from the JSON of a node. Raises ClientError."""
    height, index = member_of(value, "height"), member_of(value, "index")
    return Status(
        bytes.fromhex(text_of(value, "transaction_id")),
        text_of(value, "state"),
        height if isinstance(height, int) else None,
        index if isinstance(index, int) else None,
        _outcome(member_of(value, "outcome")),
    )


def read_events(rows: object) -> tuple[tuple[str, dict[str, object]], ...]:
    """Events of a receipt from the JSON of a node. Raises ClientError."""
    if not isinstance(rows, list):
        raise ClientError("the node's events are no list")
    return tuple((text_of(row, "name"), from_json(member_of(row, "fields"))) for row in rows)


def _outcome(value: object) -> Outcome | None:
    if value is None:
        return None
    if text_of(value, "status") == "applied":
        return Applied(read_events(member_of(value, "events")))
    return Rejected(text_of(value, "code"), from_json(member_of(value, "facts")))


def _submission(row: object) -> Submission:
    identifier = member_of(row, "transaction_id")
    known = bytes.fromhex(identifier) if isinstance(identifier, str) else None
    state = text_of(row, "state")
    if state != "refused":
        return Submission(known, state)
    definite = member_of(row, "definite") is True
    return Submission(known, state, text_of(row, "code"), text_of(row, "detail"), definite)


def _chunks(indexes: Sequence[int], items: Sequence[Signed]) -> list[list[int]]:
    """Requests of bounded count and size."""
    chunks: list[list[int]] = []
    size = 0
    for index in indexes:
        length = len(items[index].raw)
        if not chunks or len(chunks[-1]) == BATCH_MAX or size + length > BATCH_BYTES_MAX:
            chunks.append([])
            size = 0
        chunks[-1].append(index)
        size += length
    return chunks


def _gave_up(reply: Reply) -> ClientError:
    if isinstance(reply, Answer):
        return problem(reply)
    reason = reply.reason if isinstance(reply, Failed) else "no answer"
    return Unreachable(f"no node answered: {reason}")
