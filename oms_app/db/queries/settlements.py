"""Settlements, what they come to by order, and the orders of ours that they are held against."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, literal, select

from oms_app.db.engine import is_sqlite
from oms_app.db.queries.lists import among, packed
from oms_app.db.queries.orders import order
from oms_app.db.tables.settlements import Settlement, SettlementDifference, SettlementEntry
from oms_app.domain.lifecycle import Stage
from oms_app.domain.settlements import BUYER_PAID

settlement = Settlement.__table__  # type: ignore[attr-defined]
entry = SettlementEntry.__table__  # type: ignore[attr-defined]
difference = SettlementDifference.__table__  # type: ignore[attr-defined]


def named(tx: Connection, channel_id: int, external_id: str) -> Any | None:
    """A settlement by the channel's own id."""
    here = (settlement.c.channel_id == channel_id, settlement.c.external_id == external_id)
    return tx.execute(select(settlement).where(*here)).first()


def get(tx: Connection, settlement_id: int) -> Any | None:
    """A settlement."""
    return tx.execute(select(settlement).where(settlement.c.id == settlement_id)).first()


def page(tx: Connection, channel_id: int, *, before: int | None, limit: int) -> list[Any]:
    """A keyset page of a channel's settlements, the last imported first."""
    query = select(settlement).where(settlement.c.channel_id == channel_id)
    query = query if before is None else query.where(settlement.c.id < before)
    return list(tx.execute(query.order_by(settlement.c.id.desc()).limit(limit)))


def last_end(tx: Connection, channel_id: int) -> datetime | None:
    """When the time of the last settlement of a channel ends."""
    return tx.scalar(select(func.max(settlement.c.ends_at)).where(settlement.c.channel_id == channel_id))


def first_start(tx: Connection, channel_id: int) -> datetime | None:
    """When the time of the first settlement of a channel begins."""
    return tx.scalar(select(func.min(settlement.c.starts_at)).where(settlement.c.channel_id == channel_id))


def put(tx: Connection, values: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> int:
    """Write a settlement with its entries, instead of the same one before; returns its id."""
    before = named(tx, values["channel_id"], values["external_id"])
    if before is not None:
        tx.execute(delete(entry).where(entry.c.settlement_id == before.id))
        tx.execute(delete(settlement).where(settlement.c.id == before.id))
    made = int(tx.execute(insert(settlement).values(**values).returning(settlement.c.id)).scalar_one())
    if entries:
        tx.execute(insert(entry), [{**each, "settlement_id": made} for each in entries])
    return made


def by_kind(tx: Connection, settlement_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """What settlements come to by kind of entry."""
    sums = func.sum(entry.c.amount)
    query = select(entry.c.settlement_id, entry.c.kind, sums).where(entry.c.settlement_id.in_(list(settlement_ids)))
    found: dict[int, dict[str, int]] = {each: {} for each in settlement_ids}
    for row in tx.execute(query.group_by(entry.c.settlement_id, entry.c.kind)):
        found[row[0]][row[1]] = int(row[2])
    return found


def orders_of(tx: Connection, settlement_id: int, *, after: str, limit: int) -> list[str]:
    """A keyset page of the orders in a settlement, by the channel's ids; what concerns none is left out."""
    query = select(entry.c.external_id).distinct().where(entry.c.settlement_id == settlement_id)
    query = query.where(entry.c.external_id > after).order_by(entry.c.external_id).limit(limit)
    return list(tx.scalars(query))


def all_orders(tx: Connection, channel_id: int, *, after: str, limit: int) -> list[str]:
    """A keyset page of all orders in a channel's settlements."""
    mine = select(settlement.c.id).where(settlement.c.channel_id == channel_id)
    query = select(entry.c.external_id).distinct().where(entry.c.settlement_id.in_(mine), entry.c.external_id > after)
    return list(tx.scalars(query.order_by(entry.c.external_id).limit(limit)))


def sums(
    tx: Connection, channel_id: int, external_ids: Sequence[str], settlement_id: int | None = None
) -> dict[str, tuple[str, dict[str, int], int]]:
    """(currency, amounts by kind, settlements in which the buyer paid something) of orders, in one or all."""
    query = (
        select(
            entry.c.external_id, entry.c.kind, entry.c.settlement_id, settlement.c.currency, func.sum(entry.c.amount)
        )
        .join(settlement, settlement.c.id == entry.c.settlement_id)
        .where(settlement.c.channel_id == channel_id, among(entry.c.external_id, "ids", sqlite=is_sqlite(tx)))
        .group_by(entry.c.external_id, entry.c.kind, entry.c.settlement_id, settlement.c.currency)
    )
    if settlement_id is not None:
        query = query.where(entry.c.settlement_id == settlement_id)
    found: dict[str, tuple[str, dict[str, int], int]] = {}
    charged: dict[str, set[int]] = {}
    for external_id, kind, of, currency, amount in tx.execute(query, {"ids": packed(tx, external_ids)}):
        amounts = found.setdefault(external_id, (currency, {}, 0))[1]
        amounts[kind] = amounts.get(kind, 0) + int(amount)
        if kind in BUYER_PAID and amount:
            charged.setdefault(external_id, set()).add(of)
    return {each: (known[0], known[1], len(charged.get(each, ()))) for each, known in found.items()}


def ours(tx: Connection, channel_id: int, external_ids: Sequence[str]) -> dict[str, Any]:
    """Our orders by the channel's ids."""
    query = select(order).where(
        order.c.channel_id == channel_id, among(order.c.external_id, "ids", sqlite=is_sqlite(tx))
    )
    return {row.external_id: row for row in tx.execute(query, {"ids": packed(tx, external_ids)})}


def not_settled(
    tx: Connection, channel_id: int, *, since: datetime, until: datetime, after: int, limit: int
) -> list[Any]:
    """A keyset page of our orders of a channel that left in this time and are in none of its settlements."""
    there = exists(
        select(literal(1))
        .select_from(entry.join(settlement, settlement.c.id == entry.c.settlement_id))
        .where(entry.c.external_id == order.c.external_id, settlement.c.channel_id == channel_id)
    )
    query = (
        select(order)
        .where(order.c.channel_id == channel_id, order.c.external_id.is_not(None), order.c.id > after)
        .where(order.c.stage.in_((Stage.SHIPPED, Stage.DELIVERED)), order.c.total > 0)
        .where(order.c.shipped_at >= since, order.c.shipped_at < until, ~there)
    )
    return list(tx.execute(query.order_by(order.c.id).limit(limit)))


def forget_differences(tx: Connection, channel_id: int) -> None:
    """Drop what was found before."""
    tx.execute(delete(difference).where(difference.c.channel_id == channel_id))


def put_differences(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what was found."""
    if rows:
        tx.execute(insert(difference), list(rows))


def differences(tx: Connection, channel_id: int, *, kind: str = "", after: int, limit: int) -> list[Any]:
    """A keyset page of what differs."""
    query = select(difference).where(difference.c.channel_id == channel_id, difference.c.id > after)
    query = query.where(difference.c.kind == kind) if kind else query
    return list(tx.execute(query.order_by(difference.c.id).limit(limit)))


def counts(tx: Connection, channel_id: int) -> dict[str, int]:
    """How much differs, by kind."""
    query = select(difference.c.kind, func.count()).where(difference.c.channel_id == channel_id)
    return {row[0]: row[1] for row in tx.execute(query.group_by(difference.c.kind))}


def settled_channels(tx: Connection) -> set[int]:
    """Channels that have settlements."""
    return set(tx.scalars(select(settlement.c.channel_id).distinct()))
