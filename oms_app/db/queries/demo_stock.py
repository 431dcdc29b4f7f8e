"""Taking the demo shop out of the documents about stock: what real people did stays, with what it names."""

from typing import Any

from sqlalchemy import Connection, Select, delete, or_, select, union

from oms_app.db.queries.bins import bin_, placed
from oms_app.db.queries.counts import count
from oms_app.db.queries.counts import line as counted
from oms_app.db.queries.transfers import line, transfer
from oms_app.domain.counts import CountState
from oms_app.domain.transfers import TransferState

PRODUCTS_IN_USE = union(select(line.c.product_id), select(counted.c.product_id))
LOCATIONS_IN_USE = (select(transfer.c.origin_id), select(transfer.c.destination_id), select(count.c.location_id))


def drop_transfers(tx: Connection, actors: list[str], products: Select[Any], locations: Select[Any]) -> None:
    """Transfers of the demo's own people, and those of anybody in which nothing moved."""
    names_demo = or_(
        transfer.c.origin_id.in_(locations),
        transfer.c.destination_id.in_(locations),
        transfer.c.id.in_(select(line.c.transfer_id).where(line.c.product_id.in_(products))),
    )
    idle = transfer.c.state.in_((TransferState.DRAFT, TransferState.CANCELLED))
    gone = list(tx.scalars(select(transfer.c.id).where(names_demo, or_(idle, transfer.c.created_by.in_(actors)))))
    tx.execute(delete(line).where(line.c.transfer_id.in_(gone)))
    tx.execute(delete(transfer).where(transfer.c.id.in_(gone)))


def drop_counts_and_bins(tx: Connection, actors: list[str], products: Select[Any], locations: Select[Any]) -> None:
    """Counts of the demo's own people, and those of anybody that posted nothing; bins of its places and products."""
    names_demo = or_(
        count.c.location_id.in_(locations),
        count.c.id.in_(select(counted.c.count_id).where(counted.c.product_id.in_(products))),
    )
    idle = count.c.state != CountState.POSTED
    gone = list(tx.scalars(select(count.c.id).where(names_demo, or_(idle, count.c.created_by.in_(actors)))))
    tx.execute(delete(counted).where(counted.c.count_id.in_(gone)))
    tx.execute(delete(count).where(count.c.id.in_(gone)))
    there = select(bin_.c.id).where(bin_.c.location_id.in_(locations))
    tx.execute(delete(placed).where(or_(placed.c.product_id.in_(products), placed.c.bin_id.in_(there))))
    tx.execute(delete(bin_).where(bin_.c.location_id.in_(locations)))
