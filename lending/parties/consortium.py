"""The consortium: what its genesis fixed for the machine, and which of its members speak.

Members are those of the genesis document; desks and borrowers that they bring in have no voice.
"""

from __future__ import annotations

from lending import keys, records
from lending.parties.authority import has_signed, party_of
from lending.records import Parameters
from lending.scope import Scope


def parameters(scope: Scope) -> Parameters:
    """What the genesis fixed."""
    found = records.PARAMETERS.get(scope.state, keys.PARAMETERS)
    assert found is not None, "genesis wrote the parameters"
    return found


def signing_members(scope: Scope) -> tuple[str, ...]:
    """The members of the genesis that signed, ascending."""
    found = []
    for name in parameters(scope).members:
        member = party_of(scope, name)
        assert member is not None, "genesis registered its members"
        if has_signed(scope, member):
            found.append(name)
    return tuple(found)
