"""Problem documents (RFC 9457): every error of the API in one shape, and the table of their codes.

A problem says whether it is `definite`: what was asked did not happen and, unless somebody asks
again, will not. Where that is not known (`definite: false`) ask for the transaction by its id.
Refusals by a rule of lending are no problems: they stand in the receipt of a committed transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ledger.errors import Invalid

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PATH: Final = "/v1/problems/"

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem."""

    status: int
    """The HTTP status it is sent with."""
    title: str
    """A short sentence that never changes with the case."""
    advice: str
    """What to do about it."""


KINDS: Final[dict[str, Kind]] = {
    # The request as a message.
    "BAD_REQUEST": Kind(
        400, "The request is not well-formed HTTP.", "Use an HTTP client; do not write it by hand."
    ),
    "AMBIGUOUS_LENGTH": Kind(
        400,
        "The request states its length in two ways.",
        "Send Content-Length or Transfer-Encoding, never both and neither twice.",
    ),
    "BODY_NOT_ALLOWED": Kind(
        400, "A request of this method has no body.", "Send what you mean in the query."
    ),
    "DUPLICATE_HEADER": Kind(
        400, "A header that may stand once stands twice.", "Send it once."
    ),
    "BAD_QUERY": Kind(
        400,
        "The query is not well-formed.",
        "Send each parameter once, percent-encoded as UTF-8.",
    ),
    "UNAUTHORIZED": Kind(
        401,
        "This node asks readers for a token.",
        "Send Authorization: Bearer and the token that the operator gave you.",
    ),
    "NOT_FOUND": Kind(404, "There is nothing here.", "GET /openapi.json lists what there is."),
    "METHOD_NOT_ALLOWED": Kind(
        405, "This resource has no such method.", "The Allow header lists its methods."
    ),
    "RECEIVE_TIMEOUT": Kind(
        408, "The request did not arrive in time.", "Send it again, without pauses."
    ),
    "NOT_ASSESSED": Kind(
        404, "Nothing was ever set aside for the loan.", "Have the members set a policy.",
    ),
    "NOT_DERIVABLE": Kind(
        404, "What the loan had earned then cannot be told.",
        "Ask for today or a day to come, or read its statement.",
    ),
    "HEIGHT_NOT_REACHED": Kind(
        412,
        "This node has not reached the height asked for.",
        "Ask again shortly, or ask another member's node.",
    ),
    "BODY_TOO_LARGE": Kind(
        413, "The body is larger than this resource takes.", "Send fewer transactions at once."
    ),
    "URL_TOO_LONG": Kind(414, "The URL is too long.", "Ask for less at once."),
    "UNSUPPORTED_MEDIA_TYPE": Kind(
        415,
        "The body's media type is not one that this resource reads.",
        "Send application/json or application/vnd.msgpack, uncompressed.",
    ),
    "HEADERS_TOO_LARGE": Kind(
        431, "The headers are larger than this node takes.", "Send fewer and shorter headers."
    ),
    # The body as a text.
    "BAD_JSON": Kind(400, "The body is not JSON.", "Mind the position in the detail."),
    "BAD_UTF8": Kind(400, "The text is not UTF-8.", "Encode it as UTF-8, without a byte order mark."),
    "TOO_DEEP": Kind(400, "The value is nested too deep.", "No command needs such depth."),
    "DUPLICATE_NAME": Kind(400, "A name stands twice in one object.", "Send each name once."),
    "NOT_AN_INTEGER": Kind(
        400,
        "A number is not an integer.",
        "Amounts are integers in minor units; rates are integers in stated parts.",
    ),
    "NUMBER_TOO_LONG": Kind(400, "An integer has too many digits.", "No command needs so many."),
    "MALFORMED": Kind(
        400, "The bytes are not canonical MessagePack.", "docs/develop/wire-format.md has the rules."
    ),
    "NOT_CANONICAL": Kind(
        400,
        "The bytes are an encoding of their value, but not the canonical one.",
        "Sort map keys, use the shortest form of every header and integer.",
    ),
    "TOO_LARGE": Kind(413, "The encoded value is too large.", "A transaction has at most 64 KiB."),
    "TOO_MANY_ITEMS": Kind(400, "The value has too many items.", "No command needs so many."),
    # The meaning of the request.
    "BAD_PARAMETER": Kind(
        422, "A parameter is unknown or has a wrong value.", "The facts name it and say why."
    ),
    "BAD_CURSOR": Kind(
        422, "The cursor is not one that a page gave.", "Start with the first page, without one."
    ),
    "BAD_VALUE": Kind(422, "A value is not what is expected there.", "The detail says which."),
    "BAD_SHAPE": Kind(
        422,
        "A field is missing, unknown or of a wrong type.",
        "docs/operate/http-api.md and /openapi.json show the shape.",
    ),
    "TOO_MANY_TRANSACTIONS": Kind(
        422, "The batch holds more transactions than one request takes.", "Send at most 1,000."
    ),
    "TOO_MUCH_WORK": Kind(
        422,
        "The simulation takes longer than this node allows.",
        "Ask for a shorter time, a later height, or a node of your own with the same chain.",
    ),
    # The transaction.
    "BAD_SIGNATURES": Kind(
        422,
        "The list of signatures is not well-formed.",
        "1 to 16 of 64 bytes each, in ascending order of key, each key once.",
    ),
    "BAD_SIGNATURE": Kind(
        422, "A signature is wrong.", "Sign the 32 bytes of the id under the transaction's tag."
    ),
    "BAD_PUBLIC_KEY": Kind(
        422, "A public key is not acceptable.", "Use a canonical Ed25519 key of full order."
    ),
    "OTHER_CHAIN": Kind(
        422, "The transaction is for another chain.", "GET /v1/node tells the id of this chain."
    ),
    "EXPIRED": Kind(
        422,
        "The transaction's last height has passed.",
        "Build and sign it again with a later expires_at.",
    ),
    "NOT_INCLUDABLE": Kind(
        422,
        "No block may hold the transaction.",
        "expires_at may be at most 100,000 heights above the head.",
    ),
    # What is not there.
    "UNKNOWN_TRANSACTION": Kind(
        404,
        "No block of this node holds this transaction.",
        "It may be pending here or elsewhere: ask for its status.",
    ),
    "UNKNOWN_BLOCK": Kind(404, "This node holds no block of this height.", "Ask for head."),
    "NO_SCORE_MODEL": Kind(
        404, "No score model is in force.", "Members propose one: propose_credit_model."
    ),
    "SCORE_NOT_SHOWN": Kind(
        403, "The reader may not see this party's score.",
        "The party grants it: grant_credit_access.",
    ),
    "UNKNOWN_PARTY": Kind(404, "There is no such party.", "GET /v1/parties."),
    "UNKNOWN_ASSET": Kind(404, "There is no such asset.", "GET /v1/assets."),
    "UNKNOWN_PRODUCT": Kind(404, "There is no such version of a product.", "GET /v1/products."),
    "UNKNOWN_APPLICATION": Kind(
        404, "The borrower has no such application.", "GET /v1/applications."
    ),
    "UNKNOWN_GROUP": Kind(404, "There is no such group.", "GET /v1/groups."),
    "UNKNOWN_AGREEMENT": Kind(404, "There is no such agreement.", "GET /v1/agreements."),
    "UNKNOWN_LOAN": Kind(
        404, "There is no such loan.", "GET /v1/loans; an agreement becomes a loan when it is drawn."
    ),
    "UNKNOWN_ACCOUNT": Kind(
        404, "There is no such account.", "An account is owner/kind/asset: GET /v1/accounts."
    ),
    "UNKNOWN_POOL": Kind(404, "There is no such pool.", "GET /v1/pools."),
    "UNKNOWN_FACILITY": Kind(404, "There is no such facility.", "GET /v1/facilities."),
    "UNKNOWN_INDEX": Kind(404, "There is no such index.", "GET /v1/indices."),
    "UNKNOWN_COLLATERAL_ACCOUNT": Kind(
        404, "There is no such collateral account.", "GET /v1/collateral-accounts."
    ),
    "UNKNOWN_PROTECTION": Kind(404, "There is no such guarantee or cover.", "GET /v1/protections."),
    "UNKNOWN_FUND": Kind(404, "There is no such cover fund.", "GET /v1/cover-funds."),
    "UNKNOWN_PROBLEM": Kind(404, "There is no problem of this code.", "GET /v1/problems."),
    "NO_PROOF": Kind(
        404,
        "There is no certified block to prove this with.",
        "Genesis has no votes: ask again when the chain has a block.",
    ),
    # The node.
    "POOL_FULL": Kind(
        503, "Too many transactions wait here.", "Send it again after Retry-After seconds."
    ),
    "TOO_MANY_SENDERS": Kind(
        503, "Too many parties' transactions wait here.", "Send it again after Retry-After seconds."
    ),
    "MADE_ROOM": Kind(
        503,
        "The transaction gave way: its sender has the most waiting.",
        "Send it again after Retry-After seconds.",
    ),
    "OVERLOADED": Kind(
        503, "This node serves as much as it can.", "Ask again after Retry-After seconds."
    ),
    "NOT_READY": Kind(503, "This node is not ready.", "GET /readyz says why."),
    "INTERNAL": Kind(
        500, "The node failed.", "Tell its operator the request_id; its log has the cause."
    ),
}  # fmt: skip
"""Every code with its status; docs/develop/errors.md explains each, and a test keeps it complete."""


