"""Ids that travel to the database as one value, however many they are: a statement takes only so many parameters,
and one that is built once and asked with any list costs a fraction of one that is built for each."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, any_, bindparam, func, select

from oms_app.db.engine import is_sqlite


def among(column: Any, name: str, *, sqlite: bool) -> ColumnElement[bool]:
    """The column is one of the ids of the parameter `name`, which is `packed`."""
    if sqlite:
        return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    return column == any_(bindparam(name, type_=ARRAY(BigInteger)))


def packed(tx: Connection, ids: Iterable[int]) -> Any:
    """The ids as the one value that `among` compares with."""
    return json.dumps(list(ids)) if is_sqlite(tx) else list(ids)
