"""Amazon from its sandbox to the parcel and back: what is bought arrives, what leaves and what is left is told."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from oms_app.domain.lifecycle import Stage
from oms_app.integrations.sandbox.amazon import AmazonSandbox
from oms_app.integrations.sandbox.server import serving
from oms_app.integrations.sandbox.shop import Shop
from oms_app.services import (
    cancellation,
    channel_stock,
    channel_tasks,
    channels,
    intake,
    orders,
    reconciliation,
    search,
)
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_an_order_of_amazons_is_shipped_and_its_stock_told() -> None:
    make.product("BEL-BRS", on_hand=5)
    began, seconds = datetime.now(UTC), count()
    clock = lambda: began + timedelta(seconds=next(seconds))  # noqa: E731 - Amazon counts in whole seconds
    shop = Shop([("BEL-BRS", "Brass bell", 499_00, 50)], clock=clock)
    sandbox = AmazonSandbox(shop)
    with serving(sandbox) as server:
        way = sandbox.connection(server.address)
        settings = {**way.settings, **way.secrets}
        channels.connect(make.ADMIN, kind="amazon", name="amazon", currency="INR", settings=settings)
        channel_tasks.forget()
        while channel_tasks.note() or channel_tasks.work("amazon"):
            pass
        bought = shop.place([("BEL-BRS", 2)], tags=["prime"], shipping=4_900, service="Express")
        shop.place([("BEL-BRS", 1)], paid=False, gateway="Bank Deposit")
        intake.sync(make.ADMIN, "amazon")
        [row] = search.orders(make.ADMIN, "sku:BEL-BRS").rows
        order = orders.get(make.ADMIN, row.number)
        assert (order.external_id, order.total) == (bought.name, bought.total)
        for stage in (Stage.PROCESSING, Stage.READY, Stage.PICKING, Stage.PACKED, Stage.SHIPPED):
            if order.stage is not stage:
                order = make.move(order, stage, awb="DL7700")
        while channel_tasks.note() or channel_tasks.work("amazon"):
            pass
        assert [(each.courier, each.tracking) for each in bought.parcels] == [("Delhivery", "DL7700")]
        channel_stock.list_articles("amazon")
        channel_stock.look_at_all("amazon")
        channel_stock.push("amazon")
        assert shop.articles["BEL-BRS"].stock == 3
        gone = shop.place([("BEL-BRS", 1)])
        intake.sync(make.ADMIN, "amazon")
        [row] = [each for each in search.orders(make.ADMIN, "sku:BEL-BRS").rows if each.number != order.number]
        cancellation.cancel(make.ADMIN, row.number, version=1, reason="out of stock")
        while channel_tasks.note() or channel_tasks.work("amazon"):
            pass
        assert gone.cancel_reason == "NoInventory"
        intake.sync(make.ADMIN, "amazon")
        channel_stock.look_at_all("amazon")
        channel_stock.push("amazon")
        run = reconciliation.start(make.ADMIN, "amazon", background=False)
        while reconciliation.work_on(run.id):
            pass
        assert [each.said for each in reconciliation.all_differences(make.ADMIN, "amazon")] == []
        assert reconciliation.get(make.ADMIN, "amazon").differences == 0


"""
"""
