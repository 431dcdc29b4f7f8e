"""What a site sells and how many of it, in the two versions of Wix's catalogue: a site has one of them for good."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from oms_app.domain import money
from oms_app.domain.channels import Article, Listing
from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.wix import listing
from oms_app.integrations.channels.wix.client import Client
from oms_app.integrations.channels.wix.orders import after

_AT_ONCE = 100
_IDENTITY = re.compile(r"([0-9a-f-]{36})/([0-9a-f-]{36})")
_ONLY = "00000000-0000-0000-0000-000000000000"
"""The one variant of a product (V1) without options."""
_NOT_COUNTED = "Wix does not count this article: switch on “Track inventory” there."


@dataclass(frozen=True, slots=True)
class Kept:
    """A variant as Wix keeps it. `problem`: why its level cannot be told. Without a SKU its ids stand for one.

    item, revision  of its inventory item, where the catalogue has such; none yet: it is begun with the first level
    """

    sku: str
    product: str
    variant: str
    quantity: int | None
    item: str = ""
    revision: str = ""
    problem: str = ""


class Catalogue(Protocol):
    """One version of the catalogue."""

    def page(self, page: str) -> tuple[tuple[Article, ...], str]:
        """Articles, and the token of the page that follows."""

    def kept(self, skus: Sequence[str]) -> list[Kept]:
        """What there is of these SKUs."""

    def set(self, levels: Sequence[tuple[Kept, int]]) -> dict[str, str]:
        """Say how many there are; why not, by SKU, where Wix did not take it."""

    def offer(self, wanted: Listing) -> Article:
        """The article under its SKU; where there is none, a hidden product is made."""


def of(client: Client, location: str) -> Catalogue:
    """The catalogue of the site. Raises Rejected where the site has no store."""
    version = client.get("/stores/v3/provision/version").get("catalogVersion")
    if version == "V3_CATALOG":
        return Third(client, location)
    if version == "V1_CATALOG":
        return First(client)
    raise Rejected("The site has no Wix Store: add it to the site first.")


class Third:
    """Catalogue V3: an inventory item for each variant and location, changed by its revision."""

    def __init__(self, client: Client, location: str):
        self._client, self._location = client, location

    def page(self, page: str) -> tuple[tuple[Article, ...], str]:
        """Variants with their prices, and the units of their inventory items."""
        variants, following = self._variants({}, page)
        items = self._items(each["productData"]["productId"] for each in variants)
        return tuple(self._article(each, items.get(_key(each), [])) for each in variants), following

    def kept(self, skus: Sequence[str]) -> list[Kept]:
        """Variants of these SKUs with their inventory items."""
        named, products = _apart(skus)
        variants = self._all({"sku": {"$in": named}}) if named else []
        variants += self._all({"productData.productId": {"$in": products}}) if products else []
        items = self._items(each["productData"]["productId"] for each in variants)
        return [self._kept(each, items.get(_key(each), [])) for each in variants]

    def set(self, levels: Sequence[tuple[Kept, int]]) -> dict[str, str]:
        """Change inventory items by their revisions, begin those that are missing; each answers for itself."""
        there = [(kept, count) for kept, count in levels if kept.item]
        missing = [(kept, count) for kept, count in levels if not kept.item]
        problems: dict[str, str] = {}
        if there:
            changes = [
                {"inventoryItem": {"id": kept.item, "revision": kept.revision, "quantity": count}}
                for kept, count in there
            ]
            said = self._client.post("/stores/v3/bulk/inventory-items/update", inventoryItems=changes, reason="MANUAL")
            problems |= _refused(said, there)
        if missing:
            begun = [
                {"productId": kept.product, "variantId": kept.variant}
                | ({"locationId": self._location} if self._location else {})
                | {"quantity": count}
                for kept, count in missing
            ]
            said = self._client.post("/stores/v3/bulk/inventory-items/create", inventoryItems=begun)
            problems |= _refused(said, missing)
        return problems

    def offer(self, wanted: Listing) -> Article:
        """The variant under its SKU; of a product that the search does not know of yet, by its place on the site."""
        if there := self._all({"sku": {"$in": [wanted.sku]}}):
            items = self._items([there[0]["productData"]["productId"]])
            return self._article(there[0], items.get(_key(there[0]), []))
        counted = not self._location
        product = self._at(listing.slug_of(wanted.sku))
        if product is None:
            said = listing.third(wanted, counted=counted)
            product = self._client.post("/stores/v3/products-with-inventory", product=said)["product"]
        [variant, *others] = listing.variants(product)
        if others or variant.get("sku") != wanted.sku:
            raise Rejected(f"This product is in Wix under another SKU: give it {wanted.sku} there.")
        return self._article(variant, [{"quantity": 0}] if counted else [])

    def _at(self, slug: str) -> dict[str, Any] | None:
        try:
            product: dict[str, Any] = self._client.get("/stores/v3/products/slug/{slug}", slug=slug)["product"]
        except Rejected as refusal:
            if refusal.details.get("status") == 404:
                return None
            raise
        return product

    def _article(self, variant: dict[str, Any], items: Sequence[dict[str, Any]]) -> Article:
        counts = [item["quantity"] for item in items if item.get("quantity") is not None]
        price = ((variant.get("price") or {}).get("actualPrice") or {}).get("amount")
        return Article(
            external_id="/".join(_key(variant)),
            sku=_sku(variant, *_key(variant)),
            title=", ".join(filter(None, (variant["productData"].get("name"), *_choices(variant)))),
            price_micros=money.to_micros(price) if price else None,
            barcode=variant.get("barcode") or "",
            available=sum(counts) if counts else None,
        )

    def _all(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        found, cursor = self._variants(wanted, "")
        while cursor:
            more, following = self._variants({}, cursor)
            found += more
            cursor = following if following != cursor else ""
        return found

    def _variants(self, wanted: dict[str, Any], cursor: str) -> tuple[list[dict[str, Any]], str]:
        paging: dict[str, Any] = {"limit": _AT_ONCE}
        search = {"cursorPaging": paging | {"cursor": cursor}} if cursor else {"filter": wanted, "cursorPaging": paging}
        said = self._client.post("/stores/v3/products/search-variants", search=search)
        return said.get("variants") or [], after(said.get("pagingMetadata"))

    def _items(self, products: Iterable[str]) -> dict[tuple[str, str], list[dict[str, Any]]]:
        """Inventory items by product and variant."""
        wanted: dict[str, Any] = {"productId": {"$in": sorted(set(products))}}
        if self._location:
            wanted["locationId"] = self._location
        paging: dict[str, Any] = {"limit": _AT_ONCE}
        search: dict[str, Any] = {"filter": wanted, "cursorPaging": paging}
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        while wanted["productId"]["$in"]:
            said = self._client.get("/stores/v3/inventory-items/search", search=search)
            for each in said.get("inventoryItems") or []:
                found.setdefault((each["productId"], each["variantId"]), []).append(each)
            cursor = after(said.get("pagingMetadata"))
            if not cursor or search["cursorPaging"].get("cursor") == cursor:
                break
            search = {"cursorPaging": paging | {"cursor": cursor}}
        return found

    def _kept(self, variant: dict[str, Any], items: list[dict[str, Any]]) -> Kept:
        product, number = _key(variant)
        sku = _sku(variant, product, number)
        if not items:
            return Kept(sku, product, number, None)
        item, problem = items[0], ""
        if len(items) > 1:
            problem = "Wix keeps this article at several locations: name one of them in the channel's settings."
        elif not item.get("trackQuantity"):
            problem = _NOT_COUNTED
        return Kept(sku, product, number, item.get("quantity"), item["id"], str(item["revision"]), problem)


class First:
    """Catalogue V1: a product's inventory is changed for some of its variants at once."""

    def __init__(self, client: Client):
        self._client = client

    def page(self, page: str) -> tuple[tuple[Article, ...], str]:
        """Variants of every product; Wix tells no price with them."""
        found = self._variants({}, int(page or 0))
        following = str(int(page or 0) + len(found)) if len(found) == _AT_ONCE else ""
        return tuple(self._article(each) for each in found), following

    def kept(self, skus: Sequence[str]) -> list[Kept]:
        """Variants of these SKUs."""
        found = self._of_skus(skus)
        return [
            Kept(
                _sku(each, each["productId"], each["variantId"]),
                each["productId"],
                each["variantId"],
                each["stock"].get("quantity"),
                problem="" if each["stock"].get("trackQuantity") else _NOT_COUNTED,
            )
            for each in found
        ]

    def set(self, levels: Sequence[tuple[Kept, int]]) -> dict[str, str]:
        """Change one product after the other. What is not said to be counted Wix stops counting: it is said."""
        by_product: dict[str, list[tuple[Kept, int]]] = {}
        for kept, count in levels:
            by_product.setdefault(kept.product, []).append((kept, count))
        problems: dict[str, str] = {}
        for product, changes in by_product.items():
            try:
                self._count(product, [{"variantId": kept.variant, "quantity": count} for kept, count in changes])
            except Rejected as refusal:
                problems |= {kept.sku: refusal.message for kept, _ in changes}
        return problems

    def offer(self, wanted: Listing) -> Article:
        """The variant under its SKU. It takes two calls: one that we made and that is not counted yet is counted."""
        there = [each for each in self._of_skus([wanted.sku]) if each.get("sku") == wanted.sku]
        if there and (there[0]["stock"].get("trackQuantity") or not self._half_made(there[0], wanted)):
            return self._article(there[0])
        if there:
            product = there[0]["productId"]
        else:
            product = self._client.post("/stores/v1/products", product=listing.first(wanted))["product"]["id"]
        self._count(product, [{"variantId": _ONLY, "quantity": 0}])
        made = {"productId": product, "variantId": _ONLY, "productName": wanted.title, "sku": wanted.sku}
        return self._article(made | {"stock": {"quantity": 0}})

    def _half_made(self, variant: dict[str, Any], wanted: Listing) -> bool:
        """Whether it is what we began and nobody has shown yet."""
        product = self._client.get("/stores-reader/v1/products/{id}", id=variant["productId"])["product"]
        return variant["variantId"] == _ONLY and not product.get("visible") and product.get("name") == wanted.title

    def _count(self, product: str, variants: Sequence[dict[str, Any]]) -> None:
        said = {"trackQuantity": True, "variants": variants, "productId": product}
        self._client.patch("/stores/v2/inventoryItems/product/{}", product, inventoryItem=said)

    def _article(self, variant: dict[str, Any]) -> Article:
        return Article(
            external_id=f"{variant['productId']}/{variant['variantId']}",
            sku=_sku(variant, variant["productId"], variant["variantId"]),
            title=", ".join(filter(None, (variant.get("productName"), *(variant.get("choices") or {}).values()))),
            available=(variant.get("stock") or {}).get("quantity"),
        )

    def _of_skus(self, skus: Sequence[str]) -> list[dict[str, Any]]:
        """Variants of these SKUs; where Wix does not search for them, all variants are looked through."""
        named, products = _apart(skus)
        try:
            found = self._all({"sku": {"$hasSome": named}}) if named else []
            found += self._all({"productId": {"$hasSome": products}}) if products else []
        except Rejected as refusal:
            if refusal.details.get("status") != 400:
                raise
            found = self._all({})
        return found

    def _all(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            more = self._variants(wanted, len(found))
            found += more
            if len(more) < _AT_ONCE:
                return found

    def _variants(self, wanted: dict[str, Any], offset: int) -> list[dict[str, Any]]:
        query: dict[str, Any] = {"filter": wanted} if wanted else {}
        query["paging"] = {"limit": _AT_ONCE, "offset": offset}
        found: list[dict[str, Any]] = (
            self._client.post("/stores-reader/v1/variants/query", query=query).get("variants") or []
        )
        return found


def _key(variant: dict[str, Any]) -> tuple[str, str]:
    return variant["productData"]["productId"], variant.get("variantId") or variant["id"]


def _sku(variant: dict[str, Any], product: str, number: str) -> str:
    """Its SKU; sellers need not give one: then its ids, as `read.py` has them of a line."""
    return (variant.get("sku") or "").strip() or f"{product}/{number}"


def _apart(skus: Sequence[str]) -> tuple[list[str], list[str]]:
    """SKUs that sellers gave, and the products of those that stand for ids."""
    found = {sku: _IDENTITY.fullmatch(sku) for sku in skus}
    products = {match[1] for match in found.values() if match}
    return [sku for sku, match in found.items() if not match], sorted(products)


def _choices(variant: dict[str, Any]) -> list[str]:
    names = [
        (each.get("optionChoiceNames") or {}).get("choiceName") or "" for each in variant.get("optionChoices") or []
    ]
    return [name for name in names if name]


def _refused(said: dict[str, Any], levels: Sequence[tuple[Kept, int]]) -> dict[str, str]:
    """Why not, by SKU; of a level that was not answered for at all, that."""
    answers = {
        place: each["itemMetadata"] for place, each in enumerate(said.get("results") or []) if each.get("itemMetadata")
    }
    by_place = {int(each.get("originalIndex", place)): each for place, each in answers.items()}
    problems: dict[str, str] = {}
    for place, (kept, _) in enumerate(levels):
        answer = by_place.get(place)
        if answer is None or not answer.get("success"):
            error = (answer or {}).get("error") or {}
            problems[kept.sku] = error.get("description") or error.get("code") or "Wix did not take this level."
    return problems
