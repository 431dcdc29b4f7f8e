"""Recomputing stored sums from what they are sums of: stock, money, rollups, the text index."""

from collections.abc import Callable, Mapping

from oms_app.db.engine import reading
from oms_app.db.queries import checks as rows
from oms_app.domain.permissions import Actor, Permission
from oms_app.services import rollups, search_index

LIMIT = 100


def stock(actor: Actor) -> tuple[str, ...]:
    """Levels and allocations that are not the sum of their movements and reservations, in sentences."""
    return _differing(actor, rows.STOCK)


def money(actor: Actor) -> tuple[str, ...]:
    """Orders whose sums are not those of their lines and payments, in sentences."""
    return _differing(actor, rows.MONEY)


def search(actor: Actor) -> tuple[str, ...]:
    """Orders whose document is not what the order says."""
    return tuple(f"order {number}: its search document" for number in search_index.check(actor))


CHECKS: Mapping[str, Callable[[Actor], tuple[str, ...]]] = {
    "stock": stock,
    "money": money,
    "rollups": rollups.check,
    "search": search,
}
"""Every check by name; each returns what differs, nothing where all is true."""


def _differing(actor: Actor, statements: tuple[str, ...]) -> tuple[str, ...]:
    actor.require(Permission.MANAGE_SETTINGS)
    with reading() as tx:
        found = rows.differences(tx, statements, LIMIT)
    return tuple(f"{what}: stored {stored}, computed {computed}" for what, stored, computed in found)
