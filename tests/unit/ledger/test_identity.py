"""A certificate of outsiders is either read, or Invalid: whichever byte of it is changed."""

from __future__ import annotations

import contextlib

import pytest

from ledger.crypto import Signer
from ledger.errors import Invalid
from ledger.identity import certificate_key, issue_certificate

SIGNER = Signer.from_seed(bytes(32))
CERTIFICATE = issue_certificate(SIGNER, "luebeck")


def test_a_certificate_is_a_function_of_key_and_name() -> None:
    assert issue_certificate(SIGNER, "luebeck") == CERTIFICATE
    assert certificate_key(CERTIFICATE) == SIGNER.public_key


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("change", [0x01, 0x07, 0x80, 0xFF])
def test_any_changed_byte_leaves_a_certificate_readable_or_invalid(change: int) -> None:
    refused = 0
    for position in range(len(CERTIFICATE)):
        forged = bytearray(CERTIFICATE)
        forged[position] ^= change
        with contextlib.suppress(Invalid):
            certificate_key(bytes(forged))
            continue
        refused += 1
    assert refused > len(CERTIFICATE) // 4


@pytest.mark.parametrize("data", [b"", b"\x30", CERTIFICATE[:-1], CERTIFICATE + b"\x00"])
def test_what_is_no_certificate_is_invalid(data: bytes) -> None:
    with pytest.raises(Invalid):
        certificate_key(data)
