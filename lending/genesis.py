"""The machine's part of the genesis document: the first parties, assets and products.

It is an object of four fields: `parties`, `assets`, `products`, `parameters`. Names and bounds are
those of the commands; keys are hexadecimal. docs/lend/products.md and
config/genesis.lending.example.json show one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from ledger import codec
from ledger.errors import Invalid
from ledger.overlay import Overlay
from lending import keys, records
from lending.fields import (
    TIME_MS_MAX,
    AssetCode,
    Choice,
    Decimals,
    Integer,
    Malformed,
    Nested,
    OptionalPartyId,
    PartyId,
    PartyIds,
    PublicKeys,
    Shape,
    Slug,
    Threshold,
)
from lending.parties.registry import key_owner, write_party
from lending.products.template import template_problem
from lending.records import Asset, Parameters, Party, PartyKind, Product
from lending.terms import TEMPLATE_SHAPE, Template

WORK_PER_BLOCK_MAX: Final = 4_000
"""Forty items of a receipt for each, so that the clock's receipt stays within what is decoded."""


@dataclass(frozen=True, slots=True)
class FirstParty:
    """A party that is there from the start."""

    party: PartyId
    """The name."""
    kind: Annotated[str, Choice(("member", "desk", "borrower", "custodian"))]
    """What it may do; members exist from the genesis only."""
    sponsor: OptionalPartyId
    """The member that brought it in; empty for members and custodians of nobody's."""
    keys: PublicKeys
    """The keys that sign for it."""
    threshold: Threshold
    """How many of them must sign."""


@dataclass(frozen=True, slots=True)
class FirstAsset:
    """An asset that is there from the start."""

    asset: AssetCode
    """The code."""
    kind: Annotated[str, Choice(("currency", "collateral"))]
    """Whether it is lent, or pledged."""
    decimals: Decimals
    """Minor units of one whole unit, as a power of ten."""
    custodian: PartyId
    """Who issues it."""
    price_sources: PartyIds
    """Who may report its price."""


@dataclass(frozen=True, slots=True)
class FirstProduct:
    """A product that is active from the start, as its version 1."""

    product: Slug
    """The name."""
    template: Annotated[Template, Nested(TEMPLATE_SHAPE)]
    """The policy."""


@dataclass(frozen=True, slots=True)
class FirstParameters:
    """The machine's bounds."""

    approval_quorum: Annotated[int, Integer(0, 64)]
    """How many members make a product active; 0 for as many as make a consensus quorum."""
    work_per_block: Annotated[int, Integer(1, WORK_PER_BLOCK_MAX)]
    """The most that the clock does in one block: things fallen due, and alarms for nothing."""
    price_age_max_ms: Annotated[int, Integer(1, TIME_MS_MAX)]
    """How old a price may be to decide by."""


_SECTIONS: Final = frozenset({"parties", "assets", "products", "parameters"})
_PARTY: Final = Shape(FirstParty)
_ASSET: Final = Shape(FirstAsset)
_PRODUCT: Final = Shape(FirstProduct)
_PARAMETERS: Final = Shape(FirstParameters)


def write(state: Overlay, document: codec.Value) -> None:
    """Write the first state. Raises Invalid."""
    if not isinstance(document, dict) or document.keys() != _SECTIONS:
        raise _bad(f"application must have exactly {sorted(_SECTIONS)}")
    try:
        members = _write_parties(state, _items(document["parties"]))
        _write_assets(state, _items(document["assets"]))
        _write_products(state, _items(document["products"]))
        _write_parameters(state, _PARAMETERS.read(document["parameters"]), members)
    except Malformed as problem:
        raise _bad(str(problem)) from None


def _write_parties(state: Overlay, items: tuple[codec.Value, ...]) -> tuple[str, ...]:
    members: list[str] = []
    for item in items:
        first = _PARTY.read(_with_keys(item))
        if state.get(keys.party(first.party)) is not None:
            raise _bad(f"party {first.party} twice")
        if first.threshold > len(first.keys):
            raise _bad(f"party {first.party} has fewer keys than its threshold")
        if any(key_owner(state, key) for key in first.keys):
            raise _bad(f"a key of {first.party} belongs to another party")
        kind = PartyKind(first.kind)
        if kind is PartyKind.MEMBER:
            members.append(first.party)
        elif first.sponsor and first.sponsor not in members:
            raise _bad(f"the sponsor of {first.party} must be a member listed before it")
        write_party(state, Party(first.party, kind, first.sponsor, first.keys, first.threshold))
    if not members:
        raise _bad("there must be a member")
    return tuple(sorted(members))


def _write_assets(state: Overlay, items: tuple[codec.Value, ...]) -> None:
    for item in items:
        first = _ASSET.read(item)
        custodian = records.PARTY.get(state, keys.party(first.custodian))
        if custodian is None or custodian.kind is not PartyKind.CUSTODIAN:
            raise _bad(f"the custodian of {first.asset} is not registered as one")
        if any(state.get(keys.party(source)) is None for source in first.price_sources):
            raise _bad(f"a price source of {first.asset} is not registered")
        if state.get(keys.asset(first.asset)) is not None:
            raise _bad(f"asset {first.asset} twice")
        asset = Asset(first.asset, first.kind, first.decimals, first.custodian, first.price_sources)
        records.ASSET.put(state, keys.asset(asset.code), asset)


def _write_products(state: Overlay, items: tuple[codec.Value, ...]) -> None:
    for item in items:
        first = _PRODUCT.read(item)
        if problem := template_problem(first.template):
            raise _bad(f"product {first.product}: {problem}")
        if state.get(keys.product(first.product, 1)) is not None:
            raise _bad(f"product {first.product} twice")
        product = Product(first.product, 1, "", (), is_active=True, template=first.template)
        records.PRODUCT.put(state, keys.product(product.name, 1), product)


def _write_parameters(state: Overlay, first: FirstParameters, members: tuple[str, ...]) -> None:
    n = len(members)
    quorum = first.approval_quorum or (n + (n - 1) // 3) // 2 + 1
    if quorum > n:
        raise _bad("approval_quorum is above the number of members")
    parameters = Parameters(members, quorum, first.work_per_block, first.price_age_max_ms)
    records.PARAMETERS.put(state, keys.PARAMETERS, parameters)


def _items(value: codec.Value) -> tuple[codec.Value, ...]:
    if not isinstance(value, (list, tuple)):
        raise _bad("a list was expected")
    return tuple(_tuples(item) for item in value)


def _tuples(value: codec.Value) -> codec.Value:
    """JSON has lists where canonical values have tuples."""
    if isinstance(value, (list, tuple)):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {name: _tuples(item) for name, item in value.items()}
    return value


def _with_keys(item: codec.Value) -> codec.Value:
    """A party's document with its keys as bytes; anything malformed is left for the reader."""
    listed = item.get("keys") if isinstance(item, dict) else None
    if not isinstance(listed, tuple) or any(type(key) is not str for key in listed):
        return item
    try:
        return {**item, "keys": tuple(sorted(bytes.fromhex(key) for key in listed))}
    except ValueError:
        raise _bad("keys are hexadecimal") from None


def _bad(detail: str) -> Invalid:
    return Invalid("BAD_GENESIS", detail)
