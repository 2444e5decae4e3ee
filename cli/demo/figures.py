"""The figures of the demo: asked of the nodes when all is done, and held against plan and record. Pure
but for the asking; how they look is the report's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cli.demo.actors import CURRENCY, Actors, Servicing
from cli.demo.pilot import Course
from cli.demo.plan import planned_bills
from client import HansaClient
from client.wire import member_of, number_of, text_of

HEIGHTS_ASKED: Final = 8
"""At how many heights, besides the head, the trial balance is asked for."""


@dataclass(slots=True)
class Received:
    """What lenders received on some loans, beside the record; amounts in cents."""

    loans: int = 0
    """How many loans."""
    principal: int = 0
    """Principal received before any charge-off."""
    principal_recorded: int = 0
    """What LendingClub recorded."""
    interest: int = 0
    """Interest received before any charge-off."""
    interest_recorded: int = 0
    """What LendingClub recorded."""
    recovered: int = 0
    """Received after the charge-off."""
    recovered_recorded: int = 0
    """What LendingClub recorded."""
    written_off: int = 0
    """What the lenders took off their books."""
    one_month: int = 0
    """What interest would change by if every loan were a month off: its first month's interest."""
    equal_principal: int = 0
    """Loans whose principal is the record's to the cent."""
    within_a_month: int = 0
    """Loans whose interest is within one month's of the record's."""


@dataclass(slots=True)
class Figures:
    """All that the report shows."""

    members: dict[str, dict[str, int]] = field(default_factory=dict)
    """The balances of each member by kind of account, debits positive."""
    paid: Received = field(default_factory=Received)
    """The fully paid loans."""
    charged_off: Received = field(default_factory=Received)
    """The charged-off loans."""
    off_plan: list[str] = field(default_factory=list)
    """Loans that did not end as their row says, with the planned principal."""
    held_up: int = 0
    """Loans whose interest is not what was planned, for a payment was held up on a busy machine."""
    totals: dict[str, int] = field(default_factory=dict)
    """The trial balance at the head: the sums by kind of account."""
    heights: dict[int, bool] = field(default_factory=dict)
    """The heights at which the trial balance was asked for, and whether it was zero."""
    roots: dict[str, str] = field(default_factory=dict)
    """The state root of each member at `height`."""
    height: int = 0
    """A height that all nodes have."""
    late: dict[str, int] = field(default_factory=dict)
    """How many loans of each member were in arrears at some time."""

    @property
    def earned(self) -> int:
        """The interest that all lenders earned."""
        return -self.totals.get("interest_income", 0)

    @property
    def spent(self) -> int:
        """The interest that all borrowers spent."""
        return self.totals.get("interest_expense", 0)


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must hold."""

    name: str
    """What."""
    is_ok: bool
    """Whether it does."""
    shown: str
    """The figure."""


def collect(client: HansaClient, actors: Actors, course: Course) -> Figures:
    """Ask the nodes for everything. Raises ClientError."""
    figures = Figures()
    for member in actors.members:
        rows = client.accounts(member)
        figures.members[member] = {text_of(r, "kind"): minor(r, "balance") for r in rows}
    for row in client.loans():
        servicing = actors.loans.get(text_of(row, "loan"))
        if servicing is not None:
            count_loan(figures, servicing, row)
    for name in course.late:
        lender = actors.loans[name].lender
        figures.late[lender] = figures.late.get(lender, 0) + 1
    _ask_trial_balances(client, figures)
    _ask_roots(client, figures)
    return figures


def minor(row: Mapping[str, object], name: str) -> int:
    """An amount of a row in minor units. Raises ClientError."""
    return number_of(member_of(row, name), "minor")


def count_loan(figures: Figures, servicing: Servicing, row: Mapping[str, object]) -> None:
    """Add one loan as a node shows it, beside its record and its plan."""
    record, life = servicing.life.record, servicing.life
    into = figures.paid if record.is_paid else figures.charged_off
    principal, interest = minor(row, "paid_principal"), minor(row, "paid_interest")
    first_month = planned_bills(record)[0].interest
    into.loans += 1
    into.principal += principal
    into.principal_recorded += record.principal_received
    into.interest += interest
    into.interest_recorded += record.interest_received
    into.recovered += minor(row, "recovered")
    into.recovered_recorded += record.recovered
    into.written_off += minor(row, "written_off")
    into.one_month += first_month
    into.equal_principal += principal == record.principal_received
    into.within_a_month += abs(interest - record.interest_received) <= first_month
    wanted = ("REPAID",) if record.is_paid else ("WRITTEN_OFF", "RECOVERED")
    if principal != life.principal or text_of(row, "status") not in wanted:
        figures.off_plan.append(servicing.name)
    figures.held_up += interest != life.interest


def _ask_trial_balances(client: HansaClient, figures: Figures) -> None:
    head = client.trial_balance()
    height = number_of(head, "height")
    assets = member_of(head, "assets")
    assert isinstance(assets, list), "a trial balance lists its assets"
    for asset in assets:
        if text_of(asset, "asset") == CURRENCY:
            sums = member_of(asset, "sums")
            assert isinstance(sums, list), "an asset lists its sums"
            figures.totals = {text_of(row, "kind"): minor(row, "sum") for row in sums}
    figures.heights[height] = member_of(head, "is_balanced") is True
    for part in range(1, HEIGHTS_ASKED + 1):
        at = max(1, height * part // (HEIGHTS_ASKED + 1))
        figures.heights[at] = member_of(client.trial_balance(at), "is_balanced") is True


def _ask_roots(client: HansaClient, figures: Figures) -> None:
    nodes = [client.describe(index) for index in range(len(client.urls))]
    figures.height = min(number_of(node, "height") for node in nodes)
    for index, node in enumerate(nodes):
        block = client.get(f"/v1/blocks/{figures.height}", node=index)
        root = text_of(member_of(block, "header"), "state_root")
        figures.roots[text_of(node, "member")] = root


def checks(figures: Figures, course: Course, loans: int) -> Sequence[Check]:
    """What must hold before anybody believes the rest."""
    paid, lost = figures.paid, figures.charged_off
    drift = paid.interest - paid.interest_recorded
    balanced = sum(figures.heights.values())
    return (
        Check(
            "every loan ended as its row says, its principal to the cent",
            not figures.off_plan and paid.loans + lost.loans == loans,
            f"{paid.loans + lost.loans - len(figures.off_plan)} of {loans}, held up: {figures.held_up}",
        ),
        Check("no transaction was refused", not course.rejected, str(len(course.rejected))),
        Check(
            "principal of the fully paid equals the record",
            paid.principal == paid.principal_recorded and paid.equal_principal == paid.loans,
            f"{paid.equal_principal} of {paid.loans} loans",
        ),
        Check(
            "interest is within the effect of one month",
            abs(drift) <= paid.one_month,
            f"{paid.within_a_month} of {paid.loans} loans",
        ),
        Check(
            "the trial balance is zero in every asset",
            balanced == len(figures.heights),
            f"at {balanced} of {len(figures.heights)} heights asked",
        ),
        Check(
            "lenders' interest is borrowers' interest",
            figures.earned == figures.spent,
            f"{figures.earned - figures.spent} cents apart",
        ),
        Check(
            f"all nodes have one state root at height {figures.height}",
            len(set(figures.roots.values())) == 1,
            f"{len(figures.roots)} nodes",
        ),
    )
