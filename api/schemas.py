"""The shapes of answers about the chain; those about lending are in lending_schemas.

Strict: nothing is coerced. Later versions may add members. Bytes are lower-case hexadecimal, times
are milliseconds of business time since 1970, values inside events are written as json_values says.
"""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Row = TypeVar("Row")
Hex = Annotated[str, Field(pattern="^([0-9a-f]{2})*$", examples=["00ff"])]
Fields = dict[str, object]


class Model(BaseModel):
    """The manners of all answers."""

    model_config = ConfigDict(
        strict=True, extra="ignore", frozen=True, use_attribute_docstrings=True
    )


class Page(Model, Generic[Row]):
    """One page of a list."""

    data: list[Row]
    """The rows."""
    has_more: bool
    """Whether there are rows after these."""
    next: str | None
    """The cursor of the next page, null after the last."""


class EventModel(Model):
    """Something that a block did."""

    name: str
    """What happened, as docs/lend/events.md lists it."""
    fields: Fields
    """Its particulars."""


class AppliedOutcome(Model):
    """The transaction took effect."""

    status: Literal["applied"]
    """Always applied."""
    events: list[EventModel]
    """What it did, in order."""


class RejectedOutcome(Model):
    """A rule said no; nothing changed, and the refusal is on the chain."""

    status: Literal["rejected"]
    """Always rejected."""
    code: str
    """The stable code of the rule, as docs/lend/rejections.md lists it."""
    facts: Fields
    """The figures that the rule compared."""


OutcomeModel = Annotated[AppliedOutcome | RejectedOutcome, Field(discriminator="status")]


class TransactionStatus(Model):
    """Where a transaction stands."""

    transaction_id: Hex
    """The transaction."""
    state: Literal["unknown", "pending", "committed", "expired"]
    """Unknown: this node never saw it. Expired: it was not committed and no block can hold it."""
    height: int | None
    """The block that holds it."""
    index: int | None
    """Its place in the block."""
    outcome: OutcomeModel | None
    """What came of it, when committed."""


class Accepted(Model):
    """A transaction waits for a block: ask for its status."""

    transaction_id: Hex
    """The transaction."""
    state: Literal["pending", "committed"]
    """Committed: a block holds it already; submitting again changes nothing."""


class Refused(Model):
    """A transaction of a batch that this node did not take."""

    transaction_id: Hex | None
    """The transaction; null when the bytes are none."""
    state: Literal["refused"]
    """Always refused."""
    code: str
    """The problem's code."""
    detail: str
    """What went wrong, for people."""
    definite: bool
    """Whether it did not and, unless handed in again, will not happen."""


class BatchAnswer(Model):
    """What came of each transaction of a batch, in order."""

    results: list[Accepted | TransactionStatus | Refused]
    """One per transaction."""


class CommandModel(Model):
    """What a transaction asks for."""

    name: str
    """The command, as docs/lend/commands.md lists it."""
    fields: Fields
    """Its fields."""


class SignatureModel(Model):
    """One signature over a transaction's id."""

    key: Hex
    """The Ed25519 public key."""
    signature: Hex
    """Its signature."""


class TransactionModel(Model):
    """A transaction: the same in a request to submit it and in a block."""

    chain_id: Hex
    """The chain it is meant for: the genesis hash."""
    sender: str
    """The party in whose name it acts."""
    command: CommandModel
    """What it asks for."""
    salt: Hex
    """At most 32 bytes that make two otherwise equal requests two transactions."""
    expires_at: int
    """The last height at which a block may hold it."""
    signatures: list[SignatureModel]
    """One or several, of distinct keys."""


class CommittedTransaction(Model):
    """A transaction in its block."""

    id: Hex
    """Its id."""
    index: int
    """Its place in the block."""
    transaction: TransactionModel
    """What was signed."""
    outcome: OutcomeModel
    """What came of it."""


class HeaderModel(Model):
    """What a block commits to."""

    chain_id: Hex
    """The chain."""
    height: int
    """Its place; genesis is 0."""
    parent: Hex
    """The id of the block before."""
    parent_certificate: Hex
    """The digest of the parent's certificate."""
    timestamp_ms: int
    """Business time."""
    proposer: str
    """The member that proposed it."""
    transactions_root: Hex
    """RFC 9162 root over the transactions."""
    receipts_root: Hex
    """RFC 9162 root over the receipts."""
    state_root: Hex
    """Root of the state after the block."""
    membership: Hex
    """The digest of the members whose votes count."""
    rules: int
    """The version of the rules."""


class CertificateSignature(Model):
    """One member's vote in a certificate."""

    member: str
    """Who voted."""
    signature: Hex
    """The signature over the ballot."""


