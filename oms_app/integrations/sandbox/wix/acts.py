"""What the sandbox's site does with orders when it is asked. Each returns the payload of its answer."""

import re
from collections.abc import Mapping
from typing import Any

from oms_app.domain import money
from oms_app.integrations.sandbox.shop import Order, Refusal, Shop
from oms_app.integrations.sandbox.wix.views import Views, guid, line_number, number

_OURS = re.compile(r"In our order management as (.+)")


class Missing(Exception):
    """There is no such thing."""


class OrderActs:
    """Calls about orders."""

    def __init__(self, shop: Shop, views: Views):
        self.shop, self.views = shop, views

    def get(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """getOrder"""
        return {"order": self.views.order(self.order(said["id"]))}

    def parcels(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """listFulfillmentsForMultipleOrders"""
        return {"ordersWithFulfillments": [self.views.parcels(each) for each in self._orders(said)]}

    def transactions(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """listTransactionsForMultipleOrders"""
        return {"orderTransactions": [self.views.transactions(each) for each in self._orders(said)]}

    def fulfil(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """createFulfillment"""
        order = self.order(said["orderId"])
        parcel = said["fulfillment"]
        tracked = parcel.get("trackingInfo") or {}
        units = {line_number(order, line["id"]): line["quantity"] for line in parcel["lineItems"]}
        made = self.shop.fulfil(
            order,
            units,
            courier=tracked.get("shippingProvider", ""),
            tracking=tracked.get("trackingNumber", ""),
            url=tracked.get("trackingLink", ""),
        )
        return {"orderWithFulfillments": self.views.parcels(order), "fulfillmentId": guid("parcel", made.number)}

    def track(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """updateFulfillment"""
        order = self.order(said["orderId"])
        wanted = said["fulfillment"]
        found = next((each for each in order.parcels if guid("parcel", each.number) == wanted["id"]), None)
        if found is None:
            raise Missing("Fulfillment not found.")
        tracked = wanted.get("trackingInfo") or {}
        found.courier = tracked.get("shippingProvider", found.courier)
        found.tracking = tracked.get("trackingNumber", found.tracking)
        found.url = tracked.get("trackingLink", found.url)
        self.shop.touch(order)
        return {"orderWithFulfillments": self.views.parcels(order)}

    def cancel(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """cancelOrder"""
        order = self.order(said["id"])
        self.shop.cancel(order, "merchant", restock=bool(said.get("restockAllItems")))
        return {"order": self.views.order(order)}

    def comment(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """addActivity"""
        order = self.order(said["id"])
        message = (said["activity"].get("merchantComment") or {}).get("message")
        if not message:
            raise Refusal("activity.merchantComment.message must not be empty.")
        self.views.comments.setdefault(order.number, []).append(message)
        if ours := _OURS.fullmatch(message):
            order.known_as = ours[1]
        self.shop.touch(order)
        return {"order": self.views.order(order), "activityId": guid("other", self.shop.next_number())}

    def refundability(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """getOrderRefundability"""
        return self.views.refundability(self.order(said["orderId"]))

    def refund(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """refundPayments"""
        order = self.order(said["orderId"])
        payments = {guid("payment", each.number): each for each in order.payments if each.kind == "capture"}
        parts = said["paymentRefunds"]
        if any(each["paymentId"] not in payments for each in parts):
            raise Refusal("Payment not found in the order.")
        lines = (said.get("refundItems") or {}).get("lineItems") or []
        made = self.shop.refund(
            order,
            sum(money.to_minor(each["amount"]["amount"], order.currency) for each in parts),
            reason=said.get("customerReason") or "",
            units={line_number(order, each["lineItemId"]): each["quantity"] for each in lines},
            payment=payments[parts[0]["paymentId"]].number,
        )
        return {"refund": self.views.refund(order, made), "orderTransactions": self.views.transactions(order)}

    def order(self, id: Any) -> Order:
        """The order of an id. Raises Missing."""
        order = self.shop.orders.get(number(id))
        if order is None or guid("order", order.number) != id:
            raise Missing("Order not found.")
        return order

    def _orders(self, said: Mapping[str, Any]) -> list[Order]:
        ids = said["orderIds"]
        if not 0 < len(ids) <= 100:
            raise Refusal("orderIds must have between 1 and 100 items.")
        return [self.shop.orders[number(each)] for each in ids if number(each) in self.shop.orders]
