"""The pages about the API name every route and every code, and no others."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.routing import APIRoute

from api.limits import Limits
from api.problems import KINDS
from api.submit import BATCH_PATH, SINGLE_PATH
from tests.unit.api.test_openapi import ROUTERS

ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (?:(\d{3}) \| (.*?) \| (.*?) \|$)?", re.MULTILINE)
RAISED = re.compile(r'\b(?:Invalid|Problem)\(\s*"([A-Z][A-Z0-9_]+)"')
PACKAGES = ("ledger", "consensus", "lending", "runtime", "api", "client", "cli")


def test_every_route_is_on_the_page(root: Path) -> None:
    page = (root / "docs/operate/http-api.md").read_text(encoding="utf-8")
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            method = min(route.methods or ())
            assert f"{method} {route.path}" in page, route.path
    for path in (SINGLE_PATH, BATCH_PATH):
        assert f"POST {path}`" in page


def test_the_table_of_problems_is_the_one_of_the_code(root: Path) -> None:
    page = (root / "docs/develop/errors.md").read_text(encoding="utf-8")
    rows = {
        code: (int(status), title, advice)
        for code, status, title, advice in ROW.findall(page)
        if status
    }
    assert rows == {code: (kind.status, kind.title, kind.advice) for code, kind in KINDS.items()}


def test_every_code_that_can_be_raised_is_explained(root: Path) -> None:
    page = (root / "docs/develop/errors.md").read_text(encoding="utf-8")
    explained = {row[0] for row in ROW.findall(page)}
    files = [*(path for name in PACKAGES for path in (root / name).rglob("*.py")), root / "node.py"]
    raised = {code for path in files for code in RAISED.findall(path.read_text(encoding="utf-8"))}
    assert raised - explained == set()


def test_the_page_states_the_limits_in_force(root: Path) -> None:
    page = (root / "docs/operate/http-api.md").read_text(encoding="utf-8")
    limits = Limits()
    for text in (
        f"headers {limits.header_bytes_max // 1024} KiB and {limits.headers_max} lines",
        f"URL {limits.url_bytes_max // 1024} KiB",
        f"body {limits.transaction_body_max // 1024} KiB",
        f"{limits.batch_body_max // 2**20} MiB and {limits.batch_transactions_max:,}",
        f"{limits.head_seconds:g} s for the headers and {limits.body_seconds:g} s for the body",
        f"{limits.requests_max:,} requests under way, {limits.connections_max:,} connections",
        f"{limits.subscribers_max} event\nstreams, {limits.exports_max} exports",
        f"at most {limits.wait_seconds_max} seconds",
    ):  # fmt: skip
        assert text in page, text
