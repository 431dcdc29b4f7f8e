"""The demo shop: believable, exact, alive, and gone without a trace."""

import threading
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel
from stdnum import ean

from oms_app.db.engine import reading, transaction
from oms_app.db.leader import Leader
from oms_app.db.queries import rollups, search_index
from oms_app.db.queries.accounts import USER
from oms_app.db.queries.bins import bin_
from oms_app.db.queries.catalogue import channel, location, product
from oms_app.db.queries.demo import OF_ORDER
from oms_app.db.queries.kits import kit_part
from oms_app.db.queries.lots import choose, lot
from oms_app.db.queries.orders import address, customer, hold, line, order, parcel_line, payment
from oms_app.db.queries.products import family
from oms_app.db.queries.sku_map import sku_map as sku_name
from oms_app.db.queries.stock import level, movement, reservation
from oms_app.db.tables.spine import Event
from oms_app.demo import load, people, places, plan, stream
from oms_app.demo.catalogue import ARTICLES, FAMILIES, GIFT_BOXES
from oms_app.domain.company import read_gstin
from oms_app.domain.errors import Conflict, Forbidden, NotFound, Refused
from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.domain.orders import CustomerDraft
from oms_app.domain.permissions import Role
from oms_app.domain.states import BY_NAME
from oms_app.domain.validation import Rules
from oms_app.services import (
    bins,
    board,
    company,
    demo,
    holds,
    identity,
    kits,
    lots,
    orders,
    purchasing,
    sign_in,
    sku_map,
    stock,
    suppliers,
    users,
    validation,
)
from tests import make

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.slow]

SOLD = (*ARTICLES, *GIFT_BOXES)
EVENT = Event.__table__  # type: ignore[attr-defined]
FLAGGED = (channel, customer, product, location, USER)


def rows(*columns: Any, where: Any = True) -> list[Any]:
    with reading() as tx:
        return list(tx.execute(select(*columns).where(where)))


def count(table: Any, where: Any = True) -> int:
    return int(rows(func.count(), where=(table.c[list(table.c.keys())[0]].is_not(None)) & where)[0][0])


def drift() -> list[Any]:
    """Counters that are not the sum of their ledger, and projections that are not what their orders say."""
    found: list[Any] = []
    with reading() as tx:
        for table, counter, where in (
            (movement, level.c.on_hand, movement.c.id > 0),
            (reservation, level.c.reserved, reservation.c.state == "open"),
        ):
            units = func.coalesce(func.sum(table.c.quantity), 0)
            mine = (table.c.product_id == level.c.product_id) & (table.c.location_id == level.c.location_id) & where
            total = select(units).where(mine).scalar_subquery()
            found += tx.execute(select(level.c.product_id, level.c.location_id).where(counter != total)).all()
        signed = func.sum(payment.c.amount).filter(payment.c.kind == "capture")
        voided = func.coalesce(func.sum(payment.c.amount).filter(payment.c.kind == "void"), 0)
        paid = select(func.coalesce(signed, 0) - voided).where(payment.c.order_id == order.c.id).scalar_subquery()
        found += tx.execute(select(order.c.number).where(order.c.captured != paid)).all()
        return [*found, *rollups.verify(tx), *rollups.verify_dwell(tx), *search_index.check(tx)]


