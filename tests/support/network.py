"""A network of real node processes on this machine: started, killed, restarted; real sockets and disks.

Nothing is faked here: each member is `node.py run` in a process of its own, with the folder that
`hansa init` makes. What a test wants to know of a node it asks over HTTP, like anybody.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import node as root
from cli.genesis import make_genesis, public_entry
from cli.init import KEY_FILE, make_folder
from cli.keys import write_key
from ledger.crypto import Signer
from ledger.genesis import Genesis, member_document

ROOT: Final = Path(__file__).resolve().parents[2]
REQUEST_SECONDS: Final = 10.0
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.1
LOG_FILE: Final = "node.log"


class TimedOut(AssertionError):
    """Something that had to happen within a time did not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    """Its code."""
    body: bytes
    """Its body, whole."""

    def json(self) -> dict[str, object]:
        """The body as a JSON object."""
        value = json.loads(self.body)
        assert isinstance(value, dict), "an object was expected"
        return value


def request(
    address: str, method: str, path: str, body: bytes = b"", *, seconds: float = REQUEST_SECONDS
) -> Answer:
    """One request on a connection of its own. Raises OSError, HTTPException."""
    connection = http.client.HTTPConnection(address, timeout=seconds)
    try:
        kind = {"Content-Type": "application/vnd.msgpack"} if body else {}
        connection.request(method, path, body or None, kind)
        response = connection.getresponse()
        return Answer(response.status, response.read())
    finally:
        connection.close()


def until(
    happened: Callable[[], bool], what: str | Callable[[], str], seconds: float = START_SECONDS
) -> float:
    """Wait until something holds; how many seconds it took. Raises TimedOut."""
    began = time.monotonic()
    while not happened():
        if time.monotonic() - began > seconds:
            said = what if isinstance(what, str) else what()
            raise TimedOut(f"not within {seconds:.0f} s: {said}")
        time.sleep(POLL_SECONDS)
    return time.monotonic() - began


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at now; taken together, so that they differ."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class NodeProcess:
    """One member's node, alive or not."""

    def __init__(self, folder: Path, name: str, address: str) -> None:
        self.folder = folder
        self.name = name
        self.address = address
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> str:
        """Everything that it has said in all its lives."""
        path = self.folder / LOG_FILE
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self, *settings: str) -> None:
        """Start its process; settings are NAME=VALUE and override its file."""
        assert not self.is_alive, f"{self.name} runs already"
        command = [sys.executable, "node.py", "run", "--config", str(self.folder / "node.toml")]
        for item in settings:
            command += ["--set", item]
        with (self.folder / LOG_FILE).open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """End it as a power cut of the process would: nothing is told, nothing is flushed."""
        self.signal(signal.SIGKILL)
        self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send its process a signal."""
        assert self.process is not None, f"{self.name} was started"
        self.process.send_signal(number)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired."""
        assert self.process is not None, f"{self.name} was started"
        return self.process.wait(seconds)

    def get(self, path: str, seconds: float = REQUEST_SECONDS) -> dict[str, object]:
        """What it answers to GET, as JSON. Raises OSError, HTTPException."""
        answer = request(self.address, "GET", path, seconds=seconds)
        if answer.status != http.client.OK:
            raise OSError(f"{self.name}{path}: {answer.status} {answer.body[:300]!r}")
        return answer.json()

    def status(self) -> dict[str, object] | None:
        """How it stands; None while it does not answer."""
        try:
            return self.get("/v1/node", 5.0)
        except (OSError, http.client.HTTPException):
            return None

    def height(self) -> int:
        """The height of its head; -1 while it does not answer."""
        status = self.status()
        height = None if status is None else status["height"]
        return height if isinstance(height, int) else -1

    def export(self, first: int = 1, last: int | None = None) -> bytes:
        """A piece of its chain as an export file."""
        path = f"/v1/export?from={first}" + ("" if last is None else f"&to={last}")
        answer = request(self.address, "GET", path, seconds=120)
        assert answer.status == http.client.OK, f"{self.name}{path}: {answer.status}"
        return answer.body

    def is_ready(self) -> bool:
        """Whether it answers."""
        return self.status() is not None


