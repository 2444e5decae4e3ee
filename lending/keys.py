"""Where each record of the machine's state lies: the layout of its keys, and nothing of their values.

Names hold no slash, so no key is a prefix of another record's. Times are big-endian, so that what
falls due next comes first.
"""

from __future__ import annotations

from typing import Final

PARAMETERS: Final = b"parameters"
TOTALS_CHANGED: Final = b"totals-changed"
PARTY: Final = b"party/"
KEY: Final = b"key/"
ASSET: Final = b"asset/"
PRICE: Final = b"price/"
REFERENCE: Final = b"reference/"
BOOK: Final = b"book/"
TOTAL: Final = b"total/"
PRODUCT: Final = b"product/"
AGREEMENT: Final = b"agreement/"
PLEDGE: Final = b"pledge/"
LOAN: Final = b"loan/"
ALARM: Final = b"alarm/"
FEED: Final = b"price-feed/"
REPORT: Final = b"price-report/"
FEED_WORK: Final = b"price-work/"
TRIGGER: Final = b"price-trigger/"
POLICY: Final = b"collateral-policy/"
ACCOUNT: Final = b"collateral-account/"
SECURED: Final = b"secured-by/"
PROTECTION: Final = b"protection/"
PROTECTIONS: Final = b"protections-of/"
FUND: Final = b"cover-fund/"
POOL: Final = b"pool/"
POOL_TERMS: Final = b"pool-terms/"
POSITION: Final = b"pool-position/"
REQUEST: Final = b"pool-request/"
CREDIT_LINE: Final = b"pool-credit/"
REWARDS: Final = b"pool-rewards/"
RATE_INDEX: Final = b"index/"
REPORTS: Final = b"reports/"
FIXING: Final = b"fixing/"
FACILITY: Final = b"facility/"
AMENDMENT: Final = b"amendment/"
OWN_CHAIN: Final = b"own-chain-id"
EXCHANGE: Final = b"exchange/"
CHANGE: Final = b"change/"
FLOATING: Final = b"floating/"
APPLICATION: Final = b"application/"
OFFER: Final = b"application-offer/"
MODE: Final = b"collateral-mode/"
FEE_SCHEDULE: Final = b"fee-schedule/"
FEE_LINK: Final = b"fee-link/"
FEE_LINK_VOTE: Final = b"fee-link-vote/"
LOAN_FEES: Final = b"loan-fees/"
FEES_USED: Final = b"fees-used"
LIABILITY: Final = b"liability-group/"
BOUND: Final = b"bound-to-group/"
RIVAL: Final = b"agreement-rival/"
RIVAL_DIGEST: Final = b"agreement-rival-digest/"


def party(name: str) -> bytes:
    """A party."""
    return PARTY + name.encode()


def signing_key(key: bytes) -> bytes:
    """Whose a public key is."""
    return KEY + key


def asset(code: str) -> bytes:
    """An asset."""
    return ASSET + code.encode()


def price(asset_code: str, currency: str) -> bytes:
    """The newest price of an asset in a currency."""
    return b"%s%b/%b" % (PRICE, asset_code.encode(), currency.encode())


def reference(custodian: str, text: str) -> bytes:
    """That a custodian used a reference to the outside world."""
    return b"%s%b/%b" % (REFERENCE, custodian.encode(), text.encode())


def book(owner: str, asset_code: str) -> bytes:
    """All balances of one owner in one asset."""
    return b"%s%b/%b" % (BOOK, owner.encode(), asset_code.encode())


def total(asset_code: str) -> bytes:
    """The sums over all owners in one asset, by kind of account."""
    return TOTAL + asset_code.encode()


def product(name: str, version: int) -> bytes:
    """One version of a product."""
    return b"%s%b/%b" % (PRODUCT, name.encode(), version.to_bytes(2, "big"))


def agreement(name: str) -> bytes:
    """An agreement."""
    return AGREEMENT + name.encode()


def pledge(name: str) -> bytes:
    """The collateral of an agreement."""
    return PLEDGE + name.encode()


def loan(name: str) -> bytes:
    """A loan."""
    return LOAN + name.encode()


def alarm(time_ms: int, subject: bytes) -> bytes:
    """An entry of the due index: the state key of an agreement or a loan, and when to look at it."""
    return ALARM + time_ms.to_bytes(8, "big") + subject


