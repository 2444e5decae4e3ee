"""A synthetic book of loans on a one-member chain, as large as asked: what benchmarks run against.

Everything goes through the production code path of a node (build, append, one synced batch per
block); only the signatures of the loading transactions are left out, because they cost a hundred
times what is measured here and are measured apart.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

from ledger import codec
from ledger.certificate import Ballot, CertifiedBlock, Phase, QuorumCertificate, Vote
from ledger.chain import Chain
from ledger.crypto import PublicKey, Signature, Signer
from ledger.execution import Executed
from ledger.genesis import Genesis, member_document
from ledger.identity import issue_certificate
from ledger.membership import Height, Member, MemberId, View
from ledger.transaction import (
    Transaction,
    build_payload,
    parse_transaction,
    sign_payload,
    transaction_id,
)
from lending.commands import (
    Command,
    DrawDown,
    IssueCash,
    ProposeAgreement,
    RegisterParty,
    Repay,
    ReportPrice,
    command_value,
)
from lending.commands.collateral import (
    OpenCollateralAccount,
    RegisterPriceFeed,
    SecureLoan,
    SetCollateralPolicy,
    TopUpCollateral,
)
from lending.fields import RATE_UNIT
from lending.machine import LendingMachine
from lending.terms import TermSheet
from runtime.stores import create_store

START_MS: Final = 1_577_836_800_000
DAY_MS: Final = 86_400_000
LOANS_PER_BORROWER: Final = 10
PRINCIPAL: Final = 1_000_000
RATE: Final = 120_000_000
INSTALLMENTS: Final = 36
LOAD_BLOCK: Final = 2_000
ENOUGH: Final = 2**50
ACCOUNT_EVERY: Final = 10
"""Each so many loans one is secured by a collateral account of its own."""
PRICE: Final = 1_000_000
PLEDGED_LEAST: Final = 1_450_000
PLEDGED_STEP: Final = 10
"""Every further account holds so much more, so that no two have the same trigger price."""
LIMITS: Final = (700_000_000, 800_000_000, 900_000_000)
"""Borrow, margin and liquidation limit of the accounts."""

TEMPLATE: Final[dict[str, codec.Value]] = {
    "contract_type": "ANN",
    "day_count_convention": "30E360",
    "cycle": "P1ML1",
    "end_of_month_convention": "SD",
    "business_day_convention": "NOS",
    "calendar": "NC",
    "principal_min": 100,
    "principal_max": 10**12,
    "rate_min": 0,
    "rate_max": 10**9,
    "installments_max": 600,
    "grace_days": 15,
    "late_fee": 1_500,
    "late_fee_rate": 50_000_000,
    "default_after_days": 120,
    "waterfall": ["FEES", "INTEREST", "PRINCIPAL"],
    "allocation": "BY_INSTALLMENT",
    "prepayment": "WAIVED",
    "loan_to_value_limit": 0,
    "collection_fee_limit": 300_000_000,
    "signatories": (),
    "default_rate": 0,
    "prepayment_fee": (),
    "capitalised_max": 0,
    "notice_days": 0,
}


def application(
    lender: Signer, custodian: Signer, borrowers: Iterable[codec.Value] = ()
) -> codec.Value:
    """The lending part of a benchmark's genesis: one lender, one custodian, dollars, one product."""
    return {
        "parties": [
            _party("lender", "member", lender),
            _party("custodian", "custodian", custodian),
            *borrowers,
        ],
        "assets": [
            {
                "asset": "USD",
                "kind": "currency",
                "decimals": 2,
                "custodian": "custodian",
                "price_sources": [],
            },
            {
                "asset": "BOND",
                "kind": "collateral",
                "decimals": 6,
                "custodian": "custodian",
                "price_sources": [],
            },
        ],
        "products": [{"product": "term", "template": TEMPLATE}],
        "parameters": {"approval_quorum": 0, "work_per_block": 2_000, "price_age_max_ms": DAY_MS},
    }


