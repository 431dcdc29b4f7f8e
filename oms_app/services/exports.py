"""Exporting the orders a search finds, and stock levels: CSV, JSON or a spreadsheet, written as they are read."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms_app.db.engine import reading
from oms_app.db.queries import products as product_rows
from oms_app.db.queries import search_rows, stock_sheet
from oms_app.db.queries.search import Search
from oms_app.domain import money
from oms_app.domain.errors import Forbidden, Refused
from oms_app.domain.import_lists import PRODUCT
from oms_app.domain.permissions import Actor, Permission, Role
from oms_app.domain.privacy import masked_name
from oms_app.domain.products import write_pairs
from oms_app.domain.query import parse
from oms_app.domain.runs import THINGS
from oms_app.services import reconciliation, runs, settlements
from oms_app.services.search import scope
from oms_app.services.sheets import MOST_SPREADSHEET_ROWS, Row, Sheet, check_format

_BATCH = 1_000


def orders(actor: Actor, q: str = "", format: str = "csv", *, until: datetime | None = None) -> Iterator[bytes]:
    """The orders a search finds, newest first, in pieces of a file. Memory stays flat however many there are.

    Times are in the shop's zone in CSV and spreadsheets, UTC in JSON; money is in major units. Who may not see
    customers gets initials. Raises Malformed for an unknown format, Refused where a spreadsheet cannot hold the rows.
    """
    actor.require(Permission.SEE_ORDERS)
    actor.require(Permission.EXPORT)
    if actor.role is Role.INVENTORY and Permission.EXPORT not in actor.granted:
        raise Forbidden("The role “inventory” exports stock, not orders. Ask an admin.")
    check_format(format)
    if format == "xlsx":
        _check_size(actor, q, until)
    return _ORDERS.write(format, _rows(actor, q, until))


def stock(actor: Actor, format: str = "csv", *, location: str = "", prefix: str = "") -> Iterator[bytes]:
    """Levels by SKU, of one location or of SKUs that begin alike where asked; `oms import stock` reads them back."""
    actor.require(Permission.SEE_STOCK)
    actor.require(Permission.EXPORT)
    return _STOCK.write(format, _levels(location, prefix))


def products(actor: Actor, format: str = "csv", *, words: str = "") -> Iterator[bytes]:
    """Products by SKU; `oms import products` reads them back, and finds nothing to change."""
    actor.require(Permission.SEE_STOCK)
    actor.require(Permission.EXPORT)
    return _PRODUCTS.write(format, _product_rows(words))


def _product_rows(words: str) -> Iterator[Row]:
    after = ""
    while True:
        with reading() as tx:
            found = product_rows.page(tx, after_sku=after, words=words, limit=_BATCH)
            attributes = product_rows.attributes_of(tx, [row.id for row in found])
        for row in found:
            yield {
                "sku": row.sku,
                "name": row.name,
                "kind": row.kind,
                "price": money.micros_to_major(row.price_micros, row.currency),
                "currency": row.currency,
                "tax_included": "yes" if row.tax_included else "no",
                "hsn": row.hsn,
                "gst_rate": "" if row.gst_rate is None else f"{Decimal(row.gst_rate).normalize():f}",
                "barcode": row.barcode,
                "weight_g": row.weight_g,
                "active": "yes" if row.active else "no",
                "attributes": write_pairs(attributes.get(row.id, {})),
            }
        if len(found) < _BATCH:
            return
        after = found[-1].sku


def run(actor: Actor, format: str = "csv", *, run_id: int) -> Iterator[bytes]:
    """What became of each one of a run, for who may see it. Raises NotFound."""
    found = runs.get(actor, run_id)
    thing = THINGS[found.subject]
    return Sheet("Run", (thing, "result", "why", "at")).write(format, _run_rows(actor, found.id, thing))


def differences(actor: Actor, format: str = "csv", *, channel: str, kind: str = "") -> Iterator[bytes]:
    """What differs between a channel and the shop since it was last compared. Raises NotFound."""
    actor.require(Permission.EXPORT)
    reconciliation.get(actor, channel)
    return _DIFFERENCES.write(format, _difference_rows(actor, channel, kind))


def _difference_rows(actor: Actor, channel: str, kind: str) -> Iterator[Row]:
    for each in reconciliation.all_differences(actor, channel, kind):
        yield {name: getattr(each, name) for name in _DIFFERENCES.names}


def settlement(actor: Actor, format: str = "csv", *, settlement_id: int) -> Iterator[bytes]:
    """What was settled of each order of a settlement. Raises NotFound."""
    actor.require(Permission.EXPORT)
    found = settlements.get(actor, settlement_id)
    return _SETTLEMENT.write(format, _settled_rows(actor, found))


def _settled_rows(actor: Actor, found: settlements.SettlementView) -> Iterator[Row]:
    after = ""
    while page := settlements.orders(actor, found.id, after=after, limit=_BATCH):
        for each in page:
            sums = {name: money.to_major(getattr(each.sums, name), found.currency) for name in _SETTLED}
            total = "" if each.total is None else money.to_major(each.total, found.currency)
            yield {
                "external_id": each.external_id,
                "order": each.order,
                "currency": found.currency,
                "total": total,
                **sums,
            }
        after = page[-1].external_id


def _run_rows(actor: Actor, run_id: int, thing: str) -> Iterator[Row]:
    last = -1
    while found := runs.results(actor, run_id, after=last, limit=_BATCH):
        for row in found:
            yield {thing: row.number, "result": str(row.state), "why": row.message, "at": row.at or ""}
        last = found[-1].position


def _levels(location: str, prefix: str) -> Iterator[Row]:
    with reading() as tx:
        sku, place = "", 0
        while found := stock_sheet.page(tx, location=location, prefix=prefix, after=(sku, place), limit=_BATCH):
            for row in found:
                yield {name: getattr(row, name) for name in _STOCK.names}
            sku, place = found[-1].sku, found[-1].location_id


def _check_size(actor: Actor, q: str, until: datetime | None) -> None:
    with reading() as tx:
        found = Search(tx, parse(q), scope(actor, until)).count(MOST_SPREADSHEET_ROWS)
    if found > MOST_SPREADSHEET_ROWS:
        raise Refused(
            "A spreadsheet holds a million rows at most: export CSV, or search for fewer.", code="too_many_rows"
        )


def _rows(actor: Actor, q: str, until: datetime | None) -> Iterator[Row]:
    """One flat row per order, from one snapshot of the database."""
    seen = actor.may(Permission.SEE_CUSTOMERS)
    with reading() as tx:
        search = Search(tx, parse(q), scope(actor, until))
        last: int | None = None
        while ids := search.ids(limit=_BATCH, after=last):
            tags = search_rows.tags(tx, ids)
            for row in search_rows.rows(tx, ids):
                yield _flat(row, tags.get(row.id, ()), seen)
            last = ids[-1]


def _flat(row: Any, tags: tuple[str, ...], seen: bool) -> Row:
    return {
        "number": row.number,
        "channel": row.channel,
        "external_id": row.external_id or "",
        "stage": row.stage,
        "placed_at": row.placed_at,
        "ship_by": row.ship_by,
        "shipped_at": row.shipped_at,
        "updated_at": row.updated_at,
        "customer": row.customer_name if seen else masked_name(row.customer_name),
        "city": row.city,
        "state": row.state,
        "postal_code": row.postal_code if seen else row.postal_code[:3],
        "country": row.country,
        "gstin": row.gstin if seen else "",
        "units": row.units,
        "total": money.to_major(row.total, row.currency),
        "captured": money.to_major(row.captured, row.currency),
        "currency": row.currency,
        "payment_method": row.payment_method,
        "payment_status": row.payment_status,
        "holds": row.holds,
        "shortfall": row.shortfall,
        "priority": row.priority,
        "tags": ", ".join(tags),
    }


_NAMES = (
    *("number", "channel", "external_id", "stage", "placed_at", "ship_by", "shipped_at", "updated_at", "customer"),
    *("city", "state", "postal_code", "country", "gstin", "units", "total", "captured", "currency"),
    *("payment_method", "payment_status", "holds", "shortfall", "priority", "tags"),
)
_ORDERS = Sheet("Orders", _NAMES, amounts=("total", "captured"))
_DIFFERENCES = Sheet("Differences", ("kind", "external_id", "number", "order", "said", "fix", "problem", "found_at"))
_SETTLED = ("charged", "refunded", "fees", "tcs", "tds", "other", "payout")
_SETTLEMENT = Sheet("Settlement", ("external_id", "order", "currency", "total", *_SETTLED), amounts=_SETTLED)
_STOCK = Sheet("Stock", ("sku", "name", "location", "on_hand", "reserved", "safety", "blocked", "available"))
_PRODUCTS = Sheet("Products", PRODUCT, amounts=("price",))
