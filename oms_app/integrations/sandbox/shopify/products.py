"""What the sandbox's store does with products: one variant each, drafts too, and an address that only one has."""

import html
from collections.abc import Callable
from typing import Any

from oms_app.domain import money
from oms_app.integrations.sandbox.shop import Article, Shop
from oms_app.integrations.sandbox.shopify.graph import connection
from oms_app.integrations.sandbox.shopify.views import LOCATION, Views, gid

_MADE = "products"
"""Where the shop keeps what products were made with beside what an article has, by SKU."""
UNINDEXED = "unindexed"
"""SKUs that the search has not learned of yet."""


class Products:
    """Products of a shop that keeps one article an SKU."""

    def __init__(self, shop: Shop, views: Views):
        self.shop, self.views = shop, views

    def all(self) -> dict[str, Callable[..., dict[str, Any]]]:
        """Mutations by the name of the root field."""
        return {"productSet": self.set}

    @property
    def made(self) -> dict[str, dict[str, Any]]:
        """What was made here."""
        found: dict[str, dict[str, Any]] = self.shop.extra.setdefault(_MADE, {})
        return found

    def variants(self, first: int, skus: set[str], after: str | None = None) -> dict[str, Any]:
        """Every variant, or those that a search for SKUs knows."""
        late = self.shop.extra.get(UNINDEXED, ())
        found = [
            self.views.variant(each)
            for sku, each in self.shop.articles.items()
            if not skus or (sku.casefold() in skus and sku not in late)
        ]
        return dict(connection(found)(first=first, after=after))

    def identified(self, identifier: dict[str, Any]) -> dict[str, Any] | None:
        """productByIdentifier, by its handle."""
        sku = next((sku for sku, each in self.made.items() if each["handle"] == identifier.get("handle")), None)
        return self._product(self.shop.articles[sku]) if sku is not None else None

    def set(self, input: dict[str, Any], **_more: Any) -> dict[str, Any]:
        """productSet: makes a product; the sandbox changes none."""
        if wrong := self._wrong(input):
            code, field, said = wrong
            errors = [{"code": code, "field": ["input", *field], "message": said}]
            return {"product": None, "productSetOperation": None, "userErrors": errors}
        [variant] = input["variants"]
        sku, item = variant.get("sku") or "", variant.get("inventoryItem") or {}
        counted = bool(item.get("tracked"))
        article = self.shop.offer(
            sku,
            input["title"],
            money.to_minor(variant.get("price") or "0", self.shop.currency),
            sum(each["quantity"] for each in variant.get("inventoryQuantities") or ()),
            barcode=variant.get("barcode") or "",
            tracked=counted,
        )
        self.made[sku] = {
            "handle": input["handle"],
            "status": input.get("status", "ACTIVE"),
            "description": html.unescape(input.get("descriptionHtml") or ""),
            "weight": (item.get("measurement") or {}).get("weight"),
        }
        if not variant.get("inventoryQuantities"):
            self.shop.extra.setdefault("nowhere", set()).add(sku)
        return {"product": self._product(article), "productSetOperation": None, "userErrors": []}

    def _wrong(self, given: dict[str, Any]) -> tuple[str, list[str], str] | None:
        """(code, field, sentence) of what Shopify does not take."""
        if not (given.get("title") or "").strip():
            return "INVALID_PRODUCT", ["title"], "Title can't be blank"
        if given["handle"] in (each["handle"] for each in self.made.values()):
            said = f"Handle '{given['handle']}' already in use. Please provide a new handle."
            return "HANDLE_NOT_UNIQUE", ["handle"], said
        if not given.get("productOptions"):
            return "PRODUCT_OPTIONS_INPUT_MISSING", ["productOptions"], "Must specify product options."
        [variant] = given["variants"]
        values = {(option["name"], each["name"]) for option in given["productOptions"] for each in option["values"]}
        if any((each["optionName"], each["name"]) not in values for each in variant["optionValues"]):
            return "OPTION_VALUE_DOES_NOT_EXIST", ["variants", "0", "optionValues"], "Option value does not exist."
        if money.to_minor(variant.get("price") or "0", self.shop.currency) < 0:
            return "INVALID_VARIANT", ["variants", "0", "price"], "Price must be greater than or equal to 0"
        if any(each["locationId"] != LOCATION["id"] for each in variant.get("inventoryQuantities") or ()):
            return "INVALID_VARIANT", ["variants", "0", "inventoryQuantities"], "The location could not be found."
        return None

    def _product(self, article: Article) -> dict[str, Any]:
        return {
            "__typename": "Product",
            "id": gid("Product", article.number),
            "variants": connection([self.views.variant(article)]),
        }
