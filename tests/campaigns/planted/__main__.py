"""`python -m tests.campaigns.planted`: plant each bug in a copy, run its suites, expect a failure.

First the suites run on the unchanged copy, where they must pass; then once per bug, with a fresh
copy of its file. A bug that no test sees is printed, and the exit code says so.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.campaigns.planted.bugs import BUGS, Bug

ROOT: Final = Path(__file__).resolve().parents[3]
FAILED_TESTS: Final = 1
SECONDS_MAX: Final = 600


def copy_to(folder: Path) -> Path:
    """A copy of what is under version control."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    for name in filter(None, names):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder


def run_suites(folder: Path, suites: Sequence[str]) -> tuple[int, str]:
    """(exit code, the tests that failed) of some suites, up to the first failure."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *suites]
    environment = {**os.environ, "HANSA_SHARED": str(_shared()), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True,
            timeout=SECONDS_MAX, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return FAILED_TESTS, "the time is over"
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return done.returncode, failed[0][:150] if failed else done.stdout[-300:]


def try_bug(bug: Bug) -> tuple[bool, str]:
    """Whether a test saw the bug, and which."""
    with tempfile.TemporaryDirectory(prefix="hansa-planted-") as name:
        folder = copy_to(Path(name))
        path = folder / bug.path
        text = path.read_text()
        assert text.count(bug.true) == 1, f"{bug.name}: the table is older than {bug.path}"
        path.write_text(text.replace(bug.true, bug.planted))
        code, failed = run_suites(folder, bug.suites)
    return code == FAILED_TESTS, failed


def _shared() -> Path:
    return Path(os.environ.get("HANSA_SHARED") or ROOT.parent / "shared")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.planted", description=__doc__)
    parser.add_argument("--only", default="", help="bugs whose name or file contains this")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    chosen = [bug for bug in BUGS if asked.only in bug.name or asked.only in bug.path]
    suites = sorted({suite for bug in chosen for suite in bug.suites})
    with tempfile.TemporaryDirectory(prefix="hansa-planted-") as name:
        code, said = run_suites(copy_to(Path(name)), suites)
    if code:
        _say(f"the suites fail without any bug: {said}")
        return 2
    began, missed = time.monotonic(), 0
    with ThreadPoolExecutor(asked.workers) as executor:
        for bug, (is_seen, failed) in zip(chosen, executor.map(try_bug, chosen), strict=True):
            missed += not is_seen
            _say(f"{'seen  ' if is_seen else 'MISSED'}  {bug.path:28} {bug.name}\n        {failed}")
    _say(f"{len(chosen)} bugs planted, {missed} missed, {time.monotonic() - began:.0f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
