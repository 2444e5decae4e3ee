"""Stories of indices, syndicated facilities, sales of participations and votes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger import codec
from lending import keys
from lending.records import facilities as stored
from lending.records.facilities import AmendmentStatus, Facility, FacilityStatus
from tests.campaigns.lending_commands.core import cash_of, issue
from tests.campaigns.lending_play import BORROWERS, LENDERS, PARTIES, Maker, Play
from tests.campaigns.lending_stage import Act, Ask
from tests.scenarios.facility_lines import NO_FEE, TERMS, TRANCHE
from tests.scenarios.lending_world import DAY_MS

TOTAL: Final = 1_000_000
SHARES: Final = (1, 2, 3, 333_333, TOTAL - 1, TOTAL)
FEES: Final[tuple[dict[str, codec.Value], ...]] = (
    NO_FEE,
    {**NO_FEE, "basis": "MARGINAL", "tiers": ((0, 7, 10**7), (333_333, 0, 1)),
     "agent_parts": 2, "platform_parts": 1, "lender_parts": 3},
    {**NO_FEE, "tiers": ((0, 0, 10**7), (TOTAL, 999, 0)), "agent_parts": 1},
)  # fmt: skip
MATTERS: Final = ("MARGIN", "FORGIVENESS", "HOLIDAY", "ACCELERATION", "MATURITY")


def opening(play: Play) -> Iterator[Act]:
    """Most worlds have an index with a fixing of today."""
    if play.chance(80):
        yield from register_index(play, "ibor")
        yield from fix_today(play)


def register_index(play: Play, name: str = "") -> Iterator[Act]:
    fields = {"index": name or play.new("index", "i"), "sources": ("alpha", "beta", "gamma"),
              "quorum": 2, "correction_days": play.pick(0, 30)}  # fmt: skip
    yield Ask("alpha", "register_index", fields, ("beta", "delta"))


def fix_today(play: Play) -> Iterator[Act]:
    for source in ("alpha", "beta"):
        yield Ask(source, "report_fixing", {"index": "ibor", "day_ms": play.midnight_ms,
                                            "value": play.pick(10**8, 10**7, -1, 0)})  # fmt: skip


def fix(play: Play) -> Iterator[Act]:
    day_ms = play.midnight_ms - play.pick(0, 0, 1, 7, 31) * DAY_MS
    if play.chance(50):
        yield from fix_today(play)
        day_ms = play.midnight_ms
    name = play.pick("report_fixing", "correct_fixing")
    for source in play.pick(("alpha", "beta"), ("gamma",), ("alpha", "gamma")):
        yield Ask(source, name, {"index": "ibor", "day_ms": day_ms,
                                 "value": play.pick(-1, 0, 1, 10**7, 10**8)})  # fmt: skip


def agree(play: Play) -> Iterator[Act]:
    """A facility: everybody signs at once, or one by one, or one is missing."""
    name, borrower = play.new("facility", "f"), play.pick(*BORROWERS)
    terms = _terms(play, borrower)
    lenders = sorted({str(pair[0]) for each in terms["tranches"] for pair in each["commitments"]})
    if play.chance(80):
        for lender in lenders:
            yield issue(play, lender, "USD", play.pick(TOTAL, 10 * TOTAL))
    everybody = ("alpha", *lenders)
    signing = everybody if play.chance(70) else play.some(everybody)
    yield Ask(borrower, "propose_facility", {"facility": name, "terms": terms}, signing)
    facility = facility_of(play, name)
    if facility is None:
        return
    if facility.status is FacilityStatus.OFFERED and play.chance(40):
        yield Ask("alpha", "withdraw_facility", {"facility": name})
    for party in everybody if facility.status is FacilityStatus.OFFERED else ():
        yield Ask(party, "sign_facility",
                  {"facility": name, "terms_digest": facility.terms_digest})  # fmt: skip
    if play.chance(25):
        yield from give_away(play, lenders[0])
    yield from draw(play, name)


def _terms(play: Play, borrower: str) -> dict[str, codec.Value]:
    lenders = play.rng.sample(LENDERS, play.rng.randint(1, 4))
    commitments = tuple((lender, play.pick(*SHARES)) for lender in lenders)
    midnight = play.midnight_ms
    tranches = tuple(
        {
            **TRANCHE, "tranche": tranche, "kind": (kind := play.pick("TERM", "MULTI_DRAW", "REVOLVER")),
            "commitments": commitments, "cycle": play.pick("P1ML1", "P2WL1", "P1QL1"),
            "day_count_convention": play.pick("A360", "A365", "AA", "30E360", "30360US"),
            "index": play.pick("ibor", ""), "business_day_convention": play.pick("NOS", "SCMF", "SCP"),
            "calendar": "MF", "notice_days": play.pick(0, 0, 5), "commitment_fee_rate": 5_000_001,
            "rate": 123_456_789, "redemptions": 1 if kind == "REVOLVER" else 3,
            "available_until_ms": midnight + 90 * DAY_MS, "maturity_ms": midnight + 200 * DAY_MS,
        }
        for tranche in play.pick("a", "ab")
    )  # fmt: skip
    fee = play.pick(*FEES)
    return {
        **TERMS, "borrower": borrower, "tranches": tranches, "sign_until_ms": midnight + 2 * DAY_MS,
        "arrangement_fee": fee, "drawdown_fee": fee, "platform": "delta", "agency_fee": 11,
        "agency_fee_cycle": "P1ML1", "transfer_fee": play.pick(0, 1),
        "transfer_consent": play.pick("NONE", "AGENT", "BORROWER", "BOTH"),
        "failed_funding": play.pick("REDUCE", "OTHERS_FUND"),
    }  # fmt: skip


def facility_of(play: Play, name: str) -> Facility | None:
    """The facility of a name."""
    return stored.FACILITY.get(play.stage.state, keys.facility(name))


def running(play: Play) -> Facility | None:
    """A facility that is effective."""
    return play.find("facility", keys.facility, stored.FACILITY,
                     lambda found: found.status is FacilityStatus.EFFECTIVE)  # fmt: skip


def draw(play: Play, name: str = "") -> Iterator[Act]:
    facility = facility_of(play, name) or running(play)
    if facility is None:
        return
    committed = sum(share.commitment for share in facility.tranches[0].shares)
    if play.chance(30):
        yield from fix_today(play)
    yield Ask(facility.terms.borrower, "draw_facility", {
        "facility": facility.name, "tranche": play.pick("a", "a", "b"),
        "amount": play.amount(play.pick(committed, committed // 2)),
    })  # fmt: skip


def repay(play: Play) -> Iterator[Act]:
    facility = running(play)
    if facility is None:
        return
    due = sum(unpaid for _, unpaid in facility.bills)
    drawn = sum(share.outstanding for each in facility.tranches for share in each.shares)
    yield Ask(facility.terms.borrower, "repay_facility", {
        "facility": facility.name, "tranche": play.pick("", "a", "b"),
        "amount": play.amount(play.pick(due, due, due + drawn)),
    })  # fmt: skip


def undrawn(play: Play) -> Facility | None:
    """A facility with a tranche that may be drawn."""
    return play.find("facility", keys.facility, stored.FACILITY, lambda found: any(
        each.is_available and found.status is FacilityStatus.EFFECTIVE for each in found.tranches
    ))  # fmt: skip


def cancel(play: Play) -> Iterator[Act]:
    if (facility := undrawn(play) or running(play)) is not None:
        yield Ask(facility.terms.borrower, "cancel_commitment", {
            "facility": facility.name, "tranche": play.pick("a", "a", "b"), "amount": play.amount(play.pick(1, 1_000)),
        })  # fmt: skip


def transfer(play: Play) -> Iterator[Act]:
    """A lender sells all that it has, a unit more or less, or a part."""
    facility = running(play)
    if facility is None or not all(each.shares for each in facility.tranches):
        return
    tranche = play.rng.choice(facility.tranches)
    share = play.rng.choice(tranche.shares)
    buyer = play.pick(*LENDERS, share.lender)
    yield Ask(share.lender, "transfer_participation", {
        "facility": facility.name, "tranche": tranche.name, "buyer": buyer,
        "amount": play.amount(share.commitment), "price": play.amount(share.outstanding),
    }, (buyer, "alpha", facility.terms.borrower))  # fmt: skip


def vote(play: Play) -> Iterator[Act]:
    """A vote that is carried at once, later by single votes, or not at all."""
    facility = running(play)
    if facility is None:
        return
    lenders = tuple(share.lender for share in facility.tranches[0].shares)
    matter, name = play.pick(*MATTERS), play.new("amendment", "v")
    value = {
        "MATURITY": play.midnight_ms + play.pick(100, 300) * DAY_MS, "HOLIDAY": play.pick(0, 1, 2),
        "MARGIN": play.pick(0, 1, 10**8), "ACCELERATION": 0, "FORGIVENESS": play.amount(1_000),
    }[matter]  # fmt: skip
    yield Ask(play.pick("alpha", facility.terms.borrower), "propose_amendment", {
        "facility": facility.name, "amendment": name, "matter": matter,
        "tranche": "" if matter == "ACCELERATION" else play.pick("a", "b"), "value": value,
    }, play.some((facility.terms.borrower, *lenders)))  # fmt: skip
    amendment = stored.AMENDMENT.get(play.stage.state, keys.amendment(facility.name, name))
    if amendment is not None and amendment.status is AmendmentStatus.OPEN:
        for voter in play.some((facility.terms.borrower, *lenders)):
            yield Ask(voter, "vote_amendment", {
                "facility": facility.name, "amendment": name,
                "choice": play.pick("FOR", "FOR", "AGAINST"),
            })  # fmt: skip
    yield play.wait(play.pick(0, 0, 12))


def reinstate(play: Play) -> Iterator[Act]:
    facility = play.find("facility", keys.facility, stored.FACILITY,
                         lambda found: bool(found.defaulting)) or running(play)  # fmt: skip
    if facility is not None:
        lender = play.pick(*facility.defaulting, "beta")
        yield Ask("alpha", "reinstate_lender", {"facility": facility.name, "lender": lender},
                  (facility.terms.borrower,))  # fmt: skip


def give_away(play: Play, party: str) -> Iterator[Act]:
    """A party gives away all that it has."""
    amount = cash_of(play, party)
    if amount:
        yield Ask(party, "transfer_cash", {"to": play.pick(*PARTIES), "asset": "USD",
                                           "amount": amount, "reference": "away"})  # fmt: skip


def fail_to_fund(play: Play) -> Iterator[Act]:
    """A lender gives its money away before a drawdown."""
    facility = running(play)
    if facility is not None and facility.tranches[0].shares:
        yield from give_away(play, play.rng.choice(facility.tranches[0].shares).lender)
        yield from draw(play, facility.name)
        yield from reinstate(play)


MAKERS: Final = (
    Maker(1, register_index), Maker(2, fix_today), Maker(2, fix), Maker(3, agree), Maker(5, draw),
    Maker(6, repay), Maker(1, cancel), Maker(4, transfer), Maker(4, vote), Maker(1, reinstate),
    Maker(2, fail_to_fund),
)  # fmt: skip
