"""The sandbox's orders and articles as Shopify's GraphQL shows them."""

from datetime import datetime
from typing import Any

from oms_app.domain import money
from oms_app.integrations.sandbox.buyers import Buyer
from oms_app.integrations.sandbox.shop import Article, Line, Order, Parcel, Payment, Refund, Return, Shop
from oms_app.integrations.sandbox.shopify.graph import connection, listed

LOCATION = {"__typename": "Location", "id": "gid://shopify/Location/1", "name": "Warehouse"}
HOLDS = {
    "AWAITING_PAYMENT": "Awaiting payment",
    "HIGH_RISK_OF_FRAUD": "High risk of fraud",
    "INCORRECT_ADDRESS": "Incorrect address",
    "INVENTORY_OUT_OF_STOCK": "Inventory out of stock",
    "OTHER": "Other",
}
_KINDS = {"capture": "SALE", "authorise": "AUTHORIZATION", "void": "VOID", "due": "SALE"}


def gid(kind: str, number: int | str) -> str:
    """A global id."""
    return f"gid://shopify/{kind}/{number}"


def moment(at: datetime) -> str:
    """As Shopify writes moments: whole seconds."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


class Views:
    """What a store shows. `rate` is how many of the buyers' unit the store's own is, where they differ."""

    def __init__(self, shop: Shop):
        self.shop = shop

    def bag(self, minor: int, paid_in: str = "") -> dict[str, Any]:
        """An amount, in the store's currency and the buyer's."""
        own = {"amount": money.to_major(minor, self.shop.currency), "currencyCode": self.shop.currency}
        return {"shopMoney": own, "presentmentMoney": own}

    def order(self, order: Order) -> dict[str, Any]:
        """An order."""
        parts = [self.part(order)]
        return {
            "__typename": "Order",
            "id": gid("Order", order.number),
            "name": order.name,
            "createdAt": moment(order.placed_at),
            "processedAt": moment(order.placed_at),
            "updatedAt": moment(order.updated_at),
            "cancelledAt": moment(order.cancelled_at) if order.cancelled_at else None,
            "cancelReason": order.cancel_reason.upper() or None,
            "currencyCode": order.currency,
            "presentmentCurrencyCode": order.currency,
            "taxesIncluded": order.tax_included,
            "displayFinancialStatus": _financial(order),
            "displayFulfillmentStatus": _fulfilment(order),
            "returnStatus": _return_status(order),
            "paymentGatewayNames": [order.gateway],
            "email": order.buyer.email or None,
            "phone": order.buyer.phone or None,
            "note": order.note or None,
            "tags": list(order.tags),
            "customAttributes": [_attribute(key, value) for key, value in order.attributes],
            "customer": _customer(order.buyer),
            "shippingAddress": _address(order.buyer),
            "billingAddress": _address(order.buyer),
            "totalPriceSet": self.bag(order.total),
            "shippingLines": connection([self._shipping(order)] if order.shipping or order.service else []),
            "transactions": listed(self._transactions(order)),
            "refunds": listed(self.refund(order, each) for each in order.refunds),
            "fulfillments": listed(self.parcel(order, each) for each in order.parcels),
            "fulfillmentOrders": connection(parts),
            "lineItems": connection(self.line(order, each) for each in order.lines),
            "returns": connection(self.back(order, each) for each in order.returns),
        }

    def line(self, order: Order, line: Line) -> dict[str, Any]:
        """A line of an order."""
        cuts = [cut for cut in (line.discount, line.order_discount) if cut]
        return {
            "__typename": "LineItem",
            "id": gid("LineItem", line.number),
            "sku": line.sku or None,
            "name": line.title,
            "quantity": line.quantity,
            "unfulfilledQuantity": order.to_ship(line),
            "originalUnitPriceSet": self.bag(line.price),
            "discountAllocations": [{"allocatedAmountSet": self.bag(cut)} for cut in cuts],
            "taxLines": listed([{"priceSet": self.bag(order.tax(line))}] if line.tax_percent else []),
            "customAttributes": [_attribute(key, value) for key, value in line.personalisation],
        }

    def part(self, order: Order) -> dict[str, Any]:
        """What is to be shipped of an order, which the sandbox keeps in one place."""
        lines = [
            {
                "id": gid("FulfillmentOrderLineItem", line.number),
                "remainingQuantity": order.to_ship(line),
                "lineItem": self.line(order, line),
            }
            for line in order.lines
        ]
        return {
            "__typename": "FulfillmentOrder",
            "id": gid("FulfillmentOrder", order.number),
            "status": _part_status(order),
            "fulfillBy": None,
            "assignedLocation": {"location": LOCATION},
            "fulfillmentHolds": self.holds(order),
            "lineItems": connection(lines),
        }

    def holds(self, order: Order) -> list[dict[str, Any]]:
        """Why an order waits: `hold` is Shopify's reason, with "ours:" before it where our app put it there."""
        if not order.hold:
            return []
        reason = order.hold.removeprefix("ours:")
        return [
            {
                "id": gid("FulfillmentHold", order.number),
                "reason": reason,
                "displayReason": HOLDS[reason],
                "heldByRequestingApp": order.hold.startswith("ours:"),
            }
        ]

    def parcel(self, order: Order, parcel: Parcel) -> dict[str, Any]:
        """A parcel that left."""
        lines = {line.number: line for line in order.lines}
        tracked = {"company": parcel.courier or None, "number": parcel.tracking or None, "url": parcel.url or None}
        return {
            "__typename": "Fulfillment",
            "id": gid("Fulfillment", parcel.number),
            "status": "CANCELLED" if parcel.cancelled else "SUCCESS",
            "createdAt": moment(parcel.at),
            "deliveredAt": moment(parcel.delivered_at) if parcel.delivered_at else None,
            "trackingInfo": listed([tracked] if parcel.tracking or parcel.courier else []),
            "fulfillmentLineItems": connection(
                {"quantity": count, "lineItem": self.line(order, lines[number])}
                for number, count in parcel.units.items()
            ),
        }

    def refund(self, order: Order, refund: Refund) -> dict[str, Any]:
        """Money that went back."""
        lines = {line.number: line for line in order.lines}
        return {
            "__typename": "Refund",
            "id": gid("Refund", refund.number),
            "createdAt": moment(refund.at),
            "note": refund.reason or None,
            "totalRefundedSet": self.bag(refund.amount),
            "refundLineItems": connection(
                {
                    "quantity": count,
                    "restockType": "RETURN" if refund.returned else "NO_RESTOCK",
                    "lineItem": self.line(order, lines[number]),
                }
                for number, count in refund.units.items()
            ),
        }

    def back(self, order: Order, back: Return) -> dict[str, Any]:
        """Goods that come back."""
        lines = {line.number: line for line in order.lines}
        return {
            "__typename": "Return",
            "id": gid("Return", back.number),
            "name": f"{order.name}-R{order.returns.index(back) + 1}",
            "status": back.status.upper(),
            "createdAt": moment(back.at),
            "returnLineItems": connection(
                {
                    "__typename": "ReturnLineItem",
                    "quantity": count,
                    "customerNote": back.reason or None,
                    "returnReasonNote": "",
                    "returnReasonDefinition": {"name": "Other"},
                    "fulfillmentLineItem": {"lineItem": self.line(order, lines[number])},
                }
                for number, count in back.units.items()
            ),
        }

    def item(self, article: Article) -> dict[str, Any]:
        """An article where its stock is kept."""

        def level(locationId: str) -> dict[str, Any] | None:  # noqa: N803 - Shopify's own name
            if locationId != LOCATION["id"] or article.sku in self.shop.extra.get("nowhere", ()):
                return None
            return {
                "__typename": "InventoryLevel",
                "id": gid("InventoryLevel", article.number),
                "quantities": lambda names: [{"name": name, "quantity": article.stock} for name in names],
            }

        return {
            "__typename": "InventoryItem",
            "id": gid("InventoryItem", article.number),
            "sku": article.sku,
            "tracked": article.tracked,
            "inventoryLevel": level,
        }

    def variant(self, article: Article) -> dict[str, Any]:
        """An article where it is sold."""
        return {
            "__typename": "ProductVariant",
            "id": gid("ProductVariant", article.number),
            "sku": article.sku,
            "displayName": f"{article.title} - Default Title",
            "price": money.to_major(article.price, self.shop.currency),
            "barcode": article.barcode or None,
            "inventoryQuantity": article.stock,
        }

    def _shipping(self, order: Order) -> dict[str, Any]:
        return {
            "__typename": "ShippingLine",
            "id": gid("ShippingLine", order.number),
            "title": order.service,
            "discountedPriceSet": self.bag(order.shipping),
            "taxLines": [],
        }

    def _transactions(self, order: Order) -> list[dict[str, Any]]:
        made = [self._transaction(each) for each in order.payments]
        for refund in order.refunds:
            paid = next((each for each in order.payments if each.number == refund.payment), None) or next(
                (each for each in order.payments if each.kind == "capture"), None
            )
            made.append(
                {
                    "__typename": "OrderTransaction",
                    "id": gid("OrderTransaction", f"9{refund.number}"),
                    "kind": "REFUND",
                    "status": "SUCCESS",
                    "gateway": order.gateway,
                    "createdAt": moment(refund.at),
                    "processedAt": moment(refund.at),
                    "amountSet": self.bag(refund.amount),
                    "parentTransaction": {"id": gid("OrderTransaction", paid.number)} if paid else None,
                }
            )
        return made

    def _transaction(self, payment: Payment) -> dict[str, Any]:
        return {
            "__typename": "OrderTransaction",
            "id": gid("OrderTransaction", payment.number),
            "kind": _KINDS[payment.kind],
            "status": "PENDING" if payment.kind == "due" else "SUCCESS",
            "gateway": payment.gateway,
            "createdAt": moment(payment.at),
            "processedAt": moment(payment.at),
            "amountSet": self.bag(payment.amount),
            "parentTransaction": None,
        }


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": value}


