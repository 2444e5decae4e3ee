"""The oracle of monitoring: figures made again from the whole state, to compare with those kept.

It knows nothing of how the machine keeps them: it walks over every loan, facility, pool and credit
line and adds up. Only in which class of coverage something is comes from its measure, for that is
judged at the price of the day on which it was measured.
"""

from __future__ import annotations

from collections import Counter

from ledger.overlay import Overlay
from ledger.store import prefix_end
from lending import keys, records
from lending.records import facilities as facility_records
from lending.records import impairment as impairment_records
from lending.records import monitoring as stored
from lending.records import places
from lending.records import pools as pool_records
from tests.scenarios import impairment_invariants

Totals = Counter[tuple[str, str, str, str]]
"""By asset, dimension, member and which of the sums."""
BUCKET = ("current", "30", "60", "90", "120")


def check(state: Overlay) -> None:
    """Assert that the figures kept are those that the whole state gives."""
    impairment_invariants.check(state)
    policy = stored.MONITORING.get(state, places.MONITORING_POLICY)
    if policy is None:
        assert not list(state.iterate(places.FIGURE, prefix_end(places.FIGURE)))
        return
    expected = expected_totals(state, is_complete=bool(policy.complete_height))
    kept: Totals = Counter()
    for key, raw in state.iterate(places.FIGURE, prefix_end(places.FIGURE)):
        asset, dimension, member = key[len(places.FIGURE) :].decode().split("/")
        figure = stored.FIGURE.decode(raw)
        for name in ("count", "exposure", "limit", "loss"):
            kept[asset, dimension, member, name] = getattr(figure, name)
    assert +kept == +expected
    check_spreads(state, expected)


def check_spreads(state: Overlay, expected: Totals) -> None:
    """Assert that the sums of squares and the order of the largest are those of the figures."""
    for key, raw in state.iterate(places.SPREAD, prefix_end(places.SPREAD)):
        asset, dimension = key[len(places.SPREAD) :].decode().split("/")
        each = {
            member: value
            for (code, by, member, name), value in expected.items()
            if (code, by, name) == (asset, dimension, "exposure") and value
        }
        spread = stored.SPREAD.decode(raw)
        assert spread.members == len(each)
        assert spread.exposure == sum(each.values())
        assert spread.squares == sum(value * value for value in each.values())
        prefix = places.ranks(asset, dimension)
        ranked = [key[len(prefix) + 16 :] for key, _ in state.iterate(prefix, prefix_end(prefix))]
        order = sorted(each, key=lambda member: (-each[member], member))
        assert ranked == [member.encode() for member in order]


def expected_totals(state: Overlay, *, is_complete: bool) -> Totals:
    """All figures, from the records alone."""
    totals: Totals = Counter()
    for prefix, add in (
        (keys.LOAN, _loan), (keys.FACILITY, _facility), (keys.POOL, _pool),
        (keys.CREDIT_LINE, _line),
    ):  # fmt: skip
        for key, raw in state.iterate(prefix, prefix_end(prefix)):
            if is_complete or state.get(places.measure(key)) is not None:
                add(state, totals, key[len(prefix) :].decode(), raw)
    for _, raw in state.iterate(places.MEASURE, prefix_end(places.MEASURE)):
        for part in stored.MEASURE.decode(raw).parts:
            if part.dimension == "coverage":
                _add(totals, part.asset, "coverage", part.member, part.exposure)
                totals[part.asset, "coverage", part.member, "loss"] += part.loss
    return totals


def _add(
    totals: Totals, asset: str, dimension: str, member: str, exposure: int, limit: int = 0
) -> None:
    totals[asset, dimension, member, "count"] += 1
    totals[asset, dimension, member, "exposure"] += exposure
    totals[asset, dimension, member, "limit"] += limit


def _loan(state: Overlay, totals: Totals, name: str, raw: bytes) -> None:
    loan = records.LOAN.decode(raw)
    if loan.status not in ("PERFORMING", "DELINQUENT", "DEFAULTED"):
        return
    billed = sum(bill.fees + bill.interest + bill.principal for bill in loan.bills)
    exposure = loan.balance + loan.carried_interest + billed
    bucket = "default" if loan.status == "DEFAULTED" else BUCKET[loan.bucket]
    members = [
        ("all", "all"), ("lender", loan.lender), ("borrower", loan.borrower),
        ("product", loan.product), ("bucket", bucket),
    ]  # fmt: skip
    allowance = impairment_records.ALLOWANCE.get(state, places.allowance(name))
    if allowance is not None:
        members.append(("stage", str(allowance.stage)))
    for dimension, member in members:
        _add(totals, loan.asset, dimension, member, exposure)
        totals[loan.asset, dimension, member, "loss"] += allowance.amount if allowance else 0


def _facility(state: Overlay, totals: Totals, name: str, raw: bytes) -> None:
    facility = facility_records.FACILITY.decode(raw)
    shares = [share for tranche in facility.tranches for share in tranche.shares]
    lent = sum(share.outstanding for share in shares)
    limit = sum(share.commitment for share in shares)
    if not lent and not limit:
        return
    asset = facility.terms.asset
    for dimension, member in (
        ("all", "all"), ("borrower", facility.terms.borrower), ("product", "facility"),
        ("facility", name),
    ):  # fmt: skip
        _add(totals, asset, dimension, member, lent, limit)
    for lender in {share.lender for share in shares}:
        mine = [share for share in shares if share.lender == lender]
        lent, limit = sum(each.outstanding for each in mine), sum(each.commitment for each in mine)
        _add(totals, asset, "lender", lender, lent, limit)


def _pool(state: Overlay, totals: Totals, name: str, raw: bytes) -> None:
    pool = pool_records.POOL.decode(raw)
    terms = pool_records.POOL_TERMS.get(state, keys.pool_terms(name))
    assert terms is not None
    limit = pool.debt + pool.cash
    if limit:
        for dimension, member in (
            ("all", "all"), ("lender", name), ("product", "pool"), ("pool", name),
        ):  # fmt: skip
            _add(totals, terms.template.asset, dimension, member, pool.debt, limit)


def _line(state: Overlay, totals: Totals, name: str, raw: bytes) -> None:
    line = pool_records.CREDIT_LINE.decode(raw)
    pool, _, borrower = name.partition("/")
    terms = pool_records.POOL_TERMS.get(state, keys.pool_terms(pool))
    assert terms is not None
    if line.booked:
        _add(totals, terms.template.asset, "borrower", borrower, line.booked, line.limit)
