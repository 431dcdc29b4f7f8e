"""Stock over the API."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from oms_app.services import catalogue, stock
from tests import make
from tests.api.client import NEW_ORDER, Client, assert_error


def test_stock_is_shown_by_location(api: Client) -> None:
    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    make.product("KUR-1", on_hand=5)
    api.post("/inventory/adjustments", {"sku": "KUR-1", "location": "BHI", "quantity": 7, "reason": "found"})
    api.post("/orders", NEW_ORDER)
    shown = api.get("/inventory/KUR-1").json()
    assert (shown["on_hand"], shown["reserved"], shown["available"], shown["incoming"]) == (12, 2, 10, 0)
    assert [(each["location"], each["on_hand"], each["reserved"]) for each in shown["by_location"]] == [
        ("BHI", 7, 2),
        ("MAIN", 5, 0),
    ]


def test_an_adjustment_is_signed_and_relative(api: Client) -> None:
    make.product("KUR-1", on_hand=5)
    lost = {"sku": "KUR-1", "location": "MAIN", "quantity": -2, "reason": "water damage"}
    answer = api.post("/inventory/adjustments", lost)
    assert (answer.status_code, answer.json()["on_hand"]) == (201, 3)
    assert answer.headers["location"] == "/api/v1/inventory/KUR-1"
    newest = api.get("/inventory/KUR-1/movements").json()["items"][0]
    assert (newest["kind"], newest["quantity"], newest["reason"], newest["actor"], newest["location"]) == (
        "adjusted",
        -2,
        "water damage",
        "admin program",
        "MAIN",
    )


def test_what_is_reserved_cannot_be_adjusted_away(api: Client) -> None:
    make.product("KUR-1", on_hand=5)
    api.post("/orders", NEW_ORDER)
    lost = {"sku": "KUR-1", "location": "MAIN", "quantity": -4, "reason": "lost"}
    assert_error(api.post("/inventory/adjustments", lost), 422, "insufficient_stock", on_hand=5, reserved=2)
    assert len(api.get("/inventory/KUR-1/movements").json()["items"]) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"quantity": 0}, 400),
        ({"quantity": 1.5}, 400),
        ({"quantity": "1"}, 400),
        ({"quantity": 10**7}, 400),
        ({"reason": " "}, 400),
        ({"location": "NOWHERE"}, 404),
        ({"sku": "NOTHING"}, 404),
    ],
)
def test_an_adjustment_that_means_nothing_is_refused(api: Client, change: dict, status: int) -> None:
    make.product("KUR-1", on_hand=5)
    given = {"sku": "KUR-1", "location": "MAIN", "quantity": 1, "reason": "found"} | change
    assert_error(api.post("/inventory/adjustments", given), status, "malformed" if status == 400 else "not_found")
    assert api.get("/inventory/KUR-1").json()["on_hand"] == 5


def test_units_are_counted_up_to_two_thousand_million(api: Client) -> None:
    make.product("KUR-1")
    stock.adjust(make.ADMIN, "KUR-1", "MAIN", 2_000_000_000, reason="a great many")
    more = {"sku": "KUR-1", "location": "MAIN", "quantity": 1, "reason": "one more"}
    assert_error(api.post("/inventory/adjustments", more), 422, "refused")


def test_the_list_pages_by_sku_and_narrows_by_its_beginning(api: Client) -> None:
    for sku in ("A-1", "A-2", "A-3", "B-1"):
        make.product(sku, on_hand=1)
    first = api.get("/inventory?q=A-&limit=2").json()
    second = api.get(f"/inventory?q=A-&limit=2&cursor={first['next_cursor']}").json()
    assert [row["sku"] for row in first["items"] + second["items"]] == ["A-1", "A-2", "A-3"]
    assert second["next_cursor"] is None


def test_movements_page_newest_first_and_add_up(api: Client) -> None:
    make.product("KUR-1", on_hand=5)
    for quantity in (3, -1, 2):
        api.post(
            "/inventory/adjustments", {"sku": "KUR-1", "location": "MAIN", "quantity": quantity, "reason": "count"}
        )
    first = api.get("/inventory/KUR-1/movements?limit=3").json()
    second = api.get(f"/inventory/KUR-1/movements?limit=3&cursor={first['next_cursor']}").json()
    moved = [each["quantity"] for each in first["items"] + second["items"]]
    assert moved == [2, -1, 3, 5]
    assert sum(moved) == api.get("/inventory/KUR-1").json()["on_hand"]


def test_the_last_units_go_to_as_many_orders_as_there_are_units(api: Client) -> None:
    make.product("KUR-1", on_hand=6)
    with ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(lambda _: api.post("/orders", NEW_ORDER).json(), range(5)))
    assert sorted(order["shortfall"] for order in placed) == [0, 0, 0, 2, 2]
    left = api.get("/inventory/KUR-1").json()
    assert (left["on_hand"], left["reserved"], left["available"]) == (6, 6, 0)
