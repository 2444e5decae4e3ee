"""The small loan book that campaigns put load on: its genesis, its opening, its repayments.

Every transaction is made of a number, so that a run can say again exactly what it said before.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from bench.book import application
from client.transactions import Signed, build
from ledger import codec
from ledger.crypto import Signer
from ledger.transaction import ChainId
from lending.commands import Command, DrawDown, IssueCash, ProposeAgreement, Repay, TransferCash
from lending.terms import TermSheet

BORROWERS: Final = 40
PRINCIPAL: Final = 1_000_000
RATE: Final = 120_000_000
INSTALLMENTS: Final = 36
OFFER_MS: Final = 10**10
CASH: Final = 10**12
LIFETIME_HEIGHTS: Final = 50_000

LENDER: Final = Signer.from_seed(b"L" * 32)
CUSTODIAN: Final = Signer.from_seed(b"C" * 32)


def borrower(number: int) -> str:
    """The name of a borrower."""
    return f"b-{number % BORROWERS}"


def key_of(number: int) -> Signer:
    """The key of a borrower: everybody may know it, for nothing here has value."""
    return Signer.from_seed(b"B" * 28 + (number % BORROWERS).to_bytes(4, "big"))


def genesis_application() -> codec.Value:
    """The lending part of the genesis."""
    parties: list[codec.Value] = [
        {
            "party": borrower(number), "kind": "borrower", "sponsor": "lender",
            "keys": [key_of(number).public_key.hex()], "threshold": 1,
        }
        for number in range(BORROWERS)
    ]  # fmt: skip
    return application(LENDER, CUSTODIAN, parties)


class Book:
    """Makes signed transactions for one chain."""

    def __init__(self, chain_id: ChainId, genesis_ms: int) -> None:
        self._chain_id = chain_id
        self._offer_until_ms = genesis_ms + OFFER_MS

    def opening(self) -> Iterator[list[Signed]]:
        """Cash, then agreements, then drawdowns: each list must be committed before the next."""
        cash = IssueCash("lender", "USD", CASH, "opening")
        yield [self._build("custodian", cash, [CUSTODIAN], "opening", 0)]
        yield [
            self._build(
                borrower(number), ProposeAgreement(f"l-{number}", self._terms(number)),
                [key_of(number), LENDER], "agreement", 0,
            )
            for number in range(BORROWERS)
        ]  # fmt: skip
        yield [
            self._build(borrower(number), DrawDown(f"l-{number}"), [key_of(number)], "drawdown", 0)
            for number in range(BORROWERS)
        ]

    def payment(self, number: int, height: int) -> Signed:
        """Payment `number` of the run: a cent repaid, or a cent given to another borrower.

        One in sixteen asks for more than there is, and is to be rejected.
        """
        rng = random.Random(number)
        payer, payee = rng.sample(range(BORROWERS), 2)
        amount = CASH if rng.random() < 1 / 16 else 1
        command: Command = TransferCash(borrower(payee), "USD", amount, f"p{number}")
        if amount == 1 and rng.random() < 0.5:
            command = Repay(f"l-{payer}", 1)
        return self._build(borrower(payer), command, [key_of(payer)], f"payment {number}", height)

    def _terms(self, number: int) -> TermSheet:
        return TermSheet(
            "term", 1, "lender", borrower(number), "USD", PRINCIPAL, RATE, INSTALLMENTS, "",
            self._offer_until_ms, (), 0,
        )  # fmt: skip

    def _build(
        self, sender: str, command: Command, signers: list[Signer], salt: str, height: int
    ) -> Signed:
        return build(
            self._chain_id, sender, command, signers, salt=salt.encode(),
            expires_at=height + LIFETIME_HEIGHTS,
        )  # fmt: skip
