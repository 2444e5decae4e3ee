"""`hansa export`: a chain as one portable file, equal byte for byte whichever member it comes from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.connection import connect
from cli.exits import Stop
from cli.output import print_json, progress, say
from cli.sources import open_data
from ledger.export import export_frames


def export(
    source: Annotated[
        str, typer.Argument(help="A node's URL, or the folder of a node that is stopped.")
    ],
    out: Annotated[Path, typer.Argument(help="The file to make; never overwritten.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write the whole chain to a file that `hansa audit` reads."""
    with _pieces(source) as pieces:
        size = write_export(pieces, out)
    if as_json:
        print_json({"file": str(out), "bytes": size})
    else:
        say(f"{out}: {size:,} bytes")


def write_export(pieces: Iterable[bytes], out: Path) -> int:
    """Write an export file, whole or not at all; its size. Raises Stop, and what reading raises."""
    if out.exists():
        raise Stop(f"{out}: is there already, and nothing is overwritten")
    scratch = out.with_name(f"{out.name}.part")
    size = 0
    try:
        with scratch.open("wb") as stream, progress() as bar:
            task = bar.add_task("Exporting", total=None)
            for piece in pieces:
                size += stream.write(piece)
                bar.update(task, completed=size)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.rename(out)
    except OSError as error:
        raise Stop(f"{out}: {error.strerror}") from None
    finally:
        scratch.unlink(missing_ok=True)
    return size


@contextmanager
def _pieces(source: str) -> Iterator[Iterable[bytes]]:
    if source.startswith(("http://", "https://")):
        with connect(source, patience=5.0) as client:
            yield client.export()
        return
    store = open_data(Path(source))
    try:
        yield export_frames(store)
    finally:
        store.close()
