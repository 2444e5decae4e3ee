"""Every event that a receipt of the machine can hold: its name, when it is written, its fields.

Events are what the outside sees: histories, streams and statements are made of them, so a name or a
field is never renamed. Amounts are integers in the minor unit of the loan's asset, times are
milliseconds since 1970. A scenario test holds the machine to this table.
"""

from __future__ import annotations

from typing import Final

from lending.event_kinds import EventKind
from lending.event_kinds.bridge import BRIDGE_EVENTS
from lending.event_kinds.corrections import CORRECTION_EVENTS
from lending.event_kinds.covenants import COVENANT_EVENTS
from lending.event_kinds.credit import CREDIT_EVENTS
from lending.event_kinds.deposit_cover import DEPOSIT_COVER_EVENTS
from lending.event_kinds.fees import FEE_EVENTS
from lending.event_kinds.impairment import IMPAIRMENT_EVENTS
from lending.event_kinds.monitoring import MONITORING_EVENTS
from lending.event_kinds.origination import ORIGINATION_EVENTS
from lending.event_kinds.services import SERVICE_EVENTS

EVENTS: Final[dict[str, EventKind]] = {
    "posting": EventKind(
        "The journal changed balances: `entries` are `[account, amount, balance after]`.",
        ("reason", "reference", "entries"),
    ),
    "trial_balance": EventKind(
        "The clock says what all accounts of an asset came to at the end of the block `height`.",
        ("asset", "height", "sums"),
    ),
    "party_registered": EventKind(
        "A party was brought in.", ("party", "kind", "sponsor", "keys", "threshold")
    ),
    "keys_replaced": EventKind("A party exchanged its keys.", ("party", "keys", "threshold")),
    "asset_registered": EventKind(
        "An asset became known.", ("asset", "kind", "decimals", "custodian", "price_sources")
    ),
    "cash_issued": EventKind(
        "A custodian confirmed what it received for a holder.",
        ("holder", "asset", "amount", "custodian", "outside_reference"),
    ),
    "cash_redeemed": EventKind(
        "Holder and custodian confirmed what was paid out.",
        ("holder", "asset", "amount", "custodian", "outside_reference"),
    ),
    "product_proposed": EventKind(
        "A version of a product was proposed.", ("product", "version", "member")
    ),
    "product_approved": EventKind("A member approved it.", ("product", "version", "member")),
    "product_activated": EventKind("A quorum approved it.", ("product", "version")),
    "agreement_offered": EventKind(
        "A term sheet was proposed and holds its name.", ("agreement", "proposer", "terms", "terms_digest")
    ),
    "agreement_concluded": EventKind(
        "All parties signed.", ("agreement", "lender", "borrower", "terms_digest")
    ),
    "agreement_ended": EventKind(
        "It is WITHDRAWN, LAPSED or CLOSED; its collateral went back.", ("agreement", "status")
    ),
    "price_reported": EventKind(
        "A source reported a price.", ("asset", "currency", "price", "source")
    ),
    "collateral_pledged": EventKind(
        "Collateral was locked; `held` is all of it now.", ("agreement", "asset", "amount", "held")
    ),
    "collateral_released": EventKind(
        "Collateral went back; `held` is what is left.", ("agreement", "asset", "amount", "held")
    ),
    "loan_drawn": EventKind(
        "The money was paid out; `level` is the level payment or redemption.",
        (
            "loan", "lender", "borrower", "asset", "principal", "rate", "start_ms",
            "installments", "level", "first_due_ms",
        ),
    ),
    "installment_billed": EventKind(
        "An installment fell due; `balance` is the principal that has not.",
        ("loan", "number", "due_ms", "interest", "principal", "balance"),
    ),
    "repaid": EventKind(
        "The borrower paid `taken` of what it `offered`; the prepaid parts are included in the "
        "interest and the principal.",
        (
            "loan", "offered", "taken", "fees", "interest", "principal", "prepaid_interest",
            "prepaid_principal", "balance", "status",
        ),
    ),
    "grace_ended": EventKind(
        "An installment is late and costs its fee.", ("loan", "number", "late_fee")
    ),
    "past_due": EventKind(
        "The oldest unpaid installment reached 30, 60, 90 or 120 days.", ("loan", "days")
    ),
    "defaulted": EventKind(
        "Everything is due and interest has stopped; `accelerated` had not fallen due.",
        ("loan", "accelerated", "fees", "interest", "principal"),
    ),
    "written_off": EventKind(
        "The lender took the claims off its books.",
        ("loan", "fees", "interest", "principal", "total"),
    ),
    "recovered": EventKind(
        "Something was paid on a written-off loan.",
        (
            "loan", "payer", "taken", "fees", "interest", "principal", "collector",
            "collection_fee",
        ),
    ),
    "loan_closed": EventKind(
        "Nothing is owed any more: REPAID or RECOVERED.", ("loan", "status")
    ),
    "price_feed_registered": EventKind(
        "Members fixed how a price is agreed.",
        ("asset", "currency", "sources", "quorum", "age_max_ms", "band", "interval_ms"),
    ),
    "price_agreed": EventKind(
        "The clock struck the median of `reports` fresh reports.",
        ("asset", "currency", "price", "reports"),
    ),
    "price_feed_halted": EventKind(
        "The median leaped beyond its band: the breaker tripped.",
        ("asset", "currency", "price", "anchor"),
    ),
    "price_feed_resumed": EventKind(
        "Members accepted the median; the next block strikes it.",
        ("asset", "currency", "price"),
    ),
    "collateral_policy_set": EventKind(
        "Members fixed how an asset counts as collateral.",
        ("asset", "currency", "haircut", "share_max", "supply_cap"),
    ),
    "collateral_account_opened": EventKind(
        "Borrower and agent opened an account.",
        ("account", "owner", "agent", "currency", "borrow_limit", "margin_limit", "liquidation_limit"),
    ),
    "loan_secured": EventKind(
        "An account secures an agreement.",
        ("account", "agreement", "lender"),
    ),
    "collateral_added": EventKind(
        "Collateral came into an account; `held` is all of it now.",
        ("account", "asset", "amount", "held"),
    ),
    "collateral_taken": EventKind(
        "Collateral went back to the borrower; `held` is what is left.",
        ("account", "asset", "amount", "held"),
    ),
    "margin_called": EventKind(
        "The debts passed the margin limit: the borrower has until then to cure.",
        ("account", "debt", "value", "margin_limit", "until_ms"),
    ),
    "margin_cured": EventKind(
        "The debts are within the margin limit again.",
        ("account",),
    ),
    "auction_started": EventKind(
        "Collateral is on sale: `lots` are `[asset, amount, first price, lowest price]`.",
        ("account", "value", "target", "until_ms", "lots"),
    ),
    "collateral_sold": EventKind(
        "Somebody bought collateral; `paid` went to the loans, `surplus` to the borrower.",
        ("account", "asset", "amount", "buyer", "payment", "cost", "paid", "surplus", "unraised"),
    ),
    "auction_ended": EventKind(
        "The sale is over: raised, cured, unsold or sold out.",
        ("account", "reason", "unraised"),
    ),
    "bad_debt": EventKind(
        "No collateral is left: who bore the loss of a loan.",
        ("account", "loan", "lender", "debt", "covered", "lender_loss"),
    ),
    "guarantee_given": EventKind(
        "A guarantor pledged money for a loan.",
        ("guarantee", "kind", "guarantor", "agreement", "amount", "until_ms"),
    ),
    "cover_fund_opened": EventKind(
        "Capital was set aside for covers.",
        ("fund", "owner", "currency", "capital", "exposure_limit", "cover_limit", "premium_rate", "premium_rate_secured"),
    ),
    "cover_capital_changed": EventKind(
        "The owner added or took back capital.",
        ("fund", "capital"),
    ),
    "cover_bought": EventKind(
        "A lender covered its loan and paid the premium.",
        ("cover", "fund", "buyer", "agreement", "amount", "premium", "until_ms"),
    ),
    "protection_claimed": EventKind(
        "A guarantee or cover paid the lender.",
        ("protection", "kind", "loan", "payer", "amount", "loss"),
    ),
    "protection_ended": EventKind(
        "A guarantee or cover is CLAIMED, RELEASED or EXPIRED; `freed` was not needed.",
        ("protection", "agreement", "status", "paid", "freed"),
    ),
    "claim_returned": EventKind(
        "What the lender would have twice went back to who had paid a claim.",
        ("protection", "loan", "payer", "amount"),
    ),
    "pool_proposed": EventKind("A pool was proposed.", ("pool", "manager")),
    "pool_approved": EventKind("A member approved it.", ("pool", "member")),
    "pool_opened": EventKind("A quorum approved it.", ("pool",)),
    "deposited": EventKind(
        "A depositor bought shares.", ("pool", "tranche", "depositor", "amount", "shares")
    ),
    "withdrawal_requested": EventKind(
        "Shares wait to be turned into money.",
        ("pool", "tranche", "depositor", "number", "shares"),
    ),
    "withdrawn": EventKind(
        "Shares of a request became money; `shares_left` of it wait on.",
        ("pool", "tranche", "depositor", "number", "shares", "amount", "shares_left"),
    ),
    "withdrawal_cancelled": EventKind(
        "The depositor keeps the shares that waited.",
        ("pool", "tranche", "depositor", "number", "shares"),
    ),
    "credit_line_granted": EventKind(
        "A borrower may borrow, or the line changed.",
        ("pool", "borrower", "limit", "due_ms", "collateral_asset", "loan_to_value_limit"),
    ),
    "pool_borrowed": EventKind(
        "Money was lent; `debt` is all that the borrower owes now.",
        ("pool", "borrower", "amount", "debt"),
    ),
    "pool_repaid": EventKind(
        "Money came back; `recovered` of it on what was written off.",
        ("pool", "borrower", "taken", "recovered", "debt", "written_off"),
    ),
    "pool_collateral_moved": EventKind(
        "Collateral of a credit line was locked, or with a negative amount went back; `held` is all "
        "of it now.",
        ("pool", "borrower", "asset", "amount", "held"),
    ),
    "pool_debt_written_off": EventKind(
        "A loss was realised, and who bore how much of it.",
        ("pool", "borrower", "loss", "reserve", "spread", "junior", "senior"),
    ),
    "pool_losses_settled": EventKind(
        "Losses are final; what they were.", ("pool", "junior", "senior")
    ),
    "reserve_contributed": EventKind(
        "Money was given to the reserve; `reserve` is all of it now.",
        ("pool", "contributor", "amount", "reserve"),
    ),
    "reserve_released": EventKind(
        "Money of the reserve was given; `reserve` is what is left.",
        ("pool", "to", "amount", "reserve"),
    ),
    "spread_collected": EventKind("The manager took its spread.", ("pool", "manager", "amount")),
    "rewards_funded": EventKind(
        "A programme of rewards began; `total` is given away in it.",
        ("pool", "tranche", "funder", "amount", "total", "end_ms"),
    ),
    "rewards_claimed": EventKind(
        "A depositor took its rewards.", ("pool", "tranche", "depositor", "amount")
    ),
    "index_registered": EventKind(
        "An index became known.", ("index", "sources", "quorum", "correction_days")
    ),
    "fixing_reported": EventKind(
        "A source reported where an index stood.", ("index", "day_ms", "source", "value")
    ),
    "fixing_published": EventKind(
        "A quorum agreed on a fixing, or corrected it; `first` was published first.",
        ("index", "day_ms", "value", "first", "corrections"),
    ),
    "facility_offered": EventKind(
        "A facility was proposed; `parties` must all sign.",
        ("facility", "proposer", "borrower", "agent", "asset", "parties", "terms_digest"),
    ),
    "facility_signed": EventKind("Parties signed a facility.", ("facility", "signed", "missing")),
    "facility_effective": EventKind(
        "All have signed.", ("facility", "start_ms", "committed", "lenders")
    ),
    "facility_ended": EventKind(
        "A facility is WITHDRAWN, LAPSED or CLOSED.", ("facility", "status")
    ),
    "facility_fee_due": EventKind(
        "A fee fell due, `split` among its payees.", ("facility", "reason", "amount", "split")
    ),
    "facility_rate_fixed": EventKind(
        "A period took its fixing.",
        ("facility", "tranche", "index", "day_ms", "rate", "period_end_ms"),
    ),
    "facility_draw_requested": EventKind(
        "A drawdown will be funded after its notice.",
        ("facility", "tranche", "amount", "fund_ms"),
    ),
    "facility_drawn": EventKind(
        "The lenders paid out `amount` of what was `requested`.",
        ("facility", "tranche", "requested", "amount", "shares", "outstanding"),
    ),
    "facility_lender_defaulted": EventKind(
        "A lender did not fund its part.", ("facility", "lender")
    ),
    "facility_lender_reinstated": EventKind(
        "Agent and borrower took a lender back.", ("facility", "lender")
    ),
    "facility_commitment_ended": EventKind(
        "Undrawn commitments expired or were cancelled.",
        ("facility", "tranche", "amount", "committed"),
    ),
    "facility_period_ended": EventKind(
        "An interest period was billed; `shares` are lender, interest, fee and principal.",
        (
            "facility", "tranche", "period_end_ms", "rate", "interest", "fees", "principal",
            "shares", "is_deferred",
        ),
    ),
    "facility_repaid": EventKind(
        "The borrower paid `taken` of what it `offered`.",
        (
            "facility", "offered", "taken", "fees", "interest", "principal",
            "prepaid_principal",
        ),
    ),
    "facility_participation_transferred": EventKind(
        "A lender sold a part of its commitment.",
        (
            "facility", "tranche", "seller", "buyer", "amount", "principal", "price",
            "transfer_fee",
        ),
    ),
    "facility_accelerated": EventKind("All principal became due.", ("facility", "due")),
    "amendment_proposed": EventKind(
        "A vote was called.",
        (
            "facility", "amendment", "matter", "tranche", "value", "proposer", "electorate",
            "open_until_ms",
        ),
    ),
    "amendment_voted": EventKind(
        "Lenders voted, or the borrower agreed.",
        ("facility", "amendment", "choice", "lenders", "is_consented"),
    ),
    "amendment_carried": EventKind(
        "The majority is reached; it is executed in the next block.",
        ("facility", "amendment", "agreed", "whole"),
    ),
    "amendment_ended": EventKind(
        "A vote was EXECUTED or FAILED.", ("facility", "amendment", "status")
    ),
    **FEE_EVENTS,
    **COVENANT_EVENTS,
    **SERVICE_EVENTS,
    "batch_step": EventKind(
        "A command of a batch begins; what follows, up to the next of these, is of this command.",
        ("index", "sender", "command"),
    ),
    "batch_settled": EventKind(
        "All commands of a batch were carried out and all checks of its end passed.",
        ("checks", "deferred"),
    ),
    **ORIGINATION_EVENTS,
    "agreement_signed": EventKind(
        "Parties signed an agreement that others have yet to sign.",
        ("agreement", "signed", "missing"),
    ),
    **CREDIT_EVENTS,
    "installment_deferred": EventKind(
        "An installment of a holiday: its interest was capitalised or carried, nothing was billed.",
        ("loan", "number", "due_ms", "capitalised", "carried", "balance", "level"),
    ),
    "change_offered": EventKind(
        "A party offered to change a running loan.",
        ("loan", "change", "proposer", "kind", "effective_ms", "rate", "installments",
         "first_due_ms", "treatment", "count", "valid_until_ms", "terms_digest"),
    ),
    "change_agreed": EventKind(
        "Both parties signed a change.", ("loan", "change", "effective_ms", "terms_digest")
    ),
    "loan_changed": EventKind(
        "A change came into force: the terms from now on, and what is owed under them.",
        ("loan", "change", "kind", "rate", "level", "installments", "number", "next_due_ms",
         "balance", "carried", "capitalised", "reaged"),
    ),
    "change_ended": EventKind(
        "A change is DONE, FAILED, WITHDRAWN or LAPSED.", ("loan", "change", "status")
    ),
    "default_interest_charged": EventKind(
        "What is late bore default interest up to a day; it is owed as fees.",
        ("loan", "amount", "until_ms"),
    ),
    "prepayment_fee_charged": EventKind(
        "A prepayment of principal cost its fee; `amount` is the principal.",
        ("loan", "amount", "fee"),
    ),
    "loan_called": EventKind(
        "The lender called a loan: on `due_ms` all of it is due.", ("loan", "due_ms", "balance", "carried")
    ),
    "floating_agreed": EventKind(
        "Lender and borrower let the rate of an agreement follow an index.",
        ("agreement", "index", "margin", "rate_floor", "rate_cap", "fallback_rate", "every",
         "lag_days", "age_max_days"),
    ),
    "loan_rate_reset": EventKind(
        "The rate of a floating loan was reset, or its fixing corrected; `fixing_ms` 0 is the fallback.",
        ("loan", "number", "day_ms", "fixing_ms", "rate", "level"),
    ),
    "refinanced": EventKind("A new agreement paid a loan off.", ("loan", "by", "payoff")),
    "shares_transferred": EventKind(
        "Shares of a pool went to somebody else, and what was paid for them with them.",
        ("pool", "tranche", "depositor", "to", "shares", "cost"),
    ),
    **MONITORING_EVENTS,
    **IMPAIRMENT_EVENTS,
    **CORRECTION_EVENTS,
    **BRIDGE_EVENTS,
    **DEPOSIT_COVER_EVENTS,
}  # fmt: skip
"""All events, in the order of a loan's life."""
