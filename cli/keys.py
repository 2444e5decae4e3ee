"""`hansa keys`: making, showing and encrypting Ed25519 key files; a key is never printed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.exits import Stop
from cli.files import replace, write_new
from cli.output import print_json, say
from ledger.crypto import Signer
from ledger.errors import Invalid

VARIABLE: Final = "HANSA_PASSPHRASE"
"""The environment variable that a passphrase may come from, instead of a prompt."""

keys = typer.Typer(help="Make, show and encrypt Ed25519 key files.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@keys.command()
def new(
    file: Annotated[Path, typer.Argument(help="The file to make; never overwritten.")],
    encrypt: Annotated[bool, typer.Option("--encrypt", help="Ask for a passphrase.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a key, readable by its owner alone, and print its public half."""
    signer = Signer.generate()
    write_key(file, signer, _passphrase(confirm=True) if encrypt else None)
    _show(file, signer, as_json=as_json)


@keys.command()
def show(
    file: Annotated[Path, typer.Argument(help="A key file.")], as_json: AsJson = False
) -> None:
    """Print the public half of a key file."""
    _show(file, read_key(file), as_json=as_json)


@keys.command()
def encrypt(file: Annotated[Path, typer.Argument(help="A key file without a passphrase.")]) -> None:
    """Put a passphrase on a key file, in place."""
    data = read_key(file).to_pem(_passphrase(confirm=True))
    replace(file, data)
    say(f"{file}: encrypted")


def read_key(file: Path) -> Signer:
    """Read a key file, asking for its passphrase where it has one. Raises Stop."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Stop(f"{file}: {error.strerror}") from None
    try:
        return Signer.from_pem(data, _passphrase() if b"ENCRYPTED" in data else None)
    except Invalid as error:
        raise Stop(f"{file}: {error.detail or error.code}") from None


def write_key(file: Path, signer: Signer, passphrase: bytes | None = None) -> None:
    """Write a key to a new file that its owner alone can read. Raises Stop."""
    write_new(file, signer.to_pem(passphrase), mode=0o600)


def _passphrase(*, confirm: bool = False) -> bytes:
    given = os.environ.get(VARIABLE)
    if given is None:
        given = str(
            typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
        )
    if not given:
        raise Stop("an empty passphrase protects nothing")
    return given.encode()


def _show(file: Path, signer: Signer, *, as_json: bool) -> None:
    document = {"file": str(file), "public_key": signer.public_key.hex()}
    if as_json:
        print_json(document)
    else:
        say(f"{document['file']}: public key {document['public_key']}")
