"""Products that channels are to sell: how each stands there, and what was asked for them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, bindparam, cast, exists, func, literal, or_, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.prepared import Prepared
from oms_app.db.queries.catalogue import product
from oms_app.db.queries.channel_articles import article
from oms_app.db.queries.channel_levels import told
from oms_app.db.queries.channel_tasks import task
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.sku_map import sku_map
from oms_app.domain.channel_listings import Standing
from oms_app.domain.channel_tasks import TaskKind, TaskState

_CHANNEL: Any = bindparam("channel")
_LISTED = exists(
    select(literal(1)).where(article.c.channel_id == told.c.channel_id, article.c.sku == told.c.sku).correlate(told)
)
_OF_CHANNEL = told.c.channel_id + 0 == _CHANNEL
"""Written so that SQLite finds the product's few levels, instead of walking all of the channel's for the least SKU."""

_SOLD_AS = (
    select(func.min(told.c.sku))
    .where(_OF_CHANNEL, told.c.product_id == product.c.id, told.c.quantity == 1, _LISTED)
    .correlate(product)
    .scalar_subquery()
)
_OTHER = exists(
    select(literal(1))
    .where(sku_map.c.channel_id == _CHANNEL, sku_map.c.channel_sku == product.c.sku)
    .where(or_(sku_map.c.product_id != product.c.id, sku_map.c.quantity != 1))
    .correlate(product)
)
_ITS_TASK = (task.c.channel_id == _CHANNEL) & (task.c.name == literal(f"{TaskKind.LIST}:") + cast(product.c.id, String))
_STANDING = Prepared(
    lambda sqlite: (
        select(
            product.c.sku,
            product.c.kind,
            product.c.active,
            product.c.price_micros,
            product.c.currency,
            func.coalesce(_SOLD_AS, "").label("sold_as"),
            _OTHER.label("other"),
            func.coalesce(task.c.state, "").label("asked"),
            func.coalesce(task.c.problem, "").label("problem"),
        )
        .outerjoin(task, _ITS_TASK)
        .where(among(product.c.sku, "skus", sqlite=sqlite))
    )
)


def standing(tx: Connection, channel_id: int, skus: Sequence[str]) -> dict[str, Standing]:
    """How products stand on a channel, by SKU; what is no product is absent."""
    return {row.sku: Standing(*row) for row in _STANDING.all(tx, skus=packed(tx, skus), channel=channel_id)}


def ask(tx: Connection, values: Mapping[str, Any]) -> bool:
    """Write a task, or have the one of this name done anew; False where it waits already."""
    statement = upsert(tx)(task).values(**values)
    anew = {name: value for name, value in values.items() if name not in ("channel_id", "name")}
    statement = statement.on_conflict_do_update(
        index_elements=["channel_id", "name"], set_=anew | {"done_at": None}, where=task.c.state != TaskState.WAITING
    )
    return bool(tx.execute(statement).rowcount)


def withdraw(tx: Connection, channel_id: int, name: str, problem: str, now: datetime) -> bool:
    """Let a task be that is not done and that nobody is at for the first time; False where there is none."""
    here = (task.c.channel_id == channel_id, task.c.name == name, or_(task.c.tries > 0, task.c.due <= now))
    open_ = task.c.state.in_((TaskState.WAITING, TaskState.DEAD))
    return bool(tx.execute(update(task).where(*here, open_).values(state=TaskState.NEEDLESS, problem=problem)).rowcount)
