"""What must hold of applications and offers after every command, read from the whole state."""

from __future__ import annotations

from collections import Counter, defaultdict

from ledger import codec
from ledger.overlay import StateReader
from ledger.store import prefix_end
from lending import keys, records
from lending.origination.applications import OFFERS_MAX
from lending.products.names import missing_signatures
from lending.records.groups import GROUP
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
            assert records.AGREEMENT.read(state, keys.agreement(found.agreement)) is not None
        named += [keys.offer(found.borrower, found.name, lender) for lender in found.offers]
    _check_rivals(state, alarms)
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


def check_groups(state: StateReader) -> dict[tuple[str, str], list[int]]:
    """What members have against each other by the groups: owner and asset, receivable, payable."""
    claims: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    bound: dict[bytes, bytes] = {}
    for key, raw in state.iterate(keys.LIABILITY, prefix_end(keys.LIABILITY)):
        group = GROUP.decode(raw)
        assert GROUP.encode(group) == raw
        assert key == keys.liability(group.name)
        assert len(group.members) == len(set(group.members)) >= 2
        bound |= {keys.bound(name): codec.encode(group.name) for name in group.loans}
        rows = [(row.payer, row.borrower, row.asset) for row in group.recourses]
        assert len(set(rows)) == len(rows)
        for row in group.recourses:
            assert {row.payer, row.borrower} <= set(group.members)
            assert row.payer != row.borrower
            assert 0 <= row.returned <= row.paid > 0
            claims[row.payer, row.asset][0] += row.paid - row.returned
            claims[row.borrower, row.asset][1] -= row.paid - row.returned
    assert all(state.get(key) == value for key, value in bound.items())
    return claims


def _check_rivals(state: StateReader, alarms: Counter[tuple[int, bytes]]) -> None:
    """A rival is open, unsigned by somebody, under a name that is held, and found by its digest."""
    digests = []
    for key, raw in state.iterate(keys.RIVAL, prefix_end(keys.RIVAL)):
        rival = records.AGREEMENT.decode(raw)
        assert key == keys.rival(rival.name, rival.proposer)
        assert rival.status is records.AgreementStatus.OFFERED
        assert missing_signatures(rival)
        assert alarms[rival.terms.available_until_ms, key] == 1
        holder = records.AGREEMENT.read(state, keys.agreement(rival.name))
        assert holder is not None
        digests.append(
            (keys.rival_digest(rival.name, rival.terms_digest), codec.encode(rival.proposer))
        )
    pointers = state.iterate(keys.RIVAL_DIGEST, prefix_end(keys.RIVAL_DIGEST))
    assert sorted(digests) == list(pointers)


def _alarms(state: StateReader) -> Counter[tuple[int, bytes]]:
    found: Counter[tuple[int, bytes]] = Counter()
    for key, _ in state.iterate(keys.ALARM, prefix_end(keys.ALARM)):
        at = len(keys.ALARM)
        found[int.from_bytes(key[at : at + 8], "big"), keys.alarm_subject(key)] += 1
    subjects = [subject for _, subject in found]
    mine = [
        each for each in subjects if each.startswith((keys.APPLICATION, keys.OFFER, keys.RIVAL))
    ]
    assert len(mine) == len(set(mine)), "an application or offer has one alarm"
    return found
