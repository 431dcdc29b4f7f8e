"""The demo shop goes on while the shop runs: orders arrive, and its team moves the cards along, gently."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import structlog
from sqlalchemy.exc import DBAPIError

from oms_app.db.leader import Leader
from oms_app.demo import journey, plan, rhythm, shop
from oms_app.demo.catalogue import BY_SKU, goods
from oms_app.demo.places import Place
from oms_app.demo.sales import ARRIVALS, Buyers, reference, sale
from oms_app.demo.sandboxes import Sandboxes
from oms_app.domain.changes import RefundDraft
from oms_app.domain.errors import OmsError
from oms_app.domain.lifecycle import FLOW, MoveDetails, Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.payments import Method
from oms_app.services import demo, holds, moves, orders, payments, placement, refunds, stock
from oms_app.settings import get_settings

TARGET = {**plan.QUOTA, Stage.SHIPPED: 80}
"""How many cards a column holds when the team works on another."""

BETWEEN = (20, 40)
"""Seconds between two orders, on a fresh morning."""

TICKS = len(FLOW) + 1
"""Small things from one order to the next: it arrives, and there is time for one more move than it needs."""
HELD = 20
LOW, DELIVERY = 6, 40

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def alongside() -> AsyncIterator[None]:
    """Let the demo shop live as long as this process serves (`OMS_DEMO_STREAM`)."""
    if not get_settings().demo_stream:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,), name="oms-demo", daemon=True)
    thread.start()
    yield
    stop.set()
    await asyncio.to_thread(thread.join, 10)


def run(stop: threading.Event) -> None:
    """Go on until `stop`; of several processes one does it, and none where there is no demo shop."""
    while not stop.is_set():
        try:
            if demo.is_here():
                with Leader("demo-stream") as leader, Sandboxes() as sandboxes:
                    if leader.is_held():
                        sandboxes.open()
                    _live(stop, leader, Stream(Random(), sandboxes))
        except DBAPIError as error:
            _log.warning("demo_stream_failed", error=str(error.orig))
        stop.wait(15)


def _live(stop: threading.Event, leader: Leader, stream: "Stream") -> None:
    while leader.is_held() and demo.is_here() and not stop.wait(stream.pause / TICKS):
        try:
            stream.tick()
        except OmsError as refusal:
            # Somebody at a screen was faster, or changed what this order is about: leave it to them.
            _log.debug("demo_stream_refused", code=refusal.code, message=refusal.message)


class Stream:
    """What happens next in the demo shop. `pause` is the seconds until the next order.

    sandboxes  where buyers buy on the channels that have one; without, and on the others, orders are placed directly
    """

    def __init__(self, rng: Random, sandboxes: Sandboxes | None = None) -> None:
        self._rng, self._sandboxes = rng, sandboxes
        self._buyers = Buyers(counted=rng.randrange(10**5, 10**7))
        self._ticks = 0
        self.pause = rng.uniform(*BETWEEN)

    def tick(self) -> None:
        """One small thing: an order arrives, somebody moves a card, or looks after a hold."""
        self._ticks += 1
        if self._sandboxes:
            self._sandboxes.open()
        if self._ticks % TICKS == 0:
            self.arrive()
            self.pause = self._rng.uniform(*BETWEEN) * self._calm()
        elif self._rng.random() < 0.07:
            self.attend()
        else:
            self.advance()

    def arrive(self) -> str:
        """A new order, paid as its buyer pays; returns its number, here or on the channel it will come from."""
        rng, now = self._rng, datetime.now(UTC)
        sold = sale(rng, self._buyers, int(now.timestamp() * 100) % 10**9, now)
        channel = ARRIVALS[sold.channel.name]
        for line in sold.draft.lines:
            for sku, units in goods(line.sku, line.quantity).items():
                self._deliver(sku, units, now)
        if self._sandboxes:
            if bought := self._sandboxes.buy(sold):
                return bought
            sold = replace(sold, draft=replace(sold.draft, external_id=None))  # its channel knows nothing of it
        order = placement.place(channel, replace(sold.draft, paid=sold.pays == "full"))
        if sold.pays == "part":
            paid = order.total // 2
            number = reference(rng, sold.method)
            payments.record(channel, order.number, kind="capture", amount=paid, method=sold.method, reference=number)
        return order.number

    def advance(self) -> str | None:
        """Somebody moves a card out of the fullest column; returns its number, None where all is calm."""
        counts = demo.by_stage(TARGET)
        fullness = [max(counts.get(stage, 0) / wanted - 0.8, 0) ** 2 for stage, wanted in TARGET.items()]
        if not any(fullness):
            return None
        stage = self._rng.choices(tuple(TARGET), fullness)[0]
        free = demo.waiting(stage)
        if not free:
            return None
        order = orders.get(shop.SHOP, self._rng.choice(free[:8]), history=False)
        self._move(order, FLOW[FLOW.index(stage) + 1])
        return order.number

    def attend(self) -> None:
        """Somebody puts an order on hold, releases one, or cancels one for its buyer."""
        held, rng = demo.held(), self._rng
        if len(held) > HELD:
            order = orders.get(shop.SHOP, held[0], history=False)
            holds.release(journey.MANAGER, order.number, order.holds[0].id)
            return
        free = demo.waiting(rng.choice((Stage.PLACED, Stage.PROCESSING)))
        if not free:
            return
        order = orders.get(shop.SHOP, rng.choice(free), history=False)
        if rng.random() < 0.5:
            who, kind, reason = rng.choice(journey.HOLDS)
            holds.place(who, order.number, kind=kind, reason=reason)
            return
        why = MoveDetails(reason=rng.choice(journey.CANCELLED))
        self._pay_back(moves.move(journey.SERVICE, order.number, Stage.CANCELLED, version=order.version, details=why))

    def _pay_back(self, order: OrderView) -> None:
        """What was paid for a cancelled order; a channel that it was bought on is told, or does it by itself."""
        if not order.captured:
            return
        if not (self._sandboxes and self._sandboxes.sold(order)):
            payments.record(journey.MANAGER, order.number, kind="void", amount=order.captured, method="other")
        elif not self._sandboxes.gives_back(order):
            back = RefundDraft(Method.OTHER, order.captured)
            refunds.record(journey.MANAGER, order.number, back, version=order.version, reason="Cancelled")

    def _deliver(self, sku: str, units: int, now: datetime) -> None:
        """Where few would be left, the makers send some."""
        if stock.get(shop.SHOP, sku).available < LOW + units:
            place = self._rng.choices(shop.WAREHOUSES, [each.share for each in shop.WAREHOUSES])[0]
            lot, why = BY_SKU[sku].lot(now), "From the makers"
            stock.adjust(journey.INVENTORY, sku, place.code, DELIVERY, reason=why, kind="received", lot=lot)

    def _move(self, order: OrderView, to: Stage) -> None:
        weight = 120 + sum(BY_SKU[each.sku].weight_g * each.quantity for each in order.lines if each.sku in BY_SKU)
        away = order.ship_to and Place(order.ship_to.postal_code, "", order.ship_to.city, order.ship_to.state)
        act = journey.move(self._rng, order.channel, weight, away.days_away if away else 2, to)
        moves.move(act.actor, order.number, to, version=order.version, details=act.details)
        owed = order.total - order.captured
        if to is Stage.DELIVERED and order.payment_method == "cod" and owed > 0:
            number = reference(self._rng, "cash")
            payments.record(journey.MANAGER, order.number, kind="capture", amount=owed, method="cash", reference=number)

    def _calm(self) -> float:
        """The more orders a day has had, and at night, the slower it goes on; a shop left alone does not overflow."""
        local = datetime.now(rhythm.ZONE)
        midnight = local - timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        return (1 + demo.arrived_since(midnight) / 200) * (1 if 7 <= local.hour < 23 else 2.5)
