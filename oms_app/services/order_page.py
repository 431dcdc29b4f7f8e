"""Everything the page of one order shows, read at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from oms_app.db.engine import reading
from oms_app.db.queries import events as event_rows
from oms_app.db.queries import orders as rows
from oms_app.db.queries.products import thumbnails
from oms_app.domain.changes import ChangeRecord
from oms_app.domain.orders import EventView, OrderView
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.related import Related
from oms_app.domain.shortfalls import KeptView
from oms_app.services import change_records, events, expiry, orders, related, reservations, search

EVENTS = 500
"""Lines of the timeline; an order with more shows the newest."""


@dataclass(frozen=True, slots=True)
class OrderFile:
    """An order, its events (newest last), what is kept for it, its changes (newest first), and its neighbours' numbers.

    older, newer  the orders before and after it      expires  when it is cancelled unless it is paid
    pictures      digest of each article's first picture, by SKU
    """

    order: OrderView
    events: tuple[EventView, ...]
    kept: tuple[KeptView, ...]
    changes: tuple[ChangeRecord, ...]
    related: Related
    older: str | None
    newer: str | None
    expires: datetime | None
    pictures: Mapping[str, str]


def read(actor: Actor, number: str, q: str = "") -> OrderFile:
    """The whole file of an order; with a search, its neighbours are the nearest orders that match. Raises NotFound."""
    actor.require(Permission.SEE_ORDERS)
    with reading() as tx:
        row = orders.visible(tx, actor, number)
        order = orders.load(tx, actor, row)
        timeline = tuple(events.view(each) for each in event_rows.of_order(tx, row.id, limit=EVENTS))
        near = search.around(tx, actor, q, row.id)
        numbers = rows.numbers(tx, [each for each in near if each])
        kept, changed = reservations.kept(tx, row), change_records.read(tx, row)
        linked = related.read(tx, row)
        older, newer = (numbers.get(each or 0) for each in near)
        pictures, expires = thumbnails(tx, {line.sku for line in order.lines}), expiry.of_order(tx, order)
        return OrderFile(order, timeline, kept, changed, linked, older, newer, expires, pictures)
