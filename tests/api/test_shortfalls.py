"""The shortfall queue and reservations over REST."""

from oms_app.services import catalogue, stock
from tests import make
from tests.api.client import Client


def test_a_program_reads_the_queue_and_serves_it(api: Client) -> None:
    sku = make.product(on_hand=1)
    orders = [make.order(make.line(sku, 3)) for _ in range(2)]
    first = api.get("/shortfalls?limit=1").json()
    (line,) = first["items"]
    assert (line["number"], line["units"], line["ordered"], line["state"]) == (orders[0].number, 2, 3, "open")
    second = api.get(f"/shortfalls?limit=1&cursor={first['next_cursor']}").json()
    assert ([each["number"] for each in second["items"]], second["next_cursor"]) == ([orders[1].number], None)
    assert api.post(f"/shortfalls/{line['line']}/allocate", {}).status_code == 422
    assert api.post(f"/shortfalls/{line['line']}/wait", {"state": "backorder"}).json() == {"state": "backorder"}
    after = api.post(f"/shortfalls/{line['line']}/cancel", {"reason": "agreed"}).json()
    assert (after["lines"][0]["cancelled"], after["shortfall"]) == (2, 0)
    assert api.post(f"/shortfalls/{line['line']}/cancel", {"reason": "agreed"}).status_code == 404


def test_a_program_moves_and_releases_what_is_kept(api: Client) -> None:
    catalogue.add_location(make.ADMIN, code="DEL", name="Delhi")
    sku = make.product(on_hand=2)
    stock.adjust(make.ADMIN, sku, "DEL", 5, reason="received")
    number = make.order(make.line(sku, 2)).number
    (kept,) = api.get(f"/orders/{number}/reservations").json()["items"]
    place = "MAIN" if kept["location"] == "DEL" else "DEL"
    moved = api.post(f"/reservations/{kept['id']}/move", {"location": place, "reason": "closer"})
    assert moved.json() == {"units": 2}
    (kept,) = api.get(f"/orders/{number}/reservations").json()["items"]
    assert (kept["location"], kept["why"]) == (place, "by hand: closer")
    assert api.post(f"/reservations/{kept['id']}/release", {"reason": "other"}).status_code == 200
    assert api.get(f"/orders/{number}").json()["shortfall"] == 2


def test_a_cursor_of_somebody_else_is_refused(api: Client) -> None:
    assert api.get("/shortfalls?cursor=MS4y").status_code == 400


def test_units_are_set_aside_and_a_channel_hears_less(api: Client) -> None:
    sku = make.product(on_hand=9)
    limits = {"location": "MAIN", "safety": 1, "blocked": 3, "reason": "inspection"}
    shown = api.post(f"/inventory/{sku}/limits", limits).json()
    assert (shown["available"], shown["by_location"][0]["blocked"]) == (5, 3)
    told = api.post(f"/inventory/{sku}/buffers", {"channel": "manual", "units": 2}).json()
    assert told == api.get(f"/inventory/{sku}/channels").json()
    assert told["items"] == [{"channel": "manual", "buffer": 2, "own": True, "available": 3}]
    assert api.post(f"/inventory/{sku}/limits", limits | {"blocked": 10}).status_code == 422
