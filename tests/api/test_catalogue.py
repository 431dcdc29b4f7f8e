"""Products, locations and channels over the API."""

import pytest

from tests.api.client import Client, assert_error

NEW = {
    "sku": "KUR-1",
    "name": "Kurta, indigo",
    "price": "499.50",
    "hsn": "6204",
    "gst_rate": "5",
    "barcode": "8901234567894",
    "weight_g": 310,
}


def test_a_product_is_added_and_read_back(api: Client) -> None:
    answer = api.post("/products", NEW)
    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/products/KUR-1"
    assert answer.json() == NEW | {"kind": "goods", "currency": "INR", "tax_included": True, "active": True}
    assert api.get("/products/KUR-1").json() == answer.json()


def test_a_sku_is_added_once(api: Client) -> None:
    api.post("/products", NEW)
    assert_error(api.post("/products", NEW | {"name": "Another"}), 409, "conflict", sku="KUR-1")
    assert api.get("/products/KUR-1").json()["name"] == "Kurta, indigo"


def test_a_product_is_put_on_no_channel_that_is_not_connected(api: Client) -> None:
    api.post("/products", NEW)
    run = {"subject": "product", "action": "list", "given": {"channel": "manual"}, "numbers": ["KUR-1"]}
    [why] = api.post("/runs/preview", run).json()["cannot"]
    assert (why["reason"].endswith(" is not connected."), why["numbers"]) == (True, ["KUR-1"])
    assert api.post("/runs", run).json()["refused"] == 1
    assert_error(api.post("/runs", run | {"given": {}}), 400, "malformed", field="channel")


@pytest.mark.parametrize(
    "change",
    [{"price": "-1"}, {"price": "1e400"}, {"gst_rate": "101"}, {"sku": ""}, {"name": " "}, {"weight_g": -1}],
)
def test_a_product_that_makes_no_sense_is_malformed(api: Client, change: dict) -> None:
    assert_error(api.post("/products", NEW | change), 400, "malformed")
    assert api.get("/products").json() == {"items": [], "next_cursor": None}


def test_products_page_by_sku(api: Client) -> None:
    for number in range(3):
        api.post("/products", NEW | {"sku": f"KUR-{number}"})
    first = api.get("/products?limit=2").json()
    second = api.get(f"/products?limit=2&cursor={first['next_cursor']}").json()
    assert [each["sku"] for each in first["items"] + second["items"]] == ["KUR-0", "KUR-1", "KUR-2"]


def test_the_manual_channel_and_one_location_always_exist(api: Client) -> None:
    assert [each["name"] for each in api.get("/channels").json()["items"]] == ["manual"]
    assert [each["code"] for each in api.get("/locations").json()["items"]] == ["MAIN"]


def test_a_product_that_is_not_there_is_not_found(api: Client) -> None:
    assert_error(api.get("/products/NOTHING"), 404, "not_found", sku="NOTHING")
