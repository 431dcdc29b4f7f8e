"""What channels call our products, and the orders that wait for a name to be known."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, literal, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.prepared import Prepared
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.orders import channel, hold, line, order
from oms_app.db.tables.catalogue import Product, SkuMap

sku_map = SkuMap.__table__  # type: ignore[attr-defined]
_product = Product.__table__  # type: ignore[attr-defined]

_KNOWN = (
    select(_product, sku_map.c.channel_sku, sku_map.c.quantity.label("units"))
    .join(sku_map, sku_map.c.product_id == _product.c.id)
    .where(
        sku_map.c.channel_id == bindparam("of_channel"), sku_map.c.channel_sku.in_(bindparam("skus", expanding=True))
    )
)
_SAID = (
    select(literal(1))
    .where(sku_map.c.channel_id == bindparam("of_channel"), sku_map.c.channel_sku == _product.c.sku)
    .correlate(_product)
)
_OWN = Prepared(
    lambda sqlite: select(_product, exists(_SAID).label("said")).where(among(_product.c.sku, "skus", sqlite=sqlite))
)
_WANTED = (line.c.product_id.is_(None), line.c.quantity > line.c.cancelled)
_UNKNOWN = (
    select(line.c.order_id, line.c.sku)
    .where(line.c.order_id.in_(bindparam("ids", expanding=True)), *_WANTED)
    .order_by(line.c.order_id, line.c.position)
)
_HELD = (hold.c.order_id == order.c.id, hold.c.kind == "sku", hold.c.released_at.is_(None))
_NOW_KNOWN = exists(
    select(literal(1))
    .select_from(line)
    .where(line.c.order_id == order.c.id, *_WANTED)
    .where(
        exists(select(literal(1)).where(_product.c.sku == line.c.sku))
        | exists(
            select(literal(1))
            .where(sku_map.c.channel_id == order.c.channel_id, sku_map.c.channel_sku == line.c.sku)
            .correlate(order, line)  # the order stands two levels out, where SQLAlchemy does not look by itself
        )
    )
)


def called(tx: Connection, channel_id: int, skus: Iterable[str]) -> dict[str, Any]:
    """Products by the channel's own SKU, each with `units` of it in one of the channel's."""
    found = tx.execute(_KNOWN, {"of_channel": channel_id, "skus": list(set(skus))})
    return {row.channel_sku: row for row in found}


def products(tx: Connection, channel_id: int, skus: Iterable[str]) -> dict[str, Any]:
    """Products by what a channel calls them: what the map says, which may be another than the one of that SKU here."""
    wanted = set(skus)
    own = _OWN.all(tx, of_channel=channel_id, skus=packed(tx, wanted))
    found = {row.sku: row for row in own if not row.said}
    return found | called(tx, channel_id, rest) if (rest := wanted - found.keys()) else found


def packs(tx: Connection, channel_id: int, skus: Mapping[str, str]) -> dict[str, int]:
    """How many units one of the channel's is, by the names that the channel's SKUs are given under; one is left out."""
    found = called(tx, channel_id, set(skus.values())) if skus else {}
    return {name: found[sku].units for name, sku in skus.items() if sku in found and found[sku].units > 1}


def put(tx: Connection, values: dict[str, Any]) -> None:
    """Say what a channel's SKU is, or say it anew."""
    statement = upsert(tx)(sku_map).values(**values)
    tx.execute(statement.on_conflict_do_update(index_elements=["channel_id", "channel_sku"], set_=values))


def remove(tx: Connection, channel_id: int, channel_sku: str) -> bool:
    """Forget what a channel's SKU is; False where nobody said."""
    mine = (sku_map.c.channel_id == channel_id, sku_map.c.channel_sku == channel_sku)
    return bool(tx.execute(delete(sku_map).where(*mine)).rowcount)


def page(tx: Connection, *, after: tuple[str, str] = ("", ""), limit: int = 50) -> list[Any]:
    """A keyset page of the map by channel and the channel's SKU."""
    its = (
        select(
            channel.c.name.label("channel"),
            channel.c.title,
            sku_map.c.channel_sku,
            sku_map.c.quantity,
            sku_map.c.created_by,
            sku_map.c.created_at,
            _product.c.sku,
            _product.c.name,
        )
        .join(channel, channel.c.id == sku_map.c.channel_id)
        .join(_product, _product.c.id == sku_map.c.product_id)
        .order_by(sku_map.c.channel_sku)
    )
    found: list[Any] = []
    known = select(channel.c.id, channel.c.name).where(channel.c.name >= after[0]).order_by(channel.c.name)
    for each in tx.execute(known).all():  # a channel's names stand in one stretch of the key
        beyond = sku_map.c.channel_sku > (after[1] if each.name == after[0] else "")
        found += tx.execute(its.where(sku_map.c.channel_id == each.id, beyond).limit(limit - len(found)))
        if len(found) == limit:
            break
    return found


def unknown(tx: Connection, order_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """SKUs that no product has, by order, in the order of the lines."""
    found: dict[int, dict[str, None]] = {}
    for row in tx.execute(_UNKNOWN, {"ids": list(order_ids)}):
        found.setdefault(row.order_id, {})[row.sku] = None
    return {order_id: tuple(skus) for order_id, skus in found.items()}


def now_known(tx: Connection, limit: int) -> list[str]:
    """Numbers of orders held for an unknown SKU of which at least one is known by now, oldest first."""
    query = select(order.c.number).join(hold, _HELD[0]).where(*_HELD[1:], _NOW_KNOWN)
    return list(tx.scalars(query.order_by(order.c.id).limit(limit)))


def waiting_for(tx: Connection, channel_id: int, channel_sku: str, limit: int) -> list[str]:
    """Numbers of orders that are held for one SKU of a channel, oldest first."""
    query = select(order.c.number).distinct().add_columns(order.c.id)
    query = query.join(line, line.c.order_id == order.c.id).join(hold, _HELD[0])
    mine = (line.c.sku == channel_sku, order.c.channel_id == channel_id)
    return list(tx.scalars(query.where(*mine, *_WANTED, *_HELD[1:]).order_by(order.c.id).limit(limit)))


def write_line(tx: Connection, line_id: int, **values: Any) -> None:
    """Write on a line what it is by now."""
    tx.execute(update(line).where(line.c.id == line_id).values(**values))
