"""The chart of accounts: every kind of account that an owner's books can have, and its side.

An account is `owner/kind/asset`. Debits are positive, credits negative, so every posting and every
owner's books sum to zero per asset. The numbers are positions in the state's records: they are
never changed or reused. docs/lend/accounts.md says what is posted when.
"""

from __future__ import annotations

from enum import Enum, IntEnum, unique
from typing import Final


class Side(Enum):
    """On which side of zero the balance of an account may be."""

    DEBIT = 1
    """Zero or more: something owned, or an expense."""
    CREDIT = -1
    """Zero or less: something owed, or income."""
    EITHER = 0
    """Both: a balance of what came and went."""


@unique
class Account(IntEnum):
    """The kinds of account."""

    CASH = 0
    """What the owner holds of an asset with its custodian and may use."""
    PLEDGED = 1
    """What the owner holds but has pledged."""
    CUSTODY = 2
    """A custodian's: what it keeps in the outside world for the holders."""
    ISSUED = 3
    """A custodian's: what it owes the holders."""
    FUNDING = 4
    """What the owner brought in from the outside world, less what it took out."""
    TRANSFERS = 5
    """What the owner got from other parties, less what it gave them."""
    LOANS_RECEIVABLE = 6
    """A lender's: principal outstanding."""
    INTEREST_RECEIVABLE = 7
    """A lender's: interest billed and unpaid."""
    FEES_RECEIVABLE = 8
    """A lender's: fees charged and unpaid."""
    INTEREST_INCOME = 9
    """A lender's: interest earned."""
    FEE_INCOME = 10
    """A lender's: fees earned."""
    RECOVERY_INCOME = 11
    """A lender's: received on loans that it had written off."""
    COLLECTION_FEE_EXPENSE = 12
    """A lender's: given to collectors."""
    COLLECTION_FEE_INCOME = 13
    """A collector's: got from lenders."""
    WRITE_OFF_LOSS = 14
    """A lender's: claims taken off the books."""
    BORROWINGS = 15
    """A borrower's: principal owed."""
    INTEREST_PAYABLE = 16
    """A borrower's: interest billed and unpaid."""
    FEES_PAYABLE = 17
    """A borrower's: fees charged and unpaid."""
    INTEREST_EXPENSE = 18
    """A borrower's: interest that the loans cost."""
    FEE_EXPENSE = 19
    """A borrower's: fees that the loans cost."""
    POOL_DEPOSITS = 20
    """A depositor's: what it paid for the shares of pools that it has."""
    POOL_INCOME = 21
    """A depositor's: what it got for shares above what it had paid for them."""
    POOL_LOSS = 22
    """A depositor's: what it got less than it had paid."""
    POOL_LOANS = 23
    """A pool's: what its borrowers owe, interest included."""
    SENIOR_CLAIMS = 24
    """A pool's: what its senior tranche is worth."""
    JUNIOR_CLAIMS = 25
    """A pool's: what its junior tranche is worth."""
    POOL_RESERVE = 26
    """A pool's: what bears losses first."""
    SPREAD_PAYABLE = 27
    """A pool's: what its manager has earned and not collected."""
    STRAYS_TAKEN = 28
    """A pool's: what came by transfers and was added to the reserve."""
    POOL_BORROWINGS = 29
    """A borrower's: what it owes pools, as of its last operation with each."""
    POOL_INTEREST_EXPENSE = 30
    """A borrower's: interest that pools charged it."""
    CONTRIBUTIONS = 31
    """A contributor's: given to the reserves of pools."""
    SPREAD_INCOME = 32
    """A manager's: the spread that it collected."""
    REWARDS_PAYABLE = 33
    """A pool's: rewards that were funded and not claimed."""
    REWARD_EXPENSE = 34
    """A funder's: given as rewards."""
    REWARD_INCOME = 35
    """A depositor's: rewards claimed."""
    RESERVE_INCOME = 36
    """A party's: got from the reserves of pools."""
    PARTICIPATION_RESULT = 37
    """A lender's: what participations were sold below their principal or bought above it, less the
    other way round."""
    FORGIVENESS_INCOME = 38
    """A borrower's: principal that its lenders gave up."""
    CLAIMS_EXPENSE = 39
    """A guarantor's or a cover fund's: paid to lenders on default, less what came back."""
    CLAIMS_INCOME = 40
    """A lender's: got from guarantors and cover funds, less what it passed back."""
    PREMIUM_EXPENSE = 41
    """A lender's: premiums for cover."""
    PREMIUM_INCOME = 42
    """A cover fund's: premiums earned."""
    LOCKED_ABROAD = 43
    """What the owner holds but has locked for use on another chain."""
    SERVICING_EXPENSE = 44
    """A lender's: the part of the interest it earned that is those' who serve its loans."""
    SERVICING_INCOME = 45
    """A servicer's: what it earned of the interest of others' loans."""
    SERVICING_PAYABLE = 46
    """A lender's: what it owes of that until the interest is paid."""
    SERVICING_RECEIVABLE = 47
    """A servicer's: what lenders owe it of that."""
    SET_ASIDE = 48
    """What the owner holds but has set aside until something is tested or delivered."""
    PROVISION_EXPENSE = 49
    """A lender's: set aside for expected losses, less what was released."""
    LOSS_ALLOWANCE = 50
    """A lender's: what is set aside for expected losses."""
    RECOURSE_RECEIVABLE = 51
    """A group member's: paid for other members and not given back."""
    RECOURSE_PAYABLE = 52
    """A group member's: what it owes other members who paid for it."""


