"""Settings: four sources, one precedence, and a clear word about everything that is wrong."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from ledger.errors import Invalid
from runtime.settings import BACKENDS, ENVIRONMENT_PREFIX, Settings, check_settings, load_settings

NEEDED = {"data": "d", "genesis": "g.json", "key": "k.pem", "member": "luebeck"}
SETTINGS = Settings(Path("d"), Path("g.json"), Path("k.pem"), "luebeck")


def write(folder: Path, text: str) -> Path:
    file = folder / "node.toml"
    file.write_text(text)
    return file


def test_what_is_needed_alone() -> None:
    assert load_settings(None, NEEDED, {}) == SETTINGS


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_needed_is_asked_for_by_name(name: str) -> None:
    with pytest.raises(Invalid, match=f"missing: {name}$"):
        load_settings(None, {k: v for k, v in NEEDED.items() if k != name}, {})
    with pytest.raises(Invalid, match="missing: data, genesis, key, member"):
        load_settings(None, {}, {})


def test_flag_before_environment_before_file_before_default(tmp_path: Path) -> None:
    lines = [f'{name} = "{value}"' for name, value in NEEDED.items()]
    file = write(tmp_path, "\n".join([*lines, 'log_level = "error"', "verify_threads = 3"]))
    environment = {
        "HANSA_NODE_LOG_LEVEL": "debug",
        "HANSA_NODE_VERIFY_THREADS": "4",
        "PATH": "/bin",
    }
    assert load_settings(file, {}, {}).log_level == "error"
    assert load_settings(file, {}, environment).log_level == "debug"
    both = load_settings(file, {"log_level": "warning"}, environment)
    assert (both.log_level, both.verify_threads, both.backend) == ("warning", 4, "auto")


def test_paths_in_a_file_are_relative_to_it_and_others_to_where_one_stands(tmp_path: Path) -> None:
    file = write(tmp_path, 'data = "data"\ngenesis = "../g.json"\nkey = "/etc/k"\nmember = "a"')
    settings = load_settings(file, {}, {"HANSA_NODE_KEY": "k"})
    assert settings.data == tmp_path / "data"
    assert settings.genesis == tmp_path / "../g.json"
    assert settings.key == Path("k")
    assert load_settings(file, {}, {}).key == Path("/etc/k")


def test_every_setting_can_be_given_as_text() -> None:
    texts = {
        "data": "x", "genesis": "x", "key": "x", "member": "x", "peer_listen": "0.0.0.0:1",
        "api_listen": "[::1]:2", "backend": "sqlite", "log_level": "debug", "log_json": "false",
        "mempool_transactions_max": "7", "verify_threads": "8", "epoch_ms": "9",
        "reader_token": "x" * 16,
    }  # fmt: skip
    assert texts.keys() == {field.name for field in fields(Settings)}
    expected = Settings(
        Path("x"), Path("x"), Path("x"), "x", "0.0.0.0:1", "[::1]:2", "sqlite", "debug", False, 7, 8,  # noqa: FBT003
        9, "x" * 16,
    )  # fmt: skip
    assert load_settings(None, texts, {}) == expected
    environment = {ENVIRONMENT_PREFIX + name.upper(): text for name, text in texts.items()}
    assert load_settings(None, {}, environment) == expected


@pytest.mark.parametrize("name", ["loglevel", "LOG_LEVEL", "log-level", "", "__class__"])
def test_a_name_that_is_no_setting_is_an_error_that_says_where(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid, match="flag: unknown setting"):
        load_settings(None, {**NEEDED, name: "info"}, {})
    with pytest.raises(Invalid, match=r"node\.toml: unknown setting"):
        load_settings(write(tmp_path, f'"{name}" = "info"'), NEEDED, {})


def test_a_variable_that_is_no_setting_is_an_error() -> None:
    with pytest.raises(Invalid, match="HANSA_NODE_LOGLEVEL: unknown setting 'loglevel'"):
        load_settings(None, NEEDED, {"HANSA_NODE_LOGLEVEL": "debug"})
    load_settings(None, NEEDED, {"HANSA_SHARED": "x", "HANSA_WHEELS": "y"})


@pytest.mark.parametrize(
    "line",
    [
        "member = 5",
        "member = true",
        'member = ["a"]',
        "data = 1",
        'log_json = "yes"',
        "log_json = 1",
        'verify_threads = "many"',
        "verify_threads = 2.0",
        "verify_threads = true",
        'verify_threads = "-1"',
        'verify_threads = ""',
        'verify_threads = "1_000"',
        f'verify_threads = "{"9" * 5_000}"',
        f"verify_threads = {'9' * 5_000}",
        "verify_threads = 0",
        "verify_threads = -1",
        "mempool_transactions_max = 0",
        "epoch_ms = -1",
        "epoch_ms = 1979-05-27",
        'backend = "rocksdb"',
        'log_level = "loud"',
        "member = ",
        'member = "a" member = "b"',
        "[verify_threads]",
        "\x00",
    ],
)
def test_wrong_values_are_errors(tmp_path: Path, line: str) -> None:
    with pytest.raises(Invalid, match="BAD_SETTINGS"):
        load_settings(write(tmp_path, line), _others(line), {})


def _others(line: str) -> dict[str, str]:
    """Give what is needed apart from what the line gives."""
    return {name: value for name, value in NEEDED.items() if not line.startswith(name)}


@pytest.mark.parametrize("address", ["nowhere", "host:0", ":80", "host:http"])
@pytest.mark.parametrize("name", ["api_listen", "peer_listen"])
def test_addresses_are_checked_at_once(name: str, address: str) -> None:
    with pytest.raises(Invalid, match="BAD_ADDRESS"):
        load_settings(None, {**NEEDED, name: address}, {})


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="No such file"):
        load_settings(tmp_path / "none.toml", NEEDED, {})
    with pytest.raises(Invalid, match="Is a directory"):
        load_settings(tmp_path, NEEDED, {})
    file = write(tmp_path, "")
    file.write_bytes(b"member = \xff")
    with pytest.raises(Invalid, match="BAD_SETTINGS"):
        load_settings(file, NEEDED, {})


def test_settings_made_in_code_are_checked_by_the_same_rules() -> None:
    for backend in BACKENDS:
        check_settings(replace(SETTINGS, backend=backend))
    with pytest.raises(Invalid, match="backend must be one of auto, leveldb, sqlite"):
        check_settings(replace(SETTINGS, backend="LevelDB"))
