"""How Wix shows the shop's things: orders, parcels and payments, each apart."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from oms_app.domain import money
from oms_app.integrations.sandbox.buyers import Buyer
from oms_app.integrations.sandbox.shop import Line, Order, Parcel, Payment, Refund, Shop

STORES_APP = "215238eb-22a5-4c36-9e7b-e7c08025e04e"
"""Wix Stores itself, which the lines of an order name as where they come from."""
_KINDS = ("order", "parcel", "payment", "refund", "member", "product", "variant", "stock", "other")


def guid(kind: str, number: int) -> str:
    """The id of a thing."""
    return f"{_KINDS.index(kind) + 1:08x}-0000-4000-8000-{number:012x}"


def line_id(order: Order, line: int) -> str:
    """The id of a line by its number; Wix counts them anew in every order."""
    place = [each.number for each in order.lines].index(line) + 1
    return f"00000000-0000-0000-0000-{place:012x}"


def line_number(order: Order, id: Any) -> int:
    """The number behind the id of a line; -1 where the order has none such."""
    place = number(id) - 1
    return order.lines[place].number if 0 <= place < len(order.lines) else -1


def number(guid: Any) -> int:
    """The shop's number behind an id; -1 where it is none."""
    try:
        return int(str(guid).rsplit("-", 1)[1], 16)
    except (IndexError, ValueError):
        return -1


