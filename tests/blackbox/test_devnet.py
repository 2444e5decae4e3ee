"""A devnet as its user has it: real processes, the command line, the SDK, an auditor elsewhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from client import HansaClient, RejectedByRule
from ledger.crypto import Signer
from ledger.genesis import Genesis
from lending.commands import IssueCash, TransferCash

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.timeout(180), pytest.mark.slow]


def hansa(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "node.py"), *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


class Running:
    """`hansa devnet` as a process, and what it printed."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder = folder
        command = [sys.executable, str(ROOT / "node.py"), "devnet", "--dir", str(folder), "--json"]
        self.process = subprocess.Popen(
            [*command, "--base-port", "0", *more], stdout=subprocess.PIPE, text=True
        )
        self.told = self._read()
        members = cast("list[dict[str, object]]", self.told["members"])
        self.urls = [str(member["url"]) for member in members]
        self.pids = [cast("int", member["pid"]) for member in members]

    def _read(self) -> dict[str, object]:
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.rstrip() == "}":
                break
        document = json.loads("".join(lines))
        assert isinstance(document, dict)
        return document

    def key(self, party: str) -> Path:
        keys = cast("dict[str, str]", self.told["keys"])
        return Path(keys[party])

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("devnet") / "net")
    yield running
    running.stop()


def test_the_sdk_writes_reads_and_verifies(devnet: Running) -> None:
    bank = Signer.from_pem(devnet.key("central-bank").read_bytes())
    with HansaClient(devnet.urls) as client:
        status = client.execute(
            "central-bank", IssueCash("hamburg", "USD", 500, "wire sdk"), [bank]
        )
        assert status.state == "committed"
        with pytest.raises(RejectedByRule, match="REFERENCE_USED"):
            client.execute("central-bank", IssueCash("hamburg", "USD", 500, "wire sdk"), [bank])
        (row,) = [row for row in client.accounts("hamburg") if row["kind"] == "cash"]
        assert cast("dict[str, object]", row["balance"])["minor"] == 500
        genesis = client.genesis(bytes.fromhex(str(devnet.told["genesis_hash"])))
        receipt = client.verified_receipt(genesis, status.transaction_id)
        assert receipt.transaction_id == status.transaction_id
        assert client.trial_balance()["is_balanced"] is True


def test_events_come_in_order_and_from_the_start(devnet: Running) -> None:
    with HansaClient(devnet.urls) as client:
        places = []
        for event in client.events(first=1):
            places.append((event.height, event.number))
            if event.height > 3:
                break
    assert places == sorted(set(places))
    assert places[0] == (1, 0)


def test_submit_prints_the_receipt_and_its_exit_code_is_the_outcome(devnet: Running) -> None:
    common = ["submit", "--url", devnet.urls[0], "--json"]
    bank: list[str | Path] = ["--sender", "central-bank", "--key", devnet.key("central-bank")]
    issue = ["--name", "issue_cash", "--field", "holder=visby", "--field", "asset=USD"]
    fields = ["--field", "amount=70", "--field", "reference=wire cli"]
    done = hansa(*common, *bank, *issue, *fields)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"]["status"] == "applied"
    done = hansa(*common, *bank, *issue, *fields)
    assert done.returncode == 1
    assert json.loads(done.stdout)["outcome"]["code"] == "REFERENCE_USED"


def test_two_sign_one_after_the_other(devnet: Running, tmp_path: Path) -> None:
    file, common = tmp_path / "transfer.tx", ["submit", "--url", devnet.urls[1], "--json"]
    (tmp_path / "command.json").write_text(
        json.dumps(
            {
                "name": "redeem_cash",
                "fields": {
                    "holder": "bremen",
                    "asset": "USD",
                    "amount": 5,
                    "reference": "out",
                },
            }
        )
    )
    bank = Signer.from_pem(devnet.key("central-bank").read_bytes())
    with HansaClient(devnet.urls) as client:
        client.execute("central-bank", IssueCash("bremen", "USD", 9, "wire two"), [bank])
    signed = hansa(
        *common, tmp_path / "command.json", "--sender", "bremen",
        "--key", devnet.key("bremen"), "--co-signer", bank.public_key.hex(), "--out", file,
    )  # fmt: skip
    assert signed.returncode == 0, signed.stderr
    alone = hansa(*common, "--transaction", file, "--key", devnet.key("central-bank"))
    assert alone.returncode == 0, alone.stdout + alone.stderr


