"""`hansa audit`: replay a chain from the genesis hash alone, and say what does not hold first.

The rules are in ledger.verify; here are the sources, the cores of this machine, and the words.
"""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.composition import Composition
from cli.exits import Exit, Stop
from cli.output import print_json, progress, say
from cli.sources import Source, open_source
from ledger.chain import Chain
from ledger.errors import Invalid, StoreDamaged
from ledger.genesis import Genesis
from ledger.store import (
    INDEX,
    RECEIPTS,
    STATE,
    TRANSACTION,
    Reader,
    Store,
    Write,
)
from ledger.verify import (
    Examine,
    Fault,
    Job,
    Level,
    Parallel,
    Progress,
    Verdict,
    one_by_one,
    verify_chain,
)

AHEAD_PER_WORKER: Final = 4
DERIVED: Final = {
    STATE: "records of the state",
    RECEIPTS: "receipts",
    TRANSACTION: "places of transactions",
    INDEX: "indexes",
}
"""What a node derives from its blocks and keeps beside them."""
LEVELS: Final = {level.name.lower(): level for level in Level}


def audit(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(help="An export file, a node's folder, or a node's URL.")
    ],
    genesis_hash: Annotated[
        str, typer.Option(help="The hash of the genesis document, as you were told it.")
    ],
    level: Annotated[str, typer.Option(help=f"How much: {', '.join(LEVELS)}.")] = "execution",
    workers: Annotated[
        int, typer.Option(help="Processes that check signatures; 0 for one per core.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Check a whole chain, trusting nobody: links, signatures, certificates, and every result.

    Exit code 0: all holds. 1: something does not, and the verdict names the first such height,
    transaction, key and member.
    """
    if level.lower() not in LEVELS:
        raise Stop(f"--level {level}: one of {', '.join(LEVELS)}")
    expected = _read_hash(genesis_hash)
    verdict = run_audit(source, expected, LEVELS[level.lower()], context.obj, workers)
    if as_json:
        print_json(verdict_document(source, expected, verdict))
    else:
        _show(source, expected, verdict)
    if not verdict.is_ok:
        raise typer.Exit(Exit.FAILED)


def run_audit(
    source: str,
    expected: bytes,
    level: Level,
    composition: Composition,
    workers: int = 0,
    told: Progress | None = None,
) -> Verdict:
    """Audit a source; `told` hears of every height. Raises Stop, ClientError if it is unreadable."""
    try:
        with open_source(source) as chain:
            if chain.genesis.digest != expected:
                detail = f"the genesis in the source has the hash {chain.genesis.digest.hex()}"
                return _failed(level, Fault(0, "OTHER_CHAIN", detail))
            return _verify(chain, level, composition, workers, told)
    except Invalid as error:
        return _failed(level, Fault(0, error.code, error.detail))
    except StoreDamaged as error:
        return _failed(level, Fault(0, "STORE_DAMAGED", str(error)))


def _failed(level: Level, fault: Fault) -> Verdict:
    return Verdict(
        is_ok=False, level=level, height=0, transactions=0, block_id="", state_root="", fault=fault
    )


def _verify(
    source: Source, level: Level, composition: Composition, workers: int, told: Progress | None
) -> Verdict:
    with ExitStack() as stack:
        parallel: Parallel = one_by_one
        count = workers or os.cpu_count() or 1
        if level >= Level.SIGNATURES and count > 1:
            parallel = Pool(stack.enter_context(ProcessPoolExecutor(count)), count)
        replay = None
        if level >= Level.EXECUTION:
            replay = stack.enter_context(_Replay(source.genesis, composition))
        bar = stack.enter_context(progress())
        task = bar.add_task("Replaying" if replay else "Checking", total=source.size)

        def tell(height: int, transactions: int) -> None:
            bar.update(task, completed=source.position(height))
            if told is not None:
                told(height, transactions)

        return verify_chain(
            source.entries, source.genesis, level, replay, parallel=parallel, progress=tell
        )


class Pool:
    """Examines heights in other processes, and gives them back in their order."""

    def __init__(self, executor: ProcessPoolExecutor, workers: int) -> None:
        self._executor = executor
        # The processes begin here, before this one has threads that they would inherit half of.
        executor.submit(int).result()
        self._ahead = workers * AHEAD_PER_WORKER

    def __call__(
        self, function: Examine, jobs: Iterable[Job]
    ) -> Iterator[tuple[Job, Fault | None]]:
        """See ledger.verify.Parallel."""
        waiting: deque[tuple[Job, Future[Fault | None]]] = deque()
        iterator = iter(jobs)
        while True:
            for job in islice(iterator, self._ahead - len(waiting)):
                waiting.append((job, self._executor.submit(function, job)))
            if not waiting:
                return
            job, future = waiting.popleft()
            yield job, future.result()


class _Unsynced:
    """A store for a replay that may as well be begun again: no write is waited for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.name = store.name
        self.get = store.get
        self.iterate = store.iterate
        self.close = store.close

    def write(self, batch: Iterable[Write], *, sync: bool) -> None:
        """See ledger.store.Store; `sync` is not heeded."""
        self._store.write(batch, sync=False)

    def snapshot(self) -> AbstractContextManager[Reader]:
        """See ledger.store.Store."""
        return self._store.snapshot()


class _Replay:
    """A chain of the auditor's own in a scratch folder, at height 0."""

    def __init__(self, genesis: Genesis, composition: Composition) -> None:
        self._genesis = genesis
        self._composition = composition
        self._folder = tempfile.TemporaryDirectory(prefix="hansa-audit-")
        self._chain: Chain | None = None

    def __enter__(self) -> Chain:
        folder = Path(self._folder.name)
        self._composition.create_data(folder, self._genesis, "auto")
        self._chain = self._composition.open_chain(folder, self._genesis)
        self._chain.store = _Unsynced(self._chain.store)
        return self._chain

    def __exit__(self, *_: object) -> None:
        if self._chain is not None:
            self._chain.store.close()
        self._folder.cleanup()


def _read_hash(text: str) -> bytes:
    try:
        digest = bytes.fromhex(text.strip())
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise Stop("--genesis-hash: 64 hexadecimal digits were expected")
    return digest


def verdict_document(source: str, expected: bytes, verdict: Verdict) -> dict[str, object]:
    """The verdict in plain values (contract: docs/operate/cli.md)."""
    fault = verdict.fault
    return {
        "is_ok": verdict.is_ok,
        "source": source,
        "genesis_hash": expected.hex(),
        "level": verdict.level.name.lower(),
        "height": verdict.height,
        "transactions": verdict.transactions,
        "block_id": verdict.block_id,
        "state_root": verdict.state_root,
        "first_bad": None
        if fault is None
        else {
            "height": fault.height,
            "transaction": fault.transaction or None,
            "key": fault.key or None,
            "member": fault.member or None,
            "code": fault.code,
            "detail": fault.detail,
        },
    }


WHAT_HELD: Final = {
    Level.LINKS: "every block continues the one before it",
    Level.SIGNATURES: "every transaction is signed by the keys that it names",
    Level.CERTIFICATES: "a quorum of distinct members committed every block",
    Level.EXECUTION: "executed again, every block leads to the certified receipts and state",
}


def _show(source: str, expected: bytes, verdict: Verdict) -> None:
    fault = verdict.fault
    if fault is not None:
        say(f"FAILED  {source} does not hold at height {fault.height}")
        say(f"  {fault.code}: {fault.detail}")
        named = {"transaction": fault.transaction, "key": fault.key, "member": fault.member}
        for what, value in named.items():
            if value:
                say(f"  {what:12} {value}")
        say(f"  what held     heights up to {verdict.height}, {verdict.transactions} transactions")
        return
    say(f"HOLDS   {source}: heights 1 to {verdict.height}, {verdict.transactions} transactions")
    for level, words in WHAT_HELD.items():
        if level <= verdict.level:
            say(f"  {level.name.lower():13} {words}")
    say(f"  genesis hash  {expected.hex()}")
    say(f"  block id      {verdict.block_id}")
    say(f"  state root    {verdict.state_root}")
    say("What no audit of one source can show: that the chain does not go on after this height.")
    say("Compare the block id with another member's node.")
