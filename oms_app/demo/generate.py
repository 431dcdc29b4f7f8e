"""`oms demo generate`: a history of any size, written in bulk, of the people, articles and places of the demo shop.

Rows are made in a second process (mass.py) while this one writes them; what follows from them is worked out by the
database (db/queries/history.py), chunk by chunk. One transaction: all of it is there in the end, or nothing.
"""

import gc
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from random import Random

from sqlalchemy import Connection

from oms_app.db import bulk
from oms_app.db.checkpoint import checkpointing
from oms_app.db.engine import transaction
from oms_app.db.indexes import without_indexes
from oms_app.db.queries import catalogue as rows_of
from oms_app.db.queries import demo_stock, history, orders, projections
from oms_app.db.tables.customers import Address, Customer
from oms_app.db.tables.orders import Order, OrderLine, OrderTag, Parcel, ParcelLine, Payment
from oms_app.db.tables.rollups import OrderDwell
from oms_app.db.tables.spine import Event
from oms_app.db.tables.stock import Reservation, StockMovement
from oms_app.demo import mass, opening, purchases, rhythm, shop
from oms_app.demo.catalogue import ARTICLES
from oms_app.demo.mass import Ground, Made, Wanted
from oms_app.domain.clock import TIE_SPAN, from_ms
from oms_app.domain.days import DAY_MS
from oms_app.domain.errors import Malformed
from oms_app.domain.permissions import Role
from oms_app.services import priorities
from oms_app.services.placement import FIRST_NUMBER
from oms_app.settings import get_settings

DAYS = 730
CHUNK = 10_000
SEED = 1_947

Progress = Callable[[int, int], None]

_AHEAD = 4
_SPARE = 60
"""Units of each article that every warehouse still has when all orders are served."""

_WORTH_IT = 4
"""Chunks from which a second process is worth its start."""

_TOUCHED = (
    *(Order, OrderLine, Customer, Address, Payment, Parcel, ParcelLine),
    *(Event, Reservation, StockMovement, OrderTag, OrderDwell),
)


def generate(
    count: int, *, days: int = DAYS, seed: int = SEED, now: datetime | None = None, progress: Progress | None = None
) -> int:
    """Write that many orders over the last `days` days, about 2.5 lines and 8 events each; returns how many.

    They belong to the demo shop and go with it. Raises Malformed, Refused where a real channel has a demo name.
    """
    if count < 1:
        raise Malformed("Say how many orders: a number above zero.")
    now = now or datetime.now(UTC)
    moments = rhythm.placements_ms(Random(seed), now, days=days, orders=count)  # noqa: S311 - a story, not a secret
    with _no_collection(), bulk.straight_to_file(), checkpointing(), transaction() as tx:
        opened = moments[0] - DAY_MS
        ground = _lay_ground(tx, from_ms(moments[0]), now)
        wanted = _wanted(tx, moments, seed)
        office, floor = shop.colleague(Role.MANAGER).name, shop.colleague(Role.WAREHOUSE).name
        people = history.People(office, floor, "Couriers")
        done = 0
        shelves: dict[tuple[int, int], tuple[int, int]] = {}
        with projections.loading(tx), without_indexes(tx, _TOUCHED):
            with history.deriving(tx, people, source="demo") as derive:
                for made in _made(wanted, ground):
                    _insert(tx, made)
                    derive(made.journeys)
                    _add_up(shelves, made)
                    done += len(made.orders)
                    if progress:
                        progress(done, count)
            cause = f"history:{wanted[0].numbers[0]}"
            history.receive(tx, shelves, spare=_SPARE, cause=cause, actor=shop.SHOP.name, at=opened)
            demo_stock.repair_lots(tx, now)  # of what is in lots here, nobody knows which the history took
        purchases.buy(now)
        priorities.score_all_soon(tx)
    return count


def _wanted(tx: Connection, moments: list[int], seed: int) -> list[Wanted]:
    """The chunks to be made, with numbers and ids that nobody else gets."""
    parcels, customers, addresses = (bulk.take_ids(tx, model, len(moments)) for model in (Parcel, Customer, Address))
    numbers = list(_numbers(tx, len(moments)))
    first_tie = Random(f"{seed}:{numbers[0]}").randrange(TIE_SPAN)  # noqa: S311 - as above
    chunks = []
    for start in range(0, len(moments), CHUNK):
        part = slice(start, start + CHUNK)
        own = (moments[part], numbers[part], parcels[part], customers[part], addresses[part])
        chunks.append(Wanted(f"{seed}:{numbers[start]}", *own, tie=first_tie + start))
    return chunks


def _numbers(tx: Connection, count: int) -> Iterator[int]:
    """Order numbers that nobody has."""
    while count:
        first = orders.take_numbers(tx, "order", FIRST_NUMBER, count)
        taken = orders.numbers_between(tx, first, first + count - 1)
        free = [number for number in range(first, first + count) if str(number) not in taken]
        yield from free
        count -= len(free)


def _made(wanted: list[Wanted], ground: Ground) -> Iterator[Made]:
    """Every chunk, made in a second process and, while none is ready, in this one."""
    left = deque(wanted)
    if len(left) < _WORTH_IT:
        yield from (mass.make(chunk, ground) for chunk in left)
        return
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=gc.disable) as maker:
        waiting: deque[Future[bytes]] = deque()
        while left or waiting:
            while left and len(waiting) < _AHEAD:
                waiting.append(maker.submit(mass.make_packed, left.popleft(), ground))
            if waiting[0].done() or not left:
                yield Made.unpacked(waiting.popleft().result())
            else:
                yield mass.make(left.popleft(), ground)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Rows hold no cycles: looking for some costs a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _add_up(shelves: dict[tuple[int, int], tuple[int, int]], made: Made) -> None:
    for shelf, (issued, reserved) in made.shelves.items():
        had = shelves.get(shelf, (0, 0))
        shelves[shelf] = (had[0] + issued, had[1] + reserved)


def _insert(tx: Connection, made: Made) -> None:
    bulk.insert(tx, Customer, mass.CUSTOMER, made.customers)
    bulk.insert(tx, Address, mass.ADDRESS, made.addresses)
    bulk.insert(tx, Order, mass.ORDER, made.orders)
    bulk.insert(tx, OrderLine, mass.LINE, made.lines)
    bulk.insert(tx, OrderTag, ("order_id", "tag"), made.tags)
    bulk.insert(tx, OrderDwell, mass.DWELL, made.dwells)
    projections.load(tx, made.cells, made.documents)


def _lay_ground(tx: Connection, at: datetime, now: datetime) -> Ground:
    """The demo shop, opened where it is not."""
    opening.open_shop(tx, at)
    skus = [article.sku for article in ARTICLES]
    products = rows_of.products_by_sku(tx, skus)
    channels = {row.name: row.id for row in rows_of.channels(tx)}
    return Ground(
        channels=tuple(channels[channel.name] for channel in shop.CHANNELS),
        locations={row.code: row.id for row in rows_of.locations(tx)},
        products=tuple(products[sku].id for sku in skus),
        now=now,
        zone=get_settings().timezone,
    )
