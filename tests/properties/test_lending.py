"""Properties of the lending machine: whatever is asked of it, money is conserved and rules hold.

Random commands with amounts at the boundaries, from an empty world; after each one the invariants
of tests/scenarios/lending_invariants.py. Everything is done again in a second world at the end, and
must give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger import codec
from ledger.receipt import Applied, Outcome, Rejected
from lending import queries
from lending.commands import COMMANDS, parse_command
from lending.fields import AMOUNT_MAX, RATE_MAX
from lending.products import timetable
from lending.records import Bill
from lending.rejections import Rejection
from lending.terms import TEMPLATE_SHAPE
from lending.waterfall import ORDER, owed, take
from tests.scenarios import lending_invariants
from tests.scenarios.lending_world import DAY_MS, PERSONAL, World, time_ms

LENDERS = ("alpha", "alpha-cars", "beta")
BORROWERS = ("acme", "bolt")
LOANS = ("l1", "l2", "l3")
AMOUNTS = st.sampled_from([1, 2, 3, 99, 100, 10_000, 500_30, 10**6, 10**6 + 1, AMOUNT_MAX])
HOURS = st.sampled_from([1, 24, 24 * 16, 24 * 30, 24 * 31, 24 * 121])


class LendingWorld(RuleBasedStateMachine):
    """A world to which anything may be asked, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.lives = lending_invariants.Lives()
        self.asked: list[Callable[[World], object]] = []
        self.parties = {"l1": ("alpha", "acme"), "l2": ("beta", "bolt"), "l3": ("alpha", "acme")}
        for owner in (*LENDERS, *BORROWERS, "crow"):
            for asset in ("USD", "BOND"):
                self.ask(
                    "mint", "issue_cash", holder=owner, asset=asset, amount=10**6,
                    reference=f"{owner}-{asset}",
                )  # fmt: skip

        self.agree("l1", "alpha", "acme", 999_999, 122_900_000, 12, is_secured=False)
        self.report_price(10_000)
        self.agree("l2", "beta", "bolt", 999_999, 400_000_000, 2, is_secured=True)
        self.pledge("l2", 10_000)
        self.draw_down("l2")

    def ask(self, sender: str, name: str, *cosigners: str, **fields: codec.Value) -> Outcome:
        """Send a command now, and again in the second world; a refusal changes nothing."""
        self.asked.append(lambda world: world.send(sender, name, *cosigners, **fields))
        before = self.world.state.writes()
        outcome = self.world.send(sender, name, *cosigners, **fields)
        if isinstance(outcome, Rejected):
            assert outcome.code in set(Rejection)
            after = self.world.state.writes()
            assert {key: after[key] for key in before} == before
            assert all(after[key] is None for key in after.keys() - before.keys())
        return outcome

    @rule(hours=HOURS)
    def wait(self, hours: int) -> None:
        """The next block comes so much later."""
        now_ms = self.world.now_ms + hours * 3_600_000
        self.asked.append(lambda world: world.begin(now_ms))
        self.world.begin(now_ms)

    @rule(
        name=st.sampled_from(LOANS),
        lender=st.sampled_from(LENDERS),
        borrower=st.sampled_from(BORROWERS),
        principal=st.sampled_from([9_999, 10_000, 100_000, 999_999, 5_000_000]),
        rate=st.sampled_from([0, 1, 122_900_000, 400_000_000]),
        installments=st.sampled_from([1, 2, 12, 60]),
        is_secured=st.booleans(),
    )
    def agree(
        self,
        name: str,
        lender: str,
        borrower: str,
        principal: int,
        rate: int,
        installments: int,
        is_secured: bool,
    ) -> None:
        terms = {
            "product": "secured" if is_secured else "personal",
            "version": 1,
            "lender": lender,
            "borrower": borrower,
            "asset": "USD",
            "principal": principal,
            "rate": rate,
            "installments": installments,
            "collateral_asset": "BOND" if is_secured else "",
            "available_until_ms": self.world.now_ms + 20 * DAY_MS,
            "signatories": (),
            "capitalised": 0,
        }
        outcome = self.ask(borrower, "propose_agreement", lender, agreement=name, terms=terms)
        if isinstance(outcome, Applied):
            self.parties[name] = lender, borrower
        self.ask(borrower, "draw_down", agreement=name)

    @rule(name=st.sampled_from(LOANS))
    def draw_down(self, name: str) -> None:
        self.ask(self.parties[name][1], "draw_down", agreement=name)

    @rule(price=AMOUNTS)
    def report_price(self, price: int) -> None:
        self.ask("gamma", "report_price", asset="BOND", currency="USD", price=price)

    @rule(name=st.sampled_from(LOANS), amount=AMOUNTS)
    def pledge(self, name: str, amount: int) -> None:
        self.ask(self.parties[name][1], "pledge_collateral", agreement=name, amount=amount)

    @rule(name=st.sampled_from(LOANS), side=st.sampled_from([0, 1]), amount=AMOUNTS)
    def release(self, name: str, side: int, amount: int) -> None:
        self.ask(self.parties[name][side], "release_collateral", agreement=name, amount=amount)

    @rule(name=st.sampled_from(LOANS), amount=AMOUNTS)
    def repay(self, name: str, amount: int) -> None:
        self.pay(name, amount)

    @rule(name=st.sampled_from(LOANS), more=st.sampled_from([-1, 0, 1]))
    def repay_what_is_billed(self, name: str, more: int) -> None:
        loan = queries.loan(self.world.state, name)
        if loan is not None:
            billed = loan["billed"]
            assert type(billed) is int
            self.pay(name, max(1, billed + more))

    def pay(self, name: str, amount: int) -> None:
        """M13: a payment takes what it says, never more than offered or than would pay off."""
        loan = queries.loan(self.world.state, name)
        borrower = str(loan["borrower"]) if loan else "acme"
        payoff = queries.payoff(self.world.state, name, self.world.now_ms)
        cash = queries.balance(self.world.state, borrower, "cash", "USD")
        outcome = self.ask(borrower, "repay", loan=name, amount=amount)
        if isinstance(outcome, Applied):
            [taken] = [fields["taken"] for event, fields in outcome.events if event == "repaid"]
            assert payoff is not None
            assert taken == min(amount, payoff["total"])  # type: ignore[call-overload]
            assert cash is not None
            assert queries.balance(self.world.state, borrower, "cash", "USD") == cash - taken
            if taken == payoff["total"]:
                after = queries.loan(self.world.state, name)
                assert after is not None
                assert after["status"] == "REPAID"
                assert after["owed"] == 0

    @rule(name=st.sampled_from(LOANS))
    def write_off(self, name: str) -> None:
        self.ask(self.parties[name][0], "write_off", loan=name)

    @rule(
        name=st.sampled_from(LOANS),
        is_collected=st.booleans(),
        amount=AMOUNTS,
        fee=st.sampled_from([0, 1, 30]),
    )
    def recover(self, name: str, is_collected: bool, amount: int, fee: int) -> None:
        lender, borrower = self.parties[name]
        self.ask(
            "crow" if is_collected else borrower, "record_recovery", lender, loan=name,
            amount=amount, collector="crow" if fee or is_collected else "", collection_fee=fee,
        )  # fmt: skip

    @rule(
        giver=st.sampled_from((*LENDERS, *BORROWERS)),
        taker=st.sampled_from((*LENDERS, *BORROWERS, "outside")),
        amount=AMOUNTS,
    )
    def give(self, giver: str, taker: str, amount: int) -> None:
        if taker == "outside":
            self.ask(
                giver, "redeem_cash", "mint", holder=giver, asset="USD", amount=amount,
                reference=f"out-{len(self.asked)}",
            )  # fmt: skip
        else:
            self.ask(giver, "transfer_cash", to=taker, asset="USD", amount=amount, reference="gift")

    @invariant()
    def money_is_conserved(self) -> None:
        lending_invariants.check(self.world.state)
        self.lives.check(self.world.state)

    def teardown(self) -> None:
        again = World()
        for ask in self.asked:
            ask(again)
        self.world.end()
        again.end()
        assert self.world.encoded == again.encoded
        assert list(self.world.store.iterate(b"", b"\xff")) == list(
            again.store.iterate(b"", b"\xff")
        )


