"""Set-up of the private environment in .venv: what `./hansa` does once in a fresh clone.

It runs before anything is installed, so it is the standard library and pip alone. It needs neither
the `venv` nor the `ensurepip` module, which Debian ships apart from Python: an environment is a folder
of three entries (PEP 405), written here, and pip fills it from outside. It is not a package manager:
which versions, and the hash of each file, are decided by the lock.

A copy of the lock inside .venv says that the set-up is complete. It is written last, so a set-up that
was interrupted is begun again; and a file lock makes the second of two that start at once wait.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent

LOCKS = ("requirements.lock", "requirements-test.lock")
"""What is installed. The second names all that the first does, at the same versions."""

PIP_ELSEWHERE = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_CONSTRAINT")
"""A user's settings of pip that would install to another place, or something else than the lock says."""

ADVICE = {
    "DO NOT MATCH THE HASHES": """\
A file is not the one that the lock names, and was refused. Try another network or index; if it stays
so, tell the maintainers.""",
    "No space left on device": """\
The disk is full. The set-up needs about 300 MB in the clone.""",
    "CERTIFICATE_VERIFY_FAILED|SSLError": """\
The package index is not trusted. Behind a proxy that opens TLS, set PIP_CERT to its certificate.""",
    "NewConnection|NameResolution|Failed to resolve|timed? ?out|ProxyError|refused|unreachable": """\
The package index cannot be reached. Behind a proxy set HTTPS_PROXY; for an index of your own set
PIP_INDEX_URL; without a network put the wheels in ./wheels (CONTRIBUTING.md says how).""",
    "No matching distribution|Could not find a version": """\
There is no wheel of it for this Python and machine. Python 3.11, 3.12 and 3.13 on Linux and macOS are
known to work: name one with HANSA_PYTHON.""",
}
"""What to do about a failure, by what pip said: the first that matches counts."""


class SetupError(Exception):
    """The environment cannot be set up. The message is for the user, and says what to do."""


class Progress:
    """One line on the error stream about the set-up, redrawn in place where that is a terminal."""

    def __init__(self, title: str, total: int) -> None:
        self.title = title
        self.total = total
        self.seen = 0
        self.live = sys.stderr.isatty()
        say(title, end="" if self.live else "\n")

    def hear(self, line: str) -> None:
        """Take in one line that pip said."""
        words = line.split()
        if words[:1] == ["Installing"]:
            self.draw("installing")
        elif words[:1] in (["Collecting"], ["Ignoring"]) or words[:2] == ["Requirement", "already"]:
            self.seen += 1
            self.draw(f"{self.seen} of {self.total}")

    def draw(self, text: str) -> None:
        """Show how far it is."""
        if self.live:
            say(f"{self.title}: {text}", start="\r\x1b[K", end="")

    def close(self) -> None:
        """Leave the line, so that what follows stands on its own."""
        if self.live:
            say("", start="\r\x1b[K", prefix="", end="")


def say(text: str, *, start: str = "", prefix: str = "hansa: ", end: str = "\n") -> None:
    """Write to the error stream: the output of a command stays clean for whoever reads it."""
    print(f"{start}{prefix}{text}", end=end, file=sys.stderr, flush=True)


class Environment:
    """The private environment of one clone."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"

    def is_ready(self, lock: str) -> bool:
        """Say whether everything that this lock names is installed."""
        stamp = self.folder / lock
        current = (self.root / lock).read_bytes()
        return os.access(self.python, os.X_OK) and stamp.exists() and stamp.read_bytes() == current

    def create(self) -> None:
        """Write an empty environment of the Python that runs this, in place of any that is there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        # Not the Python of a user's own environment but the one below it; and the real file, not a name
        # such as python3: when an upgrade of the system takes it away, that shows.
        base = Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        (self.folder / "lib" / version / "site-packages").mkdir(parents=True)
        (self.folder / "lib64").symlink_to("lib")
        (self.folder / "bin").mkdir()
        for name in ("python", "python3", version):
            (self.folder / "bin" / name).symlink_to(base)
        text = f"home = {base.parent}\ninclude-system-site-packages = false\n"
        (self.folder / "pyvenv.cfg").write_text(text)

    def mark(self, locks: Sequence[str]) -> None:
        """Note that these locks, and no others, are installed. Each note appears whole or not at all."""
        for lock in LOCKS:
            (self.folder / lock).unlink(missing_ok=True)
        for lock in locks:
            partial = self.folder / f"{lock}.partial"
            shutil.copyfile(self.root / lock, partial)
            partial.replace(self.folder / lock)


