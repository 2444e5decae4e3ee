"""A node's settings: one file, environment and flags with one precedence; no defaults elsewhere.

Precedence: flag, then environment (`HANSA_NODE_` and the name in capitals), then the TOML file, then
the default. Unknown names and wrong types are errors that say where they stand. config/node.toml is
the commented example, and a test keeps it complete.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from ledger.errors import Invalid
from runtime.log import LEVELS
from runtime.transport import split_address

BACKENDS: Final = ("auto", "leveldb", "sqlite")
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]{16,256}")
ENVIRONMENT_PREFIX: Final = "HANSA_NODE_"


@dataclass(frozen=True, slots=True)
class Settings:
    """How one node runs."""

    data: Path
    """The folder of the node's data, made by `hansa init`."""
    genesis: Path
    """The genesis document."""
    key: Path
    """The member's private key (PKCS #8 PEM)."""
    member: str
    """Which member of the genesis this node is."""
    peer_listen: str = ""
    """host:port to listen at for peers; empty: the peer_address of the genesis."""
    api_listen: str = "127.0.0.1:8080"
    """host:port of the HTTP node API."""
    backend: str = "auto"
    """The store of a new data folder: leveldb, sqlite, or auto (LevelDB where its binding is)."""
    log_level: str = "info"
    """debug, info, warning or error."""
    log_json: bool = True
    """One JSON object per line instead of text for people."""
    mempool_transactions_max: int = 50_000
    """How many transactions may wait here."""
    verify_threads: int = 2
    """Threads that check transaction signatures."""
    epoch_ms: int = 0
    """On a devnet: the wall-clock time at which business time was the genesis time."""
    reader_token: str = ""
    """What readers of the API must show as a bearer; empty: whoever reaches it may read."""


def load_settings(
    file: Path | None, flags: Mapping[str, str], environment: Mapping[str, str] = os.environ
) -> Settings:
    """Merge the sources. Paths in the file are relative to the file. Raises Invalid."""
    merged: dict[str, object] = {}
    known = {field.name: str(field.type) for field in fields(Settings)}
    if file is not None:
        merged.update(_read_file(file, known))
    for variable, text in environment.items():
        if variable.startswith(ENVIRONMENT_PREFIX):
            merged[_known(variable.removeprefix(ENVIRONMENT_PREFIX).lower(), known, variable)] = (
                text
            )
    for name, text in flags.items():
        merged[_known(name, known, "flag")] = text
    missing = [name for name in ("data", "genesis", "key", "member") if name not in merged]
    if missing:
        raise Invalid("BAD_SETTINGS", f"missing: {', '.join(missing)}")
    values = {name: _convert(name, known[name], value) for name, value in merged.items()}
    settings = Settings(**values)  # type: ignore[arg-type]
    check_settings(settings)
    return settings


def check_settings(settings: Settings) -> None:
    """Check values against each other. Raises Invalid."""
    if settings.backend not in BACKENDS:
        raise Invalid("BAD_SETTINGS", f"backend must be one of {', '.join(BACKENDS)}")
    if settings.log_level not in LEVELS:
        raise Invalid("BAD_SETTINGS", f"log_level must be one of {', '.join(LEVELS)}")
    split_address(settings.api_listen)
    if settings.peer_listen:
        split_address(settings.peer_listen)
    if settings.mempool_transactions_max < 1 or settings.verify_threads < 1:
        raise Invalid("BAD_SETTINGS", "limits must be positive")
    if settings.reader_token and not _TOKEN.fullmatch(settings.reader_token):
        raise Invalid("BAD_SETTINGS", "reader_token must be 16 to 256 of A-Z a-z 0-9 . _ ~ + / -")
    if settings.epoch_ms < 0:
        raise Invalid("BAD_SETTINGS", "epoch_ms must not be negative")


def _read_file(file: Path, known: Mapping[str, str]) -> dict[str, object]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid("BAD_SETTINGS", f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise Invalid("BAD_SETTINGS", f"{file}: {error}") from None
    for name in content:
        _known(name, known, str(file))
    for name in ("data", "genesis", "key"):
        if isinstance(content.get(name), str):
            content[name] = str(file.parent / content[name])
    return content


def _known(name: str, known: Mapping[str, str], where: str) -> str:
    if name not in known:
        raise Invalid("BAD_SETTINGS", f"{where}: unknown setting {name!r}")
    return name


def _convert(name: str, wanted: str, value: object) -> object:
    if wanted == "Path" and isinstance(value, str):
        return Path(value)
    if wanted == "str" and isinstance(value, str):
        return value
    if wanted == "bool" and (isinstance(value, bool) or value in ("true", "false")):
        return value if isinstance(value, bool) else value == "true"
    if wanted == "int" and type(value) is int:
        return value
    if wanted == "int" and isinstance(value, str) and value.isdecimal() and len(value) < 20:
        return int(value)
    raise Invalid("BAD_SETTINGS", f"{name} must be {wanted}, not {value!r}")