def alarm_subject(key: bytes) -> bytes:
    """The state key that an alarm is for."""
    return key[len(ALARM) + 8 :]


def alarms_until(time_ms: int) -> tuple[bytes, bytes]:
    """The range of alarms that ring at a time or before."""
    return ALARM, ALARM + (time_ms + 1).to_bytes(8, "big")


def feed(asset_code: str, currency: str) -> bytes:
    """How a price is agreed."""
    return b"%s%b/%b" % (FEED, asset_code.encode(), currency.encode())


def report(asset_code: str, currency: str, source: str) -> bytes:
    """The newest report of one source."""
    return b"%s%b/%b/%b" % (REPORT, asset_code.encode(), currency.encode(), source.encode())


def feed_work(asset_code: str, currency: str) -> bytes:
    """That a feed has something for the clock to do."""
    return b"%s%b/%b" % (FEED_WORK, asset_code.encode(), currency.encode())


def triggers(asset_code: str, currency: str) -> bytes:
    """What all trigger prices of an asset in a currency begin with."""
    return b"%s%b/%b/" % (TRIGGER, asset_code.encode(), currency.encode())


def trigger(asset_code: str, currency: str, price_limit: int, account: str) -> bytes:
    """A trigger price: below it an account is looked at; the highest comes first."""
    return triggers(asset_code, currency) + _falling(price_limit) + account.encode()


def triggers_above(asset_code: str, currency: str, price_limit: int) -> tuple[bytes, bytes]:
    """The range of the trigger prices above a price."""
    prefix = triggers(asset_code, currency)
    return prefix, prefix + _falling(price_limit)


def policy(asset_code: str, currency: str) -> bytes:
    """How an asset counts as collateral for debts in a currency."""
    return b"%s%b/%b" % (POLICY, asset_code.encode(), currency.encode())


def account(name: str) -> bytes:
    """A collateral account."""
    return ACCOUNT + name.encode()


def secured(agreement_name: str) -> bytes:
    """Which account secures an agreement."""
    return SECURED + agreement_name.encode()


def protection(name: str) -> bytes:
    """A guarantee or a cover."""
    return PROTECTION + name.encode()


def protections(agreement_name: str) -> bytes:
    """The guarantees and covers of an agreement."""
    return PROTECTIONS + agreement_name.encode()


def fund(name: str) -> bytes:
    """A cover fund."""
    return FUND + name.encode()


def _falling(number: int) -> bytes:
    """Eight bytes that sort the larger number first."""
    return (2**64 - 1 - number).to_bytes(8, "big")


def pool(name: str) -> bytes:
    """The figures of a pool."""
    return POOL + name.encode()


def pool_terms(name: str) -> bytes:
    """The policy of a pool."""
    return POOL_TERMS + name.encode()


def position(pool_name: str, tranche: str, owner: str = "") -> bytes:
    """What a party has of a tranche; without one, what all positions of the tranche begin with."""
    return b"%s%b/%b/%b" % (POSITION, pool_name.encode(), tranche.encode(), owner.encode())


def request(pool_name: str, tranche: str, number: int) -> bytes:
    """A withdrawal that waits; those of a tranche lie in their order."""
    return requests(pool_name, tranche) + number.to_bytes(8, "big")


def requests(pool_name: str, tranche: str) -> bytes:
    """What all waiting withdrawals of a tranche begin with."""
    return b"%s%b/%b/" % (REQUEST, pool_name.encode(), tranche.encode())


def credit_line(pool_name: str, borrower: str = "") -> bytes:
    """A credit line; without a borrower, what all lines of the pool begin with."""
    return b"%s%b/%b" % (CREDIT_LINE, pool_name.encode(), borrower.encode())


def rewards(pool_name: str, tranche: str) -> bytes:
    """The rewards of a tranche."""
    return b"%s%b/%b" % (REWARDS, pool_name.encode(), tranche.encode())


def rate_index(name: str) -> bytes:
    """An index."""
    return RATE_INDEX + name.encode()


def reports(index: str, day_ms: int) -> bytes:
    """What sources reported of an index for a day and is not published."""
    return b"%s%b/%b" % (REPORTS, index.encode(), day_ms.to_bytes(8, "big"))