def _party(name: str, kind: str, signer: Signer) -> dict[str, codec.Value]:
    return {
        "party": name,
        "kind": kind,
        "sponsor": "",
        "keys": [signer.public_key.hex()],
        "threshold": 1,
    }


class Book:
    """A one-member chain with a number of running loans in its state."""

    def __init__(
        self, folder: Path, *, is_signed: bool = False, has_collateral: bool = False
    ) -> None:
        self.is_signed = is_signed
        self.has_collateral = has_collateral
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.signer = Signer.from_seed(bytes(32))
        self.custodian = Signer.from_seed(bytes([1]) * 32)
        member = Member(
            MemberId("solo"),
            self.signer.public_key,
            issue_certificate(self.signer, "solo"),
            "localhost:1",
            "",
        )
        self.genesis = Genesis.from_document(
            {
                "format": "hansa-genesis/1",
                "name": "bench",
                "timestamp_ms": START_MS,
                "rules": 1,
                "members": [member_document(member)],
                "parameters": {},
                "application": application(self.signer, self.custodian),
            }
        )
        self.store = create_store(folder, "auto")
        machine = LendingMachine()
        Chain.create(self.store, self.genesis, machine)
        self.chain = Chain(self.store, self.genesis, machine)
        self.time_ms = START_MS
        self.loans = 0

    def load(self, loans: int, told: Callable[[int], None]) -> None:
        """Bring the book to this many loans, drawn on days spread over a month."""
        if self.has_collateral and not self.loans:
            self.run([self.transaction("lender", each, self.signer) for each in _market()])
            self.report(PRICE)
        while self.loans < loans:
            count = min(LOAD_BLOCK // 2, loans - self.loans)
            first = self.loans
            self.time_ms = START_MS + (first % 28_000) // 1_000 * DAY_MS + first
            self.run([self.transaction(*item) for item in self._parties(first, count)])
            self.run([self.transaction(*item) for item in self._openings(first, count)])
            self.loans += count
            told(self.loans)

    def _parties(self, first: int, count: int) -> Iterator[tuple[str, Command, Signer]]:
        yield (
            "custodian",
            IssueCash("lender", "USD", PRINCIPAL * count, f"l{first}"),
            self.custodian,
        )
        for number in range(first, first + count, LOANS_PER_BORROWER):
            name = borrower(number)
            if number % LOANS_PER_BORROWER == 0:
                key = borrower_signer(number).public_key
                yield "lender", RegisterParty(name, "borrower", (key,), 1), self.signer
            if self.has_collateral and number % ACCOUNT_EVERY == 0:
                issued = IssueCash(name, "BOND", pledged(number), f"c{number}")
                yield "custodian", issued, self.custodian

    def _openings(self, first: int, count: int) -> Iterator[tuple[str, Command, Signer]]:
        for number in range(first, first + count):
            sheet = TermSheet(
                "term", 1, "lender", borrower(number), "USD", PRINCIPAL, RATE, INSTALLMENTS, "",
                START_MS + 1_000 * DAY_MS, (), 0,
            )  # fmt: skip
            yield borrower(number), ProposeAgreement(loan(number), sheet), self.signer
            if self.has_collateral and number % ACCOUNT_EVERY == 0:
                for command in _account(number):
                    yield borrower(number), command, self.signer
            yield borrower(number), DrawDown(loan(number)), self.signer

    def report(self, price: int) -> None:
        """A block in which the price of the collateral is reported; the next one strikes it."""
        command = ReportPrice("BOND", "USD", price)
        self.run([self.transaction("lender", command, self.signer)])

    def repayments(self, numbers: Iterable[int], amount: int) -> list[Transaction]:
        """One repayment on each of these loans."""
        return [
            self.transaction(borrower(number), Repay(loan(number), amount), self.signer)
            for number in numbers
        ]

    def transaction(self, sender: str, command: Command, signer: Signer) -> Transaction:
        """A transaction of the sender and of `signer`; its signatures are true if the book's are."""
        height = self.chain.head.height
        salt, expires_at = height.to_bytes(8, "big"), height + 100
        value = command_value(command)
        payload = build_payload(self.genesis.chain_id, sender, value, salt, expires_at)
        signers = {bytes(one.public_key): one for one in (signer, self._sender(sender))}
        if self.is_signed:
            return parse_transaction(sign_payload(payload, signers.values()))
        signatures = tuple((PublicKey(key), Signature(bytes(64))) for key in sorted(signers))
        raw = codec.encode_array((payload, signatures))
        identifier = transaction_id(payload, signers)
        return Transaction(
            self.genesis.chain_id,
            sender,
            value,
            salt,
            Height(expires_at),
            signatures,
            identifier,
            raw,
        )

    def _sender(self, sender: str) -> Signer:
        if sender == "lender":
            return self.signer
        if sender == "custodian":
            return self.custodian
        return borrower_signer(int(sender.removeprefix("b-")) * LOANS_PER_BORROWER)

    def build(self, transactions: list[Transaction]) -> CertifiedBlock:
        """Execute transactions into a block and certify it."""
        self.time_ms = max(self.time_ms, self.chain.head.timestamp_ms + 1)
        parent = self.chain.head.certificate
        block = self.chain.build(MemberId("solo"), self.time_ms, transactions)
        ballot = Ballot(self.genesis.chain_id, Phase.COMMIT, block.height, View(0), block.id)
        vote = Vote.cast(ballot, MemberId("solo"), self.signer)
        return CertifiedBlock(block, parent, QuorumCertificate.of({vote.voter: vote}))

    def append(self, certified: CertifiedBlock) -> Executed:
        """Store a certified block."""
        executed = self.chain.append(certified)
        assert executed is not None, "a new block"
        return executed

    def run(self, transactions: list[Transaction]) -> None:
        """Build and append; every transaction must be applied."""
        pending = iter(transactions)
        while chunk := list(islice(pending, LOAD_BLOCK)):
            executed = self.append(self.build(chunk))
            for receipt in executed.receipts:
                assert receipt.events or receipt.is_clock, receipt.outcome


def _market() -> tuple[Command, ...]:
    """How the price of the collateral is agreed and how it counts."""
    years = 366 * DAY_MS
    return (
        RegisterPriceFeed("BOND", "USD", ("lender",), 1, years, RATE_UNIT, years),
        SetCollateralPolicy("BOND", "USD", 0, RATE_UNIT, ENOUGH),
    )


def _account(number: int) -> tuple[Command, ...]:
    """An account for one loan, filled."""
    name = f"c-{number}"
    opened = OpenCollateralAccount(
        name, "lender", "USD", *LIMITS, cure_ms=366 * DAY_MS, close_factor=RATE_UNIT,
        least_debt=0, cost_rate=0, start_premium=0, step_ms=DAY_MS, step_rate=RATE_UNIT // 100,
        floor_rate=RATE_UNIT // 2,
    )  # fmt: skip
    return opened, SecureLoan(name, loan(number)), TopUpCollateral(name, "BOND", pledged(number))


def pledged(number: int) -> int:
    """What the account of a loan holds: ever more, so that its trigger price is ever lower."""
    return PLEDGED_LEAST + number // ACCOUNT_EVERY * PLEDGED_STEP


def price_below(account: int) -> int:
    """A price that calls the first `account` accounts and no other, before anything is billed."""
    debt_limit = PRINCIPAL * RATE_UNIT * 10**6 // LIMITS[1]
    return debt_limit // (PLEDGED_LEAST + (account - 1) * PLEDGED_STEP)


def borrower(number: int) -> str:
    """The borrower of a loan."""
    return f"b-{number // LOANS_PER_BORROWER}"


@cache
def borrower_signer(number: int) -> Signer:
    """The key of the borrower of a loan."""
    first = number // LOANS_PER_BORROWER * LOANS_PER_BORROWER
    return Signer.from_seed((first + 2**64).to_bytes(32, "big"))


def loan(number: int) -> str:
    """The name of a loan."""
    return f"l-{number}"
