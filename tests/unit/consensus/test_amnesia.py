"""A replica that forgot what it signed signs again only where nothing forgotten can be contradicted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consensus.amnesia import HEIGHTS_BEYOND, Amnesia
from consensus.settings import ConsensusSettings
from ledger.membership import Height, MemberId

SETTINGS = ConsensusSettings()
PATIENCE_MS = SETTINGS.amnesia_patience_ms
A, B, C = MemberId("a"), MemberId("b"), MemberId("c")


def heard(**heads: int) -> Amnesia:
    amnesia = Amnesia(SETTINGS)
    for name, head in heads.items():
        amnesia.note(MemberId(name), Height(head))
    return amnesia


def test_a_chain_that_has_not_begun_begins_as_soon_as_enough_others_say_so() -> None:
    amnesia = heard(a=0)
    assert amnesia.voting_from(Height(0), 2, 0) is None
    amnesia.note(B, Height(0))
    assert amnesia.voting_from(Height(0), 2, 1) == 0


def test_a_member_alone_begins_alone() -> None:
    assert heard().voting_from(Height(0), 0, 0) == 0


def test_nothing_is_signed_before_it_is_level_with_enough_others() -> None:
    amnesia = heard(a=100, b=99, c=101)
    for head in range(99):
        assert amnesia.voting_from(Height(head), 2, head * PATIENCE_MS) is None


def test_it_signs_again_three_heights_beyond() -> None:
    amnesia = heard(a=100, b=99, c=101)
    found = [amnesia.voting_from(Height(head), 2, 0) for head in range(99, 104)]
    assert found == [None, None, None, 103, 104]
    assert HEIGHTS_BEYOND == 3


def test_a_chain_that_stands_still_without_it_gets_its_vote_after_a_patience() -> None:
    amnesia = heard(a=100, b=100, c=0)
    assert amnesia.voting_from(Height(100), 2, 7) is None
    assert amnesia.voting_from(Height(100), 2, 6 + PATIENCE_MS) is None
    assert amnesia.voting_from(Height(100), 2, 7 + PATIENCE_MS) == 101


def test_patience_begins_anew_with_every_block() -> None:
    amnesia = heard(a=100, b=100)
    assert amnesia.voting_from(Height(100), 2, 0) is None
    assert amnesia.voting_from(Height(101), 2, PATIENCE_MS - 1) is None
    assert amnesia.voting_from(Height(101), 2, PATIENCE_MS + 1) is None
    assert amnesia.voting_from(Height(101), 2, 2 * PATIENCE_MS) == 102


def test_others_without_a_disk_do_not_make_a_chain_new() -> None:
    amnesia = heard(a=0, b=0, c=100)
    assert amnesia.voting_from(Height(0), 2, 0) is None


def test_a_lie_upwards_does_not_silence_it() -> None:
    amnesia = heard(a=10, b=10, c=2**62)
    assert amnesia.voting_from(Height(10), 2, 0) is None
    assert amnesia.voting_from(Height(12), 2, 0) == 13


@given(
    st.dictionaries(st.sampled_from([A, B, C]), st.integers(0, 30), max_size=3),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9_000)), max_size=30),
)
def test_what_it_may_have_signed_is_below(
    claims: dict[MemberId, int], steps: list[tuple[int, int]]
) -> None:
    """Signed was at most two above the head of one of any two others (see the module)."""
    amnesia = Amnesia(SETTINGS)
    for name, head in claims.items():
        amnesia.note(name, Height(head))
    head, now_ms, waited_ms = 0, 0, 0
    for grown, passed_ms in steps:
        head, now_ms = head + grown, now_ms + passed_ms
        waited_ms = 0 if grown else waited_ms + passed_ms
        first = amnesia.voting_from(Height(head), 2, now_ms)
        if first is None or first == 0:
            continue
        level = sorted(claims.values())[:2]
        assert len(level) == 2
        assert first == head + 1
        assert head >= max(level) + HEIGHTS_BEYOND - 1 or waited_ms >= PATIENCE_MS
