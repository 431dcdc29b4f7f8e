"""A big history is written in bulk and holds every check."""

import pytest
from sqlalchemy import func, select

from oms_app.db.engine import reading
from oms_app.db.tables.orders import Order, OrderLine
from oms_app.db.tables.spine import Event
from oms_app.demo import generate, load
from oms_app.domain.errors import Malformed, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.services import catalogue, checks, demo, events, orders
from tests import make

COUNT = 1_500


def count(table: type, *where: object) -> int:
    with reading() as tx:
        return tx.scalar(select(func.count()).select_from(table).where(*where)) or 0


def test_what_is_generated_holds_every_check_and_goes_with_the_demo_shop(shop: str) -> None:
    mine = make.order(lines=2, stage=Stage.SHIPPED)
    assert generate.generate(COUNT, days=60) == COUNT
    assert {name: check(make.ADMIN) for name, check in checks.CHECKS.items()} == dict.fromkeys(checks.CHECKS, ())
    assert 2 * COUNT < count(OrderLine) < 3 * COUNT
    assert 7 * COUNT < count(Event, Event.subject == "order") < 9 * COUNT
    with reading() as tx:
        stages = set(tx.scalars(select(Order.stage).distinct()))
    assert stages >= {"shipped", "delivered", "cancelled"}
    assert stages & {"placed", "processing", "ready"}  # at night the newest of a few have gone on
    demo.remove(make.ADMIN)
    assert count(Order) == 1
    assert {name: check(make.ADMIN) for name, check in checks.CHECKS.items()} == dict.fromkeys(checks.CHECKS, ())
    assert orders.get(make.ADMIN, mine.number).total == mine.total


def test_a_generated_order_can_be_read_and_moved_like_any_other(shop: str) -> None:
    generate.generate(COUNT, days=30)
    with reading() as tx:
        open_orders = select(Order.number).where(Order.stage == "processing", Order.shortfall == 0)
        number = tx.scalar(open_orders.limit(1)) or ""
        delivered = tx.scalar(select(Order.number).where(Order.stage == "delivered").limit(1)) or ""
    make.move(orders.get(make.ADMIN, number), Stage.READY)
    timeline = [event.kind for event in events.timeline(make.ADMIN, delivered)]
    assert (timeline[0], len(timeline), timeline.count("moved")) == ("placed", 8, 6)
    assert checks.stock(make.ADMIN) == ()


def test_a_history_joins_the_shop_that_was_loaded_and_another_history(shop: str) -> None:
    load.load(orders=40, days=20)
    generate.generate(200, days=30)
    generate.generate(200, days=30)
    assert count(Order) == 440
    assert {name: check(make.ADMIN) for name, check in checks.CHECKS.items()} == dict.fromkeys(checks.CHECKS, ())


def test_a_real_channel_of_that_name_is_left_alone(shop: str) -> None:
    catalogue.add_channel(make.ADMIN, name="shopify", title="Shopify", kind="shopify", currency="INR")
    with pytest.raises(Refused, match="real"):
        generate.generate(10)
    with pytest.raises(Malformed):
        generate.generate(0)
    assert count(Order) == 0
