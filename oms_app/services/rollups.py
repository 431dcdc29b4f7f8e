"""Computing the rollups anew, and checking that they are the sum of the orders."""

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import rollups as rows
from oms_app.domain import days
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.rollups import Kind


def rebuild(actor: Actor) -> None:
    """Compute every rollup from the orders, as one transaction. Needed after a change of the shop's time zone."""
    actor.require(Permission.MANAGE_SETTINGS)
    with transaction() as tx:
        rows.rebuild(tx)


def check(actor: Actor) -> tuple[str, ...]:
    """What is wrong, in sentences; nothing where every rollup is the sum of its orders."""
    actor.require(Permission.MANAGE_SETTINGS)
    with reading() as tx:
        cells, timed = rows.verify(tx), rows.verify_dwell(tx)
    wrong = [
        f"{Kind(each.cell.kind).name.lower()} cell of {_days(each)}, slot {each.cell.slot}: "
        f"{each.surplus[0]:+} orders, {each.surplus[1]:+} units, {each.surplus[2]:+} amount too many"
        for each in cells
    ]
    return (*wrong, *(f"order id {order_id}: its time in each stage differs from its timeline" for order_id in timed))


def _days(difference: rows.Difference) -> str:
    size = rows.days_of(difference.level)
    first = days.as_date(difference.cell.day * size)
    return f"{first}" if size == 1 else f"the {size} days from {first}"