TestLendingWorld = LendingWorld.TestCase
TestLendingWorld.settings = settings(max_examples=40, stateful_step_count=40)


BILLS = st.lists(
    st.builds(
        Bill,
        number=st.integers(1, 99),
        due_ms=st.integers(0, 10**12),
        fees=st.integers(0, 50),
        interest=st.integers(0, 50),
        principal=st.integers(1, 50),
        is_late=st.booleans(),
    ),
    max_size=4,
).map(tuple)
ORDERS = st.permutations(ORDER).map(tuple)
ALLOCATIONS = st.sampled_from(["BY_INSTALLMENT", "BY_PART"])


@given(st.integers(0, 1_000), BILLS, ORDERS, ALLOCATIONS)
def test_a_waterfall_takes_what_is_owed_and_no_more(
    amount: int, bills: tuple[Bill, ...], order: tuple[str, ...], allocation: str
) -> None:
    taken = take(amount, bills, order, allocation)
    assert taken.total == min(amount, owed(bills))
    assert taken.left == amount - taken.total
    assert owed(taken.bills) == owed(bills) - taken.total


@given(st.integers(0, 300), st.integers(0, 300), BILLS, ORDERS, ALLOCATIONS)
def test_two_payments_are_one_payment(
    first: int, second: int, bills: tuple[Bill, ...], order: tuple[str, ...], allocation: str
) -> None:
    one = take(first, bills, order, allocation)
    two = take(second, one.bills, order, allocation)
    whole = take(first + second, bills, order, allocation)
    assert two.bills == whole.bills
    assert one.total + two.total == whole.total


