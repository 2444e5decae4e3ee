"""A member's TLS identity: a self-signed certificate of its own member key that never expires.

Not a certificate authority: both ends of a link compare the key inside the certificate with the
key on the chain, and nothing else in it carries trust.
"""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import NameOID

from ledger.crypto import PublicKey, Signer, public_key
from ledger.errors import Invalid

_FIRST = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_LAST = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)


def issue_certificate(signer: Signer, member: str) -> bytes:
    """The DER certificate of `member`: a pure function of the key and the name."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, member)])
    private = signer.private_key()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(_FIRST)
        .not_valid_after(_LAST)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, None)
        .public_bytes(serialization.Encoding.DER)
    )


def certificate_key(der: bytes) -> PublicKey:
    """The member key inside a certificate. Raises Invalid."""
    try:
        key = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise Invalid("BAD_CERTIFICATE", str(error)[:120]) from None
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid("BAD_CERTIFICATE", "not an Ed25519 key")
    return public_key(key.public_bytes_raw())


def certificate_pem(der: bytes) -> str:
    """The same certificate as PEM text, the form the TLS library reads."""
    return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM).decode()
