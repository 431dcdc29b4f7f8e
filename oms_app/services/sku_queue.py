"""The queue of unknown SKUs: a page of it with what each may be, one of it by name, all of it as a file."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from oms_app.db.engine import reading
from oms_app.db.queries import sku_queue as rows
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.sku_match import Suggestion
from oms_app.domain.sku_queue import Search, UnknownSku, key_of, number_of
from oms_app.services.sheets import Row, Sheet

ALL = Search()
_BATCH = 1_000
_SHEET = Sheet(
    "Unknown SKUs",
    (
        *("channel", "channel_sku", "name", "barcode", "orders", "units", "oldest"),
        *("suggestion", "suggested_name", "score", "sure", "quantity", "why"),
    ),
)


def page(
    actor: Actor, search: Search = ALL, *, after: tuple[str, str] = ("", ""), limit: int = 50
) -> tuple[UnknownSku, ...]:
    """A keyset page of unknown SKUs by channel and SKU."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return tuple(map(view, _page(tx, search, after, limit)))


def get(actor: Actor, number: str) -> UnknownSku | None:
    """One by CHANNEL:SKU; None where it is known by now."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return found(tx, [number]).get(number)


def count(actor: Actor, search: Search = ALL) -> int:
    """How many unknown SKUs a search finds."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return rows.count(tx, words=search.words, channel_name=search.channel, show=search.show)


def export(actor: Actor, format: str = "csv", *, search: Search = ALL) -> Iterator[bytes]:
    """The queue as a file."""
    actor.require(Permission.SEE_STOCK)
    actor.require(Permission.EXPORT)
    return _SHEET.write(format, _rows(search))


def found(tx: Connection, numbers: Sequence[str]) -> dict[str, UnknownSku]:
    """Those that a run names; what is known by now is absent. Raises Malformed."""
    named = rows.named(tx, [key_of(number) for number in numbers])
    return {number_of(*key): view(row) for key, row in named.items()}


def view(row: Any) -> UnknownSku:
    """A row of the queue as a value."""
    return UnknownSku(
        channel=row.channel,
        channel_title=row.channel_title,
        channel_sku=row.channel_sku,
        name=row.listed_as or row.ordered_as,
        barcode=row.barcode,
        articles=int(row.articles),
        orders=int(row.orders),
        units=int(row.units),
        example=row.example or "",
        oldest=row.oldest,
        suggestions=None if row.found is None else tuple(Suggestion(**each) for each in row.found),
        ignored_by=row.ignored_by or "",
    )


def _page(tx: Connection, search: Search, after: tuple[str, str], limit: int) -> list[Any]:
    return rows.page(tx, after=after, limit=limit, words=search.words, channel_name=search.channel, show=search.show)


def _rows(search: Search) -> Iterator[Row]:
    after = ("", "")
    while True:
        with reading() as tx:
            found = [view(row) for row in _page(tx, search, after, _BATCH)]
        for each in found:
            best = each.best
            yield {
                "channel": each.channel,
                "channel_sku": each.channel_sku,
                "name": each.name,
                "barcode": each.barcode,
                "orders": each.orders,
                "units": each.units,
                "oldest": each.oldest or "",
                "suggestion": best.sku if best else "",
                "suggested_name": best.name if best else "",
                "score": best.score if best else "",
                "sure": ("yes" if best.sure else "no") if best else "",
                "quantity": best.quantity if best else "",
                "why": best.reason if best else "",
            }
        if len(found) < _BATCH:
            return
        after = (found[-1].channel, found[-1].channel_sku)
