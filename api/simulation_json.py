"""What a simulation is asked, out of JSON, strictly; its answer is in `simulate`.

    {"commands": [{"sender": "acme", "name": "repay", "fields": {...}, "signed_by": ["acme"]},
                  {"transaction": hex}],
     "shocks": [{"asset": "BOND", "currency": "USD", "price": 900000, "is_resumed": true},
                {"asset": "BOND", "currency": "USD", "change": -300000000},
                {"index": "sofr", "value": 65000000}, {"index": "sofr", "change": 20000000}],
     "at_height": 12, "until_ms": 1467331200000}

Every member may be left out. A command without `signed_by` counts as signed by its sender, a batch
also by the senders of its commands.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, cast

from api.json_values import from_json, hex_bytes
from api.problems import Problem, from_invalid
from ledger import codec
from ledger.errors import Invalid
from ledger.transaction import TRANSACTION_BYTES_MAX, Transaction, parse_transaction
from lending.fields import AMOUNT_MAX, RATE_MAX, RATE_UNIT, TIME_MS_MAX
from lending.simulation.question import (
    COMMANDS_MAX,
    SHOCKS_MAX,
    PriceShock,
    RateShock,
    Shock,
    Unsigned,
)

HEIGHT_MAX: Final = 2**62
_MEMBERS: Final = ("commands", "shocks", "at_height", "until_ms")
_PARTIES_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """A simulation as it was asked for."""

    transactions: tuple[Transaction | Unsigned, ...]
    """The commands."""
    shocks: tuple[Shock, ...]
    """The shocks."""
    at_height: int | None
    """After which block; None for the newest."""
    until_ms: int
    """Until when time passes; 0 for no longer than the commands."""


def wanted(value: object) -> Wanted:
    """A question out of JSON read by `strict_json`. Raises Problem."""
    members = _object(value, "a simulation", _MEMBERS)
    height = members.get("at_height")
    return Wanted(
        tuple(_command(each) for each in _list(members, "commands", COMMANDS_MAX)),
        tuple(_shock(each) for each in _list(members, "shocks", SHOCKS_MAX)),
        None if height is None else _integer(members, "at_height", 0, HEIGHT_MAX),
        _integer(members, "until_ms", 0, TIME_MS_MAX) if "until_ms" in members else 0,
    )


def _command(value: object) -> Transaction | Unsigned:
    members = _object(value, "a command", ("sender", "name", "fields", "signed_by", "transaction"))
    if "transaction" in members:
        return _transaction(members)
    sender, name = (_text(members, word) for word in ("sender", "name"))
    fields = members.get("fields")
    if not isinstance(fields, dict):
        raise Problem("BAD_SHAPE", "fields is an object")
    read = {str(key): from_json(item) for key, item in fields.items()}
    if "signed_by" not in members:
        return Unsigned(sender, name, read, _senders(name, read))
    signed_by = _list(members, "signed_by", _PARTIES_MAX)
    if not all(isinstance(party, str) for party in signed_by):
        raise Problem("BAD_SHAPE", "signed_by is a list of parties")
    return Unsigned(sender, name, read, cast("tuple[str, ...]", tuple(signed_by)))


def _senders(name: str, fields: dict[str, codec.Value]) -> tuple[str, ...]:
    """In whose name a batch does something."""
    steps = fields.get("commands") if name == "batch" else ()
    named = (step.get("sender") for step in steps or () if isinstance(step, dict))
    return tuple(sender for sender in named if isinstance(sender, str))[:_PARTIES_MAX]


def _transaction(members: dict[str, object]) -> Transaction:
    if len(members) != 1:
        raise Problem("BAD_SHAPE", "a transaction stands alone: it holds its sender and command")
    raw = hex_bytes(members["transaction"], "transaction")
    if len(raw) > TRANSACTION_BYTES_MAX:
        raise Problem("TOO_LARGE")
    try:
        return parse_transaction(raw)
    except Invalid as error:
        raise from_invalid(error) from None


def _shock(value: object) -> Shock:
    if isinstance(value, dict) and "index" in value:
        members = _object(value, "a rate shock", ("index", "value", "change"))
        new = _one_of(members, "value", (-RATE_MAX, RATE_MAX), (-RATE_MAX, RATE_MAX))
        return RateShock(_text(members, "index"), *new)
    names = ("asset", "currency", "price", "change", "is_resumed")
    members = _object(value, "a price shock", names)
    is_resumed = members.get("is_resumed", False)
    if not isinstance(is_resumed, bool):
        raise Problem("BAD_SHAPE", "is_resumed is true or false")
    new = _one_of(members, "price", (1, AMOUNT_MAX), (-RATE_UNIT, 1_000 * RATE_UNIT))
    asset, currency = (_text(members, word) for word in ("asset", "currency"))
    return PriceShock(asset, currency, *new, is_resumed)


def _one_of(
    members: dict[str, object], word: str, new: tuple[int, int], change: tuple[int, int]
) -> tuple[int | None, int]:
    if (word in members) == ("change" in members):
        raise Problem("BAD_SHAPE", f"a shock has either {word} or change")
    if word in members:
        return _integer(members, word, *new), 0
    return None, _integer(members, "change", *change)


def _object(value: object, what: str, known: Collection[str]) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Problem("BAD_SHAPE", f"{what} is an object")
    unknown = [str(name)[:40] for name in value if name not in known]
    if unknown:
        facts = {"unknown": unknown[:10], "known": list(known)}
        raise Problem("BAD_SHAPE", f"{what} has no {unknown[0]!a}", facts)
    return value


def _list(members: dict[str, object], name: str, maximum: int) -> list[object]:
    value = members.get(name, [])
    if not isinstance(value, list) or len(value) > maximum:
        raise Problem("BAD_SHAPE", f"{name} is a list of at most {maximum}")
    return value


def _text(members: dict[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 64:
        raise Problem("BAD_SHAPE", f"{name} is a text of 1 to 64 characters")
    return value


def _integer(members: dict[str, object], name: str, minimum: int, maximum: int) -> int:
    value = from_json(members.get(name))
    if type(value) is not int or not minimum <= value <= maximum:
        raise Problem("BAD_SHAPE", f"{name} is an integer from {minimum} to {maximum}")
    return value
