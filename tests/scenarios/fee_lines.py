"""Fee schedules in scenarios: by name, and quotes and shares of interest in words.

rule NAME like none occasion=PREPAYMENT tiers=0:0.00:1% minimum=5.00 platform_parts=1
fees NAME like none platform=delta rules=NAME,NAME sharers=alpha:1,beta:2
alpha+beta+delta: propose_fee_schedule schedule=s version=1 fees=NAME
show fees drawdown l1 | show fees repayment l1 100.00 | show fees facility f1 DRAWDOWN 100.00
show fees withdrawal p1 100.00 | show fees quote s 1 SERVICE 100.00 | show interest l1
"""

from __future__ import annotations

from ledger import codec
from ledger.overlay import StateReader
from lending.queries import Facts
from lending.queries import fees as queries
from tests.scenarios import facility_lines, service_lines
from tests.scenarios.covenant_lines import LEVERAGE, covenant_lines

NO_RULE: dict[str, codec.Value] = {
    "occasion": "ORIGINATION", "basis": "WHOLE", "tiers": ((0, 0, 0),), "minimum": 0, "maximum": 0,
    "collection": "NETTED", "platform_parts": 0, "agent_parts": 0, "arranger_parts": 0,
    "member_parts": 0,
}  # fmt: skip
NO_FEES: dict[str, codec.Value] = {
    "platform": "", "agent": "", "arranger": "", "sharers": (), "rules": (NO_RULE,),
}  # fmt: skip


KINDS = ("fee", "tranche", "terms", "rule", "fees", "covenant")
"""The words that name something for later lines."""


class Named(facility_lines.Named):
    """All that a scenario has named so far: of facilities, and rules and schedules of fees."""

    def __init__(self) -> None:
        super().__init__()
        self.rules: dict[str, dict[str, codec.Value]] = {"none": NO_RULE}
        self.schedules: dict[str, dict[str, codec.Value]] = {"none": NO_FEES}
        self.covenants: dict[str, dict[str, codec.Value]] = {"leverage": LEVERAGE}

    def define(self, kind: str, name: str, base: str, fields: dict[str, codec.Value]) -> None:
        """Name something like another of its kind, with other fields."""
        mine = {"rule": self.rules, "fees": self.schedules, "covenant": self.covenants}
        known = mine.get(kind)
        if known is None:
            super().define(kind, name, base, fields)
        else:
            known[name] = {**known[base], **fields}

    def value(self, field: str, text: str) -> codec.Value | None:
        """What the text of a field stands for; None for a field of which nothing is known here."""
        match field:
            case "rules":
                return tuple(self.rules[name] for name in text.split(",") if name)
            case "fees" if text in self.schedules:
                return self.schedules[text]
            case "agreed" if text in self.covenants:
                return self.covenants[text]
            case "report_digest":
                return service_lines.digest(text)
            case "sharers":
                rows = (row.split(":") for row in text.split(",") if row)
                return tuple((name, int(weight)) for name, weight in rows)
            case _:
                return super().value(field, text)


def parts_line(parts: object) -> str:
    """Who gets what."""
    assert isinstance(parts, (tuple, list))
    return ";".join(f"{name}:{money(amount)}" for name, amount in parts)


def lines(state: StateReader, now_ms: int, what: str, names: list[str]) -> list[str]:
    """What a line `show fees` or `show interest` shows."""
    return fee_lines(state, now_ms, names) if what == "fees" else interest_lines(state, names[0])


def fee_lines(state: StateReader, now_ms: int, names: list[str]) -> list[str]:
    """A quote, line by line."""
    what, *rest = names
    match what:
        case "drawdown":
            facts = queries.quote_drawdown(state, rest[0])
            assert facts is not None
            figures = ("principal", "total", "needed_before", "proceeds")
            charges = facts["fees"]
            assert isinstance(charges, list)
            return [_figures("quote", facts, figures), *(_charge(each) for each in charges)]
        case "repayment":
            facts = queries.quote_repayment(state, rest[0], _cents(rest[1]), now_ms)
            assert facts is not None
            return [_figures("quote", facts, tuple(facts)[1:])]
        case "facility":
            return [_charge(queries.quote_facility(state, rest[0], rest[1], _cents(rest[2])))]
        case "withdrawal":
            return [_charge(queries.quote_withdrawal(state, rest[0], _cents(rest[1])))]
        case "quote":
            name, version, occasion, amount = rest
            return [_charge(queries.quote(state, name, int(version), occasion, _cents(amount)))]
        case _:
            facts = queries.quote_servicing(state, rest[0], _cents(rest[1]))
            assert facts is not None
            return [
                f"{_figures('quote', facts, ('interest', 'lender'))} {parts_line(facts['parts'])}"
            ]


def interest_lines(state: StateReader, name: str) -> list[str]:
    """How a loan's interest is shared."""
    facts = queries.loan_interest(state, name)
    assert facts is not None
    rates = " ".join(f"{name}={rate(facts[name])}" for name in ("borrower_rate", "lender_rate"))
    figures = ("billed", "servicing", "lender_interest", "passed_on")
    line = f"{_figures('interest', facts, figures)} {rates}"
    return [f"{line} owed={parts_line(facts['owed'])}"]


def money(value: object) -> str:
    """An amount with its cents."""
    assert type(value) is int
    whole, cents = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{whole:,}.{cents:02}"


def rate(value: object) -> str:
    """A rate in percent."""
    assert type(value) is int
    return f"{value // 10**7}.{value % 10**7:07}".rstrip("0").rstrip(".") + "%"


def _charge(facts: Facts | None) -> str:
    if facts is None:
        return "quote none"
    how = "netted" if facts["is_netted"] else "charged"
    fee, amount = money(facts["fee"]), money(facts["amount"])
    return f"    {facts['occasion']} {fee} on {amount} {how} {parts_line(facts['parts'])}"


def _figures(head: str, facts: Facts, names: tuple[str, ...]) -> str:
    return " ".join([head, *(f"{name}={money(facts[name])}" for name in names)])


def _cents(text: str) -> int:
    return int(text.replace("_", "").replace(".", ""))


SHOWN = {
    **dict.fromkeys(("fees", "interest"), lines),
    "covenant": covenant_lines,
    **service_lines.SHOWN,
}
"""What can be shown of fees and of what goes with them."""
