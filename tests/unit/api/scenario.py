"""A small book on a fake node: cash, an agreement, a loan drawn, billed, paid; the same every time."""

from __future__ import annotations

from client.transactions import build
from ledger import codec
from lending.commands import (
    Command,
    DrawDown,
    IssueCash,
    ProposeAgreement,
    Repay,
)
from lending.commands.origination import FormGroup, OfferOnApplication, OpenApplication
from lending.terms import TermSheet
from tests.unit.api.fake_node import DAY_MS, START_MS, FakeNode, signer

LOAN = "acme-1"


class Book:
    """A fake node and what was done to it."""

    def __init__(self) -> None:
        self.node = FakeNode()
        self.sent: list[bytes] = []

    def transaction(self, sender: str, command: Command, *cosigners: str) -> bytes:
        """A signed transaction; the salt counts up, so that every run gives the same bytes."""
        salt = len(self.sent).to_bytes(4, "big")
        signers = [signer(name) for name in (sender, *cosigners)]
        chain_id = self.node.chain.chain_id
        signed = build(chain_id, sender, command, signers, expires_at=1_000, salt=salt)
        self.sent.append(signed.raw)
        return signed.raw

    def begin(self) -> None:
        """Issue cash, agree on a loan and draw it: heights 1 to 3."""
        issue = IssueCash("alpha", "USD", 20_000_00, "wire 1")
        self.node.commit(self.transaction("mint", issue))
        terms = TermSheet(
            "personal", 1, "alpha", "acme", "USD", 12_000_00, 122_900_000, 12, "",
            START_MS + 30 * DAY_MS, (), 0,
        )  # fmt: skip
        self.node.commit(self.transaction("alpha", ProposeAgreement(LOAN, terms), "acme"))
        asked = OpenApplication(
            "vans", "personal", 1, "USD", 5_000_00, 24, "VEHICLES", "", 0, (),
            START_MS + 90 * DAY_MS,
        )  # fmt: skip
        offered = TermSheet(
            "personal", 1, "alpha", "acme", "USD", 4_000_00, 90_000_000, 24, "",
            START_MS + 95 * DAY_MS, (), 0,
        )  # fmt: skip
        self.node.commit(
            self.transaction("acme", DrawDown(LOAN)),
            self.transaction("acme", asked),
            self.transaction("alpha", OfferOnApplication("vans", offered, START_MS + 80 * DAY_MS)),
            self.transaction("acme", FormGroup("mills", ("acme", "beta")), "beta"),
        )

    def serve(self) -> None:
        """Two installments fall due, the first is paid, one payment is refused: heights 4 to 6."""
        self.node.commit(step_ms=32 * DAY_MS)
        pay, too_much = Repay(LOAN, 1_067_91), Repay("acme-2", 1)
        self.node.commit(self.transaction("acme", pay), self.transaction("acme", too_much))
        self.node.commit(step_ms=30 * DAY_MS)
        record = ("alpha", b"one", bytes(64), b"another", bytes(64))
        self.node.records.append(codec.encode_array(record))


def served_book() -> Book:
    """The whole scenario."""
    book = Book()
    book.begin()
    book.serve()
    return book
