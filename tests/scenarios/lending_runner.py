"""Runs lending scenarios: text that a loan officer can read, and what the machine says to it.

A scenario file is a list of blocks: some lines of input, `----`, the output. Lines of input:

    on 2015-09-01              begin the next block at that day (or `2015-09-01 12:00`)
    advance 30d                begin the next block so much later
    template NAME like BASE field=value ...     name a product template for later use
    mint: issue_cash holder=alpha asset=USD amount=100.00 reference=wire-1
    acme+alpha: propose_agreement agreement=l1 product=personal ...     signed by both
    show loan l1 | show balances acme | show trial | show schedule l1 | show payoff l1
    step NAME SENDER: COMMAND  name a command for a batch
    alpha+acme: batch commands=NAME,NAME        carry the named commands out, all or none
    chain harbor               there is a second chain, harbor; this one is called home
    at harbor LINE             run a line on it; its output begins with its name
    keep NAME CHAIN            keep the proof of the last transaction on a chain, for proof=NAME
    simulate until=30d NAME    say what would happen, and change nothing (see simulate_lines)
    monthly 12 LINE            run a line in each of the next months, and show the last outcome
    fewer gamma 1 | all gamma  have a party sign with fewer of its keys, and with all again
    postings on                print every journal entry from here on

Amounts are written with their two decimals, rates in percent, times as days. After every line the
invariants are checked; every file is run twice and must give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledger import codec
from ledger.receipt import Event, Outcome, Rejected
from ledger.store import INDEX
from lending import keys, queries
from lending.arithmetic.dates import add_months, from_epoch_ms, to_epoch_ms
from lending.commands import COMMANDS
from lending.events import EVENTS
from lending.fields import Nested
from lending.products.names import agreement_of
from lending.queries import collateral as collateral_queries
from lending.records import AGREEMENT, PARTY
from lending.records.origination import OFFER
from lending.scope import Scope
from lending.terms import TERM_SHEET_SHAPE
from tests.scenarios import (
    book_lines,
    bridge_lines,
    change_lines,
    collateral_lines,
    credit_lines,
    facility_lines,
    fee_lines,
    lending_invariants,
    origination_lines,
    pool_invariants,
    risk_invariants,
    risk_lines,
    simulate_lines,
)
from tests.scenarios.lending_world import DAY_MS, PERSONAL, World, keys_of, time_ms
from tests.scenarios.pool_lines import POOL, pool_lines

SEPARATOR = "----"
FACTS_SHOWN_AS_AMOUNTS = {
    "accelerated", "amount", "available", "balance", "balance_after", "billed", "collection_fee",
    "debt", "due", "fees", "held", "interest", "interest_of_period", "issued", "late_fee", "level",
    "limit", "needed", "offered", "owed", "paid_fees", "paid_interest", "paid_principal", "payment",
    "prepaid_interest", "prepaid_principal", "price", "principal", "principal_max", "principal_min",
    "principal_not_due", "recovered", "requested", "taken", "total", "value", "written_off",
    "anchor", "capital", "cost", "covered", "freed", "lender_loss", "loss", "paid", "premium",
    "claim", "junior", "left", "give_amount", "get_amount", "lost", "reserve", "senior", "spread",
    "carried", "capitalised", "payoff", "charged_on", "fee", "servicing", "equity_cure",
} | {"prepayment_fee"} | collateral_lines.AMOUNTS | risk_lines.AMOUNTS  # fmt: skip
FACTS_SHOWN_AS_RATES = {
    "rate", "rate_floor", "rate_cap", "fallback_rate", "margin", "rate_min", "rate_max", "late_fee_rate", "loan_to_value_limit", "collection_fee_limit",
    "loan_to_value", "borrow_limit", "margin_limit", "liquidation_limit", "band", "haircut", "share_max",
    "exposure_limit", "cover_limit", "subject_limit", "loss_rate", "premium_rate", "premium_rate_secured", "yearly_spread",
} | risk_lines.RATES  # fmt: skip
UNSHOWN = {"start_ms", "first_due_ms", "terms", "terms_digest", "keys", "product", "version",
           "borrower", "lender", "asset", "installments", "number", "bills"} | risk_lines.UNSHOWN  # fmt: skip

SHOWN = {
    **fee_lines.SHOWN,
    **dict.fromkeys(credit_lines.SHOWN, credit_lines.lines),
    **dict.fromkeys(("pool", "position", "queue", "line"), pool_lines),
    **dict.fromkeys(origination_lines.SHOWN, origination_lines.lines),
    **dict.fromkeys(("risk", "figures", "largest", "alerts", "provision"), risk_lines.risk_lines),
    **dict.fromkeys(bridge_lines.SHOWN, bridge_lines.lines),
}
"""Who shows what the runner itself does not."""


@dataclass
class Block:
    """Some lines of input and what is expected of them."""

    lines: list[str]
    """The input, comments included."""
    output: list[str]
    """What the file says comes of it."""


def read_blocks(text: str) -> Iterator[Block]:
    """Give the blocks of a scenario file."""
    for part in re.split(r"\n{2,}", text.strip("\n")):
        lines = part.split("\n")
        if SEPARATOR in lines:
            middle = lines.index(SEPARATOR)
            yield Block(lines[:middle], lines[middle + 1 :])
        else:
            yield Block(lines, [])


def run_file(path: Path) -> tuple[str, Runner]:
    """Run a scenario; returns the file as it would be with the actual output."""
    runner = Runner()
    parts = []
    for block in read_blocks(path.read_text()):
        output: list[str] = []
        for line in block.lines:
            if line.strip() and not line.startswith("#"):
                output += runner.run(line)
        parts.append("\n".join([*block.lines, SEPARATOR, *output] if output else block.lines))
    runner.world.end()
    return "\n\n".join(parts) + "\n", runner


class Runner:
    """One world and the lines that were run in it."""

    def __init__(
        self, chains: bridge_lines.Chains[Runner] | None = None, name: str = "home"
    ) -> None:
        self.chains = bridge_lines.Chains[Runner]() if chains is None else chains
        self.chains.runners[name] = self
        self.world = World(chain_id=bridge_lines.chain_id(name))
        self.templates = {"personal": PERSONAL, "pool": POOL}
        self.lives = lending_invariants.Lives()
        self.pool_lives = pool_invariants.PoolLives()
        self.rejections: set[str] = set()
        self.applied: set[str] = set()
        self.events: set[str] = set()
        self.shows_postings = False
        self.named = fee_lines.Named()
        self.steps: dict[str, dict[str, codec.Value]] = {}

    def run(self, line: str) -> list[str]:
        """The output of one line; afterwards every invariant holds."""
        words = line.split()
        match words[0]:
            case "on":
                moment = words[1] if len(words) == 2 else f"{words[1]}T{words[2]}"
                output = self._begin(time_ms(moment))
            case "advance":
                output = self._begin(self.world.now_ms + _duration_ms(words[1]))
            case "at":
                output = self._elsewhere(words[1], line.split(maxsplit=2)[2])
            case "simulate":
                output = self._simulate(words[1:])
            case "monthly":
                output = self._monthly(int(words[1]), line.split(maxsplit=2)[2])
            case "show":
                output = self._show(words[1], words[2:])
            case _:
                output = [] if self._prepare(words, line) else self._send(line)
        lending_invariants.check(self.world.state)
        self.lives.check(self.world.state)
        pool_invariants.check(self.world.state)
        risk_invariants.check(self.world.state)
        self.pool_lives.check(self.world.state)
        return output

    def _prepare(self, words: list[str], line: str) -> bool:
        """Carry out a line that only prepares others; whether it is one."""
        match words[0]:
            case "world":
                self.world = World(parameters={k: int(v) for k, v in _pairs(words[1:])})
            case "template":
                changes = {name: _value(name, text) for name, text in _pairs(words[4:])}
                self.templates[words[1]] = {**self.templates[words[3]], **changes}
            case kind if kind in fee_lines.KINDS:
                self.named.define(kind, words[1], words[3], self._fields("", words[4:]))
            case "chain":
                self._add_chain(words[1])
            case "keep":
                self.chains.keep(words[1], words[2])
            case "step":
                self._name_step(words[1], line.split(maxsplit=2)[2])
            case "fewer":
                self.world.signatures[words[1]] = keys_of(words[1], int(words[2]))
            case "all":
                self.world.signatures[words[1]] = self._registered_keys(words[1])
            case "postings":
                self.shows_postings = words[1] == "on"
            case _:
                return False
        return True

    def _monthly(self, times: int, line: str) -> list[str]:
        output: list[str] = []
        for _ in range(times):
            moment = add_months(from_epoch_ms(self.world.now_ms), 1)
            output = [*self._begin(to_epoch_ms(moment)), *self.run(line)]
        return output

    def _begin(self, now_ms: int) -> list[str]:
        events = self.world.begin(now_ms)
        output = [line for event in events for line in self._event(event)]
        for name, runner in self.chains.runners.items():
            if runner is not self and runner.world.now_ms < now_ms:
                output += [f"{name} {line}" for line in runner._begin(now_ms)]
        return output

    def _add_chain(self, name: str) -> None:
        runner = Runner(self.chains, name)
        runner.world.begin(max(self.world.now_ms, runner.world.now_ms + 1))
        runner.rejections, runner.applied, runner.events = (
            self.rejections, self.applied, self.events,
        )  # fmt: skip

    def _elsewhere(self, name: str, line: str) -> list[str]:
        return [f"{name} {each}" for each in self.chains.runners[name].run(line)]

    def _send(self, line: str) -> list[str]:
        signers, _, rest = line.partition(": ")
        sender, *cosigners = signers.split("+")
        name, *words = rest.split()
        fields = self._fields(name, words)
        outcome = self.world.send(sender, name, *cosigners, **fields)
        self.chains.note(self, sender, name, fields, outcome)
        if name == "replace_keys" and not isinstance(outcome, Rejected):
            self.world.signatures[sender] = fields["keys"]
        return self._outcome(name, outcome)

    def _simulate(self, words: list[str]) -> list[str]:
        seen = set(self.events), set(self.applied), set(self.rejections)
        found = simulate_lines.ask(self.world, words, self.steps)
        output: list[str] = []
        for each in simulate_lines.happened(found):
            lines = self._event(each) if isinstance(each, tuple) else self._outcome("", each)
            output += [line for line in lines if line not in output]
        # What would happen has not happened.
        self.events, self.applied, self.rejections = seen
        return [*output, *simulate_lines.health_lines(self.world, found)]

    def _name_step(self, name: str, line: str) -> None:
        sender, _, rest = line.partition(": ")
        command, *words = rest.split()
        fields = self._fields(command, words)
        self.steps[name] = {"sender": sender, "name": command, "fields": fields}

    def _fields(self, name: str, words: list[str]) -> dict[str, codec.Value]:
        fields: dict[str, codec.Value] = {}
        for field, text in _pairs(words):
            if field == "template":
                fields[field] = self.templates[text]
            elif (found := self.chains.value(field, text)) is not None:
                fields[field] = found
            elif field == "commands":
                fields[field] = tuple(self.steps[step] for step in text.split(",") if step)
            elif field == "terms":
                fields[field] = self.named.terms[text]
            elif (named := self.named.value(field, text)) is not None:
                fields[field] = named
            elif field == "terms_digest":
                fields[field] = self._digest(text)
            else:
                fields[field] = _value(field, text)
        shape = COMMANDS.get(name)
        if (
            shape is not None
            and isinstance(shape.types.get("terms"), Nested)
            and "terms" not in fields
        ):
            terms = {key: fields.pop(key) for key in TERM_SHEET_SHAPE.types if key in fields}
            day = datetime.fromtimestamp(self.world.now_ms // 1000, UTC) + timedelta(days=30)
            usual = {
                "version": 1, "asset": "USD", "collateral_asset": "",
                "available_until_ms": int(day.timestamp()) * 1000, "signatories": (),
                "capitalised": 0,
            }  # fmt: skip
            fields["terms"] = {**usual, **terms}
        return fields

    def _registered_keys(self, party: str) -> tuple[bytes, ...]:
        found = PARTY.read(self.world.state, keys.party(party))
        assert found is not None
        return found.keys

    def _digest(self, text: str) -> bytes:
        found = agreement_of(Scope(self.world.state, 0, 0), text)
        if found is not None:
            return found.terms_digest
        if change := change_lines.digest(self.world.state, text):
            return change
        if text.count("/") == 1:
            rival = AGREEMENT.read(self.world.state, keys.rival(*text.split("/")))
            return bytes(32) if rival is None else rival.terms_digest
        if text.count("/") == 2:
            offer = OFFER.read(self.world.state, keys.offer(*text.split("/")))
            return bytes(32) if offer is None else offer.terms_digest
        return facility_lines.digest(self.world.state, text) or bytes(32)

    def _outcome(self, name: str, outcome: Outcome) -> list[str]:
        if isinstance(outcome, Rejected):
            self.rejections.add(outcome.code)
            if outcome.code == "BATCH_REFUSED":
                where = {key: outcome.facts[key] for key in ("index", "command", "when")}
                inner = Rejected(outcome.facts["code"], outcome.facts["facts"])
                (reason,) = self._outcome(name, inner)
                return [f"{_sentence('rejected BATCH_REFUSED', where)}: {reason[9:]}"]
            if outcome.code == "BAD_TERMS":
                facts = " ".join(f"{fact}={value}" for fact, value in outcome.facts.items())
                return [f"rejected BAD_TERMS {facts}"]
            return [_sentence(f"rejected {outcome.code}", outcome.facts)]
        self.applied.add(name)
        self.applied.update(
            event["command"] for kind, event in outcome.events if kind == "batch_step"
        )
        shown = [line for event in outcome.events for line in self._event(event)]
        return shown or ["applied"]

    def _event(self, event: Event) -> Iterator[str]:
        name, fields = event
        assert fields.keys() == set(EVENTS[name].fields), event
        self.events.add(name)
        if name == "posting":
            if self.shows_postings:
                yield f"posting {fields['reason']} {fields['reference']}"
                for account, amount, balance in fields["entries"]:
                    yield f"    {account:32}{_money(amount):>14}{_money(balance):>16}"
        elif name != "trial_balance":
            number = f" {fields['number']}" if "number" in fields else ""
            shown = {key: value for key, value in fields.items() if key not in UNSHOWN}
            if "lender" in fields and ("facility" in fields or "application" in fields):
                shown["lender"] = fields["lender"]
            if name.startswith(("facility_", "amendment_", "fixing_", "index_")):
                shown = facility_lines.readable(name, shown)
            yield _sentence(f"{name}{number}", shown)

    def _show(self, what: str, names: list[str]) -> list[str]:
        if what in book_lines.SHOWN:
            self.world.begin(self.world.now_ms + 1)
            return book_lines.lines(self.world, what, names)
        state = self.world.state
        match what:
            case "loan":
                return _loan_lines(queries.loan(state, names[0]))
            case "payoff":
                return [_sentence("payoff", queries.payoff(state, names[0], self.world.now_ms))]
            case "balances":
                return [
                    f"{fact['account']:36}{_money(fact['balance']):>16}"
                    for fact in queries.balances(state, names[0])
                ]
            case "trial":
                sums = queries.totals(state, names[0] if names else "USD")
                lines = [f"{name:36}{_money(each):>16}" for name, each in sums.items() if each]
                return [*lines, f"{'sum':36}{_money(sum(sums.values())):>16}"]
            case "schedule":
                return [
                    change_lines.installment_line(each)
                    for each in queries.schedule(state, names[0]) or ()
                ]
            case "changes" | "floating":
                return change_lines.shown(state, what, names[0])
            case "agreement":
                found = queries.agreement(state, names[0]) or {}
                return [f"agreement {names[0]} {found['status']} pledged={found['pledged']}"]
            case "facility":
                return facility_lines.facility_lines(state, names[0], self.world.now_ms)
            case "participation":
                return facility_lines.position_lines(state, names[0], names[1], self.world.now_ms)
            case "vote":
                return [facility_lines.vote_line(state, names[0], names[1])]
            case "product":
                found = queries.product(state, names[0], int(names[1])) or {}
                return [
                    _sentence("product", {key: found[key] for key in ("is_active", "approvals")})
                ]
            case "account" | "protection" | "fund":
                return self._show_collateral(what, names[0])
            case _:
                return SHOWN[what](state, self.world.now_ms, what, names)

    def _show_collateral(self, what: str, name: str) -> list[str]:
        state = self.world.state
        if what == "account":
            account = collateral_queries.collateral_account(state, name, self.world.now_ms)
            return collateral_lines.account_lines(account or {})
        if what == "protection":
            protection = collateral_queries.protection(state, name) or {}
            return [_sentence("protection", collateral_lines.of_protection(protection))]
        fund = collateral_queries.cover_fund(state, name) or {}
        return [_sentence("fund", collateral_lines.of_fund(fund))]


def index_bytes(world: World) -> list[tuple[bytes, bytes]]:
    """All records for reading, for comparison."""
    return list(world.index.iterate(INDEX, INDEX + b"\xff"))


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    return [(name, text) for name, _, text in (word.partition("=") for word in words)]


def _value(name: str, text: str) -> codec.Value:
    """What a word of a scenario stands for, by its look."""
    if name == "keys":
        party, _, count = text.partition("*")
        return keys_of(party, int(count or 1))
    if (table := risk_lines.value(name, text)) is not None:
        return table
    if (special := credit_lines.value(name, text)) is not None:
        return special
    if name == "prepayment_fee":
        return change_lines.tiers(text)
    if name in {"waterfall", "assets", "price_sources", "sources", "lenders", "borrowers"}:
        return tuple(part for part in text.split(",") if part)
    if name == "signatories":
        parts = [part for part in text.split(",") if part]
        return tuple(tuple(part.split(":")) if ":" in part else part for part in parts)
    if re.fullmatch(r"-?[0-9][0-9_]*\.[0-9]{2}", text):
        return int(text.replace("_", "").replace(".", ""))
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?%", text):
        whole, _, part = text[:-1].partition(".")
        return int(whole + part.ljust(7, "0"))
    if re.fullmatch(r"[0-9]+[dhm]", text) and name.endswith("_ms"):
        return _duration_ms(text)
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return time_ms(text)
    if re.fullmatch(r"-?[0-9][0-9_]*", text) and name not in {"reference", "member"}:
        return int(text)
    return text


def _duration_ms(text: str) -> int:
    return int(text[:-1]) * {"d": DAY_MS, "h": DAY_MS // 24, "m": 60_000}[text[-1]]


def _money(value: object) -> str:
    assert type(value) is int
    whole, cents = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{whole:,}.{cents:02}"


def _day(value: object) -> str:
    assert type(value) is int
    return datetime.fromtimestamp(value // 1000, UTC).strftime("%Y-%m-%d")


def _shown(name: str, value: object) -> str:
    if name in {"age_ms", "age_max_ms", "interval_ms", "settle_ms", "waiting_ms"}:
        assert type(value) is int
        return f"{value // DAY_MS}d"
    if type(value) is int and name in FACTS_SHOWN_AS_AMOUNTS:
        return _money(value)
    if type(value) is int and name in FACTS_SHOWN_AS_RATES:
        return f"{value // 10**7}.{value % 10**7:07}".rstrip("0").rstrip(".") + "%"
    if type(value) is int and name.endswith("_ms") and value:
        return _day(value)
    if isinstance(value, bytes):
        return value.hex()[:8]
    if isinstance(value, (tuple, list)):
        return fee_lines.parts_line(value) if name == "parts" else ",".join(map(str, value))
    return str(value) if value != "" else "-"


def _sentence(head: str, facts: dict[str, codec.Value] | None) -> str:
    words = [f"{name}={_shown(name, value)}" for name, value in (facts or {}).items()]
    return " ".join([head, *words])


def _loan_lines(facts: dict[str, object] | None) -> list[str]:
    assert facts is not None
    figures = (
        "status",
        "balance",
        "billed",
        "owed",
        "paid_principal",
        "paid_interest",
        "paid_fees",
    )
    late = ("written_off", "recovered") if facts["written_off"] else ()
    lines = [_sentence("loan", {name: facts[name] for name in (*figures, *late)})]
    if facts["next_due_ms"]:
        lines.append(f"    next {facts['number']} due {_day(facts['next_due_ms'])}")
    bills = facts["bills"]
    assert isinstance(bills, list)
    for bill in bills:
        late_word = " late" if bill["is_late"] else ""
        parts = " ".join(
            f"{name}={_money(bill[name])}" for name in ("fees", "interest", "principal")
        )
        lines.append(f"    bill {bill['number']} of {_day(bill['due_ms'])} {parts}{late_word}")
    return lines
