"""Facilities in scenarios: their terms by name, and their events and figures in words.

    fee NAME like none tiers=0:0.00:1%,1_000_000.00:500.00:0.5% basis=MARGINAL lender_parts=3
    tranche NAME like term commitments=alpha:600.00,beta:400.00 rate=5%
    terms NAME like loan tranches=a,b borrower=acme agent=alpha arrangement_fee=NAME
    acme+alpha+beta: propose_facility facility=f1 terms=NAME
    show facility f1 | show vote f1 v1 | show participation f1 alpha

The bases of `like` are below.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ledger import codec
from ledger.overlay import StateReader
from lending import keys
from lending.queries import facilities as facility_queries
from lending.records import facilities as facility_records

NO_FEE: dict[str, codec.Value] = {
    "basis": "WHOLE", "tiers": ((0, 0, 0),), "agent_parts": 0, "platform_parts": 0,
    "lender_parts": 1,
}  # fmt: skip
DAY_MS = 86_400_000


def day_ms(text: str) -> int:
    """A day as its midnight."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


TRANCHE: dict[str, codec.Value] = {
    "tranche": "term", "kind": "TERM",
    "commitments": (("alpha", 500_000_00), ("beta", 300_000_00), ("delta", 200_000_00)),
    "index": "", "rate": 50_000_000, "index_floor": 0, "rate_cap": 1_000_000_000,
    "fixing_lag_days": 0, "commitment_fee_rate": 0, "day_count_convention": "A360",
    "cycle": "P3ML1", "end_of_month_convention": "SD", "business_day_convention": "NOS",
    "calendar": "NC", "notice_days": 0, "redemptions": 1,
    "available_until_ms": day_ms("2015-12-01"), "maturity_ms": day_ms("2016-08-01"),
}  # fmt: skip
TERMS: dict[str, codec.Value] = {
    "borrower": "acme", "agent": "alpha", "platform": "", "asset": "USD", "tranches": (TRANCHE,),
    "sign_until_ms": day_ms("2015-09-01"), "arrangement_fee": NO_FEE, "drawdown_fee": NO_FEE,
    "agency_fee": 0, "agency_fee_cycle": "P1YL1", "transfer_consent": "NONE", "transfer_fee": 0,
    "majority_parts": 2, "majority_whole": 3, "voting_days": 10, "failed_funding": "REDUCE",
    "grace_days": 5,
}  # fmt: skip
"""A bullet loan of one million for one year at 5 %, from three lenders."""

RATES = {"rate", "value", "first"}
PLAIN = {"corrections", "quorum", "correction_days"}


class Named:
    """The fees, tranches and terms that a scenario has named so far."""

    def __init__(self) -> None:
        self.fees: dict[str, dict[str, codec.Value]] = {"none": NO_FEE}
        self.tranches: dict[str, dict[str, codec.Value]] = {"term": TRANCHE}
        self.terms: dict[str, dict[str, codec.Value]] = {"loan": TERMS}

    def define(self, kind: str, name: str, base: str, fields: dict[str, codec.Value]) -> None:
        """Name a fee, a tranche or terms like another of its kind, with other fields."""
        known = {"fee": self.fees, "tranche": self.tranches, "terms": self.terms}[kind]
        if kind == "tranche":
            fields = {"tranche": name, **fields}
        known[name] = {**known[base], **fields}

    def value(self, field: str, text: str) -> codec.Value | None:
        """What the text of a field about facilities stands for; None for any other field."""
        match field:
            case "commitments":
                return tuple((name, _cents(amount)) for name, amount in _cells(text))
            case "tiers":
                return tuple((_cents(a), _cents(b), _billionths(c)) for a, b, c in _cells(text))
            case "tranches":
                return tuple(self.tranches[name] for name in text.split(","))
            case "arrangement_fee" | "drawdown_fee":
                return self.fees[text]
            case "sources":
                return tuple(text.split(","))
            case "value" if text.startswith("-"):
                return -_billionths(text[1:])
            case "index_floor" if text.startswith("-"):
                return -_billionths(text[1:])
            case _:
                return None


