"""The sandbox's catalogue, as V3 and as V1 show and change it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from oms_app.domain import money
from oms_app.integrations.sandbox.shop import Article, Refusal, Shop
from oms_app.integrations.sandbox.wix.acts import Missing
from oms_app.integrations.sandbox.wix.views import guid

LOCATION = guid("other", 1)
_ZERO = "00000000-0000-0000-0000-000000000000"
"""The one variant of a product that has no options."""


class Shelves:
    """Articles of the shop. Each is a product with one variant; `revisions` count its changes by SKU."""

    def __init__(self, shop: Shop):
        self.shop = shop
        self.revisions: dict[str, int] = {}
        self.nowhere: set[str] = set()
        """SKUs that no location keeps yet."""
        self.unnamed: set[str] = set()
        """SKUs that the seller did not give."""
        self.hidden: set[str] = set()
        """SKUs whose products visitors do not see."""
        self.slugs: dict[str, str] = {}
        """SKUs by the place of their products on the site, of those that were made by a call."""

    def variants(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """searchVariants (V3)"""
        found, metadata = _page(said["search"], list(self.shop.articles.values()), self._matches)
        return {"variants": [self._variant(each) for each in found], "pagingMetadata": metadata}

    def items(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """searchInventoryItems (V3)"""
        kept = [each for each in self.shop.articles.values() if each.sku not in self.nowhere]
        found, metadata = _page(said["search"], kept, self._matches)
        return {"inventoryItems": [self._item(each) for each in found], "pagingMetadata": metadata}

    def change(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """bulkUpdateInventoryItems (V3): each by its revision, each answered for"""
        by_id = {guid("stock", each.number): each for each in self.shop.articles.values()}
        results = []
        for place, each in enumerate(said["inventoryItems"]):
            wanted = each["inventoryItem"]
            article, error = by_id.get(wanted["id"]), None
            if article is None:
                error = {"code": "INVENTORY_ITEM_NOT_FOUND", "description": "Inventory item not found."}
            elif wanted.get("revision") != self._revision(article):
                error = {"code": "INVALID_REVISION", "description": "The inventory item was changed meanwhile."}
            elif not -99_999 <= wanted["quantity"] <= 99_999:
                error = {"code": "INVALID_QUANTITY", "description": "quantity must be at most 99999."}
            else:
                self._set(article, wanted["quantity"])
            results.append(_result(wanted["id"], place, error))
        return _bulk(results)

    def begin(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """bulkCreateInventoryItems (V3)"""
        by_product = {guid("product", each.number): each for each in self.shop.articles.values()}
        results = []
        for place, each in enumerate(said["inventoryItems"]):
            article, error = by_product.get(each["productId"]), None
            if article is None or article.sku not in self.nowhere:
                error = {"code": "ALREADY_EXISTS", "description": "The inventory item exists already."}
            else:
                self.nowhere.discard(article.sku)
                self._set(article, each["quantity"])
            results.append(_result(guid("stock", article.number) if article else "", place, error))
        return _bulk(results)

    def create(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """createProductWithInventory (V3)"""
        product = said["product"]
        (variant,) = product["variantsInfo"]["variants"]
        if product["productType"] != "PHYSICAL" or product["slug"] in self.slugs:
            raise Refusal("The product is not valid: its type, or its slug is taken.")
        item = variant.get("inventoryItem")
        article = self._offer(
            product,
            variant["sku"],
            variant["price"]["actualPrice"]["amount"],
            barcode=variant.get("barcode") or "",
            stock=(item or {}).get("quantity", 0),
        )
        self.slugs[product["slug"]] = article.sku
        if item is None:
            self.nowhere.add(article.sku)
        return {"product": self._product(product["slug"], article)}

    def by_slug(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """getProductBySlug (V3)"""
        slug = said["slug"]
        article = self.shop.articles.get(self.slugs.get(slug, ""))
        if article is None:
            raise Missing("Product not found.")
        return {"product": self._product(slug, article)}

    def create_first(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """createProduct (V1): its stock is not counted before somebody says so"""
        product = said["product"]
        if product["productType"] != "physical":
            raise Refusal("Only physical products can be created.")
        article = self._offer(product, product["sku"], product["priceData"]["price"], tracked=False)
        return {"product": self._product_first(article)}

    def product_first(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """getProduct (V1)"""
        by_product = {guid("product", each.number): each for each in self.shop.articles.values()}
        if said["id"] not in by_product:
            raise Missing("Product not found.")
        return {"product": self._product_first(by_product[said["id"]])}

    def variants_first(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """queryStoreVariants (V1)"""
        query = said.get("query") or {}
        wanted = {name: {"$in": value["$hasSome"]} for name, value in (query.get("filter") or {}).items()}
        found = [each for each in self.shop.articles.values() if self._matches(each, wanted)]
        paging = query.get("paging") or {}
        offset, limit = int(paging.get("offset") or 0), min(int(paging.get("limit") or 100), 100)
        return {
            "variants": [
                {
                    "id": f"{guid('product', each.number)}-{_ZERO}",
                    "variantId": _ZERO,
                    "productId": guid("product", each.number),
                    "productName": each.title,
                    "managedVariant": False,
                    "sku": self._sku(each),
                    "stock": {"trackQuantity": each.tracked, "quantity": each.stock, "inStock": each.stock > 0},
                    "choices": {},
                }
                for each in found[offset : offset + limit]
            ],
            "metadata": {"count": limit, "offset": offset, "total": len(found)},
        }

    def change_first(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """updateInventoryVariants (V1): whoever does not say that the product is counted stops its being counted"""
        wanted = said["inventoryItem"]
        by_product = {guid("product", each.number): each for each in self.shop.articles.values()}
        article = by_product.get(wanted["productId"])
        if article is None:
            raise Refusal("Product not found.")
        article.tracked = bool(wanted.get("trackQuantity"))
        for each in wanted.get("variants") or []:
            if each["variantId"] != _ZERO:
                raise Refusal("Variant not found.")
            self._set(article, each["quantity"])
        return {}

    def _variant(self, article: Article) -> dict[str, Any]:
        amount = money.to_major(article.price, self.shop.currency)
        return {
            "id": guid("variant", article.number),
            "variantId": guid("variant", article.number),
            "visible": True,
            "sku": self._sku(article),
            **({"barcode": article.barcode} if article.barcode else {}),
            "optionChoices": [],
            "price": {"actualPrice": {"amount": amount}},
            "inventoryStatus": {"inStock": article.stock > 0, "preorderEnabled": False},
            "productData": {
                "productId": guid("product", article.number),
                "name": article.title,
                "productType": "PHYSICAL",
                "visible": article.sku not in self.hidden,
            },
        }

    def _product(self, slug: str, article: Article) -> dict[str, Any]:
        variant = self._variant(article)
        shown = {name: variant[name] for name in ("id", "visible", "sku", "barcode", "price") if name in variant}
        return {
            "id": guid("product", article.number),
            "revision": "1",
            "name": article.title,
            "slug": slug,
            "visible": article.sku not in self.hidden,
            "productType": "PHYSICAL",
            "variantsInfo": {"variants": [shown | {"choices": []}]},
        }

    def _product_first(self, article: Article) -> dict[str, Any]:
        return {
            "id": guid("product", article.number),
            "name": article.title,
            "visible": article.sku not in self.hidden,
            "productType": "physical",
            "sku": self._sku(article),
            "manageVariants": False,
            "priceData": {"price": float(money.to_major(article.price, self.shop.currency))},
            "stock": {"trackInventory": article.tracked},
        }

    def _offer(self, product: Mapping[str, Any], sku: str, price: Any, **more: Any) -> Article:
        """A new article. Raises Refusal for what is too long for Wix."""
        if not 0 < len(product["name"]) <= 80 or not 0 < len(sku) <= 40 or sku in self.shop.articles:
            raise Refusal("The product is not valid: name or SKU is too long, or there already.")
        amount = money.to_minor(str(price), self.shop.currency)
        article = self.shop.offer(sku, product["name"], amount, **more)
        if product.get("visible") is False:
            self.hidden.add(sku)
        return article

    def _item(self, article: Article) -> dict[str, Any]:
        return {
            "id": guid("stock", article.number),
            "revision": self._revision(article),
            "variantId": guid("variant", article.number),
            "productId": guid("product", article.number),
            "locationId": LOCATION,
            "trackQuantity": article.tracked,
            **({"quantity": article.stock} if article.tracked else {"inStock": True}),
            "availabilityStatus": "IN_STOCK" if article.stock > 0 else "OUT_OF_STOCK",
            "product": {"name": article.title, "variantSku": article.sku, "variantVisible": True},
        }

    def _matches(self, article: Article, wanted: Mapping[str, Any]) -> bool:
        facts = {
            "sku": self._sku(article),
            "productId": guid("product", article.number),
            "productData.productId": guid("product", article.number),
            "variantId": guid("variant", article.number),
            "locationId": LOCATION,
        }
        for name, value in wanted.items():
            if name not in facts:
                raise Refusal(f"The filter {name} is not supported.")
            if facts[name] not in (value["$in"] if isinstance(value, dict) else [value]):
                return False
        return True

    def _sku(self, article: Article) -> str:
        return "" if article.sku in self.unnamed else article.sku

    def _set(self, article: Article, quantity: int) -> None:
        article.stock = quantity
        self.revisions[article.sku] = self.revisions.get(article.sku, 1) + 1

    def _revision(self, article: Article) -> str:
        return str(self.revisions.get(article.sku, 1))


def cursor(place: Any) -> str:
    """A cursor that stands for a place."""
    return urlsafe_b64encode(json.dumps(place).encode()).decode()


def place(cursor: str) -> Any:
    """The place a cursor stands for. Raises Refusal for one that was never given."""
    try:
        return json.loads(urlsafe_b64decode(cursor))
    except ValueError:
        raise Refusal("The cursor is not valid.") from None


def _page(search: Mapping[str, Any], articles: list[Article], matches: Any) -> tuple[list[Article], dict[str, Any]]:
    """A page of a search, and what is said of it. A cursor holds the filter; both at once are refused."""
    paging = search.get("cursorPaging") or {}
    given, limit = paging.get("cursor"), min(int(paging.get("limit") or 100), 1_000)
    if given and search.get("filter"):
        raise Refusal("cursorPaging.cursor can not be used together with filter.")
    start, wanted = place(given) if given else (0, search.get("filter") or {})
    found = [each for each in articles if matches(each, wanted)]
    end = start + limit
    more = end < len(found)
    cursors = {"next": cursor((end, wanted))} if more else {}
    return found[start:end], {"count": len(found[start:end]), "cursors": cursors, "hasNext": more}


def _result(id: str, index: int, error: dict[str, Any] | None) -> dict[str, Any]:
    told = {"id": id, "originalIndex": index, "success": error is None}
    return {"itemMetadata": told | ({"error": error} if error else {})}


def _bulk(results: list[dict[str, Any]]) -> dict[str, Any]:
    good = sum(each["itemMetadata"]["success"] for each in results)
    return {
        "results": results,
        "bulkActionMetadata": {
            "totalSuccesses": good,
            "totalFailures": len(results) - good,
            "undetailedFailures": 0,
        },
    }
