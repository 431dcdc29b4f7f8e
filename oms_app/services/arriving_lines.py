"""The lines of an arriving order: what each article is, and what it costs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from oms_app.db.queries import catalogue, sku_map
from oms_app.domain import line_prices, money
from oms_app.domain.errors import Malformed
from oms_app.domain.orders import LineDraft


def products_called(tx: Connection, channel_id: int, skus: Iterable[str]) -> dict[str, Any]:
    """Products by what an order calls them: what the channel's SKU was said to be, else by our own SKU."""
    return sku_map.products(tx, channel_id, skus)


def products_named(tx: Connection, channel_id: int, skus: Iterable[str]) -> dict[str, Any]:
    """Products by what lines of ours name them: our own SKU; the channel's where nobody knew it then."""
    wanted = set(skus)
    found = catalogue.products_by_sku(tx, wanted)
    return found | sku_map.called(tx, channel_id, rest) if (rest := wanted - found.keys()) else found


def rows(lines: Sequence[LineDraft], called: Mapping[str, Any], channel: Any, discount: int) -> list[dict[str, Any]]:
    """Line rows with their prices settled; `tax_added` is the tax on top of a price that excludes it.

    A discount on the whole order is spread over the lines before that tax is worked out, so that it stays true.
    """
    found = [_row(index, line, called.get(line.sku.strip()), channel) for index, line in enumerate(lines)]
    if all(row["tax_included"] for row in found):  # most orders: nothing to work out
        return found
    rates = [
        None if row["tax_included"] else getattr(called.get(each.sku.strip()), "gst_rate", None) or 0
        for row, each in zip(found, lines, strict=True)
    ]
    added = line_prices.on_top([row["total"] for row in found], rates, discount)
    for row, tax in zip(found, added, strict=True):
        row["total"], row["tax_added"] = row["total"] + tax, tax
    return found


def _row(index: int, line: LineDraft, product: Any | None, channel: Any) -> dict[str, Any]:
    price, included = line.unit_price_micros, line.tax_included
    if price is None:
        if product is None or product.currency != channel.currency:
            raise Malformed(
                f"Line {index + 1} ({line.sku}) has no price, and no product with this SKU has one in "
                f"{channel.currency}.",
                details={"field": f"lines.{index}.price"},
            )
        price = product.price_micros * getattr(product, "units", 1)
        included = product.tax_included if included is None else included
    gross = money.line_total(price, line.quantity, channel.currency)
    if line.discount > gross:
        raise Malformed(f"Line {index + 1} ({line.sku}): the discount is more than the line.")
    units = getattr(product, "units", 1)
    return {
        "position": index,
        "product_id": product.id if product is not None else None,
        "sku": product.sku if product is not None else line.sku.strip(),
        "name": line.name or (product.name if product is not None else line.sku),
        "quantity": line.quantity * units,
        "unit_price_micros": price // units,
        "tax_included": channel.tax_included if included is None else included,
        "discount": line.discount,
        "total": gross - line.discount,
        "tax_added": 0,
        "personalisation": dict(line.personalisation) or None,
    }
