"""How scenarios show collateral accounts, guarantees and funds."""

from __future__ import annotations

from typing import cast

from ledger import codec

Facts = dict[str, object]
AMOUNTS = {
    "most", "premium_max", "price_max", "returned", "surplus", "target", "unraised",
}  # fmt: skip


def account_lines(facts: Facts) -> list[str]:
    """An account: its figures, what it holds, what is on sale."""
    debt, value, part = (facts[name] for name in ("debt", "value", "loan_to_value"))
    worth = "-" if value is None else money(value)
    share = "-" if part is None else f"{cast('int', part) // 10**7}%"
    lines = [f"account {facts['status']} debt={money(debt)} value={worth} loan-to-value={share}"]
    if facts["reason"]:
        lines[0] += f" {facts['reason']}"
    for holding in cast("list[Facts]", facts["holdings"]):
        wakes = f" wakes below {money(holding['limit'])}" if holding["limit"] else ""
        lines.append(f"    {holding['asset']} {holding['amount']}{wakes}")
    on_sale = cast("list[Facts]", facts["lots"])
    return lines + [f"    on sale {lot['asset']} at {money(lot['price'])}" for lot in on_sale]


def of_protection(facts: Facts) -> dict[str, codec.Value]:
    """What is shown of a guarantee or cover."""
    return {name: facts[name] for name in ("kind", "payer", "amount", "status", "paid", "returned")}


def of_fund(facts: Facts) -> dict[str, codec.Value]:
    """What is shown of a cover fund."""
    return {name: facts[name] for name in ("capital", "exposure", "available")}


def money(value: object) -> str:
    """An amount of two decimals."""
    whole, cents = divmod(cast("int", value), 100)
    return f"{whole:,}.{cents:02}"
