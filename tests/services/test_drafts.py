"""Drafts: they reserve nothing, are priced as they would be placed, and become one order."""

from dataclasses import replace

import pytest

from oms_app.domain.drafts import Draft, DraftKind, DraftState, Pays, paying, pays_by
from oms_app.domain.errors import Conflict, Forbidden, Malformed, NotFound, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft, CustomerDraft, LineDraft, PaymentMethod
from oms_app.domain.permissions import Role
from oms_app.domain.validation import Rules
from oms_app.services import catalogue, checks, counter, drafts, events, lookups, orders, placement, stock, validation
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def phone(*lines: LineDraft, **values) -> Draft:
    return Draft(DraftKind.PHONE, make.draft(*lines, **{"channel": "phone"} | values))


def over_the_counter(*lines: LineDraft, location: str = "MAIN", pays: Pays = Pays.CASH, **values) -> Draft:
    given = {"channel": "counter", "customer": CustomerDraft(""), "ship_to": AddressDraft()} | values
    return Draft(DraftKind.COUNTER, paying(make.draft(*lines, **given), pays), location)


def test_a_draft_is_kept_as_it_was_and_reserves_nothing() -> None:
    sku = make.product(on_hand=3)
    wanted = phone(
        make.line(sku, 2, discount=100, personalisation=(("Engraving", "For Asha"),)), note="Ring twice", tags=("vip",)
    )
    saved = drafts.save(make.ADMIN, wanted)
    assert drafts.get(make.ADMIN, saved.row.id).draft == wanted
    assert (saved.row.customer, saved.row.units, saved.row.total) == ("Asha Rao", 2, 99_800)
    assert stock.get(make.ADMIN, sku).reserved == 0
    assert orders.page(make.ADMIN).orders == ()
    fuller = replace(wanted, order=replace(wanted.order, shipping=5_000))
    again = drafts.save(make.ADMIN, fuller, draft_id=saved.row.id, version=saved.row.version)
    assert (again.row.total, again.row.version) == (104_800, 2)
    with pytest.raises(Conflict):
        drafts.save(make.ADMIN, wanted, draft_id=saved.row.id, version=1)


def test_a_draft_is_placed_once_like_any_order() -> None:
    validation.save(make.ADMIN, Rules(off=("duplicate",)))
    sku = make.product(on_hand=3)
    saved = drafts.save(make.ADMIN, phone(make.line(sku, 2)))
    order = drafts.place(make.actor(Role.SERVICE), saved.row.id, version=1)
    assert (order.channel, order.external_id, order.stage) == ("phone", f"D-{saved.row.id}", Stage.PLACED)
    assert [hold.kind for hold in order.holds] == ["payment"]
    assert stock.get(make.ADMIN, sku).reserved == 2
    assert (drafts.page(make.ADMIN), len(drafts.page(make.ADMIN, state=""))) == ((), 1)
    row = drafts.get(make.ADMIN, saved.row.id).row
    assert (row.state, row.number) == (DraftState.PLACED, order.number)
    for act in (drafts.place, drafts.discard):
        with pytest.raises(Conflict, match=f"as order {order.number}"):
            act(make.ADMIN, saved.row.id, version=row.version)


def test_a_draft_whose_order_was_written_but_not_noted_finds_it_again() -> None:
    saved = drafts.save(make.ADMIN, phone(make.line(make.product(on_hand=3))))
    order = placement.place(make.ADMIN, replace(saved.draft.order, external_id=f"D-{saved.row.id}"))
    assert drafts.place(make.ADMIN, saved.row.id, version=1).number == order.number
    assert len(orders.page(make.ADMIN).orders) == 1
    assert drafts.get(make.ADMIN, saved.row.id).row.number == order.number


def test_a_draft_that_cannot_be_placed_stays_a_draft() -> None:
    saved = drafts.save(make.ADMIN, phone(customer=CustomerDraft("")))
    with pytest.raises(Malformed, match="no customer name"):
        drafts.place(make.ADMIN, saved.row.id, version=1)
    assert drafts.get(make.ADMIN, saved.row.id).row.state == DraftState.OPEN


def test_a_discarded_draft_is_gone_from_the_list_and_from_use() -> None:
    saved = drafts.save(make.ADMIN, phone())
    assert drafts.discard(make.ADMIN, saved.row.id, version=1).state == DraftState.DISCARDED
    assert drafts.page(make.ADMIN) == ()
    with pytest.raises(Refused):
        drafts.place(make.ADMIN, saved.row.id, version=2)
    with pytest.raises(NotFound):
        drafts.get(make.ADMIN, 999)


