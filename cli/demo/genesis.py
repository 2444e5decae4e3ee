"""The lending machine's part of a devnet's genesis: its members, a custodian, a currency. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from cli.demo.actors import CURRENCY, CUSTODIAN

WORK_PER_BLOCK: Final = 2_000
PRICE_AGE_MAX_MS: Final = 7 * 86_400_000
COLLATERAL: Final = "GOLD"


def application(members: Sequence[str], key_of: Callable[[str], bytes]) -> dict[str, object]:
    """Members and a custodian with keys of their own, one currency and one collateral asset."""
    return {
        "parties": [
            *(_party(name, "member", key_of(name)) for name in members),
            _party(CUSTODIAN, "custodian", key_of(CUSTODIAN)),
        ],
        "assets": [
            _asset(CURRENCY, "currency", 2, []),
            _asset(COLLATERAL, "collateral", 3, [CUSTODIAN]),
        ],
        "products": [],
        "parameters": {
            "approval_quorum": 0,
            "work_per_block": WORK_PER_BLOCK,
            "price_age_max_ms": PRICE_AGE_MAX_MS,
        },
    }


def _party(name: str, kind: str, key: bytes) -> dict[str, object]:
    return {"party": name, "kind": kind, "sponsor": "", "keys": [key.hex()], "threshold": 1}


def _asset(code: str, kind: str, decimals: int, sources: list[str]) -> dict[str, object]:
    return {
        "asset": code,
        "kind": kind,
        "decimals": decimals,
        "custodian": CUSTODIAN,
        "price_sources": sources,
    }