def digest(state: StateReader, name: str) -> bytes | None:
    """The digest of a facility's terms."""
    found = facility_records.FACILITY.read(state, keys.facility(name))
    return None if found is None else found.terms_digest


def readable(name: str, fields: dict[str, codec.Value]) -> dict[str, codec.Value]:
    """The fields of an event about facilities as words."""
    shown: dict[str, codec.Value] = {}
    matter = fields.get("matter")
    for field, value in fields.items():
        if field in PLAIN:
            shown[field] = str(value)
        elif field in RATES and type(value) is int and not matter:
            shown[field] = _percent(value)
        elif field == "value" and type(value) is int:
            shown[field] = _by_matter(str(matter), value)
        elif type(value) is tuple and value and type(value[0]) is tuple:
            shown[field] = ";".join(":".join(map(_cell, row)) for row in value)
        elif type(value) is int and type(value) is not bool and not field.endswith("_ms"):
            shown[field] = _money(value)
        else:
            shown[field] = value
    return shown


def facility_lines(state: StateReader, name: str, now_ms: int) -> list[str]:
    """A facility's figures and what each lender has."""
    facts = facility_queries.facility(state, name, now_ms)
    assert facts is not None
    figures = " ".join(
        f"{field}={_money(facts[field])}" for field in ("committed", "outstanding", "due")
    )
    lines = [f"facility {name} {facts['status']} {figures}"]
    for payee, amount in facts["fees_due"]:  # type: ignore[attr-defined]
        lines.append(f"    fee due to {payee} {_money(amount)}")
    for tranche in facts["tranches"]:  # type: ignore[attr-defined]
        lines.append(
            f"    {tranche['tranche']} {tranche['kind']} rate={_percent(tranche['rate'])}"
            f" accrued={_money(tranche['accrued_interest'])} fee={_money(tranche['accrued_fee'])}"
        )
        for share in tranche["shares"]:
            parts = " ".join(
                f"{field}={_money(share[field])}"
                for field in ("commitment", "outstanding", "principal_due", "interest_due",
                              "fees_due", "deferred", "accrued_interest")
                if share[field]
            )  # fmt: skip
            lines.append(f"        {share['lender']:12} {parts}")
    return lines


def vote_line(state: StateReader, name: str, vote: str) -> str:
    """Where a vote stands."""
    facts = facility_queries.amendment(state, name, vote)
    assert facts is not None
    agreed, whole = _money(facts["agreed"]), _money(facts["whole"])
    return f"vote {vote} {facts['status']} agreed={agreed} of {whole}"


def position_lines(state: StateReader, name: str, lender: str, now_ms: int) -> list[str]:
    """What one lender has."""
    facts = facility_queries.position(state, name, lender, now_ms)
    assert facts is not None
    lines = [f"position {lender} fees_due={_money(facts['fees_due'])}"]
    for share in facts["shares"]:  # type: ignore[attr-defined]
        figures = [f"{field}={_money(value)}" for field, value in share.items()
                   if type(value) is int and value]  # fmt: skip
        lines.append(f"    {share['tranche']} {' '.join(figures)}")
    return lines


def _cells(text: str) -> list[list[str]]:
    return [part.split(":") for part in text.split(",")]


def _cents(text: str) -> int:
    return int(text.replace("_", "").replace(".", ""))


def _billionths(text: str) -> int:
    whole, _, part = text.removesuffix("%").partition(".")
    return int(whole + part.ljust(7, "0"))


def _percent(value: int) -> str:
    whole, part = divmod(abs(value), 10**7)
    return f"{'-' if value < 0 else ''}{whole}.{part:07}".rstrip("0").rstrip(".") + "%"


def _by_matter(matter: str, value: int) -> str:
    match matter:
        case "MARGIN":
            return _percent(value)
        case "MATURITY":
            return datetime.fromtimestamp(value // 1000, UTC).strftime("%Y-%m-%d")
        case "FORGIVENESS":
            return _money(value)
        case _:
            return str(value)


def _cell(value: object) -> str:
    return _money(value) if type(value) is int else str(value)


def _money(value: object) -> str:
    assert type(value) is int
    whole, cents = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{whole:,}.{cents:02}"
