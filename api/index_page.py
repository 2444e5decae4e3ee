"""`/`: one plain page that says what this node is and where its interfaces are; no script, no style."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.reading import NodeOf, add_height_headers

router = APIRouter(include_in_schema=False)

_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_LINKS = (
    ("/v1/node", "how this node stands"),
    ("/v1/blocks", "the newest blocks"),
    ("/v1/members", "the members"),
    ("/v1/loans", "the loans"),
    ("/v1/trial-balance", "the trial balance"),
    ("/v1/genesis", "the genesis document"),
    ("/v1/export", "the chain as one file, for hansa audit"),
    ("/v1/problems", "what error codes mean"),
    ("/openapi.json", "the whole interface, for programs (OpenAPI 3.1)"),
    ("/readyz?verbose", "whether this node is ready"),
    ("/metrics", "metrics"),
)


@router.get("/")
async def get_index(request: Request, node: NodeOf) -> HTMLResponse:
    """The page."""
    add_height_headers(request, node.chain.head.header)
    links = "".join(
        f'<li><a href="{path}">{escape(path)}</a>: {escape(text)}</li>' for path, text in _LINKS
    )
    name, member = escape(node.genesis.name), escape(node.member)
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>Hansa: {name}</title></head><body>"
        f"<h1>{name}</h1>"
        f"<p>This is {member}'s node of a Hansa lending ledger, at height "
        f"{node.chain.head.height}. It has an interface for programs:</p>"
        f"<ul>{links}</ul>"
        f"<p>Chain id (genesis hash): <code>{node.genesis.digest.hex()}</code></p>"
        "</body></html>\n"
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})