class CertificateModel(Model):
    """A quorum's commit of a block."""

    view: int
    """The view it was committed in."""
    signatures: list[CertificateSignature]
    """Distinct members, ascending."""


class BlockSummary(Model):
    """A block in a list."""

    id: Hex
    """The digest of its header."""
    transactions: int
    """How many transactions it holds."""
    header: HeaderModel
    """Its header."""


class BlockModel(Model):
    """A block, its certificate and what came of it."""

    id: Hex
    """The digest of its header."""
    header: HeaderModel
    """Its header."""
    certificate: CertificateModel | None
    """A commit certificate; null for genesis."""
    clock_events: list[EventModel]
    """What fell due at the block's time by itself."""
    transactions: list[CommittedTransaction]
    """The transactions, in order."""


class MemberModel(Model):
    """A member of the consortium."""

    id: str
    """Its short name."""
    key: Hex
    """The Ed25519 key of its node."""
    peer_address: str
    """host:port where its peers reach it."""
    api_address: str
    """The URL of its HTTP node API, empty when it publishes none."""


class StateProofModel(Model):
    """A certified proof of a state key's value, or of its absence."""

    height: int
    """The height it is true at."""
    state_root: Hex
    """The root it leads to."""
    key: Hex
    """The key asked for."""
    value: Hex | None
    """The canonical bytes of its value; null when it is absent."""
    proof: Hex
    """The canonical bytes of the whole proof, for `hansa` or any verifier of the documented form."""


class TransactionProofModel(Model):
    """A proof of a transaction and its receipt that verifies with the genesis alone."""

    transaction_id: Hex
    """The transaction."""
    height: int
    """The height of its block."""
    block_id: Hex
    """The id of its block."""
    index: int
    """Its place in the block."""
    outcome: OutcomeModel
    """What came of it."""
    proof: Hex
    """The canonical bytes of the whole proof, for `hansa` or any verifier of the documented form."""


class EvidenceModel(Model):
    """A proof that a member signed two statements that contradict each other."""

    id: Hex
    """The digest of the evidence."""
    culprit: str
    """Who signed both."""
    first: Hex
    """One statement."""
    second: Hex
    """The other one."""
    evidence: Hex
    """The canonical bytes of the whole, which verify offline."""


class ProblemModel(Model):
    """A problem document (RFC 9457)."""

    type: str
    """A URL, relative to the node, that explains the code."""
    title: str
    """The kind of problem."""
    status: int
    """The HTTP status."""
    code: str
    """The stable code."""
    detail: str
    """What went wrong this time, for people."""
    definite: bool
    """Whether what was asked did not and will not happen; if false, ask by transaction id."""
    facts: Fields
    """The figures behind it."""
    request_id: str
    """What to tell the operator."""


class ProblemKind(Model):
    """An explanation of a problem's code."""

    code: str
    """The stable code."""
    status: int
    """The HTTP status it is sent with."""
    title: str
    """What it means."""
    advice: str
    """What to do."""


class FailedCheck(Model):
    """A health check that fails."""

    component: str
    """What was looked at."""
    reason: str
    """What is wrong and what to do."""


class HealthModel(Model):
    """Whether the node is well."""

    status: Literal["OK", "Service Unavailable"]
    """OK when no check fails."""
    height: int
    """The height of the newest block."""
    failed_checks: list[FailedCheck]
    """The checks that fail."""


class NodeModel(Model):
    """How this node stands."""

    model_config = ConfigDict(extra="allow")

    chain: str
    """The chain's name."""
    chain_id: Hex
    """The genesis hash."""
    member: str
    """Whose node it is."""
    height: int
    """The height of the newest block."""
    block_id: Hex
    """The newest block."""
    state_root: Hex
    """The root of the state."""
    business_time_ms: int
    """The newest block's time."""
    view: int
    """The view at the height in progress."""
    primaries: list[str]
    """The order of proposing at the height in progress: the primary of view v is number v."""
    members: list[str]
    """The members whose votes count."""
    quorum: int
    """How many of them make a certificate."""
    connected: list[str]
    """The other members that this node reaches."""
    transactions: int
    """How many transactions were committed since this node was started."""
    mempool_transactions: int
    """How many transactions wait here."""
    is_voting: bool
    """Whether this node votes."""
    voting_obstacle: str
    """Why not, else empty."""
    failure: str
    """Why the replica halted, else empty."""
    backend: str
    """The store."""
    rules: int
    """The version of the rules in force."""
    clock_rate: int
    """Business milliseconds per wall millisecond."""
    devnet: bool
    """Whether this chain is for games."""
