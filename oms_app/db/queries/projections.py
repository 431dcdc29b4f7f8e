"""What is written beside an order in the same transaction: its row in the text index, its share of the rollups."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import rollups


def order_changed(tx: Connection, before: Any | None, after: Any) -> None:
    """Bring the projections up to date with one order write. `before` is None for a new order; both are order rows."""
    rollups.apply(tx, [(before, after)])


def orders_added(tx: Connection, order_ids: Sequence[int]) -> None:
    """Bring the projections up to date with many new orders, whose rows, lines and events are written already."""
    rollups.add_many(tx, order_ids)