@pytest.mark.parametrize("role", [Role.INVENTORY, Role.WAREHOUSE, Role.ANALYST])
def test_who_places_no_orders_drafts_none(role: Role) -> None:
    saved, who = drafts.save(make.ADMIN, phone()), make.actor(role)
    for act in (
        lambda: drafts.save(who, phone()),
        lambda: drafts.page(who),
        lambda: drafts.get(who, saved.row.id),
        lambda: drafts.place(who, saved.row.id, version=1),
        lambda: drafts.discard(who, saved.row.id, version=1),
        lambda: drafts.quote(who, phone()),
        lambda: lookups.buyers(who, "asha"),
        lambda: lookups.articles(who, "SKU"),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_quote_says_what_each_line_costs_what_is_there_and_what_is_wrong() -> None:
    taxed = make.product(on_hand=4, price_micros=100_000_000, gst_rate=18, tax_included=False)
    plain = make.product(on_hand=1)
    wanted = phone(make.line(taxed, 2), make.line(plain, 1, discount=99_999), make.line("NOWHERE"), shipping=4_000)
    seen = drafts.quote(make.ADMIN, wanted)
    assert [(line.total, line.available, line.problem) for line in seen.lines] == [
        (23_600, 4, ""),
        (49_950, 1, "The discount is more than the line."),
        (0, 0, "No product has this SKU."),
    ]
    assert (seen.tax_added, seen.total) == (3_600, 23_600 + 49_950 + 4_000)


def test_what_is_quoted_is_what_is_placed_discount_and_tax_on_top_included() -> None:
    taxed = make.product(on_hand=9, price_micros=100_000_000, gst_rate=18, tax_included=False)
    wanted = phone(make.line(taxed, 3), make.line(make.product(on_hand=9), 1), discount=10_000)
    seen = drafts.quote(make.ADMIN, wanted)
    saved = drafts.save(make.ADMIN, wanted)
    placed = drafts.place(make.ADMIN, saved.row.id, version=1)
    assert (placed.total, placed.tax_added) == (seen.total, seen.tax_added) == (saved.row.total, 4_725)
    assert [line.total for line in placed.lines] == [line.total for line in seen.lines] == [34_725, 49_950]
    assert checks.money(make.ADMIN) == ()


def test_a_price_holds_its_tax_unless_line_product_or_channel_say_otherwise() -> None:
    bare = make.product(on_hand=9, price_micros=100_000_000, gst_rate=18, tax_included=False)
    made = catalogue.set_channel_prices(make.ADMIN, "manual", tax_included=False)
    assert made.tax_included is False
    whole = make.product(on_hand=9, price_micros=100_000_000, gst_rate=18)
    lines = (
        make.line(bare),
        make.line(whole),
        make.line(whole, unit_price_micros=50_000_000),
        make.line(whole, unit_price_micros=50_000_000, tax_included=True),
        make.line(bare, tax_included=True),
    )
    order = make.order(*lines)
    assert [(line.tax_included, line.total) for line in order.lines] == [
        (False, 11_800),
        (True, 10_000),
        (False, 5_900),
        (True, 5_000),
        (True, 10_000),
    ]
    with pytest.raises(Forbidden):
        catalogue.set_channel_prices(make.actor(Role.MANAGER), "manual", tax_included=True)


@pytest.mark.parametrize("pays", list(Pays))
def test_the_way_a_draft_is_paid_comes_back_as_it_was_chosen(pays: Pays) -> None:
    order = paying(make.draft(), pays, "UTR 9")
    assert pays_by(order) is pays
    assert order.payment_reference == ("" if pays in (Pays.LATER, Pays.COD) else "UTR 9")
    assert (order.payment_method == PaymentMethod.COD) is (pays is Pays.COD)


def test_a_sale_over_the_counter_is_placed_paid_issued_and_delivered_at_once() -> None:
    sku = make.product(on_hand=5)
    saved = drafts.save(make.ADMIN, over_the_counter(make.line(sku, 2), pays=Pays.UPI))
    order = drafts.place(make.ADMIN, saved.row.id, version=1)
    assert (order.stage, order.payment_status, order.payments[0].method) == (Stage.DELIVERED, "paid", "upi")
    assert (order.location, order.shipped_at is not None, order.delivered_at is not None) == ("MAIN", True, True)
    assert (order.customer, order.parcels) == (None, ())
    assert (order.lines[0].shipped, order.lines[0].allocated) == (2, 2)
    level = stock.get(make.ADMIN, sku)
    assert (level.on_hand, level.reserved) == (3, 0)
    assert [(m.kind, m.quantity) for m in stock.movements(make.ADMIN, sku)][0] == ("issued", -2)
    assert [event.kind for event in events.timeline(make.ADMIN, order.number)] == ["placed", "paid", "moved"]
    for check in checks.CHECKS.values():
        assert check(make.ADMIN) == ()


def test_the_counter_hands_over_only_what_its_location_has() -> None:
    catalogue.add_location(make.ADMIN, code="PUN", name="Pune shop", state="Maharashtra", postal_code="411001")
    sku = make.product(on_hand=5)
    stock.adjust(make.ADMIN, sku, "PUN", 1, reason="opening stock")
    with pytest.raises(Refused, match="2 wanted, 1 there") as refusal:
        counter.sell(make.ADMIN, over_the_counter(make.line(sku, 2)).order, "PUN")
    assert refusal.value.details["short"] == [{"sku": sku, "wanted": 2, "available": 1}]
    assert orders.page(make.ADMIN).orders == ()
    assert stock.get(make.ADMIN, sku).on_hand == 6
    sold = counter.sell(make.ADMIN, over_the_counter(make.line(sku, 1)).order, "PUN")
    assert (sold.location, sold.ship_to and sold.ship_to.state) == ("PUN", "Maharashtra")
    assert [level.on_hand for level in stock.get(make.ADMIN, sku).levels] == [5, 0]


@pytest.mark.parametrize(
    ("error", "pays", "location"),
    [(Refused, Pays.LATER, "MAIN"), (NotFound, Pays.CASH, "NOWHERE")],
)
def test_a_sale_that_cannot_be_leaves_nothing_behind(error: type[Exception], pays: Pays, location: str) -> None:
    sku = make.product(on_hand=5)
    with pytest.raises(error):
        counter.sell(make.ADMIN, over_the_counter(make.line(sku), pays=pays).order, location)
    assert (orders.page(make.ADMIN).orders, stock.get(make.ADMIN, sku).on_hand) == ((), 5)


def test_selling_over_the_counter_needs_the_right_to_hand_over_too() -> None:
    sku = make.product(on_hand=5)
    draft = over_the_counter(make.line(sku)).order
    for role in (Role.SERVICE, Role.WAREHOUSE):
        with pytest.raises(Forbidden):
            counter.sell(make.actor(role), draft, "MAIN")
    assert counter.sell(make.actor(Role.MANAGER), draft, "MAIN").stage is Stage.DELIVERED


def test_a_buyer_is_found_by_phone_name_or_mail_with_their_last_address() -> None:
    make.order(customer=CustomerDraft("Ravi Menon", "ravi@customer.example", "98470 12345"))
    moved = AddressDraft(line1="3 Hill Road", city="Mumbai", state="Maharashtra", postal_code="400050")
    make.order(customer=CustomerDraft("Asha Rao", "asha@customer.example", "98765 43210"), ship_to=moved)
    for text in ("98765", "+9198765", "098765 43", "asha", "Rao As", "asha@customer.example"):
        (hit,) = lookups.buyers(make.ADMIN, text)
        assert (hit.name, hit.phone, hit.address.line1) == ("Asha Rao", "+919876543210", "3 Hill Road")
    assert lookups.buyers(make.ADMIN, "a") == lookups.buyers(make.ADMIN, "zzz") == ()


def test_an_article_is_found_by_barcode_sku_or_name_with_what_is_there() -> None:
    make.product("KUR-1", on_hand=4, name="Blue kurta", barcode="8901234567890")
    make.product("KUR-2", name="Red kurta")
    make.product("SAR-1", name="Sari")
    assert [(hit.sku, hit.available) for hit in lookups.articles(make.ADMIN, "8901234567890")] == [("KUR-1", 4)]
    assert [hit.sku for hit in lookups.articles(make.ADMIN, "kur")] == ["KUR-1", "KUR-2"]
    assert [hit.sku for hit in lookups.articles(make.ADMIN, "red kur")] == ["KUR-2"]
    assert lookups.articles(make.ADMIN, "KUR-1", location="MAIN")[0].available == 4
    assert lookups.articles(make.ADMIN, "KUR-1", location="PUN")[0].available == 0
