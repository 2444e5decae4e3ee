"""/v1/node, /healthz, /readyz, /metrics, /v1/problems: what operators and their tools ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import PlainTextResponse, Response

from api.facade import Node
from api.monitoring import gauges
from api.pages import page_of
from api.problems import KINDS, Problem
from api.reading import (
    AnyHeight,
    CursorQuery,
    LimitQuery,
    NodeOf,
    Snapshot,
    add_height_headers,
)
from api.schemas import FailedCheck, HealthModel, NodeModel, Page, ProblemKind
from runtime.node import Check

router = APIRouter(tags=["node"])
"""Open to readers who may be asked for a token."""
open_router = APIRouter(tags=["node"])
"""Open to probes, which have none."""

METRICS_MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_VITAL: Final = frozenset({"replica"})
"""The checks that only a restart or an operator mends; the others say that a node is not ready."""

Verbose = Annotated[str | None, Query(max_length=4, description="Give one line per check.")]
MinPeers = Annotated[
    AnyHeight | None, Query(description="Fail when fewer other members are reachable.")
]


@router.get("/v1/node", operation_id="get_node", summary="How this node stands")
async def get_node(request: Request, node: NodeOf) -> NodeModel:
    """Member, height, view, peers, mempool, and whether the node votes, with the reason if not."""
    add_height_headers(request, node.chain.head.header)
    return NodeModel.model_validate(dict(node.describe()))


@open_router.get(
    "/healthz",
    operation_id="get_health",
    summary="Whether the process works",
    response_model=HealthModel,
    responses={503: {"model": HealthModel, "description": "The replica has halted."}},
)
async def get_health(node: NodeOf, verbose: Verbose = None) -> Response:
    """503 only when the node needs a restart or its operator; see /readyz for the rest."""
    checks = [check for check in node.health() if check.name in _VITAL]
    return _health(node, checks, is_verbose=verbose is not None)


@open_router.get(
    "/readyz",
    operation_id="get_readiness",
    summary="Whether the node takes part",
    response_model=HealthModel,
    responses={503: {"model": HealthModel, "description": "The checks that fail."}},
)
async def get_readiness(
    node: NodeOf,
    verbose: Verbose = None,
    min_peers: MinPeers = None,
    exclude: Annotated[
        str | None, Query(max_length=200, description="Names of checks to leave out, by comma.")
    ] = None,
) -> Response:
    """Whether to send requests here, with the reasons if not."""
    left_out = frozenset((exclude or "").split(","))
    checks = [check for check in node.health() if check.name not in left_out]
    if min_peers is not None:
        checks.append(_peers_check(node, min_peers))
    return _health(node, checks, is_verbose=verbose is not None)


@router.get(
    "/metrics",
    operation_id="get_metrics",
    summary="Prometheus metrics",
    response_class=PlainTextResponse,
)
async def get_metrics(node: NodeOf) -> Response:
    """All metrics, as docs/operate/metrics.md lists them; those of risk as of the newest block."""
    with node.read() as view:
        node.metrics.show_application(gauges(Snapshot(view.reader, view.header).state))
    return Response(node.metrics.render(), media_type=METRICS_MEDIA_TYPE)


@open_router.get(
    "/v1/problems", operation_id="list_problems", summary="All codes of problem documents"
)
async def list_problems(limit: LimitQuery = 100, cursor: CursorQuery = "") -> Page[ProblemKind]:
    """Every problem code, by name; the cursor is a code."""
    codes = (code for code in sorted(KINDS) if not cursor or code > cursor)
    return page_of(codes, limit, _problem_kind, lambda code: code)


@open_router.get(
    "/v1/problems/{code}", operation_id="get_problem", summary="One code of problem documents"
)
async def get_problem(
    code: Annotated[str, Path(description="The code.", examples=["BAD_SIGNATURE"])],
) -> ProblemKind:
    """What a problem's `type` leads to."""
    if code not in KINDS:
        raise Problem("UNKNOWN_PROBLEM", facts={"code": code[:64]})
    return _problem_kind(code)


def _problem_kind(code: str) -> ProblemKind:
    kind = KINDS[code]
    return ProblemKind(code=code, status=kind.status, title=kind.title, advice=kind.advice)


def _peers_check(node: Node, wanted: int) -> Check:
    connected = node.describe()["connected"]
    assert isinstance(connected, list), "the connected members are a list"
    reason = f"{len(connected)} other members reachable, {wanted} asked for"
    return Check("min_peers", len(connected) >= wanted, reason)


def _health(node: Node, checks: Sequence[Check], *, is_verbose: bool) -> Response:
    failed = [check for check in checks if not check.is_ok]
    status = 503 if failed else 200
    if is_verbose:
        lines = [
            f"[{'+' if check.is_ok else '-'}]{check.name} "
            f"{'ok' if check.is_ok else 'failed'}: {check.reason}"
            for check in checks
        ]
        lines.append("check failed" if failed else "check passed")
        return PlainTextResponse("\n".join(lines) + "\n", status_code=status)
    model = HealthModel(
        status="Service Unavailable" if failed else "OK",
        height=node.chain.head.height,
        failed_checks=[FailedCheck(component=c.name, reason=c.reason) for c in failed],
    )
    return Response(model.model_dump_json(), status, media_type="application/json")
