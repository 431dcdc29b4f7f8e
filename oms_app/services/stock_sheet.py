"""Editing stock like a sheet: many numbers at once, each a movement of the ledger, and taking them back."""

from collections.abc import Sequence

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import stock_sheet as rows
from oms_app.domain.errors import Conflict, OmsError
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.stock import MovementKind
from oms_app.domain.stock_sheet import Edit, Saved, SheetRow, check_edits
from oms_app.services import stock


def page(
    actor: Actor, location: str, *, prefix: str = "", after: tuple[str, int] = ("", 0), limit: int = 50
) -> tuple[SheetRow, ...]:
    """A keyset page of a location's levels by SKU."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.page(tx, location=location, prefix=prefix, after=after, limit=limit)
        return tuple(SheetRow(row.sku, row.name, row.on_hand, row.reserved, row.location_id) for row in found)


def save(actor: Actor, location: str, edits: Sequence[Edit], *, reason: str) -> Saved:
    """Write what was counted. A row that changed since it was seen, or that is refused, leaves the others alone."""
    actor.require(Permission.ADJUST_STOCK)
    check_edits(edits)
    changed, refused = [], []
    with transaction():
        for edit in sorted(edits, key=lambda edit: edit.sku):
            try:
                here = [level for level in stock.get(actor, edit.sku).levels if level.location == location]
                now = here[0].on_hand if here else 0
                if now != edit.seen:
                    raise Conflict(f"{edit.sku}: {now} are on hand now, you saw {edit.seen}. Count again.")
                if difference := edit.counted - edit.seen:
                    _move(actor, edit.sku, location, difference, reason, MovementKind.COUNTED)
                    changed.append((edit.sku, difference))
            except OmsError as error:
                refused.append((edit.sku, error.message))
    return Saved(tuple(changed), tuple(refused))


def undo(actor: Actor, location: str, changes: Sequence[tuple[str, int]], *, reason: str) -> Saved:
    """Take a saved sheet back: opposite movements, since a ledger forgets nothing."""
    actor.require(Permission.ADJUST_STOCK)
    changed, refused = [], []
    with transaction():
        for sku, difference in changes:
            try:
                _move(actor, sku, location, -difference, f"Undone: {reason}", MovementKind.ADJUSTED)
                changed.append((sku, -difference))
            except OmsError as error:
                refused.append((sku, error.message))
    return Saved(tuple(changed), tuple(refused))


def _move(actor: Actor, sku: str, location: str, difference: int, reason: str, kind: MovementKind) -> None:
    """One movement; refused, it is undone by itself."""
    with transaction():
        stock.adjust(actor, sku, location, difference, reason=reason, kind=kind)
