"""Everything a party can ask for: one frozen dataclass per command, and the strict reader of all.

On the wire a command is `[name, {field: value}]` inside a transaction. The reader accepts exactly
the fields below with exactly their types; whether the machine then says yes is decided elsewhere.
Amounts are integers in the minor unit of an asset. docs/lend/commands.md has examples.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, TypeVar

from ledger import codec
from ledger.receipt import Rejected
from lending.commands.batches import BATCH_COMMANDS, BatchCommand
from lending.commands.bridge import BRIDGE_COMMANDS, BridgeCommand
from lending.commands.changes import CHANGE_COMMANDS, ChangeCommand
from lending.commands.collateral import COLLATERAL_COMMANDS, CollateralCommand
from lending.commands.compliance import COMPLIANCE_COMMANDS, ComplianceCommand
from lending.commands.corrections import CORRECTION_COMMANDS, CorrectionCommand
from lending.commands.covenants import COVENANT_COMMANDS, CovenantCommand
from lending.commands.credit import CREDIT_COMMANDS, CreditCommand
from lending.commands.deposit_cover import DEPOSIT_COVER_COMMANDS, DepositCoverCommand
from lending.commands.exchange import EXCHANGE_COMMANDS, ExchangeCommand
from lending.commands.facilities import FACILITY_COMMANDS, FacilityCommand
from lending.commands.fees import FEE_COMMANDS, FeeCommand
from lending.commands.impairment import IMPAIRMENT_COMMANDS, ImpairmentCommand
from lending.commands.monitoring import MONITORING_COMMANDS, MonitoringCommand
from lending.commands.origination import ORIGINATION_COMMANDS, OriginationCommand
from lending.commands.pools import POOL_COMMANDS, PoolCommand
from lending.commands.services import SERVICE_COMMANDS, ServiceCommand
from lending.fields import (
    Amount,
    AmountOrZero,
    AssetCode,
    Choice,
    Decimals,
    Malformed,
    Nested,
    OptionalPartyId,
    PartyId,
    PartyIds,
    PublicKeys,
    Reference,
    Several,
    Shape,
    Slug,
    TermsDigest,
    Threshold,
    Version,
)
from lending.rejections import Rejection, reject
from lending.terms import TEMPLATE_SHAPE, TERM_SHEET_SHAPE, Template, TermSheet

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RegisterParty:
    """A member institution brings in a borrower, a desk of its own, or a custodian."""

    party: PartyId
    """The new party's name; it is never reused."""
    kind: Annotated[str, Choice(("borrower", "desk", "custodian"))]
    """What it may do: borrow, lend for its sponsor, or hold assets and issue claims on them."""
    keys: PublicKeys
    """The keys that sign for it."""
    threshold: Threshold
    """How many of the keys must sign each of its transactions (four eyes: 2)."""


@dataclass(frozen=True, slots=True)
class ReplaceKeys:
    """The sender exchanges all its keys, signed by its present ones."""

    keys: PublicKeys
    """The keys that sign from now on."""
    threshold: Threshold
    """How many of them must sign."""


@dataclass(frozen=True, slots=True)
class RegisterAsset:
    """A custodian makes a currency or a collateral asset known that it holds for others."""

    asset: AssetCode
    """The code, such as USD."""
    kind: Annotated[str, Choice(("currency", "collateral"))]
    """Whether it is lent, or pledged."""
    decimals: Decimals
    """Minor units of one whole unit, as a power of ten: 2 for cents."""
    price_sources: PartyIds
    """Who may report its price; none for a currency."""


@dataclass(frozen=True, slots=True)
class IssueCash:
    """A custodian confirms that it received an asset for somebody, who now holds it here."""

    holder: PartyId
    """Who holds it."""
    asset: AssetCode
    """What was received."""
    amount: Amount
    """How much."""
    reference: Reference
    """What the outside world calls the payment; each is used once."""


@dataclass(frozen=True, slots=True)
class RedeemCash:
    """Holder and custodian confirm, both signing, that an asset was paid out to the holder."""

    holder: PartyId
    """Who held it."""
    asset: AssetCode
    """What was paid out."""
    amount: Amount
    """How much."""
    reference: Reference
    """What the outside world calls the payment; each is used once."""


@dataclass(frozen=True, slots=True)
class TransferCash:
    """The sender gives an asset to somebody else."""

    to: PartyId
    """Who gets it."""
    asset: AssetCode
    """What."""
    amount: Amount
    """How much."""
    reference: Reference
    """What the payer calls the payment."""


@dataclass(frozen=True, slots=True)
class ProposeProduct:
    """A member proposes a version of a product; signatures of other members approve it at once."""

    product: Slug
    """The product's name."""
    version: Version
    """1 for a new product, else one more than the newest."""
    template: Annotated[Template, Nested(TEMPLATE_SHAPE)]
    """The policy of all its loans."""


@dataclass(frozen=True, slots=True)
class ApproveProduct:
    """Every member that signed approves; at a quorum of members the version becomes active."""

    product: Slug
    """The product's name."""
    version: Version
    """The version."""


@dataclass(frozen=True, slots=True)
class ProposeAgreement:
    """Lender or borrower proposes a term sheet; signed by all its parties it is concluded at once."""

    agreement: Slug
    """The name of the agreement, and of its loan."""
    terms: Annotated[TermSheet, Nested(TERM_SHEET_SHAPE)]
    """What is agreed."""


