"""What the sandbox's shop does when it is told something."""

import html
import json
import re
from collections import defaultdict
from typing import Any

from oms_app.domain import money
from oms_app.integrations.sandbox.shop import Article, Order, Refund, Refusal, Shop
from oms_app.integrations.sandbox.vendor import Answer
from oms_app.integrations.sandbox.woocommerce.views import Views, moment

_STATUSES = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed")
_MOST_AT_ONCE = 100
_NOT_OF_VARIATIONS = ("name", "variations")
_AS_SAID = ("status", "description", "weight", "tax_status")
_TAG = re.compile(r"<[^>]*>")


class Refused(Exception):
    """WooCommerce says no, with its code and status."""

    def __init__(self, said: str, code: str, status: int):
        super().__init__(said)
        self.code, self.status = code, status


def problem(status: int, code: str, message: str) -> Answer:
    """An error as WordPress writes it."""
    return Answer.json({"code": code, "message": message, "data": {"status": status}}, status)


class Acts:
    """Changes of orders and articles. `variable` are products with variations: (title, SKUs) by id."""

    def __init__(self, shop: Shop, views: Views):
        self.shop, self.views = shop, views
        self.notes: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self.variable: dict[int, tuple[str, tuple[str, ...]]] = {}

    def vary(self, title: str, *skus: str) -> int:
        """Make variations of one product out of articles; returns the product's id."""
        number = self.shop.next_number()
        self.variable[number] = (title, skus)
        return number

    def change(self, order: Order, said: dict[str, Any]) -> None:
        """`PUT orders/{id}`: WooCommerce lets any status follow any other."""
        status = said.get("status")
        if status is not None and status not in _STATUSES:
            raise Refused("Invalid parameter(s): status", "rest_invalid_param", 400)
        for meta in said.get("meta_data", ()):
            self._put(order, meta["key"], meta["value"])
        if status == "cancelled" and not order.cancelled_at and not order.parcels:
            self.shop.cancel(order, str(self.views.metas[order.number].get("_oms_cancel_reason", "")))
        elif status and status != self.views.status(order):
            self.views.statuses[order.number] = status
        self.shop.touch(order)

    def _put(self, order: Order, key: str, value: Any) -> None:
        """Put a meta field on an order; one that tells of a parcel lets the parcel leave."""
        if key == "_oms_number":
            order.known_as = str(value)
        if not key.startswith("_oms_parcel_"):
            self.views.metas[order.number][key] = value
            return
        told = json.loads(value)
        units = {int(line): count for line, count in told["units"]}
        try:
            parcel = self.shop.fulfil(order, units, courier=told["courier"], tracking=told["tracking"], url=told["url"])
        except Refusal:  # WooCommerce itself knows no parcels, and takes the field whatever it says
            self.views.metas[order.number][key] = value
        else:
            self.views.parcels[parcel.number] = (key, value)

    def note(self, order: Order, said: dict[str, Any]) -> dict[str, Any]:
        """`POST orders/{id}/notes`"""
        if not said.get("note"):
            raise Refused("Missing parameter(s): note", "rest_missing_callback_param", 400)
        now = moment(self.shop.clock())
        note = {
            "id": self.shop.next_number(),
            "author": "Order management",
            "date_created": now,
            "date_created_gmt": now,
            "note": said["note"].replace("&", "&amp;"),
            "customer_note": bool(said.get("customer_note")),
        }
        self.notes[order.number].append(note)
        return note

    def refund(self, order: Order, said: dict[str, Any]) -> Refund:
        """`POST orders/{id}/refunds`; WooCommerce says no with a 500."""
        if said.get("api_refund", True) and self.views.order(order)["payment_method"] in ("cod", "bacs"):
            raise Refused(
                "The payment gateway for this order does not support automatic refunds.",
                "woocommerce_rest_cannot_create_order_refund",
                500,
            )
        units = {int(line["id"]): int(line["quantity"]) for line in said.get("line_items") or ()}
        try:
            amount = money.to_minor(said["amount"], order.currency)
            refund = self.shop.refund(order, amount, reason=said.get("reason") or "", units=units)
        except Refusal:
            raise Refused("Invalid refund amount.", "woocommerce_rest_cannot_create_order_refund", 500) from None
        metas = said.get("meta_data") or ()
        self.views.returned[refund.number] = [
            {"id": place, "key": meta["key"], "value": meta["value"]} for place, meta in enumerate(metas, 1)
        ]
        return refund

    def make(self, said: dict[str, Any]) -> Article:
        """`POST products`: one of an SKU, one of a barcode, of which digits and hyphens are kept."""
        sold = self.shop.articles.values()
        sku, barcode = said.get("sku", ""), re.sub(r"[^0-9-]", "", said.get("global_unique_id", ""))
        if sku.casefold() in (each.sku.casefold() for each in sold):
            raise Refused("Invalid or duplicated SKU.", "product_invalid_sku", 400)
        if barcode and barcode in (each.barcode for each in sold):
            wrong = "Invalid or duplicated GTIN, UPC, EAN or ISBN."
            raise Refused(wrong, "product_invalid_global_unique_id", 400)
        counted = bool(said.get("manage_stock"))
        price = money.to_minor(said.get("regular_price") or "0", self.shop.currency)
        units = int(said.get("stock_quantity") or 0) if counted else 0
        title = html.unescape(_TAG.sub("", said.get("name", "").replace("\\", "")))
        article = self.shop.offer(sku, title, price, units, barcode=barcode, tracked=counted)
        self.views.made[article.number] = {name: said[name] for name in _AS_SAID if name in said}
        return article

    def product(self, article: Article) -> dict[str, Any]:
        """An article as a product, or as the variation that it is."""
        return self.views.product(article, self._parent(article.sku))

    def products(self) -> list[dict[str, Any]]:
        """Products by id, variations left out."""
        made = [
            self.views.product(Article(number, "", title, 0, tracked=False)) | {"type": "variable", "price": ""}
            for number, (title, _) in self.variable.items()
        ]
        made += [self.views.product(each) for sku, each in self.shop.articles.items() if not self._parent(sku)]
        return sorted(made, key=lambda product: int(product["id"]))

    def variations(self, parent: int) -> list[dict[str, Any]]:
        """The variations of a product."""
        _, skus = self.variable.get(parent, ("", ()))
        return [self._variation(self.shop.articles[sku], parent) for sku in skus]

    def batch(self, parent: int, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """`POST products/batch`: each is answered for."""
        if len(changes) > _MOST_AT_ONCE:
            raise Refused(
                "Unable to accept more than 100 items for this request.",
                "woocommerce_rest_request_entity_too_large",
                413,
            )
        return [self._set(parent, change) for change in changes]

    def _set(self, parent: int, change: dict[str, Any]) -> dict[str, Any]:
        article = next((each for each in self.shop.articles.values() if each.number == change["id"]), None)
        if article is None or self._parent(article.sku) != parent:
            error = {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 400}}
            return {"id": change["id"], "error": error}
        if article.tracked and "stock_quantity" in change:
            article.stock = change["stock_quantity"]
        return self._variation(article, parent) if parent else self.views.product(article)

    def _variation(self, article: Article, parent: int) -> dict[str, Any]:
        shown = self.views.product(article, parent)
        return {name: value for name, value in shown.items() if name not in _NOT_OF_VARIATIONS}

    def _parent(self, sku: str) -> int:
        return next((number for number, (_, skus) in self.variable.items() if sku in skus), 0)
