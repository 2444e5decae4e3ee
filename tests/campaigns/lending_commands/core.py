"""Stories of parties, cash, products, agreements, their collateral, and loans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger import codec
from lending import keys, records
from lending.chart import Account
from lending.fields import AMOUNT_MAX
from lending.journal import balance_of
from lending.products.lifecycle import PAYABLE
from lending.records import Agreement, AgreementStatus, Loan, LoanStatus
from lending.waterfall import owed
from tests.campaigns.lending_play import BORROWERS, LENDERS, MEMBERS, PARTIES, Maker, Play
from tests.campaigns.lending_stage import Act, Ask, fresh_keys
from tests.scenarios.lending_world import DAY_MS, PERSONAL

ASSETS: Final = ("USD", "BOND", "GOLD")
PRODUCTS: Final = ("personal", "personal", "secured", "own")
LOST: Final = (LoanStatus.WRITTEN_OFF, LoanStatus.RECOVERED)


def opening(play: Play) -> Iterator[Act]:
    """Most worlds begin with some money, all without any claim."""
    yield Ask("mint", "register_asset", {"asset": "GOLD", "kind": "collateral", "decimals": 3,
                                         "price_sources": ("gamma",)})  # fmt: skip
    for owner in PARTIES:
        for asset in ASSETS:
            if play.chance(85):
                yield issue(play, owner, asset, play.pick(10**6, 10**7, 10**9))


def issue(play: Play, owner: str, asset: str, amount: int) -> Ask:
    """The custodian confirms what it received."""
    return Ask("mint", "issue_cash", {"holder": owner, "asset": asset, "amount": amount,
                                      "reference": play.reference()})  # fmt: skip


def cash_of(play: Play, owner: str) -> int:
    """The dollars that somebody holds."""
    return balance_of(play.stage.state, owner, Account.CASH, "USD")


def register_party(play: Play) -> Iterator[Act]:
    name = play.new("party", "n")
    yield Ask(play.pick(*MEMBERS), "register_party", {
        "party": name, "kind": play.pick("borrower", "desk", "custodian"),
        "keys": fresh_keys(name), "threshold": play.pick(1, 2, 2, 3),
    })  # fmt: skip


def replace_keys(play: Play) -> Iterator[Act]:
    name = play.pick("acme", "beta", play.old("party"))
    play.count += 1
    fields = {"keys": fresh_keys(f"{name}-{play.count}"), "threshold": play.pick(1, 2)}
    yield Ask(name, "replace_keys", fields)


def register_asset(play: Play) -> Iterator[Act]:
    yield Ask("mint", "register_asset", {
        "asset": f"A{len(play.names.setdefault('asset', [])) % 40}",
        "kind": play.pick("currency", "collateral"), "decimals": play.pick(0, 2, 18, 19),
        "price_sources": play.pick((), ("gamma",), ("gamma", "nobody")),
    })  # fmt: skip
    play.names["asset"].append("")


def issue_cash(play: Play) -> Iterator[Act]:
    amount = play.amount(10**6)
    yield issue(play, play.pick(*PARTIES), play.pick(*ASSETS), min(amount, 10**12) or 1)
    if play.chance(3):
        yield issue(play, play.pick(*PARTIES), play.pick(*ASSETS), AMOUNT_MAX)


def redeem_cash(play: Play) -> Iterator[Act]:
    holder = play.pick(*PARTIES)
    yield Ask(holder, "redeem_cash", {"holder": holder, "asset": play.pick(*ASSETS),
                                      "amount": play.amount(1_000), "reference": play.reference()},
              ("mint",))  # fmt: skip


def transfer_cash(play: Play) -> Iterator[Act]:
    to = play.pick(*PARTIES, play.old("pool"), play.old("party"))
    yield Ask(play.pick(*PARTIES), "transfer_cash", {
        "to": to, "asset": play.pick(*ASSETS), "amount": play.amount(1_000), "reference": "gift",
    })  # fmt: skip


def propose_product(play: Play) -> Iterator[Act]:
    """A version of a product of its own, approved at once or vote by vote."""
    template = {
        **PERSONAL,
        "contract_type": play.pick("PAM", "LAM", "ANN"),
        "day_count_convention": play.pick("30E360", "A365", "A360", "AA", "SIMPLE", "30360US"),
        "cycle": play.pick("P1ML1", "P1QL1", "P2WL1", "P10DL1"),
        "end_of_month_convention": play.pick("SD", "EOM"),
        "business_day_convention": play.pick("NOS", "SCF", "CSF", "SCMF", "CSP"),
        "calendar": play.pick("NC", "MF"),
        "principal_min": 1,
        "late_fee": play.pick(0, 1, 1_500),
        "grace_days": play.pick(0, 15),
        "default_after_days": play.pick(30, 120),
        "waterfall": play.pick(
            ("FEES", "INTEREST", "PRINCIPAL"), ("PRINCIPAL", "INTEREST", "FEES")
        ),
        "allocation": play.pick("BY_INSTALLMENT", "BY_PART"),
        "prepayment": play.pick("TO_DATE", "FULL_PERIOD", "WAIVED", "REFUSED"),
        "loan_to_value_limit": play.pick(0, 0, 800_000_000),
    }
    version = len(play.names.setdefault("version", [])) + 1
    play.names["version"].append(str(version))
    fields: dict[str, codec.Value] = {"product": "own", "version": version, "template": template}
    yield Ask("alpha", "propose_product", fields, play.pick((), ("beta", "delta")))
    if play.chance(50):
        yield from approve_product(play)


def retire_product(play: Play) -> Iterator[Act]:
    version = len(play.names.get("version", [])) or 1
    yield Ask("alpha", "retire_product", {"product": "own", "version": version}, ("beta", "delta"))


def approve_product(play: Play) -> Iterator[Act]:
    version = len(play.names.get("version", [])) or 1
    for member in play.pick(("beta", "delta"), ("gamma",), ("alpha", "beta", "gamma")):
        yield Ask(member, "approve_product", {"product": "own", "version": version})


def terms_of(play: Play, lender: str, borrower: str, **changes: codec.Value) -> codec.Value:
    """A term sheet at chance."""
    product = play.pick(*PRODUCTS)
    version = max(len(play.names.get("version", ())), 1) if product == "own" else 1
    return {
        "product": product, "version": version, "lender": lender, "borrower": borrower,
        "asset": "USD", "principal": play.pick(10_000, 99_999, 100_000, 999_999, 5_000_000),
        "rate": play.pick(0, 1, 60_000_000, 122_900_000, 400_000_000),
        "installments": play.pick(1, 2, 3, 12, 60),
        "collateral_asset": "BOND" if product == "secured" else "",
        "available_until_ms": play.now_ms + play.pick(1, 20, 20) * DAY_MS,
        "signatories": (), "capitalised": play.pick(0, 0, 0, 1),
        **changes,
    }  # fmt: skip


def agree(play: Play) -> Iterator[Act]:
    """An offer; often signed, often secured, often drawn; sometimes left or taken back."""
    lender, borrower = play.pick(*LENDERS), play.pick(*BORROWERS)
    name = play.new("agreement", "l")
    offered = {"agreement": name, "terms": terms_of(play, lender, borrower)}
    sender, other = play.pick((lender, borrower), (borrower, lender))
    yield Ask(sender, "propose_agreement", offered, (other,) if play.chance(50) else ())
    agreement = agreement_of(play, name)
    if agreement is None:
        return
    if agreement.status is AgreementStatus.OFFERED:
        match play.rng.randrange(4):
            case 0:
                yield Ask(other, "withdraw_agreement", {"agreement": name})
            case 1:
                yield Ask(other, "sign_agreement",
                          {"agreement": name, "terms_digest": bytes(32)})  # fmt: skip
            case _:
                yield Ask(other, "sign_agreement",
                          {"agreement": name, "terms_digest": agreement.terms_digest})  # fmt: skip
    if agreement.terms.collateral_asset:
        yield Ask("gamma", "report_price", {"asset": "BOND", "currency": "USD",
                                            "price": play.amount(1_000)})  # fmt: skip
        yield Ask(agreement.terms.borrower, "pledge_collateral",
                  {"agreement": name, "amount": play.amount(1_000)})  # fmt: skip
    if play.chance(80):
        yield Ask(agreement.terms.borrower, "draw_down", {"agreement": name})


def agreement_of(play: Play, name: str) -> Agreement | None:
    """The agreement of a name."""
    return records.AGREEMENT.get(play.stage.state, keys.agreement(name))


def any_agreement(play: Play, *statuses: AgreementStatus) -> Agreement | None:
    """An agreement in one of these statuses."""
    return play.find("agreement", keys.agreement, records.AGREEMENT,
                     lambda found: found.status in statuses)  # fmt: skip


def any_loan(play: Play, *statuses: LoanStatus) -> Loan | None:
    """A loan in one of these statuses."""
    return play.find(
        "agreement", keys.loan, records.LOAN, lambda found: found.status in (statuses or PAYABLE)
    )


def draw_down(play: Play) -> Iterator[Act]:
    found = any_agreement(play, AgreementStatus.CONCLUDED)
    name, borrower = (
        (found.name, found.terms.borrower) if found else (play.old("agreement"), "acme")
    )
    yield Ask(borrower, "draw_down", {"agreement": name})


def move_pledge(play: Play) -> Iterator[Act]:
    running = (AgreementStatus.CONCLUDED, AgreementStatus.DRAWN)
    found = play.find("agreement", keys.agreement, records.AGREEMENT, lambda each: (
        each.status in running and bool(each.terms.collateral_asset)
    )) or any_agreement(play, *running)  # fmt: skip
    if found is None:
        return
    sides = (found.terms.borrower, found.terms.lender)
    pledge = records.PLEDGE.get(play.stage.state, keys.pledge(found.name))
    held = pledge.amount if pledge is not None else 1
    yield Ask(sides[0], "pledge_collateral",
              {"agreement": found.name, "amount": play.amount(1_000)})  # fmt: skip
    yield Ask(play.pick(*sides), "release_collateral",
              {"agreement": found.name, "amount": play.amount(held)})  # fmt: skip


def report_price(play: Play) -> Iterator[Act]:
    yield Ask("gamma", "report_price", {"asset": play.pick("BOND", "GOLD"), "currency": "USD",
                                        "price": play.amount(1_000)})  # fmt: skip


def repay(play: Play) -> Iterator[Act]:
    """What is billed, a unit less or more, all of it, or anything."""
    loan = any_loan(play)
    name, borrower = (loan.name, loan.borrower) if loan else (play.old("agreement"), "acme")
    billed = owed(loan.bills) if loan else 0
    amount = play.amount(billed or 1_000)
    if loan and play.chance(20):
        amount = loan.balance + billed + play.pick(-1, 0, 1, 10**6)
    yield Ask(borrower, "repay", {"loan": name, "amount": min(max(amount, 0), AMOUNT_MAX)})


def write_off(play: Play) -> Iterator[Act]:
    loan = any_loan(play, LoanStatus.DEFAULTED) or any_loan(play)
    if loan is not None:
        yield Ask(loan.lender, "write_off", {"loan": loan.name})


def recover(play: Play) -> Iterator[Act]:
    """The borrower or a collector pays on what was written off."""
    loan = any_loan(play, *LOST) or any_loan(play)
    if loan is None:
        return
    collector = play.pick("", "crow", "bolt")
    yield Ask(collector or loan.borrower, "record_recovery", {
        "loan": loan.name, "amount": play.amount(owed(loan.bills)), "collector": collector,
        "collection_fee": play.pick(0, 0, 1, 30, 10_000),
    }, (loan.lender,))  # fmt: skip


def default(play: Play) -> Iterator[Act]:
    """Nobody pays for months; the loan is written off, and something comes back after all."""
    loan = any_loan(play, LoanStatus.PERFORMING, LoanStatus.DELINQUENT)
    if loan is None:
        return
    for _ in range(play.pick(1, 6)):
        yield play.wait(play.pick(16, 31, 121))
    yield Ask(loan.lender, "write_off", {"loan": loan.name})
    yield from recover(play)


def out_of_nothing(play: Play) -> Iterator[Act]:
    """A command that there is not, from somebody whom nobody knows."""
    yield Ask(play.pick(*PARTIES), play.pick("mint_money", "", "x" * 99), {"amount": 1})
    yield Ask("stranger", "transfer_cash", {"to": "alpha", "asset": "USD", "amount": 1,
                                            "reference": "x"})  # fmt: skip


def move_time(play: Play) -> Iterator[Act]:
    """The clock jumps: a moment, an hour, to the next midnight, a month, rarely very far."""
    yield play.pick(
        play.wait(0), play.wait(0), play.wait(0, 3_600_000), play.wait(0, 3_600_000), play.wait(1),
        play.wait(2), play.wait(play.pick(1, 7, 16, 31)), play.wait(0, play.midnight_ms + DAY_MS - play.now_ms),
        play.wait(0, play.midnight_ms + DAY_MS - play.now_ms - 1 or 1),
        play.wait(122) if play.chance(10) else play.wait(0, 1),
    )  # fmt: skip


MAKERS: Final = (
    Maker(1, register_party), Maker(1, replace_keys), Maker(1, register_asset),
    Maker(2, issue_cash), Maker(2, redeem_cash), Maker(2, transfer_cash),
    Maker(1, propose_product), Maker(1, approve_product), Maker(1, retire_product), Maker(10, agree), Maker(3, draw_down),
    Maker(3, move_pledge), Maker(2, report_price), Maker(14, repay), Maker(3, write_off),
    Maker(5, recover), Maker(1, default), Maker(1, out_of_nothing), Maker(16, move_time),
)  # fmt: skip