_CREDIT_ACCOUNTS: Final = (
    Account.ISSUED,
    Account.INTEREST_INCOME,
    Account.FEE_INCOME,
    Account.RECOVERY_INCOME,
    Account.COLLECTION_FEE_INCOME,
    Account.BORROWINGS,
    Account.INTEREST_PAYABLE,
    Account.FEES_PAYABLE,
    Account.POOL_INCOME,
    Account.SENIOR_CLAIMS,
    Account.JUNIOR_CLAIMS,
    Account.POOL_RESERVE,
    Account.SPREAD_PAYABLE,
    Account.POOL_BORROWINGS,
    Account.SPREAD_INCOME,
    Account.REWARDS_PAYABLE,
    Account.REWARD_INCOME,
    Account.RESERVE_INCOME,
    Account.FORGIVENESS_INCOME,
    Account.CLAIMS_INCOME,
    Account.PREMIUM_INCOME,
    Account.SERVICING_INCOME,
    Account.SERVICING_PAYABLE,
    Account.LOSS_ALLOWANCE,
    Account.RECOURSE_PAYABLE,
)


_EITHER_ACCOUNTS: Final = (
    Account.FUNDING,
    Account.TRANSFERS,
    Account.PARTICIPATION_RESULT,
    Account.PROVISION_EXPENSE,
)


def _side(account: Account) -> Side:
    if account in _EITHER_ACCOUNTS:
        return Side.EITHER
    return Side.CREDIT if account in _CREDIT_ACCOUNTS else Side.DEBIT


SIDES: Final = tuple(_side(account) for account in Account)
"""The side of each kind, by number."""
SIGNS: Final = tuple(side.value for side in SIDES)
"""The same as a sign, for the journal: a balance times its sign is never negative."""
NAMES: Final = tuple(account.name.lower() for account in Account)
"""The name of each kind in `owner/kind/asset`, by number."""
BY_NAME: Final = {name: Account(number) for number, name in enumerate(NAMES)}
"""The kinds by their names."""


def account_name(owner: str, account: Account, asset: str) -> str:
    """`owner/kind/asset`."""
    return f"{owner}/{NAMES[account]}/{asset}"