TEMPLATES = st.fixed_dictionaries(
    {
        "contract_type": st.sampled_from(["PAM", "LAM", "ANN"]),
        "day_count_convention": st.sampled_from(["30E360", "A365", "A360", "AA", "SIMPLE"]),
        "cycle": st.sampled_from(["P1ML1", "P1QL1", "P2WL1", "P10DL1"]),
        "end_of_month_convention": st.sampled_from(["SD", "EOM"]),
        "business_day_convention": st.sampled_from(["NOS", "SCF", "CSF", "SCMF", "CSP"]),
        "calendar": st.sampled_from(["NC", "MF"]),
    }
)


@settings(max_examples=60)
@given(
    TEMPLATES,
    st.integers(100_00, 50_000_00),
    st.integers(0, 500_000_000) | st.integers(0, RATE_MAX),
    st.integers(1, 24),
    st.integers(0, 1_000),
)
def test_a_loan_paid_as_agreed_is_billed_as_planned(
    changes: dict[str, str], principal: int, rate: int, installments: int, days: int
) -> None:
    """The clock bills one by one what the arithmetic planned at once, and no cent is left."""
    template = {**PERSONAL, "rate_max": RATE_MAX, **changes}
    world = World(now_ms=time_ms("2015-08-01T09:00") + days * DAY_MS)
    world.send("mint", "issue_cash", holder="alpha", asset="USD", amount=10**9, reference="a")
    world.send("mint", "issue_cash", holder="acme", asset="USD", amount=10**9, reference="b")
    world.send(
        "alpha", "propose_product", "beta", "delta", product="p", version=1, template=template
    )
    terms = {
        "product": "p",
        "version": 1,
        "lender": "alpha",
        "borrower": "acme",
        "asset": "USD",
        "principal": principal,
        "rate": rate,
        "installments": installments,
        "collateral_asset": "",
        "available_until_ms": world.now_ms + DAY_MS,
        "signatories": (),
        "capitalised": 0,
    }
    world.send("acme", "propose_agreement", "alpha", agreement="l1", terms=terms)
    assert isinstance(world.send("acme", "draw_down", agreement="l1"), Applied)
    start_ms = world.now_ms - world.now_ms % DAY_MS
    planned = timetable.planned(
        TEMPLATE_SHAPE.read(template), principal, rate, start_ms, installments
    )
    assert sum(each.principal for each in planned) == principal
    for each in planned:
        events = world.begin(max(world.now_ms + 1, each.due + 1))
        billed = [fields for name, fields in events if name == "installment_billed"]
        assert [(fields["interest"], fields["principal"]) for fields in billed] == [
            (each.interest, each.principal)
        ]
        if each.payment:
            world.send("acme", "repay", loan="l1", amount=each.payment)
    loan = queries.loan(world.state, "l1")
    assert loan is not None
    assert loan["status"] == "REPAID"
    lending_invariants.check(world.state)


@given(st.integers(1, 1_300_00), st.integers(1, 1_300_00), st.integers(0, 30))
def test_a_prepayment_in_two_parts_costs_what_one_costs(first: int, second: int, day: int) -> None:
    """M7: on one day, splitting a payment changes nothing at all."""
    loans = []
    for parts in ((first, second), (first + second,)):
        world = World()
        world.send("mint", "issue_cash", holder="alpha", asset="USD", amount=10**9, reference="a")
        world.send("mint", "issue_cash", holder="acme", asset="USD", amount=10**9, reference="b")
        terms = {
            "product": "personal",
            "version": 1,
            "lender": "alpha",
            "borrower": "acme",
            "asset": "USD",
            "principal": 1_200_00,
            "rate": 122_900_000,
            "installments": 12,
            "collateral_asset": "",
            "available_until_ms": world.now_ms + DAY_MS,
            "signatories": (),
            "capitalised": 0,
        }
        world.send("acme", "propose_agreement", "alpha", agreement="l1", terms=terms)
        world.send("acme", "draw_down", agreement="l1")
        world.begin(world.now_ms + day * DAY_MS + 1)
        for part in parts:
            world.send("acme", "repay", loan="l1", amount=part)
        loans.append(queries.loan(world.state, "l1"))
    assert loans[0] == loans[1]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.binary(max_size=40) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from([*COMMANDS, "nothing"]), st.data())
def test_no_fields_break_the_reader(name: str, data: st.DataObject) -> None:
    """Whatever the fields hold, the reader gives a command or a refusal."""
    fields = list(COMMANDS[name].types) if name in COMMANDS else ["a"]
    arguments = data.draw(VALUES | st.fixed_dictionaries(dict.fromkeys(fields, VALUES)))
    result = parse_command(name, arguments)
    if isinstance(result, Rejected):
        assert result.code in {"UNKNOWN_COMMAND", "MALFORMED_COMMAND"}
        codec.encode(result.facts)
