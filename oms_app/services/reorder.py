"""What to order again: worked out once an hour over every article, and at once for those that somebody ordered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import company as settings
from oms_app.db.queries import incoming
from oms_app.db.queries import reorder as rows
from oms_app.domain import clock
from oms_app.domain.errors import Malformed
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.reorder import COVER_DAYS, MOST_COVER_DAYS, Numbers, Suggestion
from oms_app.services import events

EVERY = timedelta(hours=1)
MOST_COUNTED = 10_000
_DONE, _COVER = "reorder_done", "reorder_cover_days"
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class ReorderPage:
    """Some of what should be ordered, how much there is (counted to MOST_COUNTED), from whom, and as of when."""

    rows: tuple[Suggestion, ...]
    following: tuple[int, int] | None
    count: int
    suppliers: tuple[tuple[int, str], ...]
    cover_days: int
    at: datetime | None


def page(
    actor: Actor, *, supplier_id: int | None = None, after: tuple[int, int] | None = None, limit: int = 50
) -> ReorderPage:
    """A keyset page, what runs out first at the top; the numbers are those of this moment.

    What needs no order any more since the list was worked out is left out, so a page may be shorter.
    """
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.page(tx, supplier_id=supplier_id, after=after, limit=limit + 1)
        shown, days = found[:limit], _cover_days(tx)
        now = _suggestions(tx, [row.product_id for row in shown], days)
        at = settings.setting(tx, _DONE)
        last = shown[-1] if len(found) > limit else None
        return ReorderPage(
            rows=tuple(now[row.product_id] for row in shown if row.product_id in now),
            following=(last.days_left, last.product_id) if last else None,
            count=rows.count(tx, supplier_id=supplier_id, most=MOST_COUNTED),
            suppliers=tuple((row.id, row.name) for row in rows.suppliers(tx)),
            cover_days=days,
            at=None if at is None else clock.from_ms(at),
        )


def of_products(actor: Actor, product_ids: Sequence[int]) -> tuple[Suggestion, ...]:
    """What of these should be ordered now."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return tuple(_suggestions(tx, product_ids, _cover_days(tx)).values())


def set_cover_days(actor: Actor, days: int) -> None:
    """Say for how many days beyond the lead time an order is made; everything is worked out anew."""
    actor.require(Permission.PURCHASE)
    if not 0 <= days <= MOST_COVER_DAYS:
        raise Malformed(f"An order is for 0 to {MOST_COVER_DAYS} days.", details={"field": "days"})
    with transaction() as tx:
        before = _cover_days(tx)
        if before == days:
            return
        settings.set_setting(tx, _COVER, days)
        said = {"days": before}, {"days": days}
        events.record(tx, actor, "reorder_days_changed", subject="shop", subject_id=1, before=said[0], after=said[1])
    _work_out()


def work_out(actor: Actor) -> None:
    """Look at every article that somebody sells us."""
    actor.require(Permission.PURCHASE)
    _work_out()


def work_out_in_time() -> None:
    """The same, by itself, not sooner than `EVERY` after the last time."""
    with reading() as tx:
        at = settings.setting(tx, _DONE)
    if at is None or datetime.now(UTC) - clock.from_ms(at) >= EVERY:
        _work_out()


def refresh(tx: Connection, product_ids: Sequence[int]) -> None:
    """Bring the list up to date for these products, inside the caller's transaction."""
    _write(tx, *_differences(tx, sorted(set(product_ids))))


def _differences(tx: Connection, ids: Sequence[int]) -> tuple[list[int], list[dict[str, int]]]:
    """(products that leave the list, rows that come or change) among these."""
    wanted = {
        key: (each.supplier_id, each.numbers.days_left, each.numbers.quantity)
        for key, each in _suggestions(tx, ids, _cover_days(tx)).items()
    }
    written = rows.known(tx, ids)
    changed = [
        {"product_id": key, "supplier_id": row[0], "days_left": row[1], "quantity": row[2]}
        for key, row in wanted.items()
        if written.get(key) != row
    ]
    return [key for key in written if key not in wanted], changed


def _write(tx: Connection, gone: Sequence[int], changed: Sequence[dict[str, int]]) -> None:
    rows.forget(tx, gone)
    rows.keep(tx, changed)


def _work_out() -> None:
    """In steps, read first and written in a short transaction, so that no other writer waits."""
    now, after = datetime.now(UTC), 0
    while True:
        with reading() as tx:
            ids = rows.sold_by_somebody(tx, after, _BATCH)
            found = _differences(tx, ids)
        if not ids:
            break
        if any(found):
            with transaction() as tx:
                _write(tx, *found)
        after = ids[-1]
    with transaction() as tx:
        rows.forget_unsold(tx)
        settings.set_setting(tx, _DONE, clock.to_ms(now))


def _suggestions(tx: Connection, product_ids: Sequence[int], cover_days: int) -> dict[int, Suggestion]:
    sellers = rows.sellers(tx, product_ids)
    ids = list(sellers)
    levels, issued = rows.levels(tx, ids), rows.issued(tx, ids)
    waiting, drafted, coming = rows.waiting(tx, ids), rows.drafted(tx, ids), incoming.by_product(tx, ids)
    found = {}
    for key in (each for each in product_ids if each in sellers):
        terms, level = sellers[key], levels.get(key)
        numbers = Numbers(
            issued=issued.get(key, 0),
            lead_time_days=terms.days,
            cover_days=cover_days,
            **{name: int(getattr(level, name)) if level else 0 for name in _LEVEL},
            waiting=waiting.get(key, 0),
            incoming=coming[key],
            drafted=drafted.get(key, 0),
            moq=terms.moq,
            pack_size=terms.pack_size,
        )
        if numbers.quantity:
            found[key] = _suggestion(terms, numbers)
    return found


_LEVEL = ("on_hand", "reserved", "safety", "blocked")


def _suggestion(terms: Any, numbers: Numbers) -> Suggestion:
    return Suggestion(
        product_id=terms.product_id,
        sku=terms.sku,
        name=terms.name,
        supplier_id=terms.supplier_id,
        supplier=terms.supplier,
        currency=terms.currency,
        cost_micros=terms.cost_micros,
        numbers=numbers,
    )


def _cover_days(tx: Connection) -> int:
    kept = settings.setting(tx, _COVER)
    return COVER_DAYS if kept is None else int(kept)
