"""Purchase orders: on the supplier's terms, incoming until they came, in the ledger once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from oms_app.domain.errors import Conflict, Forbidden, Malformed, NotFound, Refused
from oms_app.domain.permissions import Role
from oms_app.domain.purchasing import PurchaseState, PurchaseView, Wanted, read_lines, write_lines
from oms_app.domain.suppliers import Supplier, Terms, read_price_list
from oms_app.services import (
    catalogue,
    checks,
    goods_receipts,
    orders,
    purchase_sending,
    purchasing,
    shortfalls,
    stock,
    stock_truth,
    suppliers,
)
from tests import make

pytestmark = pytest.mark.usefixtures("shop")
BUYER = make.actor(Role.INVENTORY)
GSTIN = "27AAPFU0939F1ZV"


@pytest.fixture
def weavers(shop: str) -> Supplier:
    """A supplier of KUR-1 (packs of 12, at least 24) and KUR-2 (single units); both cost ₹310.50."""
    for sku in ("KUR-1", "KUR-2"):
        make.product(sku, barcode=f"89012345{sku[-1]}", gst_rate=Decimal(5))
    made = suppliers.add(make.ADMIN, Supplier("Anand Weavers", email="sales@weavers.example", gstin=GSTIN))
    terms = [Terms("KUR-1", 310_500_000, "AW-77", pack_size=12, moq=24), Terms("KUR-2", 310_500_000)]
    suppliers.set_terms(make.ADMIN, made.id, terms)
    return suppliers.get(make.ADMIN, made.id)


def drafted(weavers: Supplier, units: int = 24) -> PurchaseView:
    return purchasing.draft(BUYER, weavers.id, "MAIN", [Wanted("KUR-1", units), Wanted("KUR-2", 5)])


def sent(weavers: Supplier) -> PurchaseView:
    made = drafted(weavers)
    return purchase_sending.hand_over(BUYER, made.row.number, version=made.row.version)


def incoming(sku: str) -> tuple[int, int]:
    """(on hand, incoming)."""
    view = stock.get(make.ADMIN, sku)
    return view.on_hand, view.incoming


def test_a_draft_is_on_the_suppliers_terms_and_brings_nothing_yet(weavers: Supplier) -> None:
    made = drafted(weavers)
    assert (made.row.state, made.row.number, made.row.supplier) == ("draft", f"PO-{made.row.id}", "Anand Weavers")
    assert [(line.sku, line.supplier_sku, line.packs, line.cost_micros) for line in made.lines] == [
        ("KUR-1", "AW-77", "2 × 12", 310_500_000),
        ("KUR-2", "", "", 310_500_000),
    ]
    assert (made.row.total, made.row.tax) == (29 * 31_050, 37_260 + 7_763)
    assert incoming("KUR-1") == (0, 0)


@pytest.mark.parametrize(
    ("units", "sentence"),
    [
        (30, "KUR-1 comes in packs of 12: 30 units are no whole packs. Order 24 or 36."),
        (12, "KUR-1 is sold from 24 units, in packs of 12. Order at least 24."),
        (0, "KUR-1: the quantity is 1 to 1,000,000."),
    ],
)
def test_units_are_whole_packs_and_not_below_the_smallest_order(weavers: Supplier, units: int, sentence: str) -> None:
    with pytest.raises((Refused, Malformed)) as refusal:
        drafted(weavers, units)
    assert refusal.value.message == sentence
    assert purchasing.page(make.ADMIN) == ()


def test_what_is_not_on_the_price_list_needs_a_cost(weavers: Supplier) -> None:
    make.product("NEW-1")
    with pytest.raises(Refused, match="say what a unit costs"):
        purchasing.draft(BUYER, weavers.id, "MAIN", [Wanted("NEW-1", 3)])
    made = purchasing.draft(BUYER, weavers.id, "MAIN", read_lines("NEW-1 3 @ 12.345"))
    assert (made.row.total, write_lines(made.lines, "INR")) == (3_704, "NEW-1 3 @ 12.345")
    with pytest.raises(NotFound, match="no product with the SKU NOTHING"):
        purchasing.draft(BUYER, weavers.id, "MAIN", [Wanted("NOTHING", 3)])


def test_what_is_sent_is_incoming_until_it_came(weavers: Supplier) -> None:
    on_way = sent(weavers)
    assert (on_way.row.state, incoming("KUR-1"), stock.page(make.ADMIN)[0].incoming) == ("sent", (0, 24), 24)
    assert [(each.number, each.units) for each in purchasing.coming(make.ADMIN, "KUR-1")] == [(on_way.row.number, 24)]
    promised = purchasing.today() + timedelta(days=3)
    known = purchasing.acknowledge(BUYER, on_way.row.number, promised, reference="SO-9", version=on_way.row.version)
    assert (known.row.state, known.row.due_on, known.supplier_reference) == ("acknowledged", promised, "SO-9")
    first = goods_receipts.receive(BUYER, on_way.row.number, {"KUR-1": 10}, receipt="DN-1")
    assert (first.row.state, first.row.received, incoming("KUR-1")) == ("part_received", 10, (10, 14))
    rest = goods_receipts.receive(BUYER, on_way.row.number, {"AW-77": 14, "890123452": 5}, receipt="DN-2")
    assert (rest.row.state, incoming("KUR-1"), incoming("KUR-2")) == ("received", (24, 0), (5, 0))
    ledger = stock.movements(make.ADMIN, "KUR-1")
    assert [(each.kind, each.quantity, each.reason) for each in ledger] == [
        ("received", 14, f"{on_way.row.number}, Anand Weavers"),
        ("received", 10, f"{on_way.row.number}, Anand Weavers"),
    ]
    assert ledger[0].cause == f"purchase_order:{on_way.row.id}:DN-2"
    assert purchasing.close(BUYER, on_way.row.number, version=rest.row.version).row.state == PurchaseState.CLOSED
    assert (checks.stock(make.ADMIN), stock_truth.check(make.ADMIN).differences) == ((), 0)
    kinds = [each.kind for each in purchasing.history(make.ADMIN, on_way.row.number)]
    assert kinds == [
        "purchase_closed",
        "goods_received",
        "goods_received",
        "purchase_acknowledged",
        "purchase_sent",
        "purchase_drafted",
    ]


def test_a_receipt_sent_twice_is_one_and_with_other_units_a_conflict(weavers: Supplier) -> None:
    number = sent(weavers).row.number
    once = goods_receipts.receive(BUYER, number, {"KUR-1": 24, "KUR-2": 5}, receipt="DN-1")
    again = goods_receipts.receive(BUYER, number, {"KUR-2": 5, "AW-77": 24}, receipt="DN-1")
    assert (once, again.row.received, incoming("KUR-1")) == (again, 29, (24, 0))
    with pytest.raises(Conflict, match="24 already, not 20"):
        goods_receipts.receive(BUYER, number, {"KUR-1": 20}, receipt="DN-1")
    purchasing.close(BUYER, number, version=once.row.version)
    assert goods_receipts.receive(BUYER, number, {"KUR-1": 24}, receipt="DN-1").row.state == "closed"
    assert incoming("KUR-1") == (24, 0)


def test_more_than_ordered_needs_a_reason_which_the_ledger_keeps(weavers: Supplier) -> None:
    number = sent(weavers).row.number
    with pytest.raises(Refused, match="KUR-2: 5 are expected, 7 came") as refusal:
        goods_receipts.receive(BUYER, number, {"KUR-1": 24, "KUR-2": 7}, receipt="DN-1")
    assert (refusal.value.code, incoming("KUR-1"), incoming("KUR-2")) == ("over_receipt", (0, 24), (0, 5))
    came = goods_receipts.receive(BUYER, number, {"KUR-1": 24, "KUR-2": 7}, receipt="DN-1", reason="a gift")
    assert (came.row.state, came.row.received, incoming("KUR-2")) == ("received", 31, (7, 0))
    assert stock.movements(make.ADMIN, "KUR-2")[0].reason == f"{number}, Anand Weavers: 2 too many, a gift"


def test_what_came_serves_who_waits_for_it(weavers: Supplier) -> None:
    waiting = make.order(make.line("KUR-1", 3))
    assert len(shortfalls.page(make.ADMIN).lines) == 1
    goods_receipts.receive(BUYER, sent(weavers).row.number, {"KUR-1": 24}, receipt="DN-1")
    assert shortfalls.page(make.ADMIN).lines == ()
    assert orders.get(make.ADMIN, waiting.number).lines[0].allocated == 3


def test_a_draft_receives_nothing_and_what_came_in_part_is_closed_with_a_reason(weavers: Supplier) -> None:
    made = drafted(weavers)
    with pytest.raises(Refused, match="is draft"):
        goods_receipts.receive(BUYER, made.row.number, {"KUR-1": 24}, receipt="DN-1")
    number = sent(weavers).row.number
    with pytest.raises(NotFound, match="not on this order"):
        goods_receipts.receive(BUYER, number, {"SKU-X": 1}, receipt="DN-1")
    part = goods_receipts.receive(BUYER, number, {"KUR-1": 12}, receipt="DN-1")
    with pytest.raises(Refused, match="is part received"):
        purchasing.cancel(BUYER, number, reason="late", version=part.row.version)
    with pytest.raises(Malformed, match="17 units never came"):
        purchasing.close(BUYER, number, version=part.row.version)
    done = purchasing.close(BUYER, number, reason="sold out there", version=part.row.version)
    assert (done.row.state, incoming("KUR-1"), incoming("KUR-2")) == ("closed", (12, 0), (0, 0))


def test_a_draft_is_changed_and_a_stale_version_is_a_conflict(weavers: Supplier) -> None:
    made = drafted(weavers)
    other = purchasing.change(BUYER, made.row.number, [Wanted("KUR-2", 9)], note="by Friday", version=1)
    assert ([line.quantity for line in other.lines], other.note, other.row.total) == ([9], "by Friday", 9 * 31_050)
    with pytest.raises(Conflict):
        purchasing.cancel(BUYER, made.row.number, version=1)
    assert purchasing.cancel(BUYER, made.row.number, version=2).row.state == "cancelled"
    assert purchasing.counts(make.ADMIN)["cancelled"] == 1


def test_who_may_buy_and_who_may_take_goods_in(weavers: Supplier) -> None:
    for role in (Role.MANAGER, Role.WAREHOUSE, Role.SERVICE, Role.ANALYST):
        with pytest.raises(Forbidden):
            purchasing.draft(make.actor(role), weavers.id, "MAIN", [Wanted("KUR-2", 5)])
        with pytest.raises(Forbidden):
            suppliers.add(make.actor(role), Supplier("X"))
    number = sent(weavers).row.number
    with pytest.raises(Forbidden):
        goods_receipts.receive(make.actor(Role.MANAGER), number, {"KUR-2": 5}, receipt="1")
    elsewhere = catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    assert elsewhere.code == "BHI"
    stranger = make.actor(Role.WAREHOUSE, location_id=999)
    with pytest.raises(NotFound):
        goods_receipts.receive(stranger, number, {"KUR-2": 5}, receipt="1")
    assert purchasing.page(stranger) == ()
    assert goods_receipts.receive(make.actor(Role.WAREHOUSE), number, {"KUR-2": 5}, receipt="1").row.received == 5


def test_suppliers_are_written_checked_and_found(weavers: Supplier) -> None:
    with pytest.raises(Conflict, match="already"):
        suppliers.add(BUYER, Supplier("Anand Weavers"))
    for wrong in ({"gstin": "27AAPFU0939F1ZX"}, {"email": "no address"}, {"currency": "rupee"}, {"lead_time_days": -1}):
        with pytest.raises(Malformed):
            suppliers.add(BUYER, Supplier("B", **wrong))
    other = suppliers.change(BUYER, weavers.id, Supplier("Anand & Sons", currency="usd", lead_time_days=30))
    assert (other.name, other.currency, other.products, other.email) == ("Anand & Sons", "USD", 2, "")
    assert [each.name for each in suppliers.page(make.ADMIN, words="anand")] == ["Anand & Sons"]
    assert suppliers.page(make.ADMIN, after="Anand & Sons") == ()


def test_a_price_list_is_pasted_and_replaces_what_it_names(weavers: Supplier) -> None:
    terms = read_price_list("KUR-1\t299\tAW-78\t10\t20\t5\nKUR-2\t1.5")
    assert terms[0] == Terms("KUR-1", 299_000_000, "AW-78", 10, 20, 5)
    with pytest.raises(Malformed, match="Line 1"):
        read_price_list("KUR-1,299,AW,many")
    suppliers.set_terms(BUYER, weavers.id, read_price_list("KUR-1;299;AW-78;10;20;5"))
    listed = {each.sku: each for each in suppliers.price_list(make.ADMIN, weavers.id)}
    assert (listed["KUR-1"].pack_size, listed["KUR-1"].lead_time_days, listed["KUR-2"].moq) == (10, 5, 1)
    suppliers.prefer(BUYER, weavers.id, "KUR-1")
    suppliers.drop_terms(BUYER, weavers.id, "KUR-2")
    assert [(each.sku, each.preferred) for each in suppliers.price_list(make.ADMIN, weavers.id)] == [("KUR-1", True)]
    with pytest.raises(NotFound):
        suppliers.set_terms(BUYER, weavers.id, [Terms("NOTHING", 1)])
