"""Two writers who wait for each other on PostgreSQL: it refuses one of them, and that one begins anew."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from oms_app.db.engine import commits, is_deadlock

T = TypeVar("T")

_TRIES = 3


def untangled(act: Callable[[], T]) -> T:
    """What `act` answers; done anew where it was refused to end a deadlock, as long as nothing of it was kept.

    Writers lock in one order (db/queries/stock.py), so that it is rare; who only wanted to work is not told of it.
    """
    for tries in range(1, _TRIES + 1):
        with commits() as kept:
            try:
                return act()
            except DBAPIError as error:
                if kept or tries == _TRIES or not is_deadlock(error):
                    raise
    raise AssertionError("unreachable")
