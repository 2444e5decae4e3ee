"""What every reading route shares: the node, the snapshot with its headers, parameters, pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic import BeforeValidator, Field

from api.facade import Node
from api.gate import ANSWER_HEADERS
from api.limits import Limits
from api.problems import Problem
from api.query import check_known, decimal
from ledger.block import Header
from ledger.chain import Namespace
from ledger.crypto import DIGEST_BYTES
from ledger.store import INDEX, STATE, Reader

HEIGHT_MAX: Final = 2**62
_MIN_HEIGHT_WAIT_SECONDS: Final = 5.0
_NEAR_HEIGHTS: Final = 1_000
"""How far above the head a height may be to be waited for."""


def node_of(request: Request) -> Node:
    """The node that this application shows."""
    node: Node = request.app.state.node
    return node


def limits_of(request: Request) -> Limits:
    """The application's limits."""
    limits: Limits = request.app.state.limits
    return limits


def only_known_parameters(request: Request) -> None:
    """Refuse query parameters that the route does not have. Raises Problem."""
    route = request.scope["route"]
    assert isinstance(route, APIRoute), "a dependency runs below a route"
    if request.query_params:
        check_known(request.query_params.keys(), _parameters(route))


def _parameters(route: APIRoute) -> frozenset[str]:
    names: set[str] = set()
    todo = [route.dependant]
    while todo:
        dependant = todo.pop()
        names.update(parameter.alias for parameter in dependant.query_params)
        todo.extend(dependant.dependencies)
    return frozenset(names)


NodeOf = Annotated[Node, Depends(node_of)]
LimitsOf = Annotated[Limits, Depends(limits_of)]

AnyHeight = Annotated[int, Field(ge=0, le=HEIGHT_MAX), BeforeValidator(decimal)]
"""A height in a query."""
Limit = Annotated[int, Field(ge=1, le=1_000), BeforeValidator(decimal)]
"""How many rows a page has at most."""
LimitQuery = Annotated[Limit, Query(description="How many rows to give at most.")]
CursorQuery = Annotated[
    str, Query(max_length=512, description="The `next` of the page before; empty for the first.")
]
NamePath = Annotated[
    str, Path(pattern="^[A-Za-z0-9_-]{1,40}$", description="Letters, digits and hyphens.")
]
"""A name in a path."""
MinHeight = Annotated[
    AnyHeight | None,
    Query(description="Answer only from this height on: read your own writes on any node."),
]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One consistent committed state to answer from."""

    reader: Reader
    """All records."""
    header: Header
    """The newest block's header."""

    @property
    def state(self) -> Namespace:
        """The machine's state."""
        return Namespace(self.reader, STATE)

    @property
    def index(self) -> Namespace:
        """The records for reading, derived from the receipts."""
        return Namespace(self.reader, INDEX)


async def open_snapshot(
    request: Request, node: NodeOf, min_height: MinHeight = None
) -> AsyncIterator[Snapshot]:
    """A snapshot for the length of a request; its height and state root go into the headers."""
    if min_height is not None:
        is_near = min_height <= node.chain.head.height + _NEAR_HEIGHTS
        seconds = _MIN_HEIGHT_WAIT_SECONDS if is_near else 0
        reached = await node.wait_height(min_height, seconds)
        if reached < min_height:
            facts = {"height": reached, "min_height": min_height}
            raise Problem("HEIGHT_NOT_REACHED", f"the head is at {reached}", facts)
    with node.read() as view:
        add_height_headers(request, view.header)
        yield Snapshot(view.reader, view.header)


def add_height_headers(request: Request, header: Header) -> None:
    """Say in the answer's headers at which height it is true."""
    request.scope[ANSWER_HEADERS][:] = [
        (b"ledger-height", str(header.height).encode()),
        (b"ledger-state-root", header.state_root.hex().encode()),
    ]


SnapshotOf = Annotated[Snapshot, Depends(open_snapshot, scope="function")]


def parse_hex(text: str, what: str, length: int | None = DIGEST_BYTES) -> bytes:
    """Bytes out of a path or query, of `length` unless that is None. Raises Problem."""
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    if data.hex() != text or not data or (length is not None and len(data) != length):
        size = "" if length is None else f" of {length} bytes"
        raise Problem("BAD_PARAMETER", f"{what}: lower-case hexadecimal{size} was expected")
    return data
