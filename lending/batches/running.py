"""Carrying out a batch: each command as if alone, then the checks of the end. All, or nothing.

The transaction carries the signatures of everybody in whose name something is done. The order of a
single command is kept for each: who signed, the gates, the handler, the followers. A refusal names
the command by its index and undoes the whole transaction, as every refusal does.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger.receipt import Rejected
from lending.batches.ends import check_ends
from lending.collateral.watch import attend_account
from lending.commands import Command, parse_command
from lending.commands.batches import Batch, BatchStep
from lending.deferral import Check
from lending.followers import follow
from lending.rejections import Rejection, reject
from lending.scope import Scope

CarryOut = Callable[[Scope, Command], Rejected | None]
"""How the machine carries out one command."""


def run_batch(scope: Scope, batch: Batch, carry_out: CarryOut) -> Rejected | None:
    """Carry out all commands of a batch as the machine does, or refuse it for one of them."""
    composer, scope.deferred = scope.sender, {}
    for index, step in enumerate(batch.commands):
        scope.sender, scope.step = step.sender, index
        if refused := _run_step(scope, step, carry_out):
            return _refusal(batch, index, "IN_TURN", refused)
    scope.sender = composer
    if failed := check_ends(scope):
        return _refusal(batch, failed[0], "AT_END", failed[1])
    _settle(scope)
    return None


def _run_step(scope: Scope, step: BatchStep, carry_out: CarryOut) -> Rejected | None:
    command = parse_command(step.name, step.fields)
    if isinstance(command, Rejected):
        return command
    if isinstance(command, Batch):
        expected = "any command but a batch"
        return reject(Rejection.MALFORMED_COMMAND, field="name", expected=expected)
    scope.emit("batch_step", index=scope.step, sender=step.sender, command=step.name)
    return carry_out(scope, command)


def _settle(scope: Scope) -> None:
    """Look at the accounts that waited for the end, now that they are covered."""
    deferred, scope.deferred = scope.deferred or {}, None
    waiting = [each for each, (_, has_failed) in deferred.items() if has_failed]
    scope.emit("batch_settled", checks=len(deferred), deferred=len(waiting))
    for check, subject in waiting:
        if check == Check.ACCOUNT_COVER:
            attend_account(scope, subject)
    follow(scope)


def _refusal(batch: Batch, index: int, when: str, refused: Rejected) -> Rejected:
    return reject(
        Rejection.BATCH_REFUSED, index=index, command=batch.commands[index].name, when=when,
        code=refused.code, facts=refused.facts,
    )  # fmt: skip
