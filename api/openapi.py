"""The OpenAPI 3.1 description: the framework's, with problems, headers, examples and the hot path.

The framework would promise its own shape of validation errors, and does not know the two routes
that bypass it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.examples import EXAMPLES
from api.http_bodies import JSON, MSGPACK
from api.problems import MEDIA_TYPE
from api.schemas import (
    Accepted,
    BatchAnswer,
    ProblemModel,
    TransactionModel,
    TransactionStatus,
)
from api.submit import BATCH_PATH, SINGLE_PATH

Json = dict[str, object]

_REF: Final = "#/components/schemas/"
_WAIT: Final[list[Json]] = [
    {
        "name": "wait",
        "in": "query",
        "description": "Answer when it is committed or expired.",
        "schema": {"enum": ["commit"]},
    },
    {
        "name": "timeout",
        "in": "query",
        "description": "Seconds to wait at most.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 60, "default": 10},
    },
]
_HOT_MODELS: Final[tuple[type[BaseModel], ...]] = (
    TransactionModel, TransactionStatus, Accepted, BatchAnswer, ProblemModel,
)  # fmt: skip


def describe(app: FastAPI) -> Json:
    """The whole document."""
    document: Json = app.openapi()
    schemas = _object(_object(document, "components"), "schemas")
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas.update(_hot_schemas())
    paths = _object(document, "paths")
    paths.setdefault(SINGLE_PATH, {})
    _object(paths, SINGLE_PATH)["post"] = _submit_operation()
    _object(paths, BATCH_PATH)["post"] = _batch_operation()
    for operation in _operations(document):
        _finish(operation)
    return document


def _operations(document: Json) -> Iterator[Json]:
    for path in _object(document, "paths").values():
        assert isinstance(path, dict), "a path holds operations"
        yield from path.values()


def _finish(operation: Json) -> None:
    """Put in what every operation has: the problem document, and examples."""
    responses = _object(operation, "responses")
    responses.pop("422", None)
    responses["default"] = {
        "description": "A problem document; its `code` says which.",
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": _REF + "ProblemModel"},
                "example": EXAMPLES["problem"],
            }
        },
    }
    example = EXAMPLES.get(str(operation["operationId"]))
    for status, response in responses.items():
        assert isinstance(response, dict), "a response is an object"
        content = response.get("content", {})
        if status.startswith("2") and JSON in content:
            if example is None:
                del content[JSON]  # a stream: the framework thinks that everything is JSON
            else:
                content[JSON]["example"] = example


def _hot_schemas() -> Json:
    _, definitions = models_json_schema(
        [(model, "serialization") for model in _HOT_MODELS], ref_template=_REF + "{model}"
    )
    return _object(definitions, "$defs")


def _submit_operation() -> Json:
    return {
        "tags": ["transactions"],
        "operationId": "submit_transaction",
        "summary": "Hand in a transaction",
        "description": "Idempotent by the transaction's id: sending it again is always safe.",
        "parameters": _WAIT,
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": {"$ref": _REF + "TransactionModel"},
                    "example": EXAMPLES["transaction"],
                },
                MSGPACK: {
                    "schema": {"type": "string", "contentMediaType": MSGPACK},
                },
            },
        },
        "responses": {
            "200": _json_response("It is final.", "TransactionStatus"),
            "202": _json_response("It waits for a block.", "Accepted"),
        },
    }


def _batch_operation() -> Json:
    return {
        "tags": ["transactions"],
        "operationId": "submit_transactions",
        "summary": "Hand in up to 1,000 transactions",
        "description": "Each is taken or refused by itself, and the answers come in their order.",
        "parameters": _WAIT,
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": {
                        "type": "array",
                        "maxItems": 1_000,
                        "items": {"$ref": _REF + "TransactionModel"},
                    },
                    "example": [EXAMPLES["transaction"]],
                },
                MSGPACK: {
                    "schema": {"type": "string", "contentMediaType": MSGPACK},
                },
            },
        },
        "responses": {"200": _json_response("What came of each.", "BatchAnswer")},
    }


def _json_response(description: str, model: str) -> Json:
    return {
        "description": description,
        "content": {JSON: {"schema": {"$ref": _REF + model}}},
    }


def _object(parent: Json, name: str) -> Json:
    """An object inside an object, made when it is not there."""
    child = parent.setdefault(name, {})
    assert isinstance(child, dict), f"{name} is an object"
    return child
