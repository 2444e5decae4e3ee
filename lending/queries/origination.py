"""What can be asked about how agreements come about: term sheets in words, applications, offers."""

from __future__ import annotations

from ledger import codec
from ledger.overlay import StateReader
from lending import keys, queries, records
from lending.paging import Page, read_page
from lending.products.names import missing_signatures
from lending.products.term_checks import parties_to
from lending.queries import Facts, plain
from lending.records import Agreement, AgreementStatus
from lending.records import collateral as collateral_records
from lending.records import origination as stored
from lending.records.groups import GROUP, Group
from lending.terms import TERM_SHEET_SHAPE
from lending.words.attached import Attached
from lending.words.sheet import PlainWords, write_term_sheet
from lending.words.terms import Contract


def term_sheet(state: StateReader, name: str, now_ms: int, proposer: str = "") -> Facts | None:
    """An agreement in plain words with its schedule and the digest to sign.

    Until the loan is drawn the schedule assumes that it is drawn on the day of `now_ms`. With a
    proposer it is of that party's rival offer under the name.
    """
    key = keys.rival(name, proposer) if proposer else keys.agreement(name)
    agreement = records.AGREEMENT.read(state, key)
    if agreement is None:
        return None
    loan = None if proposer else records.LOAN.read(state, keys.loan(name))
    drawn_ms = 0 if loan is None else loan.start_ms
    return _term_sheet(state, agreement, drawn_ms, now_ms, is_holder=not proposer)


def rivals(state: StateReader, name: str, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """The open offers under a name that another offer holds or held, by proposer."""
    return read_page(
        state,
        keys.rival(name),
        lambda _, raw: queries.agreement_facts(records.AGREEMENT.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def group(state: StateReader, name: str) -> Facts | None:
    """A joint-liability group: members, open loans, who paid what for whom and what is owed for it."""
    found = GROUP.read(state, keys.liability(name))
    return None if found is None else _group(found)


def groups(state: StateReader, *, cursor: str = "", limit: int = 100) -> Page[Facts]:
    """All groups by name."""
    return read_page(
        state, keys.LIABILITY, lambda _, raw: _group(GROUP.decode(raw)), cursor=cursor, limit=limit
    )


def _group(found: Group) -> Facts:
    return {
        "group": found.name,
        "members": list(found.members),
        "loans": list(found.loans),
        "recourses": [
            {
                "payer": row.payer,
                "borrower": row.borrower,
                "asset": row.asset,
                "paid": row.paid,
                "returned": row.returned,
                "claim": row.paid - row.returned,
            }
            for row in found.recourses
        ],
    }


def application(state: StateReader, borrower: str, name: str, now_ms: int) -> Facts | None:
    """An application with its open offers, each with its digest and its words."""
    found = stored.APPLICATION.read(state, keys.application(borrower, name))
    if found is None:
        return None
    offers = (
        stored.OFFER.read(state, keys.offer(borrower, name, lender)) for lender in found.offers
    )
    return {
        **_application(found),
        "offers": [_offer(state, each, now_ms) for each in offers if each is not None],
    }


def applications(
    state: StateReader, borrower: str = "", *, cursor: str = "", limit: int = 100
) -> Page[Facts]:
    """All applications, or those of a borrower, by name; their offers are in `application`."""
    prefix = keys.application(borrower) if borrower else keys.APPLICATION
    return read_page(
        state,
        prefix,
        lambda _, raw: _application(stored.APPLICATION.decode(raw)),
        cursor=cursor,
        limit=limit,
    )


def _application(found: stored.Application) -> Facts:
    return {
        "borrower": found.borrower,
        "application": found.name,
        "status": str(found.status),
        "product": found.product,
        "version": found.version,
        "asset": found.asset,
        "amount": found.amount,
        "installments": found.installments,
        "purpose": found.purpose,
        "collateral_asset": found.collateral_asset,
        "collateral_amount": found.collateral_amount,
        "lenders": list(found.lenders),
        "until_ms": found.until_ms,
        "offered_by": list(found.offers),
        "agreement": found.agreement,
    }


def _offer(state: StateReader, offer: stored.Offer, now_ms: int) -> Facts:
    agreement = Agreement(
        "", offer.terms.lender, AgreementStatus.OFFERED, offer.terms, offer.terms_digest,
        (offer.terms.lender,),
    )  # fmt: skip
    words = _term_sheet(state, agreement, 0, now_ms, is_holder=False)
    return {
        "lender": offer.terms.lender,
        "made_ms": offer.made_ms,
        "valid_until_ms": offer.valid_until_ms,
        "terms": plain(TERM_SHEET_SHAPE.types, TERM_SHEET_SHAPE.values(offer.terms)),
        "terms_digest": offer.terms_digest.hex(),
        "sections": words["sections"],
    }


def _term_sheet(
    state: StateReader, agreement: Agreement, drawn_ms: int, now_ms: int, *, is_holder: bool
) -> Facts:
    terms = agreement.terms
    product = records.PRODUCT.read(state, keys.product(terms.product, terms.version))
    assert product is not None, "products are never removed"
    contract = Contract(
        agreement.name, terms, product.template, agreement.terms_digest,
        _decimals(state, terms.asset),
    )  # fmt: skip
    words = write_term_sheet(
        contract, _attached(state, agreement, is_holder=is_holder), parties_to(terms), missing_signatures(agreement),
        drawn_ms, now_ms,
    )  # fmt: skip
    return {
        "agreement": agreement.name,
        "status": str(agreement.status),
        "asset": terms.asset,
        "terms_digest": agreement.terms_digest.hex(),
        **_words(words),
    }


def _words(words: PlainWords) -> Facts:
    return {
        "sections": [
            {"title": section.title, "sentences": list(section.sentences)}
            for section in words.sections
        ],
        "start_ms": words.start_ms,
        "is_drawn": words.is_drawn,
        "schedule": [queries.installment(each) for each in words.schedule],
    }


def _attached(state: StateReader, agreement: Agreement, *, is_holder: bool) -> Attached:
    """What names the agreement; nothing can name an offer that does not hold its name."""
    if not is_holder:
        return Attached(None, 0, None, (), None)
    pledge = records.PLEDGE.read(state, keys.pledge(agreement.name))
    raw = state.get(keys.secured(agreement.name))
    account = None
    if raw is not None:
        name: str = codec.decode(raw)
        account = collateral_records.ACCOUNT.read(state, keys.account(name))
    found = collateral_records.PROTECTION_NAMES.read(state, keys.protections(agreement.name))
    protections = (
        collateral_records.PROTECTION.read(state, keys.protection(each))
        for each in (found.names if found else ())
    )
    return Attached(
        pledge, _decimals(state, pledge.asset) if pledge else 0, account,
        tuple(each for each in protections if each is not None), _behind(state, agreement.name),
    )  # fmt: skip


def _behind(state: StateReader, agreement: str) -> Group | None:
    raw = state.get(keys.bound(agreement))
    if raw is None:
        return None
    name: str = codec.decode(raw)
    return GROUP.read(state, keys.liability(name))


def _decimals(state: StateReader, code: str) -> int:
    asset = records.ASSET.read(state, keys.asset(code))
    assert asset is not None, "assets are never removed"
    return asset.decimals