@dataclass(eq=False)
class Problem(Exception):
    """An error on its way to the client as a problem document."""

    code: str
    """The stable code: a key of KINDS."""
    detail: str = ""
    """What went wrong in this case, for people; nothing secret."""
    facts: Facts = field(default_factory=dict)
    """The figures behind it, for programs."""
    definite: bool = True
    """Whether what was asked did not and will not happen."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that belong to the answer, such as Allow."""

    @property
    def kind(self) -> Kind:
        """Its row of the table."""
        return KINDS[self.code]


def from_invalid(error: Invalid) -> Problem:
    """What the ledger found malformed, as a problem of the same code where the table has it."""
    if error.code in KINDS:
        return Problem(error.code, error.detail)
    return Problem("BAD_VALUE", str(error))


def problem_value(problem: Problem, request_id: str) -> dict[str, object]:
    """The members of the problem document, in a stable order."""
    kind = problem.kind
    return {
        "type": TYPE_PATH + problem.code,
        "title": kind.title,
        "status": kind.status,
        "code": problem.code,
        "detail": problem.detail or kind.title,
        "definite": problem.definite,
        "facts": dict(problem.facts),
        "request_id": request_id,
    }


def problem_bytes(problem: Problem, request_id: str) -> bytes:
    """The problem document as UTF-8 JSON."""
    return json.dumps(problem_value(problem, request_id), ensure_ascii=True).encode()
