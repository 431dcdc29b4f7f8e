"""The Vendure adapter against a real Vendure: `make test-live`."""

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from oms_app.db.engine import reading
from oms_app.db.queries import channels as links
from oms_app.db.queries.orders import order as ours
from oms_app.domain.channels import Cancellation, ChannelStatus, Delivery, Level, Position, Told
from oms_app.domain.errors import NotFound, Rejected, Unavailable
from oms_app.integrations.channels.vendure import ADAPTER, client
from oms_app.integrations.channels.vendure import channel as adapter
from oms_app.integrations.channels.vendure.channel import Vendure as Channel
from oms_app.integrations.http import Call
from oms_app.services import channels, first_load, intake
from tests import make
from tests.contract.vendure_acts import (
    Dropping,
    Inbox,
    Meanwhile,
    channel,
    connection,
    fulfilment,
    lines,
    recorded,
    refund,
    scenes,
)
from tests.contract.vendure_server import ARTICLES, PASSWORD, STOCK, Vendure, vendure

pytestmark = pytest.mark.live


@pytest.fixture(scope="session")
def shop() -> Iterator[Vendure]:
    """One running shop for all of these tests."""
    with vendure() as running:
        yield running


@pytest.fixture
def retail(shop: Vendure) -> Channel:
    """The adapter, connected to the channel whose prices hold their tax."""
    return channel(shop)


def test_the_server_starts_in_seconds_and_fits(shop: Vendure) -> None:
    assert shop.started_s < 60
    assert 0 < shop.memory_mb() < 1_000


