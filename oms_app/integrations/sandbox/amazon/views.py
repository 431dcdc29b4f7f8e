"""The sandbox's orders and articles as Amazon shows them."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from oms_app.domain import money
from oms_app.integrations.sandbox.shop import Article, Line, Order, Parcel, Shop

PLACES = {
    "INR": ("A21TJRUUN4KGV", "Amazon.in"),
    "JPY": ("A1VC38T7YXB528", "Amazon.co.jp"),
    "USD": ("ATVPDKIKX0DER", "Amazon.com"),
    "GBP": ("A1F83G8C2ARO7P", "Amazon.co.uk"),
    "AED": ("A2VIGQ35RCS4UG", "Amazon.ae"),
}
_PROGRAMS = {"easy-ship": "AMAZON_EASY_SHIP", "prime": "PRIME", "business": "AMAZON_BUSINESS"}
_SERVICES = {"Standard": "STANDARD", "Express": "EXPEDITED"}
REASONS = {
    "NoInventory",
    "ShippingAddressUndeliverable",
    "RiskAssessmentInformationNotValid",
    "PricingError",
    "BuyerCanceled",
    "GeneralAdjustment",
}
"""Why sellers cancel, in Amazon's words."""
_FIRST_LISTED = datetime(2026, 1, 1, tzinfo=UTC)
FBA = "fba"
"""A tag of orders, and a set of SKUs in `extra`, that Amazon ships itself."""


