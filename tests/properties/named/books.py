"""Properties of the books: money is conserved, in every asset, to the last unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from lending import keys
from lending.chart import SIDES, Account, Side
from lending.fields import AMOUNT_MAX
from lending.records import PartyKind
from tests.properties.named.base import state
from tests.properties.named.view import View


def summed(view: View, *accounts: Account) -> dict[str, int]:
    """The sum of some accounts over all owners, by asset."""
    sums: dict[str, int] = defaultdict(int)
    for name, book in view.books.items():
        sums[name.partition("/")[2]] += sum(book[account] for account in accounts)
    return dict(sums)


def nothing_left(view: View, *accounts: Account) -> None:
    """These accounts cancel out over all owners, in every asset."""
    sums = summed(view, *accounts)
    assert not any(sums.values()), (accounts, sums)


@state("M1")
def every_book_balances(view: View) -> None:
    """The balances of every owner in every asset sum to zero."""
    for name, book in view.books.items():
        assert sum(book) == 0, name


@state("M2")
def what_is_owned_is_never_negative(view: View) -> None:
    """No account of the debit side is below zero."""
    for name, book in view.books.items():
        for account in Account:
            assert SIDES[account] is not Side.DEBIT or book[account] >= 0, (name, account)


@state("M2")
def what_is_owed_is_never_positive(view: View) -> None:
    """No account of the credit side is above zero."""
    for name, book in view.books.items():
        for account in Account:
            assert SIDES[account] is not Side.CREDIT or book[account] <= 0, (name, account)


@state("M1")
def totals_are_the_sums_of_the_books(view: View) -> None:
    """The totals that the clock reports are the sums over all owners."""
    sums: dict[str, list[int]] = {}
    for name, book in view.books.items():
        asset = name.partition("/")[2]
        sums[asset] = [a + b for a, b in zip(sums.get(asset, [0] * len(book)), book, strict=True)]
    for asset in sums.keys() | view.totals.keys():
        whole = sums.get(asset, [])
        assert view.totals.get(asset, [0] * len(whole)) == (whole or view.totals[asset]), asset


@state("M1")
def the_trial_balance_is_zero(view: View) -> None:
    """The totals of every asset sum to zero."""
    for asset, total in view.totals.items():
        assert sum(total) == 0, asset


@state("M1")
def holders_have_what_custodians_keep(view: View) -> None:
    """What all holders have, free or pledged, is what the custodians hold outside."""
    held = summed(view, Account.CASH, Account.PLEDGED, Account.LOCKED_ABROAD, Account.SET_ASIDE)
    kept = summed(view, Account.CUSTODY)
    assert held == kept


@state("M1")
def what_a_custodian_keeps_it_owes(view: View) -> None:
    """Every custodian owes the holders exactly what it keeps for them."""
    for name, book in view.books.items():
        assert book[Account.CUSTODY] == -book[Account.ISSUED], name


@state("M1")
def money_comes_from_outside_only(view: View) -> None:
    """What owners brought in, less what they took out, is what custodians keep."""
    assert not any(summed(view, Account.FUNDING, Account.CUSTODY).values())


@state("M1")
def only_its_custodian_issues_an_asset(view: View) -> None:
    """Nobody but the custodian of an asset has it in custody."""
    for name, book in view.books.items():
        owner, _, asset = name.partition("/")
        assert not book[Account.CUSTODY] or view.assets[asset].custodian == owner, name


@state("M1")
def gifts_cancel_out(view: View) -> None:
    """What some parties got from others is what those gave."""
    nothing_left(view, Account.TRANSFERS)


@state("M12")
def interest_earned_is_interest_paid(view: View) -> None:
    """Lenders earn exactly the interest that borrowers are charged."""
    nothing_left(view, Account.INTEREST_INCOME, Account.INTEREST_EXPENSE)


@state("M19")
def fees_earned_are_fees_charged(view: View) -> None:
    """Fee income and fee expense are the same over all parties."""
    nothing_left(view, Account.FEE_INCOME, Account.FEE_EXPENSE)


@state("M19")
def collectors_get_what_lenders_give(view: View) -> None:
    """Collection fees earned are collection fees paid."""
    nothing_left(view, Account.COLLECTION_FEE_INCOME, Account.COLLECTION_FEE_EXPENSE)


@state("M21")
def claims_got_are_claims_paid(view: View) -> None:
    """What guarantors and funds paid is what lenders got of them."""
    nothing_left(view, Account.CLAIMS_INCOME, Account.CLAIMS_EXPENSE)


@state("M21")
def premiums_earned_are_premiums_paid(view: View) -> None:
    """Premium income and premium expense are the same over all parties."""
    nothing_left(view, Account.PREMIUM_INCOME, Account.PREMIUM_EXPENSE)


@state("M14")
def sales_of_participations_cancel_out(view: View) -> None:
    """What one lender gained by a sale of a participation, the other lost."""
    nothing_left(view, Account.PARTICIPATION_RESULT)


@state("M18")
def rewards_given_are_claimed_or_kept(view: View) -> None:
    """Rewards funded are those claimed and those that pools still keep."""
    nothing_left(view, Account.REWARD_EXPENSE, Account.REWARD_INCOME, Account.REWARDS_PAYABLE)


@state("M1")
def claims_on_loans_are_debts_of_loans(view: View) -> None:
    """Lenders' claims, with what they wrote off and borrowers still owe, are borrowers' debts."""
    receivable = summed(
        view, Account.LOANS_RECEIVABLE, Account.INTEREST_RECEIVABLE, Account.FEES_RECEIVABLE
    )
    payable = summed(view, Account.BORROWINGS, Account.INTEREST_PAYABLE, Account.FEES_PAYABLE)
    for asset, amount in receivable.items():
        assert amount + payable[asset] <= 0, asset


@state("M25")
def amounts_are_integers_within_their_bounds(view: View) -> None:
    """Every balance is an integer, and cash fits in 63 bits."""
    for name, book in view.books.items():
        assert all(type(balance) is int for balance in book), name
        assert book[Account.CASH] + book[Account.PLEDGED] <= AMOUNT_MAX, name


@state("M26")
def every_book_has_an_owner(view: View) -> None:
    """Books belong to registered parties, or to the chain where a wrapped asset lies."""
    for name in view.books:
        owner, _, asset = name.partition("/")
        assert owner in view.parties or owner == view.assets[asset].custodian, name


@state("C9: one state has one encoding")
def records_are_canonical(view: View) -> None:
    """Every record's bytes are those that it encodes to."""
    assert not view.changed, view.changed


