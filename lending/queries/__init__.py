"""What can be asked of the committed state: parties, products, agreements, loans, balances now.

Pure functions of one version of the state. What was (entries, histories, past balances) is read
from the index in `lending.statements`. Results are plain values: integers, strings, lists, maps;
keys and digests are hexadecimal.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys, records
from lending.arithmetic import Installment
from lending.chart import NAMES
from lending.fields import AMOUNT_MAX
from lending.paging import Page, read_page
from lending.products import timetable
from lending.products.charges import default_interest
from lending.products.lifecycle import RUNNING
from lending.products.loan import days_past_due
from lending.products.repayment import prepayment
from lending.records import Agreement, Asset, Bill, Loan, Party, Product
from lending.scope import DAY_MS
from lending.terms import TEMPLATE_SHAPE, TERM_SHEET_SHAPE, Template
from lending.waterfall import owed

Facts = dict[str, object]
"""A record as plain values."""


def party(state: StateReader, name: str) -> Facts | None:
    """A party: kind, sponsor, keys, threshold."""
    found = records.PARTY.read(state, keys.party(name))
    return None if found is None else _party(found)


def parties(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All parties by name."""
    return read_page(
        state,
        keys.PARTY,
        lambda _, raw: _party(records.PARTY.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def asset(state: StateReader, code: str) -> Facts | None:
    """An asset: kind, decimals, custodian, price sources."""
    found = records.ASSET.read(state, keys.asset(code))
    return None if found is None else _asset(found)


def assets(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All assets by code."""
    return read_page(
        state,
        keys.ASSET,
        lambda _, raw: _asset(records.ASSET.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def price(state: StateReader, asset_code: str, currency: str) -> Facts | None:
    """The newest price of an asset in a currency."""
    found = records.PRICE.read(state, keys.price(asset_code, currency))
    if found is None:
        return None
    return {"price": found.price, "reported_ms": found.reported_ms, "source": found.source}


def product(state: StateReader, name: str, version: int) -> Facts | None:
    """One version of a product with its template and approvals."""
    found = _product_record(state, name, version)
    return None if found is None else _product(found)


def products(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All versions of all products."""
    return read_page(
        state,
        keys.PRODUCT,
        lambda _, raw: _product(records.PRODUCT.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def agreement(state: StateReader, name: str) -> Facts | None:
    """An agreement: status, terms, the product's template, the digest to sign, collateral."""
    found = records.AGREEMENT.read(state, keys.agreement(name))
    if found is None:
        return None
    pledge = records.PLEDGE.read(state, keys.pledge(name))
    template = _template(state, found.terms.product, found.terms.version)
    return {
        **agreement_facts(found),
        "template": plain(TEMPLATE_SHAPE.types, TEMPLATE_SHAPE.values(template)),
        "pledged": 0 if pledge is None else pledge.amount,
    }


def agreements(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All agreements by name; those of one party are in `statements.agreements_of`."""
    return read_page(
        state,
        keys.AGREEMENT,
        lambda _, raw: agreement_facts(records.AGREEMENT.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def loan(state: StateReader, name: str) -> Facts | None:
    """A loan: its figures and the bills that are unpaid."""
    found = records.LOAN.read(state, keys.loan(name))
    return None if found is None else _loan(found)


def loans(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All loans by name."""
    return read_page(
        state,
        keys.LOAN,
        lambda _, raw: _loan(records.LOAN.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def schedule(state: StateReader, name: str) -> list[Facts] | None:
    """The installments of a loan as they would be if it were paid as agreed.

    Of a loan that was changed, or that capitalises or floats, those that are left, on what is owed now; what was before is in its
    history.
    """
    found = records.LOAN.read(state, keys.loan(name))
    if found is None:
        return None
    template = _template(state, found.product, found.version)
    if found.changes or found.deferred_to or found.reset_number:
        return [installment(each) for each in timetable.remaining(template, found)]
    planned = timetable.planned(
        template,
        found.principal,
        found.rate,
        found.start_ms,
        found.installments,
    )
    return [installment(each) for each in planned]


def payoff(state: StateReader, name: str, now_ms: int) -> Facts | None:
    """What a payment now could settle: all of the loan, unless its product refuses prepayment."""
    found = records.LOAN.read(state, keys.loan(name))
    if found is None:
        return None
    today_ms = now_ms - now_ms % DAY_MS
    template = _template(state, found.product, found.version)
    if template.default_rate and found.status in RUNNING:
        found, _ = default_interest(template, found, today_ms)
    rest = prepayment(today_ms, found, template, AMOUNT_MAX)
    due = owed(found.bills)
    fee = {"prepayment_fee": rest.fee} if rest.fee else {}
    return {
        "loan": name,
        "billed": due,
        "interest_of_period": rest.interest,
        "principal_not_due": rest.principal,
        **fee,
        "total": due + rest.total,
        "days_past_due": days_past_due(found.bills, now_ms),
    }


def balances(state: StateReader, owner: str) -> list[Facts]:
    """All accounts of an owner that are not at zero; debits are positive."""
    prefix = keys.book(owner, "")
    found: list[Facts] = []
    for key, raw in state.iterate(prefix, prefix_end(prefix)):
        code = key[len(prefix) :].decode()
        for name, balance in zip(NAMES, records.BOOK.decode(raw).balances, strict=True):
            if balance:
                found.append({"account": f"{owner}/{name}/{code}", "balance": balance})
    return found


def balance(state: StateReader, owner: str, kind: str, asset_code: str) -> int | None:
    """The balance of one account now; None if there is no such kind of account."""
    if kind not in NAMES:
        return None
    book = records.BOOK.read(state, keys.book(owner, asset_code))
    return 0 if book is None else book.balances[NAMES.index(kind)]


def totals(state: StateReader, asset_code: str) -> dict[str, int]:
    """The sums over all owners now, by kind of account; they sum to zero."""
    total = records.TOTAL.read(state, keys.total(asset_code))
    if total is None:
        return {}
    return {name: each for name, each in zip(NAMES, total.sums, strict=True) if each}


def _product_record(state: StateReader, name: str, version: int) -> Product | None:
    return records.PRODUCT.read(state, keys.product(name, version))


def _template(state: StateReader, name: str, version: int) -> Template:
    found = _product_record(state, name, version)
    assert found is not None, "products are never removed"
    return found.template


def plain(names: Iterable[str], values: Iterable[object]) -> Facts:
    """Named values with lists where records have tuples."""
    return {name: _listed(value) for name, value in zip(names, values, strict=True)}


def _listed(value: object) -> object:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _party(record: Party) -> Facts:
    return {
        "party": record.name,
        "kind": str(record.kind),
        "sponsor": record.sponsor,
        "keys": [key.hex() for key in record.keys],
        "threshold": record.threshold,
    }


def _asset(record: Asset) -> Facts:
    return {
        "asset": record.code,
        "kind": record.kind,
        "decimals": record.decimals,
        "custodian": record.custodian,
        "price_sources": list(record.price_sources),
    }


def _product(record: Product) -> Facts:
    return {
        "product": record.name,
        "version": record.version,
        "proposer": record.proposer,
        "approvals": list(record.approvals),
        "is_active": record.is_active,
        "retirements": list(record.retirements),
        "is_retired": record.is_retired,
        "template": plain(TEMPLATE_SHAPE.types, TEMPLATE_SHAPE.values(record.template)),
    }


def agreement_facts(record: Agreement) -> Facts:
    """An agreement or a rival as plain values."""
    return {
        "agreement": record.name,
        "proposer": record.proposer,
        "status": str(record.status),
        "terms": plain(TERM_SHEET_SHAPE.types, TERM_SHEET_SHAPE.values(record.terms)),
        "terms_digest": record.terms_digest.hex(),
        "signed": list(record.signed),
    }


def _bill(record: Bill) -> Facts:
    return {
        "number": record.number,
        "due_ms": record.due_ms,
        "fees": record.fees,
        "interest": record.interest,
        "principal": record.principal,
        "is_late": record.is_late,
    }


def _loan(record: Loan) -> Facts:
    due = owed(record.bills)
    facts: Facts = {name: getattr(record, name) for name in _LOAN_FIGURES}
    return {
        "loan": record.name,
        **facts,
        "status": str(record.status),
        "next_due_ms": record.due_ms,
        "bills": [_bill(bill) for bill in record.bills],
        "billed": due,
        "owed": due + record.balance + record.carried_interest,
    }


def installment(record: Installment) -> Facts:
    """An installment as plain values."""
    return {
        "number": record.number,
        "due_ms": record.due,
        "principal": record.principal,
        "interest": record.interest,
        "payment": record.payment,
        "balance_after": record.balance_after,
    }


_LOAN_FIGURES = (
    "lender", "borrower", "asset", "product", "version", "principal", "rate", "installments",
    "start_ms", "level", "balance", "number", "bucket", "paid_fees", "paid_interest",
    "paid_principal", "written_off", "recovered", "capitalised", "change", "changes", "reaged",
)  # fmt: skip
