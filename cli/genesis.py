"""`hansa genesis`: what the members of a new chain agree on before its first block.

Each member makes its public entry on its own machine; one makes the document of all entries; all
compare its hash. Nothing in it is secret.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.composition import Composition
from cli.exits import Exit, Stop
from cli.files import write_new
from cli.keys import read_key
from cli.output import print_json, say, table
from ledger import genesis as document
from ledger.chain import Chain
from ledger.crypto import Signer
from ledger.errors import Invalid
from ledger.genesis import Genesis, Parameters, member_document
from ledger.identity import issue_certificate
from ledger.membership import Member, member_id
from ledger.store import MemoryStore

RULES: Final = 1

genesis = typer.Typer(help="Make, show and check the genesis document.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
File = Annotated[Path, typer.Argument(help="A genesis document.")]


@genesis.command()
def member(
    name: Annotated[str, typer.Argument(help="The member: a-z, 0-9 and inner hyphens.")],
    key: Annotated[Path, typer.Option(help="The key file of its node.")],
    peer: Annotated[str, typer.Option(help="host:port where peers reach its node.")],
    api: Annotated[str, typer.Option(help="The base URL of its HTTP node API.")] = "",
) -> None:
    """Print a member's public entry, to be sent to who makes the document."""
    print_json(member_document(public_entry(name, read_key(key), peer, api)))


@genesis.command()
def make(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(help="The file to make; never overwritten.")],
    entries: Annotated[
        list[Path], typer.Option("--member", help="A member's public entry; once per member.")
    ],
    name: Annotated[str, typer.Option(help="The chain's name.")] = "hansa",
    application: Annotated[
        Path | None,
        typer.Option(help="The lending machine's part, a JSON object; else its default."),
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=INTEGER", help="A parameter; may be repeated."),
    ] = None,
    timestamp: Annotated[
        str, typer.Option(help="Business time of height 0 (ISO 8601); else now.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make the document from the members' public entries."""
    members = [_read_json(path) for path in entries]
    chosen = dict(_parameter(item) for item in parameters or [])
    part = {} if application is None else _read_json(application)
    made = make_genesis(name, moment(timestamp), members, chosen, part)
    check_genesis(made, context.obj)
    write_new(out, made.to_json())
    _show(out, made, as_json=as_json)


@genesis.command()
def show(file: File, as_json: AsJson = False) -> None:
    """Print the hash, the members and the parameters of a document."""
    _show(file, read_genesis(file), as_json=as_json)


@genesis.command()
def check(context: typer.Context, file: File, as_json: AsJson = False) -> None:
    """Check a document wholly, the lending machine's part too, and print its hash."""
    try:
        made = read_genesis(file)
        state_root = check_genesis(made, context.obj)
    except Invalid as error:
        if as_json:
            print_json({"is_ok": False, "code": error.code, "detail": error.detail})
            raise typer.Exit(Exit.FAILED) from None
        raise Stop(f"{file}: {error}", Exit.FAILED) from None
    answer = {"is_ok": True, "genesis_hash": made.digest.hex(), "state_root": state_root.hex()}
    if as_json:
        print_json(answer)
    else:
        say(f"{file}: good, genesis hash {answer['genesis_hash']}")


def read_genesis(file: Path) -> Genesis:
    """Read a document. Raises Stop when there is no file, Invalid when it is no genesis."""
    try:
        return Genesis.from_json(file.read_bytes())
    except OSError as error:
        raise Stop(f"{file}: {error.strerror}") from None


def public_entry(name: str, signer: Signer, peer: str, api: str) -> Member:
    """What the others must know of a member. Raises Invalid."""
    certificate = issue_certificate(signer, member_id(name))
    return Member(member_id(name), signer.public_key, certificate, peer, api)


def make_genesis(
    name: str,
    timestamp_ms: int,
    members: list[object],
    parameters: dict[str, object],
    application: object,
) -> Genesis:
    """A checked document of these parts. Raises Invalid."""
    return Genesis.from_document(
        {
            "format": document.FORMAT,
            "name": name,
            "timestamp_ms": timestamp_ms,
            "rules": RULES,
            "members": members,
            "parameters": parameters,
            "application": application,
        }
    )


def check_genesis(made: Genesis, composition: Composition) -> bytes:
    """Let the machine make height 0 of it in memory; its state root. Raises Invalid."""
    store, machine = MemoryStore(), composition.machine()
    Chain.create(store, made, machine)
    return Chain(store, made, machine).head.header.state_root


def _show(file: Path, made: Genesis, *, as_json: bool) -> None:
    membership = made.membership
    answer = {
        "file": str(file),
        "name": made.name,
        "genesis_hash": made.digest.hex(),
        "timestamp": datetime.fromtimestamp(made.timestamp_ms / 1_000, UTC).isoformat(),
        "rules": made.rules,
        "quorum": membership.quorum,
        "faulty_at_most": membership.f,
        "parameters": asdict(made.parameters),
        "members": [member_document(each) for each in membership.members],
    }
    if as_json:
        print_json(answer)
        return
    for field in ("name", "genesis_hash", "timestamp", "rules", "quorum", "faulty_at_most"):
        say(f"{field:16} {answer[field]}")
    for field, value in asdict(made.parameters).items():
        say(f"{field:22} {value}")
    rows = ([m.id, m.key.hex(), m.peer_address, m.api_address] for m in membership.members)
    table(("member", "key", "peers at", "HTTP API"), rows)


def _read_json(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Stop(f"{file}: {error}") from None


def _parameter(item: str) -> tuple[str, object]:
    name, _, value = item.partition("=")
    known = {field.name for field in fields(Parameters)}
    if name not in known or not (value.isdecimal() or value in ("true", "false")):
        raise Stop(
            f"--set {item}: NAME=INTEGER was expected, NAME one of {', '.join(sorted(known))}"
        )
    return name, int(value) if value.isdecimal() else value == "true"


def moment(text: str) -> int:
    """A business time in milliseconds since 1970; now for no text. Raises Stop."""
    if not text:
        return time.time_ns() // 1_000_000
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Stop(f"{text}: {error}") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * 1_000