def moment(at: datetime) -> str:
    """A moment as Wix writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Views:
    """The shop's things as JSON."""

    def __init__(self, shop: Shop):
        self.shop = shop
        self.comments: dict[int, list[str]] = {}
        """What sellers wrote on orders, by the order's number."""

    def order(self, order: Order) -> dict[str, Any]:
        """An order without its parcels and payments."""
        offline = _offline(order)
        subtotal = sum(line.price * line.quantity for line in order.lines)
        off = sum(line.discount + line.order_discount for line in order.lines)
        buyer, country = order.buyer, order.buyer.country
        where = {"address": _address(buyer), "contactDetails": _contact(buyer)}
        return {
            "id": guid("order", order.number),
            "number": order.name.lstrip("#"),
            "createdDate": moment(order.placed_at),
            "updatedDate": moment(order.updated_at),
            "purchasedDate": moment(order.placed_at),
            "lineItems": [self._line(order, line, offline) for line in order.lines],
            "buyerInfo": {
                "visitorId" if buyer.guest else "memberId": guid("member", buyer.number),
                "contactId": guid("other", buyer.number),
                **({"email": buyer.email} if buyer.email else {}),
            },
            "paymentStatus": _payment_status(order),
            "fulfillmentStatus": _fulfilment_status(order),
            "buyerLanguage": "en",
            "weightUnit": "KG",
            "currency": order.currency,
            "taxIncludedInPrices": order.tax_included,
            "siteLanguage": "en",
            "priceSummary": {
                "subtotal": _price(subtotal, order),
                "shipping": _price(order.shipping, order),
                "tax": _price(sum(order.tax(line) for line in order.lines), order),
                "discount": _price(off, order),
                "total": _price(order.total, order),
                "totalAdditionalFees": _price(0, order),
            },
            "billingInfo": where,
            "shippingInfo": {
                "code": order.service.lower(),
                "title": order.service,
                "logistics": {"shippingDestination": where},
                "cost": {
                    "price": _price(order.shipping, order),
                    "totalPriceBeforeTax": _price(order.shipping, order),
                    "totalPriceAfterTax": _price(order.shipping, order),
                    "discount": _price(0, order),
                },
                "region": {"name": country},
            },
            "recipientInfo": where,
            **({"buyerNote": order.note} if order.note else {}),
            "status": "CANCELED" if order.cancelled_at else "APPROVED",
            "archived": False,
            "appliedDiscounts": list(_discounts(order)),
            "activities": list(self._activities(order)),
            "createdBy": {"memberId": guid("member", buyer.number)},
            "channelInfo": {"type": "WEB"},
            "customFields": [
                {"title": title, "value": value, "translatedTitle": title}
                for title, value in (*order.attributes, *((("GSTIN", buyer.gstin),) if buyer.gstin else ()))
            ],
            "balanceSummary": {
                "balance": _price(0 if order.cancelled_at else order.total - order.captured, order),
                "paid": _price(order.captured, order),
                "refunded": _price(order.refunded, order),
            },
            "additionalFees": [],
        }

    def parcels(self, order: Order) -> dict[str, Any]:
        """What left of an order."""
        return {
            "orderId": guid("order", order.number),
            "fulfillments": [self.parcel(order, each) for each in order.parcels if not each.cancelled],
        }

    def parcel(self, order: Order, parcel: Parcel) -> dict[str, Any]:
        """One of them."""
        tracked = {
            "trackingNumber": parcel.tracking,
            "shippingProvider": parcel.courier,
            "trackingLink": parcel.url,
        }
        return {
            "id": guid("parcel", parcel.number),
            "createdDate": moment(parcel.at),
            "lineItems": [{"id": line_id(order, line), "quantity": count} for line, count in parcel.units.items()],
            **({"trackingInfo": {name: value for name, value in tracked.items() if value}} if parcel.tracking else {}),
        }

    def transactions(self, order: Order) -> dict[str, Any]:
        """Money that came and went."""
        return {
            "orderId": guid("order", order.number),
            "payments": [self._payment(order, each) for each in order.payments],
            "refunds": [self.refund(order, each) for each in order.refunds],
        }

    def refund(self, order: Order, refund: Refund) -> dict[str, Any]:
        """Money that went back."""
        came = [each.number for each in order.payments if each.kind == "capture"]
        units = [{"lineItemId": line_id(order, line), "quantity": count} for line, count in refund.units.items()]
        return {
            "id": guid("refund", refund.number),
            "transactions": [
                {
                    "paymentId": guid("payment", refund.payment or came[0]),
                    "amount": _price(refund.amount, order),
                    "refundStatus": "SUCCEEDED",
                    "externalRefund": _offline(order),
                }
            ],
            "details": {"items": units, "lineItems": units, "shippingIncluded": False, "reason": refund.reason},
            "createdDate": moment(refund.at),
        }

    def refundability(self, order: Order) -> dict[str, Any]:
        """What of its payments can go back, and how."""
        payments = []
        for each in order.payments:
            gone = sum(back.amount for back in order.refunds if back.payment in (0, each.number))
            paid = each.amount if each.kind == "capture" else 0
            most = max(paid - gone, 0)
            how: dict[str, Any] = {"refundable": True}
            if not most:
                how = {"nonRefundable": {"reason": "ALREADY_REFUNDED" if paid else "NOT_PAID"}}
            elif _offline(order):
                how = {"manuallyRefundable": {"reason": "OFFLINE"}}
            payments.append(
                {
                    **how,
                    "payment": {
                        "monetary": {
                            "paid": _price(paid, order),
                            "refunded": _price(gone, order),
                            "refundPending": _price(0, order),
                            "maxRefund": _price(most, order),
                        },
                        "paymentId": guid("payment", each.number),
                        "paymentMethod": "Offline" if _offline(order) else "CreditCard",
                        "offlinePayment": _offline(order),
                    },
                }
            )
        return {"payments": payments}

    def _line(self, order: Order, line: Line, offline: bool) -> dict[str, Any]:
        tax, off = order.tax(line), line.discount + line.order_discount
        after = line.net if order.tax_included else line.net + tax
        article = self.shop.articles.get(line.sku)
        listed = article.number if article else line.number
        one = line.price - (line.discount // line.quantity if line.quantity else 0)
        return {
            "id": line_id(order, line.number),
            "productName": {"original": line.title, "translated": line.title},
            "catalogReference": {
                "catalogItemId": guid("product", listed),
                "appId": STORES_APP,
                "options": {"variantId": guid("variant", listed)},
            },
            "quantity": line.quantity,
            "totalDiscount": _price(off, order),
            "descriptionLines": [
                {
                    "name": {"original": name, "translated": name},
                    "plainText": {"original": value, "translated": value},
                    "lineType": "PLAIN_TEXT",
                }
                for name, value in line.personalisation
            ],
            "physicalProperties": {"sku": line.sku, "shippable": True},
            "itemType": {"preset": "PHYSICAL"},
            "price": _price(one, order),
            "priceBeforeDiscounts": _price(line.price, order),
            "totalPriceBeforeTax": _price(after - tax, order),
            "totalPriceAfterTax": _price(after, order),
            "lineItemPrice": _price(line.price * line.quantity - line.discount, order),
            "paymentOption": "FULL_PAYMENT_OFFLINE" if offline else "FULL_PAYMENT_ONLINE",
            "taxInfo": {
                "taxAmount": _price(tax, order),
                "taxableAmount": _price(after - tax, order),
                "taxRate": f"{line.tax_percent / 100:.6f}",
                "taxIncludedInPrice": order.tax_included,
            },
            "refundQuantity": sum(refund.units.get(line.number, 0) for refund in order.refunds),
        }

    def _activities(self, order: Order) -> Iterator[dict[str, Any]]:
        yield {
            "id": guid("other", order.number),
            "createdDate": moment(order.placed_at),
            "type": "ORDER_PLACED",
            "activityType": "ORDER_PLACED",
        }
        for place, message in enumerate(self.comments.get(order.number, ())):
            yield {
                "id": guid("other", order.number * 1000 + place),
                "createdDate": moment(order.updated_at),
                "type": "MERCHANT_COMMENT",
                "activityType": "MERCHANT_COMMENT",
                "merchantComment": {"message": message},
            }

    def _payment(self, order: Order, payment: Payment) -> dict[str, Any]:
        offline = _offline(order)
        states = {"capture": "APPROVED", "authorise": "AUTHORIZED", "void": "VOIDED"}
        back = sum(each.amount for each in order.refunds if each.payment in (0, payment.number))
        state = states.get(payment.kind, "PENDING_MERCHANT")
        if back and state == "APPROVED":
            state = "REFUNDED" if back >= payment.amount else "PARTIALLY_REFUNDED"
        return {
            "id": guid("payment", payment.number),
            "createdDate": moment(payment.at),
            "updatedDate": moment(payment.at),
            "amount": _price(payment.amount, order),
            "refundDisabled": False,
            "status": state,
            "regularPaymentDetails": {
                "paymentMethod": "Offline" if offline else "CreditCard",
                "paymentMethodName": {"userDefinedName": {"custom": payment.gateway}}
                if offline
                else {"siteLanguageName": payment.gateway, "buyerLanguageName": payment.gateway},
                "offlinePayment": offline,
                "status": state,
            },
        }


def _offline(order: Order) -> bool:
    return order.cod or order.gateway.startswith("Bank")


def _payment_status(order: Order) -> str:
    if order.captured and order.refunded:
        return "FULLY_REFUNDED" if order.refunded >= order.captured else "PARTIALLY_REFUNDED"
    if order.captured:
        return "PAID" if order.captured >= order.total else "PARTIALLY_PAID"
    return "NOT_PAID" if _offline(order) else "PENDING"


def _fulfilment_status(order: Order) -> str:
    left = any(line.quantity - line.cancelled - order.shipped(line) for line in order.lines)
    if not any(not each.cancelled for each in order.parcels):
        return "NOT_FULFILLED"
    return "PARTIALLY_FULFILLED" if left else "FULFILLED"


def _discounts(order: Order) -> Iterator[dict[str, Any]]:
    if order.discount:
        yield {
            "coupon": {
                "id": guid("other", order.number),
                "code": "SAVE",
                "name": "Save",
                "amount": _price(order.discount, order),
            },
            "discountType": "GLOBAL",
            "lineItemDiscounts": [
                {"id": line_id(order, line.number), "totalDiscount": _price(line.order_discount, order)}
                for line in order.lines
            ],
        }


def _address(buyer: Buyer) -> dict[str, Any]:
    return {
        "country": buyer.country,
        "countryFullname": "India",
        "subdivision": f"{buyer.country}-{buyer.state_code}",
        "subdivisionFullname": buyer.state,
        "city": buyer.city,
        "postalCode": buyer.postal_code,
        "addressLine": buyer.line1,
        **({"addressLine2": buyer.line2} if buyer.line2 else {}),
    }


def _contact(buyer: Buyer) -> dict[str, Any]:
    return {
        "firstName": buyer.first,
        "lastName": buyer.last,
        "phone": buyer.phone,
        **({"company": buyer.company} if buyer.company else {}),
    }


def _price(minor: int, order: Order) -> dict[str, str]:
    return {
        "amount": money.to_major(minor, order.currency),
        "formattedAmount": money.show(minor, order.currency),
    }
