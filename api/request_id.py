"""The id by which a client and an operator speak of the same request; it identifies nothing else."""

from __future__ import annotations

import re
import secrets
from typing import Final

_ACCEPTABLE: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def new_request_id() -> str:
    """A fresh id."""
    return secrets.token_hex(8)


def request_id_of(headers: list[tuple[bytes, bytes]]) -> str:
    """The client's own X-Request-Id if it is short and plain, else a fresh one."""
    for name, value in headers:
        if name == b"x-request-id" and _ACCEPTABLE.fullmatch(value):
            return value.decode()
    return new_request_id()
