"""How scenarios show ledgers, statements and accrual.

show ledger alpha/cash/USD [FROM TO]     an account between two days, with opening and closing
show statement acme USD [FROM TO]        all accounts of a party between two days
show debts l1 [DAY]                      what was owed on a loan or facility, posting by posting
show accrual l1 [DAY]                    earned, billed, received
show earned alpha                        the same for all loans of a lender
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from lending import statements
from lending.books import accrual, ledgers
from lending.queries import facilities, loan
from tests.scenarios.collateral_lines import money
from tests.scenarios.lending_world import DAY_MS, World, time_ms

Facts = dict[str, object]
SHOWN = ("entries", "ledger", "statement", "debts", "accrual", "earned")


def lines(world: World, what: str, names: list[str]) -> list[str]:
    """The lines of one `show`; every range of days is turned into heights by the blocks' times."""
    head = world.height - 1
    match what:
        case "entries":
            page = statements.entries(world.index, names[0], limit=20)
            return [
                f"{_day(each)} {each['reason']:12}"
                f"{money_of(each['amount']):>14}{money_of(each['balance']):>16}"
                for each in page.items
            ]
        case "ledger":
            first, last = _range(world, names[1:], head)
            return _ledger(ledgers.account_ledger(world.index, names[0], first, last))
        case "statement":
            first, last = _range(world, names[2:], head)
            return _statement(ledgers.party_statement(world.index, names[0], names[1], first, last))
        case "debts":
            found = loan(world.state, names[0]) or facilities.facility(
                world.state, names[0], world.now_ms
            )
            assert found is not None
            last = _range(world, ["2000-01-01", *names[1:]], head)[1]
            borrower, asset = str(found["borrower"]), str(found["asset"])
            return _debts(ledgers.debt_statement(world.index, borrower, asset, names[0], last))
        case "earned":
            rows = accrual.lender_accrual(world.state, world.index, names[0], world.now_ms)
            return [_accrual(row) for row in cast("list[Facts]", rows["loans"])]
        case _:
            day_ms = time_ms(names[1]) if len(names) > 1 else world.now_ms
            row = accrual.loan_accrual(world.state, world.index, names[0], day_ms, world.now_ms)
            return [_accrual(row)] if row else ["not known"]


def _range(world: World, days: list[str], head: int) -> tuple[int, int]:
    """The heights of the blocks of the days from the first to the last, both included."""
    times = world.times

    def height(day_ms: int) -> int:
        return ledgers.height_at(lambda at: times[at], head, day_ms)

    first = height(time_ms(days[0]) - 1) + 1 if days else 0
    last = height(time_ms(days[1]) + DAY_MS - 1) if len(days) > 1 else head
    return first, last


def _ledger(facts: Facts) -> list[str]:
    rows = cast("list[Facts]", facts["entries"])
    return [
        f"opening {money_of(facts['opening'])}",
        *(
            f"    {_day(row)} {row['reason']:12} {row['reference']:8}"
            f"{money_of(row['amount']):>14}{money_of(row['balance']):>16}"
            for row in rows
        ),
        f"closing {money_of(facts['closing'])}",
    ]


def _statement(facts: Facts) -> list[str]:
    accounts = cast("list[Facts]", facts["accounts"])
    rows = cast("list[Facts]", facts["entries"])
    return [
        *(
            f"{row['kind']:24}{money_of(row['opening']):>14}{money_of(row['closing']):>16}"
            for row in accounts
        ),
        *(
            f"    {_day(row)} {row['reason']:12} {str(row['account']).split('/')[1]:20}"
            f"{money_of(row['amount']):>14}"
            for row in rows
        ),
    ]


def _debts(facts: Facts) -> list[str]:
    rows = cast("list[Facts]", facts["entries"])
    parts = " ".join(f"{part}={money_of(facts[f'{part}_owed'])}" for part in ledgers.PARTS)
    return [
        *(
            f"    {_day(row)} {row['reason']:12} {row['part']:10}{money_of(row['amount']):>12}"
            f" owed {money_of(row['owed']):>12}"
            for row in rows
        ),
        f"owed {money_of(facts['owed'])} {parts}",
    ]


def _accrual(row: Facts) -> str:
    names = ("earned", "billed", "unbilled", "received", "unpaid", "lost")
    return f"{row['loan']} {row['status']} " + " ".join(f"{n}={money_of(row[n])}" for n in names)


def money_of(value: object) -> str:
    """An amount that may be below zero."""
    amount = cast("int", value)
    return ("-" if amount < 0 else "") + money(abs(amount))


def _day(row: Facts) -> str:
    return f"{datetime.fromtimestamp(cast('int', row['timestamp_ms']) // 1000, UTC):%Y-%m-%d}"
