"""What a devnet is made of: names, ports, keys, folders, genesis. Nothing is started here.

    DIR/genesis.json          the document of all
    DIR/keys/NAME.key         the keys of the parties: members, the custodian, whom you add
    DIR/MEMBER/               what `hansa init` makes: node.key, node.toml, data, node.log

A folder that holds a devnet is used again as it is; business time then goes on where it stood.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.composition import Composition
from cli.demo.actors import CUSTODIAN
from cli.demo.genesis import application
from cli.exits import Exit, Stop
from cli.files import replace, write_new
from cli.genesis import make_genesis, public_entry, read_genesis
from cli.init import GENESIS_FILE, KEY_FILE, SETTINGS_FILE, ensure_key, make_folder
from ledger.crypto import Signer
from ledger.genesis import Genesis, member_document
from ledger.membership import MEMBERS_MAX, Member

HOST: Final = "127.0.0.1"
FIRST_PORT: Final = 8801
PORTS_TRIED: Final = 40
TOWNS: Final = (
    "luebeck", "hamburg", "bremen", "visby", "bergen", "danzig", "riga", "reval", "rostock",
    "stralsund", "wismar", "koeln", "brugge", "london", "novgorod", "stockholm",
)  # fmt: skip
"""The members' names: towns of the Hanseatic League."""
_EPOCH_LINE: Final = re.compile(r"^epoch_ms = \d+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a new devnet is to be."""

    members: int = 4
    """How many members."""
    clock_rate: int = 1
    """How many times faster than the wall business time runs."""
    start_ms: int = 0
    """Business time of the genesis; 0 for now."""
    base_port: int = 0
    """The first port; 0 to look for free ones."""
    name: str = "devnet"
    """The chain's name."""
    backend: str = "auto"
    """leveldb, sqlite or auto."""
    log_level: str = "info"
    """How much the nodes tell."""


@dataclass(frozen=True, slots=True)
class Devnet:
    """A devnet that is there."""

    folder: Path
    """Where."""
    genesis: Genesis
    """Its genesis."""

    @property
    def members(self) -> tuple[Member, ...]:
        """The members, in the order of their ports."""
        return tuple(
            sorted(
                self.genesis.membership.members, key=lambda m: (len(m.api_address), m.api_address)
            )
        )

    @property
    def urls(self) -> list[str]:
        """The base URLs of the members' APIs."""
        return [member.api_address for member in self.members]

    @property
    def hash(self) -> str:
        """The genesis hash in hexadecimal."""
        return self.genesis.digest.hex()

    def home(self, member: str) -> Path:
        """The folder of a member."""
        return self.folder / member

    def key_file(self, party: str) -> Path:
        """The key file of a party."""
        return self.folder / "keys" / f"{party}.key"

    def signer(self, party: str) -> Signer:
        """The key of a party, made if there is none yet."""
        return ensure_key(self.key_file(party))


def ensure(folder: Path, plan: Plan, composition: Composition) -> tuple[Devnet, bool]:
    """The devnet of a folder, and whether it was made now. Raises Stop, Invalid, StoreDamaged."""
    if (folder / GENESIS_FILE).exists():
        devnet = Devnet(folder, read_genesis(folder / GENESIS_FILE))
        check_ports(devnet)
        resume_clock(devnet, composition)
        return devnet, False
    if folder.exists() and any(folder.iterdir()):
        raise Stop(f"{folder}: holds other things; name an empty folder, or a new one")
    return _make(folder, plan, composition), True


def _make(folder: Path, plan: Plan, composition: Composition) -> Devnet:
    if not 1 <= plan.members <= MEMBERS_MAX:
        raise Stop(f"--members: 1 to {MEMBERS_MAX}")
    names = [_name(index) for index in range(plan.members)]
    base = _base_port(plan)
    now_ms = time.time_ns() // 1_000_000
    entries = [
        member_document(_entry(folder, name, base + index, base + plan.members + index))
        for index, name in enumerate(names)
    ]
    genesis = make_genesis(
        plan.name, plan.start_ms or now_ms, list(entries), _parameters(plan),
        application(names, _key_of(folder)),
    )  # fmt: skip
    devnet = Devnet(folder, genesis)
    epoch = f'epoch_ms = {now_ms}\nlog_level = "{plan.log_level}"\nverify_threads = 1\n'
    for member in devnet.members:
        make_folder(composition, devnet.home(member.id), genesis, member, plan.backend, extra=epoch)
    write_new(folder / GENESIS_FILE, genesis.to_json())
    return devnet


def _parameters(plan: Plan) -> dict[str, object]:
    return {
        "devnet": True,
        "clock_rate": plan.clock_rate,
        "timeout_ms": 2_000,
        "idle_interval_ms": 1_000 if plan.clock_rate == 1 else 200,
    }


def _name(index: int) -> str:
    return TOWNS[index] if index < len(TOWNS) else f"member-{index + 1}"


def _entry(folder: Path, name: str, api_port: int, peer_port: int) -> Member:
    signer = ensure_key(folder / name / KEY_FILE)
    return public_entry(name, signer, f"{HOST}:{peer_port}", f"http://{HOST}:{api_port}")


def _key_of(folder: Path) -> Callable[[str], bytes]:
    return lambda party: ensure_key(folder / "keys" / f"{party}.key").public_key


def key_files(devnet: Devnet) -> dict[str, Path]:
    """The key files of the parties that the genesis knows."""
    parties = [*(member.id for member in devnet.members), CUSTODIAN]
    return {str(party): devnet.key_file(str(party)) for party in parties}


# --- ports ---------------------------------------------------------------------------------------


def is_free(port: int) -> bool:
    """Whether a port of the loopback can be listened at."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _base_port(plan: Plan) -> int:
    count = 2 * plan.members
    if plan.base_port:
        if not 1 <= plan.base_port <= 65_536 - count:
            raise Stop(f"--base-port: 1 to {65_536 - count}")
        taken = [
            port for port in range(plan.base_port, plan.base_port + count) if not is_free(port)
        ]
        if taken:
            raise _taken(taken[0], "--base-port takes others, 0 looks for free ones")
        return plan.base_port
    for attempt in range(PORTS_TRIED):
        base = FIRST_PORT + attempt * 100
        if all(is_free(port) for port in range(base, base + count)):
            return base
    raise Stop(f"no {count} free ports in a row were found from {FIRST_PORT} on", Exit.FAILED)


def check_ports(devnet: Devnet) -> None:
    """See that nobody else listens where the members of an old devnet do. Raises Stop."""
    for member in devnet.members:
        for address in (member.api_address, member.peer_address):
            port = int(address.rpartition(":")[2])
            if not is_free(port):
                hint = f"is this devnet running already? Its ports are in {devnet.folder / GENESIS_FILE}"
                raise _taken(port, hint)


def _taken(port: int, hint: str) -> Stop:
    return Stop(f"port {port} of {HOST} is taken by another process", Exit.FAILED, hint)


# --- business time -------------------------------------------------------------------------------


def resume_clock(devnet: Devnet, composition: Composition) -> None:
    """Let business time go on where it stood when the devnet was stopped."""
    rate = devnet.genesis.parameters.clock_rate
    if rate == 1:
        return
    heads = []
    for member in devnet.members:
        chain = composition.open_chain(devnet.home(member.id) / "data", devnet.genesis)
        heads.append(chain.head.timestamp_ms)
        chain.store.close()
    passed_ms = (max(heads) - devnet.genesis.timestamp_ms) // rate
    epoch_ms = time.time_ns() // 1_000_000 - passed_ms
    for member in devnet.members:
        file = devnet.home(member.id) / SETTINGS_FILE
        text = _EPOCH_LINE.sub(f"epoch_ms = {epoch_ms}", file.read_text(encoding="utf-8"))
        replace(file, text.encode())
