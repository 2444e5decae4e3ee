"""The set-up of a fresh clone, run for real on small clones with small wheels, and never over a network.

What is installed is made up, and so is node.py; `hansa`, `bootstrap.py`, pip and the Python are the real ones.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BASE_PYTHON = Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
"""The tests may run in an environment without pip; the Python below it has what it was set up with."""

pytestmark = pytest.mark.timeout(120)


def make_wheel(folder: Path, name: str, version: str, source: str) -> str:
    """Write a wheel of one module, and give its line in a lock."""
    information = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": source,
        f"{name}/__main__.py": "import os, sys\nprint(os.getcwd(), *sys.argv[1:])\n",
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = []
    for path, text in files.items():
        digest = (
            base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        )
        record.append(f"{path},sha256={digest},{len(text)}\n")
    files[f"{information}/RECORD"] = "".join(record) + f"{information}/RECORD,,\n"
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


@dataclass(frozen=True, slots=True)
class Clone:
    """A fresh clone with a made-up lock, and a home that is not there."""

    folder: Path

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {"PATH": os.environ["PATH"], "HOME": str(self.folder / "no-home")}
        return inherited | {"HANSA_PYTHON": str(BASE_PYTHON)} | more

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.folder / "hansa"), *arguments],
            cwd=self.folder.parent,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        with self.start(*arguments, **environment) as process:
            output, errors = process.communicate()
        return process.returncode, output, errors

    def lock(self, text: str) -> None:
        (self.folder / "requirements.lock").write_text(text)

    @property
    def stamp(self) -> Path:
        return self.folder / ".venv" / "requirements.lock"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    folder = tmp_path / "a clone"
    (folder / "wheels").mkdir(parents=True)
    for name in ("hansa", "bootstrap.py"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "node.py").write_text(
        "import sys, anchor\nprint('node', anchor.version, *sys.argv[1:])\nsys.exit(7)\n"
    )
    line = make_wheel(folder / "wheels", "anchor", "1.0", "version = 1\n")
    (folder / "requirements.lock").write_text(line)
    line += make_wheel(folder / "wheels", "pytest", "1.0", "")
    (folder / "requirements-test.lock").write_text(line)
    return Clone(folder)


def test_first_use_sets_up_and_hands_over_and_the_second_only_hands_over(clone: Clone) -> None:
    code, output, errors = clone.run("run", "--json", "two words")
    assert (code, output) == (7, "node 1 run --json two words\n")
    assert re.search(r"first use: setting up 1 packages.*\n.*1 packages set up in \.venv", errors)
    assert clone.run("status") == (7, "node 1 status\n", "")


def test_the_tests_are_run_in_the_clone_with_what_they_need(clone: Clone) -> None:
    code, output, errors = clone.run("test", "-k", "one thing")
    assert (code, output) == (0, f"{clone.folder} -n 2 -k one thing\n"), errors
    assert clone.run("status") == (7, "node 1 status\n", "")


def test_a_new_lock_is_set_up_anew(clone: Clone) -> None:
    clone.run()
    clone.lock(make_wheel(clone.folder / "wheels", "anchor", "2.0", "version = 2\n"))
    code, output, errors = clone.run()
    assert (code, output) == (7, "node 2\n")
    assert "setting up" in errors


def test_a_killed_set_up_is_begun_again(clone: Clone) -> None:
    with clone.start() as process:
        assert process.stderr is not None
        assert "setting up" in process.stderr.readline()
        os.killpg(process.pid, signal.SIGKILL)
    assert not clone.stamp.exists()
    remains = clone.folder / ".venv" / "remains"
    remains.touch()
    assert clone.run()[:2] == (7, "node 1\n")
    assert not remains.exists()


def test_two_that_start_at_once_set_up_once(clone: Clone) -> None:
    with clone.start("a") as one, clone.start("b") as other:
        results = [one.communicate(), other.communicate()]
    assert [output for output, _ in results] == ["node 1 a\n", "node 1 b\n"]
    assert "".join(errors for _, errors in results).count("setting up 1 packages") == 1


def test_an_environment_whose_python_is_gone_is_set_up_anew(clone: Clone) -> None:
    clone.run()
    python = clone.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert clone.run()[:2] == (7, "node 1\n")


def test_it_may_be_called_through_a_link_from_anywhere(clone: Clone, tmp_path: Path) -> None:
    link = tmp_path / "bin" / "hansa"
    link.parent.mkdir()
    link.symlink_to("../a clone/hansa")
    done = subprocess.run(
        [link, "x"], cwd="/", env=clone.environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (7, "node 1 x\n"), done.stderr


def test_another_folder_of_wheels_may_be_named(clone: Clone, tmp_path: Path) -> None:
    (clone.folder / "wheels").rename(tmp_path / "elsewhere")
    assert clone.run(HANSA_WHEELS=str(tmp_path / "elsewhere"))[:2] == (7, "node 1\n")


def test_a_user_s_settings_do_not_lead_the_packages_astray(clone: Clone, tmp_path: Path) -> None:
    astray = {"PIP_TARGET": str(tmp_path / "astray"), "PYTHONPATH": str(tmp_path), "PIP_USER": "1"}
    (tmp_path / "anchor.py").write_text("version = 'astray'\n")
    assert clone.run(**astray)[:2] == (7, "node 1\n")
    assert not (tmp_path / "astray").exists()


# What it says when something is missing. Each names what is wrong and what to do, and leaves by code 2.


def refuses(clone: Clone, *sentences: str, **environment: str) -> str:
    code, output, errors = clone.run(**environment)
    assert (code, output) == (2, "")
    for sentence in sentences:
        assert sentence in errors
    assert "Traceback" not in errors
    assert not clone.stamp.exists()
    return errors


def test_a_file_that_is_not_the_one_locked_is_refused(clone: Clone) -> None:
    make_wheel(clone.folder / "wheels", "anchor", "1.0", "version = 'forged'\n")
    refuses(clone, "not the one that the lock names, and was refused")


def test_a_wheel_that_is_not_there_is_named(clone: Clone) -> None:
    (clone.folder / "wheels" / "anchor-1.0-py3-none-any.whl").unlink()
    refuses(
        clone,
        "No matching distribution found for anchor==1.0",
        "/a clone/wheels alone",
        "no wheel of it",
    )


def test_without_a_network_it_says_what_to_do(clone: Clone) -> None:
    shutil.rmtree(clone.folder / "wheels")
    nobody = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_FIND_LINKS": ""}
    errors = refuses(clone, "The package index cannot be reached", "./wheels", **nobody)
    assert "no wheel of it" not in errors


def test_a_folder_of_wheels_that_is_not_there_is_named(clone: Clone) -> None:
    refuses(clone, "HANSA_WHEELS is /nowhere, and there is no such folder", HANSA_WHEELS="/nowhere")


def pretend_python(folder: Path, code: str) -> dict[str, str]:
    """Put a python3 on a PATH of its own that runs what it is given after this code."""
    folder.mkdir()
    for tool in ("sh", "dirname", "readlink", "cmp", "tail"):
        (folder / tool).symlink_to(str(shutil.which(tool)))
    script = folder / "python3"
    script.write_text(f"""#!/bin/sh\nexec '{BASE_PYTHON}' -c '{code}; exec(sys.argv[2])' "$@"\n""")
    script.chmod(0o755)
    return {"PATH": str(folder), "HANSA_PYTHON": ""}