def moment(at: datetime) -> str:
    """As Amazon writes moments."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def line_id(line: Line) -> str:
    """The number of an item in an order."""
    return f"{line.number:014d}"


class Views:
    """What an account shows. `references` are the numbers that sellers gave to parcels, by the sandbox's own."""

    def __init__(self, shop: Shop):
        self.shop = shop
        self.marketplace, self.title = PLACES.get(shop.currency, PLACES["INR"])
        self.references: dict[int, str] = {}

    def order(self, order: Order, data: Collection[str]) -> dict[str, Any]:
        """An order with the data that were asked for."""
        status = self.status(order)
        shown: dict[str, Any] = {
            "orderId": order.name,
            "createdTime": moment(order.placed_at),
            "lastUpdatedTime": moment(order.updated_at),
            "programs": [_PROGRAMS[tag] for tag in order.tags if tag in _PROGRAMS],
            "salesChannel": {
                "channelName": "AMAZON",
                "marketplaceId": self.marketplace,
                "marketplaceName": self.title,
            },
            "orderItems": [self.item(order, line, data) for line in order.lines],
        }
        released = status != "PENDING"
        if "BUYER" in data and released:
            email = {"buyerEmail": order.buyer.email} if order.buyer.email else {}
            shown["buyer"] = {"buyerName": order.buyer.name, **email}
        if "RECIPIENT" in data and released:
            shown["recipient"] = _recipient(order)
        if "PROCEEDS" in data and released:
            shown["proceeds"] = {"grandTotal": self.money(order.total)}
        if "PAYMENT" in data and released:
            shown["payment"] = {"paymentExecutions": self._payments(order)}
        if "FULFILLMENT" in data:
            shown["fulfillment"] = {
                "fulfillmentStatus": status,
                "fulfilledBy": "AMAZON" if FBA in order.tags else "MERCHANT",
                "fulfillmentServiceLevel": _SERVICES.get(order.service, "STANDARD"),
                "shipByWindow": {
                    "earliestDateTime": moment(order.placed_at),
                    "latestDateTime": moment(order.placed_at + timedelta(days=2)),
                },
            }
        if "PACKAGES" in data and FBA not in order.tags:
            shown["packages"] = [self.package(order, parcel) for parcel in order.parcels if not parcel.cancelled]
        if "TAX" in data and order.buyer.gstin:
            business = {"taxRegistrationType": "BUSINESS", "taxRegistrationNumber": order.buyer.gstin}
            shown["tax"] = {"taxRegistrations": [{"entityType": "BUYER", "legalName": order.buyer.company, **business}]}
        return shown

    def status(self, order: Order) -> str:
        """Where Amazon has an order."""
        if order.cancelled_at:
            return "CANCELLED"
        if not order.cod and not order.captured:
            return "PENDING"
        left = any(order.to_ship(line) for line in order.lines)
        if order.parcels:
            return "PARTIALLY_SHIPPED" if left else "SHIPPED"
        return "UNSHIPPED" if left else "CANCELLED"

    def item(self, order: Order, line: Line, data: Collection[str]) -> dict[str, Any]:
        """A line of an order."""
        released = self.status(order) != "PENDING"
        product: dict[str, Any] = {"asin": asin(line.number), "title": line.title, "sellerSku": line.sku}
        if released:
            product["price"] = {"unitPrice": self.money(line.price)}
        shown: dict[str, Any] = {
            "orderItemId": line_id(line),
            "quantityOrdered": line.quantity,
            "product": product,
        }
        if "PROCEEDS" in data and released:
            shown["proceeds"] = self._proceeds(order, line)
        if "CANCELLATION" in data and order.cancelled_at:
            done = {
                "cancelledBy": "MERCHANT" if order.cancel_reason in REASONS else "BUYER",
                "cancelReason": order.cancel_reason,
            }
            shown["cancellation"] = {"cancellationExecution": done}
        if "FULFILLMENT" in data:
            fulfilment: dict[str, Any] = {
                "quantityFulfilled": order.shipped(line),
                "quantityUnfulfilled": order.to_ship(line),
            }
            if gift := dict(gift_of(line)):
                fulfilment["packing"] = {
                    "giftOption": {
                        name: gift[title]
                        for name, title in (("giftMessage", "Gift message"), ("giftWrapLevel", "Gift wrap"))
                        if title in gift
                    }
                }
            shown["fulfillment"] = fulfilment
        return shown

    def package(self, order: Order, parcel: Parcel) -> dict[str, Any]:
        """A parcel that left."""
        lines = {line.number: line for line in order.lines}
        return {
            "packageReferenceId": self.reference(order, parcel),
            "createdTime": moment(parcel.at),
            "packageStatus": {"status": "DELIVERED" if parcel.delivered_at else "SHIPPED"},
            "carrier": parcel.courier,
            "shipTime": moment(parcel.at),
            "trackingNumber": parcel.tracking,
            "packageItems": [
                {"orderItemId": line_id(lines[number]), "quantity": count} for number, count in parcel.units.items()
            ],
        }

    def reference(self, order: Order, parcel: Parcel) -> str:
        """The seller's number of a parcel; where the seller told none, its place in the order."""
        return self.references.get(parcel.number) or str(order.parcels.index(parcel) + 1)

    def listing(self, article: Article, data: Collection[str]) -> dict[str, Any]:
        """An article on sale."""
        listed = moment(listed_at(article))
        shown: dict[str, Any] = {"sku": article.sku}
        if "summaries" in data:
            summary = {
                "marketplaceId": self.marketplace,
                "asin": asin(article.number),
                "productType": "APPAREL",
                "conditionType": "new_new",
                "status": ["BUYABLE", "DISCOVERABLE"] if article.stock else ["DISCOVERABLE"],
                "itemName": article.title,
                "createdDate": listed,
                "lastUpdatedDate": listed,
            }
            shown["summaries"] = [summary]
        if "offers" in data:
            offer = {"marketplaceId": self.marketplace, "offerType": "B2C", "price": self.money(article.price)}
            shown["offers"] = [offer]
        if "fulfillmentAvailability" in data:
            amazons = article.sku in self.shop.extra.get(FBA, ())
            code = "AMAZON_IN" if amazons else "DEFAULT"
            shown["fulfillmentAvailability"] = [{"fulfillmentChannelCode": code, "quantity": article.stock}]
        return shown

    def money(self, minor: int) -> dict[str, str]:
        """An amount."""
        return {"amount": money.to_major(minor, self.shop.currency), "currencyCode": self.shop.currency}

    def _proceeds(self, order: Order, line: Line) -> dict[str, Any]:
        shipping = order.shipping if line is order.lines[0] else 0
        off, tax = line.discount + line.order_discount, order.tax(line)
        breakdowns: list[dict[str, Any]] = [{"type": "ITEM", "subtotal": self.money(line.price * line.quantity)}]
        if shipping:
            breakdowns.append({"type": "SHIPPING", "subtotal": self.money(shipping)})
        for name, value in (("DISCOUNT", -off), ("TAX", tax)):
            if value:
                detail = [{"subtype": "ITEM", "value": self.money(value)}]
                breakdowns.append({"type": name, "subtotal": self.money(value), "detailedBreakdowns": detail})
        total = line.net + shipping + (0 if order.tax_included else tax)
        return {"proceedsTotal": self.money(total), "breakdowns": breakdowns}

    def _payments(self, order: Order) -> list[dict[str, Any]]:
        if order.cod:
            return [{"paymentMethod": "CashOnDelivery", "paymentAmount": self.money(order.total)}]
        return [
            {"paymentMethod": "UPI", "paymentAmount": self.money(each.amount)}
            for each in order.payments
            if each.kind == "capture"
        ]


def asin(number: int) -> str:
    """Amazon's number of a product."""
    return f"B0{number:08d}"


def listed_at(article: Article) -> datetime:
    """When an article was put up: one a minute."""
    return _FIRST_LISTED + timedelta(minutes=article.number)


def gift_of(line: Line) -> list[tuple[str, str]]:
    """A buyer's wishes as Amazon can tell them: a level of wrapping, and the rest in one message."""
    wrap = [(name, text) for name, text in line.personalisation if name == "Gift wrap"]
    rest = [f"{name}: {text}" for name, text in line.personalisation if name != "Gift wrap"]
    return ([("Gift message", "\n".join(rest))] if rest else []) + wrap


def _recipient(order: Order) -> dict[str, Any]:
    buyer = order.buyer
    address = {
        "name": buyer.name,
        "companyName": buyer.company,
        "addressLine1": buyer.line1,
        "addressLine2": buyer.line2,
        "city": buyer.city,
        "stateOrRegion": buyer.state,
        "postalCode": buyer.postal_code,
        "countryCode": buyer.country,
        "phone": buyer.phone,
        "addressType": "COMMERCIAL" if buyer.company else "RESIDENTIAL",
    }
    shown: dict[str, Any] = {"deliveryAddress": {name: value for name, value in address.items() if value}}
    if order.note:
        shown["deliveryPreference"] = {"addressInstruction": order.note}
    return shown
