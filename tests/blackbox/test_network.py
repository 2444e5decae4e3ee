"""Four real processes, killed and wiped under load: the campaigns in short. One more, stopped politely."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaigns import kill, stop, wipe
from tests.campaigns.book import genesis_application
from tests.campaigns.stage import Report, Stage
from tests.support.network import Network, NodeProcess, free_ports, request

pytestmark = pytest.mark.timeout(240)

STOP_SECONDS = 3.0
SLACK_SECONDS = 2.0
"""What a busy machine may need on top of a promise."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Four nodes under load."""
    made = Stage(
        tmp_path / "network", Report(as_json=True), seed=1, per_second=100, ports=free_ports(8)
    )
    with made.network:
        made.open()
        yield made


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[NodeProcess]:
    """One node that is a network of its own."""
    with Network(tmp_path / "network", members=1, application=genesis_application()) as network:
        network.start()
        network.wait_ready()
        yield network.nodes[0]


@pytest.mark.slow
def test_a_network_survives_kills_a_standstill_and_a_lost_disk(stage: Stage) -> None:
    kill.one_round(stage, 1, "primary")
    kill.one_round(stage, 2, "all")
    stop.stand_still(stage, 3.0)
    wipe.wipe(stage, [stage.rng.randrange(4)])
    stage.finish()
    assert stage.judge.violations == []
    assert stage.load.complaints == []
    assert stage.load.count() > 100
    alarms = stage.report.figures["log_alarms"]
    assert isinstance(alarms, dict)
    assert "ugly" not in alarms


def test_a_node_stops_politely_whoever_waits_for_it(alone: NodeProcess) -> None:
    answers: dict[str, int] = {}

    def wait_for(path: str) -> None:
        answers[path] = request(alone.address, "GET", path, seconds=30).status

    paths = (f"/v1/transactions/{'00' * 32}?wait=commit&timeout=30", "/v1/events")
    waiting = [threading.Thread(target=wait_for, args=(path,)) for path in paths]
    for thread in waiting:
        thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    alone.signal(signal.SIGTERM)
    assert alone.wait() == 0
    assert time.monotonic() - began < STOP_SECONDS + SLACK_SECONDS
    for thread in waiting:
        thread.join(5.0)
    assert answers == dict.fromkeys(paths, 200)
    events = [json.loads(line) for line in alone.log.splitlines()]
    assert [e for e in events if e["level"] not in {"info", "debug"}] == []


@pytest.mark.parametrize("setting", ["api_listen", "peer_listen"])
def test_a_taken_port_is_named_with_what_to_do(tmp_path: Path, setting: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        Network(tmp_path / "network", members=1, application=genesis_application()) as network,
    ):
        (node,) = network.nodes
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        node.start(f"{setting}={address}")
        assert node.wait() == 1
    assert "Traceback" not in node.log
    assert f"Address already in use: {setting} {address}" in node.log
    assert f"--set {setting}=HOST:PORT" in node.log


def test_a_second_process_on_one_folder_is_refused(alone: NodeProcess) -> None:
    second = NodeProcess(alone.folder, "second", alone.address)
    second.start(
        *(
            f"{name}=127.0.0.1:{port}"
            for name, port in zip(("api_listen", "peer_listen"), free_ports(2), strict=True)
        )
    )
    assert second.wait() > 0
    assert "Traceback" not in alone.log
    assert "another process" in alone.log
    assert alone.is_ready()
