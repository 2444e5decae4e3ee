"""What a devnet is made of, before any process is started."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import node
from cli.devnet.layout import HOST, Plan, ensure, is_free, key_files
from cli.exits import Exit, Stop
from ledger.genesis import Genesis
from runtime.settings import load_settings

PLAN = Plan(members=2, backend="sqlite")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_a_new_devnet_is_complete(tmp_path: Path) -> None:
    devnet, is_new = ensure(tmp_path / "net", PLAN, node.Composition())
    assert is_new
    assert [member.id for member in devnet.members] == ["luebeck", "hamburg"]
    addresses = [m.api_address for m in devnet.members] + [m.peer_address for m in devnet.members]
    ports = [int(address.rpartition(":")[2]) for address in addresses]
    assert ports == list(range(ports[0], ports[0] + 4))
    for member in devnet.members:
        settings = load_settings(devnet.home(member.id) / "node.toml", {}, {})
        chain = node.Composition().open_chain(settings.data, devnet.genesis)
        assert chain.head.height == 0
        chain.store.close()
    assert set(key_files(devnet)) == {"luebeck", "hamburg", "central-bank"}
    assert all(file.exists() for file in key_files(devnet).values())


def test_the_same_folder_gives_the_same_devnet(tmp_path: Path) -> None:
    one, _ = ensure(tmp_path / "net", PLAN, node.Composition())
    other, is_new = ensure(tmp_path / "net", replace(PLAN, members=7), node.Composition())
    assert not is_new
    assert other.hash == one.hash


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(Stop, match="holds other things"):
        ensure(tmp_path, PLAN, node.Composition())
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_taken_port_is_named_with_a_way_out(tmp_path: Path, taken: int) -> None:
    assert not is_free(taken)
    with pytest.raises(Stop, match=f"port {taken} of 127.0.0.1 is taken") as stop:
        ensure(tmp_path / "net", replace(PLAN, base_port=taken), node.Composition())
    assert stop.value.code is Exit.FAILED
    assert "--base-port" in stop.value.hint


@pytest.mark.parametrize("wrong", [Plan(members=0), Plan(members=65), Plan(base_port=65_536)])
def test_an_impossible_devnet_is_a_usage_error(tmp_path: Path, wrong: Plan) -> None:
    with pytest.raises(Stop) as stop:
        ensure(tmp_path / "net", wrong, node.Composition())
    assert stop.value.code is Exit.USAGE


def test_business_time_stands_still_while_a_fast_devnet_does(tmp_path: Path) -> None:
    fast = replace(PLAN, clock_rate=1_000_000, start_ms=1_000_000_000_000)
    devnet, _ = ensure(tmp_path / "net", fast, node.Composition())
    file = devnet.home("luebeck") / "node.toml"
    long_ago = re.sub(r"epoch_ms = \d+", "epoch_ms = 1", file.read_text())
    file.write_text(long_ago)
    ensure(tmp_path / "net", fast, node.Composition())
    epochs = {
        load_settings(devnet.home(member.id) / "node.toml", {}, {}).epoch_ms
        for member in devnet.members
    }
    (epoch_ms,) = epochs
    assert 0 <= time.time_ns() // 1_000_000 - epoch_ms < 10_000


def test_only_a_devnet_may_have_a_fast_clock(tmp_path: Path) -> None:
    devnet, _ = ensure(tmp_path / "net", replace(PLAN, clock_rate=9), node.Composition())
    document = Genesis.from_json((tmp_path / "net" / "genesis.json").read_bytes())
    assert document.parameters.devnet
    assert devnet.genesis.parameters.clock_rate == 9
