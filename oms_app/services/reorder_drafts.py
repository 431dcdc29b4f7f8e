"""From what should be ordered to drafts of purchase orders, one for each supplier."""

from collections import defaultdict
from collections.abc import Mapping

from oms_app.db.engine import transaction
from oms_app.domain.errors import Malformed, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.purchasing import MOST_LINES, PurchaseView, Wanted
from oms_app.domain.reorder import Suggestion
from oms_app.services import purchasing, reorder

MOST = 1_000
"""Products of one click: other writers wait for its transaction."""


def draft(actor: Actor, location: str, quantities: Mapping[int, int | None]) -> tuple[PurchaseView, ...]:
    """Draft what is suggested for these products; a number stands for the suggested one, None keeps that.

    What needs no order any more is left out. All drafts are made, or none. Raises Refused, Malformed.
    """
    actor.require(Permission.PURCHASE)
    if not 0 < len(quantities) <= MOST:
        raise Malformed(f"Choose 1 to {MOST:,} products.", details={"field": "products"})
    with transaction():
        return _draft(actor, location, reorder.of_products(actor, sorted(quantities)), quantities)


def draft_all(actor: Actor, location: str, *, supplier_id: int | None = None) -> tuple[PurchaseView, ...]:
    """Draft everything that is suggested, or what is of one supplier; the most urgent MOST products."""
    actor.require(Permission.PURCHASE)
    with transaction():
        found = reorder.page(actor, supplier_id=supplier_id, limit=MOST).rows
        return _draft(actor, location, found, {})


def _draft(
    actor: Actor, location: str, suggested: tuple[Suggestion, ...], quantities: Mapping[int, int | None]
) -> tuple[PurchaseView, ...]:
    by_supplier: dict[int, list[Wanted]] = defaultdict(list)
    for each in suggested:
        units = quantities.get(each.product_id)
        by_supplier[each.supplier_id].append(Wanted(each.sku, each.numbers.quantity if units is None else units))
    if not by_supplier:
        raise Refused("Nothing of it needs an order any more.", code="nothing_to_order")
    return tuple(
        purchasing.draft(actor, supplier_id, location, lines[start : start + MOST_LINES], note="")
        for supplier_id, lines in sorted(by_supplier.items())
        for start in range(0, len(lines), MOST_LINES)
    )
