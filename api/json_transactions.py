"""The JSON form of a transaction and its wire bytes, both ways; the id is that of the wire form.

    {"chain_id": hex, "sender": "...", "command": {"name": "...", "fields": {...}}, "salt": hex,
     "expires_at": 1000, "signatures": [{"key": hex, "signature": hex}]}

What is signed is the id: the digest of the canonical payload, never of this JSON. The fields of a
command are written as `json_values` says.
"""

from __future__ import annotations

from typing import Final

from api.json_values import from_json, hex_bytes, to_json
from api.problems import Problem
from ledger.transaction import SIGNATURES_MAX, ChainId, Transaction, build_payload, join_signatures

_NAMES: Final = ("chain_id", "sender", "command", "salt", "expires_at", "signatures")


def transaction_bytes(value: object) -> bytes:
    """The wire bytes of a JSON form read by `strict_json`. Raises Problem."""
    chain_id, sender, command, salt, expires_at, signatures = _members(
        value, "a transaction", *_NAMES
    )
    name, arguments = _members(command, "command", "name", "fields")
    if not isinstance(sender, str) or not isinstance(name, str):
        raise Problem("BAD_SHAPE", "sender and the command's name are strings")
    if not isinstance(arguments, dict) or type(expires_at) is not int:
        raise Problem("BAD_SHAPE", "fields is an object, expires_at an integer")
    try:
        payload = build_payload(
            ChainId(hex_bytes(chain_id, "chain_id")), sender,
            (name, {key: from_json(item) for key, item in arguments.items()}),
            hex_bytes(salt, "salt"), expires_at,
        )  # fmt: skip
    except OverflowError:
        raise Problem("BAD_SHAPE", "expires_at is too large") from None
    return join_signatures(payload, _signatures(signatures))


def transaction_json(transaction: Transaction) -> dict[str, object]:
    """The JSON form of a transaction."""
    name, arguments = transaction.command
    return {
        "chain_id": transaction.chain_id.hex(),
        "sender": transaction.sender,
        "command": {
            "name": name,
            "fields": {key: to_json(item) for key, item in arguments.items()},
        },
        "salt": transaction.salt.hex(),
        "expires_at": transaction.expires_at,
        "signatures": [
            {"key": key.hex(), "signature": signature.hex()}
            for key, signature in transaction.signatures
        ],
    }


def _signatures(value: object) -> list[tuple[bytes, bytes]]:
    if not isinstance(value, list) or not 1 <= len(value) <= SIGNATURES_MAX:
        raise Problem("BAD_SIGNATURES", f"a list of 1 to {SIGNATURES_MAX} was expected")
    pairs = [_members(item, "a signature", "key", "signature") for item in value]
    read = [(hex_bytes(key, "key"), hex_bytes(sig, "signature")) for key, sig in pairs]
    if len({key for key, _ in read}) != len(read):
        raise Problem("BAD_SIGNATURES", "a key stands twice")
    return read


def _members(value: object, what: str, *names: str) -> tuple[object, ...]:
    """The members of an object that has exactly these. Raises Problem."""
    if not isinstance(value, dict):
        raise Problem("BAD_SHAPE", f"{what} is an object")
    missing = [name for name in names if name not in value]
    unknown = [str(name)[:40] for name in value if name not in names]
    if missing or unknown:
        facts = {"missing": missing, "unknown": unknown[:10]}
        raise Problem("BAD_SHAPE", f"{what} has exactly: {', '.join(names)}", facts)
    return tuple(value[name] for name in names)
