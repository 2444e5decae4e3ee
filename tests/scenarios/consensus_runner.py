"""The language of the consensus scenarios: commands, each followed by `----` and what it printed.

A comment at the top of each file says what it shows. The commands move a `Stage`; a file ends with
`live`, so that every scenario shows that the members can go on after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from consensus.messages import Status
from ledger.membership import Height, MemberId, View
from tests.scenarios.consensus_stage import SETTINGS, Filter, Letter, Stage


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a scenario: its words and its options."""

    text: str
    words: tuple[str, ...]
    options: dict[str, str]

    @property
    def targets(self) -> list[str]:
        """Who is lied to."""
        return self.options["to"].split(",")


def parse_command(text: str) -> Command:
    """`name word ... key=value ...`."""
    parts = text.split()
    words = tuple(part for part in parts if "=" not in part)
    options = dict(part.split("=", 1) for part in parts if "=" in part)
    return Command(text, words, options)


def _matches(options: dict[str, str]) -> Filter:
    def wanted(letter: Letter) -> bool:
        given = {"kind": letter.kind, "from": str(letter.sender), "to": str(letter.to)}
        return all(
            value in options[key].split(",") for key, value in given.items() if key in options
        )

    return wanted


class Scenario:
    """Runs the commands of one file on one stage."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.was_live = False

    def run(self, command: Command) -> str:
        """Run a command; what it prints."""
        name, *words = command.words
        self.was_live = name == "live"
        self.stage.lines.clear()
        printed = COMMANDS[name](self, words, command)
        return _shown(self.stage.lines, command.options) if printed is None else printed

    # --- what happens ----------------------------------------------------------------------------

    def members(self, words: list[str], command: Command) -> str:
        """`members N [setting=value]`: a new stage."""
        given = {key: int(value) for key, value in command.options.items()}
        self.stage = Stage(int(words[0]), replace(SETTINGS, **given))
        return f"{words[0]} members, quorum {self.stage.membership.quorum}"

    def submit(self, words: list[str], command: Command) -> None:
        """`submit MEMBER NAME`: a client hands in a transaction."""
        self.stage.submit(words[0], words[1])

    def deliver(self, words: list[str], command: Command) -> None:
        """`deliver [kind=] [from=] [to=]`: what is on the wire, and what comes of it."""
        self.stage.deliver(_matches(command.options))

    def lose(self, words: list[str], command: Command) -> str:
        """`lose [kind=] [from=] [to=]`: what is on the wire."""
        return f"{self.stage.lose(_matches(command.options))} lost"

    def wait(self, words: list[str], command: Command) -> None:
        """`wait MS`: time passes, nothing arrives."""
        self.stage.wait(int(words[0]), deliver=False)

    def run_for(self, words: list[str], command: Command) -> None:
        """`run MS`: time passes, everything arrives at once."""
        self.stage.wait(int(words[0]), deliver=True)

    def crash(self, words: list[str], command: Command) -> None:
        """`crash MEMBER ...`: their disks stay."""
        for actor in words:
            self.stage.crash(actor)

    def restart(self, words: list[str], command: Command) -> None:
        """`restart MEMBER ...`: from their disks; then they connect."""
        for actor in words:
            self.stage.start(actor)
        for actor in words:
            self.stage.connect(actor)

    def cut(self, words: list[str], command: Command) -> None:
        """`cut MEMBER ...`: nothing reaches them or leaves them; `cut` alone ends it silently."""
        self.stage.cut = [MemberId(actor) for actor in words]
        self.stage.lose(lambda letter: letter.sender in words or letter.to in words)

    def join(self, words: list[str], command: Command) -> None:
        """`join`: those cut off are connected again."""
        actors, self.stage.cut = self.stage.cut, []
        for actor in actors:
            self.stage.connect(actor)

    def skew(self, words: list[str], command: Command) -> None:
        """`skew MEMBER MS`: its business clock goes wrong."""
        self.stage[words[0]].skew_ms = int(words[1])

    def show(self, words: list[str], command: Command) -> str:
        """`show`: where everybody stands."""
        return "\n".join(self.stage.show())

    def live(self, words: list[str], command: Command) -> str:
        """`live`: everybody that is up commits one more transaction."""
        return self.stage.live()

    # --- what only a byzantine or broken member does ---------------------------------------------

    def vote(self, words: list[str], command: Command) -> None:
        """`vote MEMBER PHASE HEIGHT/VIEW BLOCK to= [as=]`: well signed, for whatever one likes."""
        actor, phase, place, block = words
        height, view = map(int, place.split("/"))
        for target in command.targets:
            message = self.stage.forged_vote(actor, phase, height, view, block)
            self.stage.send(command.options.get("as", actor), target, message)

    def propose(self, words: list[str], command: Command) -> None:
        """`propose MEMBER VIEW to=`: an empty block, well signed."""
        message = self.stage.forged_proposal(words[0], int(words[1]))
        for target in command.targets:
            self.stage.send(words[0], target, message)

    def leave(self, words: list[str], command: Command) -> None:
        """`leave MEMBER HEIGHT/VIEW to= [prepared=VIEW]`: with a proof that nobody else signed."""
        height, view = map(int, words[1].split("/"))
        prepared = int(command.options["prepared"]) if "prepared" in command.options else None
        for target in command.targets:
            change = self.stage.forged_view_change(words[0], height, view, prepared)
            self.stage.send(words[0], target, change)

    def claim(self, words: list[str], command: Command) -> None:
        """`claim MEMBER HEIGHT to=`: a chain that it does not have."""
        status = Status(Height(int(words[1])), View(0), holds_proposal=True)
        for target in command.targets:
            self.stage.send(words[0], target, status)

    def poison(self, words: list[str], command: Command) -> None:
        """`poison MEMBER`: it executes to other roots from now on."""
        self.stage.poison(words[0])

    def forget(self, words: list[str], command: Command) -> None:
        """`forget MEMBER COUNT`: it crashes, and its chain loses its last blocks."""
        self.stage.crash(words[0])
        self.stage.forget_blocks(words[0], int(words[1]))


COMMANDS: dict[str, Callable[[Scenario, list[str], Command], str | None]] = {
    "members": Scenario.members,
    "submit": Scenario.submit,
    "deliver": Scenario.deliver,
    "lose": Scenario.lose,
    "wait": Scenario.wait,
    "run": Scenario.run_for,
    "crash": Scenario.crash,
    "restart": Scenario.restart,
    "cut": Scenario.cut,
    "join": Scenario.join,
    "skew": Scenario.skew,
    "show": Scenario.show,
    "live": Scenario.live,
    "vote": Scenario.vote,
    "propose": Scenario.propose,
    "leave": Scenario.leave,
    "claim": Scenario.claim,
    "poison": Scenario.poison,
    "forget": Scenario.forget,
}


def _shown(lines: list[str], options: dict[str, str]) -> str:
    """What a command prints: everything, or with `only=word,word` the lines with these words."""
    if "only" not in options:
        return "\n".join(lines)
    words = [word for word in options["only"].split(",") if word]
    return "\n".join(line for line in lines if any(word in line.split() for word in words))


def run_text(text: str) -> str:
    """Run a scenario file; the same file as it would be with what happened this time."""
    scenario = Scenario()
    out: list[str] = []
    lines = iter(text.split("\n"))
    for line in lines:
        out.append(line)
        if not line.strip() or line.startswith("#"):
            continue
        printed = scenario.run(parse_command(line))
        if next(lines, "") != "----":
            raise ValueError(f"`----` was expected after: {line}")
        _skip_block(lines)
        out.extend(("----", *(printed.split("\n") if printed else ()), ""))
    if not scenario.was_live:
        raise ValueError("a scenario ends with `live`")
    return "\n".join(out).rstrip("\n") + "\n"


def _skip_block(lines: Iterator[str]) -> None:
    for line in lines:
        if not line.strip():
            return
