"""The pages and the code say the same: what code outgrows its page fails here.

Names are looked for as a reader would find them: in code marks, on the page that is about them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from lending.rejections import Rejection
from runtime.metrics import Metrics
from runtime.settings import Settings

ROOT = Path(__file__).resolve().parent.parent

COMMANDS = (
    "audit", "bench", "demo", "devnet", "export", "genesis", "init", "keys", "risk", "run", "schedule", "sim",
    "show", "simulate", "status", "submit", "term-sheet",
)  # fmt: skip
"""The contract of the command line, without `test`, which ./hansa runs by itself."""


def pages(folder: str = ".") -> dict[str, str]:
    """Read the pages below a folder of the repository."""
    hidden = ("node_modules", "wheels")
    return {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for path in sorted((ROOT / folder).rglob("*.md"))
        if not any(part.startswith(".") or part in hidden for part in path.relative_to(ROOT).parts)
    }


def in_code_marks(text: str) -> set[str]:
    """Give all words that a page has in code marks or code blocks."""
    marked = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    return {word for part in marked for word in re.findall(r"[A-Za-z0-9_./{}-]+", part)}


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page}: {target}"
        for page, text in pages().items()
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text)
        if not (ROOT / page).parent.joinpath(target).exists()
    ]
    assert broken == []


def test_decisions_are_numbered_and_complete() -> None:
    decisions = pages("docs/decisions")
    numbers = [int(Path(page).name[:4]) for page in decisions]
    assert numbers == list(range(1, len(numbers) + 1))
    for page, text in decisions.items():
        assert text.startswith(f"# {int(Path(page).name[:4])}. "), page
        for part in ("Status: ", "## Context", "## Decision", "## Consequences"):
            assert part in text, f"{page} lacks {part}"


def test_a_build_machine_runs_what_the_readme_tells_to() -> None:
    readme = (ROOT / "README.md").read_text()
    build = (ROOT / ".ci" / "run").read_text()
    assert re.search(r"^\s*\./hansa test\b", readme, re.MULTILINE)
    assert "exec ./hansa test <" in build


def test_every_reason_to_refuse_is_explained() -> None:
    explained = in_code_marks((ROOT / "docs/lend/rejections.md").read_text())
    assert {code.value for code in Rejection} - explained == set()


def test_every_reason_to_refuse_is_given_by_some_test() -> None:
    files = [*ROOT.glob("tests/**/*.txt"), *ROOT.glob("tests/**/*.py")]
    given = set(re.findall(r"[A-Z][A-Z_]+", "\n".join(path.read_text() for path in files)))
    assert {code.value for code in Rejection} - given == set()


def test_every_metric_is_explained_and_no_other() -> None:
    names = set(re.findall(r"^# HELP (\S+)", Metrics().render().decode(), re.MULTILINE))
    made = {name for name in names if not name.endswith("_created")}
    explained = in_code_marks((ROOT / "docs/operate/metrics.md").read_text())
    assert made - explained == set()
    assert {name for name in explained if re.fullmatch("hansa(_[a-z]+){2,}", name)} - made == set()


def test_every_setting_stands_in_the_example_and_no_other() -> None:
    text = (ROOT / "config/node.toml").read_text()
    shown = set(re.findall(r"^#? ?([a-z_]+) = ", text, re.MULTILINE))
    assert shown == {field.name for field in fields(Settings)}
    tomllib.loads(re.sub(r"^# ?([a-z_]+ = )", r"\1", text, flags=re.MULTILINE))


def test_every_setting_is_explained() -> None:
    explained = in_code_marks("\n".join(pages("docs/operate").values()))
    assert {field.name for field in fields(Settings)} - explained == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_is_explained(command: str) -> None:
    asked = subprocess.run(
        [sys.executable, "node.py", command, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    assert "Usage" in asked.stdout
    everything = (ROOT / "README.md").read_text() + "\n".join(pages("docs").values())
    assert re.search(rf"hansa {command}\b", everything)
