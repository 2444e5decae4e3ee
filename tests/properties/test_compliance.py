"""Properties of credit and compliance: freezes hold, running sums are what a recount gives.

The random commands of `test_lending`, with freezes, limits, attestations and a score model among
them; after each one the derived records are compared with a slow count over all loans.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from ledger import codec
from ledger.receipt import Applied, Outcome, Rejected
from ledger.store import prefix_end
from lending import credit_keys, keys, records
from lending.chart import Account
from lending.compliance.exposures import exposure_of
from lending.compliance.freezes import is_frozen
from lending.credit.conduct import history_of
from lending.credit.grades import score_of
from lending.journal import balance_of
from lending.records import Loan, LoanStatus
from lending.records import credit as stored
from lending.scope import Scope
from tests.properties.test_lending import AMOUNTS, BORROWERS, LENDERS, LendingWorld

MEMBERS = ("beta", "gamma")
PARTIES = (*LENDERS, *BORROWERS)
OWED = (Account.BORROWINGS, Account.INTEREST_PAYABLE, Account.FEES_PAYABLE)
LIMIT = 1_500_000
TERMINAL = (LoanStatus.REPAID, LoanStatus.RECOVERED)


class ComplianceWorld(LendingWorld):
    """The world of loans, with rules of compliance that come and go."""

    def __init__(self) -> None:
        self.is_ready = False
        super().__init__()
        weights = (("ON_TIME", 1, 5, 200), ("LATE", 1, -40, 900), ("DEFAULTS", 1, -300, 900))
        self.ask("alpha", "propose_credit_model", *MEMBERS, version=1, base=500, weights=weights,
                 grades=(("A", 500), ("B", 0)))  # fmt: skip
        self.ask("alpha", "set_exposure_limit", *MEMBERS, kind="BORROWER", subject="", asset="USD",
                 limit=LIMIT, share=0)  # fmt: skip
        self.is_ready = True

    def ask(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> Outcome:
        """As before; whoever is frozen loses nothing by it but what it owed."""
        scope = self.scope()
        before = {party: self.figures(scope, party) for party in PARTIES}
        outcome = super().ask(sender, name, *cosigners, **fields)
        for party, (was_frozen, cash, debts, paid) in before.items():
            _, cash_after, debts_after, paid_after = self.figures(scope, party)
            if was_frozen and name not in ("freeze", "unfreeze"):
                assert cash - cash_after <= max(0, debts - debts_after) + paid_after - paid
        if self.is_ready and name == "draw_down" and isinstance(outcome, Applied):
            borrower = self.parties[str(fields["agreement"])][1]
            assert exposure_of(scope, borrower, "USD") <= LIMIT
        return outcome

    def scope(self) -> Scope:
        return Scope(self.world.state, self.world.now_ms, self.world.height)

    def figures(self, scope: Scope, party: str) -> tuple[bool, int, int, int]:
        """Whether it is frozen as a whole, its cash, what it owes, the interest it was charged."""
        held = [balance_of(scope.state, party, each, "USD") for each in OWED]
        return (
            is_frozen(scope, party, ""), balance_of(scope.state, party, Account.CASH, "USD"),
            -sum(held), balance_of(scope.state, party, Account.INTEREST_EXPENSE, "USD"),
        )  # fmt: skip

    def loans(self) -> list[Loan]:
        state = self.world.state
        pairs = state.iterate(keys.LOAN, prefix_end(keys.LOAN))
        return [records.LOAN.decode(raw) for _, raw in pairs]

    @rule(party=st.sampled_from(PARTIES), is_whole=st.booleans(), amount=AMOUNTS)
    def freeze(self, party: str, is_whole: bool, amount: int) -> None:
        self.ask("gamma", "freeze", "alpha", "beta", party=party, asset="" if is_whole else "USD",
                 amount=0 if is_whole else amount, reference=bytes(32))  # fmt: skip

    @rule(party=st.sampled_from(PARTIES), is_whole=st.booleans())
    def unfreeze(self, party: str, is_whole: bool) -> None:
        self.ask("gamma", "unfreeze", "alpha", "beta", party=party,
                 asset="" if is_whole else "USD", reference=bytes(32))  # fmt: skip

    @rule(payer=st.sampled_from(PARTIES), amount=AMOUNTS)
    def pay_somebody(self, payer: str, amount: int) -> None:
        self.ask(payer, "transfer_cash", to="crow", asset="USD", amount=amount, reference="x")

    @rule(party=st.sampled_from(PARTIES), payment=AMOUNTS, day=AMOUNTS)
    def limit(self, party: str, payment: int, day: int) -> None:
        self.ask("alpha", "set_party_limits", *MEMBERS, party=party, may_lend="YES",
                 may_borrow="YES", limits=(("USD", payment, day),))  # fmt: skip

    @rule(threshold=AMOUNTS)
    def report(self, threshold: int) -> None:
        self.ask("alpha", "set_reporting", *MEMBERS, asset="USD", threshold=threshold)

    @invariant()
    def what_lenders_have_lent_is_what_loans_say(self) -> None:
        counted: Counter[tuple[str, str]] = Counter()
        for loan in self.loans():
            if loan.status not in (LoanStatus.WRITTEN_OFF, *TERMINAL):
                principal = loan.balance + sum(bill.principal for bill in loan.bills)
                counted[loan.borrower, loan.lender] += principal
        kept = {}
        start = credit_keys.LENT
        for key, raw in self.world.state.iterate(start, prefix_end(start)):
            borrower, lender, _ = key[len(start) :].decode().split("/")
            kept[borrower, lender] = stored.LENT.decode(raw).principal
        if self.is_ready:
            # A loan that ran before the record was kept is taken in with its next event.
            assert all(kept.get(pair, 0) <= amount for pair, amount in counted.items())
            assert kept.keys() <= counted.keys()

    @invariant()
    def histories_are_what_loans_say(self) -> None:
        scope, loans = self.scope(), self.loans()
        for party in BORROWERS:
            history = history_of(scope, party)
            mine = [loan for loan in loans if loan.borrower == party]
            assert history.loans <= len(mine)
            assert history.running <= sum(loan.status not in TERMINAL for loan in mine)
            assert history.loans >= history.running + history.repaid
            assert history.on_time + history.late <= sum(loan.number for loan in mine)
            assert history.write_offs == sum(loan.written_off > 0 for loan in mine)
            for _, lost, back in history.lost:
                assert lost == sum(loan.written_off for loan in mine)
                assert back == sum(loan.recovered for loan in mine)
            score = score_of(scope, party)
            if score is not None:
                assert sum(factor.points for factor in score.factors) == score.value
                assert 0 <= score.value <= 1_000


def test_a_frozen_party_is_refused_by_its_own_code() -> None:
    world = ComplianceWorld()
    world.freeze("acme", is_whole=True, amount=1)
    refused = world.ask("acme", "transfer_cash", to="crow", asset="USD", amount=1, reference="x")
    assert isinstance(refused, Rejected)
    assert refused.code == "FROZEN"


ComplianceWorld.TestCase.settings = settings(max_examples=25, stateful_step_count=25)
TestComplianceWorld = ComplianceWorld.TestCase
