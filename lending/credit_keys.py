"""Where the records of credit and compliance lie; those of the rest are in `lending.keys`."""

from __future__ import annotations

from typing import Final

CREDIT_KEPT: Final = b"credit-kept"
CREDIT_MODEL: Final = b"credit-model/"
CREDIT_IN_FORCE: Final = b"credit-model-in-force"
AGENCIES: Final = b"agencies"
ATTESTATION: Final = b"attestation/"
HISTORY: Final = b"credit-history/"
CREDIT: Final = b"credit-running/"
LENT: Final = b"credit-lent/"
ACCESS: Final = b"credit-access/"
CREDIT_POLICY: Final = b"credit-policy/"
RULES: Final = b"compliance-rules"
OFFICER: Final = b"officer/"
FROZEN: Final = b"frozen/"
LIMITS: Final = b"party-limits/"
SPENT: Final = b"spent/"
ELIGIBILITY: Final = b"eligibility/"
GROUP: Final = b"risk-group/"
GROUP_OF: Final = b"risk-group-of/"
EXPOSURE: Final = b"exposure-limit/"
MOVEMENT: Final = b"movement-report/"


def credit_model(version: int) -> bytes:
    """One version of the score model."""
    return CREDIT_MODEL + version.to_bytes(2, "big")


def attestation(subject: str, kind: str, agency: str) -> bytes:
    """What an agency said of somebody."""
    return b"%s%b/%b/%b" % (ATTESTATION, subject.encode(), kind.encode(), agency.encode())


def history(party_name: str) -> bytes:
    """A party's conduct."""
    return HISTORY + party_name.encode()


def credit(subject: bytes) -> bytes:
    """A running credit; the subject is the key of the loan, facility or pool line."""
    return CREDIT + subject


def lent(borrower: str, lender: str, asset_code: str) -> bytes:
    """What one lender has lent one borrower in one asset."""
    return b"%s%b/%b/%b" % (LENT, borrower.encode(), lender.encode(), asset_code.encode())


def access(party_name: str, reader: str) -> bytes:
    """That a reader may ask for a party's score."""
    return b"%s%b/%b" % (ACCESS, party_name.encode(), reader.encode())


def officer(name: str) -> bytes:
    """Until when somebody may freeze."""
    return OFFICER + name.encode()


def frozen(party_name: str) -> bytes:
    """What of a party is frozen."""
    return FROZEN + party_name.encode()


def limits(party_name: str) -> bytes:
    """What a party may do."""
    return LIMITS + party_name.encode()


def spent(party_name: str, asset_code: str) -> bytes:
    """What a party paid out of an asset on a day."""
    return b"%s%b/%b" % (SPENT, party_name.encode(), asset_code.encode())


def eligibility(kind: str, name: str) -> bytes:
    """Who may take a product, a facility or a pool's money."""
    return b"%s%b/%b" % (ELIGIBILITY, kind.encode(), name.encode())


def group(name: str) -> bytes:
    """Parties that are one risk."""
    return GROUP + name.encode()


def group_of(party_name: str) -> bytes:
    """The group of a party."""
    return GROUP_OF + party_name.encode()


def exposure(kind: str, subject: str, asset_code: str) -> bytes:
    """The most that may be owed."""
    return b"%s%b/%b/%b" % (EXPOSURE, kind.encode(), subject.encode(), asset_code.encode())


def movement(number: int) -> bytes:
    """A reported movement."""
    return MOVEMENT + number.to_bytes(8, "big")


def credit_policy(name: str, version: int) -> bytes:
    """What a version of a product offers each grade."""
    return b"%s%b/%b" % (CREDIT_POLICY, name.encode(), version.to_bytes(2, "big"))
