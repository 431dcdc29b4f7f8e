"""What the sandbox's store does for a mutation. Each returns its payload, user errors included."""

from collections.abc import Callable
from typing import Any

from oms_app.domain import money
from oms_app.integrations.sandbox.shop import Article, Order, Refusal, Shop
from oms_app.integrations.sandbox.shopify.views import HOLDS, LOCATION, Views, gid

Acts = dict[str, Callable[..., dict[str, Any]]]

IDEMPOTENT = frozenset(
    {
        "inventoryActivate",
        "inventoryAdjustQuantities",
        "inventoryMoveQuantities",
        "inventorySetOnHandQuantities",
        "inventorySetQuantities",
        "inventoryShipmentAddItems",
        "inventoryShipmentCreate",
        "inventoryShipmentCreateInTransit",
        "inventoryShipmentReceive",
        "inventoryTransferCreate",
        "inventoryTransferCreateAsReadyToShip",
        "inventoryTransferDuplicate",
        "inventoryTransferSetItems",
        "locationActivate",
        "locationDeactivate",
        "refundCreate",
    }
)
"""Mutations that need @idempotent from 2026-04 on; the schema says so in words only."""

CANCEL_REASONS = ("CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF")


class OrderActs:
    """Mutations of orders."""

    def __init__(self, shop: Shop, views: Views):
        self.shop, self.views = shop, views

    def all(self) -> Acts:
        """By the name of the root field."""
        return {
            "fulfillmentCreate": self.fulfil,
            "orderCancel": self.cancel,
            "refundCreate": self.refund,
            "tagsAdd": self.tag,
            "metafieldsSet": self.metafields,
            "fulfillmentOrderHold": self.hold,
            "fulfillmentOrderReleaseHold": self.release,
        }

    def fulfil(self, fulfillment: dict[str, Any], **_more: Any) -> dict[str, Any]:
        """fulfillmentCreate"""
        tracked = fulfillment.get("trackingInfo") or {}
        units: dict[int, int] = {}
        order = None
        for part in fulfillment["lineItemsByFulfillmentOrder"]:
            order = self._order(part["fulfillmentOrderId"])
            lines = part.get("fulfillmentOrderLineItems")
            if lines is None and order:
                units |= {line.number: order.to_ship(line) for line in order.lines if order.to_ship(line)}
            for line in lines or ():
                units[_number(line["id"])] = line["quantity"]
        if order is None:
            return _refused("The fulfillment order does not exist.", fulfillment=None)
        if order.hold:
            return _refused("Fulfillment order is on hold.", fulfillment=None)
        try:
            parcel = self.shop.fulfil(
                order,
                units,
                courier=tracked.get("company", ""),
                tracking=tracked.get("number", ""),
                url=tracked.get("url", ""),
            )
        except Refusal as refusal:
            return _refused(str(refusal), fulfillment=None)
        return {"fulfillment": self.views.parcel(order, parcel), "userErrors": []}

    def cancel(self, orderId: str, reason: str, restock: bool, **_more: Any) -> dict[str, Any]:  # noqa: N803
        """orderCancel"""
        order = self._order(orderId)
        try:
            if order is None:
                raise Refusal("Order does not exist.")
            self.shop.cancel(order, reason, restock=restock)
        except Refusal as refusal:
            said = {"code": "INVALID", "field": ["orderId"], "message": str(refusal)}
            return {"job": None, "orderCancelUserErrors": [said], "userErrors": []}
        return {"job": {"id": gid("Job", self.shop.next_number())}, "orderCancelUserErrors": [], "userErrors": []}

    def refund(self, input: dict[str, Any], **_more: Any) -> dict[str, Any]:
        """refundCreate"""
        order = self._order(input["orderId"])
        if order is None:
            return _refused("Order does not exist.", refund=None, order=None)
        sent = input.get("transactions") or []
        known = {gid("OrderTransaction", each.number): each for each in order.payments if each.kind == "capture"}
        if any(each.get("parentId") not in known for each in sent):
            return _refused("Parent transaction is not a successful sale.", refund=None, order=None)
        units = {_number(each["lineItemId"]): each["quantity"] for each in input.get("refundLineItems") or []}
        try:
            refund = self.shop.refund(
                order,
                sum(money.to_minor(each["amount"], order.currency) for each in sent),
                reason=input.get("note") or "",
                units=units,
                payment=known[sent[0]["parentId"]].number if sent else 0,
            )
        except Refusal as refusal:
            return _refused(str(refusal), refund=None, order=None)
        return {"refund": self.views.refund(order, refund), "order": self.views.order(order), "userErrors": []}

    def tag(self, id: str, tags: list[str], **_more: Any) -> dict[str, Any]:
        """tagsAdd"""
        order = self._order(id)
        if order is None:
            return _refused("Order does not exist.", node=None)
        if new := [tag for tag in tags if tag not in order.tags]:
            order.tags += new
            self.shop.touch(order)
        return {"userErrors": []}

    def metafields(self, metafields: list[dict[str, Any]], **_more: Any) -> dict[str, Any]:
        """metafieldsSet"""
        for each in metafields:
            if order := self._order(each["ownerId"]):
                order.known_as = each["value"]
        return {"userErrors": []}

    def hold(self, id: str, fulfillmentHold: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """fulfillmentOrderHold"""
        order = self._order(id)
        if order is None or not any(order.to_ship(line) for line in order.lines):
            return _refused("The fulfillment order cannot be held.", fulfillmentHold=None)
        if fulfillmentHold["reason"] not in HOLDS:
            return _refused("The reason is not known.", fulfillmentHold=None)
        order.hold = f"ours:{fulfillmentHold['reason']}"
        self.shop.touch(order)
        return {"fulfillmentHold": self.views.holds(order)[0], "userErrors": []}

    def release(self, id: str, holdIds: list[str] | None = None, **_more: Any) -> dict[str, Any]:  # noqa: N803
        """fulfillmentOrderReleaseHold"""
        order = self._order(id)
        if order is None or not order.hold:
            return _refused("The fulfillment order is not on hold.")
        order.hold = ""
        self.shop.touch(order)
        return {"userErrors": []}

    def _order(self, id: str) -> Order | None:
        return self.shop.orders.get(_number(id))


class StockActs:
    """Mutations of stock."""

    def __init__(self, shop: Shop):
        self.shop = shop

    def all(self) -> Acts:
        """By the name of the root field."""
        return {"inventorySetQuantities": self.set, "inventoryActivate": self.activate}

    def set(self, input: dict[str, Any]) -> dict[str, Any]:
        """inventorySetQuantities: all of them or none."""
        errors, changes = [], []
        for index, each in enumerate(input["quantities"]):
            article = self._article(each["inventoryItemId"])
            code, message = self._wrong(article, each)
            if code:
                errors.append({"code": code, "field": ["input", "quantities", str(index)], "message": message})
            elif article:
                changes.append((article, each["quantity"]))
        if not errors:
            for article, quantity in changes:
                article.stock = quantity
        group = {"id": gid("InventoryAdjustmentGroup", self.shop.next_number())}
        return {"inventoryAdjustmentGroup": None if errors else group, "userErrors": errors}

    def activate(
        self,
        inventoryItemId: str,  # noqa: N803
        locationId: str,  # noqa: N803
        available: int = 0,
    ) -> dict[str, Any]:
        """inventoryActivate"""
        article = self._article(inventoryItemId)
        if article is None or locationId != LOCATION["id"]:
            return _refused("The inventory item could not be activated.", inventoryLevel=None)
        self.shop.extra.get("nowhere", set()).discard(article.sku)
        article.stock = available
        return {"inventoryLevel": {"id": gid("InventoryLevel", article.number)}, "userErrors": []}

    def _article(self, id: str) -> Article | None:
        number = _number(id)
        return next((each for each in self.shop.articles.values() if each.number == number), None)

    def _wrong(self, article: Article | None, each: dict[str, Any]) -> tuple[str, str]:
        if article is None:
            return "INVALID_INVENTORY_ITEM", "The specified inventory item could not be found."
        if each["locationId"] != LOCATION["id"]:
            return "INVALID_LOCATION", "The specified location could not be found."
        if article.sku in self.shop.extra.get("nowhere", ()):
            return "ITEM_NOT_STOCKED_AT_LOCATION", "The quantity couldn't be set: the item is not stocked there."
        if each["quantity"] > 1_000_000_000:
            return "INVALID_QUANTITY_TOO_HIGH", "The quantity can't be higher than 1,000,000,000."
        before = each.get("changeFromQuantity")
        if before is not None and before != article.stock:
            return "CHANGE_FROM_QUANTITY_STALE", "The changeFromQuantity argument no longer matches the quantity."
        return "", ""


def _number(id: str) -> int:
    return int(id.rsplit("/", 1)[-1])


def _refused(message: str, **payload: Any) -> dict[str, Any]:
    return {**payload, "userErrors": [{"code": "INVALID", "field": None, "message": message}]}