def test_it_says_which_shop_it_is(shop: Vendure, retail: Channel) -> None:
    assert (retail.test(), channel(shop, "trade").test()) == ("Default Seller", "trade")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "not this one"}, "The provided credentials are invalid"),
        ({"channel_token": "no such channel"}, 'No Channel with the token "no such channel" could be found'),
    ],
)
def test_a_wrong_connection_is_told_in_the_shops_words(shop: Vendure, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(Rejected, match=said) as refusal:
        channel(shop, **wrong).test()
    assert PASSWORD not in repr((refusal.value, refusal.value.details, connection(shop)))


def test_a_forgotten_session_is_begun_again(shop: Vendure, retail: Channel) -> None:
    retail.test()
    client._sessions |= dict.fromkeys(client._sessions, "forgotten")
    assert retail.test() == "Default Seller"


def test_every_article_is_listed_page_by_page(shop: Vendure, retail: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "AT_ONCE", 2)
    found, page = retail.articles()
    rest, end = retail.articles(page)
    assert ({each.sku: each.price_micros for each in (*found, *rest)}, end) == (
        {sku: price * 10_000 for sku, price in ARTICLES.items()},
        "",
    )
    assert {each.title for each in (*found, *rest)} == {"Lamp-1", "Bowl-2", "Scarf-3"}


def test_orders_changed_in_one_instant_are_all_given_and_once(
    shop: Vendure, retail: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "AT_ONCE", 3)
    ids = [shop.buy({"BOWL-2": 1})["id"] for _ in range(8)]
    _changed_at(shop, ids, "2031-01-01 10:00:00")  # whole seconds are kept like this
    _changed_at(shop, ids[5:], "2031-01-01 10:00:00.250")
    given = [raw.external_id for raw in _walk(retail, datetime(2031, 1, 1, 10, tzinfo=UTC))]
    assert (set(given[:5]), set(given[5:]), len(given)) == (set(ids[:5]), set(ids[5:]), 8)
    given = [raw.external_id for raw in _walk(retail, datetime(2031, 1, 1, 10, 0, 0, 250_000, tzinfo=UTC))]
    assert sorted(given) == sorted(ids[5:])
    _changed_at(shop, ids, "2026-01-01 10:00:00")


def test_an_order_changed_during_the_walk_hides_no_other(
    shop: Vendure, retail: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "AT_ONCE", 2)
    ids = [shop.buy({"BOWL-2": 1})["id"] for _ in range(5)]
    for second, order in enumerate(ids):
        _changed_at(shop, [order], f"2032-01-01 10:00:0{second}")
    since = datetime(2032, 1, 1, 10, tzinfo=UTC)
    first = retail.orders(Position(since))
    assert first.total == 5
    _changed_at(shop, ids[:1], "2032-01-01 10:00:09")  # it moves to the end: what follows moves up
    rest = [raw.external_id for raw in _walk(retail, since, first.following)]
    assert [raw.external_id for raw in first.items] == ids[:2]
    assert rest == [*ids[2:], ids[0]]
    _changed_at(shop, ids, "2026-01-01 10:00:00")


@pytest.mark.usefixtures("sqlite")
def test_a_first_load_goes_on_where_it_stopped_and_brings_each_order_once(
    shop: Vendure, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        shop.buy({"LAMP-1": 1})
    monkeypatch.setattr(adapter, "AT_ONCE", 4)
    make.shop()
    to = connection(shop)
    channels.connect(
        make.ADMIN, kind="vendure", name="old", title="Old", currency="INR", settings=to.settings | to.secrets
    )
    first_load.begin(make.ADMIN, "old", datetime.now(UTC) - timedelta(days=9_000))
    first_load.step("old")
    client._sessions.clear()  # another process goes on
    half = _load()
    while first_load.due():
        first_load.step("old")
    while intake.take():
        pass
    whole = _load()
    document = "{ orders(options: { filter: { orderPlacedAt: { isNull: false } } }) { items { id state } } }"
    there = [each["id"] for each in shop.admin(document)["orders"]["items"] if each["state"] != "Cancelled"]
    with reading() as tx:
        here = list(tx.scalars(select(ours.c.external_id).where(ours.c.external_id.is_not(None))))
    assert (half.read, half.ended_at, whole.problem) == (4, None, "")
    assert half.total == whole.read
    assert sorted(here) == sorted(there)


def test_a_basket_is_no_order_yet(shop: Vendure, retail: Channel) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    basket, order = shop.buy({"BOWL-2": 1}, pay=None)["id"], shop.buy({"BOWL-2": 1})["id"]
    given = {raw.external_id for raw in _walk(retail, before)}
    assert (basket in given, order in given) == (False, True)
    assert ADAPTER.read(retail.order(basket).body).status is ChannelStatus.PENDING


def test_a_channel_sees_its_own_orders_only(shop: Vendure) -> None:
    retail_order, trade = shop.buy({"BOWL-2": 1})["id"], channel(shop, "trade")
    with pytest.raises(NotFound):
        trade.order(retail_order)


def test_a_parcel_told_twice_is_one_and_the_rest_follows(shop: Vendure, retail: Channel) -> None:
    order = shop.buy({"LAMP-1": 2, "BOWL-2": 3})["id"]
    mine = lines(retail, order)
    first = fulfilment(order, {mine["LAMP-1"]: 1, mine["BOWL-2"]: 3}, tracking="DL1")
    done = retail.fulfil(first)
    assert retail.fulfil(first) == done
    part = ADAPTER.read(retail.order(order).body)
    assert part.status is ChannelStatus.OPEN
    assert [(each.tracking, dict(each.units)) for each in part.parcels] == [("DL1", dict(first.units))]
    rest = fulfilment(order, {mine["LAMP-1"]: 1}, key="parcel-2", tracking="")
    retail.fulfil(rest)
    retail.fulfil(rest)
    whole = ADAPTER.read(retail.order(order).body)
    assert (whole.status, [each.tracking for each in whole.parcels]) == (ChannelStatus.SHIPPED, ["DL1", "parcel-2"])
    with pytest.raises(Rejected, match="already"):
        retail.fulfil(fulfilment(order, {mine["LAMP-1"]: 1}, key="parcel-3", tracking="DL3"))


@pytest.mark.parametrize("lost", ["AddFulfilment", "ShipFulfilment"])
def test_a_parcel_whose_answer_was_lost_is_not_told_again(shop: Vendure, lost: str) -> None:
    order = shop.buy({"SCARF-3": 1})["id"]
    shaky = channel(shop, transport=Dropping(lost))
    parcel = fulfilment(order, {lines(shaky, order)["SCARF-3"]: 1}, tracking="DL9")
    with pytest.raises(Unavailable) as error:
        shaky.fulfil(parcel)
    assert error.value.details["sent"] is True
    shaky.fulfil(parcel)
    whole = ADAPTER.read(shaky.order(order).body)
    assert (whole.status, len(whole.parcels)) == (ChannelStatus.SHIPPED, 1)


def test_money_given_back_twice_goes_once_and_never_more_than_was_paid(shop: Vendure, retail: Channel) -> None:
    order = shop.buy({"LAMP-1": 1, "BOWL-2": 3})["id"]
    mine, total = lines(retail, order), 149_900 + 3 * 3_333 + 4_900
    asked = refund(order, 3_333, units={mine["BOWL-2"]: 1})
    done = retail.refund(asked)
    assert retail.refund(asked) == done
    [back] = ADAPTER.read(retail.order(order).body).refunds
    assert (back.external_id, back.amount, back.units) == (done.external_id, 3_333, ((mine["BOWL-2"], 1),))
    with pytest.raises(Rejected):
        retail.refund(refund(order, total, key="refund-2"))
    retail.refund(refund(order, total - 3_333, key="refund-3"))
    assert sum(each.amount for each in ADAPTER.read(retail.order(order).body).refunds) == total


def test_a_refund_whose_answer_was_lost_is_not_given_again(shop: Vendure) -> None:
    order = shop.buy({"SCARF-3": 1})["id"]
    for number, lost in enumerate(("RefundOrder", "SettleRefund")):
        shaky = channel(shop, transport=Dropping(lost))
        with pytest.raises(Unavailable):
            shaky.refund(refund(order, 500, key=f"refund-{number}"))
        shaky.refund(refund(order, 500, key=f"refund-{number}"))
    assert [each.amount for each in ADAPTER.read(shaky.order(order).body).refunds] == [500, 500]


def test_nothing_is_given_back_of_what_was_only_promised(shop: Vendure) -> None:
    trade = channel(shop, "trade")
    order = shop.buy({"BOWL-2": 1}, pay="cash-on-delivery", channel="trade")["id"]
    with pytest.raises(Rejected):
        trade.refund(refund(order, 100))
    assert ADAPTER.read(trade.order(order).body).refunds == ()


def test_an_order_cancelled_twice_is_cancelled_and_its_stock_is_free(shop: Vendure, retail: Channel) -> None:
    before = _available(retail, "SCARF-3")
    order = shop.buy({"SCARF-3": 4})["id"]
    assert _available(retail, "SCARF-3") == before - 4
    for _ in range(2):
        retail.cancel(Cancellation("cancel-1", order, "Out of stock", restocked=True))
    there = ADAPTER.read(retail.order(order).body)
    assert (there.status, there.cancel_reason, there.total) == (ChannelStatus.CANCELLED, "Out of stock", 0)
    assert [(line.quantity, line.cancelled) for line in there.lines] == [(4, 4)]
    assert _available(retail, "SCARF-3") == before


def test_stock_becomes_what_was_said_and_every_level_is_answered(shop: Vendure, retail: Channel) -> None:
    shop.buy({"LAMP-1": 3})  # promised there, and on top of what may be sold
    levels = [Level("LAMP-1", 40), Level("NO-SUCH-SKU", 7), Level("BOWL-2", 0)]
    told = retail.stock(levels, "stock-1")
    assert told == (
        Told("LAMP-1", 40),
        Told("NO-SUCH-SKU", 7, "Vendure sells nothing under this SKU."),
        Told("BOWL-2", 0),
    )
    assert (_available(retail, "LAMP-1"), _available(retail, "BOWL-2")) == (40, 0)
    moved = _stock_movements(shop)
    assert retail.stock(levels, "stock-1") == told
    assert _stock_movements(shop) == moved
    with pytest.raises(AssertionError):  # a buyer is not given what is not there
        shop.buy({"BOWL-2": 1})
    retail.stock([Level("LAMP-1", STOCK), Level("BOWL-2", STOCK)], "stock-2")


def test_a_parcel_that_leaves_while_the_stock_is_told_is_not_counted_twice(shop: Vendure, retail: Channel) -> None:
    order = shop.buy({"LAMP-1": 3})["id"]
    parcel = {lines(retail, order)["LAMP-1"]: 3}
    shaky = channel(shop, transport=Meanwhile("SetLevels", lambda: shop.ship(order, parcel, "DL7")))
    assert shaky.stock([Level("LAMP-1", 60)], "stock-1") == (Told("LAMP-1", 60),)
    assert _available(retail, "LAMP-1") == 60
    retail.stock([Level("LAMP-1", STOCK)], "stock-2")


def test_of_several_stock_locations_one_must_be_named(shop: Vendure) -> None:
    with pytest.raises(Rejected, match="Which stock location"):
        channel(shop, stock_location="").stock([Level("LAMP-1", 1)], "stock-1")


def test_an_order_is_acknowledged_once(shop: Vendure, retail: Channel) -> None:
    order = shop.buy({"BOWL-2": 1})["id"]
    for _ in range(2):
        retail.acknowledge(order, "SO-1001")
    found = shop.admin("query ($id: ID!) { order(id: $id) { history { items { type isPublic data } } } }", id=order)
    notes = [each for each in found["order"]["history"]["items"] if each["type"] == "ORDER_NOTE"]
    assert [(each["isPublic"], each["data"]["note"]) for each in notes] == [
        (False, "Order management has it as SO-1001.")
    ]


@pytest.mark.parametrize("method", ["order", "acknowledge", "fulfil", "cancel", "refund"])
def test_an_order_that_is_not_there_is_not_found(retail: Channel, method: str) -> None:
    asked: dict[str, tuple[Any, ...]] = {
        "order": ("999999",),
        "acknowledge": ("999999", "SO-1"),
        "fulfil": (fulfilment("999999", {"1": 1}),),
        "cancel": (Cancellation("cancel-1", "999999", "", restocked=True),),
        "refund": (refund("999999", 1),),
    }
    with pytest.raises(NotFound):
        getattr(retail, method)(*asked[method])


def test_every_change_is_posted_signed_and_found_by_its_time(shop: Vendure, retail: Channel) -> None:
    with closing(Inbox()) as inbox:
        retail.subscribe(inbox.address)
        order = shop.buy({"LAMP-1": 3})["id"]
        assert _told(shop, inbox, "ORDER_STATE_TRANSITION").changed == (order,)
        acts = {
            "ORDER_FULFILLMENT_TRANSITION": lambda: retail.fulfil(fulfilment(order, {line: 1}, tracking="DL1")),
            "ORDER_FULFILLMENT": lambda: retail.fulfil(fulfilment(order, {line: 1}, key="p2", tracking="DL2")),
            "ORDER_REFUND_TRANSITION": lambda: retail.refund(refund(order, 100)),
            "ORDER_CANCELLATION": lambda: shop.cancel_units(order, {line: 1}),
        }
        line, before = lines(retail, order)["LAMP-1"], retail.order(order).updated_at
        for topic, act in acts.items():
            act()
            assert _told(shop, inbox, topic).changed == (order,)
            after = _later(retail, order, before)
            assert order in {raw.external_id for raw in _walk(retail, after)}
            before = after
        retail.subscribe("")


def test_secrets_are_in_no_call_that_is_kept_but_where_they_are_masked(shop: Vendure) -> None:
    calls: list[Call] = []
    client._sessions.clear()
    channel(shop, record=calls.append).test()
    assert [PASSWORD in each.request for each in calls] == [True, False]  # the log masks the variable by its name
    assert json.loads(calls[0].request)["variables"]["password"] == PASSWORD
    assert not any("vendure-auth-token" in each.response for each in calls)


def test_the_recorded_answers_are_what_the_server_still_says(shop: Vendure) -> None:
    for name, body in scenes(shop).items():
        now, then = ADAPTER.read(body), ADAPTER.read(recorded(name))
        assert _shape(json.loads(body)) == _shape(json.loads(recorded(name))), name
        assert (now.status, now.total, now.shipping) == (then.status, then.total, then.shipping)
        assert [(each.discount, each.tax, each.cancelled) for each in now.lines] == [
            (each.discount, each.tax, each.cancelled) for each in then.lines
        ]


def _load() -> first_load.Load:
    with reading() as tx:
        link = links.link_named(tx, "old")
        assert link is not None
        load = first_load.standing(tx, link.channel_id)
    assert load is not None
    return load


def _told(shop: Vendure, inbox: Inbox, topic: str) -> Delivery:
    """The next message about that, verified; those before it are verified too."""
    assert ADAPTER.verify is not None
    while True:
        headers, body = inbox.posted.get(timeout=10)
        delivery = ADAPTER.verify(connection(shop), headers, body)
        if json.loads(body)["topic"] == topic:
            return delivery


def _walk(retail: Channel, since: datetime, page: str = "") -> list[Any]:
    given: list[Any] = []
    for _ in range(100):
        found = retail.orders(Position(since, page))
        given += found.items
        assert found.following != page or not page
        page = found.following
        if not page:
            return given
    raise AssertionError("The walk has no end.")


def _later(retail: Channel, order: str, before: datetime) -> datetime:
    """When the order was changed, once that is after `before`: the plugin sets it a moment after the act."""
    end = time.monotonic() + 10
    while (after := retail.order(order).updated_at) <= before:
        assert time.monotonic() < end, "its time does not move"
        time.sleep(0.05)
    return after


def _changed_at(shop: Vendure, orders: list[str], moment: str) -> None:
    time.sleep(0.5)  # the plugin sets the time of the newest a moment after it was placed
    with closing(sqlite3.connect(shop.database, timeout=30)) as database, database:
        database.executemany('UPDATE "order" SET "updatedAt" = ? WHERE id = ?', [(moment, order) for order in orders])


def _available(retail: Channel, sku: str) -> int | None:
    return {each.sku: each.available for each in retail.articles()[0]}[sku]


def _stock_movements(shop: Vendure) -> int:
    with closing(sqlite3.connect(shop.database, timeout=30)) as database:
        return int(database.execute("SELECT count(*) FROM stock_movement").fetchone()[0])


def _shape(value: Any) -> Any:
    """The names of an answer and the kinds of its values; what differs from run to run is left out."""
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items() if not re.fullmatch(r"transactionId|code", name)}
    return [_shape(each) for each in value] if isinstance(value, list) else type(value).__name__
