"""Searches that somebody named, to come back to: tabs of the orders list and of the board."""

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import saved_searches as rows
from oms_app.domain.errors import Malformed, NotFound
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.query import parse
from oms_app.domain.search import SavedSearch

_LONGEST_NAME = 60


def saved(actor: Actor, page: str) -> tuple[SavedSearch, ...]:
    """The actor's own searches of a page, in the order they were saved."""
    actor.require(Permission.SEE_ORDERS)
    if actor.user_id is None:
        return ()
    with reading() as tx:
        return tuple(SavedSearch(row.id, row.name, row.query) for row in rows.of_user(tx, actor.user_id, page))


def save(actor: Actor, page: str, name: str, query: str) -> SavedSearch:
    """Keep a search under a name; the same name again replaces what it stood for."""
    actor.require(Permission.SEE_ORDERS)
    name, spelled = " ".join(name.split()), str(parse(query))
    if not name or len(name) > _LONGEST_NAME:
        raise Malformed(f"A name has between 1 and {_LONGEST_NAME} characters.", details={"field": "name"})
    if actor.user_id is None:
        raise Malformed("Only somebody who signed in keeps searches.")
    with transaction() as tx:
        return SavedSearch(rows.put(tx, actor.user_id, page, name, spelled), name, spelled)


def forget(actor: Actor, search_id: int) -> None:
    """Drop one of the actor's own searches. Raises NotFound."""
    actor.require(Permission.SEE_ORDERS)
    with transaction() as tx:
        if actor.user_id is None or not rows.delete(tx, actor.user_id, search_id):
            raise NotFound("There is no such search of yours.")
