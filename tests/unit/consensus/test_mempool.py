"""The pool: bounded, fair, every loss with its reason."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consensus.mempool import (
    EXPIRED,
    MADE_ROOM,
    POOL_FULL,
    TOO_MANY_SENDERS,
    Dropped,
    Mempool,
    pages,
)
from consensus.settings import TRANSACTIONS_PER_MESSAGE_MAX, ConsensusSettings
from ledger import codec
from ledger.membership import Height
from ledger.transaction import (
    ChainId,
    Transaction,
    build_payload,
    join_signatures,
    parse_transaction,
    sign_payload,
)
from tests.sim.cheap import signer_of

CHAIN = ChainId(bytes(32))
SMALL = ConsensusSettings(
    pool_transactions_max=4, pool_senders_max=3, block_transactions_max=3, pool_bytes_max=10_000
)


def transaction(sender: str, number: int = 0, expires_at: int = 100, size: int = 0) -> Transaction:
    command = ("add", {"note": "x" * size})
    payload = build_payload(CHAIN, sender, command, number.to_bytes(4, "big"), expires_at)
    return parse_transaction(sign_payload(payload, [signer_of("client", "cheap")]))


def pool_of(*transactions: Transaction, settings: ConsensusSettings = SMALL) -> Mempool:
    pool = Mempool(settings)
    for number, item in enumerate(transactions):
        assert pool.admit(item, number) == []
    return pool


def test_one_of_each_sender_in_turn_each_in_order_of_arrival() -> None:
    items = [transaction("a", 1), transaction("a", 2), transaction("b", 1), transaction("c", 1)]
    pool = pool_of(*items)
    chosen = [(item.sender, item.salt[-1]) for item in pool.select(turn=0)]
    assert chosen == [("a", 1), ("b", 1), ("c", 1)]
    assert [item.sender for item in pool.select(turn=1)] == ["b", "c", "a"]
    assert [item.sender for item in pool.select(turn=5)] == ["c", "a", "b"]


def test_a_full_pool_takes_from_the_greediest_and_says_so() -> None:
    greedy = [transaction("a", number) for number in range(4)]
    pool = pool_of(*greedy)
    assert pool.admit(transaction("a", 9), 9) == [Dropped(transaction("a", 9).id, POOL_FULL)]
    assert pool.admit(transaction("b", 1), 9) == [Dropped(greedy[3].id, MADE_ROOM)]
    assert pool.admit(transaction("b", 2), 9) == [Dropped(greedy[2].id, MADE_ROOM)]
    assert pool.admit(transaction("b", 3), 9) == [Dropped(transaction("b", 3).id, POOL_FULL)]
    assert len(pool) == 4


def test_senders_are_bounded_too() -> None:
    pool = pool_of(transaction("a"), transaction("b"), transaction("c"))
    assert pool.admit(transaction("d"), 9) == [Dropped(transaction("d").id, TOO_MANY_SENDERS)]


def test_bytes_are_bounded_too() -> None:
    settings = ConsensusSettings(pool_bytes_max=2_000)
    pool = pool_of(transaction("a", 1, size=900), settings=settings)
    first = transaction("a", 2, size=900)
    assert pool.admit(first, 1) == [Dropped(first.id, POOL_FULL)]
    assert pool.admit(transaction("a", 3, size=100), 2) == []


def test_expired_transactions_leave_with_a_reason() -> None:
    short, long = transaction("a", 1, expires_at=5), transaction("a", 2, expires_at=6)
    pool = pool_of(short, long)
    assert pool.expire(Height(5)) == []
    assert pool.expire(Height(6)) == [Dropped(short.id, EXPIRED)]
    assert pool.expire(Height(7)) == [Dropped(long.id, EXPIRED)]
    assert len(pool) == 0
    assert pool.oldest() is None


def test_a_transaction_that_came_back_after_it_left_expires_in_its_turn() -> None:
    item = transaction("a", 1, expires_at=5)
    pool = pool_of(item)
    pool.discard(item.id)
    assert pool.expire(Height(4)) == []
    pool.admit(item, 7)
    assert pool.expire(Height(6)) == [Dropped(item.id, EXPIRED)]
    assert pool.expire(Height(6)) == []


def test_what_a_block_holds_leaves_without_a_word_and_bytes_are_found_until_then() -> None:
    item = transaction("a")
    pool = pool_of(item)
    assert pool.lookup(item.raw) is item
    pool.remove([item.raw, transaction("b").raw])
    assert pool.lookup(item.raw) is None
    assert item.id not in pool


def test_what_a_block_holds_leaves_also_under_other_signatures() -> None:
    item = transaction("a")
    payload, ((key, signature),) = codec.decode(item.raw)
    again = join_signatures(payload, [(key, signature[::-1])])
    pool = pool_of(item)
    assert again != item.raw
    pool.remove([again])
    assert len(pool) == 0
    assert pool.oldest() is None


def test_rejuvenated_counts_as_new() -> None:
    first, second = transaction("a", 1), transaction("a", 2)
    pool = pool_of(first, second)
    pool.rejuvenate(first.id, 50)
    assert pool.oldest() == (second, 1)


def test_only_what_was_handed_in_here_is_passed_on_again() -> None:
    pool = Mempool(SMALL)
    pool.admit(transaction("a"), 0, is_relayed=True)
    pool.admit(transaction("b"), 0)
    assert [item.sender for item in pool.own()] == ["b"]


def test_pages_hold_everything_once_and_are_bounded() -> None:
    items = [transaction("a", number) for number in range(TRANSACTIONS_PER_MESSAGE_MAX + 3)]
    portions = list(pages(items))
    assert [len(portion) for portion in portions] == [TRANSACTIONS_PER_MESSAGE_MAX, 3]
    assert [raw for portion in portions for raw in portion] == [item.raw for item in items]
    assert list(pages([])) == []


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(0, 6), st.sampled_from(["in", "out"])),
        max_size=40,
    )
)
def test_the_bounds_hold_and_every_loss_is_told(moves: list[tuple[str, int, str]]) -> None:
    pool, inside = Mempool(SMALL), set()
    for sender, number, move in moves:
        item = transaction(sender, number)
        if move == "out":
            pool.discard(item.id)
            inside.discard(item.id)
        elif item.id not in pool:
            inside.add(item.id)
            inside -= {dropped.transaction_id for dropped in pool.admit(item, 0)}
        assert len(pool) == len(inside) <= SMALL.pool_transactions_max
        assert all(identifier in pool for identifier in inside)
        chosen = pool.select(number)
        assert len(chosen) == min(len(pool), SMALL.block_transactions_max)
        assert len({item.id for item in chosen}) == len(chosen)