def _customer(buyer: Buyer) -> dict[str, Any] | None:
    if buyer.guest:
        return None
    return {
        "__typename": "Customer",
        "id": gid("Customer", buyer.number),
        "displayName": buyer.name,
        "defaultEmailAddress": {"emailAddress": buyer.email} if buyer.email else None,
        "defaultPhoneNumber": {"phoneNumber": buyer.phone} if buyer.phone else None,
    }


def _address(buyer: Buyer) -> dict[str, Any]:
    return {
        "__typename": "MailingAddress",
        "name": buyer.name,
        "company": buyer.company or None,
        "phone": buyer.phone or None,
        "address1": buyer.line1,
        "address2": buyer.line2 or None,
        "city": buyer.city,
        "province": buyer.state,
        "zip": buyer.postal_code,
        "countryCodeV2": buyer.country,
    }


def _financial(order: Order) -> str:
    if order.refunded:
        return "REFUNDED" if order.refunded >= order.captured else "PARTIALLY_REFUNDED"
    if order.captured:
        return "PAID" if order.captured >= order.total else "PARTIALLY_PAID"
    kinds = {each.kind for each in order.payments}
    return "VOIDED" if "void" in kinds else "AUTHORIZED" if "authorise" in kinds else "PENDING"


def _fulfilment(order: Order) -> str:
    left = any(order.to_ship(line) for line in order.lines)
    sent = any(not each.cancelled for each in order.parcels)
    if sent:
        return "PARTIALLY_FULFILLED" if left else "FULFILLED"
    return "ON_HOLD" if order.hold and left else "UNFULFILLED"


def _return_status(order: Order) -> str:
    if not order.returns:
        return "NO_RETURN"
    if any(each.status == "requested" for each in order.returns):
        return "RETURN_REQUESTED"
    return "IN_PROGRESS" if any(each.status == "open" for each in order.returns) else "RETURNED"


def _part_status(order: Order) -> str:
    if not any(order.to_ship(line) for line in order.lines):
        return "CANCELLED" if order.cancelled_at else "CLOSED"
    if order.hold:
        return "ON_HOLD"
    return "IN_PROGRESS" if order.parcels else "OPEN"
