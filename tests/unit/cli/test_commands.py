"""The command line in one process: what it prints, what it writes, what it refuses, its exit codes."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import node
from cli.app import COMMANDS, FAMILIES, TOOLS, run
from cli.exits import Exit
from cli.genesis import check_genesis, make_genesis, public_entry
from client.transactions import derived_signer
from ledger.crypto import Signer
from ledger.genesis import Genesis, member_document
from runtime.settings import load_settings

ROOT = Path(__file__).resolve().parents[3]
MEMBERS = ("bremen", "hamburg", "luebeck", "visby")


def hansa(*arguments: str | Path) -> int:
    return run([str(argument) for argument in arguments], node.Composition())


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    document = json.loads(capsys.readouterr().out)
    assert isinstance(document, dict)
    return document


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


# The frame


@pytest.mark.parametrize("command", [name for name, _ in COMMANDS])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hansa(command, "--help") == Exit.OK
    assert f"hansa {command}" in capsys.readouterr().out


def test_the_contract_s_commands_are_all_there() -> None:
    names = {name for name, _ in (*COMMANDS, *FAMILIES, *TOOLS)}
    contract = "init genesis run devnet status submit audit export schedule keys demo bench sim"
    assert set(contract.split()) <= names


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert hansa("lend") == Exit.USAGE
    assert "No such command" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_failure(home: Path) -> None:
    (home / "case.json").write_text(json.dumps({f"case-{n}": CASE for n in range(3_000)}))
    command = f"{sys.executable} {ROOT / 'node.py'} schedule --json case.json | head -c 1"
    done = subprocess.run(command, shell=True, cwd=home, capture_output=True, check=False)
    assert done.stdout == b"{"
    assert b"Traceback" not in done.stderr


# schedule

CASE = {
    "terms": {
        "contractType": "PAM",
        "contractID": "one",
        "statusDate": "2012-12-30T00:00:00",
        "contractDealDate": "2012-12-28T00:00:00",
        "currency": "USD",
        "notionalPrincipal": "3000.10",
        "initialExchangeDate": "2013-01-01T00:00:00",
        "maturityDate": "2013-04-01T00:00:00",
        "nominalInterestRate": "0.1",
        "dayCountConvention": "30E360",
        "contractRole": "RPA",
        "cycleAnchorDateOfInterestPayment": "2013-02-01T00:00:00",
        "cycleOfInterestPayment": "P1ML0",
    }
}


def test_one_case_gives_a_list_of_events(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "case.json").write_text(json.dumps(CASE))
    assert hansa("schedule", "case.json", "--json") == Exit.OK
    events = json.loads(capsys.readouterr().out)
    assert [event["eventType"] for event in events] == ["IED", "IP", "IP", "IP", "MD"]
    assert events[0] == {
        "eventDate": "2013-01-01T00:00",
        "eventType": "IED",
        "payoff": -3000.1,
        "currency": "USD",
        "notionalPrincipal": 3000.1,
        "nominalInterestRate": 0.1,
        "accruedInterest": 0,
    }


def test_an_object_of_cases_gives_an_object(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"a": CASE, "b": CASE})))
    assert hansa("schedule", "-", "--json") == Exit.OK
    answer = told(capsys)
    assert list(answer) == ["a", "b"]
    assert answer["a"] == answer["b"]


def test_a_table_is_for_people(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "case.json").write_text(json.dumps({"loan": CASE}))
    assert hansa("schedule", "case.json") == Exit.OK
    shown = capsys.readouterr().out
    assert "notionalPrincipal" in shown
    assert "2013-04-01T00:00" in shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "case.json"),
        ("[]", "a JSON object was expected"),
        ('{"terms": {"contractType": "PAM"}}', "statusDate"),
    ],
)
def test_a_bad_case_is_named(
    home: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (home / "case.json").write_text(text)
    assert hansa("schedule", "case.json", "--json") == Exit.USAGE
    assert words in capsys.readouterr().err


# keys


def test_a_key_is_its_owner_s_alone_and_never_overwritten(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hansa("keys", "new", "a.key", "--json") == Exit.OK
    made = told(capsys)
    before = (home / "a.key").read_bytes()
    assert stat.S_IMODE((home / "a.key").stat().st_mode) == 0o600
    assert hansa("keys", "new", "a.key") == Exit.USAGE
    assert "never overwritten" in capsys.readouterr().err.replace("nothing is", "never")
    assert (home / "a.key").read_bytes() == before
    assert hansa("keys", "show", "a.key", "--json") == Exit.OK
    assert told(capsys) == made


def test_an_encrypted_key_needs_its_passphrase(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hansa("keys", "new", "a.key", "--json") == Exit.OK
    made = told(capsys)
    monkeypatch.setenv("HANSA_PASSPHRASE", "correct horse")
    assert hansa("keys", "encrypt", "a.key") == Exit.OK
    assert b"ENCRYPTED" in (home / "a.key").read_bytes()
    capsys.readouterr()
    assert hansa("keys", "show", "a.key", "--json") == Exit.OK
    assert told(capsys) == made
    monkeypatch.setenv("HANSA_PASSPHRASE", "wrong")
    assert hansa("keys", "show", "a.key") == Exit.USAGE
    assert "a.key" in capsys.readouterr().err


def test_a_file_that_is_no_key_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "a.key").write_text("nothing")
    assert hansa("keys", "show", "a.key") == Exit.USAGE
    assert hansa("keys", "show", "b.key") == Exit.USAGE
    shown = capsys.readouterr().err
    assert "a.key" in shown
    assert "b.key: No such file" in shown


# genesis and init


def application() -> str:
    parties = [
        {
            "party": name,
            "kind": "member",
            "sponsor": "",
            "keys": [derived_signer(name).public_key.hex()],
            "threshold": 1,
        }
        for name in MEMBERS
    ]
    parameters = {"approval_quorum": 0, "work_per_block": 100, "price_age_max_ms": 1}
    part = {"parties": parties, "assets": [], "products": [], "parameters": parameters}
    return json.dumps(part)


def make_document(home: Path, capsys: pytest.CaptureFixture[str], *more: str) -> Genesis:
    options: list[str] = []
    for index, name in enumerate(MEMBERS):
        assert hansa("init", home / name) == Exit.OK
        capsys.readouterr()
        peer, api = f"127.0.0.1:{9000 + index}", f"http://127.0.0.1:{9100 + index}"
        key = home / name / "node.key"
        assert hansa("genesis", "member", name, "--key", key, "--peer", peer, "--api", api) == 0
        (home / f"{name}.json").write_text(capsys.readouterr().out)
        options += ["--member", f"{name}.json"]
    (home / "application.json").write_text(application())
    options += ["--application", "application.json", *more]
    assert hansa("genesis", "make", "genesis.json", *options, "--json") == Exit.OK
    made = told(capsys)
    document = Genesis.from_json((home / "genesis.json").read_bytes())
    assert made["genesis_hash"] == document.digest.hex()
    return document


def test_members_make_a_genesis_and_each_its_folder(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = make_document(home, capsys, "--set", "timeout_ms=3000", "--timestamp", "2026-01-01")
    assert document.parameters.timeout_ms == 3_000
    assert document.timestamp_ms == 1_767_225_600_000
    assert hansa("genesis", "check", "genesis.json", "--json") == Exit.OK
    assert told(capsys)["genesis_hash"] == document.digest.hex()
    assert hansa("init", home / "visby", "--genesis", "genesis.json", "--json") == Exit.OK
    made = told(capsys)
    assert made["member"] == "visby"
    settings = load_settings(home / "visby" / "node.toml", {}, {})
    assert settings.member == "visby"
    assert settings.api_listen == "127.0.0.1:9103"
    chain = node.Composition().open_chain(settings.data, document)
    assert chain.head.height == 0
    chain.store.close()


def test_nothing_is_ever_made_twice(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_document(home, capsys)
    assert hansa("init", home / "visby", "--genesis", "genesis.json") == Exit.OK
    before = {path: path.read_bytes() for path in (home / "visby").glob("node.*")}
    assert hansa("init", home / "visby", "--genesis", "genesis.json") == Exit.USAGE
    assert "nothing is overwritten" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (home / "visby").glob("node.*")} == before
    assert hansa("genesis", "make", "genesis.json", "--member", "visby.json") == Exit.USAGE


def test_a_stranger_has_no_folder_in_a_chain(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_document(home, capsys)
    assert hansa("init", home / "stranger", "--genesis", "genesis.json") == Exit.USAGE
    assert "not among the members" in capsys.readouterr().err
    assert not (home / "stranger" / "data").exists()


def test_a_bad_genesis_is_told_apart_from_a_missing_one(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = make_document(home, capsys).document
    broken = {**document, "application": {}}
    (home / "broken.json").write_text(json.dumps(broken))
    assert hansa("genesis", "check", "broken.json", "--json") == Exit.FAILED
    assert told(capsys)["is_ok"] is False
    assert hansa("genesis", "check", "missing.json") == Exit.USAGE
    assert hansa("genesis", "show", "genesis.json") == Exit.OK
    assert "visby" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", ["timeout=5", "timeout_ms=soon", "clock_rate=2"])
def test_a_wrong_parameter_makes_no_genesis(
    home: Path, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    make_document(home, capsys)
    members = [f"--member={name}.json" for name in MEMBERS]
    arguments = ["--application", "application.json", "--set", wrong, *members]
    assert hansa("genesis", "make", "other.json", *arguments) == Exit.USAGE
    assert not (home / "other.json").exists()


# run


def test_a_node_that_is_not_set_up_does_not_start(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hansa("run") == Exit.USAGE
    assert "node.toml" in capsys.readouterr().err
    (home / "node.toml").write_text('data = "x"\nport = 5\n')
    assert hansa("run") == Exit.USAGE
    assert "unknown setting 'port'" in capsys.readouterr().err
    assert hansa("run", "--set", "member") == Exit.USAGE


def test_the_example_of_the_settings_is_read_as_it_stands() -> None:
    settings = load_settings(ROOT / "config" / "node.toml", {}, {})
    assert settings.member == "luebeck"
    text = (ROOT / "config" / "node.toml").read_text()
    uncommented = re.sub(r"^# ([a-z_]+ = )", r"\1", text, flags=re.MULTILINE)
    assert uncommented != text


# status, submit, audit, export: without anybody who answers

NOBODY = "http://127.0.0.1:9"


def test_a_node_that_does_not_answer_is_unknown_not_failed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hansa("status", NOBODY, "--json") == Exit.UNKNOWN
    assert "error" in json.loads(capsys.readouterr().out)[0]
    assert hansa("status", NOBODY) == Exit.UNKNOWN
    assert "unreachable" in capsys.readouterr().out
    assert hansa("audit", NOBODY, "--genesis-hash", "00" * 32) == Exit.UNKNOWN
    assert hansa("export", NOBODY, "out.export") == Exit.UNKNOWN
    assert not list(home.glob("out.*"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--sender", "acme"],
        ["--sender", "acme", "--key", "a.key", "--name", "fly"],
        ["--sender", "acme", "--key", "a.key", "--name", "repay", "--field", "loan"],
        ["--sender", "acme", "--key", "a.key", "--name", "repay", "--field", "loan=x"],
        ["missing.json", "--sender", "acme", "--key", "a.key"],
        ["--transaction", "missing.tx"],
    ],
)
def test_a_command_that_nobody_could_mean_is_not_sent(
    home: Path, arguments: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "a.key").write_bytes(Signer.generate().to_pem())
    assert hansa("submit", "--url", NOBODY, *arguments) == Exit.USAGE
    assert capsys.readouterr().err.startswith("hansa: ")


def test_a_wrong_address_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert hansa("submit", "--url", "localhost:80") == Exit.USAGE
    assert "localhost:80" in capsys.readouterr().err


def test_an_interrupted_command_says_so_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.keys.read_key", interrupt)
    assert hansa("keys", "show", os.devnull) == Exit.INTERRUPTED


def test_the_example_of_the_lending_part_is_good() -> None:
    part = json.loads((ROOT / "config" / "genesis.lending.example.json").read_text())
    names = [party["party"] for party in part["parties"] if party["kind"] == "member"]
    entries = [
        member_document(public_entry(name, derived_signer("node", name), f"{name}:7000", ""))
        for name in names
    ]
    made = make_genesis("example", 0, [*entries], {}, part)
    assert len(check_genesis(made, node.Composition())) == 32