class Network:
    """Some members, one genesis, a folder and a process for each."""

    def __init__(
        self, folder: Path, *, ports: Sequence[int] = (), members: int = 4,
        parameters: dict[str, object] | None = None, application: object = None,
        settings: str = 'log_level = "info"\n', backend: str = "auto",
    ) -> None:  # fmt: skip
        """Make folders, keys and genesis below `folder`; nothing runs yet."""
        self.folder = folder
        self._settings = settings
        self._backend = backend
        taken = list(ports) or free_ports(2 * members)
        self.signers = [Signer.generate() for _ in range(members)]
        names = [f"m{number}" for number in range(members)]
        entries = [
            public_entry(name, signer, f"127.0.0.1:{peer}", f"http://127.0.0.1:{api}")
            for name, signer, peer, api in zip(
                names, self.signers, taken[::2], taken[1::2], strict=True
            )
        ]
        documents: list[object] = [member_document(each) for each in entries]
        now_ms = time.time_ns() // 1_000_000
        self.genesis: Genesis = make_genesis(
            "campaign", now_ms, documents, parameters or {}, application
        )
        self.nodes = [
            NodeProcess(folder / name, name, f"127.0.0.1:{api}")
            for name, api in zip(names, taken[1::2], strict=True)
        ]
        for index, each in enumerate(self.nodes):
            each.folder.mkdir(parents=True)
            write_key(each.folder / KEY_FILE, self.signers[index])
            self._make_folder(index)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make_folder(self, index: int) -> None:
        member = self.genesis.membership.by_id[self.genesis.membership.ids[index]]
        make_folder(
            root.Composition(), self.nodes[index].folder, self.genesis, member,
            backend=self._backend, extra=self._settings,
        )  # fmt: skip

    def wipe(self, index: int) -> None:
        """Take away all that a stopped node has but its key, and make its folder anew."""
        folder = self.nodes[index].folder
        assert not self.nodes[index].is_alive, "only a stopped node is wiped"
        shutil.rmtree(folder / "data")
        for name in ("node.toml", "genesis.json"):
            (folder / name).unlink()
        self._make_folder(index)

    def start(self, indexes: Iterable[int] | None = None) -> None:
        """Start some or all, without waiting for them."""
        for index in range(len(self.nodes)) if indexes is None else indexes:
            self.nodes[index].start()

    def wait_ready(self, seconds: float = START_SECONDS) -> float:
        """Wait until all that run answer; how long it took. Raises TimedOut."""
        alive = self.alive()
        return until(lambda: all(each.is_ready() for each in alive), "nodes answer", seconds)

    def alive(self) -> list[NodeProcess]:
        """Those whose process runs."""
        return [each for each in self.nodes if each.is_alive]

    def heights(self) -> list[int]:
        """The heads of all; -1 for those that do not answer."""
        return [each.height() if each.is_alive else -1 for each in self.nodes]

    def wait_height(self, height: int, nodes: Iterable[NodeProcess], seconds: float) -> float:
        """Wait until all of these nodes have reached a height. Raises TimedOut."""
        names = list(nodes)
        return until(
            lambda: all(each.height() >= height for each in names),
            lambda: f"height {height} at {[each.name for each in names]}: {self.heights()}",
            seconds,
        )

    def primary(self) -> int | None:
        """Who leads now, as far as somebody knows: the index of a node."""
        for each in self.alive():
            status = each.status()
            if status is None:
                continue
            order, view = status["primaries"], status["view"]
            assert isinstance(order, list), "primaries are a list"
            assert isinstance(view, int), "a view is a number"
            return [node.name for node in self.nodes].index(order[view % len(order)])
        return None

    def close(self) -> None:
        """End every process, politely first."""
        for each in self.alive():
            each.signal(signal.SIGTERM)
        for each in self.nodes:
            if each.process is None:
                continue
            try:
                each.wait()
            except subprocess.TimeoutExpired:
                each.kill()
