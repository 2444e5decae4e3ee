"""The types that a field of a command may have: what is accepted, and how a refusal says so.

A type is strict: no integer is read from text, no boolean passes for a number, nothing has a
default. It is not a rule of lending: whether an amount is affordable is decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Annotated, Final, Generic, Protocol, TypeVar, get_args, get_type_hints

from ledger import crypto
from ledger.errors import Invalid

T = TypeVar("T")

AMOUNT_MAX: Final = 2**63 - 1
RATE_UNIT: Final = 1_000_000_000
RATE_MAX: Final = 10 * RATE_UNIT
TIME_MS_MAX: Final = 2**53
KEYS_MAX: Final = 16
NAMES_MAX: Final = 16


class Malformed(ValueError):
    """A value is not what its field takes; names the field and what was expected."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}")
        self.field = field
        self.expected = expected


class FieldType(Protocol):
    """What a field accepts."""

    def read(self, name: str, value: object) -> object:
        """The value as the machine uses it. Raises Malformed."""

    def describe(self) -> str:
        """What is accepted, for people."""


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer between two bounds, both included."""

    minimum: int
    """The smallest accepted."""
    maximum: int
    """The largest accepted."""

    def read(self, name: str, value: object) -> object:
        """See FieldType."""
        if type(value) is int and self.minimum <= value <= self.maximum:
            return value
        raise Malformed(name, self.describe())

    def describe(self) -> str:
        """See FieldType."""
        return f"an integer from {self.minimum} to {self.maximum}"


@dataclass(frozen=True, slots=True)
class Text:
    """A string that matches a pattern as a whole."""

    pattern: re.Pattern[str]
    """The pattern."""
    expected: str
    """The pattern in words."""

    def read(self, name: str, value: object) -> object:
        """See FieldType."""
        if type(value) is str and self.pattern.fullmatch(value):
            return value
        raise Malformed(name, self.expected)

    def describe(self) -> str:
        """See FieldType."""
        return self.expected


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]
    """The words."""

    def read(self, name: str, value: object) -> object:
        """See FieldType."""
        if type(value) is str and value in self.words:
            return value
        raise Malformed(name, self.describe())

    def describe(self) -> str:
        """See FieldType."""
        return "one of " + ", ".join(self.words)


@dataclass(frozen=True, slots=True)
class Keys:
    """Public keys in ascending order, each once."""

    def read(self, name: str, value: object) -> object:
        """See FieldType."""
        if type(value) is not tuple or not 0 < len(value) <= KEYS_MAX:
            raise Malformed(name, self.describe())
        if any(type(key) is not bytes for key in value) or list(value) != sorted(set(value)):
            raise Malformed(name, self.describe())
        try:
            return tuple(crypto.public_key(key) for key in value)
        except Invalid:
            raise Malformed(name, self.describe()) from None

    def describe(self) -> str:
        """See FieldType."""
        return f"1 to {KEYS_MAX} Ed25519 public keys, ascending, each once"


@dataclass(frozen=True, slots=True)
class DigestBytes:
    """A digest of 32 bytes."""

    def read(self, name: str, value: object) -> object:
        """See FieldType."""
        if type(value) is bytes and len(value) == crypto.DIGEST_BYTES:
            return value
        raise Malformed(name, self.describe())

    def describe(self) -> str:
        """See FieldType."""
        return "32 bytes"


@dataclass(frozen=True, slots=True)
class Names:
    """Names in an order that matters, each once."""

    item: Text | Choice
    """What each of them is."""
    minimum: int
    """The fewest."""
    maximum: int
    """The most."""

    def read(self, name: str, value: object) -> object:
        """See FieldType."""
        if type(value) is not tuple or not self.minimum <= len(value) <= self.maximum:
            raise Malformed(name, self.describe())
        for item in value:
            self.item.read(name, item)
        if len(set(value)) != len(value):
            raise Malformed(name, self.describe())
        return value

    def describe(self) -> str:
        """See FieldType."""
        return f"{self.minimum} to {self.maximum} different names, each {self.item.describe()}"


class Shape(Generic[T]):
    """All fields of a dataclass and their types, found once from its annotations."""

    __slots__ = ("_make", "_names", "types", "values")

    def __init__(self, make: type[T]) -> None:
        hints = get_type_hints(make, include_extras=True)
        self._make = make
        self.types: dict[str, FieldType] = {
            field.name: _field_type(hints[field.name])
            for field in fields(make)  # type: ignore[arg-type]
        }
        self._names = frozenset(self.types)
        self.values = attrgetter(*self.types)

    def read(self, arguments: object) -> T:
        """The object of a map with exactly the fields. Raises Malformed."""
        if not isinstance(arguments, Mapping):
            raise Malformed("fields", "a map of fields")
        if arguments.keys() != self._names:
            self._refuse_names(arguments)
        checked = [each.read(name, arguments[name]) for name, each in self.types.items()]
        return self._make(*checked)

    def _refuse_names(self, arguments: Mapping[object, object]) -> None:
        given = {str(name) for name in arguments}
        missing = sorted(self._names - given)
        if missing:
            raise Malformed(missing[0], "present")
        unknown = sorted(given - self._names)
        raise Malformed(unknown[0][:40], "absent: there is no such field")


@dataclass(frozen=True, slots=True)
class Nested(Generic[T]):
    """A map that is read into a dataclass of its own."""

    shape: Shape[T]
    """The fields of that dataclass."""

    def read(self, name: str, value: object) -> object:
        """See FieldType."""
        try:
            return self.shape.read(value)
        except Malformed as problem:
            raise Malformed(f"{name}.{problem.field}", problem.expected) from None

    def describe(self) -> str:
        """See FieldType."""
        return "a map of fields"


def _field_type(hint: object) -> FieldType:
    found: FieldType = get_args(hint)[1]
    return found


_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_PARTY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_ASSET = re.compile(r"[A-Z][A-Z0-9]{1,11}")
_REFERENCE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?")
_PARTY_TEXT = Text(_PARTY, "1 to 32 of a-z, 0-9 and inner hyphens")
_SLUG_TEXT = Text(_SLUG, "1 to 40 of a-z, 0-9 and inner hyphens")
_ASSET_TEXT = Text(_ASSET, "2 to 12 of A-Z and 0-9, a letter first")

Amount = Annotated[int, Integer(1, AMOUNT_MAX)]
"""A positive amount in the asset's minor unit."""
AmountOrZero = Annotated[int, Integer(0, AMOUNT_MAX)]
"""An amount in the asset's minor unit that may be nothing."""
Rate = Annotated[int, Integer(0, RATE_MAX)]
"""A part or a yearly rate in billionths: 12.29 % is 122_900_000."""
TimeMs = Annotated[int, Integer(0, TIME_MS_MAX)]
"""Business time in milliseconds since 1970."""
Days = Annotated[int, Integer(0, 366)]
"""A number of days."""
Count = Annotated[int, Integer(1, 600)]
"""A number of installments."""
Version = Annotated[int, Integer(1, 65_535)]
"""The version of a product."""
Decimals = Annotated[int, Integer(0, 18)]
"""Decimal places of an asset."""
Threshold = Annotated[int, Integer(1, KEYS_MAX)]
"""How many keys must sign."""
PartyId = Annotated[str, _PARTY_TEXT]
"""The name of a party."""
OptionalPartyId = Annotated[str, Text(re.compile(f"(?:{_PARTY.pattern})?"), "a party or nothing")]
"""The name of a party, or the empty string for none."""
PartyIds = Annotated[tuple[str, ...], Names(_PARTY_TEXT, 0, NAMES_MAX)]
"""Several parties."""
Slug = Annotated[str, _SLUG_TEXT]
"""The name of a product, an agreement or a loan."""
AssetCode = Annotated[str, _ASSET_TEXT]
"""The code of an asset."""
OptionalAssetCode = Annotated[
    str, Text(re.compile(f"(?:{_ASSET.pattern})?"), "an asset code or nothing")
]
"""The code of an asset, or the empty string for none."""
Reference = Annotated[str, Text(_REFERENCE, "1 to 64 printable ASCII characters")]
"""What the outside world calls a payment."""
PublicKeys = Annotated[tuple[bytes, ...], Keys()]
"""The keys of a party."""
CycleText = Annotated[
    str,
    Text(
        re.compile(r"P(?:[1-9][0-9]?[WMQHY]|(?:[7-9]|[1-9][0-9]{1,2})D)L[01]"),
        "a cycle of a week or more, like P1ML1",
    ),
]
"""How often something happens, as ACTUS writes it."""
TermsDigest = Annotated[bytes, DigestBytes()]
"""The digest that names a term sheet."""


