"""The demo as its reader has it: one command, no terminal, an exit code, a report, an export."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.timeout(400), pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo"


@pytest.fixture(scope="module")
def report(folder: Path) -> dict[str, object]:
    command = [sys.executable, str(ROOT / "node.py"), "demo", "--loans", "24", "--json"]
    command += ["--month", "1.2"]
    done = subprocess.run(
        [*command, "--dir", str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert isinstance(document, dict)
    return document


def test_every_check_holds(report: dict[str, object]) -> None:
    checks = report["checks"]
    assert isinstance(checks, list)
    assert len(checks) == 8
    assert all(check["is_ok"] for check in checks)
    assert report["is_ok"] is True


def test_the_report_is_kept_and_holds_both_totals(report: dict[str, object], folder: Path) -> None:
    assert json.loads((folder / "report.json").read_text()) == report
    paid, lost = report["fully_paid"], report["charged_off"]
    assert isinstance(paid, dict)
    assert isinstance(lost, dict)
    assert paid["loans"] + lost["loans"] == 24
    assert paid["principal"] == paid["principal_recorded"] > 0
    assert lost["recovered"] <= lost["recovered_recorded"]
    roots = report["state_roots"]
    assert isinstance(roots, dict)
    assert len(roots) == 4
    assert len(set(roots.values())) == 1


def test_the_books_balance(report: dict[str, object]) -> None:
    totals = report["trial_balance"]
    assert isinstance(totals, dict)
    assert sum(totals.values()) == 0
    assert totals["interest_income"] == -totals["interest_expense"] < 0


def test_the_export_is_audited_from_another_folder(
    report: dict[str, object], folder: Path, tmp_path: Path
) -> None:
    shutil.copy(folder / "chain.export", tmp_path)
    done = subprocess.run(
        [
            sys.executable, str(ROOT / "node.py"), "audit", "chain.export",
            "--genesis-hash", str(report["genesis_hash"]), "--json",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    verdict = json.loads(done.stdout)
    assert verdict["transactions"] >= report["transactions"]


def test_no_node_outlives_the_demo(report: dict[str, object], folder: Path) -> None:
    processes = [
        path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()
    ]
    assert not [line for line in processes if str(folder).encode() in line]
