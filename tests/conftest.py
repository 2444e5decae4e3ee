"""What all tests share: the reference data, Hypothesis profiles, the options of the command line."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent

hypothesis.settings.register_profile(
    "reproducible",
    deadline=None,  # a busy machine is slow, and that is no fault of the code
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=True,  # the same commit gives the same verdict, wherever and how often it runs
    database=None,
)
hypothesis.settings.register_profile(
    "search",
    hypothesis.settings.get_profile("reproducible"),
    derandomize=False,  # `make search`: other examples on every run, the failing ones remembered
    database=hypothesis.database.DirectoryBasedExampleDatabase(ROOT / ".hypothesis"),
    max_examples=1_000,
)
hypothesis.settings.load_profile(os.environ.get("HANSA_HYPOTHESIS", "reproducible"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write what the scenarios print into their files; commit only changes you understand",
    )


@pytest.fixture(scope="session")
def rewrite(request: pytest.FixtureRequest) -> bool:
    """Whether the expected output of text scenarios is to be written anew instead of compared."""
    return bool(request.config.getoption("--rewrite"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data and vectors that does not come with the repository.

    It is named by HANSA_SHARED, or lies beside the clone. Tests that need it are skipped without it.
    """
    folder = Path(os.environ.get("HANSA_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"no reference data: set HANSA_SHARED (looked in {folder})")
    return folder
