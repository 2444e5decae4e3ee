"""Properties of how agreements come about: whatever is asked in any order, offers, applications and
agreements fit together, nothing is promised twice, and every loan has all its signatures.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger import codec
from ledger.receipt import Applied, Outcome, Rejected
from lending import keys, records
from lending.products.names import missing_signatures
from lending.records import AgreementStatus
from lending.records.origination import APPLICATION, OFFER
from lending.rejections import Rejection
from tests.scenarios import lending_invariants
from tests.scenarios.lending_world import DAY_MS, PERSONAL, World

LENDERS = ("alpha", "alpha-cars", "beta", "acme")
BORROWERS = ("acme", "bolt", "alpha")
NAMES = ("n1", "n2")
PRODUCTS = ("personal", "backed")
AMOUNTS = st.sampled_from([1, 9_999, 10_000, 10_001, 99_999, 100_000, 100_001, 2**63 - 1])
DAYS = st.sampled_from([0, 1, 2, 5, 30])


class OriginationWorld(RuleBasedStateMachine):
    """A world in which everybody asks, offers, accepts, signs and withdraws."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.lives = lending_invariants.Lives()
        template = {**PERSONAL, "signatories": ("GUARANTOR",)}
        self.ask("alpha", "propose_product", "beta", "delta", product="backed", version=1,
                 template=template)  # fmt: skip
        for lender in LENDERS:
            self.ask("mint", "issue_cash", holder=lender, asset="USD", amount=150_000,
                     reference=lender)  # fmt: skip

    def ask(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> Outcome:
        """Send a command; a refusal changes nothing and has a documented code."""
        before = self.world.state.writes()
        outcome = self.world.send(sender, name, *cosigners, **fields)
        if isinstance(outcome, Rejected):
            assert outcome.code in set(Rejection)
            after = self.world.state.writes()
            assert {key: after[key] for key in before} == before
            assert all(after[key] is None for key in after.keys() - before.keys())
        return outcome

    def terms(
        self, product: str, lender: str, borrower: str, principal: int, days: int
    ) -> dict[str, codec.Value]:
        signatories = (("GUARANTOR", "crow"),) if product == "backed" else ()
        return {
            "product": product, "version": 1, "lender": lender, "borrower": borrower,
            "asset": "USD", "principal": principal, "rate": 10**8, "installments": 2,
            "collateral_asset": "", "available_until_ms": self.world.now_ms + days * DAY_MS,
            "signatories": signatories, "capitalised": 0,
        }  # fmt: skip

    @rule(hours=st.sampled_from([1, 24, 24 * 5, 24 * 40]))
    def wait(self, hours: int) -> None:
        self.world.begin(self.world.now_ms + hours * 3_600_000)

    @rule(
        borrower=st.sampled_from(BORROWERS), name=st.sampled_from(NAMES),
        product=st.sampled_from(PRODUCTS), amount=AMOUNTS, days=DAYS,
        lenders=st.sampled_from([(), ("alpha",), ("beta", "alpha-cars")]),
    )  # fmt: skip
    def apply(
        self, borrower: str, name: str, product: str, amount: int, days: int,
        lenders: tuple[str, ...],
    ) -> None:  # fmt: skip
        self.ask(
            borrower, "open_application", application=name, product=product, version=1, asset="USD",
            amount=amount, installments=2, purpose="STOCK", collateral_asset="",
            collateral_amount=0, lenders=lenders, until_ms=self.world.now_ms + days * DAY_MS,
        )  # fmt: skip

    @rule(
        lender=st.sampled_from(LENDERS), borrower=st.sampled_from(BORROWERS),
        name=st.sampled_from(NAMES), product=st.sampled_from(PRODUCTS), principal=AMOUNTS,
        days=DAYS, more=DAYS,
    )  # fmt: skip
    def offer(
        self, lender: str, borrower: str, name: str, product: str, principal: int, days: int,
        more: int,
    ) -> None:  # fmt: skip
        terms = self.terms(product, lender, borrower, principal, days + more)
        until_ms = self.world.now_ms + days * DAY_MS
        self.ask(
            lender, "offer_on_application", application=name, terms=terms, valid_until_ms=until_ms
        )

    @rule(
        borrower=st.sampled_from(BORROWERS), name=st.sampled_from(NAMES),
        lender=st.sampled_from(LENDERS), agreement=st.sampled_from(NAMES), is_other=st.booleans(),
    )  # fmt: skip
    def accept(self, borrower: str, name: str, lender: str, agreement: str, is_other: bool) -> None:
        offer = OFFER.read(self.world.state, keys.offer(borrower, name, lender))
        digest = bytes(32) if offer is None or is_other else offer.terms_digest
        outcome = self.ask(
            borrower, "accept_offer", application=name, lender=lender, agreement=agreement,
            terms_digest=digest,
        )  # fmt: skip
        if isinstance(outcome, Applied):
            assert offer is not None
            found = APPLICATION.read(self.world.state, keys.application(borrower, name))
            assert found is not None
            assert (found.offers, found.agreement) == ((), agreement)
            ended = [fields for event, fields in outcome.events if event == "offer_ended"]
            assert [each["reason"] for each in ended].count("ACCEPTED") == 1

    @rule(
        name=st.sampled_from(NAMES), product=st.sampled_from(PRODUCTS),
        sender=st.sampled_from(BORROWERS), lender=st.sampled_from(LENDERS),
        cosigners=st.sampled_from([(), ("alpha",), ("crow",), ("alpha", "crow", "beta")]),
        days=DAYS,
    )  # fmt: skip
    def propose(
        self, name: str, product: str, sender: str, lender: str, cosigners: tuple[str, ...],
        days: int,
    ) -> None:  # fmt: skip
        terms = self.terms(product, lender, sender, 10_000, days)
        self.ask(sender, "propose_agreement", *cosigners, agreement=name, terms=terms)

    @rule(
        name=st.sampled_from(NAMES), sender=st.sampled_from((*LENDERS, "bolt", "crow")),
        command=st.sampled_from(["sign_agreement", "withdraw_agreement", "draw_down"]),
        rival=st.sampled_from(["", *BORROWERS]),
    )  # fmt: skip
    def go_on(self, name: str, sender: str, command: str, rival: str) -> None:
        key = keys.rival(name, rival) if rival else keys.agreement(name)
        found = records.AGREEMENT.read(self.world.state, key)
        fields: dict[str, codec.Value] = {"agreement": name}
        if command == "sign_agreement":
            fields["terms_digest"] = bytes(32) if found is None else found.terms_digest
        self.ask(sender, command, **fields)

    @rule(
        members=st.sampled_from([("alpha",), ("beta", "delta"), ("alpha", "beta", "delta")]),
        product=st.sampled_from(PRODUCTS),
    )
    def retire(self, members: tuple[str, ...], product: str) -> None:
        self.ask(members[0], "retire_product", *members[1:], product=product, version=1)

    @rule(
        borrower=st.sampled_from(BORROWERS), name=st.sampled_from(NAMES),
        lender=st.sampled_from(LENDERS), is_whole=st.booleans(),
    )  # fmt: skip
    def withdraw(self, borrower: str, name: str, lender: str, is_whole: bool) -> None:
        if is_whole:
            self.ask(borrower, "withdraw_application", application=name)
        else:
            self.ask(lender, "withdraw_offer", borrower=borrower, application=name)

    @rule(
        sender=st.sampled_from(BORROWERS), name=st.sampled_from(NAMES),
        cosigners=st.sampled_from([(), ("acme", "bolt")]), is_new=st.booleans(),
    )  # fmt: skip
    def bind(self, sender: str, name: str, cosigners: tuple[str, ...], is_new: bool) -> None:
        if is_new:
            self.ask(sender, "form_group", *cosigners, group="g", borrowers=("acme", "bolt"))
        self.ask(sender, "bind_to_group", *cosigners, group="g", agreement=name)

    @rule(
        payer=st.sampled_from(BORROWERS), name=st.sampled_from(NAMES), amount=AMOUNTS,
        borrower=st.sampled_from(BORROWERS), is_back=st.booleans(),
    )  # fmt: skip
    def pay_for(self, payer: str, name: str, amount: int, borrower: str, is_back: bool) -> None:
        if is_back:
            self.ask(
                borrower, "settle_recourse", group="g", payer=payer, asset="USD", amount=amount
            )
        else:
            self.ask(payer, "repay", loan=name, amount=amount)

    @rule(
        lender=st.sampled_from(("alpha", "beta")), borrower=st.sampled_from(("acme", "bolt")),
        name=st.sampled_from(NAMES),
    )  # fmt: skip
    def lend_to_the_group(self, lender: str, borrower: str, name: str) -> None:
        terms = self.terms("personal", lender, borrower, 10_001, 30)
        self.ask(borrower, "propose_agreement", lender, agreement=name, terms=terms)
        self.bind(borrower, name, ("acme", "bolt"), is_new=True)
        self.ask(borrower, "draw_down", agreement=name)

    @invariant()
    def everything_fits(self) -> None:
        lending_invariants.check(self.world.state)
        self.lives.check(self.world.state)

    @invariant()
    def nothing_is_concluded_without_all_signatures(self) -> None:
        bound = (AgreementStatus.CONCLUDED, AgreementStatus.DRAWN, AgreementStatus.CLOSED)
        for name in NAMES:
            found = records.AGREEMENT.read(self.world.state, keys.agreement(name))
            if found is not None and found.status in bound:
                assert missing_signatures(found) == ()
            if found is not None and found.status is AgreementStatus.OFFERED:
                assert missing_signatures(found)


TestOrigination = OriginationWorld.TestCase
TestOrigination.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
