"""What a WooCommerce shop sells, and what of ours is taken up there."""

import html
import re
from decimal import Decimal
from functools import cached_property
from typing import Any

from oms_app.domain import money
from oms_app.domain.channels import Article, Listing
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.integrations.channels.woocommerce.client import AT_ONCE, Client
from oms_app.integrations.channels.woocommerce.stock import by_sku

_GRAMS = {"g": "1", "kg": "1000", "oz": "28.349523125", "lbs": "453.59237"}
_UNDER_WAY = "woocommerce_rest_product_not_created"
_CLEANED = re.compile(r"<|%[0-9a-fA-F]{2}|\s\s|[\t\r\n]|^\s|\s$")
"""What WordPress takes out of a text field."""
_FINEST = Decimal("0.0001")


class Products:
    """Products of one shop, `currency` its own."""

    def __init__(self, client: Client, currency: str):
        self._client, self._currency = client, currency

    def page(self, page: str = "") -> tuple[tuple[Article, ...], str]:
        """A page of the products, drafts too, each with all of its variations."""
        number, last = (int(part) for part in (page or "1:0").split(":"))
        found, _ = self._client.listed(
            "products", page=number, per_page=AT_ONCE, orderby="id", order="asc", status="any"
        )
        if found and found[0]["id"] <= last:
            raise Rejected("WooCommerce answers the same page of articles again and again.")
        sold: list[Article] = []
        for product in found:
            sold += [_article(product)] if product["type"] != "variable" else self._variations(product)
        return tuple(sold), f"{number + 1}:{found[-1]['id']}" if len(found) == AT_ONCE else ""

    def _variations(self, product: dict[str, Any]) -> list[Article]:
        found: list[dict[str, Any]] = []
        while len(found) % AT_ONCE == 0:
            number = len(found) // AT_ONCE + 1
            some, _ = self._client.listed(
                f"products/{product['id']}/variations", page=number, per_page=AT_ONCE, orderby="id", order="asc"
            )
            if not some:
                break
            found += some
        return [_article(each, product["name"]) for each in found]

    def push(self, listing: Listing) -> Article:
        """Make a draft of it, unless its SKU is there."""
        if known := self._known(listing.sku):
            return known
        draft = self._draft(listing)
        try:
            return _article(self._client.post("products", draft))
        except Rejected as refusal:  # an SKU is there once: somebody may have been faster
            if known := self._known(listing.sku):
                return known
            if refusal.details.get("code") == _UNDER_WAY:
                said = "WooCommerce has this SKU and shows no article: it is being made there, or lies in the trash."
                raise Unavailable(said, details={"sent": False}) from refusal
            raise

    def _known(self, sku: str) -> Article | None:
        found = by_sku(self._client, [sku]).get(sku, [])
        if not found:
            return None
        item = found[0]
        if item["type"] == "variable":
            raise Rejected(
                f"In WooCommerce {sku} is a product with variations, which are sold under SKUs of their own."
            )
        if item["type"] != "variation":
            return _article(item)
        return _article(item, self._client.get(f"products/{item['parent_id']}")["name"])

    def _draft(self, listing: Listing) -> dict[str, Any]:
        if _CLEANED.search(listing.sku):
            raise Rejected(
                f"WooCommerce would change the SKU “{listing.sku}”: it keeps no “<”, no %20, no second space."
            )
        if listing.currency != self._currency:
            raise Rejected(f"The shop keeps its money in {self._currency}, this price is in {listing.currency}.")
        if listing.tax_included != self._tax_included:
            there, here = ("with", "without") if self._tax_included else ("without", "with")
            raise Rejected(
                f"Prices in WooCommerce are entered {there} tax, this one is {here}: give it a price {there} tax."
            )
        draft = {
            "type": "simple",
            "status": "draft",
            "name": _words(listing.title),
            "sku": listing.sku,
            "regular_price": money.micros_to_major(listing.price_micros, listing.currency),
            "description": _words(listing.description),
            "tax_status": "taxable",
            "manage_stock": True,
            "stock_quantity": 0,
        }
        if listing.weight_g:
            draft["weight"] = f"{(listing.weight_g / self._grams).quantize(_FINEST).normalize():f}"
        if listing.barcode.isascii() and listing.barcode.isdecimal():  # WooCommerce would leave all else out of it
            draft["global_unique_id"] = listing.barcode
        return draft

    @cached_property
    def _tax_included(self) -> bool:
        """Whether what is entered is what the buyer pays; so it is too where no tax is worked out."""
        if self._setting("general/woocommerce_calc_taxes") != "yes":
            return True
        return self._setting("tax/woocommerce_prices_include_tax") == "yes"

    @cached_property
    def _grams(self) -> Decimal:
        unit = self._setting("products/woocommerce_weight_unit")
        if unit not in _GRAMS:
            raise Rejected(f"The shop in WooCommerce weighs in “{unit}”: choose kg, g, lbs or oz there.")
        return Decimal(_GRAMS[unit])

    def _setting(self, name: str) -> str:
        return str(self._client.get(f"settings/{name}")["value"])


def _words(text: str) -> str:
    """Plain text as WordPress keeps it: it reads markup, and drops backslashes."""
    return html.escape(text, quote=False).replace("\\", "&#92;")


def _article(item: dict[str, Any], of: str = "") -> Article:
    """A product, or a variation `of` one, named by its attributes."""
    attributes = ", ".join(each["option"] for each in item["attributes"] if each.get("option"))
    return Article(
        external_id=str(item["id"]),
        sku=(item["sku"] or "").strip(),
        title=html.unescape(", ".join(filter(None, (of, attributes))) if of else item["name"]),
        price_micros=money.to_micros(item["price"]) if item["price"] else None,
        barcode=item.get("global_unique_id") or "",
        available=item["stock_quantity"] if item["manage_stock"] is True else None,
    )
