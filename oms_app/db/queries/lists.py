"""Lists that travel to the database as one value, however long they are: a statement takes only so many parameters,
and one that is built once and asked with any list costs a fraction of one that is spelled out for each."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Text,
    any_,
    bindparam,
    column,
    func,
    select,
)

from oms_app.db.engine import is_sqlite


def among(column: Any, name: str, *, sqlite: bool) -> ColumnElement[bool]:
    """The column is one of the values of the parameter `name`, which is `packed`: whole numbers or texts."""
    if sqlite:
        return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    kind = BigInteger if isinstance(column.type, Integer) else Text
    return column == any_(bindparam(name, type_=ARRAY(kind)))


def rows_given(*names: str, sqlite: bool) -> FromClause:
    """The rows of whole numbers that the parameter of a statement brings, one column a name; `columns` packs them."""
    if sqlite:
        each = func.json_each(bindparam("rows")).table_valued("value")
        read = (func.json_extract(each.c.value, f"$[{place}]").label(name) for place, name in enumerate(names))
        return select(*read).subquery("given")
    lists = (bindparam(name, type_=ARRAY(BigInteger)) for name in names)
    return (
        func.unnest(*lists).table_valued(*(column(name, BigInteger) for name in names), name="given").render_derived()
    )


def columns(tx: Connection, names: Sequence[str], rows: Iterable[Sequence[int]]) -> dict[str, Any]:
    """Rows as the parameters that `rows_given` reads."""
    given = list(rows)
    if is_sqlite(tx):
        return {"rows": json.dumps(given)}
    return {name: [row[place] for row in given] for place, name in enumerate(names)}


def packed(tx: Connection, values: Iterable[Any]) -> Any:
    """The values as the one value that `among` compares with."""
    return json.dumps(list(values)) if is_sqlite(tx) else list(values)
