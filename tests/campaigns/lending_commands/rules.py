"""Stories of credit models and attestations, compliance, monitoring, modes, and other chains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger import codec
from lending.fields import RATE_UNIT
from tests.campaigns.lending_commands.collateral import any_account
from tests.campaigns.lending_play import BORROWERS, MEMBERS, PARTIES, Maker, Play
from tests.campaigns.lending_stage import Act, Ask
from tests.scenarios.bridge_lines import chain_id, membership
from tests.scenarios.lending_world import DAY_MS

QUORUM: Final = ("beta", "delta")
PART: Final = RATE_UNIT // 100
WEIGHTS: Final = (("ON_TIME", 1, 5, 150), ("LATE", 1, -40, 400), ("DEFAULTS", 1, -200, 600))
GRADES: Final = (("A", 600), ("B", 500), ("D", 0))


def model(play: Play) -> Iterator[Act]:
    """A score model, approved at once or vote by vote."""
    version = len(play.names.setdefault("model", [])) + 1
    play.names["model"].append(str(version))
    signers = play.pick((), QUORUM)
    yield Ask("alpha", "propose_credit_model", {
        "version": version, "base": 500, "weights": WEIGHTS, "grades": GRADES,
    }, signers)  # fmt: skip
    for member in () if signers else ("beta", "gamma"):
        yield Ask(member, "approve_credit_model", {"version": version})


def policy(play: Play) -> Iterator[Act]:
    """What a product of its own offers each grade, for a time."""
    for bands in ((("A", 10**6, 10**7, 0, 10**9), ("D", 10**5, 10**6, 0, 10**9)), ()):
        yield Ask("alpha", "set_credit_policy", {"product": "secured", "version": 1, "bands": bands},
                  QUORUM)  # fmt: skip
        yield play.wait(0)


def attest(play: Play) -> Iterator[Act]:
    """An agency of today says something of a borrower, and may take it back."""
    agency, subject = play.pick("gamma", "crow"), play.pick(*BORROWERS)
    kind = play.pick("KYC", "INCOME_VERIFIED")
    if play.chance(40):
        yield Ask("alpha", "register_agency", {
            "agency": agency, "kinds": play.pick((), ("KYC",), ("INCOME_VERIFIED", "KYC")),
        }, QUORUM)  # fmt: skip
    yield Ask(agency, "attest", {
        "subject": subject, "kind": kind, "found": play.pick(1, 3, 10),
        "jurisdiction": "DE" if kind == "KYC" else "", "until_ms": play.now_ms + 400 * DAY_MS,
        "commitment": bytes(32),
    })  # fmt: skip
    if play.chance(40):
        yield Ask(agency, "revoke_attestation", {"subject": subject, "kind": kind})
    yield Ask(subject, "grant_credit_access", {
        "reader": play.pick(*MEMBERS), "until_ms": play.pick(0, play.now_ms + DAY_MS),
    })  # fmt: skip


def freeze(play: Play) -> Iterator[Act]:
    """An officer freezes something of somebody, who tries to move it; mostly it is lifted again."""
    party, asset = play.pick(*PARTIES), play.pick("", "USD", "USD", "BOND")
    if play.chance(40):
        yield Ask("alpha", "appoint_officer", {
            "officer": "gamma", "until_ms": play.pick(0, play.now_ms + 900 * DAY_MS),
        }, QUORUM)  # fmt: skip
    yield Ask("gamma", "freeze", {
        "party": party, "asset": asset, "reference": bytes(32),
        "amount": play.amount(1_000) if asset else 0,
    })  # fmt: skip
    yield Ask(party, "transfer_cash", {"to": "beta", "asset": "USD", "amount": play.amount(100),
                                       "reference": "frozen"})  # fmt: skip
    lifted = {"party": party, "asset": asset, "reference": bytes(32)}
    yield Ask("gamma", "unfreeze", lifted)
    yield Ask("alpha", "unfreeze", lifted, QUORUM)


def bound(play: Play) -> Iterator[Act]:
    """Limits, eligibility, groups and reports for a time, and then none again."""
    party, subject = play.pick(*BORROWERS), play.pick("", "acme")
    rows = play.pick((), (("USD", 10**6, 10**7),))
    for limits, level, limit in ((rows, play.pick(0, 2), play.pick(0, 10**6)), ((), 0, 0)):
        yield Ask("alpha", "set_party_limits", {
            "party": party, "may_lend": "YES", "may_borrow": "YES" if not limit else "NO",
            "limits": limits,
        }, QUORUM)  # fmt: skip
        yield Ask("alpha", "set_eligibility", {
            "kind": "PRODUCT", "subject": "own", "kyc_level": level, "jurisdictions": (),
        }, QUORUM)  # fmt: skip
        yield Ask("alpha", "set_exposure_limit", {
            "kind": play.pick("BORROWER", "BORROWER", "ASSET") if limit and not subject else "BORROWER",
            "subject": subject, "asset": "USD", "limit": limit, "share": 0,
        }, QUORUM)  # fmt: skip
        yield Ask("alpha", "set_reporting", {"asset": "USD", "threshold": limit}, QUORUM)
        yield play.wait(0)
    yield Ask("alpha", "set_group", {
        "group": "family", "parties": play.pick((), ("acme", "bolt"), ("acme",)),
    }, QUORUM)  # fmt: skip


def monitor(play: Play) -> Iterator[Act]:
    """Figures are kept, rules ring and clear, a rule is dropped."""
    yield Ask("alpha", "set_monitoring", {"refresh_days": play.pick(1, 30)}, QUORUM)
    limit = play.pick(1_000, 10**6)
    yield Ask("alpha", "set_alert_rule", {
        "asset": "USD", "rule": play.new("rule", "a"), "figure": play.pick("EXPOSURE", "EXPOSURE", "COUNT"),
        "dimension": "all", "member": "all", "operator": "ABOVE", "limit": limit, "clear": limit,
        "severity": "WARNING",
    }, QUORUM)  # fmt: skip
    if play.chance(50):
        yield Ask("alpha", "drop_alert_rule", {"asset": "USD", "rule": play.old("rule")}, QUORUM)


def use_mode(play: Play) -> Iterator[Act]:
    """A mode of bonds that move with the dollar; an account enters it and leaves it again."""
    if "mode" not in play.names or play.chance(20):
        yield Ask("alpha", "register_mode", {
            "mode": play.new("mode", "m"), "currency": "USD", "assets": ("BOND",),
            "borrow_limit": 80 * PART, "margin_limit": 88 * PART, "liquidation_limit": 95 * PART,
        }, QUORUM)  # fmt: skip
    account = any_account(play)
    if account is not None:
        yield Ask(account.owner, "enter_mode", {"account": account.name, "mode": play.old("mode")},
                  (account.agent, *MEMBERS, "alpha-cars"))  # fmt: skip
        if play.chance(40):
            yield Ask(account.owner, "leave_mode", {"account": account.name})
    if play.chance(10):
        yield Ask("alpha", "close_mode", {"mode": play.old("mode")}, QUORUM)


def lock_abroad(play: Play) -> Iterator[Act]:
    """Assets are locked for another chain and come back by time; what proofs do is tested elsewhere."""
    if "chain" not in play.names:
        name = play.new("chain", "harbor")
        yield Ask("alpha", "register_chain", {
            "chain": name, "chain_id": chain_id(name), "age_max_ms": 9 * DAY_MS,
            "members": codec.encode(membership(name).to_value()),
        }, QUORUM)  # fmt: skip
        yield Ask("alpha", "register_wrapped_asset", {
            "asset": "HBOND", "chain": name, "origin": "BOND", "decimals": 0,
            "use_until_ms": play.now_ms + 900 * DAY_MS, "settle_ms": 30 * DAY_MS,
        }, QUORUM)  # fmt: skip
    if play.chance(20):
        yield Ask("alpha", "set_chain_status", {
            "chain": play.old("chain"), "status": play.pick("ACTIVE", "ACTIVE", "SUSPENDED"),
        }, QUORUM)  # fmt: skip
    owner = play.pick(*BORROWERS)
    yield Ask(owner, "lock_for_chain", {
        "lock": play.new("lock", "k"), "asset": "BOND", "amount": play.amount(1_000),
        "chain": play.old("chain"), "beneficiary": owner, "account": "safe",
        "until_ms": play.now_ms + play.pick(1, 30) * DAY_MS,
    })  # fmt: skip
    yield Ask(owner, "claim_lock", {"asset": "HBOND", "lock": "k1", "account": "safe1",
                                    "proof": b"\x90"})  # fmt: skip
    yield Ask(play.pick(*BORROWERS), "reclaim_lock", {"lock": play.old("lock")})


MAKERS: Final = (
    Maker(1, model), Maker(1, policy), Maker(2, attest), Maker(2, freeze), Maker(1, bound), Maker(1, monitor),
    Maker(2, use_mode), Maker(1, lock_abroad),
)  # fmt: skip
