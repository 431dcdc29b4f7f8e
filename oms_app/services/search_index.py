"""Looking after the text index: comparing it with the orders, and working it out anew."""

from oms_app.db.engine import transaction
from oms_app.db.queries import search_index as rows
from oms_app.db.queries import search_rows
from oms_app.domain.permissions import Actor, Permission


def check(actor: Actor) -> list[str]:
    """Numbers of the orders whose document is missing, wrong, or left over (then its id)."""
    actor.require(Permission.MANAGE_SETTINGS)
    with transaction() as tx:
        wrong = rows.check(tx)
        numbers = {row.id: row.number for row in search_rows.rows(tx, wrong[:1_000])}
        return [numbers.get(each, str(each)) for each in wrong]


def rebuild(actor: Actor) -> int:
    """Work out every document anew; returns how many there are."""
    actor.require(Permission.MANAGE_SETTINGS)
    with transaction() as tx:
        return rows.rebuild(tx)


def tidy() -> None:
    """Merge what new orders added to the text index, a little at a time. The worker calls it."""
    with transaction() as tx:
        rows.merge(tx)