def test_status_shows_every_node(devnet: Running) -> None:
    done = hansa("status", *devnet.urls, "--json")
    assert done.returncode == 0, done.stderr
    nodes = json.loads(done.stdout)
    assert {node["member"] for node in nodes} == {"luebeck", "hamburg", "bremen", "visby"}
    assert all(node["is_voting"] for node in nodes)


def test_an_export_is_audited_elsewhere_and_a_changed_byte_is_found(
    devnet: Running, tmp_path: Path
) -> None:
    genesis_hash = str(devnet.told["genesis_hash"])
    done = hansa("export", devnet.urls[2], tmp_path / "chain.export")
    assert done.returncode == 0, done.stderr
    audit = ["audit", "--genesis-hash", genesis_hash, "--json"]
    whole = hansa(*audit, "chain.export", cwd=tmp_path)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    verdict = json.loads(whole.stdout)
    assert (verdict["is_ok"], verdict["level"], verdict["first_bad"]) == (True, "execution", None)
    data = bytearray((tmp_path / "chain.export").read_bytes())
    data[-3] ^= 1
    (tmp_path / "bad.export").write_bytes(data)
    bad = hansa(*audit, "bad.export", cwd=tmp_path)
    assert bad.returncode == 1
    assert json.loads(bad.stdout)["first_bad"]["height"] == verdict["height"]
    other = hansa("audit", "chain.export", "--genesis-hash", "ab" * 32, "--json", cwd=tmp_path)
    assert json.loads(other.stdout)["first_bad"]["code"] == "OTHER_CHAIN"


def test_a_url_is_audited_and_a_folder_in_use_is_refused_in_words(devnet: Running) -> None:
    genesis_hash = str(devnet.told["genesis_hash"])
    done = hansa("audit", devnet.urls[0], "--genesis-hash", genesis_hash)
    assert done.returncode == 0, done.stderr
    assert "HOLDS" in done.stdout
    busy = hansa("audit", devnet.folder / "hamburg", "--genesis-hash", genesis_hash)
    assert busy.returncode in (1, 2)
    assert busy.stderr.startswith("hansa: ")
    assert "Traceback" not in busy.stderr


def test_a_taken_port_is_named(devnet: Running, tmp_path: Path) -> None:
    port = devnet.urls[0].rpartition(":")[2]
    done = hansa("devnet", "--dir", tmp_path / "other", "--base-port", port)
    assert done.returncode == 1
    assert f"port {port} of 127.0.0.1 is taken" in done.stderr
    again = hansa("devnet", "--dir", devnet.folder)
    assert again.returncode == 1
    assert "is taken" in again.stderr


def test_a_killed_node_comes_back(devnet: Running) -> None:
    os.kill(devnet.pids[3], signal.SIGKILL)
    with HansaClient(devnet.urls[3]) as killed, HansaClient(devnet.urls[:3]) as others:
        until(lambda: not killed.is_ready(0), 10)
        before = cast("int", others.describe()["height"])
        until(lambda: killed.is_ready(0))
        until(lambda: cast("int", killed.describe()["height"]) > before)


def test_a_devnet_goes_on_where_it_stopped_and_leaves_nothing_running(tmp_path: Path) -> None:
    first = Running(tmp_path / "net", "--members", "1", "--clock-rate", "1000000")
    bank = Signer.from_pem(first.key("central-bank").read_bytes())
    with HansaClient(first.urls) as client:
        command = IssueCash("luebeck", "USD", 500, "wire")
        client.execute("central-bank", command, [bank])
        before = client.describe()
    assert first.stop() == 130
    assert not any(Path(f"/proc/{pid}").exists() for pid in first.pids)
    again = Running(tmp_path / "net")
    try:
        with HansaClient(again.urls) as client:
            after = client.describe()
            member = Signer.from_pem(again.key("luebeck").read_bytes())
            with pytest.raises(RejectedByRule, match="UNKNOWN_PARTY"):
                client.execute("luebeck", TransferCash("x", "USD", 500, "gift"), [member])
        assert again.told["genesis_hash"] == first.told["genesis_hash"]
        passed_ms = cast("int", after["business_time_ms"]) - cast("int", before["business_time_ms"])
        assert 0 <= passed_ms < 60 * 1_000 * 1_000_000, "business time stood still in between"
        document = Genesis.from_json((tmp_path / "net" / "genesis.json").read_bytes())
        assert document.parameters.clock_rate == 1_000_000
    finally:
        again.stop()
