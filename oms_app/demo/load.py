"""Loading the demo shop: its whole history, act by act through the services, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import transaction
from oms_app.db.queries import orders as rows
from oms_app.db.queries import projections
from oms_app.demo import flaws, journey, opening, plan, purchases, shop
from oms_app.demo.catalogue import SCARCE
from oms_app.demo.journey import Act
from oms_app.demo.people import with_check_digit
from oms_app.demo.plan import Delivery
from oms_app.demo.sales import ARRIVALS, Sale
from oms_app.domain.company import CompanyView
from oms_app.domain.lifecycle import Stage
from oms_app.services import company, demo, holds, moves, notes, payments, placement, promises, stock, users

DAYS, ORDERS = 90, 2_500
SEED = 20_261

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Running:
    """An order on its way: its row as it stands, its open hold, and whether it waits for stock."""

    row: Any = None
    hold: int = 0
    waits: bool = False


def load(
    *, orders: int = ORDERS, days: int = DAYS, now: datetime | None = None, progress: Progress | None = None
) -> int:
    """Load the demo shop and return how many orders it has; all of it or, on any error, nothing.

    The same seed each time, so that the shop looks alike on every day; times are relative to `now`.
    Raises Refused where there is a demo shop already.
    """
    now, rng = now or datetime.now(UTC), Random(SEED)
    sold = plan.sales(rng, now, days=days, orders=orders)
    steps = plan.journeys(rng, sold, now)
    deliveries = plan.deliveries(rng, sold, now, days=days)
    with transaction() as tx:
        demo.begin(tx)
        with projections.gathering(tx):
            opening.open_shop(tx, sold[0].placed_at - timedelta(days=2))
            opening.switch_lots_on()
            _live(tx, sold, steps, deliveries, now, progress)
            purchases.buy(now)
        # Last, so that the history keeps the promises it was made with.
        its = promises.read(shop.SHOP).promises
        promises.save(shop.SHOP, replace(its, places={**its.places, **shop.PROMISED}))
        wrote_company = _hire()
        demo.loaded(tx, shop.SHOP, orders=len(sold), wrote_company=wrote_company)
    return len(sold)


def _live(
    tx: Connection,
    sold: list[Sale],
    steps: list[list[journey.Step]],
    deliveries: list[Delivery],
    now: datetime,
    progress: Progress | None,
) -> None:
    """Everything in the order of its time, so that events, stock and money grow as they did."""
    running = [_Running() for _ in sold]
    wrong = flaws.flawed(sold, steps)
    placed = ((sale.placed_at, 0, index, sale) for index, sale in enumerate(sold))
    acts = ((at, 1, index, act) for index, each in enumerate(steps) if index not in wrong for at, act in each)
    received = ((delivery.at, 2, index, delivery) for index, delivery in enumerate(deliveries))
    flood = (now - plan.FLOOD, 3, 0, SCARCE)
    everything: list[tuple[datetime, int, int, Any]] = [*placed, *acts, *received, flood]
    for at, _, index, what in sorted(everything, key=lambda each: each[:3]):
        match what:
            case Sale():
                draft, actor = wrong.get(index, what.draft), ARRIVALS[what.channel.name]
                running[index].row = placement.insert(tx, actor, draft, at=at, checked=index in wrong)
                if progress and index % 100 == 0:
                    progress(index, len(sold))
            case Delivery():
                stock.adjust(
                    journey.INVENTORY,
                    what.sku,
                    what.warehouse,
                    what.quantity,
                    kind="received",
                    reason=what.reason,
                    at=at,
                    lot=what.lot,
                )
            case tuple():
                _spoil(what, at)
            case _:
                _act(tx, running[index], what, at)


def _spoil(skus: tuple[str, ...], at: datetime) -> None:
    """What nobody has bought of these is lost."""
    for sku in skus:
        for shelf in stock.get(shop.SHOP, sku).levels:
            if shelf.available > 0:
                stock.adjust(
                    journey.INVENTORY,
                    sku,
                    shelf.location,
                    -shelf.available,
                    kind="damaged",
                    reason="Rain came through the roof",
                    at=at,
                )


def _act(tx: Connection, order: _Running, act: Act, at: datetime) -> None:
    row = order.row
    match act:
        case journey.Move():
            if order.waits:
                return
            if row.shortfall and act.to not in (Stage.PROCESSING, Stage.CANCELLED):
                order.waits = True
                holds.place(
                    journey.SHORT.actor, row.number, kind=journey.SHORT.kind, reason=journey.SHORT.reason, at=at
                )
            else:
                order.row = moves.send(tx, act.actor, row, act.to, act.details, at)
                return
        case journey.Pay():
            amount = round((row.total - row.captured) * act.share)
            order.row = payments.record_payment(
                tx, act.actor, row, kind="capture", amount=amount, method=act.method, reference=act.reference, at=at
            )
            return
        case journey.Refund():
            order.row = payments.record_payment(
                tx, act.actor, row, kind="void", amount=row.captured, method="other", reference="", at=at
            )
            return
        case journey.Hold():
            held = holds.place(act.actor, row.number, kind=act.kind, reason=act.reason, at=at)
            order.hold = held.holds[-1].id
        case journey.Release():
            holds.release(act.actor, row.number, order.hold, at=at)
        case journey.Note():
            notes.add(act.actor, row.number, act.body, at=at)
    order.row = rows.by_id(tx, row.id)


def _hire() -> bool:
    """One account per role, and the company's profile where nobody wrote one; returns whether it was written."""
    for each in shop.TEAM:
        users.add(shop.SHOP, each.email, role=each.role, name=each.name, password=demo.PASSWORD, demo=True)
    if company.profile(shop.SHOP) != CompanyView():
        return False
    company.save(shop.SHOP, shop.COMPANY)
    for body in shop.GSTINS:
        company.add_gstin(shop.SHOP, with_check_digit(body))
    return True
