"""The machine's part of the genesis: what is written, and what is refused with which words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.errors import Invalid
from ledger.overlay import Overlay
from ledger.store import MemoryStore
from lending import genesis, keys, queries, records
from tests.scenarios.lending_world import document, key_of

Document = dict[str, object]


def written(changed: object) -> Overlay:
    state = Overlay(MemoryStore())
    genesis.write(state, changed)
    return state


def test_parties_assets_products_and_parameters_are_there() -> None:
    state = written(document())
    parameters = records.PARAMETERS.read(state, keys.PARAMETERS)
    assert parameters is not None
    assert parameters.members == ("alpha", "beta", "delta", "gamma")
    assert parameters.approval_quorum == 3
    party = queries.party(state, "gamma")
    assert party is not None
    assert (party["kind"], party["threshold"]) == ("member", 2)
    assert [fact["asset"] for fact in queries.assets(state).items] == ["BOND", "USD"]
    product = queries.product(state, "personal", 1)
    assert product is not None
    assert product["is_active"]


def change(section: str, position: int, **fields: object) -> Callable[[Document], None]:
    def apply(whole: Document) -> None:
        listed = whole[section]
        assert isinstance(listed, list)
        listed[position] = {**listed[position], **fields}

    return apply


def append(section: str, position: int) -> Callable[[Document], None]:
    def apply(whole: Document) -> None:
        listed = whole[section]
        assert isinstance(listed, list)
        listed.append(listed[position])

    return apply


def put(section: str, value: object) -> Callable[[Document], None]:
    return lambda whole: whole.update({section: value})


PERSONAL_TWICE = append("products", 0)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (put("more", 1), "exactly"),
        (put("parties", {}), "a list"),
        (put("parties", []), "must be a member"),
        (append("parties", 0), "twice"),
        (change("parties", 0, kind="king"), "one of"),
        (change("parties", 0, keys=["zz"]), "hexadecimal"),
        (change("parties", 0, keys=[]), "public keys"),
        (change("parties", 0, keys=["00" * 32]), "public keys"),
        (change("parties", 0, keys=[key_of("beta").hex()]), "belongs to another"),
        (change("parties", 0, threshold=2), "fewer keys"),
        (change("parties", 0, extra=1), "no such field"),
        (change("parties", 6, sponsor="bolt"), "sponsor"),
        (append("assets", 0), "twice"),
        (change("assets", 0, custodian="alpha"), "custodian"),
        (change("assets", 0, price_sources=["nobody"]), "price source"),
        (change("assets", 0, decimals=19), "integer"),
        (PERSONAL_TWICE, "twice"),
        (change("products", 0, template={}), "present"),
        (put("products", [1]), "a map"),
        (put("parameters", {}), "present"),
    ],
)
def test_a_false_document_is_refused(spoil: Callable[[Document], None], words: str) -> None:
    whole: Document = document()
    spoil(whole)
    with pytest.raises(Invalid, match=words) as refusal:
        written(whole)
    assert refusal.value.code == "BAD_GENESIS"


def test_a_template_that_contradicts_itself_is_refused() -> None:
    whole = document()
    whole["products"][0]["template"] = {
        **whole["products"][0]["template"],
        "principal_min": 2,
        "principal_max": 1,
    }
    with pytest.raises(Invalid, match="principal_min"):
        written(whole)


def test_a_quorum_of_more_than_all_is_refused() -> None:
    with pytest.raises(Invalid, match="approval_quorum"):
        written(document(approval_quorum=5))


@pytest.mark.parametrize("whole", [None, [], "", {}])
def test_something_else_is_refused(whole: object) -> None:
    with pytest.raises(Invalid):
        written(whole)