def test_a_python_that_is_too_old_is_named(clone: Clone, tmp_path: Path) -> None:
    path = pretend_python(tmp_path / "old", "import sys; sys.version_info = (3, 9, 2)")
    refuses(clone, "python3 is Python 3.9", "3.11 or newer", "apt install", **path)


def test_a_missing_pip_is_named(clone: Clone, tmp_path: Path) -> None:
    path = pretend_python(tmp_path / "bare", 'import sys; sys.modules["pip"] = None')
    refuses(clone, "python3 has no pip", "apt install python3 python3-pip", **path)


def test_a_missing_python_is_named(clone: Clone, tmp_path: Path) -> None:
    path = pretend_python(tmp_path / "empty", "")
    (tmp_path / "empty" / "python3").unlink()
    refuses(clone, "there is no python3 on PATH", **path)


def test_it_does_not_run_without_assertions(clone: Clone) -> None:
    refuses(clone, "PYTHONOPTIMIZE is set", PYTHONOPTIMIZE="1")


# The locks


def pins(lock: str) -> dict[str, str]:
    """Read which version of each package a lock names."""
    text = (ROOT / lock).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def test_the_tests_run_with_the_versions_that_nodes_run_with() -> None:
    tests, nodes = pins("requirements-test.lock"), pins("requirements.lock")
    assert nodes
    assert {name: tests.get(name) for name in nodes} == nodes


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_holds_names_versions_and_hashes_and_nothing_else(lock: str) -> None:
    entry = re.compile(
        r"[a-z0-9-]+==[0-9.]+(?: ; [a-z_0-9 ='<>!.P()y]+)? \\\n"
        r"(?:    --hash=sha256:[0-9a-f]{64} \\\n)*    --hash=sha256:[0-9a-f]{64}\n",
        re.IGNORECASE,
    )
    assert entry.sub("", (ROOT / lock).read_text()) == ""
