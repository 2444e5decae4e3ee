"""What can be read of pools, facilities, collateral and cover over HTTP, and what is refused."""

from __future__ import annotations

from typing import cast

import httpx
import pytest

from client import HansaClient
from client.resources import RESOURCES
from tests.unit.api.asking import get
from tests.unit.api.market import Market

Json = dict[str, object]


@pytest.fixture(scope="module")
def market() -> Market:
    return Market()


def shown(market: Market, path: str) -> Json:
    answer = get(market.node, path)
    assert answer.status_code == 200, answer.text
    return cast("Json", answer.json())


def test_a_pool_and_who_is_in_it(market: Market) -> None:
    pool = shown(market, "/v1/pools/main")
    figures = cast("Json", pool["figures"])
    assert cast("Json", figures["debt"])["amount"] == "9000.00"
    assert len(str(figures["index"])) == 28
    (position,) = cast("list[Json]", shown(market, "/v1/pools/main/SENIOR/positions")["data"])
    assert position["depositor"] == "alpha"
    assert cast("Json", position["rewards"])["asset"] == "BOND"
    (waits,) = cast("list[Json]", shown(market, "/v1/pools/main/SENIOR/queue")["data"])
    assert waits["depositor"] == "alpha"
    lines = cast("list[Json]", shown(market, "/v1/pools/main/credit-lines")["data"])
    assert [line["borrower"] for line in lines] == ["acme", "beta"]
    assert cast("Json", lines[0]["pledged"])["asset"] == "BOND"
    assert lines[1]["pledged"] is None


def test_pages_are_bounded_and_go_on(market: Market) -> None:
    first = shown(market, "/v1/pools/main/credit-lines?limit=1")
    second = shown(market, f"/v1/pools/main/credit-lines?limit=1&cursor={first['next']}")
    names = [cast("list[Json]", page["data"])[0]["borrower"] for page in (first, second)]
    assert (names, first["has_more"], second["has_more"]) == (["acme", "beta"], True, False)
    assert get(market.node, "/v1/pools?limit=1001").status_code == 422
    assert get(market.node, "/v1/pools?cursor=zz").json()["code"] == "BAD_CURSOR"


def test_a_facility_its_votes_and_its_index(market: Market) -> None:
    facility = shown(market, "/v1/facilities/f1")
    assert cast("Json", facility["outstanding"])["amount"] == "5000.00"
    (tranche,) = cast("list[Json]", facility["tranches"])
    lenders = [share["lender"] for share in cast("list[Json]", tranche["shares"])]
    assert lenders == ["alpha", "beta"]
    (vote,) = cast("list[Json]", shown(market, "/v1/facilities/f1/amendments")["data"])
    assert (vote["amendment"], vote["status"]) == ("v1", "OPEN")
    (fixing,) = cast("list[Json]", shown(market, "/v1/indices/hibor/fixings")["data"])
    assert fixing["value"] == 21_000_000
    assert len(cast("list[object]", fixing["history"])) == 2


def test_collateral_on_sale(market: Market) -> None:
    account = shown(market, "/v1/collateral-accounts/safe")
    assert account["status"] == "LIQUIDATING"
    (lot,) = cast("list[Json]", account["lots"])
    assert cast("Json", lot["price"])["minor"] == 660_00
    on_sale = shown(market, "/v1/collateral-accounts?status=LIQUIDATING")
    assert [each["account"] for each in cast("list[Json]", on_sale["data"])] == ["safe"]
    assert shown(market, "/v1/collateral-accounts?status=OPEN")["data"] == []
    (feed,) = cast("list[Json]", shown(market, "/v1/price-feeds")["data"])
    assert [each["source"] for each in cast("list[Json]", feed["reports"])] == ["alpha"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/pools/none", "UNKNOWN_POOL"),
        ("/v1/pools/none/SENIOR/positions", "UNKNOWN_POOL"),
        ("/v1/pools/none/SENIOR/queue", "UNKNOWN_POOL"),
        ("/v1/pools/none/credit-lines", "UNKNOWN_POOL"),
        ("/v1/facilities/none", "UNKNOWN_FACILITY"),
        ("/v1/facilities/none/amendments", "UNKNOWN_FACILITY"),
        ("/v1/indices/none/fixings", "UNKNOWN_INDEX"),
        ("/v1/collateral-accounts/none", "UNKNOWN_COLLATERAL_ACCOUNT"),
        ("/v1/protections/none", "UNKNOWN_PROTECTION"),
        ("/v1/cover-funds/none", "UNKNOWN_FUND"),
        ("/v1/pools/main/MIDDLE/queue", "BAD_PARAMETER"),
        ("/v1/collateral-accounts?status=SOLD", "BAD_PARAMETER"),
    ],
)
def test_what_there_is_not(market: Market, path: str, code: str) -> None:
    answer = get(market.node, path)
    assert (answer.status_code, answer.json()["code"]) == (404 if "UNKNOWN" in code else 422, code)


def test_the_sdk_reads_every_kind(market: Market) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        found = get(market.node, request.url.raw_path.decode())
        return httpx.Response(found.status_code, content=found.content)

    named = {"loan": ("l1",), "agreement": ("l1",), "pool": ("main",), "facility": ("f1",),
             "collateral-account": ("safe",), "protection": ("g1",), "cover-fund": ("cover",),
             "party": ("acme",), "asset": ("USD",), "product": ("personal", "1"),
             "account": ("acme", "cash", "USD"), "statement": ("l1",)}  # fmt: skip
    listed = {"positions": ("main", "JUNIOR"), "queue": ("main", "SENIOR"),
              "credit-lines": ("main",), "amendments": ("f1",), "fixings": ("hibor",),
              "entries": ("acme", "cash", "USD")}  # fmt: skip
    with HansaClient("http://node", transport=httpx.MockTransport(answer)) as hansa:
        for kind, resource in RESOURCES.items():
            if resource.is_list:
                assert list(hansa.every(kind, *listed.get(kind, ()))), kind
            else:
                assert hansa.show(kind, *named[kind]), kind
        with pytest.raises(ValueError, match="pool"):
            hansa.show("pool")
        with pytest.raises(ValueError, match="moon"):
            hansa.show("moon")
