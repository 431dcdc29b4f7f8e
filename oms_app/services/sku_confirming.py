"""Saying what one unknown SKU is while somebody waits for it: a run of one, so that it can be taken back."""

from oms_app.db.engine import reading
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.runs import Run, Selection, Subject
from oms_app.domain.sku_actions import SkuAction
from oms_app.services import runs, sku_map, sku_queue


def confirm(actor: Actor, number: str, sku: str = "", quantity: int = 1) -> tuple[Run, int]:
    """Say what a SKU is, as suggested where none of ours is named: (the run, how many orders waited and go on)."""
    actor.require(Permission.EDIT_PRODUCTS)
    action, given = (SkuAction.MAP, {"sku": sku, "quantity": quantity}) if sku else (SkuAction.CONFIRM, {})
    with reading() as tx:
        waits = sku_queue.found(tx, [number]).get(number)
    run = runs.start(actor, action, given, Selection(((number, None),), subject=Subject.SKU))
    if not run.done:
        return run, 0
    sku_map.complete_waiting(actor)
    return run, waits.orders if waits else 0
