"""Query parameters, strictly: each once, known, and of one spelling."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qsl

from api.asgi import Scope
from api.problems import Problem

PARAMETERS_MAX: Final = 16
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")


def parse_query(scope: Scope) -> dict[str, str]:
    """All parameters of a request. Raises Problem."""
    text = scope["query_string"]
    assert isinstance(text, bytes), "ASGI: the query is bytes"
    if not text:
        return {}
    try:
        pairs = parse_qsl(
            text.decode("ascii"), keep_blank_values=True, errors="strict",
            max_num_fields=PARAMETERS_MAX,
        )  # fmt: skip
    except ValueError:
        raise Problem("BAD_QUERY") from None
    query = dict(pairs)
    if len(query) != len(pairs):
        raise Problem("BAD_QUERY", "a parameter stands twice")
    return query


def check_known(query: Collection[str], known: Collection[str]) -> None:
    """Refuse parameters that a resource does not have. Raises Problem."""
    for name in query:
        if name not in known:
            facts = {"name": name[:40], "known": sorted(known)}
            raise Problem("BAD_PARAMETER", f"unknown parameter {name[:40]!a}", facts)


def decimal(text: str) -> int:
    """A whole number without sign, spaces, underscores or needless zeros. Raises ValueError."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError("a whole number in decimal was expected")
    return int(text)


def bounded(query: dict[str, str], name: str, default: int, maximum: int) -> int:
    """A whole number from 0 to `maximum` out of a query. Raises Problem."""
    if name not in query:
        return default
    try:
        value = decimal(query[name])
    except ValueError as error:
        raise Problem("BAD_PARAMETER", f"{name}: {error}", {"name": name}) from None
    if value > maximum:
        raise Problem("BAD_PARAMETER", f"{name}: at most {maximum}", {"name": name})
    return value
