"""Lists that travel to the database as one value, however long they are: a statement takes only so many parameters,
and one that is built once and asked with any list costs a fraction of one that is spelled out for each."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, Integer, Text, any_, bindparam, func, select

from oms_app.db.engine import is_sqlite


def among(column: Any, name: str, *, sqlite: bool) -> ColumnElement[bool]:
    """The column is one of the values of the parameter `name`, which is `packed`: whole numbers or texts."""
    if sqlite:
        return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    kind = BigInteger if isinstance(column.type, Integer) else Text
    return column == any_(bindparam(name, type_=ARRAY(kind)))


def packed(tx: Connection, values: Iterable[Any]) -> Any:
    """The values as the one value that `among` compares with."""
    return json.dumps(list(values)) if is_sqlite(tx) else list(values)
