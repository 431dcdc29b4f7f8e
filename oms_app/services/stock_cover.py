"""Low stock, overstock and what nobody buys: worked out once an hour over every article."""

from datetime import UTC, datetime, timedelta

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import company as settings
from oms_app.db.queries import incoming
from oms_app.db.queries import stock_cover as rows
from oms_app.domain import clock
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.stock_cover import WINDOW_DAYS, CoverPage, CoverRow, View, days_of_cover

EVERY = timedelta(hours=1)
_DONE = "stock_cover"


def page(actor: Actor, view: View, days: int, *, after: tuple[int, int] | None = None, limit: int = 50) -> CoverPage:
    """A keyset page of articles that last fewer (low) or more (over) than `days`, or that nobody bought (idle)."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        found = rows.page(tx, view, days, after=after, limit=limit)
        coming = incoming.by_product(tx, (row.product_id for row in found))
        at = settings.setting(tx, _DONE)
        return CoverPage(
            None if at is None else clock.from_ms(at),
            tuple(
                CoverRow(
                    row.product_id,
                    row.sku,
                    row.name,
                    row.available,
                    coming[row.product_id],
                    row.issued,
                    row.days,
                    row.number,
                )
                for row in found
            ),
        )


def work_out(actor: Actor) -> None:
    """Add up the last 28 days and what is available, for every article."""
    actor.require(Permission.ADJUST_STOCK)
    _work_out()


def work_out_in_time() -> None:
    """The same, by itself, not sooner than `EVERY` after the last time."""
    with reading() as tx:
        at = settings.setting(tx, _DONE)
    if at is None or datetime.now(UTC) - clock.from_ms(at) >= EVERY:
        _work_out()


def _work_out() -> None:
    now = datetime.now(UTC)
    with reading() as tx:
        issued = rows.issued_since(tx, now - timedelta(days=WINDOW_DAYS))
        available, known = rows.available(tx), rows.known(tx)
    wanted = {
        key: (issued.get(key, 0), units, days_of_cover(units, issued.get(key, 0))) for key, units in available.items()
    }
    changed = [
        {"product_id": key, "issued": numbers[0], "available": numbers[1], "days": numbers[2]}
        for key, numbers in wanted.items()
        if known.get(key) != numbers
    ]
    with transaction() as tx:
        rows.forget(tx, [key for key in known if key not in wanted])
        rows.keep(tx, changed)
        settings.set_setting(tx, _DONE, clock.to_ms(now))
