"""What a Shopify store sells, and what of ours is taken up there."""

import hashlib
import html
import re
from collections.abc import Callable
from typing import Any

from oms_app.domain import money
from oms_app.domain.channels import Article, Listing
from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.shopify.client import Client
from oms_app.integrations.channels.shopify.read import number
from oms_app.integrations.channels.shopify.stock import quoted

_ARTICLES = 100
_ALIKE = 10
"""Variants asked for: Shopify's search takes no case, and some stores sell one SKU several times."""
_ONLY = {"name": "Title", "value": "Default Title"}
"""The option of a product that has none, as Shopify itself calls it."""
_TAKEN = "HANDLE_NOT_UNIQUE"


def page(client: Client, after: str) -> tuple[tuple[Article, ...], str]:
    """Variants of every product, a page."""
    said = client.call("articles", {"first": _ARTICLES, "after": after or None})["productVariants"]
    following = said["pageInfo"]["endCursor"] if said["pageInfo"]["hasNextPage"] else ""
    if following and following == after:
        raise Rejected("Shopify answers the same page of articles again and again.")
    return tuple(_article(each) for each in said["nodes"]), following


def push(client: Client, listing: Listing, currency: str, location: Callable[[], str]) -> Article:
    """Make a draft of it, unless its SKU is there.

    Shopify takes an SKU twice, and its search learns of a product late: its handle, made of the SKU, is what it takes
    once and finds at once.
    """
    known, taxes_included = _sold(client, listing.sku)
    if known:
        return known
    _check(listing, currency, taxes_included)
    try:
        made = client.act("sell", {"input": _draft(listing, location())})["product"]
    except Rejected as refusal:
        if _TAKEN in refusal.details.get("codes", ()) and (known := _sold(client, listing.sku)[0]):
            return known
        raise
    return _article(made["variants"]["nodes"][0])


def handle(sku: str) -> str:
    """The product's address in the store: of the SKU alone, so that it is the same whenever it is made."""
    words = re.sub(r"[^a-z0-9]+", "-", sku.lower()).strip("-")[:200]
    return f"{words}-{hashlib.sha256(sku.encode()).hexdigest()[:8]}".lstrip("-")


def _sold(client: Client, sku: str) -> tuple[Article | None, bool]:
    """What the store sells under an SKU, and whether its prices have the tax in them."""
    asked = {"query": f"sku:{quoted(sku)}", "first": _ALIKE, "identifier": {"handle": handle(sku)}}
    said = client.call("sold", asked)
    product = said["productByIdentifier"] or {"variants": {"nodes": []}}
    found = map(_article, (*said["productVariants"]["nodes"], *product["variants"]["nodes"]))
    return next((each for each in found if each.sku == sku), None), said["shop"]["taxesIncluded"]


def _check(listing: Listing, currency: str, taxes_included: bool) -> None:
    """Raises Rejected where Shopify would take the price for another."""
    if listing.currency != currency:
        raise Rejected(f"The store keeps its money in {currency}, this price is in {listing.currency}.")
    if listing.tax_included != taxes_included:
        there, here = ("with", "without") if taxes_included else ("without", "with")
        raise Rejected(f"Prices in Shopify are {there} tax, this one is {here}: give it a price {there} tax.")
    if listing.price_micros % 10 ** (6 - money.digits(currency)):
        shown = money.show_micros(listing.price_micros, currency)
        raise Rejected(f"Shopify has no price as fine as {shown}: it would round it.")


def _draft(listing: Listing, location: str) -> dict[str, Any]:
    item: dict[str, Any] = {"tracked": True}
    if listing.weight_g:
        item["measurement"] = {"weight": {"unit": "GRAMS", "value": listing.weight_g}}
    variant = {
        "optionValues": [{"optionName": _ONLY["name"], "name": _ONLY["value"]}],
        "sku": listing.sku,
        "price": money.micros_to_major(listing.price_micros, listing.currency),
        "barcode": listing.barcode or None,
        "inventoryItem": item,
        "inventoryQuantities": [{"locationId": location, "name": "available", "quantity": 0}],
    }
    return {
        "title": listing.title,
        "handle": handle(listing.sku),
        "status": "DRAFT",
        "descriptionHtml": "<br>".join(html.escape(listing.description, quote=False).splitlines()),
        "productOptions": [{"name": _ONLY["name"], "values": [{"name": _ONLY["value"]}]}],
        "variants": [variant],
    }


def _article(variant: dict[str, Any]) -> Article:
    return Article(
        external_id=number(variant["id"]),
        sku=(variant["sku"] or "").strip(),
        title=variant["displayName"].removesuffix(f" - {_ONLY['value']}"),
        price_micros=money.to_micros(variant["price"]),
        barcode=variant["barcode"] or "",
        available=variant["inventoryQuantity"],
    )