@dataclass(frozen=True, slots=True)
class SignAgreement:
    """Parties that have yet to sign agree."""

    agreement: Slug
    """The agreement."""
    terms_digest: TermsDigest
    """The digest of the term sheet and the product's template."""


@dataclass(frozen=True, slots=True)
class WithdrawAgreement:
    """The proposer takes its offer back, or another party declines it."""

    agreement: Slug
    """The agreement."""


@dataclass(frozen=True, slots=True)
class PledgeCollateral:
    """The borrower locks some of its holding for the lender."""

    agreement: Slug
    """The agreement that is secured."""
    amount: Amount
    """How much of the agreed collateral asset."""


@dataclass(frozen=True, slots=True)
class ReleaseCollateral:
    """Collateral goes back: asked by the borrower within the limit, or given by the lender."""

    agreement: Slug
    """The agreement that was secured."""
    amount: Amount
    """How much."""


@dataclass(frozen=True, slots=True)
class ReportPrice:
    """A price source says what a collateral asset is worth."""

    asset: AssetCode
    """What is priced."""
    currency: AssetCode
    """In what."""
    price: Amount
    """Minor units of the currency for one whole unit of the asset."""


@dataclass(frozen=True, slots=True)
class DrawDown:
    """The borrower takes the money: the loan begins, in full, on this day."""

    agreement: Slug
    """A concluded agreement."""


@dataclass(frozen=True, slots=True)
class Repay:
    """The borrower pays; what is not owed stays with it."""

    loan: Slug
    """The loan."""
    amount: Amount
    """The most that is to be taken."""


@dataclass(frozen=True, slots=True)
class WriteOff:
    """The lender takes a defaulted loan off its books; the borrower owes it all the same."""

    loan: Slug
    """The loan."""


@dataclass(frozen=True, slots=True)
class RecordRecovery:
    """The sender, borrower or collector, pays something on a loan that was written off."""

    loan: Slug
    """The loan."""
    amount: Amount
    """The most that is to be taken."""
    collector: OptionalPartyId
    """Who collected it, or nobody."""
    collection_fee: AmountOrZero
    """What the lender gives the collector out of it; above zero the lender must sign."""


Command = (
    RegisterParty
    | ReplaceKeys
    | RegisterAsset
    | IssueCash
    | RedeemCash
    | TransferCash
    | ProposeProduct
    | ApproveProduct
    | ProposeAgreement
    | SignAgreement
    | WithdrawAgreement
    | PledgeCollateral
    | ReleaseCollateral
    | ReportPrice
    | DrawDown
    | Repay
    | WriteOff
    | RecordRecovery
    | CollateralCommand
    | PoolCommand
    | FacilityCommand
    | FeeCommand
    | CovenantCommand
    | ServiceCommand
    | BatchCommand
    | CreditCommand
    | BridgeCommand
    | MonitoringCommand
    | ImpairmentCommand
    | CorrectionCommand
    | ExchangeCommand
    | DepositCoverCommand
    | ChangeCommand
    | OriginationCommand
    | ComplianceCommand
)

_CLASSES: tuple[type[Command], ...] = (
    RegisterParty, ReplaceKeys, RegisterAsset, IssueCash, RedeemCash, TransferCash,
    ProposeProduct, ApproveProduct, ProposeAgreement, SignAgreement, WithdrawAgreement,
    PledgeCollateral, ReleaseCollateral, ReportPrice, DrawDown, Repay, WriteOff, RecordRecovery,
    *COLLATERAL_COMMANDS,
    *POOL_COMMANDS,
    *FACILITY_COMMANDS,
    *FEE_COMMANDS,
    *COVENANT_COMMANDS,
    *SERVICE_COMMANDS,
    *BATCH_COMMANDS,
    *CREDIT_COMMANDS,
    *BRIDGE_COMMANDS,
    *MONITORING_COMMANDS,
    *IMPAIRMENT_COMMANDS,
    *CORRECTION_COMMANDS,
    *EXCHANGE_COMMANDS,
    *DEPOSIT_COVER_COMMANDS,
    *CHANGE_COMMANDS,
    *ORIGINATION_COMMANDS,
    *COMPLIANCE_COMMANDS,
)  # fmt: skip


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


COMMANDS: dict[str, Shape[Command]] = {_snake(cls.__name__): Shape(cls) for cls in _CLASSES}
"""The name of every command on the wire and its fields, in the order of the documentation."""


def parse_command(name: str, arguments: object) -> Command | Rejected:
    """The command of a transaction, or the refusal of a name or fields that there are not."""
    shape = COMMANDS.get(name)
    if shape is None:
        return reject(Rejection.UNKNOWN_COMMAND, command=name[:64])
    try:
        return shape.read(arguments)
    except Malformed as problem:
        return reject(Rejection.MALFORMED_COMMAND, field=problem.field, expected=problem.expected)


def command_value(command: Command) -> tuple[str, dict[str, codec.Value]]:
    """A command as it stands in a transaction: what clients sign."""
    name = _snake(type(command).__name__)
    return name, _map(COMMANDS[name], command)


def _map(shape: Shape[T], value: object) -> dict[str, codec.Value]:
    result: dict[str, codec.Value] = {}
    for field, kind in shape.types.items():
        item = getattr(value, field)
        if isinstance(kind, Nested):
            item = _map(kind.shape, item)
        elif isinstance(kind, Several):
            item = tuple(_map(kind.shape, each) for each in item)
        result[field] = item
    return result
