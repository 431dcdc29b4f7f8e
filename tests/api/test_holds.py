"""Hold queues, corrected addresses and the SKU map over HTTP."""

import pytest

from oms_app.domain.orders import AddressDraft
from oms_app.domain.validation import Rules
from oms_app.services import validation
from tests import make
from tests.api.client import Client

ORDER = {
    "channel": "manual",
    "customer": {"name": "Asha Rao", "email": "asha@customer.example", "phone": "98765 43210"},
    "shipping_address": {"line1": "12 MG Road", "city": "Pune", "state": "Karnataka", "postal_code": "411001"},
    "payment": {"method": "prepaid", "status": "paid"},
    "lines": [{"sku": "SHOP-77", "quantity": 2, "price": "300.00"}],
}
GOOD = {"line1": "12 MG Road", "city": "Pune", "state": "MH", "postal_code": "411001"}


@pytest.fixture(autouse=True)
def strict(api: Client) -> None:
    """The rules a shop comes with."""
    validation.save(make.ADMIN, Rules())


def test_an_order_says_what_holds_it_and_goes_on_when_that_is_fixed(api: Client) -> None:
    order = api.post("/orders", json=ORDER).json()
    assert [(hold["kind"], hold["check"]) for hold in order["holds"]] == [("sku", "sku"), ("address", "pin")]
    assert order["holds"][1]["reason"] == "PIN 411001 lies in Maharashtra, not in Karnataka."
    assert order["holds"][1]["fix"] == "Correct the PIN or the State."
    where = f"/orders/{order['number']}/address"
    refused = api.post(where, json=GOOD | {"postal_code": "560001"})
    assert refused.status_code == 422
    assert [each["guard"] for each in refused.json()["details"]["failed"]] == ["pin"]
    fixed = api.post(where, json=GOOD)
    assert fixed.status_code == 200
    assert [hold["kind"] for hold in fixed.json()["holds"]] == ["sku"]
    assert fixed.json()["addresses"]["shipping"]["state"] == "Maharashtra"
    make.product("KUR-1", on_hand=10)
    name = {"channel": "manual", "channel_sku": "SHOP-77", "sku": "KUR-1", "quantity": 2}
    assert api.post("/sku-map", json=name).json() == {"orders": 1}
    done = api.get(f"/orders/{order['number']}").json()
    assert (done["holds"], done["lines"][0]["sku"], done["lines"][0]["allocated"]) == ([], "KUR-1", 4)
    assert api.get("/sku-map").json() == {"items": [name], "next_cursor": None}


def test_queues_are_listed_page_by_page(api: Client) -> None:
    for _ in range(3):
        make.order(make.line(make.product(on_hand=1)), ship_to=AddressDraft(), paid=True)
    make.order(make.line(make.product(on_hand=1)))
    first = api.get("/holds?kind=address&limit=2").json()
    rest = api.get(f"/holds?kind=address&limit=2&cursor={first['next_cursor']}").json()
    assert [hold["check"] for hold in (*first["items"], *rest["items"])] == ["address"] * 3
    assert rest["next_cursor"] is None
    assert len(api.get("/holds").json()["items"]) == 4
    assert api.get("/holds?kind=mood").status_code == 400


def test_a_map_to_nothing_is_not_found(api: Client) -> None:
    body = {"channel": "manual", "channel_sku": "X", "sku": "NOPE"}
    assert api.post("/sku-map", json=body).status_code == 404
    assert api.get("/sku-map").json()["items"] == []
