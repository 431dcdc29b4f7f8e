"""Searching on SQLite and PostgreSQL: what each word of the language finds, for whom, and in which order."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from oms_app.db import engine
from oms_app.db.queries import search_eras, search_frequencies, search_index
from oms_app.db.queries.orders import order
from oms_app.domain.errors import Malformed
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft, CustomerDraft
from oms_app.domain.permissions import Role
from oms_app.domain.priorities import Rule, When
from oms_app.domain.search import Count, Sort
from oms_app.services import catalogue, holds, notes, orders, priorities, search
from oms_app.services.search_index import check, tidy
from tests import make

NOW = datetime.now(UTC)


def person(name, phone="", email=""):
    return {"customer": CustomerDraft(name, phone=phone, email=email)}


def to(city, state="Maharashtra", pin="411001"):
    return {"ship_to": AddressDraft(line1="1 Main Road", city=city, state=state, postal_code=pin)}


@pytest.fixture
def shop(database):
    """Six orders, one of each kind a search has to tell apart; by a short name."""
    make.shop()
    priorities.save(make.ADMIN, [Rule(When.TAG, "vip", 25)])
    catalogue.add_channel(make.ADMIN, name="shopify", title="Our Shop", kind="manual", currency="INR")
    kurta = make.product("KUR-BLU-M", name="Blue kurta", on_hand=50)
    saree = make.product("SAR-RED", name="Red silk saree", on_hand=50)
    ages = iter(range(60, 0, -10))

    def placed(*lines, stage=Stage.PLACED, **values):
        return make.order(*lines, stage=stage, placed_at=NOW - timedelta(days=next(ages)), **values)

    orders = {
        "priya": placed(
            make.line(kurta), **person("Priya Sharma", "98765 43210", "priya@post.example"), **to("Pune"), tags=("vip",)
        ),
        "priyanka": placed(
            make.line(saree, 2),
            **person("Priyanka Rao", "98201 11111", "rao@mail.example"),
            **to("New Delhi", "Delhi", "110016"),
            channel="shopify",
            external_id="402-777-1",
            payment_method="cod",
        ),
        "rahul": placed(
            make.line(kurta),
            make.line(saree),
            **person("Rahul Iyer"),
            **to("Chennai", "Tamil Nadu", "600004"),
            gstin="27AAPFU0939F1ZV",
        ),
        "shipped": placed(
            make.line(kurta), stage=Stage.SHIPPED, **person("Déepa O'Brien"), **to("Bengaluru", "Karnataka", "560001")
        ),
        "held": placed(
            make.line(saree), **person("Kabir Khan"), **to("Mumbai", pin="400001"), note="leave with the guard"
        ),
        "short": placed(make.line("NEW-SKU", 5, unit_price_micros=2_000_000_000), **person("Asha Rao"), **to("Pune")),
    }
    holds.place(make.ADMIN, orders["held"].number, kind="address", reason="no house number")
    return orders


def found(shop, q, actor=make.ADMIN, **options):
    names = {order.number: name for name, order in shop.items()}
    return [names[row.number] for row in search.orders(actor, q, **options).rows]


ALL = ["short", "held", "shipped", "rahul", "priyanka", "priya"]


FINDS = [
    ("", ALL),
    ("priya", ["priyanka", "priya"]),
    ('"priya"', ["priya"]),
    ("PRIYA shar", ["priya"]),
    ('"priya sharma"', ["priya"]),
    ('"sharma priya"', []),
    ('"silk saree"', ["held", "rahul", "priyanka"]),
    ("deepa", ["shipped"]),
    ("o'brien", ["shipped"]),
    ("delhi", ["priyanka"]),
    ("new-delhi", ["priyanka"]),
    ("blue", ["shipped", "rahul", "priya"]),
    ("kur-", ["shipped", "rahul", "priya"]),
    ("guard", ["held"]),
    ("harma", ["priya"]),
    ("shrma", ["priya"]),
    ("bangaluru", ["shipped"]),
    ("zzz", []),
    ("vip", ["priya"]),
    ("9876543210", ["priya"]),
    ("+91 98765 43210", ["priya"]),
    ("98765-43210", ["priya"]),
    ("98765", ["priya"]),
    ("43210", ["priya"]),
    ("priya@post.example", ["priya"]),
    ("post.example", ["priya"]),
    ("402-777", ["priyanka"]),
    ("AWB1", ["shipped"]),
    ("status:placed", ["short", "held", "rahul", "priyanka", "priya"]),
    ("status:open", ["short", "held", "rahul", "priyanka", "priya"]),
    ("status:shipped,placed", ALL),
    ("-status:placed", ["shipped"]),
    ("channel:shopify", ["priyanka"]),
    ('channel:"our shop"', ["priyanka"]),
    ("payment:cod", ["priyanka"]),
    ("is:cod", ["priyanka"]),
    ("payment:unpaid -is:cod", ["short", "held", "shipped", "rahul", "priya"]),
    ("total:>999", ["short"]),
    ("total:999", ["rahul", "priyanka"]),
    ("total:499.50..999", ["held", "shipped", "rahul", "priyanka", "priya"]),
    ("total:>10k", []),
    ("total:>=10k", ["short"]),
    ("placed:35d", ["short", "held", "shipped"]),
    ("placed:<35d", ["rahul", "priyanka", "priya"]),
    ("updated:today", ALL),
    ("updated:<yesterday", []),
    ("shipped:today", ["shipped"]),
    ("-shipped:today", ["short", "held", "rahul", "priyanka", "priya"]),
    ("moved:>=today status:placed", ["short", "held", "rahul", "priyanka", "priya"]),
    ("ship_by:<now", ALL),
    ("sku:KUR-BLU-M", ["shipped", "rahul", "priya"]),
    ("sku:kur-*", ["shipped", "rahul", "priya"]),
    ("sku:*-RED", ["held", "rahul", "priyanka"]),
    ("sku:KUR", []),
    ("city:pune", ["short", "priya"]),
    ('city:"new delhi"', ["priyanka"]),
    ("city:delhi", []),
    ("city:*delhi", ["priyanka"]),
    ("city:pune,mumbai", ["short", "held", "priya"]),
    ("city:Pune OR city:Mumbai", ["short", "held", "priya"]),
    ("state:karnataka", ["shipped"]),
    ("pin:4000*", ["held"]),
    ("country:in", ALL),
    ("location:main", ["held", "shipped", "rahul", "priyanka", "priya"]),
    ("location:none", ["short"]),
    ("currency:inr", ALL),
    ("currency:GBP", []),
    ("left:picking", ["shipped"]),
    ("left:shipped", []),
    ("-left:placed", ["short", "held", "rahul", "priyanka", "priya"]),
    ("tag:vip", ["priya"]),
    ("courier:delhivery", ["shipped"]),
    ("awb:awb1", ["shipped"]),
    ("external:402-*", ["priyanka"]),
    ("external:*777*", ["priyanka"]),
    ('customer:"priya sharma"', ["priya"]),
    ("customer:priya*", ["priyanka", "priya"]),
    ("phone:9876543210", ["priya"]),
    ("phone:3210", ["priya"]),
    ("email:*@post.example", ["priya"]),
    ("email:rao@*", ["priyanka"]),
    ("invoice:INV-1", []),
    ("assignee:none", ALL),
    ("assignee:@me", []),
    ("priority:0", [name for name in ALL if name != "priya"]),
    ("priority:>0", ["priya"]),
    ("service:standard", ALL),
    ("service:express", []),
    ("is:will_miss", []),
    ("is:late", ALL),
    ("is:shipped_late", ["shipped"]),
    ("is:on_time", []),
    ("is:due", []),
    ("is:held", ["held"]),
    ("has:hold:address", ["held"]),
    ("has:hold:payment", []),
    ("is:b2b", ["rahul"]),
    ("is:split", []),
    ("is:new_customer", ALL),
    ("has:note", ["held"]),
    ("has:shortfall", ["short"]),
    ("has:return", []),
    ("priya OR kabir", ["held", "priyanka", "priya"]),
    ("priya -shar", ["priyanka"]),
    ("-(status:shipped OR city:pune)", ["held", "rahul", "priyanka"]),
    ("priya placed:>2020", ["priyanka", "priya"]),
    ("priya placed:<2020", []),
    ("9876543210 placed:<2020", []),
    ("(priya placed:<2020) OR kabir", ["held"]),
    ("(9876543210 placed:<2020) OR AWB1", ["shipped"]),
    ("(9876543210 placed:<2020) OR kabir", ["held"]),
    ("-(priya placed:<2020) city:pune", ["short", "priya"]),
    ("-(priya placed:>2020) city:pune", ["short"]),
    ("-placed:<2020 city:pune", ["short", "priya"]),
    ("placed:<2020 OR kabir", ["held"]),
    ("9876543210 OR kabir", ["held", "priya"]),
    ("9876543210 OR kabir city:pune", ["priya"]),
    ("-(9876543210 OR kabir) city:mumbai,pune", ["short"]),
    ("(9876543210 OR kabir) OR (AWB1 OR priyanka) status:placed", ["held", "priyanka", "priya"]),
    ("(9876543210 OR kabir) (AWB1 OR city:pune)", ["priya"]),
    ("((9876543210 OR kabir) city:mumbai) OR city:chennai", ["held", "rahul"]),
    ("total:>999 OR AWB1", ["short", "shipped"]),
    ("hour:0..23", ALL),
    ("weekday:mon,tue,wed,thu,fri,sat,sun", ALL),
    ("colour:red", []),
    ("status:lost", []),
]


def test_every_word_of_the_language_finds_its_orders_newest_first(shop):
    wrong = {}
    for q, names in FINDS:
        if (listed := found(shop, q)) != names:
            wrong[q] = listed
    assert wrong == {}


def test_the_count_and_the_condition_agree_with_the_list(shop):
    numbers = {order.number: name for name, order in shop.items()}
    for q, names in FINDS:
        assert search.count(make.ADMIN, q) == Count(len(names)), q
        with engine.reading() as tx:
            condition = search.condition(tx, make.ADMIN, q)
            everything = select(order.c.number)
            matching = tx.scalars(everything if condition is None else everything.where(condition))
            assert {numbers[number] for number in matching} == set(names), q


def test_a_number_finds_its_order_and_a_list_finds_each(shop):
    first, second = shop["priya"].number, shop["held"].number
    assert found(shop, first) == ["priya"]
    assert found(shop, f"#{first}") == ["priya"]
    assert found(shop, f"{first},{second}") == ["held", "priya"]
    assert found(shop, f"number:{first} city:mumbai") == []


def test_a_page_goes_on_where_the_last_one_ended(shop):
    seen, cursor = [], None
    while True:
        page = search.orders(make.ADMIN, "status:open", limit=2, cursor=cursor)
        seen += [row.number for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [shop[name].number for name in ALL if name != "shipped"]


@pytest.mark.parametrize(
    ("sort", "first"), [(Sort.DEAREST, "short"), (Sort.OLDEST, "priya"), (Sort.SHIP_FIRST, "priya")]
)
def test_other_sorts_go_on_too(shop, sort, first):
    seen, cursor = [], None
    for _ in range(4):
        page = search.orders(make.ADMIN, "", limit=2, cursor=cursor, sort=sort)
        seen += [row.number for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen[0] == shop[first].number
    assert sorted(seen) == sorted(order.number for order in shop.values())


def test_a_sort_and_a_cursor_of_others_are_refused(shop):
    for options in ({"sort": "colour"}, {"cursor": "x"}, {"cursor": "1.x", "sort": "total"}):
        with pytest.raises(Malformed):
            search.orders(make.ADMIN, "", **options)


def test_an_analyst_sees_initials_and_cannot_search_for_people(shop):
    analyst = make.actor(Role.ANALYST)
    page = search.orders(analyst, "city:chennai")
    assert [row.customer for row in page.rows] == ["R. I."]
    for q in (
        "priya",
        '"priya sharma"',
        "9876543210",
        "43210",
        "post.example",
        "guard",
        "phone:3210",
        "customer:priya",
    ):
        assert found(shop, q, analyst) == [], q
    assert "does not see customers" in search.orders(analyst, "email:*").hints[0]
    assert found(shop, "blue pune", analyst) == ["priya"]
    assert found(shop, "402-777", analyst) == ["priyanka"]


def test_warehouse_staff_find_the_orders_of_their_location_only(shop):
    elsewhere = make.actor(Role.WAREHOUSE, location_id=9_999)
    assert found(shop, "", elsewhere) == []
    assert found(shop, shop["priya"].number, elsewhere) == []
    assert search.count(elsewhere, "status:placed") == Count(0)


def test_what_is_not_built_yet_says_so(shop):
    assert search.orders(make.ADMIN, "invoice:INV-1").hints == ("No invoices are issued yet.",)
    assert search.orders(make.ADMIN, "has:return").hints == ("No returns are recorded yet.",)


def test_a_widened_or_corrected_word_is_said(shop):
    assert search.orders(make.ADMIN, "harma").hints == (
        "Nothing begins with “harma”; words that contain it are shown.",
    )
    assert search.orders(make.ADMIN, "shrma").hints == ("Nothing is called “shrma”; sharma is shown.",)


def test_no_hit_says_how_many_the_filters_hide(shop):
    assert search.hidden_by_filters(make.ADMIN, "priya city:chennai") == Count(2)
    assert search.hidden_by_filters(make.ADMIN, "zzz city:chennai") == Count(0)
    assert [
        (each.filter, each.count.number) for each in search.filters_that_hide(make.ADMIN, "priya city:chennai")
    ] == [("city:chennai", 2)]


def test_every_write_is_found_at_once_and_the_check_is_clean(shop):
    order = make.move(shop["priya"], Stage.PROCESSING)
    assert found(shop, "status:processing") == ["priya"]
    notes.add(make.ADMIN, order.number, "ring twice")
    assert found(shop, "twice") == ["priya"]
    notes.change_tags(make.ADMIN, order.number, remove=("vip",))
    assert found(shop, "tag:vip") == []
    with engine.transaction() as tx:
        assert search_index.check(tx) == []
        assert search_index.rebuild(tx) == 6
        assert search_index.check(tx) == []
    assert found(shop, "priya") == ["priyanka", "priya"]


def test_the_check_finds_a_document_that_is_wrong(shop):
    with engine.transaction() as tx:
        tx.execute(order.update().where(order.c.id == shop["priya"].id).values(city="Nagpur"))
        assert search_index.check(tx) == [shop["priya"].id]


def test_tidying_leaves_fewer_segments_and_the_same_answers(sqlite):
    make.shop()
    sku = make.product(on_hand=20)
    numbers = [make.order(make.line(sku)).number for _ in range(12)]
    segments = text("SELECT count(DISTINCT id >> 37) FROM order_text_words_data WHERE id > 10")
    with engine.reading() as tx:
        before = tx.scalar(segments)
    tidy()
    with engine.reading() as tx:
        assert tx.scalar(segments) < before
    assert check(make.ADMIN) == []
    assert [each.number for each in orders.page(make.ADMIN, sku).orders] == numbers[::-1]


def test_very_many_values_and_numbers_are_one_search(shop):
    numbers = ",".join(str(number) for number in range(10_001, 10_250))
    assert found(shop, f"number:{numbers}") == ALL
    assert found(shop, f"{numbers} -number:{numbers}") == []
    assert found(shop, " OR ".join(["priya", *(f"total:{amount}" for amount in range(1, 90))])) == ["priyanka", "priya"]


def test_pages_are_the_same_whether_the_newest_orders_are_asked_first_or_not(database, monkeypatch):
    """PostgreSQL asks the newest eras it has counted first, those that it expects to hold a page."""
    make.shop()
    kurta, saree = make.product("KUR", on_hand=99), make.product("SAR", on_hand=99)
    for days in range(36, 126, 3):
        wanted = make.line(kurta if days % 9 else saree)
        make.order(wanted, placed_at=NOW - timedelta(days=days), payment_method="cod" if days % 2 else "prepaid")

    def pages(typed):
        found, cursor = [], None
        while True:
            page = search.orders(make.ADMIN, typed, limit=2, cursor=cursor)
            found += [row.number for row in page.rows]
            if (cursor := page.next_cursor) is None:
                return found

    queries = ("sku:kur", "sku:sar -payment:cod", "sku:kur OR sku:sar", "placed:<60d sku:kur payment:cod")
    plain = [pages(typed) for typed in queries]
    if engine.engine().dialect.name == "postgresql":
        with engine.transaction() as tx:
            tx.exec_driver_sql("ANALYZE order_text")
        monkeypatch.setattr(search_eras, "_COMMON", 2.0)
        monkeypatch.setattr(search_eras, "_EXPECTED", (0.5, 2.0))
        search_frequencies.forget()
        asked, eras = [], search_eras._eras
        monkeypatch.setattr(search_eras, "_eras", lambda *given: asked.append(eras(*given)) or asked[-1])
    assert [pages(typed) for typed in queries] == plain
    newer = make.order(make.line(kurta))
    assert pages("sku:kur") == [newer.number, *plain[0]]
    if engine.engine().dialect.name == "postgresql":
        assert any(asked), "no era was asked for"
