"""The format pages show the bytes that the code makes: an outsider can check his code against them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger import block, codec, genesis, machine, membership, rotation, transaction
from ledger.crypto import Purpose
from ledger.export import FRAME_BYTES_MAX
from ledger.store import BLOCK, CERTIFICATE, INDEX, META, RECEIPTS, STATE, TRANSACTION
from runtime import listener, transport
from tests.support.format_examples import EXAMPLES

EXAMPLE = re.compile(r"<!-- example: (?P<name>[^>]+) -->\n```\n(?:(?!```).*\n)*```")
PAGES = (
    "docs/develop/wire-format.md",
    "docs/audit/export-format.md",
    "docs/develop/data-folder.md",
)


@pytest.mark.parametrize("page", PAGES)
def test_examples_are_what_the_code_makes(root: Path, rewrite: bool, page: str) -> None:
    path = root / page
    text = path.read_text()
    made = EXAMPLE.sub(
        lambda found: f"<!-- example: {found['name']} -->\n```\n{EXAMPLES[found['name']]()}\n```",
        text,
    )
    if rewrite:
        path.write_text(made)
    else:
        assert made == text, "run with --rewrite, and read what has changed"


def test_every_example_is_shown(root: Path) -> None:
    shown = {
        found["name"] for page in PAGES for found in EXAMPLE.finditer((root / page).read_text())
    }
    assert shown == EXAMPLES.keys()


def test_every_purpose_has_its_tag_on_the_page(root: Path) -> None:
    page = (root / PAGES[0]).read_text()
    missing = [purpose.value for purpose in Purpose if f"| `{purpose.value}` |" not in page]
    assert missing == []


@pytest.mark.parametrize(
    ("page", "name", "value"),
    [
        (0, "depth", codec.MAX_DEPTH),
        (0, "items", codec.MAX_ITEMS),
        (0, "bytes of a value", codec.MAX_BYTES),
        (0, "bytes of a wide integer", codec.WIDE_INTEGER_BYTES_MAX),
        (0, "bytes of a transaction", transaction.TRANSACTION_BYTES_MAX),
        (0, "signatures of a transaction", transaction.SIGNATURES_MAX),
        (0, "bytes of a salt", transaction.SALT_BYTES_MAX),
        (0, "characters of a sender", transaction.SENDER_CHARACTERS_MAX),
        (0, "heights that a transaction lives", transaction.LIFETIME_HEIGHTS_MAX),
        (0, "transactions of a block", block.BLOCK_TRANSACTIONS_MAX),
        (0, "bytes of a block's transactions", block.BLOCK_BYTES_MAX),
        (0, "members", membership.MEMBERS_MAX),
        (0, "bytes of a genesis document", genesis.GENESIS_BYTES_MAX),
        (0, "heights of a pause", rotation.STANDSTILL_HEIGHTS_MAX),
        (0, "bytes of a frame", transport.FRAME_BYTES_MAX),
        (0, "bytes of a greeting", transport.GREETING_BYTES_MAX),
        (0, "seconds until a greeting", int(transport.GREETING_SECONDS)),
        (0, "connections of strangers", listener.STRANGERS_MAX),
        (0, "connections of a member", transport.CONNECTIONS_PER_MEMBER_MAX),
        (1, "bytes of a frame", FRAME_BYTES_MAX),
    ],
)
def test_every_bound_stands_on_its_page(root: Path, page: int, name: str, value: int) -> None:
    assert f"| {name} | {value:,} |" in (root / PAGES[page]).read_text()


def test_every_namespace_stands_on_its_page(root: Path) -> None:
    page = (root / PAGES[2]).read_text()
    for prefix in (META, BLOCK, CERTIFICATE, RECEIPTS, TRANSACTION, STATE, INDEX):
        assert f"| `{prefix.decode()}` |" in page
    assert machine.SYSTEM_PREFIX.decode() in page
