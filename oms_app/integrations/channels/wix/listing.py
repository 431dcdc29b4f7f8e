"""Products of ours in Wix's words: pure, for either version of its catalogue."""

import hashlib
import html
import re
from collections.abc import Mapping
from typing import Any

from oms_app.domain import money
from oms_app.domain.channels import Listing


def third(listing: Listing, *, counted: bool) -> dict[str, Any]:
    """A hidden product with one variant. Not `counted`, it is begun at a location with its first level."""
    variant = {
        "sku": listing.sku,
        **({"barcode": listing.barcode} if listing.barcode else {}),
        "price": {"actualPrice": {"amount": _price(listing)}},
        "physicalProperties": _weight(listing),
        **({"inventoryItem": {"quantity": 0}} if counted else {}),
    }
    return {
        "name": listing.title,
        "slug": slug_of(listing.sku),
        "visible": False,
        "productType": "PHYSICAL",
        "physicalProperties": {},
        **({"plainDescription": _as_html(listing.description)} if listing.description else {}),
        "variantsInfo": {"variants": [variant]},
    }


def first(listing: Listing) -> dict[str, Any]:
    """A hidden product without options. Wix V1 knows no barcodes, and counts it by a call of its own."""
    return {
        "name": listing.title,
        "visible": False,
        "productType": "physical",
        **({"description": _as_html(listing.description)} if listing.description else {}),
        "sku": listing.sku,
        **_weight(listing),
        "priceData": {"price": float(_price(listing))},
        "manageVariants": False,
    }


def variants(product: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The variants of a product (V3) as a search tells them."""
    about = {"productId": product["id"], "name": product.get("name")}
    return [each | {"productData": about} for each in (product.get("variantsInfo") or {}).get("variants") or []]


def slug_of(sku: str) -> str:
    """Where the product stands on the site: searches lag behind, this does not. The sum keeps A/1 and A-1 apart."""
    readable = re.sub("[^a-z0-9]+", "-", sku.lower()).strip("-")
    return f"{readable}-{hashlib.sha256(sku.encode()).hexdigest()[:8]}".lstrip("-")


def _price(listing: Listing) -> str:
    return money.micros_to_major(listing.price_micros, listing.currency)


def _weight(listing: Listing) -> dict[str, Any]:
    """In kilograms: Wix takes it in the unit of the site."""
    return {"weight": listing.weight_g / 1000} if listing.weight_g else {}


def _as_html(text: str) -> str:
    return "".join(f"<p>{html.escape(each, quote=False)}</p>" for each in text.splitlines() if each.strip())
