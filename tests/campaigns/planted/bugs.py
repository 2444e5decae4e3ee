"""The bugs: where, what the true line is, what it becomes, and which tests must fail. A table.

Every one is a mistake that implementations of this kind have really made. The true text stands in
its file exactly once; a test holds that, so the table cannot rot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CONSENSUS: Final = (
    "tests/unit/consensus",
    "tests/scenarios/test_consensus_scenarios.py",
    "tests/properties/test_consensus_oracle.py",
    "tests/sim",
)
CODEC: Final = ("tests/unit/ledger/test_codec.py",)
LEDGER: Final = ("tests/unit/ledger", "tests/contracts")
STORE: Final = ("tests/contracts/test_store_contract.py",)
RUNTIME: Final = ("tests/unit/runtime",)
LENDING: Final = ("tests/unit/lending", "tests/scenarios", "tests/properties")


@dataclass(frozen=True, slots=True)
class Bug:
    """One planted mistake."""

    name: str
    """What goes wrong."""
    path: str
    """The file."""
    true: str
    """What stands there."""
    planted: str
    """What stands there instead."""
    suites: tuple[str, ...]
    """The tests of which at least one must fail."""


BUGS: Final = (
    # --- what may be signed
    Bug("votes twice at one position", "consensus/safety.py",
        "(height, view, step) > self._floor(height)", "(height, view, step) >= self._floor(height)",
        CONSENSUS),
    Bug("forgets the height when it compares", "consensus/safety.py",
        "return self.data.position if self.data.height == height else (height, 0, -1)",
        "return (height, 0, -1)", CONSENSUS),
    Bug("votes below what it has forgotten", "consensus/safety.py",
        "return height >= self.data.voting_from_height and height >= self.data.height",
        "return height >= self.data.height", CONSENSUS),
    Bug("leaves a view without saying what it prepared", "consensus/safety.py",
        "prepared = data.prepared\n        certificate = None",
        "prepared = None\n        certificate = None", CONSENSUS),
    Bug("prepares another block than the view changes oblige to", "consensus/safety.py",
        "obliged is None or obliged.block_id == pre_prepare.block.id", "True", CONSENSUS),
    Bug("counts view changes of any view", "consensus/safety.py",
        "if (change.height, change.view) == place and change.sender in membership.by_id",
        "if change.sender in membership.by_id", CONSENSUS),
    Bug("commits with one PREPARE too few", "consensus/safety.py",
        "signers = {voter for voter, _ in proof.certificate.signatures if voter in membership.by_id}\n    return (\n        len(signers) >= membership.quorum",
        "signers = {voter for voter, _ in proof.certificate.signatures if voter in membership.by_id}\n    return (\n        len(signers) + 1 >= membership.quorum",
        CONSENSUS),
    Bug("forgets its proof when it commits", "consensus/safety.py",
        "step=Step.COMMIT, commit=vote, prepared=proof,", "step=Step.COMMIT, commit=vote,",
        CONSENSUS),
    # --- view changes
    Bug("reproposes the lowest view prepared", "consensus/view_change.py",
        "return max(proofs, key=", "return min(proofs, key=", CONSENSUS),
    Bug("believes a claim of having prepared", "consensus/view_change.py",
        "    certificates.verify(change.prepared.certificate)\n",
        "    assert change.prepared.certificate is not None\n", CONSENSUS),
    Bug("lets a proof claim a view above its own", "consensus/view_change.py",
        "if ballot.view >= change.view:", "if ballot.view > change.view + 10**12:", CONSENSUS),
    Bug("counts one sender's view change many times", "consensus/view_change.py",
        "if senders != sorted(set(senders)):", "if senders != sorted(senders):", CONSENSUS),
    Bug("takes a NEW-VIEW with another block than is due", "consensus/view_change.py",
        "if obliged is not None and obliged.block_id != new_view.pre_prepare.block.id:",
        "if obliged is not None and obliged.height != new_view.pre_prepare.height:", CONSENSUS),
    Bug("keeps a vote that nobody signed", "consensus/instance.py",
        "        vote.verify(self.membership)\n        if earlier is not None:",
        "        if earlier is not None:", CONSENSUS),
    Bug("lets a vote be replaced", "consensus/instance.py",
        "return evidence.of_votes(earlier, vote)\n        self._votes.setdefault",
        "self._votes[ballot.phase, ballot.view].pop(vote.voter)\n        self._votes.setdefault",
        CONSENSUS),
    Bug("forgets a late COMMIT quorum", "consensus/instance.py",
        "if phase is Phase.COMMIT:\n                ballot",
        "if phase is Phase.COMMIT and _ == self.view:\n                ballot", CONSENSUS),
    Bug("takes a proposal from anybody", "consensus/agreement.py",
        "if message.primary != self.instance.primary(message.view):",
        "if message.primary not in self.instance.membership.by_id:", CONSENSUS),
    Bug("votes before it executes", "consensus/agreement.py",
        "            self._context.execute(message.proposal)\n", "            pass\n", CONSENSUS),
    Bug("appends what was fetched without its certificate", "consensus/replica.py",
        "            verify_commit(certified.certificate, certified.block, self._context.ledger.membership)\n",
        "            pass\n", CONSENSUS),
    # --- certificates and keys
    Bug("counts one signer twice in a certificate", "ledger/certificate.py",
        "if voters != sorted(set(voters)):", "if voters != sorted(voters):", LEDGER),
    Bug("accepts a certificate for another block", "ledger/certificate.py",
        "named != (Phase.COMMIT, block.height, block.id, block.header.chain_id)",
        "named[0] is not Phase.COMMIT", LEDGER),
    Bug("accepts keys of small order", "ledger/crypto.py",
        "return y < _FIELD and y not in _SMALL_ORDER_Y", "return y < _FIELD", LEDGER),
    Bug("signs without the purpose", "ledger/crypto.py",
        "return Signature(self._private.sign(_TAGS[purpose] + payload))",
        "return Signature(self._private.sign(_TAGS[Purpose.BLOCK] + payload))", LEDGER),
    # --- canonical bytes
    Bug("accepts map keys in any order", "ledger/codec.py",
        "if previous is not None and key <= previous:", "if previous is not None and key == previous:",
        CODEC),
    Bug("accepts another encoding of the same value", "ledger/codec.py",
        "if canonical != data:", "if len(canonical) > len(data):", CODEC),
    Bug("leaves the depth to the decoder", "ledger/codec.py",
        "if len(stack) > max_depth:", "if len(stack) > 400:", CODEC),
    Bug("builds what it has not measured", "ledger/codec.py",
        "    scan(data)\n    try:\n", "    try:\n", CODEC),
    Bug("takes a boolean for a number", "ledger/codec.py",
        "if type(item) is not wanted and wanted is not object:",
        "if not isinstance(item, wanted):", CODEC),
    # --- execution and chain
    Bug("executes a transaction again", "ledger/execution.py",
        "if transaction.id in ids or is_seen(transaction.id):", "if transaction.id in ids:", LEDGER),
    Bug("includes what has expired", "ledger/execution.py",
        "if not height <= transaction.expires_at <= height + LIFETIME_HEIGHTS_MAX:",
        "if transaction.expires_at > height + LIFETIME_HEIGHTS_MAX:", LEDGER),
    Bug("keeps the writes of a refused transaction", "ledger/execution.py",
        "            state.rollback()\n", "            state.commit()\n", LEDGER),
    Bug("lets block time stand still", "ledger/execution.py",
        "if not base.parent.timestamp_ms < header.timestamp_ms <= TIMESTAMP_MS_MAX:",
        "if not base.parent.timestamp_ms <= header.timestamp_ms <= TIMESTAMP_MS_MAX:", LEDGER),
    # --- stores and the journal
    Bug("writes half a batch", "ledger/leveldb.py",
        "write_batch(transaction=True, sync=sync)", "write_batch(transaction=False, sync=sync)",
        STORE),
    Bug("begins after an empty start", "ledger/leveldb.py",
        "start=start or None,", "start=start,", STORE),
    Bug("reads without its checksum", "ledger/sqlite.py",
        "if stored[:_CHECK_BYTES] != _check(key, value):", "if len(stored) < _CHECK_BYTES:", STORE),
    Bug("keeps half a batch", "ledger/sqlite.py",
        '            execute("ROLLBACK")\n', '            execute("COMMIT")\n', STORE),
    Bug("does not wait for the disk", "runtime/safety_journal.py",
        "        _sync_data(self._file)\n", "        pass\n", RUNTIME),
    Bug("takes a rotten record for a torn one", "runtime/safety_journal.py",
        "return _is_head(tail[:_HEAD_BYTES]) and not is_whole",
        "return tail[:4] == _MAGIC", RUNTIME),
    Bug("trusts an empty journal", "runtime/safety_journal.py",
        "        return Recovered(None, is_trustworthy=False)\n",
        "        return Recovered(None, is_trustworthy=True)\n", RUNTIME),
    Bug("lets two processes run on one folder", "runtime/safety_journal.py",
        "        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)\n", RUNTIME),
    Bug("sends before it has persisted", "runtime/driver.py",
        "        if output.persist is not None:\n            with self._metrics.persist_seconds.time():\n"
        "                self._journal.append(codec.encode_array(output.persist.to_value()))\n"
        "        if self.transport is not None:\n            for send in output.sends:\n"
        "                self.transport.send(send.to, encode_message(send.message))\n",
        "        if self.transport is not None:\n            for send in output.sends:\n"
        "                self.transport.send(send.to, encode_message(send.message))\n"
        "        if output.persist is not None:\n            with self._metrics.persist_seconds.time():\n"
        "                self._journal.append(codec.encode_array(output.persist.to_value()))\n",
        RUNTIME),
)  # fmt: skip
