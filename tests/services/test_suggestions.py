"""What the palette offers while somebody types."""

import pytest

from oms_app.domain.errors import NotFound
from oms_app.domain.orders import AddressDraft, CustomerDraft
from oms_app.domain.permissions import Actor, Role
from oms_app.services import saved_searches, suggestions, users
from tests import make


@pytest.fixture
def orders(shop):
    kurta = make.product("KUR-BLU-M", name="Blue kurta", on_hand=50)
    people = [
        CustomerDraft("Priya Sharma", phone="98765 43210", email="priya@post.example"),
        CustomerDraft("Priyanka Rao", email="rao@mail.example"),
        CustomerDraft("Kabir Khan"),
    ]
    towns = [("New Delhi", "Delhi", "110016"), ("Pune", "Maharashtra", "411001"), ("Pune", "Maharashtra", "411002")]
    return [
        make.order(make.line(kurta), customer=person, ship_to=AddressDraft("", "", "1 Road", "", *town))
        for person, town in zip(people, towns, strict=True)
    ]


def keys(groups):
    return {group.title: [hit.key for hit in group.hits] for group in groups}


def test_a_number_offers_its_order_first(orders):
    first = suggestions.suggest(make.ADMIN, orders[0].number)[0]
    assert first.title == "Orders"
    assert first.hits[0].key == orders[0].number
    assert first.hits[0].href == f"/orders/{orders[0].number}"
    assert first.hits[0].detail == "Priya Sharma · New Delhi · ₹499.50 · Placed"


def test_a_name_offers_orders_and_customers(orders):
    groups = suggestions.suggest(make.ADMIN, "priy")
    assert keys(groups)["Orders"] == [orders[1].number, orders[0].number]
    customers = next(group for group in groups if group.title == "Customers")
    assert [(hit.title, hit.href) for hit in customers.hits] == [
        ("Priyanka Rao", "/orders?q=email%3Arao%40mail.example"),
        ("Priya Sharma", "/orders?q=phone%3A%2B919876543210"),
    ]


def test_an_article_is_offered_by_sku_and_by_name(orders):
    assert keys(suggestions.suggest(make.ADMIN, "kur-"))["Articles"] == ["KUR-BLU-M"]
    assert keys(suggestions.suggest(make.ADMIN, "blue"))["Articles"] == ["KUR-BLU-M"]


def test_an_analyst_is_offered_no_customer(orders):
    assert suggestions.suggest(make.actor(Role.ANALYST), "priy") == ()
    assert list(keys(suggestions.suggest(make.actor(Role.ANALYST), "blue"))) == ["Orders", "Articles"]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("stat", [("status:", None), ("state:", None)]),
        ("status:pla", [("status:placed ", 3)]),
        ("-status:pla", [("-status:placed ", 3)]),
        ("priya city:", [('priya city:"new delhi" ', 1), ("priya city:pune ", 1)]),
        ("city:pu priya", [("city:pune priya", 1)]),
        ("pun", [("city:pune ", 2)]),
        ("placed:tod", [("placed:today ", 3)]),
        ("phone:98", []),
        ("zzz", []),
    ],
)
def test_the_word_at_the_caret_is_finished_with_how_many_it_finds(orders, text, offered):
    caret = text.index(" ") if text.startswith("city:pu ") else len(text)
    assert [(each.text, each.count) for each in suggestions.complete(make.ADMIN, text, caret)] == offered


def test_a_search_is_saved_renewed_and_forgotten_by_its_owner(orders):
    owner = Actor("o@shop.example", Role.MANAGER, user_id=users.add(make.ADMIN, "o@shop.example", role="manager").id)
    kept = saved_searches.save(owner, "orders", "  To  pack ", "Status:ready")
    assert (kept.name, kept.query) == ("To pack", "status:ready")
    saved_searches.save(owner, "orders", "To pack", "status:picking")
    assert [each.query for each in saved_searches.saved(owner, "orders")] == ["status:picking"]
    assert saved_searches.saved(owner, "board") == ()
    other = Actor("p@shop.example", Role.MANAGER, user_id=users.add(make.ADMIN, "p@shop.example", role="manager").id)
    with pytest.raises(NotFound):
        saved_searches.forget(other, kept.id)
    saved_searches.forget(owner, kept.id)
    assert saved_searches.saved(owner, "orders") == ()


def test_the_number_of_a_purchase_order_offers_it(shop) -> None:
    made = make.purchase_order(make.product("KUR-1"), 24)
    (group,) = suggestions.suggest(make.ADMIN, made.row.number.lower())
    assert (group.title, group.hits[0].href) == ("Purchase orders", f"/purchasing/{made.row.number}")
    assert suggestions.suggest(make.actor("warehouse", location_id=999), made.row.number) == ()
