"""Takes up products of ours in a Vendure shop: a disabled product with one variant, its stock counted."""

import hashlib
import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from oms_app.domain import money
from oms_app.domain.channels import Article, Listing
from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.vendure.client import Client
from oms_app.integrations.channels.vendure.read import price_micros, to_price


def push(client: Client, listing: Listing, location: Callable[[Iterable[dict[str, str]]], str]) -> Article:
    """The variant under our SKU, made where there is none; `location` picks the one where it is counted.

    It takes two calls. A product whose variant is missing is found by its slug, which stands for the SKU alone.
    """
    slug = slug_of(listing.sku)
    shop = client.ask("to_list", sku=listing.sku, slug=slug)
    if found := _of_sku(shop, listing.sku):
        return article(found[0], shop)
    _fits(client, listing, shop)
    here, named = location(shop["stockLocations"]["items"]), {"languageCode": shop["language"]["defaultLanguageCode"]}
    product = shop["product"]
    if product is None:
        about = named | {"name": listing.title, "slug": slug, "description": _as_html(listing.description)}
        product = client.tell("create_product", input={"enabled": False, "translations": [about]})
    elif product["variants"]:
        skus = ", ".join(each["sku"] for each in product["variants"])
        raise Rejected(f"This product is in Vendure already, as {skus}: give it the SKU {listing.sku} there.")
    variant = {
        "productId": product["id"],
        "sku": listing.sku,
        "translations": [named | {"name": listing.title}],
        "price": to_price(listing.price_micros, shop),
        "trackInventory": "TRUE",
        "stockLevels": [{"stockLocationId": here, "stockOnHand": 0}],
    }
    [made] = client.tell("create_variants", input=[variant])["items"]
    return article(made, shop)


def article(variant: Mapping[str, Any], shop: dict[str, Any]) -> Article:
    """A variant as ours."""
    price = "priceWithTax" if shop["activeChannel"]["pricesIncludeTax"] else "price"
    return Article(
        external_id=variant["id"],
        sku=variant["sku"],
        title=variant["name"],
        price_micros=price_micros(variant[price], shop),
        available=sum(level["stockOnHand"] - level["stockAllocated"] for level in variant["stockLevels"]),
    )


def slug_of(sku: str) -> str:
    """Where the product stands in the shop. Vendure takes few signs in it: the sum keeps A/1 and A-1 apart."""
    readable = re.sub("[^a-z0-9]+", "-", sku.lower()).strip("-")
    return f"{readable}-{hashlib.sha256(sku.encode()).hexdigest()[:8]}".lstrip("-")


def _fits(client: Client, listing: Listing, shop: dict[str, Any]) -> None:
    """Raises Rejected where the shop would take the product for something else."""
    channel = shop["activeChannel"]
    if channel["defaultCurrencyCode"] != listing.currency:
        raise Rejected(f"Vendure's prices are in {channel['defaultCurrencyCode']}, this one is in {listing.currency}.")
    if channel["pricesIncludeTax"] != listing.tax_included:
        theirs, ours = ("with", "without") if channel["pricesIncludeTax"] else ("without", "with")
        raise Rejected(f"Vendure keeps prices {theirs} their tax, this one is {ours}.")
    if price_micros(to_price(listing.price_micros, shop), shop) != listing.price_micros:
        shown = money.show_micros(listing.price_micros, listing.currency)
        raise Rejected(f"Vendure has no price as fine as {shown}: it would round it.")
    if _sold_elsewhere(client, listing.sku):
        raise Rejected("Vendure sells this SKU in another of its channels: assign the product to this one there.")


def _sold_elsewhere(client: Client, sku: str) -> bool:
    """Whether another channel has it, as far as the administrator may see: two of one SKU cannot be told apart."""
    try:
        return bool(_of_sku(client.everywhere().ask("sold_elsewhere", sku=sku), sku))
    except Rejected as refusal:
        if refusal.details.get("code") == "FORBIDDEN":
            return False
        raise


def _of_sku(shop: Mapping[str, Any], sku: str) -> list[dict[str, Any]]:
    """Databases differ in whether they tell capitals apart; SKUs do."""
    return [each for each in shop["productVariants"]["items"] if each["sku"] == sku]


def _as_html(text: str) -> str:
    """Paragraphs of plain text as Vendure keeps a description."""
    return "".join(f"<p>{html.escape(each, quote=False)}</p>" for each in text.splitlines() if each.strip())
