"""Who may read. Writes need nothing here: every transaction carries its own signatures.

A node listens on loopback unless its operator says otherwise, and shows the chain to whoever
reaches it. With a token set, readers must show it; probes and problem pages stay open.
"""

from __future__ import annotations

import hmac

from fastapi import Request

from api.problems import Problem


def require_reader(request: Request) -> None:
    """Let a request pass that shows the token, or any when none is set. Raises Problem."""
    token: str = request.app.state.reader_token
    if not token:
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    is_right = hmac.compare_digest(given.encode(), token.encode())
    if scheme.lower() != "bearer" or not is_right:
        raise Problem("UNAUTHORIZED", headers={"WWW-Authenticate": "Bearer"})
