"""Every endpoint with every role: refused exactly where the matrix says so, and nothing changed by the refusal."""

import pytest

from oms_app.api.endpoint import Endpoint
from oms_app.api.routes import ENDPOINTS
from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.domain.permissions import MATRIX, TO_ENTER, Role
from oms_app.services import events, orders
from tests import make
from tests.api.client import NEW_ORDER, Client, assert_error
from tests.api.conftest import As

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
"""A picture of one pixel."""

BODIES = {
    "place_order": NEW_ORDER,
    "change_order": {"version": 1, "lines": [{"sku": "KUR-1", "quantity": 1}]},
    "save_draft": {},
    "change_draft": {"version": 1},
    "place_draft": {"version": 1},
    "discard_draft": {"version": 1},
    "sell_over_the_counter": {"location": "MAIN", "lines": [{"sku": "KUR-1", "quantity": 1}], "pays": "cash"},
    "cancel_order": {"reason": "tried", "version": 1},
    "split_order": {"version": 1, "lines": [{"line_id": 1, "quantity": 1}]},
    "ship_what_is_there": {"version": 1},
    "combine_parcels": {"version": 1, "parcels": [1, 2]},
    "move_parcel": {"to": "processing", "version": 1},
    "merge_orders": {"other": "none", "version": 1, "other_version": 1},
    "resend_order": {"lines": [{"line_id": 1, "quantity": 1}], "reason": "tried"},
    "preview_cancel": {"version": 1},
    "refund_order": {"amount": "1", "reason": "tried", "version": 1},
    "record_payment": {"kind": "capture", "amount": "1", "method": "cash"},
    "correct_address": NEW_ORDER["shipping_address"],
    "reconcile_channel": {},
    "tell_channel_stock_again": {"levels": [{"channel": "shopify", "channel_sku": "X"}]},
    "map_sku": {"channel": "manual", "channel_sku": "X", "sku": "KUR-1"},
    "hold_order": {"kind": "manual", "reason": "tried"},
    "tell_of_order": {"to": "nobody@shop.example", "body": "tried"},
    "add_note": {"body": "tried"},
    "add_tags": {"tags": ["tried"]},
    "change_product": {"name": "Tried"},
    "set_tax_rate": {"gst_rate": "5", "valid_from": "2026-01-01"},
    "add_picture": {"data": DOT},
    "generate_variants": {"code": "KAF", "name": "Kaftan", "options": {"Size": ["S"]}, "price": "1"},
    "add_product": {"sku": "NEW", "name": "New", "price": "1"},
    "adjust_inventory": {"sku": "KUR-1", "location": "MAIN", "quantity": 1, "reason": "tried"},
    "set_lot_terms": {"tracked": False},
    "name_lot": {"lot": "A", "units": 1},
    "set_kit": {"parts": []},
    "set_stock_limits": {"location": "MAIN", "safety": 1, "blocked": 0, "reason": "tried"},
    "set_channel_buffer": {"channel": "manual", "units": 1},
    "allocate_shortfall": {"reason": "tried"},
    "set_shortfall_waiting": {"state": "backorder"},
    "substitute_shortfall": {"sku": "KUR-1"},
    "cancel_shortfall": {"reason": "tried"},
    "release_reservation": {"reason": "tried"},
    "move_reservation": {"location": "MAIN", "reason": "tried"},
    "choose_reservation_lot": {"reason": "tried"},
    "repair_stock": {"sku": "KUR-1", "location": "MAIN", "reason": "tried"},
    "repair_stock_line": {"line_id": 1, "reason": "tried"},
    "draft_transfer": {"origin": "MAIN", "destination": "BHI", "lines": [{"sku": "KUR-1", "quantity": 1}]},
    "send_transfer": {"version": 1},
    "receive_transfer": {"version": 2, "lines": [{"sku": "KUR-1", "quantity": 1}]},
    "give_up_transfer": {"version": 2, "reason": "tried"},
    "cancel_transfer": {"version": 1},
    "request_count": {"location": "MAIN"},
    "enter_count": {"code": "KUR-1", "quantity": 1},
    "finish_count": {"version": 1},
    "recount_count": {"version": 1},
    "review_count": {"version": 1},
    "post_count": {"version": 1},
    "cancel_count": {"version": 1},
    "add_supplier": {"name": "Anand Weavers"},
    "set_supplier_products": {"items": [{"sku": "KUR-1", "cost": "1"}]},
    "draft_purchase_order": {"supplier_id": 1, "location": "MAIN", "lines": [{"sku": "KUR-1", "quantity": 1}]},
    "send_purchase_order": {"version": 1},
    "acknowledge_purchase_order": {"version": 1, "promised_on": "2199-01-01"},
    "receive_purchase_order": {"receipt": "DN-1", "lines": [{"code": "KUR-1", "quantity": 1}]},
    "close_purchase_order": {"version": 1},
    "cancel_purchase_order": {"version": 1},
    "draft_reorder": {"location": "MAIN"},
    "try_rule": {"name": "x", "when": "placed", "then": [{"do": "tag", "given": {"tags": "x"}}]},
    "add_rule": {"name": "x", "when": "placed", "then": [{"do": "tag", "given": {"tags": "x"}}]},
    "change_rule": {"name": "x", "when": "placed", "then": [{"do": "tag", "given": {"tags": "x"}}]},
    "switch_rule": {"on": False},
    "switch_rules": {"on": True},
    "preview_run": {"action": "note", "numbers": ["1"]},
    "start_run": {"action": "note", "given": {"body": "tried"}, "numbers": ["1"]},
    "set_priority_rules": {"rules": [{"when": "due_within", "value": "4", "points": 40}]},
    "preview_priority_rules": {"rules": [{"when": "repeat", "points": 5}]},
    "set_promises": {"services": [{"name": "standard", "hours": 48}], "places": [{"location": "MAIN"}]},
    "move_order": {"to": "processing", "version": 1},
}
"""A body for each endpoint that takes one; a new endpoint fails here until it has one."""


