"""Files that commands make: whole or not at all, and never over another file."""

from __future__ import annotations

import os
from pathlib import Path

from cli.exits import Stop


def write_new(file: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file that must not be there yet, durably. Raises Stop."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise Stop(f"{file}: is there already, and nothing is overwritten") from None
    except OSError as error:
        raise Stop(f"{file}: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def replace(file: Path, data: bytes) -> None:
    """Write a file of ours anew: readers see the old one or the new one, never a part."""
    scratch = file.with_name(f"{file.name}.new")
    scratch.unlink(missing_ok=True)
    write_new(scratch, data, mode=0o600)
    scratch.replace(file)
