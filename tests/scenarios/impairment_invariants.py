"""The oracle of impairment: allowances made again from the whole state, to compare with those kept."""

from __future__ import annotations

from collections import Counter

from ledger.overlay import Overlay
from ledger.store import prefix_end
from lending import keys, records
from lending.chart import Account
from lending.journal import balance_of
from lending.records import Loan, places
from lending.records import impairment as stored
from lending.records.impairment import Allowance, ImpairmentPolicy

UNIT = 10**9
DAYS = (0, 30, 60, 90, 120)


def check(state: Overlay) -> None:
    """Assert that every allowance is what its own figures give, and that the journal has their sum."""
    sums: Counter[tuple[str, str]] = Counter()
    owners = {key.split(b"/")[1] for key, _ in state.iterate(keys.BOOK, prefix_end(keys.BOOK))}
    for key, raw in state.iterate(keys.LOAN, prefix_end(keys.LOAN)):
        loan = records.LOAN.decode(raw)
        allowance = stored.ALLOWANCE.get(state, places.allowance(key[len(keys.LOAN) :].decode()))
        policy = stored.IMPAIRMENT.get(state, places.impairment(loan.asset))
        exposure = exposure_of(loan)
        if policy is None:
            assert allowance is None
        elif allowance is None:
            assert not exposure or not policy.complete_height
        else:
            sums[allowance.lender, loan.asset] += allowance.amount
            assert allowance.exposure == exposure
            check_allowance(loan, allowance, policy)
    for owner in sorted(owners):
        for key, _ in state.iterate(keys.ASSET, prefix_end(keys.ASSET)):
            asset = key[len(keys.ASSET) :].decode()
            balance = balance_of(state, owner.decode(), Account.LOSS_ALLOWANCE, asset)
            assert -balance == sums[owner.decode(), asset], (owner, asset)


def check_allowance(loan: Loan, allowance: Allowance, policy: ImpairmentPolicy) -> None:
    """Assert that one allowance is right by its own figures, and its stage by the loan's."""
    assert 0 <= allowance.covered <= allowance.exposure
    assert 0 <= allowance.amount <= allowance.exposure
    if not allowance.exposure:
        assert (allowance.amount, allowance.stage) == (0, 0)
        return
    if allowance.version != policy.version:
        return
    days = DAYS[loan.bucket]
    if loan.status == "DEFAULTED" or days >= policy.stage_3_days:
        assert allowance.stage == 3
    elif days >= policy.stage_2_days or allowance.is_forborne:
        assert allowance.stage == 2
    else:
        assert allowance.stage == 1
    lines = [line for line in policy.rates if line.stage == allowance.stage and line.days <= days]
    assert allowance.default_rate in [line.rate for line in lines]
    if allowance.is_marked:
        assert allowance.amount == min(allowance.mark, allowance.exposure)
        return
    open_part = allowance.exposure - allowance.covered
    lost = allowance.covered * policy.loss_secured + open_part * policy.loss_unsecured
    exact = allowance.default_rate * lost
    assert (allowance.amount - 1) * UNIT**2 < exact <= allowance.amount * UNIT**2


def exposure_of(loan: Loan) -> int:
    """What is owed on a loan that is on its lender's books."""
    if loan.status not in ("PERFORMING", "DELINQUENT", "DEFAULTED"):
        return 0
    billed = sum(bill.fees + bill.interest + bill.principal for bill in loan.bills)
    return loan.balance + loan.carried_interest + billed