@dataclass(frozen=True, slots=True)
class Several(Generic[T]):
    """A list of maps, each read into a dataclass of its own."""

    shape: Shape[T]
    """The fields of that dataclass."""
    minimum: int
    """The fewest."""
    maximum: int
    """The most."""

    def read(self, name: str, value: object) -> object:
        """See FieldType."""
        if type(value) is not tuple or not self.minimum <= len(value) <= self.maximum:
            raise Malformed(name, self.describe())
        one = Nested(self.shape)
        return tuple(one.read(f"{name}.{place}", each) for place, each in enumerate(value))

    def describe(self) -> str:
        """See FieldType."""
        return f"a list of {self.minimum} to {self.maximum} maps of fields"


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of rows of the same columns; the first column holds each value once."""

    columns: tuple[FieldType, ...]
    """What each column is."""
    minimum: int
    """The fewest rows."""
    maximum: int
    """The most rows."""

    def read(self, name: str, value: object) -> object:
        """See FieldType."""
        if type(value) is not tuple or not self.minimum <= len(value) <= self.maximum:
            raise Malformed(name, self.describe())
        if any(type(row) is not tuple or len(row) != len(self.columns) for row in value):
            raise Malformed(name, self.describe())
        for row in value:
            for column, cell in zip(self.columns, row, strict=True):
                column.read(name, cell)
        if len({row[0] for row in value}) != len(value):
            raise Malformed(name, self.describe())
        return value

    def describe(self) -> str:
        """See FieldType."""
        inner = "; ".join(column.describe() for column in self.columns)
        return (
            f"a list of {self.minimum} to {self.maximum} rows of ({inner}), first cells different"
        )


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that something else reads; their number is bounded before anything looks at them."""

    minimum: int
    """The fewest bytes."""
    maximum: int
    """The most bytes."""

    def read(self, name: str, value: object) -> object:
        """See FieldType."""
        if type(value) is bytes and self.minimum <= len(value) <= self.maximum:
            return value
        raise Malformed(name, self.describe())

    def describe(self) -> str:
        """See FieldType."""
        return f"{self.minimum} to {self.maximum} bytes"


