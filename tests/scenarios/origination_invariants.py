"""What must hold of applications and offers after every command, read from the whole state."""

from __future__ import annotations

from collections import Counter

from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys, records
from lending.origination.applications import OFFERS_MAX
from lending.records.origination import APPLICATION, OFFER, ApplicationStatus
from lending.terms import terms_digest


def check(state: StateReader) -> None:
    """Offers are those that open applications name; each has one alarm; what is over has none."""
    alarms = _alarms(state)
    named = []
    for key, raw in state.iterate(keys.APPLICATION, prefix_end(keys.APPLICATION)):
        found = APPLICATION.decode(raw)
        assert APPLICATION.encode(found) == raw
        assert len(set(found.offers)) == len(found.offers) <= OFFERS_MAX
        is_open = found.status is ApplicationStatus.OPEN
        assert is_open or not found.offers
        assert alarms[found.until_ms, key] == int(is_open), found
        assert bool(found.agreement) == (found.status is ApplicationStatus.ACCEPTED)
        if found.agreement:
            made = records.AGREEMENT.read(state, keys.agreement(found.agreement))
            assert made is not None
            assert made.terms.borrower == found.borrower
        named += [keys.offer(found.borrower, found.name, lender) for lender in found.offers]
    offers = list(state.iterate(keys.OFFER, prefix_end(keys.OFFER)))
    assert sorted(named) == [key for key, _ in offers]
    for key, raw in offers:
        offer = OFFER.decode(raw)
        assert OFFER.encode(offer) == raw
        assert alarms[offer.valid_until_ms, key] == 1, offer
        product = records.PRODUCT.read(
            state, keys.product(offer.terms.product, offer.terms.version)
        )
        assert product is not None
        assert offer.terms_digest == terms_digest(offer.terms, product.template)


def _alarms(state: StateReader) -> Counter[tuple[int, bytes]]:
    found: Counter[tuple[int, bytes]] = Counter()
    for key, _ in state.iterate(keys.ALARM, prefix_end(keys.ALARM)):
        at = len(keys.ALARM)
        found[int.from_bytes(key[at : at + 8], "big"), keys.alarm_subject(key)] += 1
    subjects = [subject for _, subject in found]
    mine = [each for each in subjects if each.startswith((keys.APPLICATION, keys.OFFER))]
    assert len(mine) == len(set(mine)), "an application or offer has one alarm"
    return found
