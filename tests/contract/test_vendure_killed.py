"""A real Vendure, our shop beside it killed again and again: nothing is lost, nothing done twice. `make test-live`"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Semaphore, Thread
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from oms_app.db.engine import reading
from oms_app.db.queries.channel_levels import told as level
from oms_app.db.queries.channel_tasks import task
from oms_app.db.queries.intake import message, theirs
from oms_app.db.queries.orders import order as ours
from oms_app.domain.changes import RefundDraft
from oms_app.domain.channels import Cancellation
from oms_app.domain.lifecycle import FLOW, MoveDetails, Stage
from oms_app.domain.orders import OrderView
from oms_app.services import cancellation, channels, moves, orders, parcels, refunds, stock
from tests import make, servers
from tests.contract import vendure_acts
from tests.contract.vendure_server import ARTICLES, Vendure, vendure

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("sqlite")]

ORDERS, KILLS, SENT_HERE = 300, 3, 30
HERE = 2_000
"""Units of each article on our shelf in the beginning; Vendure believes in more of them until it is told."""


def test_our_shop_is_killed_three_times_while_300_orders_come_and_both_sides_agree(
    tmp_path: Path,
) -> None:
    """300 orders by the shop API, ours killed (-9) three times at chance moments.

    Stock is equal when what may be sold is: available here (on hand − kept for orders − safety − blocked) is
    stockOnHand − stockAllocated there. Vendure allocates what it sells by itself, so that an order lowers both by its
    units, there at once and here when it has come; a parcel that leaves lowers neither. `Vendure.stock` of the adapter
    therefore sets stockOnHand to what is available here and what Vendure has allocated on top.
    """
    assert servers.oms("build").returncode == 0
    with vendure() as there:
        _connect(there)
        chance, bought, baskets, began = random.Random(), list[str](), Semaphore(0), time.monotonic()
        ours_is_open = partial(
            servers.shop, tmp_path, OMS_PORT=str(servers.free_port()), OMS_SECRET_KEY="only-for-tests"
        )
        with _beside(lambda: _buy(there, bought, baskets)) as buying, _beside(_send_some) as sending:
            for _ in range(KILLS):
                baskets.release(ORDERS // (KILLS + 1))  # some are placed while ours is away, some while it reads
                with ours_is_open() as running:
                    time.sleep(chance.uniform(1, 6))
                    running.kill()
            bought.append(away := _sold_and_sent(there))
            baskets.release(ORDERS)
            with ours_is_open():
                buying.join(timeout=120)
                sending.join(timeout=120)
                placed = time.monotonic()
                _wait(_nothing_waits)
                agreed = time.monotonic()
                _both_have_the_same_orders(there, bought)
                _what_was_sent_here_left_there_once(there, away)
                _stock_is_equal(there)
                _a_part_sent_and_money_given_back_here_is_seen_there(there)
                _a_part_sent_and_money_given_back_there_is_seen_here(there)
                _what_is_cancelled_on_one_side_is_on_the_other(there)
                _stock_is_equal(there)
        sys.stdout.write(
            f"{ORDERS} orders in {placed - began:.0f} s, our shop killed {KILLS} times.\n"
            f"{agreed - placed:.0f} s after the last: all here, acknowledged, stock equal on both sides.\n"
            f"{time.monotonic() - agreed:.0f} s more: parcels and refunds of either side seen on both.\n"
        )


def _connect(there: Vendure) -> None:
    """Our shop with its articles, connected to theirs, and not running yet."""
    make.shop()
    for sku, price in ARTICLES.items():
        make.product(sku, on_hand=HERE, price_micros=price * 10_000)
    made = vendure_acts.connection(there)
    channels.connect(
        make.ADMIN,
        kind="vendure",
        name="vendure",
        title="Vendure",
        currency="INR",
        settings=made.settings | made.secrets,
    )


def _buy(there: Vendure, bought: list[str], baskets: Semaphore) -> None:
    """Buyers place their orders, one after the other."""
    chance, skus = random.Random(300), list(ARTICLES)
    for _ in range(ORDERS - 1):
        baskets.acquire()
        units = {sku: chance.randint(1, 3) for sku in chance.sample(skus, chance.randint(1, 3))}
        bought.append(there.buy(units)["id"])


def _sold_and_sent(there: Vendure) -> str:
    """An order that is bought and leaves there while our shop is down."""
    order = there.buy({"LAMP-1": 2})["id"]
    line = vendure_acts.lines(vendure_acts.channel(there), order)["LAMP-1"]
    there.ship(order, {line: 2}, "WHILE-AWAY")
    return order


def _send_some() -> None:
    """People here send orders meanwhile, and sell something over the phone."""
    sent = 0
    while sent < SENT_HERE:
        time.sleep(0.5)
        with reading() as tx:
            query = select(ours.c.number).where(ours.c.stage == Stage.PLACED, ours.c.external_id.is_not(None))
            number = tx.scalar(query.order_by(ours.c.id).limit(1))
        if number is None:
            continue
        _walk(orders.get(make.ADMIN, number), Stage.SHIPPED, awb=f"HERE{number}")
        sent += 1
        if sent % 5 == 0:
            make.order(make.line("SCARF-3"))


def _both_have_the_same_orders(there: Vendure, bought: list[str]) -> None:
    totals = {each["id"]: each["totalWithTax"] for each in _theirs(there)}
    assert set(totals) == set(bought)
    assert len(bought) == len(set(bought)) == ORDERS
    with reading() as tx:
        here = list(tx.execute(select(ours.c.external_id, ours.c.total).where(ours.c.external_id.is_not(None))))
        assert tx.scalar(select(func.count()).select_from(theirs)) == ORDERS
    assert len(here) == ORDERS, "an order is missing, or here twice"
    assert {row.external_id: row.total for row in here} == totals
    for each in _theirs(there):
        said = [entry["data"]["note"] for entry in each["history"]["items"]]
        assert len(said) == 1, f"{each['id']} was acknowledged {len(said)} times"


def _what_was_sent_here_left_there_once(there: Vendure, away: str) -> None:
    codes = [parcel["trackingCode"] for each in _theirs(there) for parcel in each["fulfillments"]]
    with reading() as tx:
        query = select(ours.c.number, ours.c.external_id).where(ours.c.stage == Stage.SHIPPED)
        sent = {row.external_id: row.number for row in tx.execute(query)}
    left = orders.get(make.ADMIN, sent.pop(away))
    assert ([box.awb for box in left.parcels], left.holds) == (["WHILE-AWAY"], ())
    assert len(sent) == SENT_HERE
    assert Counter(codes) == Counter(["WHILE-AWAY", *(f"HERE{number}" for number in sent.values())])


def _stock_is_equal(there: Vendure) -> None:
    """Every article: available here, and stockOnHand − stockAllocated there."""
    listed = {each.sku: each.available for each in vendure_acts.channel(there).articles()[0]}
    assert listed == {sku: stock.get(make.ADMIN, sku).available for sku in ARTICLES}


def _a_part_sent_and_money_given_back_here_is_seen_there(there: Vendure) -> None:
    theirs_id, order = _sold(there, {"LAMP-1": 3, "BOWL-2": 1})
    lamp = next(line for line in order.lines if line.sku == "LAMP-1")
    order = parcels.split(make.ADMIN, order.number, {lamp.id: 2}, version=order.version)
    part = next(box.id for box in order.parcels if box.lines == ((lamp.id, 2),))
    order = _walk(order, Stage.SHIPPED, parcel=part, awb="PART-HERE")
    back = RefundDraft("upi", 5_000, reference="")
    refunds.record(make.ADMIN, order.number, back, version=order.version, reason="A scratch")
    _wait(lambda tx: _nothing_waits(tx) or _owed(there, theirs_id, units=2, refunded=5_000))
    assert _owed(there, theirs_id, units=2, refunded=5_000) == ""
    [seen] = [each for each in _theirs(there) if each["id"] == theirs_id]
    assert (seen["state"], [parcel["trackingCode"] for parcel in seen["fulfillments"]]) == (
        "PartiallyShipped",
        ["PART-HERE"],
    )
    assert orders.get(make.ADMIN, order.number).refunded == 5_000


def _a_part_sent_and_money_given_back_there_is_seen_here(there: Vendure) -> None:
    theirs_id, order = _sold(there, {"LAMP-1": 3, "BOWL-2": 1})
    line = vendure_acts.lines(vendure_acts.channel(there), theirs_id)["LAMP-1"]
    there.ship(theirs_id, {line: 2}, "PART-THERE")
    there.give_back(theirs_id, 700)

    def seen(tx: Connection) -> str:
        now = orders.get(make.ADMIN, order.number)
        left = [box for box in now.parcels if box.awb == "PART-THERE" and box.status == Stage.SHIPPED]
        return "" if left and now.refunded == 700 else f"{now.parcels}, {now.refunded} given back"

    _wait(seen)
    _wait(_nothing_waits)
    now = orders.get(make.ADMIN, order.number)
    [box] = [box for box in now.parcels if box.awb]
    assert box.lines == ((next(line.id for line in order.lines if line.sku == "LAMP-1"), 2),)
    assert (now.holds, now.notes, now.refunded) == ((), (), 700)
    assert _owed(there, theirs_id, units=2, refunded=700) == "", "it was told back"


def _what_is_cancelled_on_one_side_is_on_the_other(there: Vendure) -> None:
    """Vendure puts the units back on its shelves by itself, which is not to count twice."""
    (by_us, mine), (by_them, other) = (_sold(there, {"SCARF-3": units}) for units in (4, 7))
    cancellation.cancel(make.ADMIN, mine.number, version=mine.version, reason="Damaged")
    vendure_acts.channel(there).cancel(Cancellation("by hand", by_them, "Changed their mind", restocked=True))
    _wait(lambda tx: "" if orders.get(make.ADMIN, other.number).stage == Stage.CANCELLED else "it is not cancelled")
    _wait(_nothing_waits)
    states = {each["id"]: each["state"] for each in _theirs(there)}
    assert (states[by_us], states[by_them]) == ("Cancelled", "Cancelled")


def _sold(there: Vendure, units: dict[str, int]) -> tuple[str, OrderView]:
    """An order of theirs, and ours that it became."""
    bought = there.buy(units)["id"]
    _wait(lambda tx: "" if _number(tx, bought) else f"{bought} has not come")
    _wait(_nothing_waits)
    with reading() as tx:
        return bought, orders.get(make.ADMIN, _number(tx, bought) or "")


def _number(tx: Connection, external_id: str) -> str | None:
    return tx.scalar(select(ours.c.number).where(ours.c.external_id == external_id))


def _walk(order: OrderView, to: Stage, *, awb: str, parcel: int | None = None) -> OrderView:
    """Along the flow, one parcel of it or the whole order."""
    details = MoveDetails(weight_g=500, courier="Delhivery", awb=awb)
    for stage in FLOW[1 : FLOW.index(to) + 1]:
        only = parcel if stage in (Stage.PACKED, Stage.SHIPPED) else None
        order = orders.get(make.ADMIN, order.number)  # whoever told the channel may have written on it
        order = moves.move(make.ADMIN, order.number, stage, version=order.version, details=details, parcel_id=only)
    return order


def _nothing_waits(tx: Connection) -> str:
    """What is still under way between the two; empty: nothing."""
    waits = {
        "orders to come": ORDERS - int(tx.scalar(select(func.count()).select_from(theirs)) or 0),
        "messages": tx.scalar(select(func.count()).where(message.c.state.not_in(("done", "older")))),
        "tasks": tx.scalar(select(func.count()).where(task.c.state != "done")),
        "levels": tx.scalar(select(func.count()).where(level.c.waits)),
    }
    return ", ".join(f"{count} {name}" for name, count in waits.items() if count and count > 0)


def _owed(there: Vendure, order: str, *, units: int, refunded: int) -> str:
    """What differs there from what is expected of an order; empty: nothing."""
    [seen] = [each for each in _theirs(there) if each["id"] == order]
    sent = sum(line["quantity"] for parcel in seen["fulfillments"] for line in parcel["lines"])
    back = sum(each["total"] for paid in seen["payments"] for each in paid["refunds"] if each["state"] == "Settled")
    return "" if (sent, back) == (units, refunded) else f"{sent} units sent, {back} given back there"


def _theirs(there: Vendure) -> list[dict[str, Any]]:
    """Every order that was placed there."""
    document = """query ($skip: Int!) {
      orders(options: { filter: { orderPlacedAt: { isNull: false } }, sort: { id: ASC }, skip: $skip, take: 100 }) {
        items {
          id state totalWithTax
          fulfillments { state trackingCode lines { quantity } }
          payments { refunds { state total } }
          history(options: { filter: { type: { eq: "ORDER_NOTE" } } }) { items { data } }
        }
      }
    }"""
    found: list[dict[str, Any]] = []
    while page := there.admin(document, skip=len(found))["orders"]["items"]:
        found += page
    return found


def _wait(what: Callable[[Connection], str], seconds: float = 150) -> None:
    """Until nothing is left of what it says, twice in a row: one step begets another."""
    end, calm = time.monotonic() + seconds, 0
    while calm < 2:
        with reading() as tx:
            left = what(tx)
        calm = 0 if left else calm + 1
        assert time.monotonic() < end, f"after {seconds:.0f} s: {left}"
        time.sleep(1.5 if calm else 0.25)


@contextmanager
def _beside(act: Callable[[], None]) -> Iterator[Thread]:
    """Run it in a thread of its own; what it fails with fails here."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    yield thread
    thread.join(timeout=180)
    if failed:
        raise failed[0]
    assert not thread.is_alive(), "it did not come to its end"