def set_up(environment: Environment, lock: str, held: int) -> None:
    """Install what the lock names; what is there already is kept if it is complete.

    `held` is the open file lock. Raises SetupError, and OSError where the clone cannot be written.
    """
    began = time.monotonic()
    if any(environment.is_ready(other) for other in LOCKS):
        environment.mark([])
    else:
        environment.create()
    total = len(re.findall("^[a-z].*==", (environment.root / lock).read_text(), re.MULTILINE))
    progress = Progress(f"first use: setting up {total} packages in .venv", total)
    try:
        install(environment, lock, held, progress)
    finally:
        progress.close()
    environment.mark(LOCKS[: LOCKS.index(lock) + 1])
    say(f"{total} packages set up in .venv in {time.monotonic() - began:.0f} s")


def install(environment: Environment, lock: str, held: int, progress: Progress) -> None:
    """Let pip install the lock: wheels alone, with the hashes named and nothing besides.

    Raises SetupError with the last words of pip and what to do.
    """
    wheels = wheels_folder(environment)
    said: list[str] = []
    with subprocess.Popen(
        pip_command(environment, lock, wheels),
        env={key: value for key, value in os.environ.items() if key not in PIP_ELSEWHERE},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # pip holds the file lock as well: where it outlives this process, it still writes.
        pass_fds=[held],
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            said.append(line.rstrip())
            progress.hear(line)
    if pip.returncode != 0:
        raise SetupError(explain(said, wheels))


def wheels_folder(environment: Environment) -> Path | None:
    """Give the folder of wheels to install from without a network, if the user has put one there.

    Raises SetupError where one is named that is not there.
    """
    named = os.environ.get("HANSA_WHEELS")
    folder = Path(named) if named else environment.root / "wheels"
    if named and not folder.is_dir():
        raise SetupError(f"HANSA_WHEELS is {named}, and there is no such folder.")
    return folder if folder.is_dir() else None


def pip_command(environment: Environment, lock: str, wheels: Path | None) -> list[str]:
    """Give the command that installs a lock."""
    command = [sys.executable, "-m", "pip", "--python", str(environment.python)]
    command += ["--disable-pip-version-check", "--no-input", "--retries", "3", "install"]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile"]
    command += ["--no-warn-script-location", "--progress-bar", "off"]
    command += ["--root-user-action", "ignore", "--requirement", str(environment.root / lock)]
    return command if wheels is None else [*command, "--no-index", "--find-links", str(wheels)]


def explain(said: Sequence[str], wheels: Path | None) -> str:
    """Turn what pip said into the reason and what to do about it."""
    everything = "\n".join(said)
    errors = [line for line in said if line.startswith("ERROR:")] or list(said[-3:])
    where = [f"It was looked for in {wheels} alone (CONTRIBUTING.md)."] if wheels else []
    matching = (text for pattern, text in ADVICE.items() if re.search(pattern, everything))
    advice = next(matching, "That is all that pip said.")
    return "\n".join(["the packages could not be installed.", *errors[-3:], advice, *where])


@contextmanager
def exclusive(path: Path) -> Iterator[int]:
    """Hold a file lock, waiting for whoever has it. Gives its descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up of this clone to finish")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def main(lock: str) -> int:
    """Set up what the lock names unless it is there. Gives the exit code."""
    environment = Environment(ROOT)
    try:
        with exclusive(ROOT / ".venv.lock") as held:
            if not environment.is_ready(lock):
                set_up(environment, lock, held)
    except SetupError as error:
        say(str(error))
        return 2
    except OSError as error:
        say(f"the clone cannot be written to: {error}")
        return 2
    except KeyboardInterrupt:
        say("the set-up was interrupted. It begins again when ./hansa is called the next time.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