def path_of(endpoint: Endpoint, number: str) -> str:
    """An address of the endpoint; what it names besides this order and KUR-1 need not exist."""
    names = ("hold_id", "parcel_id", "transfer_id", "count_id", "line_id", "reservation_id", "supplier_id")
    ids = dict.fromkeys((*names, "rule_id", "run_id", "draft_id", "lot_id", "picture_id"), 1)
    words = {"sku": "KUR-1", "tag": "vip", "name": "orders", "code": "KAF", "valid_from": "2099-04-01"}
    words |= {"channel": "manual", "channel_sku": "SHOP-77"}
    return endpoint.path.format(number=number, purchase_number="PO-1", **words, **ids)


@pytest.fixture
def database(sqlite: str) -> str:
    """One database is enough for what no statement decides."""
    return sqlite


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: f"{each.method} {each.path}")
def test_a_role_is_refused_exactly_where_the_matrix_says_so(as_role: As, endpoint: Endpoint) -> None:
    make.product("KUR-1", on_hand=50)
    for role in Role:
        _ask_as(as_role, endpoint, role)


def _ask_as(as_role: As, endpoint: Endpoint, role: Role) -> None:
    order = make.order(make.line("KUR-1", 1))
    before = events.timeline(make.ADMIN, order.number)
    path = path_of(endpoint, order.number)
    body = BODIES[endpoint.name] if endpoint.body else None
    answer = as_role(role).send(endpoint.method, path, **({"json": body} if body else {}))
    needed = TO_ENTER[Stage.PROCESSING] if endpoint.name in ("move_order", "move_parcel") else endpoint.permission
    if role in MATRIX[needed]:
        assert answer.status_code not in (401, 500)
        only_some_holds = endpoint.name == "hold_order" and role in (Role.INVENTORY, Role.SERVICE)
        hands_over_nothing = endpoint.name == "sell_over_the_counter" and role is Role.SERVICE
        assert (answer.status_code == 403) is (only_some_holds or hands_over_nothing)
    else:
        assert_error(answer, 403, "forbidden", permission=needed, role=role)
        assert events.timeline(make.ADMIN, order.number) == before


@pytest.mark.parametrize("to", Stage)
def test_a_move_needs_the_permission_of_the_stage_it_enters(as_role: As, to: Stage) -> None:
    reached = Stage.PLACED if to in (Stage.CANCELLED, Stage.PLACED) else FLOW[FLOW.index(to) - 1]
    for role in Role:
        order = make.order(stage=Stage.PROCESSING if to is Stage.PLACED else reached)
        answer = as_role(role).post(
            f"/orders/{order.number}/moves",
            {"to": to, "version": order.version, "reason": "tried", "weight_g": 1, "courier": "x", "awb": "x"},
        )
        allowed = role in MATRIX[TO_ENTER[to]]
        assert (role, answer.status_code) == (role, 200 if allowed else 403)
        assert orders.get(make.ADMIN, order.number).stage is (to if allowed else order.stage)


def test_allowed_to_shows_only_what_the_role_may_do(as_role: As) -> None:
    order = make.order(stage=Stage.READY)
    shown = {role: as_role(role).get(f"/orders/{order.number}").json()["allowed_to"] for role in Role}
    assert shown == {
        Role.ADMIN: ["placed", "processing", "picking", "cancelled"],
        Role.MANAGER: ["placed", "processing", "picking", "cancelled"],
        Role.INVENTORY: [],
        Role.WAREHOUSE: ["picking"],
        Role.SERVICE: ["placed", "processing", "cancelled"],
        Role.ANALYST: [],
    }


def test_a_refusal_comes_before_the_body_is_judged(as_role: As) -> None:
    assert_error(as_role("analyst").post("/orders", {"nonsense": True}), 403, "forbidden")


def test_a_stranger_learns_nothing_about_an_order(stranger: Client) -> None:
    order = make.order()
    known, unknown = stranger.get(f"/orders/{order.number}"), stranger.get("/orders/nowhere")
    assert known.json() == unknown.json()