SignedRate = Annotated[int, Integer(-RATE_MAX, RATE_MAX)]
"""A yearly rate in billionths that may be below zero, as the value of an index."""
OptionalSlug = Annotated[str, Text(re.compile(f"(?:{_SLUG.pattern})?"), "a name or nothing")]
"""A name, or the empty string for none."""
DayMs = Annotated[int, Integer(0, 7_258_118_400_000)]
"""A day as the milliseconds of its midnight (UTC), until the year 2200."""
PartyAmounts = Annotated[
    tuple[tuple[str, int], ...], Rows((_PARTY_TEXT, Integer(1, AMOUNT_MAX)), 1, NAMES_MAX)
]
"""Parties and an amount of each, in an order that matters."""
Weights = Annotated[
    tuple[tuple[str, int], ...], Rows((_PARTY_TEXT, Integer(1, AMOUNT_MAX)), 0, NAMES_MAX)
]
"""Parties and a weight of each, in an order that matters; there may be none."""
Tiers = Annotated[
    tuple[tuple[int, int, int], ...],
    Rows((Integer(0, AMOUNT_MAX), Integer(0, AMOUNT_MAX), Integer(0, RATE_MAX)), 1, NAMES_MAX),
]
"""Tiers of a fee: from which amount, its flat part, its part of the amount in billionths."""
AssetCodes = Annotated[tuple[str, ...], Names(_ASSET_TEXT, 1, NAMES_MAX)]
"""Several assets."""
Parts = Annotated[int, Integer(0, 1_000)]
"""How many equal parts of a whole somebody gets."""


@dataclass(frozen=True, slots=True)
class Map:
    """A map whose members are looked at later, by whoever knows what they stand for."""

    expected: str
    """What it is, in words."""

    def read(self, name: str, value: object) -> object:
        """See FieldType."""
        if type(value) is dict and all(type(key) is str for key in value):
            return value
        raise Malformed(name, self.expected)

    def describe(self) -> str:
        """See FieldType."""
        return self.expected


CommandName = Annotated[
    str, Text(re.compile(r"[a-z_]{1,40}"), "the name of a command: 1 to 40 of a-z and _")
]
"""The name of a command, whether there is one or not."""
SIGNATORY_ROLES: Final = ("GUARANTOR", "ARRANGER", "SECURITY_AGENT")
"""Who may have to sign an agreement besides lender and borrower."""
Roles = Annotated[tuple[str, ...], Names(Choice(SIGNATORY_ROLES), 0, len(SIGNATORY_ROLES))]
"""Parts in an agreement, in an order that matters."""
RoleParties = Annotated[
    tuple[tuple[str, str], ...],
    Rows((Choice(SIGNATORY_ROLES), _PARTY_TEXT), 0, len(SIGNATORY_ROLES)),
]
"""Parts in an agreement and the party that has each."""
PurposeCode = Annotated[
    str,
    Text(re.compile(r"[A-Z][A-Z0-9_]{1,23}"), "2 to 24 of A-Z, 0-9 and _, a letter first"),
]
"""What money is for, in a word that lenders agreed on."""
MonthTiers = Annotated[
    tuple[tuple[int, int], ...], Rows((Integer(0, 600), Integer(0, RATE_UNIT)), 0, NAMES_MAX)
]
"""Tiers by time: from which month on, which part in billionths."""
