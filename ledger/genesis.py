"""The genesis document: what every member agreed on before the first block; nothing secret in it.

It is a JSON file. Its meaning is its canonical encoding, so spacing and the order of keys do not
matter; the digest of that encoding is the chain id, which every signature in the system binds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from ledger import codec, crypto
from ledger.block import BLOCK_TRANSACTIONS_MAX, TIMESTAMP_MS_MAX, Header
from ledger.crypto import ZERO_DIGEST, Digest, Purpose
from ledger.errors import Invalid
from ledger.identity import certificate_key
from ledger.membership import Height, Member, Membership, member_id
from ledger.merkle import EMPTY_ROOT
from ledger.transaction import ChainId

FORMAT: Final = "hansa-genesis/1"
GENESIS_BYTES_MAX: Final = 16 * 1024 * 1024
_FIELDS: Final = frozenset(
    {"format", "name", "timestamp_ms", "rules", "members", "parameters", "application"}
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What all nodes must hold equal for the protocol to make progress; all times are wall time."""

    timeout_ms: int = 2_000
    """How long a view may take before its primary is suspected."""
    timeout_max_ms: int = 30_000
    """The cap of the doubling timeout."""
    idle_interval_ms: int = 1_000
    """An empty block is made when none was for this long, so that due dates are honoured."""
    clock_bound_ms: int = 10_000
    """How far a block's time may be from a voter's clock, in business time at rate 1."""
    clock_rate: int = 1
    """How many times faster than the wall business time runs; above 1 on a devnet only."""
    devnet: bool = False
    """Whether this chain may be used for games; a clock rate above 1 needs it."""
    block_transactions_max: int = 2_000
    """The most transactions in one block."""

    @classmethod
    def from_value(cls, value: codec.Value) -> Parameters:
        """Read a map of some of the fields. Raises Invalid."""
        if not isinstance(value, dict):
            raise Invalid("BAD_GENESIS", "parameters must be an object")
        for name, item in value.items():
            if name not in cls.__dataclass_fields__:
                raise Invalid("BAD_GENESIS", f"unknown parameter {name!r}")
            wanted = bool if name == "devnet" else int
            if type(item) is not wanted or (wanted is int and item < 1):
                raise Invalid("BAD_GENESIS", f"parameter {name!r} must be a positive integer")
        parameters = cls(**value)
        if parameters.clock_rate > 1 and not parameters.devnet:
            raise Invalid("BAD_GENESIS", "a clock_rate above 1 is for a devnet only")
        if parameters.block_transactions_max > BLOCK_TRANSACTIONS_MAX:
            raise Invalid(
                "BAD_GENESIS", f"block_transactions_max is above {BLOCK_TRANSACTIONS_MAX}"
            )
        if parameters.timeout_max_ms < parameters.timeout_ms:
            raise Invalid("BAD_GENESIS", "timeout_max_ms is below timeout_ms")
        return parameters


@dataclass(frozen=True)
class Genesis:
    """A checked genesis document."""

    name: str
    """The chain's name, for people."""
    timestamp_ms: int
    """Business time of height 0."""
    rules: int
    """The version of the rules from height 1 on."""
    membership: Membership
    """The members at the start."""
    parameters: Parameters
    """What all nodes hold equal."""
    application: codec.Value
    """The lending machine's part, which it checks itself."""
    document: dict[str, codec.Value]
    """The whole document as read."""
    digest: Digest
    """The genesis hash."""

    @property
    def chain_id(self) -> ChainId:
        """The genesis hash in its second role."""
        return ChainId(self.digest)

    @classmethod
    def from_json(cls, text: bytes) -> Genesis:
        """Read and check a document. Raises Invalid."""
        if len(text) > GENESIS_BYTES_MAX:
            raise Invalid("BAD_GENESIS", "too large")
        try:
            document = json.loads(
                text.decode("utf-8"),
                parse_float=_no_float,
                parse_constant=_no_float,
                object_pairs_hook=_unique,
            )
        except (ValueError, RecursionError) as error:
            raise Invalid("BAD_GENESIS", str(error)[:200]) from None
        return cls.from_document(document)

    @classmethod
    def from_document(cls, document: object) -> Genesis:
        """Check a document already parsed. Raises Invalid."""
        if not isinstance(document, dict) or document.keys() != _FIELDS:
            raise Invalid("BAD_GENESIS", f"an object with exactly {sorted(_FIELDS)} was expected")
        name, time, rules = document["name"], document["timestamp_ms"], document["rules"]
        if document["format"] != FORMAT or not isinstance(name, str) or not 0 < len(name) <= 64:
            raise Invalid("BAD_GENESIS", f"format must be {FORMAT!r}, name 1 to 64 characters")
        if type(time) is not int or not 0 <= time < TIMESTAMP_MS_MAX:
            raise Invalid(
                "BAD_GENESIS", "timestamp_ms must be an integer, not negative, below 2**53"
            )
        if type(rules) is not int or not 1 <= rules < 2**63:
            raise Invalid("BAD_GENESIS", "rules must be an integer from 1")
        try:
            encoded = codec.encode(document)
            codec.scan(encoded, max_items=GENESIS_BYTES_MAX)
        except (TypeError, ValueError, OverflowError, RecursionError, Invalid) as error:
            raise Invalid("BAD_GENESIS", str(error)[:200]) from None
        return cls(
            name, time, rules, _read_members(document["members"]),
            Parameters.from_value(document["parameters"]), document["application"], document,
            crypto.digest(Purpose.GENESIS, encoded),
        )  # fmt: skip

    def to_json(self) -> bytes:
        """The document as readable JSON; reading it back gives the same digest."""
        return json.dumps(self.document, indent=2, ensure_ascii=False).encode() + b"\n"

    def header(self, state_root: Digest) -> Header:
        """The header of height 0: no transactions, no votes, the state that genesis wrote."""
        return Header(
            self.chain_id, Height(0), ZERO_DIGEST, ZERO_DIGEST, self.timestamp_ms,
            self.membership.ids[0], EMPTY_ROOT, EMPTY_ROOT, state_root, self.membership.digest,
            self.rules,
        )  # fmt: skip


def member_document(member: Member) -> dict[str, str]:
    """A member as it stands in the genesis document."""
    return {
        "id": member.id,
        "key": member.key.hex(),
        "certificate": member.certificate.hex(),
        "peer_address": member.peer_address,
        "api_address": member.api_address,
    }


def _read_members(value: object) -> Membership:
    if not isinstance(value, list):
        raise Invalid("BAD_GENESIS", "members must be a list")
    members = []
    for item in value:
        names = {"id", "key", "certificate", "peer_address", "api_address"}
        if not isinstance(item, dict) or item.keys() != names:
            raise Invalid("BAD_GENESIS", f"a member has exactly {sorted(names)}")
        if not all(isinstance(field, str) for field in item.values()):
            raise Invalid("BAD_GENESIS", "a member's fields are strings")
        members.append(_read_member(item))
    return Membership.of(members)


def _read_member(item: dict[str, str]) -> Member:
    try:
        key, certificate = bytes.fromhex(item["key"]), bytes.fromhex(item["certificate"])
    except ValueError:
        raise Invalid("BAD_GENESIS", "keys and certificates are hexadecimal") from None
    checked = crypto.public_key(key)
    if certificate_key(certificate) != checked:
        raise Invalid("BAD_GENESIS", f"the certificate of {item['id']!r} is of another key")
    return Member(
        member_id(item["id"]), checked, certificate, item["peer_address"], item["api_address"]
    )


def _no_float(text: str) -> object:
    raise ValueError(f"{text} is not an integer")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result
