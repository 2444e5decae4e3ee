"""The book of applications and offers: finding them, setting them, ending them. It refuses nothing."""

from __future__ import annotations

from dataclasses import replace

from lending import keys
from lending.alarms import drop_alarm, set_alarm
from lending.records import origination as stored
from lending.records.origination import Application, ApplicationStatus, Offer, OfferEnd
from lending.scope import Scope


def application_of(scope: Scope, borrower: str, name: str) -> Application | None:
    """The application of a borrower and a name."""
    return stored.APPLICATION.get(scope.state, keys.application(borrower, name))


def put_application(scope: Scope, application: Application) -> None:
    """Set an application's record."""
    key = keys.application(application.borrower, application.name)
    stored.APPLICATION.put(scope.state, key, application)


def offer_of(scope: Scope, application: Application, lender: str) -> Offer | None:
    """The open offer of a lender."""
    return stored.OFFER.get(scope.state, _offer_key(application, lender))


def add_offer(scope: Scope, application: Application, offer: Offer) -> Application:
    """Set a new offer of a lender that has none, and its alarm."""
    lender = offer.terms.lender
    key = _offer_key(application, lender)
    stored.OFFER.put(scope.state, key, offer)
    set_alarm(scope.state, offer.valid_until_ms, key)
    return replace(application, offers=(*application.offers, lender))


def end_offer(scope: Scope, application: Application, lender: str, reason: OfferEnd) -> Application:
    """The application after an offer on it has ended."""
    key = _offer_key(application, lender)
    offer = stored.OFFER.get(scope.state, key)
    assert offer is not None, "an application names the offers that there are"
    scope.state.delete(key)
    drop_alarm(scope.state, keys.alarm(offer.valid_until_ms, key))
    scope.emit(
        "offer_ended", borrower=application.borrower, application=application.name,
        lender=lender, reason=str(reason),
    )  # fmt: skip
    left = tuple(name for name in application.offers if name != lender)
    return replace(application, offers=left)


def end_application(
    scope: Scope, application: Application, status: ApplicationStatus, reason: OfferEnd,
    agreement: str = "",
) -> None:  # fmt: skip
    """Give an application its last status; all offers that are left end for the reason."""
    for lender in application.offers:
        application = end_offer(scope, application, lender, reason)
    key = keys.application(application.borrower, application.name)
    drop_alarm(scope.state, keys.alarm(application.until_ms, key))
    put_application(scope, replace(application, status=status, agreement=agreement))
    scope.emit(
        "application_ended", borrower=application.borrower, application=application.name,
        status=str(status), agreement=agreement,
    )  # fmt: skip


def attend_application(scope: Scope, subject: bytes, _: int) -> int:
    """The clock: the time of an application is over; its offers have expired before it."""
    application = stored.APPLICATION.get(scope.state, subject)
    assert application is not None, "applications are never removed"
    assert application.status is ApplicationStatus.OPEN, "one that ended has no alarm"
    end_application(scope, application, ApplicationStatus.LAPSED, OfferEnd.EXPIRED)
    return 1


def attend_offer(scope: Scope, subject: bytes, _: int) -> int:
    """The clock: an offer's own time is over."""
    offer = stored.OFFER.get(scope.state, subject)
    assert offer is not None, "an offer that ended has no alarm"
    application = application_of(scope, offer.terms.borrower, offer.application)
    assert application is not None, "applications are never removed"
    put_application(scope, end_offer(scope, application, offer.terms.lender, OfferEnd.EXPIRED))
    return 1


def _offer_key(application: Application, lender: str) -> bytes:
    return keys.offer(application.borrower, application.name, lender)
