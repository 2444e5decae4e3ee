"""The words of failure of the ledger; what they are not: business refusals (see `Rejected`).

Three words are used in the whole house and never mixed:

* `Invalid`: somebody outside sent something false or malformed. Drop it, perhaps accuse.
* `ledger.receipt.Rejected`: a rule of lending said no. A value, recorded in a receipt.
* `AssertionError`: we are wrong. Nothing catches it; the node halts.
"""

from __future__ import annotations


class Invalid(Exception):
    """A peer, a client or a file gave something false or malformed.

    `code` is stable and documented (docs/develop/errors.md); `detail` is for people.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class StoreDamaged(Exception):
    """The node's own data failed a check; the node stops and says which record and what to do."""
