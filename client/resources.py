"""What can be read by name: each kind and where the HTTP API has it. A table, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Resource:
    """Where one kind of thing is."""

    path: str
    """Its path; each {word} stands for one of the names."""
    is_list: bool
    """Whether it is a list, page after page."""

    @property
    def names(self) -> tuple[str, ...]:
        """What its names are, in order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


RESOURCES: Final[dict[str, Resource]] = {
    "party": Resource("/v1/parties/{party}", is_list=False),
    "parties": Resource("/v1/parties", is_list=True),
    "asset": Resource("/v1/assets/{asset}", is_list=False),
    "assets": Resource("/v1/assets", is_list=True),
    "product": Resource("/v1/products/{product}/{version}", is_list=False),
    "products": Resource("/v1/products", is_list=True),
    "agreement": Resource("/v1/agreements/{agreement}", is_list=False),
    "agreements": Resource("/v1/agreements", is_list=True),
    "loan": Resource("/v1/loans/{loan}", is_list=False),
    "loans": Resource("/v1/loans", is_list=True),
    "statement": Resource("/v1/loans/{loan}/statement", is_list=False),
    "account": Resource("/v1/accounts/{owner}/{kind}/{asset}", is_list=False),
    "accounts": Resource("/v1/accounts", is_list=True),
    "entries": Resource("/v1/accounts/{owner}/{kind}/{asset}/entries", is_list=True),
    "pool": Resource("/v1/pools/{pool}", is_list=False),
    "pools": Resource("/v1/pools", is_list=True),
    "positions": Resource("/v1/pools/{pool}/{tranche}/positions", is_list=True),
    "queue": Resource("/v1/pools/{pool}/{tranche}/queue", is_list=True),
    "credit-lines": Resource("/v1/pools/{pool}/credit-lines", is_list=True),
    "facility": Resource("/v1/facilities/{facility}", is_list=False),
    "facilities": Resource("/v1/facilities", is_list=True),
    "amendments": Resource("/v1/facilities/{facility}/amendments", is_list=True),
    "indices": Resource("/v1/indices", is_list=True),
    "fixings": Resource("/v1/indices/{index}/fixings", is_list=True),
    "collateral-account": Resource("/v1/collateral-accounts/{account}", is_list=False),
    "collateral-accounts": Resource("/v1/collateral-accounts", is_list=True),
    "policies": Resource("/v1/collateral-policies", is_list=True),
    "price-feeds": Resource("/v1/price-feeds", is_list=True),
    "protection": Resource("/v1/protections/{protection}", is_list=False),
    "protections": Resource("/v1/protections", is_list=True),
    "cover-fund": Resource("/v1/cover-funds/{fund}", is_list=False),
    "cover-funds": Resource("/v1/cover-funds", is_list=True),
}
"""By the kind; one of them in the singular, all of them in the plural."""


def resource_path(kind: str, names: tuple[str, ...]) -> str:
    """The path of a kind with its names. Raises ValueError for another kind or count of names."""
    resource = RESOURCES.get(kind)
    if resource is None:
        raise ValueError(f"{kind}: one of {', '.join(RESOURCES)} was expected")
    if len(names) != len(resource.names):
        raise ValueError(f"{kind}: {' '.join(resource.names) or 'no name'} was expected")
    return resource.path.format(**dict(zip(resource.names, names, strict=True)))