@state("A1")
def keys_belong_to_one_party(view: View) -> None:
    """The index of keys names every party's keys, and no others."""
    found = {key for party in view.parties.values() for key in party.keys}
    assert len(found) == sum(len(party.keys) for party in view.parties.values())
    assert found == view.signing.keys()


@state("A2")
def thresholds_can_be_met(view: View) -> None:
    """Every party that signs has at least as many keys as must sign; a pool has none."""
    for party in view.parties.values():
        is_pool = party.kind is PartyKind.POOL
        assert is_pool == (not party.keys), party
        assert is_pool or 1 <= party.threshold <= len(party.keys), party


@state("M24")
def products_in_use_were_approved(view: View) -> None:
    """An active product was approved by a quorum of members, each counted once."""
    assert view.parameters is not None
    for product in view.products.values():
        assert list(product.approvals) == sorted(set(product.approvals)), product
        assert set(product.approvals) <= set(view.parameters.members), product
        if product.is_active and product.proposer:
            assert len(product.approvals) >= view.parameters.approval_quorum, product


@state("M15")
def prices_are_above_zero(view: View) -> None:
    """Every agreed price is above zero and not from the future."""
    for name, price in view.prices.items():
        assert price.price > 0, name
        assert price.reported_ms <= view.now_ms, name


@state("L3")
def alarms_are_for_records_that_there_are(view: View) -> None:
    """The clock is never woken for something that does not exist."""
    known: dict[bytes, Collection[str]] = {
        keys.LOAN: view.loans, keys.AGREEMENT: view.agreements, keys.ACCOUNT: view.accounts,
        keys.PROTECTION: view.protections, keys.POOL: view.pools, keys.FACILITY: view.facilities,
        keys.AMENDMENT: view.amendments,
    }  # fmt: skip
    for subject in view.alarms:
        prefix, _, name = subject.partition(b"/")
        assert prefix + b"/" not in known or name.decode() in known[prefix + b"/"], subject
