"""Digests, keys and signatures: the verdicts that all members must share."""

from __future__ import annotations

import hashlib
from itertools import product

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ledger import crypto
from ledger.crypto import (
    PublicKey,
    Purpose,
    Signer,
    digest,
    is_acceptable_point,
    public_key,
    verify,
)
from ledger.errors import Invalid

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
SIGN_BIT = 1 << 255
MESSAGE = b"one loan"
SIGNER = Signer.from_seed(b"\x07" * 32)


def encode_point(y: int, sign: int) -> bytes:
    return (y | sign * SIGN_BIT).to_bytes(32, "little")


def order_eight_y() -> list[int]:
    """Derive the y of the points of order 8 from the curve, -x^2 + y^2 = 1 + d x^2 y^2.

    Twice such a point has y = 0, so x^2 = -y^2, which leaves d y^4 + 2 y^2 - 1 = 0.
    """
    d = -121665 * pow(121666, -1, P) % P
    root = square_root((1 + d) % P)
    assert root is not None
    found = []
    for sign in (root, P - root):
        y = square_root((sign - 1) * pow(d, -1, P) % P)
        if y is not None:
            found += [y, P - y]
    return sorted(found)


def square_root(value: int) -> int | None:
    """Give a square root modulo p, which is 5 modulo 8, if there is one."""
    root = pow(value, (P + 3) // 8, P)
    for candidate in (root, root * pow(2, (P - 1) // 4, P) % P):
        if candidate * candidate % P == value % P:
            return candidate
    return None


def is_on_curve(y: int) -> bool:
    d = -121665 * pow(121666, -1, P) % P
    return square_root((y * y - 1) * pow(d * y * y + 1, -1, P) % P) is not None


SMALL_ORDER_Y = [0, 1, P - 1, *order_eight_y()]
SMALL_ORDER_KEYS = [
    encode_point(y, sign)
    for y, sign in product([*SMALL_ORDER_Y, P, P + 1], (0, 1))
]  # fmt: skip


def test_the_list_of_small_order_keys_is_the_published_one() -> None:
    assert len(set(SMALL_ORDER_KEYS)) == 14
    shown = {key.hex() for key in SMALL_ORDER_KEYS}
    assert {
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "00" * 31 + "80",
        "00" * 32,
        "01" + "00" * 30 + "80",
        "ee" + "ff" * 30 + "7f",
        "ee" + "ff" * 31,
        "ed" + "ff" * 30 + "7f",
        "ed" + "ff" * 31,
        "ec" + "ff" * 31,
    } < shown
    starts = sorted(key.hex()[:6] + key.hex()[-6:] for key in SMALL_ORDER_KEYS)
    for start in ("c7176aac037a", "c7176aac03fa", "26e89553fc05", "26e89553fc85"):
        assert any(s[:6] == start[:6] and s[-6:].endswith(start[6:][-4:]) for s in starts)


@pytest.mark.parametrize("key", SMALL_ORDER_KEYS, ids=bytes.hex)
def test_keys_of_small_order_are_refused(key: bytes) -> None:
    with pytest.raises(Invalid, match="BAD_PUBLIC_KEY"):
        public_key(key)
    assert not is_acceptable_point(key)


def test_the_library_alone_would_take_a_signature_of_a_small_order_key() -> None:
    identity = encode_point(1, 0)
    signature = identity + bytes(32)
    Ed25519PublicKey.from_public_bytes(identity).verify(
        signature, b"hansa/1/transaction\x00" + MESSAGE
    )
    assert not verify(PublicKey(identity), Purpose.TRANSACTION, MESSAGE, signature)


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("above", range(19))
def test_every_y_of_p_or_more_is_refused(above: int, sign: int) -> None:
    with pytest.raises(Invalid, match="BAD_PUBLIC_KEY"):
        public_key(encode_point(P + above, sign))


def test_a_key_that_is_no_point_verifies_nothing() -> None:
    """Half of all y are no point. The library takes them as keys, and refuses at every use."""
    no_points = [y for y in range(2, 60) if not is_on_curve(y)]
    assert no_points
    for y in no_points:
        signature = SIGNER.public_key + bytes(32)
        assert not verify(public_key(encode_point(y, 0)), Purpose.COMMIT, MESSAGE, signature)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_has_32_bytes(length: int) -> None:
    with pytest.raises(Invalid, match="BAD_PUBLIC_KEY"):
        public_key(bytes(SIGNER.public_key * 2)[:length])


def test_rfc_8032_key_and_signature() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    signer = Signer.from_seed(seed)
    assert signer.public_key.hex() == (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    )
    signature = signer.sign(Purpose.COMMIT, MESSAGE)
    assert signature == signer.sign(Purpose.COMMIT, MESSAGE)
    assert verify(signer.public_key, Purpose.COMMIT, MESSAGE, signature)


def test_what_is_hashed_and_signed_begins_with_the_tag_of_its_purpose() -> None:
    tagged = b"hansa/1/block\x00" + MESSAGE
    assert digest(Purpose.BLOCK, MESSAGE) == hashlib.sha256(tagged).digest()
    signature = SIGNER.sign(Purpose.BLOCK, MESSAGE)
    Ed25519PublicKey.from_public_bytes(SIGNER.public_key).verify(signature, tagged)


def test_no_tag_begins_another() -> None:
    tags = [b"hansa/1/" + purpose.value.encode() + b"\x00" for purpose in Purpose]
    for one, other in product(tags, tags):
        assert one == other or not other.startswith(one)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_signature_is_good_for_its_purpose_alone(purpose: Purpose) -> None:
    signature = SIGNER.sign(purpose, MESSAGE)
    good = [p for p in Purpose if verify(SIGNER.public_key, p, MESSAGE, signature)]
    assert good == [purpose]
    same = [p for p in Purpose if digest(p, MESSAGE) == digest(purpose, MESSAGE)]
    assert same == [purpose]


@pytest.mark.parametrize("multiple", range(1, 16))
def test_s_plus_a_multiple_of_the_order_is_refused(multiple: int) -> None:
    signature = SIGNER.sign(Purpose.COMMIT, MESSAGE)
    s = int.from_bytes(signature[32:], "little") + multiple * ORDER
    if s < 2**256:
        changed = signature[:32] + s.to_bytes(32, "little")
        assert not verify(SIGNER.public_key, Purpose.COMMIT, MESSAGE, changed)


@pytest.mark.parametrize("point", SMALL_ORDER_KEYS, ids=bytes.hex)
def test_signatures_with_an_r_of_small_order_are_refused(point: bytes) -> None:
    """Such an R is no accident: its S can be computed by the owner of the key, and we refuse it."""
    secret = hashlib.sha512(b"\x07" * 32).digest()
    scalar = int.from_bytes(secret[:32], "little") & (2**254 - 8) | 2**254
    tagged = b"hansa/1/commit\x00" + MESSAGE
    k = int.from_bytes(hashlib.sha512(point + SIGNER.public_key + tagged).digest(), "little")
    s = k * scalar % ORDER
    signature = point + s.to_bytes(32, "little")
    assert not verify(SIGNER.public_key, Purpose.COMMIT, MESSAGE, signature)


def test_a_signature_with_r_zero_would_be_taken_by_the_library_alone() -> None:
    point = encode_point(1, 0)
    secret = hashlib.sha512(b"\x07" * 32).digest()
    scalar = int.from_bytes(secret[:32], "little") & (2**254 - 8) | 2**254
    tagged = b"hansa/1/commit\x00" + MESSAGE
    k = int.from_bytes(hashlib.sha512(point + SIGNER.public_key + tagged).digest(), "little")
    signature = point + (k * scalar % ORDER).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(SIGNER.public_key).verify(signature, tagged)


@pytest.mark.parametrize("change", ["empty", "short", "long", "zeros", "ones", "other message"])
def test_bad_signatures_are_false_and_raise_nothing(change: str) -> None:
    good = SIGNER.sign(Purpose.COMMIT, MESSAGE)
    signature = {
        "empty": b"",
        "short": good[:-1],
        "long": good + b"\x00",
        "zeros": bytes(64),
        "ones": b"\xff" * 64,
        "other message": SIGNER.sign(Purpose.COMMIT, MESSAGE + b"."),
    }[change]
    assert not verify(SIGNER.public_key, Purpose.COMMIT, MESSAGE, signature)


@given(st.integers(0, 511))
def test_no_bit_of_a_signature_may_change(bit: int) -> None:
    signature = bytearray(SIGNER.sign(Purpose.COMMIT, MESSAGE))
    signature[bit // 8] ^= 1 << bit % 8
    assert not verify(SIGNER.public_key, Purpose.COMMIT, MESSAGE, bytes(signature))


def test_another_key_does_not_verify() -> None:
    signature = SIGNER.sign(Purpose.COMMIT, MESSAGE)
    other = Signer.from_seed(b"\x08" * 32).public_key
    assert not verify(other, Purpose.COMMIT, MESSAGE, signature)
    assert not verify(PublicKey(b"short"), Purpose.COMMIT, MESSAGE, signature)


@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
def test_a_key_file_gives_the_key_back(passphrase: bytes | None) -> None:
    assert Signer.from_pem(SIGNER.to_pem(passphrase), passphrase).public_key == SIGNER.public_key


def test_bad_key_files_are_invalid() -> None:
    other_kind = x25519.X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    locked = SIGNER.to_pem(b"correct horse")
    for data, passphrase in (
        (b"", None),
        (b"-----BEGIN PRIVATE KEY-----\n", None),
        (other_kind, None),
        (locked, None),
        (locked, b"wrong horse"),
        (SIGNER.to_pem(), b"needless"),
    ):
        with pytest.raises(Invalid, match="BAD_KEY_FILE"):
            Signer.from_pem(data, passphrase)


def test_a_signer_does_not_show_its_key() -> None:
    seed = b"\x07" * 32
    for text in (repr(SIGNER), str(SIGNER)):
        assert seed.hex() not in text
        assert SIGNER.public_key.hex()[:16] in text
    assert not hasattr(SIGNER, "__dict__")


def test_generated_keys_differ_and_are_acceptable() -> None:
    keys = {Signer.generate().public_key for _ in range(20)}
    assert len(keys) == 20
    assert all(crypto.public_key(key) == key for key in keys)
