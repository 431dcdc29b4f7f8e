"""Orders: inserting them whole, locking one, loading what hangs on one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from oms_app.db.engine import insert as upsert
from oms_app.db.prepared import Prepared, insert_into
from oms_app.db.queries.lists import among, packed
from oms_app.db.tables.catalogue import Channel
from oms_app.db.tables.customers import Address, Customer
from oms_app.db.tables.orders import (
    Hold,
    Note,
    NumberSeries,
    Order,
    OrderLine,
    OrderTag,
    Parcel,
    ParcelLine,
    Payment,
)

order = Order.__table__  # type: ignore[attr-defined]
line = OrderLine.__table__  # type: ignore[attr-defined]
parcel = Parcel.__table__  # type: ignore[attr-defined]
parcel_line = ParcelLine.__table__  # type: ignore[attr-defined]
payment = Payment.__table__  # type: ignore[attr-defined]
hold = Hold.__table__  # type: ignore[attr-defined]
note = Note.__table__  # type: ignore[attr-defined]
tag = OrderTag.__table__  # type: ignore[attr-defined]
customer = Customer.__table__  # type: ignore[attr-defined]
address = Address.__table__  # type: ignore[attr-defined]
channel = Channel.__table__  # type: ignore[attr-defined]
_series = NumberSeries.__table__  # type: ignore[attr-defined]


# Built once: building a statement costs four times as much as running it.
_ADD = Prepared(insert_into(order).returning(order))
_ADD_LINE, _ADD_PAYMENT, _ADD_HOLD, _ADD_NOTE = (
    Prepared(insert_into(table).returning(table.c.id)) for table in (line, payment, hold, note)
)
_BY_NUMBER = Prepared(select(order).where(order.c.number == bindparam("number")))
_BY_NUMBER_LOCKED = Prepared(select(order).where(order.c.number == bindparam("number")).with_for_update())
_BY_ID = Prepared(select(order).where(order.c.id == bindparam("order_id")))
_BY_IDS = Prepared(lambda sqlite: select(order).where(among(order.c.id, "ids", sqlite=sqlite)))
_NUMBERS = Prepared(lambda sqlite: select(order.c.number).where(among(order.c.number, "numbers", sqlite=sqlite)))
_NUMBERS_BY_ID = Prepared(
    lambda sqlite: select(order.c.id, order.c.number).where(among(order.c.id, "ids", sqlite=sqlite))
)
_NUMBERS_BETWEEN = select(order.c.number).where(
    order.c.number.between(bindparam("low"), bindparam("high")), func.length(order.c.number) == bindparam("length")
)
_NUMBER_OF = Prepared(
    select(order.c.number).where(
        order.c.channel_id == bindparam("of_channel"), order.c.external_id == bindparam("of_external")
    )
)
_LINES = Prepared(select(line).where(line.c.order_id == bindparam("of")).order_by(line.c.position))
_HOLDS = Prepared(
    select(hold).where(hold.c.order_id == bindparam("of"), hold.c.released_at.is_(None)).order_by(hold.c.id)
)


def take_numbers(tx: Connection, series: str, start: int, count: int) -> int:
    """Take `count` numbers of a series, which begins at `start`; returns the first of them."""
    following = _TAKE.value(tx, name=series, next=start + count, count=count)
    return int(following or 0) - count


def _taking(into: Any) -> Any:
    statement = into(_series).values(name=bindparam("name"), next=bindparam("next"))
    more = {"next": _series.c.next + bindparam("count")}
    return statement.on_conflict_do_update(index_elements=["name"], set_=more).returning(_series.c.next)


_TAKE = Prepared(lambda sqlite: _taking(sqlite_insert if sqlite else postgresql_insert))


def existing_numbers(tx: Connection, numbers: Sequence[str]) -> set[str]:
    """Those of the numbers that an order has already."""
    return set(_NUMBERS.values(tx, numbers=packed(tx, numbers)))


def numbers_between(tx: Connection, first: int, last: int) -> set[str]:
    """The plain numbers from `first` to `last` that an order has already."""
    found: set[str] = set()
    for length in range(len(str(first)), len(str(last)) + 1):
        low, high = max(first, 10 ** (length - 1)), min(last, 10**length - 1)
        found.update(tx.scalars(_NUMBERS_BETWEEN, {"low": str(low), "high": str(high), "length": length}))
    return found


def number_of(tx: Connection, channel_id: int, external_id: str) -> str | None:
    """Our number of a channel's order, if we have it."""
    return _NUMBER_OF.value(tx, of_channel=channel_id, of_external=external_id)


def add(tx: Connection, values: dict[str, Any], lines: list[dict[str, Any]]) -> tuple[Any, list[int]]:
    """Insert an order and its lines; returns the order's row, and the line ids in order."""
    return _ADD.first(tx, **values), [_ADD_LINE.value(tx, order_id=values["id"], **each) for each in lines]


def find(tx: Connection, number: str, *, lock: bool = False) -> Any | None:
    """An order row by our number, locked against other writers where asked (SQLite has one writer anyway)."""
    return (_BY_NUMBER_LOCKED if lock else _BY_NUMBER).first(tx, number=number)


def by_id(tx: Connection, order_id: int) -> Any:
    """An order row by id."""
    return _BY_ID.first(tx, order_id=order_id)


