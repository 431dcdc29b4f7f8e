"""Several counts in one statement, none of which looks further than asked."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, func, select


def counts(tx: Connection, queries: Mapping[str, Select[Any]], most: int) -> dict[str, int]:
    """How many rows each query finds, at most `most` + 1."""
    counted = (
        select(func.count()).select_from(query.limit(most + 1).subquery()).scalar_subquery().label(name)
        for name, query in queries.items()
    )
    return dict(tx.execute(select(*counted)).mappings().one())
