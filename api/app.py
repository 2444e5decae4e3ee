"""The application: puts routes, gate and error documents together; the one thing node.py asks for."""

from __future__ import annotations

import json
from typing import Final

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import Response

from api import (
    accounts,
    applications,
    blocks,
    books,
    chain_routes,
    collateral,
    credit,
    events,
    facilities,
    index_page,
    loans,
    monitoring,
    node_routes,
    openapi,
    parties,
    pools,
    simulate,
    transactions,
)
from api.asgi import Application
from api.auth import require_reader
from api.facade import Node
from api.gate import REQUEST_ID, Gate
from api.limits import LIMITS, Limits
from api.problems import MEDIA_TYPE, Problem, from_invalid, problem_bytes
from api.reading import only_known_parameters
from api.submit import BATCH_PATH, SINGLE_PATH, Submit
from ledger.errors import Invalid

VERSION: Final = "1"
_ROUTERS: Final = (
    transactions.router,
    blocks.router,
    parties.router,
    applications.router,
    loans.router,
    accounts.router,
    books.router,
    monitoring.router,
    pools.router,
    facilities.router,
    collateral.router,
    credit.router,
    simulate.router,
    chain_routes.router,
    events.router,
    node_routes.router,
    index_page.router,
)
_DESCRIPTION: Final = (
    "The HTTP interface of a member's node of a Hansa lending ledger. Bytes are lower-case "
    "hexadecimal, amounts integers in minor units, times milliseconds since 1970. Every error is "
    "a problem document (RFC 9457). Every read says in `Ledger-Height` and `Ledger-State-Root` "
    "when it was true."
)


def create_app(node: Node, *, limits: Limits = LIMITS, reader_token: str = "") -> Application:
    """The ASGI application that shows `node`; with a token, readers must show it as a bearer."""
    app = FastAPI(
        title="Hansa node API",
        version=VERSION,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        dependencies=[Depends(only_known_parameters)],
    )
    app.state.node = node
    app.state.limits = limits
    app.state.reader_token = reader_token
    app.state.subscribers = [0]
    app.state.exports = [0]
    app.state.simulations = [0]
    app.include_router(node_routes.open_router)
    for router in _ROUTERS:
        app.include_router(router, dependencies=[Depends(require_reader)])
    _add_openapi(app)
    _add_error_handlers(app)
    submit = Submit(node, limits)
    hot = {("POST", SINGLE_PATH): submit.one, ("POST", BATCH_PATH): submit.batch}
    return Gate(app, hot, node, limits)


def _add_openapi(app: FastAPI) -> None:
    document = b""

    @app.get("/openapi.json", include_in_schema=False)
    async def get_openapi() -> Response:
        nonlocal document
        if not document:
            document = json.dumps(openapi.describe(app), ensure_ascii=False).encode()
        return Response(document, media_type="application/json")


def _add_error_handlers(app: FastAPI) -> None:
    """Make the framework answer with problem documents."""

    @app.exception_handler(Problem)
    async def on_problem(request: Request, problem: Problem) -> Response:
        return _answer(request, problem)

    @app.exception_handler(Invalid)
    async def on_invalid(request: Request, error: Invalid) -> Response:
        return _answer(request, from_invalid(error))

    @app.exception_handler(404)
    async def on_no_route(request: Request, _error: Exception) -> Response:
        return _answer(request, Problem("NOT_FOUND"))

    @app.exception_handler(405)
    async def on_other_method(request: Request, error: HTTPException) -> Response:
        return _answer(request, Problem("METHOD_NOT_ALLOWED", headers=error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def on_bad_parameter(request: Request, error: RequestValidationError) -> Response:
        return _answer(request, _of_validation(error))

    @app.exception_handler(Exception)
    async def on_failure(request: Request, _error: Exception) -> Response:
        # The framework raises the error again after this answer, and the gate logs it.
        return _answer(request, Problem("INTERNAL", definite=False))


def _answer(request: Request, problem: Problem) -> Response:
    body = problem_bytes(problem, request.scope[REQUEST_ID])
    return Response(body, problem.kind.status, problem.headers, MEDIA_TYPE)


def _of_validation(error: RequestValidationError) -> Problem:
    """A parameter that does not fit; its value is not repeated."""
    found = [
        {"in": str(item["loc"][0]), "name": str(item["loc"][-1])[:40], "expected": item["msg"]}
        for item in error.errors()[:10]
    ]
    first = found[0]
    return Problem("BAD_PARAMETER", f"{first['name']}: {first['expected']}", {"errors": found})
