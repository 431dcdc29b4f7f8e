"""Orders over the API."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.services import orders, stock
from tests import make
from tests.api.client import NEW_ORDER, Client, assert_error
from tests.api.conftest import As


def test_an_order_is_placed_priced_and_kept_stock_for(api: Client) -> None:
    sku = make.product("KUR-1", on_hand=5)
    answer = api.post("/orders", NEW_ORDER | {"external_id": "W-1", "shipping": "49", "gstin": "27AAPFU0939F1ZV"})
    order = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/orders/{order['number']}"
    assert (order["channel"], order["external_id"], order["stage"], order["version"]) == ("manual", "W-1", "placed", 1)
    assert (order["subtotal"], order["shipping"], order["total"], order["currency"]) == (
        "999.00",
        "49.00",
        "1048.00",
        "INR",
    )
    assert (order["captured"], order["refunded"], order["refundable"]) == ("0.00", "0.00", "0.00")
    assert order["payment_status"] == "unpaid"
    assert order["customer"] == {"name": "Asha Rao", "email": "asha@customer.example", "phone": "+919876543210"}
    assert order["addresses"]["shipping"]["city"] == "Pune"
    assert order["addresses"]["billing"] == order["addresses"]["shipping"]
    assert order["allowed_to"] == ["processing", "cancelled"]
    [line] = order["lines"]
    assert (line["sku"], line["ordered"], line["allocated"], line["price"], line["total"]) == (
        sku,
        2,
        2,
        "499.50",
        "999.00",
    )
    assert stock.get(make.ADMIN, sku).reserved == 2
    assert api.get(f"/orders/{order['number']}").json() == order


def test_an_order_that_is_paid_already_records_its_capture(api: Client) -> None:
    order = api.post("/orders", NEW_ORDER | {"payment": {"method": "prepaid", "status": "paid"}}).json()
    assert (order["payment_status"], order["captured"], order["refundable"]) == ("paid", "999.00", "999.00")


def test_a_channels_order_is_taken_once(api: Client) -> None:
    first = api.post("/orders", NEW_ORDER | {"external_id": "W-1"}).json()
    assert_error(api.post("/orders", NEW_ORDER | {"external_id": "W-1"}), 409, "conflict", number=first["number"])
    assert len(api.get("/orders").json()["items"]) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channel": "nowhere"}, None),
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "KUR-1", "quantity": 0, "price": "1"}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "KUR-1", "quantity": 1.5, "price": "1"}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "KUR-1", "quantity": 1, "price": "-1"}]}, "lines.0.price"),
        ({"lines": [{"sku": "KUR-1", "quantity": 1, "price": "NaN"}]}, "lines.0.price"),
        ({"customer": {"email": "a@b.example"}}, "customer.name"),
        ({"shipping_address": {"line1": "x", "city": "y", "country": "India"}}, "shipping_address.country"),
        ({"placed_at": "2026-11-23T10:00:00"}, "placed_at"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"shipping": "12.345"}, None),
        ({"colour": "red"}, "colour"),
        ({"note": "nul \x00"}, "note"),
        ({"tags": ["Not a tag!"]}, None),
        ({"lines": [{"sku": "UNKNOWN", "quantity": 1}]}, None),
        ({"lines": [{"sku": "KUR-1", "quantity": 1_000_000, "price": "9999999999"}]}, None),
    ],
)
def test_an_order_that_cannot_be_read_is_refused_with_its_field(api: Client, change: dict, field: str | None) -> None:
    details = assert_error(api.post("/orders", NEW_ORDER | change), 400, "malformed")
    if field:
        assert details["fields"][0]["field"] == field
    assert api.get("/orders").json()["items"] == []


def test_money_may_also_be_sent_as_a_number(api: Client) -> None:
    order = api.post("/orders", NEW_ORDER | {"lines": [{"sku": "KUR-1", "quantity": 3, "price": 0.001}]}).json()
    assert (order["lines"][0]["price"], order["total"]) == ("0.001", "0.00")


def test_orders_are_listed_newest_first_and_page_by_page(api: Client) -> None:
    numbers = [
        api.post("/orders", NEW_ORDER | {"placed_at": f"2026-11-0{day}T10:00:00+05:30"}).json()["number"]
        for day in range(1, 6)
    ]
    first = api.get("/orders?limit=2").json()
    second = api.get(f"/orders?limit=2&cursor={first['next_cursor']}").json()
    third = api.get(f"/orders?limit=2&cursor={second['next_cursor']}").json()
    listed = [order["number"] for page in (first, second, third) for order in page["items"]]
    assert listed == numbers[::-1]
    assert third["next_cursor"] is None
    assert first["items"][0]["placed_at"] == "2026-11-05T04:30:00Z"
    assert first["items"][0] == api.get(f"/orders/{numbers[-1]}").json()


def test_orders_are_found_with_the_search_language(api: Client) -> None:
    cheap = api.post("/orders", NEW_ORDER | {"external_id": "W-1", "tags": ["vip"]}).json()
    dear = api.post("/orders", NEW_ORDER | {"lines": [{"sku": "SAR-1", "quantity": 1, "price": "12000"}]}).json()
    for query, found in {
        "external:W-1": [cheap],
        "total:>5k": [dear],
        "sku:SAR-*": [dear],
        "tag:vip status:placed": [cheap],
        "asha": [dear, cheap],
        "asha -tag:vip": [dear],
        cheap["number"]: [cheap],
        "city:Nagpur": [],
    }.items():
        listed = api.get("/orders", params={"q": query}).json()
        assert (query, listed["items"]) == (query, found)
    by_total = api.get("/orders", params={"sort": "total", "limit": 1}).json()
    assert [order["number"] for order in by_total["items"]] == [cheap["number"]]
    rest = api.get("/orders", params={"sort": "total", "limit": 1, "cursor": by_total["next_cursor"]}).json()
    assert ([order["number"] for order in rest["items"]], rest["next_cursor"]) == ([dear["number"]], None)


def test_a_word_of_a_search_that_cannot_be_read_is_named(api: Client) -> None:
    listed = api.get("/orders", params={"q": "statsu:placed"}).json()
    assert (listed["items"], len(listed["hints"])) == ([], 1)


def test_an_analyst_does_not_find_a_customer_by_name(api: Client, as_role: As) -> None:
    api.post("/orders", NEW_ORDER)
    for query in ("asha", "email:asha@customer.example", "phone:9876543210"):
        assert as_role("analyst").get("/orders", params={"q": query}).json()["items"] == []


def test_an_order_is_walked_to_the_door(api: Client) -> None:
    make.product("KUR-1", on_hand=5)
    order = api.post("/orders", NEW_ORDER).json()
    details = {"packed": {"weight_g": 400}, "shipped": {"courier": "Delhivery", "awb": "1234567890"}}
    for stage in FLOW[1:]:
        said = details.get(stage, {"reason": "signed for"} if stage is Stage.DELIVERED else {})
        answer = api.post(f"/orders/{order['number']}/moves", {"to": stage, "version": order["version"], **said})
        assert answer.status_code == 200, answer.text
        order = answer.json()
        assert order["stage"] == stage
    [parcel] = order["parcels"]
    assert (parcel["status"], parcel["weight_g"], parcel["awb"]) == ("delivered", 400, "1234567890")
    assert (order["lines"][0]["picked"], order["lines"][0]["packed"], order["lines"][0]["shipped"]) == (2, 2, 2)
    assert order["allowed_to"] == []
    assert api.get("/inventory/KUR-1").json()["on_hand"] == 3
    events = api.get(f"/orders/{order['number']}/events").json()["items"]
    assert [event["kind"] for event in events] == ["placed", *["moved"] * 6]
    last = events[-1]
    assert (last["actor"], last["source"], last["before"], last["reason"]) == (
        "admin program",
        "api",
        {"stage": "shipped"},
        "signed for",
    )


def test_a_stale_version_is_told_who_was_first(api: Client, as_role: As) -> None:
    order = make.order()
    path = f"/orders/{order.number}/moves"
    moved = as_role("service").post(path, {"to": "processing", "version": order.version}).json()
    details = assert_error(
        api.post(path, {"to": "cancelled", "version": order.version, "reason": "late"}), 409, "stale_version"
    )
    assert details == {
        "by": "service program",
        "at": moved["stage_at"],
        "stage": "processing",
        "version": 2,
        "did": "Moved to Processing",
    }


def test_a_guard_that_says_no_names_its_fix(api: Client) -> None:
    order = make.order(stage=Stage.PICKING)
    answer = api.post(f"/orders/{order.number}/moves", {"to": "packed", "version": order.version})
    details = assert_error(answer, 422, "guards_failed")
    [failed] = details["failed"]
    assert failed == {
        "guard": "weight",
        "message": "The parcel has no weight.",
        "fix": "Weigh it and enter the grams.",
        "asks": "weight_g",
    }
    assert orders.get(make.ADMIN, order.number).stage is Stage.PICKING


def test_a_move_that_does_not_exist_says_where_to_go_instead(api: Client) -> None:
    order = make.order()
    answer = api.post(f"/orders/{order.number}/moves", {"to": "shipped", "version": order.version})
    [failed] = assert_error(answer, 422, "illegal_move")["failed"]
    assert failed["guard"] == "lifecycle"
    assert failed["fix"] == "From placed it may go to: processing, cancelled."


def test_of_many_moves_with_one_version_one_wins(api: Client) -> None:
    order = make.order()

    def move(_: int) -> int:
        return api.post(f"/orders/{order.number}/moves", {"to": "processing", "version": order.version}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(move, range(8)))
    assert statuses == [200] + [409] * 7


def test_an_order_is_cancelled_with_a_reason(api: Client) -> None:
    sku = make.product(on_hand=3)
    order = make.order(make.line(sku, 2))
    cancelled = api.post(
        f"/orders/{order.number}/cancel", {"reason": "changed their mind", "version": order.version}
    ).json()
    assert (cancelled["stage"], cancelled["cancel_reason"]) == ("cancelled", "changed their mind")
    assert stock.get(make.ADMIN, sku).available == 3


def test_payments_add_up(api: Client) -> None:
    order = make.order()
    path = f"/orders/{order.number}/payments"
    half = api.post(path, {"kind": "capture", "amount": "200.00", "method": "upi", "reference": "UTR1"})
    assert (half.status_code, half.json()["payment_status"]) == (201, "part_paid")
    assert_error(api.post(path, {"kind": "capture", "amount": "300", "method": "upi"}), 422, "more_than_owed")
    assert_error(api.post(path, {"kind": "void", "amount": "200.01", "method": "upi"}), 422, "more_than_captured")
    assert_error(api.post(path, {"kind": "capture", "amount": "0", "method": "upi"}), 400, "malformed")
    paid = api.post(path, {"kind": "capture", "amount": "299.50", "method": "cash"}).json()
    assert (paid["payment_status"], paid["captured"]) == ("paid", "499.50")
    assert [payment["amount"] for payment in paid["payments"]] == ["200.00", "299.50"]


def test_a_hold_blocks_the_way_until_it_is_released(api: Client) -> None:
    order = make.order(stage=Stage.PROCESSING)
    held = api.post(
        f"/orders/{order.number}/holds",
        {"kind": "address", "reason": "no such street", "until": "2026-12-01T10:00:00+05:30"},
    )
    assert held.status_code == 201
    [hold] = held.json()["holds"]
    assert (hold["kind"], hold["reason"], hold["until"]) == ("address", "no such street", "2026-12-01T04:30:00Z")
    assert held.json()["allowed_to"] == ["placed", "cancelled"]
    move = {"to": "ready", "version": held.json()["version"]}
    [failed] = assert_error(api.post(f"/orders/{order.number}/moves", move), 422, "guards_failed")["failed"]
    assert failed["guard"] == "no_hold"
    released = api.delete(f"/orders/{order.number}/holds/{hold['id']}").json()
    assert released["holds"] == []
    assert "ready" in released["allowed_to"]
    assert_error(api.delete(f"/orders/{order.number}/holds/{hold['id']}"), 404, "not_found")


def test_notes_and_tags_stay_on_the_order(api: Client) -> None:
    number = make.order().number
    assert api.post(f"/orders/{number}/notes", {"body": "Ring twice."}).status_code == 201
    api.post(f"/orders/{number}/tags", {"tags": ["vip", "gift"]})
    order = api.delete(f"/orders/{number}/tags/gift").json()
    assert order["tags"] == ["vip"]
    assert [note["body"] for note in order["notes"]] == ["Ring twice."]


def test_events_page_forward_newest_last(api: Client) -> None:
    order = make.order()
    for number in range(4):
        api.post(f"/orders/{order.number}/notes", {"body": f"note {number}"})
    first = api.get(f"/orders/{order.number}/events?limit=3").json()
    second = api.get(f"/orders/{order.number}/events?limit=3&cursor={first['next_cursor']}").json()
    ids = [event["id"] for event in first["items"] + second["items"]]
    assert ids == sorted(ids)
    assert len(ids) == 5
    assert second["next_cursor"] is None


def test_an_analyst_sees_no_customer(as_role: As) -> None:
    number = make.order().number
    order = as_role("analyst").get(f"/orders/{number}").json()
    assert order["customer"] == {"name": "A. R.", "email": "•••", "phone": "•••"}
    assert order["addresses"]["shipping"]["line1"] == "•••"
    assert "asha" not in str(as_role("analyst").get("/orders").json()).lower()


def test_an_order_that_is_not_there_is_not_found(api: Client) -> None:
    assert_error(api.get("/orders/nowhere"), 404, "not_found", number="nowhere")
    assert_error(api.get("/orders/nowhere/events"), 404, "not_found")
    assert_error(api.post("/orders/nowhere/moves", {"to": "ready", "version": 1}), 404, "not_found")
