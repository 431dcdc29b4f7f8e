"""Transfers: rows, lists, and what is on the way."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update

from oms_app.db.tables.catalogue import Location, Product
from oms_app.db.tables.transfers import Transfer, TransferLine
from oms_app.domain.transfers import ON_THE_WAY

transfer, line = Transfer.__table__, TransferLine.__table__  # type: ignore[attr-defined]
_origin, _destination = (Location.__table__.alias(name) for name in ("origin", "destination"))  # type: ignore[attr-defined]
_product = Product.__table__  # type: ignore[attr-defined]

_INCOMING = (
    select(
        line.c.product_id,
        transfer.c.destination_id,
        func.sum(line.c.quantity - line.c.received - line.c.missing).label("units"),
    )
    .join(transfer, transfer.c.id == line.c.transfer_id)
    .where(line.c.product_id.in_(bindparam("ids", expanding=True)), transfer.c.state.in_(ON_THE_WAY))
    .group_by(line.c.product_id, transfer.c.destination_id)
)


def incoming(tx: Connection, product_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Units on their way, by (product, location they go to)."""
    found = tx.execute(_INCOMING, {"ids": list(product_ids)})
    return {(row.product_id, row.destination_id): int(row.units) for row in found}


def add(tx: Connection, units: dict[int, int], **values: Any) -> int:
    """Insert a transfer with its lines (units by product id); returns its id."""
    transfer_id = int(tx.execute(insert(transfer).values(values)).inserted_primary_key[0])
    _add_lines(tx, transfer_id, units)
    return transfer_id


def replace_lines(tx: Connection, transfer_id: int, units: dict[int, int]) -> None:
    """Other lines for a draft."""
    tx.execute(delete(line).where(line.c.transfer_id == transfer_id))
    _add_lines(tx, transfer_id, units)


def _add_lines(tx: Connection, transfer_id: int, units: dict[int, int]) -> None:
    rows = [{"transfer_id": transfer_id, "product_id": key, "quantity": count} for key, count in units.items()]
    tx.execute(insert(line), [row | {"received": 0, "missing": 0} for row in rows])


def lock(tx: Connection, transfer_id: int) -> Any | None:
    """A transfer that nobody else changes before this transaction ends."""
    return tx.execute(select(transfer).where(transfer.c.id == transfer_id).with_for_update()).first()


def change(tx: Connection, row: Any, **values: Any) -> bool:
    """Write new values on a transfer; False where somebody else changed it since `row` was read."""
    same = (transfer.c.id == row.id, transfer.c.version == row.version)
    return bool(tx.execute(update(transfer).where(*same).values(version=row.version + 1, **values)).rowcount)


def change_line(tx: Connection, transfer_id: int, product_id: int, **values: Any) -> None:
    """Write what came of a line."""
    tx.execute(update(line).where(line.c.transfer_id == transfer_id, line.c.product_id == product_id).values(**values))


def lines(tx: Connection, transfer_id: int) -> list[Any]:
    """Lines by product id, so that writers lock levels in one order, with SKU and name."""
    query = select(line, _product.c.sku, _product.c.name).join(_product, _product.c.id == line.c.product_id)
    return list(tx.execute(query.where(line.c.transfer_id == transfer_id).order_by(line.c.product_id)))


def one(tx: Connection, transfer_id: int) -> Any | None:
    """A transfer with its sums."""
    return tx.execute(_summed().where(transfer.c.id == transfer_id)).first()


def page(
    tx: Connection,
    *,
    states: Sequence[str] = (),
    destination_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Any]:
    """A keyset page of transfers, newest first."""
    query = _summed().order_by(transfer.c.id.desc()).limit(limit)
    if states:
        query = query.where(transfer.c.state.in_(states))
    if destination_id is not None:
        query = query.where(transfer.c.destination_id == destination_id)
    return list(tx.execute(query.where(transfer.c.id < before) if before else query))


def _summed() -> Select[Any]:
    def total(column: Any) -> Any:
        summed = select(func.coalesce(func.sum(column), 0)).where(line.c.transfer_id == transfer.c.id)
        return summed.correlate(transfer).scalar_subquery()

    return (
        select(
            transfer,
            _origin.c.code.label("origin"),
            _destination.c.code.label("destination"),
            total(line.c.quantity).label("units"),
            total(line.c.received).label("received"),
            total(line.c.missing).label("missing"),
        )
        .join(_origin, _origin.c.id == transfer.c.origin_id)
        .join(_destination, _destination.c.id == transfer.c.destination_id)
    )
