"""Changing orders over the API."""

from tests import make
from tests.api.client import Client, assert_error
from tests.api.conftest import As


def test_a_change_is_tried_made_and_listed(api: Client) -> None:
    make.product("KUR-1", on_hand=5)
    order = make.order(make.line("KUR-1", 2), paid=True)
    line = api.get(f"/orders/{order.number}").json()["lines"][0]["id"]
    body = {
        "version": 2,
        "lines": [{"line_id": line, "quantity": 1}],
        "refund": {"method": "upi"},
        "reason": "one less",
    }
    tried = api.post(f"/orders/{order.number}/changes", body | {"dry_run": True}).json()
    assert (tried["number"], tried["before"]["total"], tried["after"]["total"]) == (None, "999.00", "499.50")
    assert tried["stock"] == [{"sku": "KUR-1", "location": "MAIN", "units": -1}]
    assert api.get(f"/orders/{order.number}").json()["version"] == 2
    made = api.post(f"/orders/{order.number}/changes", body).json()
    assert (made["number"], made["refunded"], made["refund_due"], made["balance_due"]) == (1, "499.50", "0.00", "0.00")
    assert {name: made[name] for name in ("after", "stock", "lines")} == {
        name: tried[name] for name in ("after", "stock", "lines")
    }
    (record,) = api.get(f"/orders/{order.number}/changes").json()["items"]
    assert (record["number"], record["reason"], record["refunded"]) == (1, "one less", "499.50")
    assert record["changed"][0] == {"name": "KUR-1", "before": "2 × 499.50", "after": "1 × 499.50"}
    assert_error(api.post(f"/orders/{order.number}/changes", body), 409, "stale_version")


def test_a_refund_with_a_change_stays_within_what_the_role_may_give_back(api: Client, as_role: As) -> None:
    order = make.order(make.line(make.product(on_hand=5), 5), paid=True)
    body = {"reason": "no", "version": 2, "refund": {"method": "upi"}}
    answer = as_role("service").post(f"/orders/{order.number}/cancel", body)
    assert_error(answer, 422, "over_limit", limit="2000.00")
    assert api.get(f"/orders/{order.number}").json()["stage"] == "placed"
    seen = api.post(f"/orders/{order.number}/cancel/preview", {"version": 2, "refund": {"method": "upi"}}).json()
    assert (seen["refunded"], seen["number"]) == ("2497.50", None)
    done = api.post(f"/orders/{order.number}/cancel", body).json()
    assert (done["stage"], done["refunded"], done["payment_status"]) == ("cancelled", "2497.50", "refunded")
