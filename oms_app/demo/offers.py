"""What the demo shop sells on a channel, as that channel calls it: for the sandboxes that stand in for its vendors."""

from collections.abc import Iterator
from typing import NamedTuple

from oms_app.demo.catalogue import ARTICLES, BY_SKU, GIFT_BOXES
from oms_app.demo.shop import CALLED

STOCK = 25
_NEW_THERE = ("indigo-kurta-medium", "Indigo Block Print Kurta (Medium)", "1290")
"""Sold there under a name that is not known here: it has to be mapped."""


class Offer(NamedTuple):
    """An article on sale; `price` in whole currency, as people write it."""

    sku: str
    title: str
    price: str
    stock: int = STOCK
    barcode: str = ""
    tax_percent: int = 5


def offers(kind: str) -> Iterator[Offer]:
    """Everything that is on sale on a kind of channel."""
    yield Offer(*_NEW_THERE)
    own_names = set()
    for channel, sku, ours, units in CALLED:
        if channel == kind:
            own_names.add(ours)
            yield Offer(sku, BY_SKU[ours].name, str(BY_SKU[ours].price * units))
    for each in (*ARTICLES, *(box for box in GIFT_BOXES if box.sku not in own_names)):
        yield Offer(each.sku, each.name, str(each.price), barcode=each.barcode, tax_percent=int(each.gst))


def called(kind: str, sku: str, quantity: int) -> tuple[str, int]:
    """(SKU, units) of what a buyer there puts into the cart to have so many of an article of ours."""
    for channel, name, ours, units in CALLED:
        if (channel, ours) == (kind, sku) and quantity % units == 0:
            return name, quantity // units
    return sku, quantity