def fixing(index: str, day_ms: int) -> bytes:
    """The published fixing of an index for a day."""
    return b"%s%b/%b" % (FIXING, index.encode(), day_ms.to_bytes(8, "big"))


def facility(name: str) -> bytes:
    """A facility with its tranches and shares."""
    return FACILITY + name.encode()


def amendment(facility_name: str, name: str) -> bytes:
    """A vote of the lenders of a facility."""
    return b"%s%b/%b" % (AMENDMENT, facility_name.encode(), name.encode())


def triggers_of(asset_code: str) -> bytes:
    """What all trigger prices of an asset, in whatever currency, begin with."""
    return b"%s%b/" % (TRIGGER, asset_code.encode())


def trigger_account(key: bytes) -> str:
    """The account that a trigger price wakes."""
    _, _, after_asset = key[len(TRIGGER) :].partition(b"/")
    _, _, after_currency = after_asset.partition(b"/")
    return after_currency[8:].decode()


def exchange(name: str) -> bytes:
    """An offer to exchange one asset for another."""
    return EXCHANGE + name.encode()


def changes(loan_name: str) -> bytes:
    """What all changes of a loan begin with."""
    return b"%s%b/" % (CHANGE, loan_name.encode())


def change(loan_name: str, name: str) -> bytes:
    """A change of a loan."""
    return changes(loan_name) + name.encode()


def application(borrower: str, name: str = "") -> bytes:
    """An application; without a name, what all of the borrower's begin with."""
    return b"%s%b/%b" % (APPLICATION, borrower.encode(), name.encode())


def liability(name: str) -> bytes:
    """A joint-liability group."""
    return LIABILITY + name.encode()


def bound(agreement_name: str) -> bytes:
    """Which group answers for an agreement."""
    return BOUND + agreement_name.encode()


def rival(name: str, proposer: str = "") -> bytes:
    """An offer under a name that another offer holds; without a proposer, what all of it begin with."""
    return b"%s%b/%b" % (RIVAL, name.encode(), proposer.encode())


def rival_digest(name: str, terms_digest: bytes) -> bytes:
    """Who proposed the rival of a digest."""
    return b"%s%b/%b" % (RIVAL_DIGEST, name.encode(), terms_digest)


def offer(borrower: str, name: str, lender: str) -> bytes:
    """The open offer of a lender on an application."""
    return b"%s%b/%b/%b" % (OFFER, borrower.encode(), name.encode(), lender.encode())


def mode(name: str) -> bytes:
    """A correlated-asset mode of collateral accounts."""
    return MODE + name.encode()


def fee_schedule(name: str, version: int) -> bytes:
    """One version of a fee schedule."""
    return b"%s%b/%b" % (FEE_SCHEDULE, name.encode(), version.to_bytes(2, "big"))


def fee_link(kind: str, subject: str, version: int) -> bytes:
    """Which fee schedule counts for a product, a facility or a pool."""
    return b"%s%b/%b/%b" % (FEE_LINK, kind.encode(), subject.encode(), version.to_bytes(2, "big"))


def fee_link_vote(kind: str, subject: str, version: int, schedule: str, number: int) -> bytes:
    """A vote for a link."""
    link = fee_link(kind, subject, version).removeprefix(FEE_LINK)
    return b"%s%b/%b/%b" % (FEE_LINK_VOTE, link, schedule.encode(), number.to_bytes(2, "big"))


def loan_fees(agreement_name: str) -> bytes:
    """The fees of a loan."""
    return LOAN_FEES + agreement_name.encode()


CORRECTION_POLICY: Final = b"correction-policy/"
PAYMENTS: Final = b"payments/"


def correction_policy(product_name: str, version: int) -> bytes:
    """How far back payments on loans of a product may be corrected."""
    return b"%s%b/%b" % (CORRECTION_POLICY, product_name.encode(), version.to_bytes(2, "big"))


def payments(loan_name: str) -> bytes:
    """The payments of a loan as they stand."""
    return PAYMENTS + loan_name.encode()


def floating(agreement_name: str) -> bytes:
    """What the rate of an agreement follows."""
    return FLOATING + agreement_name.encode()
