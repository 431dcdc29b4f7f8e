"""Changing orders over the API."""

from oms_app.domain.lifecycle import Stage
from tests import make
from tests.api.client import Client, assert_error
from tests.api.conftest import As


def test_a_change_is_tried_made_and_listed(api: Client) -> None:
    make.product("KUR-1", on_hand=5)
    order = make.order(make.line("KUR-1", 2), paid=True)
    line = api.get(f"/orders/{order.number}").json()["lines"][0]["id"]
    body = {
        "version": 1,
        "lines": [{"line_id": line, "quantity": 1}],
        "refund": {"method": "upi"},
        "reason": "one less",
    }
    tried = api.post(f"/orders/{order.number}/edits", body | {"dry_run": True}).json()
    assert (tried["number"], tried["before"]["total"], tried["after"]["total"]) == (None, "999.00", "499.50")
    assert tried["stock"] == [{"sku": "KUR-1", "location": "MAIN", "units": -1}]
    assert api.get(f"/orders/{order.number}").json()["version"] == 1
    made = api.post(f"/orders/{order.number}/edits", body).json()
    assert (made["number"], made["refunded"], made["refund_due"], made["balance_due"]) == (1, "499.50", "0.00", "0.00")
    assert {name: made[name] for name in ("after", "stock", "lines")} == {
        name: tried[name] for name in ("after", "stock", "lines")
    }
    (record,) = api.get(f"/orders/{order.number}/edits").json()["items"]
    assert (record["number"], record["reason"], record["refunded"]) == (1, "one less", "499.50")
    assert record["changed"][0] == {"name": "KUR-1", "before": "2 × 499.50", "after": "1 × 499.50"}
    assert_error(api.post(f"/orders/{order.number}/edits", body), 409, "stale_version")


def test_a_refund_with_a_change_stays_within_what_the_role_may_give_back(api: Client, as_role: As) -> None:
    order = make.order(make.line(make.product(on_hand=5), 5), paid=True)
    body = {"reason": "no", "version": 1, "refund": {"method": "upi"}}
    answer = as_role("service").post(f"/orders/{order.number}/cancel", body)
    assert_error(answer, 422, "over_limit", limit="2000.00")
    assert api.get(f"/orders/{order.number}").json()["stage"] == "placed"
    seen = api.post(f"/orders/{order.number}/cancel/preview", {"version": 1, "refund": {"method": "upi"}}).json()
    assert (seen["refunded"], seen["number"]) == ("2497.50", None)
    done = api.post(f"/orders/{order.number}/cancel", body).json()
    assert (done["stage"], done["refunded"], done["payment_status"]) == ("cancelled", "2497.50", "refunded")


def test_an_order_that_lacks_units_is_split_and_its_parcels_go_apart(api: Client) -> None:
    make.product("KUR-1", on_hand=2)
    number = make.order(make.line("KUR-1", 3), stage=Stage.PROCESSING).number
    ready = {"to": "ready", "version": 2}
    refused = api.post(f"/orders/{number}/moves", ready)
    assert_error(refused, 422, "guards_failed")
    assert [each["guard"] for each in refused.json()["details"]["failed"]] == ["allocated"]
    assert "ready" not in api.get(f"/orders/{number}").json()["allowed_to"]
    split = api.post(f"/orders/{number}/split/available", {"version": 2}).json()
    assert [(each["status"], each["lines"][0]["quantity"]) for each in split["parcels"]] == [
        ("processing", 2),
        ("waiting", 1),
    ]
    assert "ready" in split["allowed_to"]
    going, waiting = (each["id"] for each in split["parcels"])
    moved = api.post(f"/orders/{number}/parcels/{going}/moves", ready | {"version": split["version"]}).json()
    assert moved["stage"] == "ready"
    both = {"version": moved["version"], "parcels": [going, waiting]}
    whole = api.post(f"/orders/{number}/parcels/combine", both).json()
    assert (whole["parcels"], whole["stage"]) == ([], "processing")


def test_an_order_is_placed_again_and_sent_again(api: Client) -> None:
    make.product("KUR-1", on_hand=9)
    order = make.order(make.line("KUR-1", 2), stage=Stage.SHIPPED)
    copy = api.post(f"/orders/{order.number}/clone")
    assert (copy.status_code, copy.json()["total"], copy.json()["captured"]) == (201, "999.00", "0.00")
    assert copy.headers["location"].endswith(copy.json()["number"])
    body = {"lines": [{"line_id": order.lines[0].id, "quantity": 1}], "reason": "lost"}
    again = api.post(f"/orders/{order.number}/resend", body).json()
    assert (again["total"], again["payment_status"]) == ("0.00", "paid")
    assert api.get(f"/orders/{order.number}/related").json()["copies"] == [
        {"number": copy.json()["number"], "kind": "clone"},
        {"number": again["number"], "kind": "resend"},
    ]
    assert api.get(f"/orders/{again['number']}/related").json()["original"] == {
        "number": order.number,
        "kind": "resend",
    }
