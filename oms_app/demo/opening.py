"""Opening the demo shop: channels, warehouses, articles and how they are kept; what is there already stays."""

from datetime import datetime

from sqlalchemy import Connection

from oms_app.db.queries import catalogue as rows
from oms_app.db.queries import products
from oms_app.demo import shop
from oms_app.demo.catalogue import ARTICLES, FAMILIES, GIFT_BOXES, PARTS
from oms_app.domain.errors import Refused
from oms_app.domain.lots import Terms
from oms_app.domain.money import MICROS
from oms_app.services import bins, catalogue, kits, lots, sku_map

UNSOLD_DAYS = 7
"""Before it expires, a lot is not sold any more."""

_RACKS, _LEVELS = 5, 4


def open_shop(tx: Connection, at: datetime) -> None:
    """Add what is missing. Raises Refused where a real channel has a demo name."""
    there = {row.name: row for row in rows.channels(tx)}
    for channel in shop.CHANNELS:
        if channel.name not in there:
            catalogue.add_channel(
                shop.SHOP, name=channel.name, title=channel.title, kind=channel.kind, currency="INR", demo=True, at=at
            )
        elif not there[channel.name].demo:
            raise Refused(f"The channel {channel.name} is a real one. Generate into another database.")
    known = {row.code for row in rows.locations(tx)}
    for place in shop.WAREHOUSES:
        if place.code not in known:
            where = {"city": place.city, "state": place.state, "postal_code": place.postal_code}
            catalogue.add_location(shop.SHOP, code=place.code, name=place.name, demo=True, at=at, **where)
    range_ = (*ARTICLES, *GIFT_BOXES)
    missing = {each.sku for each in range_} - rows.products_by_sku(tx, [each.sku for each in range_]).keys()
    for article in range_:
        if article.sku in missing:
            catalogue.add_product(
                shop.SHOP,
                sku=article.sku,
                name=article.name,
                price_micros=article.price * MICROS,
                currency="INR",
                hsn=article.hsn,
                gst_rate=article.gst,
                barcode=article.barcode,
                weight_g=article.weight_g,
                demo=True,
                at=at,
            )
    if missing:
        _gather_families(tx, at)
        _pack_and_shelve()


def switch_lots_on() -> None:
    """What expires is kept by lot."""
    for article in ARTICLES:
        if article.shelf_life:
            lots.set_terms(shop.SHOP, article.sku, Terms(tracked=True, unsold_days=UNSOLD_DAYS))


def _gather_families(tx: Connection, at: datetime) -> None:
    ids = {sku: row.id for sku, row in rows.products_by_sku(tx, [each.sku for each in ARTICLES]).items()}
    for family in FAMILIES.values():
        options = [[family.option, list(family.choices.values())]]
        family_id = products.put_family(tx, family.code, at, name=family.name, options=options)
        for sku, choice in family.choices.items():
            products.put_detail(tx, ids[sku], family_id=family_id, choices={family.option: choice})


def _pack_and_shelve() -> None:
    """What gift boxes are made of, what channels call some articles, and where most lie in the main warehouse."""
    for sku, parts in PARTS.items():
        kits.set_parts(shop.SHOP, sku, parts)
    for channel, name, sku, units in shop.CALLED:
        sku_map.put(shop.SHOP, channel=channel, channel_sku=name, sku=sku, quantity=units)
    for place, article in enumerate(ARTICLES):
        if place % 9 < 8:  # the others were never given a place
            rack, level = divmod(place, _LEVELS)
            code = f"{'ABCDEF'[rack // _RACKS]}-{rack % _RACKS + 1:02d}-{level + 1}"
            bins.put(shop.SHOP, article.sku, shop.WAREHOUSES[0].code, code)