def by_ids(tx: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """Order rows by id."""
    return {row.id: row for row in _BY_IDS.all(tx, ids=packed(tx, ids))}


def lock(tx: Connection, order_ids: Iterable[int]) -> None:
    """Lock many orders, in the order of all who lock many."""
    tx.execute(select(order.c.id).where(order.c.id.in_(set(order_ids))).order_by(order.c.id).with_for_update())


def change(tx: Connection, row: Any, **values: Any) -> bool:
    """Write new values and count the version up; False where somebody changed the order since `row` was read."""
    changing = _changing(frozenset(values))
    return bool(changing.run(tx, of=row.id, seen=row.version, version=row.version + 1, **values))


@cache
def _changing(columns: frozenset[str]) -> Prepared:
    given = {name: bindparam(name, type_=order.c[name].type) for name in (*sorted(columns), "version")}
    here = (order.c.id == bindparam("of"), order.c.version == bindparam("seen"))
    return Prepared(update(order).where(*here).values(given))


def numbers(tx: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Our numbers by id."""
    return {row.id: row.number for row in _NUMBERS_BY_ID.all(tx, ids=packed(tx, ids))}


def lines(tx: Connection, order_id: int) -> list[Any]:
    """Lines of an order by position."""
    return _LINES.all(tx, of=order_id)


def open_holds(tx: Connection, order_id: int) -> list[Any]:
    """Holds that still stand."""
    return _HOLDS.all(tx, of=order_id)


def tags(tx: Connection, order_id: int) -> tuple[str, ...]:
    """Tags in alphabetical order."""
    return tuple(tx.scalars(select(tag.c.tag).where(tag.c.order_id == order_id).order_by(tag.c.tag)))


def add_tag(tx: Connection, order_id: int, word: str) -> bool:
    """Tag an order; False where it has the tag already."""
    # The driver does not count the rows of an INSERT on PostgreSQL: what comes back tells.
    statement = upsert(tx)(tag).values(order_id=order_id, tag=word).on_conflict_do_nothing().returning(tag.c.tag)
    return tx.execute(statement).first() is not None


def remove_tag(tx: Connection, order_id: int, word: str) -> bool:
    """Take a tag off; False where it was not there."""
    return bool(tx.execute(delete(tag).where(tag.c.order_id == order_id, tag.c.tag == word)).rowcount)


def add_note(tx: Connection, order_id: int, body: str, author: str, at: datetime) -> int:
    """Insert a note; returns its id."""
    return int(_ADD_NOTE.value(tx, order_id=order_id, body=body, author=author, at=at))


def clear_allocated(tx: Connection, order_id: int) -> None:
    """Set the allocated units of every line to none."""
    tx.execute(update(line).where(line.c.order_id == order_id).values(allocated=0))


def add_allocated(tx: Connection, line_id: int, units: int) -> None:
    """Change the allocated units of a line by so many."""
    tx.execute(update(line).where(line.c.id == line_id).values(allocated=line.c.allocated + units))


def add_line(tx: Connection, order_id: int, values: dict[str, Any]) -> int:
    """Insert one more line; returns its id."""
    return int(tx.execute(insert(line).values(order_id=order_id, **values)).inserted_primary_key[0])


def change_line(tx: Connection, line_id: int, **values: Any) -> None:
    """Write new values on a line."""
    tx.execute(update(line).where(line.c.id == line_id).values(**values))


def add_parcel(tx: Connection, values: dict[str, Any], content: Sequence[tuple[int, int]]) -> int:
    """Insert a parcel with its (order line id, units); returns its id."""
    parcel_id = int(tx.execute(insert(parcel).values(values)).inserted_primary_key[0])
    rows = [{"parcel_id": parcel_id, "order_line_id": line_id, "quantity": units} for line_id, units in content]
    if rows:
        tx.execute(insert(parcel_line), rows)
    return parcel_id


def change_parcels(tx: Connection, order_id: int, **values: Any) -> int:
    """Write values on every parcel of an order that was not voided; returns how many."""
    changed = tx.execute(
        update(parcel).where(parcel.c.order_id == order_id, parcel.c.status != "voided").values(**values)
    )
    return changed.rowcount


def count_units(tx: Connection, order_id: int, **columns: Any) -> None:
    """Write unit columns of every line, e.g. packed=line.c.quantity - line.c.cancelled."""
    tx.execute(update(line).where(line.c.order_id == order_id).values(**columns))


def add_payment(tx: Connection, values: dict[str, Any]) -> int:
    """Insert a payment; returns its id."""
    return int(_ADD_PAYMENT.value(tx, **values))


def add_hold(tx: Connection, values: dict[str, Any]) -> int:
    """Insert a hold; returns its id."""
    return int(_ADD_HOLD.value(tx, **values))


def release_hold(tx: Connection, hold_id: int, order_id: int, by: str, at: datetime) -> Any | None:
    """Close an open hold of an order; returns its row, or None where it is not open."""
    statement = (
        update(hold)
        .where(hold.c.id == hold_id, hold.c.order_id == order_id, hold.c.released_at.is_(None))
        .values(released_by=by, released_at=at)
        .returning(hold)
    )
    return tx.execute(statement).first()
