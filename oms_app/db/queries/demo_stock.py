"""Taking the demo shop out of the documents about stock: what real people did stays, with what it names."""

from typing import Any

from sqlalchemy import Connection, Select, delete, or_, select

from oms_app.db.queries.transfers import line, transfer
from oms_app.domain.transfers import TransferState

PRODUCTS_IN_USE = select(line.c.product_id)
LOCATIONS_IN_USE = (select(transfer.c.origin_id), select(transfer.c.destination_id))


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
