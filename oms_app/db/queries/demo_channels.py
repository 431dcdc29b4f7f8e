"""Taking the demo shop out of what connected channels are told, and its channels out of what is connected."""

from typing import Any

from sqlalchemy import Connection, Select, delete, exists, select, update
from sqlmodel import SQLModel

from oms_app.db.queries.channel_articles import article
from oms_app.db.queries.channel_levels import told

OF_A_CHANNEL = (
    "reconciliation_accepted",
    *("channel_link", "channel_position", "channel_message", "channel_order", "channel_task", "channel_level"),
    *("channel_article", "channel_call", "sku_map", "sku_ignored", "sku_suggestion"),
)
"""Tables whose rows belong to one channel, besides its orders, buffers and what was compared of it."""


def drop_levels(tx: Connection, products: Select[Any]) -> None:
    """Channels are told nothing of these products any more: what they list of them is unknown."""
    tx.execute(delete(told).where(told.c.product_id.in_(products)))
    mine = exists(select(told.c.sku).where(told.c.channel_id == article.c.channel_id, told.c.sku == article.c.sku))
    tx.execute(update(article).where(article.c.problem.in_(("", "twice")), ~mine).values(problem="unknown"))


def drop_connections(tx: Connection, channels: Select[Any]) -> None:
    """Forget how these channels are reached, what came from them, and what they were told."""
    tables = SQLModel.metadata.tables
    for name in OF_A_CHANNEL:
        tx.execute(delete(tables[name]).where(tables[name].c.channel_id.in_(channels)))
