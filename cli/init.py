"""`hansa init`: a member's folder, made once: key, genesis, settings and a data folder at height 0."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from cli.composition import Composition
from cli.exits import Stop
from cli.files import write_new
from cli.genesis import read_genesis
from cli.keys import read_key, write_key
from cli.output import print_json, say
from ledger.crypto import Signer
from ledger.genesis import Genesis
from ledger.membership import Member, member_id

KEY_FILE: Final = "node.key"
GENESIS_FILE: Final = "genesis.json"
SETTINGS_FILE: Final = "node.toml"
DATA_FOLDER: Final = "data"


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The member's folder; made if it is not there.")],
    member: Annotated[
        str, typer.Option(help="The member's name; with a genesis it is found by the key.")
    ] = "",
    genesis: Annotated[
        Path | None, typer.Option(help="The genesis document, once all members agreed on it.")
    ] = None,
    backend: Annotated[str, typer.Option(help="leveldb, sqlite or auto.")] = "auto",
    api_listen: Annotated[
        str, typer.Option(help="host:port of the HTTP node API; else that of the genesis.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a member's folder: first its key, then, with the genesis, all that its node needs.

    Without --genesis it makes FOLDER/node.key alone, and says how to go on. Nothing that is there
    already is overwritten.
    """
    signer = ensure_key(folder / KEY_FILE)
    if genesis is None:
        done = {"folder": str(folder), "public_key": signer.public_key.hex()}
        after = (
            f"hansa genesis member {member or 'NAME'} --key {folder / KEY_FILE} "
            "--peer HOST:PORT > NAME.json"
        )
    else:
        document = read_genesis(genesis)
        found = find_member(document, signer, member)
        opened = make_folder(context.obj, folder, document, found, backend, api_listen)
        done = {
            "folder": str(folder), "member": str(found.id), "backend": opened,
            "genesis_hash": document.digest.hex(), "public_key": signer.public_key.hex(),
        }  # fmt: skip
        after = f"hansa run --config {folder / SETTINGS_FILE}"
    if as_json:
        print_json({**done, "next": after})
        return
    for name, value in done.items():
        say(f"{name:14} {value}")
    say(f"\nNext: {after}")


def ensure_key(file: Path) -> Signer:
    """The key of a file, made if there is none."""
    if not file.exists():
        write_key(file, Signer.generate())
    return read_key(file)


def find_member(document: Genesis, signer: Signer, name: str = "") -> Member:
    """The member whose key this is. Raises Stop."""
    for each in document.membership.members:
        if each.key == signer.public_key and name in ("", each.id):
            return each
    whose = f"of {member_id(name)} " if name else ""
    raise Stop(f"the key {whose}is not among the members of the genesis: {signer.public_key.hex()}")


def make_folder(
    composition: Composition,
    folder: Path,
    document: Genesis,
    member: Member,
    backend: str = "auto",
    api_listen: str = "",
    extra: str = "",
) -> str:
    """Write settings, genesis and the data folder beside a key; the backend. Raises Stop, Invalid."""
    for name in (SETTINGS_FILE, GENESIS_FILE, DATA_FOLDER):
        if (folder / name).exists():
            raise Stop(f"{folder / name}: is there already, and nothing is overwritten")
    scratch = folder / f"{DATA_FOLDER}.new"
    shutil.rmtree(scratch, ignore_errors=True)
    opened = composition.create_data(scratch, document, backend)
    scratch.rename(folder / DATA_FOLDER)
    write_new(folder / GENESIS_FILE, document.to_json())
    listen = api_listen or urlsplit(member.api_address).netloc or "127.0.0.1:8080"
    write_new(folder / SETTINGS_FILE, settings_text(member.id, listen, extra).encode())
    return opened


def settings_text(member: str, api_listen: str, extra: str = "") -> str:
    """The settings file of a member's folder."""
    return (
        "# What may stand here: config/node.toml, docs/operate/running.md.\n"
        f'data = "{DATA_FOLDER}"\n'
        f'genesis = "{GENESIS_FILE}"\n'
        f'key = "{KEY_FILE}"\n'
        f'member = "{member}"\n'
        f'api_listen = "{api_listen}"\n'
        f"{extra}"
    )
