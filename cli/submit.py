"""`hansa submit`: one command, signed by key files, handed in and followed to its receipt.

Several people can sign one after the other: --out writes the transaction to a file instead of
handing it in, and --transaction takes such a file up again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final, NoReturn, cast

import typer

from cli.connection import connect
from cli.exits import Exit, Stop
from cli.files import write_new
from cli.keys import read_key
from cli.output import print_json, say
from cli.status import DEFAULT_URL
from client import HansaClient, Signed, Status, Submission, add_signatures
from client.transactions import LIFETIME_HEIGHTS
from client.values import from_json, to_json
from ledger import codec
from ledger.crypto import PublicKey, public_key
from ledger.receipt import Applied, Rejected
from lending.commands import parse_command

NAME_AND_FIELDS: Final = {"name", "fields"}


def submit(
    command: Annotated[
        Path | None,
        typer.Argument(help='A JSON file {"name": ..., "fields": {...}}; - reads standard input.'),
    ] = None,
    sender: Annotated[str, typer.Option(help="The party in whose name it acts.")] = "",
    keys: Annotated[
        list[Path] | None, typer.Option("--key", help="A key file that signs; once per signer.")
    ] = None,
    co_signers: Annotated[
        list[str] | None,
        typer.Option(
            "--co-signer", metavar="HEX", help="A public key that signs later; once per key."
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="The command's name, instead of a file.")] = "",
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="NAME=VALUE", help="A field: JSON, or text as it is."),
    ] = None,
    transaction: Annotated[
        Path | None, typer.Option(help="A transaction that others have signed.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the signed transaction here, hand in nothing.")
    ] = None,
    urls: Annotated[
        list[str] | None,
        typer.Option("--url", help=f"A node; may be repeated. Else {DEFAULT_URL}."),
    ] = None,
    lifetime: Annotated[
        int, typer.Option(help="How many blocks it may wait for.")
    ] = LIFETIME_HEIGHTS,
    seconds: Annotated[
        float, typer.Option("--wait", help="How long to wait for a block; 0 does not wait.")
    ] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Sign a command, hand it in, wait, and print the receipt.

    Exit code 0: applied. 1: a rule said no, or it can never happen. 3: not known; ask again with the
    same transaction.
    """
    with connect(urls or DEFAULT_URL, patience=5.0) as client:
        item = _signed(
            client, command, sender, keys or [], name, fields or [], transaction, lifetime,
            [_public_key(text) for text in co_signers or []],
        )  # fmt: skip
        if out is not None:
            write_new(out, item.raw)
            _tell(
                {"transaction_id": item.id.hex(), "state": "signed", "file": str(out)},
                as_json=as_json,
            )
            return
        (submission,) = client.submit([item])
        if submission.state == "refused":
            _refuse(item, submission, as_json=as_json)
        status = client.wait(item, seconds) if seconds else client.status(item.id)
    _tell(_document(status), as_json=as_json)
    if isinstance(status.outcome, Rejected):
        raise typer.Exit(Exit.FAILED)


def _refuse(item: Signed, submission: Submission, *, as_json: bool) -> NoReturn:
    document = {
        "transaction_id": item.id.hex(), "state": "refused", "code": submission.code,
        "detail": submission.detail, "definite": submission.is_definite,
    }  # fmt: skip
    _tell(document, as_json=as_json)
    raise typer.Exit(Exit.FAILED if submission.is_definite else Exit.UNKNOWN)


def _signed(
    client: HansaClient, command: Path | None, sender: str, keys: list[Path], name: str,
    fields: list[str], transaction: Path | None, lifetime: int, co_signers: list[PublicKey],
) -> Signed:  # fmt: skip
    signers = [read_key(file) for file in keys]
    if transaction is not None:
        try:
            return add_signatures(transaction.read_bytes(), signers)
        except OSError as error:
            raise Stop(f"{transaction}: {error.strerror}") from None
    if not sender or not signers:
        raise Stop("a transaction needs --sender and at least one --key")
    wanted = _from_flags(name, fields) if command is None else _from_file(command)
    refused = parse_command(*wanted)
    if isinstance(refused, Rejected):
        facts = ", ".join(f"{key}: {value}" for key, value in refused.facts.items())
        raise Stop(f"{refused.code}: {facts}")
    return client.build(sender, wanted, signers, lifetime=lifetime, co_signers=co_signers)


def _public_key(text: str) -> PublicKey:
    try:
        return public_key(bytes.fromhex(text))
    except ValueError:
        raise Stop(f"--co-signer {text}: 64 hexadecimal digits were expected") from None


def _from_flags(name: str, fields: list[str]) -> tuple[str, dict[str, codec.Value]]:
    if not name:
        raise Stop("name a file with the command, or give --name and --field")
    values: dict[str, codec.Value] = {}
    for item in fields:
        field, equals, text = item.partition("=")
        if not equals:
            raise Stop(f"--field {item}: NAME=VALUE was expected")
        values[field] = from_json(_json_or_text(text))
    return name, values


def _json_or_text(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, float) else value


def _from_file(file: Path) -> tuple[str, dict[str, codec.Value]]:
    try:
        text = (
            typer.get_text_stream("stdin").read()
            if str(file) == "-"
            else file.read_text(encoding="utf-8")
        )
        document = json.loads(text)
    except (OSError, ValueError) as error:
        raise Stop(f"{file}: {error}") from None
    if not isinstance(document, dict) or set(document) != NAME_AND_FIELDS:
        raise Stop(f'{file}: an object with exactly "name" and "fields" was expected')
    return str(document["name"]), cast("dict[str, codec.Value]", from_json(document["fields"]))


def _document(status: Status) -> dict[str, object]:
    document: dict[str, object] = {
        "transaction_id": status.transaction_id.hex(), "state": status.state,
        "height": status.height, "index": status.index, "outcome": None,
    }  # fmt: skip
    match status.outcome:
        case Applied(events):
            shown = [{"name": name, "fields": to_json(fields)} for name, fields in events]
            document["outcome"] = {"status": "applied", "events": shown}
        case Rejected(code, facts):
            document["outcome"] = {"status": "rejected", "code": code, "facts": to_json(facts)}
        case None:
            pass
    return document


def _tell(document: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    outcome = document.pop("outcome", None)
    for name, value in document.items():
        if value is not None:
            say(f"{name:14} {value}")
    if isinstance(outcome, dict):
        say(f"{'outcome':14} {outcome['status']} {outcome.get('code', '')}".rstrip())
        for event in outcome.get("events", []):
            say(f"  {event['name']:20} {json.dumps(event['fields'])}")
        if "facts" in outcome:
            say(f"  {json.dumps(outcome['facts'])}")
