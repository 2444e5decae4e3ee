"""Every reason why the machine refuses a transaction, in the order in which reasons are looked for.

A refusal is a value that a receipt records for ever, so a code is never renamed or reused. The
order is the precedence: of several reasons the first in this table is given, save that a command
looks for things in the order in which it needs them. docs/lend/rejections.md explains each.
"""

from __future__ import annotations

from enum import StrEnum

from ledger import codec
from ledger.receipt import Rejected


class Rejection(StrEnum):
    """The codes."""

    UNKNOWN_COMMAND = "UNKNOWN_COMMAND"
    """There is no command of this name."""
    MALFORMED_COMMAND = "MALFORMED_COMMAND"
    """A field is missing, unknown, of another type or out of its bounds."""
    UNKNOWN_SENDER = "UNKNOWN_SENDER"
    """The sender is no registered party."""
    NOT_SIGNED = "NOT_SIGNED"
    """Fewer of a party's keys signed than its threshold asks for."""
    WRONG_ROLE = "WRONG_ROLE"
    """A party of this kind, or with this part in the matter, may not do this."""
    UNKNOWN_PARTY = "UNKNOWN_PARTY"
    """A party that the command names is not registered."""
    UNKNOWN_ASSET = "UNKNOWN_ASSET"
    """An asset that the command names is not registered."""
    UNKNOWN_PRODUCT = "UNKNOWN_PRODUCT"
    """There is no such version of such a product."""
    UNKNOWN_AGREEMENT = "UNKNOWN_AGREEMENT"
    """There is no such agreement."""
    UNKNOWN_LOAN = "UNKNOWN_LOAN"
    """There is no such loan."""
    ALREADY_EXISTS = "ALREADY_EXISTS"
    """The name is taken."""
    SAME_PARTY = "SAME_PARTY"
    """Somebody would deal with itself."""
    WRONG_STATUS = "WRONG_STATUS"
    """What the command is about is not in a status that allows it."""
    WRONG_VERSION = "WRONG_VERSION"
    """The version of a product must be one more than its newest."""
    BAD_THRESHOLD = "BAD_THRESHOLD"
    """The threshold asks for more keys than there are."""
    KEY_IN_USE = "KEY_IN_USE"
    """A key belongs to another party already."""
    REFERENCE_USED = "REFERENCE_USED"
    """The custodian used this reference to the outside world before."""
    ALREADY_APPROVED = "ALREADY_APPROVED"
    """None of the signing members' approvals is new."""
    BAD_TEMPLATE = "BAD_TEMPLATE"
    """The parts of a product template contradict each other."""
    BAD_TERMS = "BAD_TERMS"
    """The terms are outside the product's bounds, or describe no loan."""
    DIGEST_DIFFERS = "DIGEST_DIFFERS"
    """What was signed is not the digest of the agreement's terms."""
    NO_COLLATERAL_AGREED = "NO_COLLATERAL_AGREED"
    """The agreement takes no collateral."""
    NO_PRICE = "NO_PRICE"
    """The collateral has no price in the currency of the loan."""
    PRICE_STALE = "PRICE_STALE"
    """The newest price of the collateral is too old to decide by."""
    COLLATERAL_TOO_LOW = "COLLATERAL_TOO_LOW"
    """The debt would be more than the agreed part of the collateral's value."""
    NOTHING_OWED = "NOTHING_OWED"
    """Nothing of the payment would be taken."""
    FEE_TOO_LARGE = "FEE_TOO_LARGE"
    """The collection fee is above the agreed part of the recovery."""
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    """The account holds less than would be taken from it."""
    TOTAL_TOO_LARGE = "TOTAL_TOO_LARGE"
    """More of the asset would be issued than an amount can express."""
    NOT_APPROVED = "NOT_APPROVED"
    """Fewer members signed than the consortium's quorum."""
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    """There is no such collateral account."""
    UNKNOWN_FEED = "UNKNOWN_FEED"
    """The asset has no price feed in the currency."""
    UNKNOWN_FUND = "UNKNOWN_FUND"
    """There is no such cover fund."""
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    """The asset is not accepted as collateral for debts in the currency."""
    PRICE_FROZEN = "PRICE_FROZEN"
    """The breaker of a price feed has tripped: nothing is borrowed, taken back or sold by it."""
    BELOW_QUORUM = "BELOW_QUORUM"
    """Fewer fresh reports than the feed's quorum."""
    CAP_EXCEEDED = "CAP_EXCEEDED"
    """A limit on how much of something there may be would be passed."""
    BID_TOO_LOW = "BID_TOO_LOW"
    """The auction's price is still above what the bidder would pay."""
    PREMIUM_TOO_HIGH = "PREMIUM_TOO_HIGH"
    """The premium is above what the buyer would pay."""


def reject(code: Rejection, **facts: codec.Value) -> Rejected:
    """A refusal with the figures that the rule compared."""
    return Rejected(code.value, facts)