def test_the_demo_shop_is_believable_exact_and_gone_without_a_trace(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = make.order(make.line(make.product("MINE", on_hand=5), 2), stage=Stage.PACKED)
    validation.save(make.ADMIN, Rules())
    small = {"orders": 320} if shop == "postgresql" else {}
    assert load.load(**small) == count(order) - 1 >= (300 if small else 2_000)

    # Every stage and channel is there, and every column of the board has cards.
    assert {row.stage for row in rows(order.c.stage)} == set(Stage)
    assert {row.name for row in rows(channel.c.name, where=channel.c.id.in_(select(order.c.channel_id)))} == {
        "manual",
        "shopify",
        "amazon",
        "woocommerce",
        "wix",
        "phone",
    }
    assert all(totals.count for totals in board.totals(make.ADMIN).values())
    if not small:
        assert all(board.totals(make.ADMIN)[stage].count >= 20 for stage in (*plan.QUOTA, Stage.SHIPPED))
        kinds = {totals_of for totals in board.totals(make.ADMIN).values() for totals_of in _standings(totals)}
        assert kinds == {"late", "due", "on_time"}
        assert count(order, order.c.shortfall > 0) > 3
        assert 0.05 < count(order, order.c.gstin != "") / count(order) < 0.12
        assert 0.25 < count(order, order.c.payment_method == "cod") / count(order) < 0.45

    # Addresses agree with their PIN but for those that wait to be corrected, GSTINs with their State and check digit.
    pins = {place.pin: (place.city, place.state) for place in places.places()[0]}
    waits = order.c.id.in_(select(hold.c.order_id).where(hold.c.kind == "address"))
    sound = address.c.id.not_in(select(order.c.ship_to_id).where(waits)) & (address.c.postal_code != "411001")
    found = rows(address.c.postal_code, address.c.city, address.c.state, where=sound)
    assert found
    assert [row for row in found if pins.get(row.postal_code) != (row.city, row.state)] == []
    firms = rows(order.c.gstin, order.c.state, where=(order.c.gstin != "") & ~waits)
    assert [row for row in firms if read_gstin(row.gstin).state != row.state] == []

    # Nothing happens before it could, and the spine grows with time.
    now = datetime.now(UTC)
    told = rows(EVENT.c.id, EVENT.c.at, where=EVENT.c.order_id.is_not(None) & (EVENT.c.source == "demo"))
    at = [row.at for row in sorted(told)]
    assert at == sorted(at)
    assert at[-1] <= now
    assert count(order, (order.c.stage_at < order.c.placed_at) | (order.c.updated_at < order.c.stage_at)) == 0
    assert drift() == []

    # It buys: drafts, orders on their way, one that is late, some here in part, some here.
    bought = purchasing.page(make.ADMIN, limit=50)
    assert {row.state for row in bought} == {"draft", "sent", "acknowledged", "part_received", "received"}
    assert any(row.is_late(purchasing.today()) for row in bought)
    assert sum(each.products for each in suppliers.page(make.ADMIN)) == len(ARTICLES)

    # It sells gift boxes, keeps what expires by lot, and knows bins, families and what channels call its articles.
    assert count(line, line.c.parts.is_not(None)) > 3
    assert {each.sku for each in kits.page(make.ADMIN)} == {box.sku for box in GIFT_BOXES}
    expires = {each.expires for each in lots.expiring(make.ADMIN, within=30)}
    assert min(expires) < purchasing.today() < max(expires)
    assert len(bins.page(make.ADMIN, "BHW", limit=200)) > 80
    assert [each.quantity for each in sku_map.page(make.ADMIN) if each.sku == "TWL-HON-WHT"] == [4]
    assert count(family) == len(FAMILIES) > 30

    with pytest.raises(Conflict):
        load.load(orders=10)

    # A smaller shop has emptier columns, where the team would rest.
    monkeypatch.setattr(stream, "TARGET", dict.fromkeys(stream.TARGET, 1))
    _goes_on()
    assert drift() == []

    # It goes without a trace, and what is real stays.
    with pytest.raises(Forbidden):
        demo.remove(make.actor(Role.MANAGER))
    before = orders.get(make.ADMIN, mine.number)
    with transaction() as tx:
        choose(tx, tx.scalar(select(func.max(reservation.c.id))), tx.scalar(select(func.max(lot.c.id))))
    gone = demo.remove(make.ADMIN)
    assert (gone.orders >= 300, gone.products, gone.products_kept) == (True, len(SOLD), 0)
    assert [table.name for table in FLAGGED if count(table, table.c.demo)] == []
    assert count(order) == count(customer) == count(product) == 1
    assert count(family) == count(bin_) == count(lot) == count(kit_part) == count(sku_name) == 0
    assert orders.get(make.ADMIN, mine.number) == before
    assert stock.get(make.ADMIN, "MINE").on_hand == 5
    assert rows(EVENT.c.kind, where=EVENT.c.source == "demo") == []
    assert [row.kind for row in rows(EVENT.c.kind, where=EVENT.c.subject == "shop")] == ["demo_removed"]
    assert company.profile(make.ADMIN).legal_name == ""
    assert not company.profile(make.ADMIN).registrations
    assert (demo.is_here(), demo.sign_ins(), demo.is_wanted()) == (False, (), False)
    assert (purchasing.page(make.ADMIN), suppliers.page(make.ADMIN)) == ((), ())
    assert drift() == []
    with pytest.raises(NotFound):
        demo.remove(make.ADMIN)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_hold_queue_has_something_to_do() -> None:
    validation.save(make.ADMIN, Rules())
    load.load(orders=900, days=30)
    counts = holds.counts(make.ADMIN)
    assert {kind for kind, found in counts.items() if found.number} >= {"address", "payment", "sku", "cod", "duplicate"}
    assert {each.check for each in holds.page(make.ADMIN, "address")} >= {"address", "pin", "phone"}
    assert drift() == []
    demo.remove(make.ADMIN)
    assert not any(each.number for each in holds.counts(make.ADMIN).values())


def test_real_orders_keep_the_demo_products_and_stock_they_use(shop: str) -> None:
    del shop
    load.load(orders=60, days=20)
    cookie = sign_in.sign_in("manager@demo.example", demo.PASSWORD, address="127.0.0.1", agent="test")
    sold = make.order(make.line("KUR-IND-M", 2), stage=Stage.SHIPPED)
    waiting = make.order(make.line("KUR-IND-M", 1))
    shelves = {each.location: each.on_hand for each in stock.get(make.ADMIN, "KUR-IND-M").levels}
    used = {sold.location, waiting.location}

    gone = demo.remove(make.ADMIN)

    assert (gone.products, gone.products_kept) == (len(SOLD) - 1, 1)
    kept = stock.get(make.ADMIN, "KUR-IND-M")
    assert {each.location: each.on_hand for each in kept.levels} == {place: shelves[place] for place in used}
    assert kept.reserved == 1
    assert count(product, product.c.demo) == count(location, location.c.demo) == 0
    assert {row.number for row in rows(order.c.number)} == {sold.number, waiting.number}
    assert drift() == []
    with pytest.raises(Exception, match="Sign in"):
        identity.person(cookie)


def test_a_gift_box_that_was_really_sold_stays_with_what_it_is_made_of() -> None:
    load.load(orders=60, days=20)
    sold = make.order(make.line("GFT-TEA", 1))
    kits.set_parts(make.ADMIN, make.product("HAMPER", on_hand=0), {"CHY-AML": 1})

    gone = demo.remove(make.ADMIN)

    stay = {"GFT-TEA", "TEA-250-ASM", "TEA-250-NIL", "POT-MUG", "HAMPER", "CHY-AML"}
    assert {row.sku for row in rows(product.c.sku)} == stay
    assert gone.products_kept == len(stay) - 1
    assert {part.sku for part in kits.get(make.ADMIN, "GFT-TEA").parts} == {"TEA-250-ASM", "TEA-250-NIL", "POT-MUG"}
    assert stock.get(make.ADMIN, "POT-MUG").reserved == 1 - sold.shortfall
    assert [row.code for row in rows(family.c.code)] == ["TEA-250"]
    assert drift() == []


def test_real_accounts_are_never_left_without_an_admin() -> None:
    load.load(orders=20, days=20)
    users.add(make.ADMIN, "packer@shop.example", role="warehouse")
    with pytest.raises(Refused, match="real admin"):
        demo.remove(make.ADMIN)
    assert demo.is_here()
    users.add(make.ADMIN, "owner@shop.example", role="admin")
    demo.remove(make.ADMIN)
    assert {each.email for each in users.every(make.ADMIN)} == {"packer@shop.example", "owner@shop.example"}


def test_a_load_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> bool:
        raise RuntimeError("power cut")

    monkeypatch.setattr(load, "_hire", fails)
    with pytest.raises(RuntimeError):
        load.load(orders=20, days=20)
    assert (demo.is_here(), count(order), count(product), count(EVENT)) == (False, 0, 0, 0)


def test_a_buyer_of_the_demo_is_never_one_of_ours() -> None:
    load.load(orders=20, days=20)
    guest = rows(customer.c.email, customer.c.id)[0]
    real = make.order(customer=CustomerDraft("Somebody Else", email=guest.email))
    assert real.customer is not None
    assert real.customer.id != guest.id


def test_whatever_refers_to_an_order_goes_with_it() -> None:
    """A new table must be told what to do when the demo shop leaves."""
    referring = {
        table.name
        for table in SQLModel.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "orders"
    }
    assert referring <= {table.name for table in (*OF_ORDER, parcel_line)}


def test_people_have_valid_numbers_of_their_own() -> None:
    rng = Random(5)
    crowd = [people.person(rng, number, firm=number % 3 == 0) for number in range(900)]
    assert len({each.phone for each in crowd}) == len({each.email for each in crowd}) == 900
    firms = [each for each in crowd if each.firm]
    assert [each for each in firms if read_gstin(each.gstin).state != each.place.state] == []
    assert {place.state for place in places.places()[0]} <= set(BY_NAME)
    assert [each.sku for each in ARTICLES if not ean.is_valid(each.barcode)] == []
    assert 80 <= len({each.sku for each in ARTICLES}) == len(ARTICLES) <= 120


def test_the_stream_stops_when_told_and_leaves_an_empty_shop_alone() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stream.run, args=(stop,))
    thread.start()
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert count(order) == 0


def test_one_process_leads_the_stream() -> None:
    with Leader("demo-stream") as first, Leader("demo-stream") as second, Leader() as worker:
        assert first.is_held()
        assert not second.is_held()
        assert worker.is_held()
        first.release()
        assert second.is_held()


def _standings(totals: Any) -> set[str]:
    return {name for name in ("late", "due", "on_time") if getattr(totals, name)}


def _goes_on() -> None:
    """A new order arrives, a card takes one legal step, a hold is looked after."""
    shop = stream.Stream(Random(7))
    placed = orders.get(make.ADMIN, shop.arrive())
    assert (placed.stage, placed.demo) == (Stage.PLACED, True)
    stages = {row.number: row.stage for row in rows(order.c.number, order.c.stage)}
    moved = [number for number in (shop.advance() for _ in range(8)) if number]
    assert moved
    for number in set(moved):
        stage = orders.get(make.ADMIN, number).stage
        assert FLOW.index(stage) - FLOW.index(Stage(stages[number])) == moved.count(number)
    for _ in range(4):
        shop.attend()
    assert shop.pause >= 20
